/** Every route of the table, asked by everybody there is: who is answered follows from its `access`, and from nothing else. */
import test, {type ExecutionContext} from 'ava';
import {createApp, routesOf} from '../../../server/app.ts';
import {type Role, roles} from '../../../server/caller.ts';
import type {Route} from '../../../server/routes/route.ts';
import {noteEvent} from '../../helpers/events.ts';
import {question, type ServiceUnderTest, serviceUnderTest, usualService} from '../../helpers/service.ts';
import {type Answer, formHeaders, signedIn, tokenHeader, type Visitor, visitor} from '../../helpers/visitor.ts';

const config = {sign_in: {links: true}, services: {app: usualService, other: usualService}};
const json = {'content-type': 'application/json'};
const actor = {kind: 'person', name: 'Robin'};

/** Each parameter is something that is nowhere; `incident` and `service` are given where they matter. */
const addressOf = ({path}: Route, given: Readonly<Record<string, string>> = {}): string =>
	path.replace(/:(\w+)/g, (_whole, name: string) => given[name] ?? 'none-such');
const nameOf = ({method, path}: Route): string => `${method.toUpperCase()} ${path}`;
const isForm = ({body}: Route): boolean => body !== undefined && 'form' in body;
const mayBy = (role: Role, {access}: Route): boolean => access === 'anyone' || roles.indexOf(role) >= roles.indexOf(access);

/** Empty as it is, it may be wrong input, but it is never taken for somebody else's. */
async function send(route: Route, who: Visitor, csrf: string): Promise<Answer> {
	const method = route.method.toUpperCase();
	if (method === 'GET') return who.ask(addressOf(route), {headOnly: true, headers: {accept: route.doc ? '*/*' : 'text/html'}});
	if (isForm(route))
		return who.ask(addressOf(route), {
			method,
			headers: {accept: 'text/html', ...formHeaders},
			body: new URLSearchParams({csrf}).toString(),
		});
	return who.ask(addressOf(route), {method, headers: json, body: '{}'});
}

const isRefusal = ({status, headers}: Answer): boolean =>
	status === 401 || status === 403 || (status === 303 && String(headers['location']).startsWith('/sign-in?to='));

/** Signing out is last: whoever did it is nobody from then on. */
const inOrder = (routes: readonly Route[]): Route[] => [
	...routes.filter(({path}) => path !== '/sign-out'),
	...routes.filter(({path}) => path === '/sign-out'),
];

const start = (t: ExecutionContext): Promise<ServiceUnderTest> => serviceUnderTest(t, {config});

test('nobody is answered where anyone is, and told how to come in everywhere else', async t => {
	const {deps, url} = await start(t);
	for (const route of routesOf(deps)) {
		const answer = await send(route, visitor(url), '');
		const {status, headers} = answer;
		if (route.access === 'anyone') t.false(isRefusal(answer), nameOf(route));
		else if (route.path.startsWith('/api/')) {
			t.is(status, 401, nameOf(route));
			t.regex(String(headers['content-type']), /^application\/problem\+json/, nameOf(route));
			t.is(headers['www-authenticate'], 'Bearer', nameOf(route));
		} else if (route.method === 'get')
			t.deepEqual([status, headers['location']], [303, `/sign-in?to=${encodeURIComponent(addressOf(route))}`], nameOf(route));
		else t.is(status, 401, nameOf(route));
	}
});

for (const role of roles) {
	test(`a ${role} who signed in is answered what a ${role} may ask, and nothing else`, async t => {
		const under = await start(t);
		const who = await signedIn(t, under, 'Riley', role);
		const csrf = await who.csrf();
		for (const route of inOrder(routesOf(under.deps))) {
			const answer = await send(route, who, csrf);
			if (mayBy(role, route)) t.false(isRefusal(answer), `${nameOf(route)} answers ${answer.status}`);
			else t.is(answer.status, 403, nameOf(route));
		}
	});

	test(`a token of a ${role} may ask what a ${role} may, and no form is its`, async t => {
		const {deps, url} = await start(t);
		const who = visitor(url, await tokenHeader(deps, 'program', role));
		for (const route of routesOf(deps)) {
			const answer = await send(route, who, '');
			const isAnswered = mayBy(role, route) && (!isForm(route) || route.access === 'anyone');
			if (isAnswered) t.false(isRefusal(answer), `${nameOf(route)} answers ${answer.status}`);
			else t.is(answer.status, 403, nameOf(route));
		}
	});
}

/** What a token of another service would have to send to write about `app`. Each route that says `scoped` has one here. */
const foreignBodies: Readonly<Record<string, (incident: string) => unknown>> = {
	'POST /api/v1/checks': () => question('before'),
	'POST /api/v1/events': () => ({events: [noteEvent({service: 'app'})]}),
	'POST /api/v1/overrides': () => ({service: 'app', forMs: 600_000, reason: 'a test', actor, idempotencyKey: 'override one'}),
	'POST /api/v1/rollbacks': () => ({service: 'app', reason: 'a test', actor, idempotencyKey: 'rollback one'}),
	'POST /api/v1/services/:service/closures': () => ({actor, text: 'a test', idempotencyKey: 'closure one'}),
	'POST /api/v1/incidents/:incident/statuses': () => ({status: 'closed', reason: 'a test', actor, idempotencyKey: 'status one'}),
	'POST /api/v1/incidents/:incident/rollbacks': () => ({
		actor,
		phase: 'started',
		verified: null,
		detail: 'a test',
		idempotencyKey: 'result one',
	}),
	'POST /api/v1/services/:service/prerequisites': () => ({name: 'x', met: true, reason: 'a test', actor, idempotencyKey: 'tick one'}),
	'PUT /api/v1/incidents/:incident/meeting/fields/:field': () => ({text: 'a test', baseVersion: 0, idempotencyKey: 'field one'}),
	'POST /api/v1/incidents/:incident/action-items': () => ({text: 'a test', idempotencyKey: 'item one'}),
	'POST /api/v1/action-items/:item/issue': () => ({idempotencyKey: 'issue one'}),
	'PUT /api/v1/incidents/:incident/action-items/:item': () => ({text: 'a test', baseVersion: 0, idempotencyKey: 'item two'}),
};

test('a token that is limited to another service writes nothing about this one, by whichever route', async t => {
	const {deps, url, ask, post, events} = await start(t);
	await ask('before');
	await ask('canaries', {mode: 'check'});
	const robin = visitor(url, await tokenHeader(deps, 'all', 'deployer'));
	const declared = await robin.ask('/api/v1/rollbacks', {
		method: 'POST',
		headers: json,
		body: JSON.stringify({service: 'app', reason: 'a test', actor, idempotencyKey: 'rollback zero'}),
	});
	const {incident} = JSON.parse(declared.text) as {incident: string};
	t.regex(incident, /^INC-/);
	const added = await robin.ask(`/api/v1/incidents/${incident}/action-items`, {
		method: 'POST',
		headers: json,
		body: JSON.stringify({text: 'a test', idempotencyKey: 'item zero'}),
	});
	const {id: item} = JSON.parse(added.text) as {id: string};
	const before = (await events()).length;
	const who = visitor(url, await tokenHeader(deps, 'limited', 'deployer', {services: ['other']}));
	const all = (await events()).length - before;
	for (const route of routesOf(deps)) {
		const writes = route.method !== 'get' && route.access !== 'viewer' && route.access !== 'anyone';
		if (!writes || !mayBy('deployer', route) || isForm(route)) continue;
		const body = foreignBodies[nameOf(route)];
		if (route.scoped === true && body === undefined) {
			t.fail(`${nameOf(route)} says that it looks at the service: say here what is sent to it about another one`);
			continue;
		}
		const address = addressOf(route, {incident, item, service: 'app'});
		const answer = await who.ask(address, {
			method: route.method.toUpperCase(),
			headers: json,
			body: JSON.stringify(body?.(incident) ?? {}),
		});
		t.is(answer.status, 403, `${nameOf(route)}: ${answer.text}`);
	}
	t.is((await events()).length, before + all, 'nothing was written');
	t.is((await post('/api/v1/events', {})).status, 401);
});

test('a limited token writes about its own service, and into no deploy or incident of another', async t => {
	const {deps, url, ask, stores} = await start(t);
	await ask('before');
	const [attempt] = await stores().deploys.open('app');
	const who = visitor(url, await tokenHeader(deps, 'limited', 'deployer', {services: ['other']}));
	const record = (more: Parameters<typeof noteEvent>[0]) =>
		who.ask('/api/v1/events', {method: 'POST', headers: json, body: JSON.stringify({events: [noteEvent({service: 'other', ...more})]})});
	t.is((await record({})).status, 201);
	t.is((await record({deploy: attempt?.deploy ?? '', attempt: 1, idempotencyKey: 'into the deploy'})).status, 403);
	t.is((await record({incident: 'INC-2026-0001', idempotencyKey: 'into no incident'})).status, 403);
	t.is((await record({service: null, idempotencyKey: 'about no service'})).status, 403);
	const check = await who.ask('/api/v1/checks', {
		method: 'POST',
		headers: json,
		body: JSON.stringify({...question('before'), service: 'other'}),
	});
	t.is(check.status, 200);
	const unknown = await who.ask('/api/v1/checks', {
		method: 'POST',
		headers: json,
		body: JSON.stringify({...question('before'), service: 'othr'}),
	});
	t.regex(unknown.text, /Did you mean other\?/);
});

test('what the app answers is the table, and nothing beside it', async t => {
	const {deps, url} = await start(t);
	const app = createApp(deps);
	const mounted = app.router.stack.flatMap(({route}) => {
		if (!route) return [];
		return [...new Set(route.stack.map(({method}) => method))].map(method => `${String(method).toUpperCase()} ${route.path}`);
	});
	t.deepEqual(mounted.toSorted(), routesOf(deps).map(nameOf).toSorted());
	const admin = visitor(url, await tokenHeader(deps, 'admin', 'admin'));
	for (const path of [
		'/api',
		'/api/v1',
		'/api/v1/sessions',
		'/api/v2/events',
		'/admin',
		'/.env',
		'/assets',
		'/assets/',
		'/assets/../package.json',
		'/assets/%2e%2e/views.ts',
		'/API/v1/events',
	])
		t.is((await admin.ask(path)).status, 404, path);
	for (const method of ['OPTIONS', 'TRACE', 'PATCH', 'PROPFIND'])
		for (const route of routesOf(deps)) t.is((await admin.ask(addressOf(route), {method})).status, 404, `${method} ${route.path}`);
	for (const route of routesOf(deps).filter(({method}) => method === 'get')) {
		const [head, get] = [
			await visitor(url).ask(addressOf(route), {method: 'HEAD'}),
			await visitor(url).ask(addressOf(route), {headOnly: true}),
		];
		t.deepEqual([head.status, head.text], [get.status, ''], `HEAD ${route.path}`);
	}
});
