/** Notices by mail, from the event to a real mail server: one thread an incident, greylisting, and a server that comes back. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {changeIncident} from '../../../server/actions/change-incident.ts';
import {noticeSender} from '../../../server/actions/send-notices.ts';
import {declareRollback} from '../../../server/actions/take-back.ts';
import {headersOf, mailServerUnderTest, testAuthority} from '../../helpers/mail-server.ts';
import {serviceUnderTest, temporaryFolder, usualService} from '../../helpers/service.ts';

const robin = {kind: 'person', name: 'Robin'} as const;
const minuteMs = 60_000;

async function mailed(t: ExecutionContext) {
	const server = await mailServerUnderTest(t);
	const folder = temporaryFolder(t);
	writeFileSync(path.join(folder, 'ca.pem'), testAuthority());
	const smtp = {host: '127.0.0.1', port: server.port, ca_file: 'ca.pem', from: 'Signalbox <signalbox@example.org>'};
	const to = ['robin@example.org', 'kim@example.org'];
	const under = await serviceUnderTest(t, {
		config: {url: 'https://signalbox.example.org', services: {app: usualService}, notices: {oncall: {smtp: {...smtp, to}}}},
		folder,
	});
	const sender = noticeSender(under.deps);
	t.teardown(() => sender.stop());
	await under.ask('before');
	await under.ask('testservers');
	const {incident} = await declareRollback(under.deps, {
		service: 'app',
		deploy: null,
		reason: 'x',
		actor: robin,
		idempotencyKey: 'rollback-1',
	});
	return {
		...{under, server, incident: incident ?? ''},
		async send() {
			await sender.step();
			await sender.idle();
		},
	};
}

test('mails of one incident say it in the subject, refer to one thread, and have the id of their notice', async t => {
	const {under, server, incident, send} = await mailed(t);
	await send();
	await changeIncident(under.deps, {incident, status: 'resolved', reason: 'reverted', actor: robin, idempotencyKey: 'resolved-1'});
	await send();
	const [opened, resolved] = server.taken.map(headersOf);
	t.regex(opened?.get('subject') ?? '', new RegExp(`^\\[Signalbox\\] ${incident} open: `));
	t.regex(resolved?.get('subject') ?? '', new RegExp(`^\\[Signalbox\\] ${incident} draft ready: `));
	t.truthy(opened?.get('references'));
	t.is(opened?.get('references'), resolved?.get('references'));
	const [newest, first] = await under.stores().outbox.list(2);
	t.is(opened?.get('message-id'), `<${first?.id}@example.org>`);
	t.is(resolved?.get('message-id'), `<${newest?.id}@example.org>`);
	t.true(server.taken[0]?.raw.includes(`https://signalbox.example.org/incidents/${incident}`));
});

test('one who is greylisted gets it later, the other one not twice; a server that is away gets it when it is back', async t => {
	const {under, server, send} = await mailed(t);
	server.refuse('kim@example.org', 451);
	await send();
	t.like((await under.stores().outbox.list(1))[0], {state: 'waiting', delivered: ['robin@example.org']});
	await server.stop();
	under.clock.push(minuteMs);
	await send();
	t.regex((await under.stores().outbox.list(1))[0]?.reason ?? '', /ECONNREFUSED/);
	const back = await mailServerUnderTest(t, {}, server.port);
	under.clock.push(5 * minuteMs);
	await send();
	t.like((await under.stores().outbox.list(1))[0], {state: 'sent', reason: null, attempts: 3});
	t.deepEqual(
		[...server.taken, ...back.taken].map(({to}) => to),
		[['robin@example.org'], ['kim@example.org']],
	);
});
