/** One-time links and the sessions that they become, with somebody at the door who should not come in. */
import test from 'ava';
import {changePerson} from '../../../server/actions/change-person.ts';
import {firstLink} from '../../../server/actions/invite-person.ts';
import {hashOf} from '../../../server/secret.ts';
import {serviceUnderTest, usualService} from '../../helpers/service.ts';
import {askRaw, formHeaders, linkFor, signedIn, visitor} from '../../helpers/visitor.ts';

const config = {sign_in: {links: true, session: '30d'}, services: {app: usualService}};
const actor = {kind: 'person', name: 'the test'} as const;
const change = {actor, where: 'in a test', evenLastAdmin: true};
const hourMs = 3_600_000;
const post = {method: 'POST', headers: formHeaders, body: ''};

test('looking at a link does not use it up, using it does, and whoever used it is known by name', async t => {
	const {deps, url, events} = await serviceUnderTest(t, {config});
	const link = `/sign-in/${await linkFor(deps, 'Riley', 'editor')}`;
	for (let looks = 0; looks < 3; looks += 1) {
		const shown = await visitor(url).ask(link);
		t.is(shown.status, 200);
		t.regex(shown.text, /Sign in as Riley, editor\./);
		t.is(shown.headers['cache-control'], 'no-store');
		t.is(shown.headers['referrer-policy'], 'same-origin');
		t.is(shown.headers['set-cookie'], undefined);
	}
	const riley = visitor(url);
	const used = await riley.ask(`${link}?to=%2Fdeploys%3Fservice%3Dapp`, post);
	t.deepEqual([used.status, used.headers['location']], [303, '/deploys?service=app']);
	const [cookie = ''] = [used.headers['set-cookie'] ?? []].flat();
	t.regex(cookie, /^signalbox_session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/);
	t.regex((await riley.ask('/')).text, /<b>Riley<\/b>, editor.*Sign out/);
	for (const again of [await visitor(url).ask(link), await visitor(url).ask(link, post)]) {
		t.is(again.status, 404);
		t.regex(again.text, /was used before, is older than a day, or was replaced/);
		t.is(again.headers['set-cookie'], undefined);
	}
	const said = (await events()).filter(({kind}) => kind === 'access_changed');
	t.deepEqual(
		said.map(({text, actor: who}) => [who.name, text]),
		[
			['the test', 'Invited Riley as editor in a test'],
			['Riley', 'Riley signed in by a one-time link, as editor'],
		],
	);
	t.notRegex(JSON.stringify(said), new RegExp(link.slice(9)));
});

test('of a link pressed twenty times at once, one press counts', async t => {
	const {deps, url} = await serviceUnderTest(t, {config});
	const link = `/sign-in/${await linkFor(deps, 'Riley', 'editor')}`;
	const answers = await Promise.all(Array.from({length: 15}, () => visitor(url).ask(link, post)));
	t.is(answers.filter(({status}) => status === 303).length, 1);
	t.is((await deps.database.read('sessions')).length, 1);
});

test('a link ends after a day, with the next link, and with its person', async t => {
	const {deps, url, clock} = await serviceUnderTest(t, {config});
	const statusOf = async (secret: string) => (await visitor(url).ask(`/sign-in/${secret}`, post)).status;
	const old = await linkFor(deps, 'Riley', 'editor');
	clock.push(24 * hourMs + 1000);
	t.is(await statusOf(old), 404);
	const replaced = await linkFor(deps, 'Riley', null);
	const newer = await linkFor(deps, 'riley', null);
	t.is(await statusOf(replaced), 404);
	await changePerson(deps, {name: 'Riley'}, {...change, change: {disabled: true}});
	t.is(await statusOf(newer), 404, 'made void when the person was shut out');
	await t.throwsAsync(linkFor(deps, 'Riley', null), {message: /shut out/});
	await changePerson(deps, {name: 'Riley'}, {...change, change: {disabled: false}});
	t.is(await statusOf(newer), 404, 'and not valid again afterwards');
	t.is(await statusOf(await linkFor(deps, 'Riley', null)), 303);
	for (const forged of ['x', 'A'.repeat(43), `${'A'.repeat(42)}%00`, '../people', 'A'.repeat(5000)])
		t.is(await statusOf(encodeURIComponent(forged)), 404, forged);
});

test('only hashes of secrets are stored', async t => {
	const {deps, url} = await serviceUnderTest(t, {config});
	const secret = await linkFor(deps, 'Riley', 'editor');
	const riley = visitor(url);
	await riley.ask(`/sign-in/${secret}`, post);
	const session = riley.jar.get('signalbox_session') ?? '';
	const tables = ['people', 'sign_in_links', 'sessions', 'tokens', 'events'];
	const rows = JSON.stringify(await Promise.all(tables.map(table => deps.database.read(table))));
	t.false(rows.includes(secret));
	t.false(rows.includes(session));
	t.true(rows.includes(hashOf(session)));
});

test('a session that somebody made up, or planted before the sign-in, opens nothing', async t => {
	const {deps, url} = await serviceUnderTest(t, {config});
	const planted = 'P'.repeat(43);
	const riley = visitor(url);
	riley.jar.set('signalbox_session', planted);
	t.is((await riley.ask('/people')).status, 303);
	await riley.ask(`/sign-in/${await linkFor(deps, 'Riley', 'admin')}`, post);
	const session = riley.jar.get('signalbox_session') ?? '';
	t.not(session, planted);
	t.is((await riley.ask('/people')).status, 200);
	const attacker = visitor(url);
	for (const cookie of [planted, `${session}x`, session.slice(0, -1), session.toUpperCase(), hashOf(session), '', '%00', `"${session}`]) {
		attacker.jar.set('signalbox_session', cookie);
		t.is((await attacker.ask('/people')).status, 303, cookie);
	}
	const two = await askRaw(`${url}/people`, {headers: {cookie: `signalbox_session=${planted}; signalbox_session=${session}`}});
	t.is(two.status, 303, 'the first of two cookies counts, and it is none');
});

test('a second sign-in ends the session that the browser had', async t => {
	const under = await serviceUnderTest(t, {config});
	const riley = await signedIn(t, under, 'Riley', 'admin');
	const before = riley.jar.get('signalbox_session') ?? '';
	await riley.ask(`/sign-in/${await linkFor(under.deps, 'Sam', 'viewer')}`, post);
	t.regex((await riley.ask('/')).text, /<b>Sam<\/b>, viewer/);
	const thief = visitor(under.url);
	thief.jar.set('signalbox_session', before);
	t.is((await thief.ask('/people')).status, 303);
});

test('signing out ends the session for whoever has its cookie', async t => {
	const under = await serviceUnderTest(t, {config});
	const riley = await signedIn(t, under, 'Riley', 'admin');
	const thief = visitor(under.url);
	thief.jar.set('signalbox_session', riley.jar.get('signalbox_session') ?? '');
	t.is((await thief.ask('/people')).status, 200);
	t.is((await riley.form('/sign-out')).status, 303);
	t.false(riley.jar.has('signalbox_session'));
	t.is((await thief.ask('/people')).status, 303);
});

test('a session lasts as long as it is used, and not longer', async t => {
	const {deps, url, clock} = await serviceUnderTest(t, {config: {...config, sign_in: {session: '2h'}}});
	const riley = await signedIn(t, {deps, url}, 'Riley', 'viewer');
	for (let hours = 0; hours < 5; hours += 1) {
		clock.push(1.5 * hourMs);
		const answer = await riley.ask('/');
		t.is(answer.status, 200, `after ${hours} times`);
		t.regex(String(answer.headers['set-cookie']), /^signalbox_session=[\w-]{43}; Max-Age=7200;/);
		await until(async () => (await deps.database.read('sessions'))[0].seen_at > new Date(Date.parse(clock.now()) - 60_000).toISOString());
	}
	t.is((await riley.ask('/')).headers['set-cookie'], undefined, 'what was noted a moment ago is not noted again');
	clock.push(2 * hourMs + 1000);
	t.is((await riley.ask('/')).status, 303);
});

test('a new role and being shut out end every session of that person, at once, and no other one', async t => {
	const under = await serviceUnderTest(t, {config});
	const [laptop, phone] = [await signedIn(t, under, 'Riley', 'admin'), await signedIn(t, under, 'Riley', null)];
	const sam = await signedIn(t, under, 'Sam', 'admin');
	await changePerson(under.deps, {name: 'Riley'}, {...change, change: {role: 'viewer'}});
	for (const browser of [laptop, phone]) t.is((await browser.ask('/people')).status, 303);
	t.is((await sam.ask('/people')).status, 200);
	const again = await signedIn(t, under, 'Riley', null);
	t.is((await again.ask('/people')).status, 403);
	await changePerson(under.deps, {name: 'Riley'}, {...change, change: {disabled: true}});
	t.is((await again.ask('/')).status, 303);
	await changePerson(under.deps, {name: 'Riley'}, {...change, change: {disabled: false}});
	t.is((await again.ask('/')).status, 303, 'an old cookie does not come back to life');
});

test('two processes on one database know the same sessions', async t => {
	const one = await serviceUnderTest(t, {config});
	const other = await serviceUnderTest(t, {config, folder: one.folder, clock: one.clock});
	const riley = await signedIn(t, one, 'Riley', 'admin');
	const elsewhere = visitor(other.url);
	elsewhere.jar.set('signalbox_session', riley.jar.get('signalbox_session') ?? '');
	t.is((await elsewhere.ask('/people')).status, 200);
	t.is((await riley.form('/people', {name: 'Sam', role: 'viewer'})).status, 201);
	t.is(await elsewhere.csrf(), await riley.csrf(), 'a form of one is taken by the other');
	await elsewhere.form('/sign-out');
	t.is((await riley.ask('/people')).status, 303);
});

test('the link of the first start makes an admin under the name they choose, and is void once there is one', async t => {
	const {deps, url} = await serviceUnderTest(t, {config});
	const [first, second] = [await firstLink(deps), await firstLink(deps)];
	const press = (secret: string | undefined, name: string) =>
		visitor(url).ask(`/sign-in/${secret}`, {...post, body: new URLSearchParams({name}).toString()});
	const nameless = await press(first?.secret, '  ');
	t.is(nameless.status, 422);
	t.regex(nameless.text, /The first admin needs a name/);
	const taken = await press(first?.secret, 'signalbox');
	t.regex(taken.text, /cannot be a name/);
	t.is((await press(first?.secret, 'Riley')).status, 303, 'what was wrong with the name did not use it up');
	t.is((await press(second?.secret, 'Mallory')).status, 404);
	t.is(await firstLink(deps), null);
	await changePerson(deps, {name: 'Riley'}, {...change, change: {disabled: true}});
	t.is(await firstLink(deps), null, 'nobody becomes admin by the log again, though the only one was shut out');
});

test('the sign-in leads on to a page of ours, and nowhere else', async t => {
	const {deps, url} = await serviceUnderTest(t, {config});
	const elsewhere = [
		'//evil.example',
		'https://evil.example',
		'/\\evil.example',
		'\\\\evil.example',
		'/%09/evil.example\n',
		'javascript:alert(1)',
		'/a\r\nset-cookie: x=y',
		'///evil.example',
		'/./\\evil.example',
		'/.//evil.example',
	];
	for (const to of elsewhere) {
		const link = `/sign-in/${await linkFor(deps, 'Riley', (await deps.database.read('people')).length > 0 ? null : 'viewer')}`;
		const used = await visitor(url).ask(`${link}?to=${encodeURIComponent(to)}`, post);
		t.regex(String(used.headers['location']), /^\/(?![/\\])/, to);
		t.is(new URL(String(used.headers['location']), url).origin, url, to);
	}
	const riley = await signedIn(t, {deps, url}, 'Riley', null);
	for (const to of elsewhere) {
		const {headers} = await riley.ask(`/sign-in?to=${encodeURIComponent(to)}`);
		t.is(new URL(String(headers['location'] ?? '/'), url).origin, url, to);
	}
	t.is((await riley.ask('/sign-in?to=%2Fpeople')).headers['location'], '/people');
});

test('a link can be pasted where a page asked for the sign-in, and leads back there', async t => {
	const {deps, url} = await serviceUnderTest(t, {config});
	const secret = await linkFor(deps, 'Riley', 'viewer');
	const guest = visitor(url);
	const paste = (link: string) => guest.ask('/sign-in', {...post, body: new URLSearchParams({link, to: '/deploys'}).toString()});
	const opened = await paste(` http://gate.example/sign-in/${secret} `);
	t.deepEqual([opened.status, opened.headers['location']], [303, `/sign-in/${secret}?to=%2Fdeploys`]);
	const used = await guest.ask(String(opened.headers['location']), post);
	t.is(used.headers['location'], '/deploys');
	t.is((await paste('hello')).status, 422);
	t.regex((await paste('https://evil.example/sign-in/short')).text, /This is no sign-in link/);
});

test('with links switched off, none is taken', async t => {
	const {deps, url} = await serviceUnderTest(t, {config: {...config, sign_in: {links: false}}});
	const secret = await linkFor(deps, 'Riley', 'admin');
	t.is((await visitor(url).ask(`/sign-in/${secret}`)).status, 404);
	t.is((await visitor(url).ask(`/sign-in/${secret}`, post)).status, 404);
});

test('behind https the cookies are bound to this host and to TLS, and browsers are told to stay with it', async t => {
	const {deps, url} = await serviceUnderTest(t, {config: {...config, url: 'https://gate.example'}});
	const secret = await linkFor(deps, 'Riley', 'viewer');
	const headers = {...formHeaders, host: 'gate.example', origin: 'https://gate.example'};
	const used = await askRaw(`${url}/sign-in/${secret}`, {method: 'POST', headers, body: ''});
	t.is(used.status, 303);
	t.regex(
		String(used.headers['set-cookie']),
		/^__Host-signalbox_session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
	);
	t.is(used.headers['strict-transport-security'], 'max-age=15552000');
	const [, session = ''] = /session=([\w-]{43})/.exec(String(used.headers['set-cookie'])) ?? [];
	const plain = await askRaw(`${url}/`, {headers: {host: 'gate.example', cookie: `signalbox_session=${session}`}});
	t.is(plain.status, 303, 'a cookie without the prefix could have been set by a neighbour');
	t.is((await askRaw(`${url}/`, {headers: {host: 'gate.example', cookie: `__Host-signalbox_session=${session}`}})).status, 200);
});

/** Waits for what the service does after its answer. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
	for (let tries = 0; tries < 100; tries += 1) {
		if (await isTrue()) return;
		await new Promise(resolve => setTimeout(resolve, 20));
	}
	throw new Error('it did not happen within two seconds');
}
