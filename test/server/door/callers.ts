/** Who is taken for whom: this machine, whom a proxy names, programs with tokens; and what their names look like in the timeline. */
import test, {type ExecutionContext} from 'ava';
import {changePerson} from '../../../server/actions/change-person.ts';
import {revokeToken} from '../../../server/actions/revoke-token.ts';
import {noteEvent} from '../../helpers/events.ts';
import {question, serviceUnderTest, usualService} from '../../helpers/service.ts';
import {type Answer, askRaw, signedIn, tokenHeader, visitor} from '../../helpers/visitor.ts';

const services = {app: usualService};
const actor = {kind: 'person', name: 'the test'} as const;
const json = {'content-type': 'application/json'};
const callerIn = ({text}: Answer): string | null =>
	/<span class="person"><span><b>([^<]+)<\/b>([^<]+)</.exec(text)?.slice(1).join('') ?? null;
const startWith = (t: ExecutionContext, sign_in: object, more: object = {}) => serviceUnderTest(t, {config: {sign_in, services, ...more}});

test('without a sign-in, this machine reads and deploys, and lets nobody in', async t => {
	const {url, post} = await serviceUnderTest(t);
	t.is(callerIn(await askRaw(url)), 'this machine, deployer');
	t.is((await post('/api/v1/checks', question('before'))).status, 200);
	t.is((await askRaw(`${url}/people`, {headers: {accept: 'text/html'}})).status, 403);
	t.is((await post('/api/v1/events/1/redaction', {reason: 'x', actor})).status, 403);
});

for (const header of [
	'forwarded',
	'via',
	'x-forwarded-for',
	'x-forwarded-host',
	'x-forwarded-proto',
	'x-forwarded-anything',
	'x-real-ip',
]) {
	test(`whoever comes through something that says ${header} is not this machine`, async t => {
		const open = await serviceUnderTest(t);
		t.is((await askRaw(`${open.url}/api/v1/deploys`, {headers: {[header]: '10.0.0.7'}})).status, 401);
		const {url} = await startWith(t, {this_machine: 'admin'});
		t.is((await askRaw(`${url}/api/v1/deploys`)).status, 200);
		t.is((await askRaw(`${url}/api/v1/deploys`, {headers: {[header]: ''}})).status, 401, 'empty neither');
	});
}

test('this machine is nobody with a sign-in, unless the configuration says what it may', async t => {
	const {url} = await startWith(t, {});
	t.is((await askRaw(`${url}/api/v1/deploys`)).status, 401);
	const named = await startWith(t, {this_machine: 'viewer'}, {url: 'http://gate.example:8420'});
	t.is((await askRaw(`${named.url}/api/v1/deploys`)).status, 200);
	t.is(
		(await askRaw(`${named.url}/api/v1/deploys`, {headers: {host: 'gate.example:8420'}})).status,
		401,
		'by the name that others use, it may be others',
	);
	t.is((await named.post('/api/v1/checks', question('before'))).status, 403);
});

test('names of the service are its own ones and loopback; every other one is refused', async t => {
	const {url} = await startWith(t, {}, {url: 'https://gate.example'});
	const statusOf = async (host: string) => (await askRaw(`${url}/healthz`, {headers: {host}})).status;
	for (const host of ['gate.example', 'GATE.example:443', 'localhost', '127.0.0.1:1']) t.is(await statusOf(host), 200, host);
	for (const host of [
		'evil.example',
		'gate.example.evil.example',
		'xgate.example',
		'gate.example@evil.example',
		'gate.example:443:1',
		'gate.example.',
		'10.0.0.1',
	])
		t.is(await statusOf(host), 403, host);
});

test('the proxy’s word is taken from the proxy alone', async t => {
	const proxy = {header: 'X-Remote-User', from: ['127.0.0.1/32'], role: 'editor'};
	const {url, events, deps} = await startWith(t, {links: false, proxy});
	const as = (headers: Record<string, string | string[]>) => askRaw(url, {headers: {accept: 'text/html', ...headers}});
	t.is(callerIn(await as({'x-remote-user': 'riley'})), 'riley, editor');
	t.is(callerIn(await as({'x-remote-user': 'riley', 'x-forwarded-for': '10.0.0.7'})), 'riley, editor');
	t.is(callerIn(await as({'X-REMOTE-USER': Buffer.from('Zoë', 'utf8').toString('latin1')})), 'Zoë, editor');
	t.is((await deps.database.read('people')).length, 2, 'met once each');
	t.is((await as({'x-remote-user': 'RILEY'})).text.includes('<b>riley</b>, editor'), true, 'one person, however it is written');
	t.is((await as({'x-remote-user': ' '})).status, 303);
	t.is((await as({})).status, 303);
	t.is((await as({'x-remote-user': ['riley', 'admin']})).status, 401);
	for (const name of ['signalbox', 'riley via token x', 'x'.repeat(101), '\u00ff\u00fe'])
		t.true([401, 422].includes((await as({'x-remote-user': name})).status), name);
	await changePerson(deps, {name: 'riley'}, {change: {disabled: true}, actor, where: 'in a test', evenLastAdmin: true});
	t.is((await as({'x-remote-user': 'riley'})).status, 403);
	t.true((await events()).some(({text}) => text === 'riley came by the sign-in of the proxy for the first time, as editor'));
});

test('a header that a direct client writes makes it nobody', async t => {
	const elsewhere = {header: 'X-Remote-User', from: ['10.9.8.0/24', '::1/128', 'fd00::/8'], role: 'admin'};
	const {url, deps} = await startWith(t, {this_machine: 'viewer', proxy: elsewhere});
	const {status} = await askRaw(`${url}/people`, {headers: {accept: 'text/html', 'x-remote-user': 'mallory'}});
	t.is(status, 303);
	t.is((await askRaw(`${url}/people`, {headers: {'x-remote-user': 'mallory', 'x-forwarded-for': '10.9.8.7'}})).status, 303);
	t.is((await deps.database.read('people')).length, 0);
});

test('the proxy’s person writes forms of their own browser, and of no other one', async t => {
	const {url} = await startWith(t, {proxy: {header: 'X-Remote-User', from: ['127.0.0.1'], role: 'admin'}});
	const [riley, sam] = [visitor(url, {'x-remote-user': 'riley'}), visitor(url, {'x-remote-user': 'sam'})];
	t.is((await riley.form('/people', {name: 'Kim', role: 'viewer'}, '/people')).status, 201);
	sam.jar.set('signalbox_form', riley.jar.get('signalbox_form') ?? '');
	const theirs = await riley.csrf('/people');
	t.not(await sam.csrf('/people'), theirs, 'the same browser after somebody else signed in there');
});

test('a token opens the API until it is revoked or ends, mid-way too', async t => {
	const {deps, url, clock} = await startWith(t, {});
	const header = await tokenHeader(deps, 'program', 'viewer', {forMs: 3_600_000});
	const statusOf = async (authorization: string) => (await askRaw(`${url}/api/v1/deploys`, {headers: {authorization}})).status;
	t.is(await statusOf(header.authorization), 200);
	t.is(await statusOf(header.authorization.replace('Bearer', 'bearer')), 200);
	clock.push(3_600_001);
	t.is(await statusOf(header.authorization), 401);
	const other = (await tokenHeader(deps, 'other', 'viewer')).authorization;
	t.is(await statusOf(other), 200);
	await revokeToken(deps, {id: other.slice(11, 21), actor, where: 'in a test'});
	t.is(await statusOf(other), 401);
	const {headers, text} = await askRaw(`${url}/api/v1/deploys`, {headers: {authorization: other}});
	t.is(headers['www-authenticate'], 'Bearer');
	t.regex(text, /unknown, revoked or expired/);
	t.is(
		(await askRaw(`${url}/healthz`, {headers: {authorization: other}})).status,
		401,
		'a bad token is refused everywhere: whoever shows it wants to know',
	);
});

test('what is no token is refused, wherever it stands and whatever else is shown', async t => {
	const {deps, url} = await startWith(t, {this_machine: 'admin'});
	const {authorization} = await tokenHeader(deps, 'program', 'admin');
	const text = authorization.slice(7);
	const wrong = [
		'Bearer',
		'Bearer ',
		`Basic ${text}`,
		text,
		`Bearer ${text}x`,
		`Bearer ${text.slice(0, -1)}`,
		`Bearer ${text} ${text}`,
		`Bearer sbx_${'0'.repeat(10)}_${text.slice(15)}`,
		'Bearer sbx__',
		`Bearer ${'x'.repeat(8000)}`,
		'Bearer null',
		`Bearer ${text.toUpperCase()}`,
	];
	for (const header of wrong)
		t.is((await askRaw(`${url}/api/v1/deploys`, {headers: {authorization: header}})).status, 401, header.slice(0, 80));
	const riley = await signedIn(t, {deps, url}, 'Riley', 'admin');
	t.is((await riley.ask('/people', {headers: {authorization: 'Bearer wrong'}})).status, 401, 'a session does not stand in for a bad token');
	const nowhere = await startWith(t, {});
	for (const query of [`token=${text}`, `access_token=${text}`, `authorization=Bearer+${text}`])
		t.is((await askRaw(`${nowhere.url}/api/v1/deploys?${query}`)).status, 401, 'an address is no place for a token');
	t.is((await askRaw(`${url}/api/v1/deploys`, {headers: {authorization: `Bearer ${'x'.repeat(20_000)}`}})).status, 431);
	t.is((await askRaw(`${url}/api/v1/deploys`, {headers: {authorization}})).status, 200);
});

test('nobody writes in the timeline as somebody else unnoticed', async t => {
	const {deps, url, events, ask} = await startWith(t, {this_machine: 'deployer'});
	await ask('before');
	const as = {kind: 'person', name: 'Robin'};
	const send = (who: ReturnType<typeof visitor>, key: string) =>
		who.ask('/api/v1/events', {
			method: 'POST',
			headers: json,
			body: JSON.stringify({events: [noteEvent({actor: {kind: 'person', name: 'Robin'}, text: key, idempotencyKey: `event ${key}`})]}),
		});
	await send(await signedIn(t, {deps, url}, 'Mallory', 'editor'), 'a person');
	await send(visitor(url, await tokenHeader(deps, 'ci', 'deployer')), 'a token');
	await send(visitor(url), 'this machine');
	const who = async (text: string) => (await events()).find(event => event.text === text)?.actor.name;
	t.is(await who('a person'), 'Mallory');
	t.is(await who('a token'), 'Robin via token ci');
	t.is(await who('this machine'), 'Robin via this machine');
	const override = {service: 'app', forMs: 600_000, reason: 'because', actor: as, idempotencyKey: 'override one'};
	const program = visitor(url, await tokenHeader(deps, 'other', 'deployer'));
	t.is((await program.ask('/api/v1/overrides', {method: 'POST', headers: json, body: JSON.stringify(override)})).status, 201);
	t.is((await deps.database.read('overrides'))[0].by, 'Robin via token other');
	const check = {...question('testservers'), actor: as};
	t.is((await program.ask('/api/v1/checks', {method: 'POST', headers: json, body: JSON.stringify(check)})).status, 200);
	t.true((await events()).some(event => event.actor.name === 'Robin via token other' && event.deploy !== null));
	const forged = await program.ask('/api/v1/events', {
		method: 'POST',
		headers: json,
		body: JSON.stringify({events: [{...noteEvent(), kind: 'access_changed'}]}),
	});
	t.is(forged.status, 422, 'who may come in is said by the service alone');
});

test('without a sign-in, names stand as the clients say them', async t => {
	const {post, events} = await serviceUnderTest(t);
	await post('/api/v1/events', {events: [noteEvent({actor: {kind: 'person', name: 'Robin'}})]});
	t.is((await events())[0]?.actor.name, 'Robin');
});
