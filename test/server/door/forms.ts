/** Forms: taken from pages of ours alone, and what was typed into one that cannot be taken comes back. */

import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {changePerson} from '../../../server/actions/change-person.ts';
import {serviceUnderTest, usualService} from '../../helpers/service.ts';
import {type Answer, formHeaders, linkFor, signedIn, tokenHeader, visitor} from '../../helpers/visitor.ts';

const config = {sign_in: {links: true}, services: {app: usualService}};
const actor = {kind: 'person', name: 'the test'} as const;
const start = async (t: ExecutionContext) => serviceUnderTest(t, {config});

const decode = (text: string): string =>
	text
		.replaceAll('&lt;', '<')
		.replaceAll('&gt;', '>')
		.replaceAll('&quot;', '"')
		.replaceAll('&#x27;', "'")
		.replaceAll('&#x60;', '`')
		.replaceAll('&#x3D;', '=')
		.replaceAll('&amp;', '&');

/** The fields as the page would post them again, as a browser reads the page: a textarea's first line feed is not part of it. */
function fieldsOf({text}: Answer): [string, string][] {
	const main = /<main[\s\S]*<\/main>/.exec(text)?.[0] ?? '';
	const inputs = [...main.matchAll(/<input [^>]*?name="([^"]*)" value="([^"]*)">/g)].map(([, name = '', value = '']) => ({name, value}));
	const areas = [...main.matchAll(/<textarea [^>]*?name="([^"]*)"[^>]*>\n([\s\S]*?)<\/textarea>/g)].map(([, name = '', value = '']) => ({
		name,
		value,
	}));
	return [...inputs, ...areas].map(({name, value}) => [decode(name), decode(value)]);
}

const send = (who: ReturnType<typeof visitor>, body: string, path = '/people') =>
	who.ask(path, {method: 'POST', headers: {accept: 'text/html', ...formHeaders}, body});

test('an expired session in the middle of a form: the text survives the sign-in', async t => {
	const under = await start(t);
	const riley = await signedIn(t, under, 'Riley', 'admin');
	const typed = {name: 'Sam "the <b>bold</b>" O\'Neil', role: 'viewer', note: 'Line one.\r\nLine two & more.'};
	const csrf = await riley.csrf('/people');
	under.clock.push(31 * 86_400_000);
	const refused = await send(riley, new URLSearchParams({csrf, ...typed}).toString());
	t.is(refused.status, 401);
	t.is(refused.headers['cache-control'], 'no-store');
	t.regex(refused.text, /Open your sign-in link in another tab, then come back here and press Send again/);
	t.deepEqual(Object.fromEntries(fieldsOf(refused)), typed);
	t.regex(refused.text, /<form class="fields" method="post" action="\/people">/);
	// Another tab of the same browser.
	await riley.ask(`/sign-in/${await linkFor(under.deps, 'Riley', null)}`, {method: 'POST', headers: formHeaders, body: ''});
	const again = await send(riley, new URLSearchParams(fieldsOf(refused)).toString());
	t.is(again.status, 403);
	t.regex(again.text, /Look it over: it is sent as Riley/);
	const {csrf: fresh, ...shown} = Object.fromEntries(fieldsOf(again));
	t.deepEqual(shown, typed);
	t.is(fresh, await riley.csrf('/people'));
	const people = async () => (await under.deps.database.read('people')).map((row: {name: string}) => row.name);
	t.deepEqual(await people(), ['Riley'], 'nothing was stored on the way');
	t.is((await send(riley, new URLSearchParams(fieldsOf(again)).toString())).status, 201);
	t.deepEqual(await people(), ['Riley', typed.name]);
});

test('any text survives, and none of it becomes markup', async t => {
	const {url} = await start(t);
	const field = fc.string({unit: 'binary', maxLength: 300}).map(text => text.replaceAll(/[\r\0]|\p{Cs}/gu, ''));
	await fc.assert(
		fc.asyncProperty(fc.dictionary(fc.stringMatching(/^[a-z][a-z_-]{0,12}$/), field, {minKeys: 1, maxKeys: 5}), async fields => {
			const kept = Object.fromEntries(Object.entries(fields).filter(([name]) => !/csrf|secret|token|passw|^link$/.test(name)));
			const answer = await send(visitor(url), new URLSearchParams(fields).toString());
			if (answer.status !== 401) return answer.status === 429;
			const shown = Object.fromEntries(fieldsOf(answer));
			return JSON.stringify(Object.entries(shown).toSorted()) === JSON.stringify(Object.entries(kept).toSorted());
		}),
		{numRuns: 150},
	);
	const script = await send(
		visitor(url),
		new URLSearchParams({'"><script>alert(1)</script>': '</textarea><script>alert(2)</script>\n'}).toString(),
	);
	t.notRegex(script.text, /<script>|<script(?! type="module" src="\/assets\/)/);
});

test('secrets are never shown again', async t => {
	const {url} = await start(t);
	const secrets = {
		csrf: 'secret-one',
		token: 'secret-two',
		password: 'secret-three',
		link: 'secret-four',
		client_secret: 'secret-five',
		note: 'kept',
	};
	const answer = await send(visitor(url), new URLSearchParams(secrets).toString());
	t.notRegex(answer.text, /secret-/);
	t.regex(answer.text, /value="kept"/);
});

test('a form is bound to the session that loaded it: no other one, no empty one, no list of them', async t => {
	const under = await start(t);
	const riley = await signedIn(t, under, 'Riley', 'admin');
	const mallory = await signedIn(t, under, 'Mallory', 'admin');
	const theirs = await mallory.csrf('/people');
	const own = await riley.csrf('/people');
	t.not(own, theirs);
	const attempts = [
		`csrf=${theirs}`,
		'csrf=',
		'',
		`csrf=${own}&csrf=${own}`,
		`csrf=${own}x`,
		'csrf[]=x',
		`CSRF=${own}`,
		'__proto__[csrf]=x',
	];
	for (const attempt of attempts) t.is((await send(riley, `${attempt}&name=Sam&role=viewer`)).status, 403, attempt);
	const inQuery = await riley.ask(`/people?csrf=${own}`, {method: 'POST', headers: formHeaders, body: 'name=Sam&role=viewer'});
	t.is(inQuery.status, 403, 'an address is no place for it');
	t.is((await under.deps.database.read('people')).length, 2);
	const secondSession = await signedIn(t, under, 'Riley', null);
	t.is((await send(secondSession, `csrf=${own}&name=Sam&role=viewer`)).status, 403, 'another session of the same person');
	t.is((await send(riley, `csrf=${own}&name=Sam&role=viewer`)).status, 201);
});

test('a page of another site writes nothing, though the browser sends the cookie along', async t => {
	const under = await start(t);
	const riley = await signedIn(t, under, 'Riley', 'admin');
	const body = `csrf=${await riley.csrf('/people')}&name=Mallory&role=admin`;
	const from = [
		{origin: 'https://evil.example'},
		{origin: 'null'},
		{'sec-fetch-site': 'cross-site'},
		{'sec-fetch-site': 'same-site'},
		{origin: under.url.replace('http:', 'https:')},
		{origin: `${under.url}.evil.example`},
	];
	for (const headers of from) {
		const answer = await riley.ask('/people', {method: 'POST', headers: {accept: 'text/html', ...formHeaders, ...headers}, body});
		t.is(answer.status, 403, JSON.stringify(headers));
		t.notRegex(answer.text, /Mallory/, 'nor does it make a page of ours show its text');
		const json = await riley.ask('/api/v1/events', {method: 'POST', headers: {'content-type': 'application/json', ...headers}, body: '{}'});
		t.is(json.status, 403);
	}
	t.is((await under.deps.database.read('people')).length, 1);
	const simple = await riley.ask('/api/v1/events', {method: 'POST', headers: {'content-type': 'text/plain'}, body: '{"events": []}'});
	t.is(simple.status, 415, 'what a form of another site can send is no JSON');
});

test('behind the name of the url, only its own pages write: the same name without TLS is anybody on the way', async t => {
	const {url} = await serviceUnderTest(t, {config: {...config, url: 'https://gate.example'}});
	const statusFrom = async (host: string, origin: string) =>
		(await visitor(url).ask('/people', {method: 'POST', headers: {accept: 'text/html', ...formHeaders, host, origin}, body: ''})).status;
	t.is(await statusFrom('gate.example', 'https://gate.example'), 401, 'taken, and refused for want of a sign-in');
	t.is(await statusFrom('127.0.0.1', 'https://gate.example'), 401, 'a proxy that does not pass the name on');
	for (const origin of ['http://gate.example', 'https://gate.example:444', 'https://gate.example.evil.example', 'https://www.gate.example'])
		t.is(await statusFrom('gate.example', origin), 403, origin);
});

test('a form is a form, and JSON is JSON', async t => {
	const under = await start(t);
	const riley = await signedIn(t, under, 'Riley', 'admin');
	const csrf = await riley.csrf('/people');
	for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencodedx']) {
		const answer = await riley.ask('/people', {
			method: 'POST',
			headers: {'content-type': type},
			body: JSON.stringify({csrf, name: 'Sam', role: 'viewer'}),
		});
		t.is(answer.status, 415, type);
	}
	const none = await riley.ask('/people', {method: 'POST'});
	t.is(none.status, 415);
	t.is((await under.deps.database.read('people')).length, 1);
});

test('two megabytes in a form are refused with a page, and so are fields without end', async t => {
	const under = await start(t);
	const riley = await signedIn(t, under, 'Riley', 'admin');
	const large = await send(riley, `csrf=${await riley.csrf('/people')}&name=${'x'.repeat(2_000_000)}`);
	t.is(large.status, 413);
	t.regex(String(large.headers['content-type']), /^text\/html/);
	t.regex(large.text, /larger than this address takes/);
	const many = await send(riley, Array.from({length: 1200}, (_, index) => `f${index}=`).join('&'));
	t.is(many.status, 413);
	t.regex(many.text, /more fields than this address takes/);
	t.is((await send(visitor(under.url), `name=${'x'.repeat(2_000_000)}`)).status, 413, 'nobody neither');
});

test('whose role no longer suffices is told so, with the text', async t => {
	const under = await start(t);
	const riley = await signedIn(t, under, 'Riley', 'viewer');
	const answer = await send(riley, `csrf=${await riley.csrf('/')}&name=a long thought`);
	t.is(answer.status, 403);
	t.regex(answer.text, /This needs the role admin; Riley is viewer/);
	t.regex(answer.text, /a long thought/);
	t.notRegex(answer.text, /Send again<\/button>/);
});

test('a program that asks for JSON gets the refusal as JSON', async t => {
	const under = await start(t);
	const riley = await signedIn(t, under, 'Riley', 'admin');
	const headers = {accept: 'application/json', ...formHeaders};
	const stale = await riley.ask('/people', {method: 'POST', headers, body: 'name=x'});
	t.is(stale.status, 403);
	t.regex((JSON.parse(stale.text) as {detail: string}).detail, /csrf is stale/);
	t.is((await visitor(under.url).ask('/people', {method: 'POST', headers, body: 'name=x'})).status, 401);
	const program = visitor(under.url, await tokenHeader(under.deps, 'program', 'admin'));
	t.is((await program.ask('/people', {method: 'POST', headers, body: 'name=x&role=admin'})).status, 403, 'a form is no door for a token');
});

test('on this machine, without a sign-in, forms are bound to the browser that loaded them', async t => {
	const {url} = await serviceUnderTest(t, {config: {...config, sign_in: {this_machine: 'admin'}}});
	const browser = visitor(url);
	const other = visitor(url);
	t.is((await browser.form('/people', {name: 'Sam', role: 'viewer'}, '/people')).status, 201);
	t.true(browser.jar.has('signalbox_form'));
	const theirs = await other.csrf('/people');
	t.is((await send(browser, `csrf=${theirs}&name=Kim&role=viewer`)).status, 403);
	t.is((await send(visitor(url), 'name=Kim&role=viewer')).status, 403, 'a browser that never loaded a page of ours');
});

test('what the page People does: invite, new link, role, shut out, let in, tokens; and the last admin stays', async t => {
	const under = await start(t);
	const riley = await signedIn(t, under, 'Riley', 'admin');
	const invited = await riley.form('/people', {name: 'Sam', role: 'editor'}, '/people');
	t.is(invited.headers['cache-control'], 'no-store');
	const [, link = ''] = /\/sign-in\/([\w-]{43})/.exec(invited.text) ?? [];
	t.notRegex((await riley.ask('/people')).text, new RegExp(link), 'shown once');
	t.is((await visitor(under.url).ask(`/sign-in/${link}`, {method: 'POST', headers: formHeaders, body: ''})).status, 303);
	const idOf = async (name: string): Promise<string> => (await under.deps.database.read('people').where({name}))[0].id;
	t.regex((await riley.form(`/people/${await idOf('Sam')}/links`, {}, '/people')).text, /\/sign-in\/[\w-]{43}/);
	t.is((await riley.form(`/people/${await idOf('Sam')}/role`, {role: 'deployer'}, '/people')).status, 303);
	t.is((await riley.form(`/people/${await idOf('Sam')}/role`, {role: 'king'}, '/people')).status, 422);
	t.is((await riley.form(`/people/${await idOf('Sam')}/state`, {state: 'out'}, '/people')).status, 303);
	t.regex((await riley.ask('/people')).text, /Let in again/);
	t.is((await riley.form(`/people/${await idOf('Sam')}/state`, {state: 'in'}, '/people')).status, 303);
	for (const [path, fields] of [
		['role', {role: 'viewer'}],
		['state', {state: 'out'}],
	] as const) {
		const last = await riley.form(`/people/${await idOf('Riley')}/${path}`, fields, '/people');
		t.is(last.status, 409);
		t.regex(last.text, /Riley is the last admin/);
	}
	t.is((await riley.form('/people/none-such/state', {state: 'out'}, '/people')).status, 404);
	t.is((await riley.form('/people', {name: 'sam', role: 'admin'}, '/people')).status, 409, 'a role is not changed by inviting again');
	const made = await riley.form('/tokens', {name: 'fleet', role: 'deployer', services: 'app', days: '90'}, '/people');
	const [, token = ''] = /(sbx_[0-9a-f]{10}_[\w-]{43})/.exec(made.text) ?? [];
	const program = visitor(under.url, {authorization: `Bearer ${token}`});
	t.is((await program.ask('/api/v1/deploys')).status, 200);
	t.is((await riley.form(`/tokens/${token.slice(4, 14)}/revocation`, {}, '/people')).status, 303);
	t.is((await program.ask('/api/v1/deploys')).status, 401);
	t.is((await riley.form('/tokens', {name: 'fleet two', role: 'deployer'}, '/people')).status, 422);
	t.is((await riley.form('/tokens', {name: 'wrong', role: 'deployer', services: 'ap'}, '/people')).status, 404);
	const said = (await under.events()).filter(({kind}) => kind === 'access_changed');
	t.true(said.length > 6);
	t.notRegex(JSON.stringify(said), new RegExp(`${link}|${token.slice(15)}`));
	await changePerson(under.deps, {name: 'Riley'}, {change: {role: 'viewer'}, actor, where: 'in a test', evenLastAdmin: true});
	t.is((await riley.ask('/people')).status, 303);
});
