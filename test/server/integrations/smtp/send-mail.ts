/** Mail by SMTP, against a real server: what each kind of refusal becomes, encryption, and a header that nobody can write into. */
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {type Mail, type MailServer, sendMail} from '../../../../server/integrations/smtp/send-mail.ts';
import {headersOf, type MailServerUnderTest, mailServerUnderTest, testAuthority} from '../../../helpers/mail-server.ts';

const attemptMs = 30_000;
const shortMs = 1000;
const never = new AbortController().signal;

const mail = (more: Partial<Mail> = {}): Mail => ({
	from: {name: 'Signalbox', address: 'signalbox@example.org'},
	to: [{name: '', address: 'robin@example.org'}],
	delivered: [],
	subject: '[Signalbox] INC-2026-0007 open: app: errors at canaries',
	text: 'It burns.\n',
	messageId: 'notice-1@example.org',
	thread: 'INC-2026-0007.1@example.org',
	...more,
});
const plain = ({port}: MailServerUnderTest, more: Partial<MailServer> = {}): MailServer => ({
	...{host: '127.0.0.1', port, tls: 'none', ca: null, login: null},
	...more,
});
const send = (server: MailServer, what = mail(), signal = never, timeoutMs = attemptMs) => sendMail(server, what, timeoutMs, signal);
const two = [
	{name: 'Robin', address: 'robin@example.org'},
	{name: '', address: 'kim@example.org'},
];

/** Takes this user and password only. */
const withLogin = (t: ExecutionContext) =>
	mailServerUnderTest(t, {
		authOptional: false,
		onAuth({username, password}, _session, done) {
			if (username === 'signalbox' && password === 'right') done(null, {user: username});
			else done(Object.assign(new Error('Invalid username or password'), {responseCode: 535}));
		},
	});

test('a mail arrives with its subject, its thread and its id, and its text in UTF-8', async t => {
	const server = await mailServerUnderTest(t);
	const text = 'Überlast auf 中文\n\nWhat to do: signalbox rollback\n.\nstill the same mail\n';
	t.deepEqual(await send(plain(server), mail({to: two, subject: 'Größe — 大きさ', text})), {
		...{outcome: 'sent', note: null, delivered: ['robin@example.org', 'kim@example.org']},
	});
	const [taken] = server.taken;
	if (!taken) throw new Error('nothing arrived');
	const headers = headersOf(taken);
	t.is(headers.get('message-id'), '<notice-1@example.org>');
	t.is(headers.get('references'), '<INC-2026-0007.1@example.org>');
	t.is(headers.get('to'), 'Robin <robin@example.org>, kim@example.org');
	t.is(headers.get('auto-submitted'), 'auto-generated');
	t.regex(headers.get('subject') ?? '', /^=\?UTF-8\?/);
	const body = taken.raw.slice(taken.raw.indexOf('\r\n\r\n') + 4);
	const decoded = /quoted-printable/i.test(headers.get('content-transfer-encoding') ?? '')
		? Buffer.from(
				body.replaceAll(/=\r\n/g, '').replaceAll(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
				'latin1',
			).toString('utf8')
		: Buffer.from(body, 'base64').toString('utf8');
	t.true(decoded.includes('Überlast auf 中文'));
	t.true(decoded.includes('still the same mail'));
});

test('one refused for good does not keep the mail from the others, and is named', async t => {
	const server = await mailServerUnderTest(t);
	server.refuse('kim@example.org', 550);
	const delivery = await send(plain(server), mail({to: two}));
	t.like(delivery, {outcome: 'sent', delivered: ['robin@example.org']});
	t.regex(delivery.outcome === 'sent' ? (delivery.note ?? '') : '', /kim@example\.org: 550 No such user here/);
});

test('greylisted is tried again, for those alone who do not have it', async t => {
	const server = await mailServerUnderTest(t);
	server.refuse('kim@example.org', 451);
	const first = await send(plain(server), mail({to: two}));
	t.like(first, {outcome: 'retry', delivered: ['robin@example.org']});
	t.like(await send(plain(server), mail({to: two, delivered: first.delivered})), {outcome: 'sent'});
	t.deepEqual(
		server.taken.map(({to}) => to),
		[['robin@example.org'], ['kim@example.org']],
	);
});

test('everybody refused: for now it is tried again, for good it is failed', async t => {
	const server = await mailServerUnderTest(t);
	server.refuse('robin@example.org', 450, 550);
	t.like(await send(plain(server)), {outcome: 'retry'});
	const failed = await send(plain(server));
	t.is(failed.outcome, 'failed');
	t.regex(failed.outcome === 'failed' ? failed.reason : '', /127\.0\.0\.1 refused robin@example\.org: 550/);
	t.is(server.taken.length, 0);
});

test('a wrong password is failed, with the keys to look at and without the password', async t => {
	const server = await withLogin(t);
	const encrypted = {tls: 'starttls', ca: testAuthority()} as const;
	t.like(await send(plain(server, {...encrypted, login: {user: 'signalbox', password: 'right'}})), {outcome: 'sent'});
	const failed = await send(plain(server, {...encrypted, login: {user: 'signalbox', password: 'wr0ng-secret'}}));
	t.is(failed.outcome, 'failed');
	t.regex(failed.outcome === 'failed' ? failed.reason : '', /535 .*«password_file»/);
	t.false(JSON.stringify(failed).includes('wr0ng-secret'));
});

test('starttls trusts the given authority, and sends nothing to a server that it cannot trust or that does not encrypt', async t => {
	const server = await mailServerUnderTest(t);
	t.like(await send(plain(server, {tls: 'starttls', ca: testAuthority()})), {outcome: 'sent'});
	t.like(await send(plain(server, {tls: 'starttls'})), {outcome: 'retry'});
	const open = await mailServerUnderTest(t, {hideSTARTTLS: true, disabledCommands: ['STARTTLS', 'AUTH']});
	const refused = await send(plain(open, {tls: 'starttls', ca: testAuthority()}));
	t.is(refused.outcome, 'failed');
	t.regex(refused.outcome === 'failed' ? refused.reason : '', /«tls»/);
	const whole = await mailServerUnderTest(t, {secure: true});
	t.like(await send(plain(whole, {tls: 'tls', ca: testAuthority()})), {outcome: 'sent'});
	t.is(server.taken.length + open.taken.length + whole.taken.length, 2);
});

test('a server that is away is asked again when it is back', async t => {
	const server = await mailServerUnderTest(t);
	await server.stop();
	const away = await send(plain(server));
	t.is(away.outcome, 'retry');
	t.regex(away.outcome === 'retry' ? away.reason : '', /ECONNREFUSED/);
	const back = await mailServerUnderTest(t, {}, server.port);
	t.like(await send(plain(back)), {outcome: 'sent'});
});

test('a server that greets nobody, or takes forever over the mail, is given up in time; so is everything when the service stops', async t => {
	const silent = await mailServerUnderTest(t, {onConnect: () => undefined});
	const slow = await mailServerUnderTest(t, {onData: () => undefined});
	for (const server of [silent, slow]) {
		const startedMs = performance.now();
		const delivery = await send(plain(server), mail(), never, shortMs);
		t.is(delivery.outcome, 'retry');
		t.true(performance.now() - startedMs < shortMs + 2500);
	}
	const startedMs = performance.now();
	t.is((await send(plain(silent), mail(), AbortSignal.timeout(100))).outcome, 'retry');
	t.true(performance.now() - startedMs < 1500);
});

test('no subject, name or text can add a header or a recipient', async t => {
	const server = await mailServerUnderTest(t);
	await fc.assert(
		fc.asyncProperty(
			fc.string({unit: 'binary', maxLength: 200}),
			fc.constantFrom('\r\n', '\n', '\r', '\u2028', '\r\n\r\n'),
			async (text, newline) => {
				const before = server.taken.length;
				const subject = `${text}${newline}Bcc: victim@example.org${newline}X-Injected: 1`;
				const delivery = await send(plain(server), mail({subject, text: `${text}\r\n.\r\nMAIL FROM:<x@example.org>\r\n`}));
				const taken = server.taken[before];
				if (!taken) throw new Error(`not taken: ${JSON.stringify(delivery)}`);
				const headers = headersOf(taken);
				return server.taken.length === before + 1 && taken.to.length === 1 && !headers.has('bcc') && !headers.has('x-injected');
			},
		),
		{numRuns: 25},
	);
	t.true(server.taken.length >= 25);
});
