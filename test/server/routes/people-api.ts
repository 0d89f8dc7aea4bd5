/** People and tokens over HTTP, as programs manage them. */
import test, {type ExecutionContext} from 'ava';
import {needMayGive, nobody, type Role, roles} from '../../../server/caller.ts';
import {invitationAnswer, newTokenAnswer, peopleAnswer, personAnswer, tokenAnswer, tokensAnswer} from '../../../server/schemas/access.ts';
import {type ServiceUnderTest, serviceUnderTest, usualService} from '../../helpers/service.ts';
import {type Answer, formHeaders, signedIn, tokenHeader, type Visitor, visitor} from '../../helpers/visitor.ts';

const config = {sign_in: {links: true}, services: {app: usualService, other: usualService}};
const start = (t: ExecutionContext): Promise<ServiceUnderTest> => serviceUnderTest(t, {config});

let keys = 0;
const key = (): {idempotencyKey: string} => {
	keys += 1;
	return {idempotencyKey: `people and tokens ${keys}`};
};
const bodyOf = ({text}: Answer): Readonly<Record<string, unknown>> => JSON.parse(text) as Record<string, unknown>;

/** Sends JSON, with a key of its own where it has none. */
const send = (who: Visitor, method: 'POST' | 'PUT', path: string, body: object): Promise<Answer> =>
	who.ask(`/api/v1${path}`, {method, headers: {'content-type': 'application/json'}, body: JSON.stringify({...key(), ...body})});

async function withToken({deps, url}: ServiceUnderTest, name: string, role: Role, services: readonly string[] = []): Promise<Visitor> {
	return visitor(url, await tokenHeader(deps, name, role, {services}));
}
const bearer = (url: string, text: string | null): Visitor => visitor(url, {authorization: `Bearer ${text}`});

/** Every address here, as it is asked to write; `none-such` stands for what is nowhere. */
const writes = (person = 'none-such', token = 'none-such') =>
	[
		['POST', '/people', {name: 'Mallory', role: 'viewer'}],
		['POST', `/people/${person}/links`, {}],
		['PUT', `/people/${person}/role`, {role: 'admin'}],
		['PUT', `/people/${person}/state`, {state: 'disabled'}],
		['POST', '/tokens', {name: 'mallory', role: 'viewer'}],
		['POST', `/tokens/${token}/revocation`, {}],
	] as const;

test('a link is told once, lets its person in, and is in no other answer and no event', async t => {
	const under = await start(t);
	const portal = await withToken(under, 'portal', 'admin');
	const asked = {name: 'Riley', role: 'editor', actor: {kind: 'person', name: 'Sam'}, ...key()};
	const first = await send(portal, 'POST', '/people', asked);
	t.deepEqual([first.status, first.headers['cache-control']], [201, 'no-store']);
	const {person, link, expiresAt} = invitationAnswer.parse(bodyOf(first));
	t.like(person, {name: 'Riley', role: 'editor', state: 'active', seenAt: null, disabledAt: null});
	const secret = link?.split('/').at(-1) ?? '';
	t.regex(link ?? '', /^http:\/\/localhost:\d+\/sign-in\//);
	t.regex(secret, /^[\w-]{43}$/);

	const again = await send(portal, 'POST', '/people', asked);
	t.deepEqual([again.status, again.headers['cache-control']], [201, 'no-store']);
	t.deepEqual(invitationAnswer.parse(bodyOf(again)), {person, link: null, expiresAt}, 'the same without the secret');
	const other = await send(portal, 'POST', '/people', {...asked, role: 'viewer'});
	t.is(other.status, 409, 'something else under that key');

	const riley = visitor(under.url);
	t.is(
		(await riley.ask(`/sign-in/${secret}`, {method: 'POST', headers: formHeaders, body: ''})).status,
		303,
		'asking again voided nothing',
	);
	const listed = await portal.ask('/api/v1/people');
	const [{seenAt, ...seen} = person] = peopleAnswer.parse(bodyOf(listed)).people;
	t.deepEqual({...seen, seenAt: null}, person);
	t.not(seenAt, null, 'Riley came in');
	const events = await under.events();
	t.true(events.some(({text, actor}) => text === 'Invited Riley as editor over the HTTP API' && actor.name === 'Sam via token portal'));
	for (const text of [again.text, listed.text, JSON.stringify(events)]) t.false(text.includes(secret));
});

test("a new link for somebody known makes the one before void, and keeps the person's role", async t => {
	const under = await start(t);
	const portal = await withToken(under, 'portal', 'admin');
	const {person, link: old} = invitationAnswer.parse(bodyOf(await send(portal, 'POST', '/people', {name: 'Riley', role: 'editor'})));
	const body = key();
	const made = await send(portal, 'POST', `/people/${person.id}/links`, body);
	t.deepEqual([made.status, made.headers['cache-control']], [201, 'no-store']);
	const {link} = invitationAnswer.parse(bodyOf(made));
	t.like(bodyOf(await send(portal, 'POST', `/people/${person.id}/links`, body)), {person, link: null});
	const open = async (address: string | null) =>
		(await visitor(under.url).ask(new URL(address ?? '').pathname, {method: 'POST', headers: formHeaders, body: ''})).status;
	t.deepEqual([await open(old), await open(link)], [404, 303]);
	t.is((await send(portal, 'POST', '/people', {name: 'riley', role: 'admin'})).status, 409, 'an invitation changes no role');
});

test("a token's text is told once, opens what its role may, and is refused from its revocation on", async t => {
	const under = await start(t);
	const portal = await withToken(under, 'portal', 'admin');
	const asked = {name: 'fleet', role: 'deployer', services: ['app'], forMs: 3_600_000, ...key()};
	const first = await send(portal, 'POST', '/tokens', asked);
	t.deepEqual([first.status, first.headers['cache-control']], [201, 'no-store']);
	const {token, text} = newTokenAnswer.parse(bodyOf(first));
	t.like(token, {name: 'fleet', role: 'deployer', services: ['app'], state: 'in_force', madeBy: 'token portal'});
	t.is(Date.parse(token.expiresAt ?? '') - Date.parse(token.madeAt), 3_600_000);
	t.regex(text ?? '', /^sbx_[0-9a-f]{10}_[\w-]{43}$/);
	const again = await send(portal, 'POST', '/tokens', asked);
	t.deepEqual(newTokenAnswer.parse(bodyOf(again)), {token, text: null}, 'the same without the secret');
	t.is((await send(portal, 'POST', '/tokens', {...asked, role: 'admin'})).status, 409, 'something else under that key');
	t.is((await send(portal, 'POST', '/tokens', {...asked, ...key()})).status, 409, 'a second one of its name');

	const fleet = bearer(under.url, text);
	t.is((await fleet.ask('/api/v1/board')).status, 200);
	const revocation = key();
	const revoked = await send(portal, 'POST', `/tokens/${token.id}/revocation`, revocation);
	t.like(tokenAnswer.parse(bodyOf(revoked)), {id: token.id, state: 'revoked'});
	t.is((await fleet.ask('/api/v1/board')).status, 401);
	t.is((await send(portal, 'POST', `/tokens/${token.id}/revocation`, revocation)).text, revoked.text, 'asked again, answered again');
	const listed = await portal.ask('/api/v1/tokens');
	const {tokens} = tokensAnswer.parse(bodyOf(listed));
	t.deepEqual(
		tokens.map(each => [each.name, each.state]),
		[
			['fleet', 'revoked'],
			['portal', 'in_force'],
		],
	);
	const events = await under.events();
	const secret = (text ?? '').slice(-43);
	for (const told of [again.text, listed.text, revoked.text, JSON.stringify(events)]) t.false(told.includes(secret));
	t.is(events.filter(each => each.text.startsWith('The token fleet')).length, 2, 'made once, revoked once');
});

test('a token ends by itself, and what names no service is not taken for all of them', async t => {
	const under = await start(t);
	const portal = await withToken(under, 'portal', 'admin');
	const made = await send(portal, 'POST', '/tokens', {name: 'brief', role: 'viewer', forMs: 60_000});
	const {text} = newTokenAnswer.parse(bodyOf(made));
	t.is((await bearer(under.url, text).ask('/api/v1/board')).status, 200);
	under.clock.push(61_000);
	t.is((await bearer(under.url, text).ask('/api/v1/board')).status, 401);
	t.is(tokensAnswer.parse(bodyOf(await portal.ask('/api/v1/tokens'))).tokens.find(({name}) => name === 'brief')?.state, 'ended');
	for (const wrong of [{services: []}, {services: ['othr']}, {forMs: 5}, {role: 'root'}, {name: 'a b'}, {secret: 'mine'}]) {
		const refused = await send(portal, 'POST', '/tokens', {name: 'wrong', role: 'viewer', ...wrong});
		t.true([404, 422].includes(refused.status), `${JSON.stringify(wrong)}: ${refused.text}`);
	}
	t.false((await portal.ask('/api/v1/tokens')).text.includes('wrong'));
});

test('somebody who is disabled is out at once, and comes in again only by a new link', async t => {
	const under = await start(t);
	const portal = await withToken(under, 'portal', 'admin');
	const riley = await signedIn(t, under, 'Riley', 'editor');
	t.is((await riley.ask('/api/v1/board')).status, 200);
	const {people} = peopleAnswer.parse(bodyOf(await portal.ask('/api/v1/people')));
	const address = `/people/${people[0]?.id}`;
	const [disabling, enabling] = [
		{state: 'disabled', ...key()},
		{state: 'active', ...key()},
	];
	const out = personAnswer.parse(bodyOf(await send(portal, 'PUT', `${address}/state`, disabling)));
	t.is(out.state, 'disabled');
	t.is((await riley.ask('/api/v1/board')).status, 401);
	t.is((await send(portal, 'POST', `${address}/links`, {})).status, 409, 'no link for whoever is shut out');
	t.is(personAnswer.parse(bodyOf(await send(portal, 'PUT', `${address}/state`, enabling))).state, 'active');
	t.is((await riley.ask('/api/v1/board')).status, 401, 'the session stays over');
	const late = await send(portal, 'PUT', `${address}/state`, disabling);
	t.like(bodyOf(late), {state: 'active'}, 'a request that comes twice shuts nobody out again');
	t.is((await (await signedIn(t, under, 'Riley', null)).ask('/api/v1/board')).status, 200);
});

test('a new role counts at once, and the last admin stays one', async t => {
	const under = await start(t);
	const robin = await signedIn(t, under, 'Robin', 'admin');
	const riley = await signedIn(t, under, 'Riley', 'viewer');
	const {people} = peopleAnswer.parse(bodyOf(await robin.ask('/api/v1/people')));
	const idOf = (name: string) => people.find(person => person.name === name)?.id;
	const raised = await send(robin, 'PUT', `/people/${idOf('Riley')}/role`, {role: 'deployer', actor: {kind: 'person', name: 'Sam'}});
	t.like(personAnswer.parse(bodyOf(raised)), {name: 'Riley', role: 'deployer'});
	t.is((await riley.ask('/api/v1/board')).status, 401, 'signed in with the old role');
	t.is((await under.events()).at(-1)?.actor.name, 'Robin', 'a person is themselves, whatever is claimed');
	for (const [what, body] of [
		['role', {role: 'viewer'}],
		['state', {state: 'disabled'}],
	] as const) {
		const refused = await send(robin, 'PUT', `/people/${idOf('Robin')}/${what}`, body);
		t.is(refused.status, 409);
		t.regex(refused.text, /the last admin/);
	}
});

test('nobody gives a role above their own', t => {
	for (const role of roles)
		for (const given of roles) {
			const give = () => needMayGive({...nobody, kind: 'token', name: 'token x', role}, given);
			if (roles.indexOf(given) <= roles.indexOf(role)) t.notThrows(give);
			else t.throws(give, {message: `token x is ${role}, and gives nobody the role ${given}: it may do more.`});
		}
	t.throws(() => needMayGive(nobody, 'viewer'));
});

test('whoever is below an admin, or limited to services, neither reads nor writes anything here', async t => {
	const under = await start(t);
	const riley = await signedIn(t, under, 'Riley', 'deployer');
	const others = {
		...{riley, deployer: await withToken(under, 'deployer', 'deployer')},
		limited: await withToken(under, 'limited', 'admin', ['app']),
	};
	const person = (await under.stores().people.list())[0]?.id;
	const token = (await under.stores().tokens.list())[0]?.id;
	const before = (await under.events()).length;
	for (const [name, who] of Object.entries(others)) {
		for (const path of ['/api/v1/people', '/api/v1/tokens', '/people']) {
			const {status, text} = await who.ask(path);
			t.is(status, 403, `${name} ${path}`);
			t.false(text.includes(person ?? '?'), `${name} ${path}`);
		}
		for (const [method, path, body] of writes(person, token))
			t.is((await send(who, method, path, body)).status, 403, `${name} ${method} ${path}`);
	}
	t.is((await under.events()).length, before, 'nothing was written');
	t.is((await under.stores().people.list()).length, 1);
	t.is((await visitor(under.url).ask('/api/v1/people')).status, 401);
	t.is((await riley.ask('/api/v1/board')).status, 200, 'and Riley is still in');
});

test('what is nowhere, what no link would open, and what is not understood is said', async t => {
	const under = await start(t);
	const portal = await withToken(under, 'portal', 'admin');
	for (const [method, path, body] of writes().filter(each => each[1].includes('none-such'))) {
		t.is((await send(portal, method, path, body)).status, 404, path);
		t.is((await send(portal, method, path, {...body, more: 1})).status, 422, path);
	}
	t.is((await send(portal, 'POST', '/people', {name: '\u200b', role: 'viewer'})).status, 422);
	const proxied = await serviceUnderTest(t, {
		config: {
			...{url: 'http://localhost:8420', services: {app: usualService}},
			sign_in: {links: false, proxy: {header: 'X-Remote-User', from: ['127.0.0.1/32'], role: 'viewer'}},
		},
	});
	const refused = await send(await withToken(proxied, 'portal', 'admin'), 'POST', '/people', {name: 'Riley', role: 'viewer'});
	t.is(refused.status, 409);
	t.regex(refused.text, /links: false/);
	t.deepEqual(await proxied.stores().people.list(), []);
});
