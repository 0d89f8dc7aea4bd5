/** Who may come in, and what is said to those who may not. */
import {once} from 'node:events';
import {request} from 'node:http';
import {connect} from 'node:net';
import test from 'ava';
import {checkDeploy} from '../../../server/actions/check-deploy.ts';
import {writing} from '../../../server/actions/deps.ts';
import {createApp} from '../../../server/app.ts';
import {noteEvent, notes} from '../../helpers/events.ts';
import {question, serviceUnderTest} from '../../helpers/service.ts';

type Asked = {
	readonly method?: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string | Uint8Array;
};
type Answer = {readonly status: number; readonly headers: Readonly<Record<string, string | string[] | undefined>>; readonly text: string};

/** node:http, since fetch sets Host by itself. */
function ask(url: string, {method = 'GET', headers = {}, body}: Asked = {}): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const outgoing = request(url, {method, headers, agent: false}, response => {
			let text = '';
			response.setEncoding('utf8').on('data', (piece: string) => {
				text += piece;
			});
			response.on('end', () => resolve({status: response.statusCode ?? 0, headers: response.headers, text}));
		});
		outgoing.on('error', reject);
		outgoing.end(body);
	});
}

const json = {'content-type': 'application/json'};
const problemOf = (answer: Answer) => JSON.parse(answer.text) as {status: number; title: string; detail: string; problems: string[]};

test('only loopback names are answered, so that no name of an attacker leads here', async t => {
	const {url} = await serviceUnderTest(t);
	for (const host of ['evil.example', 'localhost.evil.example', '10.0.0.7:8420', '127.0.0.1.evil.example', 'localhost:8420@evil'])
		t.is((await ask(`${url}/healthz`, {headers: {host}})).status, 403, host);
	for (const host of ['localhost', 'localhost:8420', '127.0.0.1:1', '[::1]:8420', 'LOCALHOST'])
		t.is((await ask(`${url}/healthz`, {headers: {host}})).status, 200, host);
});

test('a page of another site may neither write nor be written by', async t => {
	const {url, events} = await serviceUnderTest(t);
	const body = JSON.stringify({events: notes(1)});
	for (const site of ['cross-site', 'same-site']) {
		const answer = await ask(`${url}/api/v1/events`, {method: 'POST', headers: {...json, 'sec-fetch-site': site}, body});
		t.is(answer.status, 403);
		t.regex(problemOf(answer).detail, /another site/);
	}
	for (const origin of ['http://evil.example', 'null', 'http://localhost:1']) {
		const answer = await ask(`${url}/api/v1/events`, {method: 'POST', headers: {...json, origin}, body});
		t.is(answer.status, 403, `a browser that names only the origin ${origin}`);
	}
	t.deepEqual(await events(), []);
	t.is((await ask(`${url}/healthz`, {headers: {origin: 'http://evil.example'}})).status, 200);
	for (const site of ['same-origin', 'none'])
		t.is((await ask(`${url}/api/v1/events`, {method: 'POST', headers: {...json, 'sec-fetch-site': site}, body})).status, 201);
});

test('what is posted is JSON, by its header and by its contents', async t => {
	const {url} = await serviceUnderTest(t);
	const post = (headers: Record<string, string>, body: string | Uint8Array) => ask(`${url}/api/v1/events`, {method: 'POST', headers, body});
	const form = await post({'content-type': 'application/x-www-form-urlencoded'}, 'events=1');
	t.is(form.status, 415);
	t.regex(problemOf(form).detail, /Content-Type: application\/json/);
	t.is((await post({'content-type': 'text/plain'}, '{}')).status, 415);
	const broken = await post(json, '{"events": [');
	t.is(broken.status, 400);
	t.regex(problemOf(broken).detail, /The body is no JSON/);
	t.regex(String(broken.headers['content-type']), /^application\/problem\+json/);
	t.is((await post({'content-type': 'application/json; charset=latin1'}, '{}')).status, 415);
	t.is((await post({...json, 'content-encoding': 'compress'}, '{}')).status, 415);
	t.is((await post({...json, 'content-encoding': 'gzip'}, 'not gzip')).status, 400);
});

test('a body that is too large is refused whole', async t => {
	const {url, events, logged} = await serviceUnderTest(t);
	const answer = await ask(`${url}/api/v1/events`, {method: 'POST', headers: json, body: JSON.stringify({events: 'x'.repeat(9_000_000)})});
	t.is(answer.status, 413);
	t.regex(problemOf(answer).detail, /larger than this address takes/);
	t.deepEqual([await events(), logged], [[], []]);
});

test('an unknown service or stage is answered with the nearest one', async t => {
	const {post, url} = await serviceUnderTest(t);
	const wrong = await post('/api/v1/checks', {...question('canaries'), service: 'ap'});
	t.like(wrong, {status: 404, body: {status: 404, title: 'Not found'}});
	t.regex(JSON.stringify(wrong.body), /There is no service .*ap.* Did you mean app\?/);
	const stage = await post('/api/v1/checks', question('canarys'));
	t.is(stage.status, 404);
	t.regex(JSON.stringify(stage.body), /has no stage .*Did you mean canaries\? Its stages are: before, testservers, canaries, production/);
	t.is((await ask(`${url}/api/v1/services/%61p/landed`)).status, 404);
});

test('nothing is at an address that nobody serves, and it is said without repeating what was asked as markup', async t => {
	const {url} = await serviceUnderTest(t);
	const nowhere = await ask(`${url}/api/v1/nothing/here`);
	t.is(nowhere.status, 404);
	t.regex(problemOf(nowhere).detail, /nothing at \/api\/v1\/nothing\/here/);
	const page = await ask(`${url}/%3Cscript%3Ealert(1)%3C/script%3E`, {headers: {accept: 'text/html'}});
	t.is(page.status, 404);
	t.notRegex(page.text, /<script>alert/);
	t.is((await ask(`${url}/api/v1/deploys/%E0%A4%A`)).status, 400);
	t.is((await ask(`${url}/api/v1/deploys/D-2026-0001`)).status, 404);
	const wrong = await ask(`${url}/api/v1/events`, {method: 'DELETE'});
	t.deepEqual([wrong.status, wrong.headers['allow']], [405, 'POST, GET, HEAD']);
	t.regex(problemOf(wrong).detail, /DELETE is not done at \/api\/v1\/events; it takes POST, GET, HEAD\./);
});

test('every answer forbids scripts, framing and sniffing', async t => {
	const {url} = await serviceUnderTest(t);
	for (const path of ['/healthz', '/api/v1/chain', '/nowhere', '/']) {
		const {headers} = await ask(`${url}${path}`, {headers: {accept: 'text/html'}});
		const policy = String(headers['content-security-policy']);
		t.regex(policy, /default-src 'none'/, path);
		t.notRegex(policy, /unsafe-inline|unsafe-eval|\*/, path);
		t.regex(policy, /frame-ancestors 'none'/, path);
		t.regex(policy, /base-uri 'none'/, path);
		t.is(headers['x-content-type-options'], 'nosniff', path);
		t.is(headers['x-powered-by'], undefined, path);
		t.is(headers['strict-transport-security'], undefined, path);
	}
});

for (const [part, sent] of [
	['headers', 'POST /api/v1/events HTTP/1.1\r\nHost: loc'],
	['body', 'POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{'],
] as const) {
	test(`a request whose ${part} never come whole is cut off`, async t => {
		const {url, events} = await serviceUnderTest(t, {requestMs: 200});
		const socket = connect(Number(new URL(url).port), '127.0.0.1');
		t.teardown(() => socket.destroy());
		let answer = '';
		socket.on('data', piece => {
			answer += piece.toString();
		});
		socket.write(sent);
		await once(socket, 'close');
		t.regex(answer, /^HTTP\/1\.1 408 /);
		t.deepEqual(await events(), []);
	});
}

test('who hangs up no longer waits for the look of another; who stays does', async t => {
	const {deps, clock, ask: askGate, stores} = await serviceUnderTest(t);
	await askGate('before');
	const [attempt] = await stores().deploys.open('app');
	if (!attempt) return t.fail('the deploy is not open');
	const about = {
		deploy: attempt.deploy,
		attempt: attempt.attempt,
		stage: 'canaries',
		number: 1,
		owner: 'another process',
		verdict_id: null,
	};
	const lease = new Date(Date.parse(clock.now()) + 600_000).toISOString();
	await writing(deps, written => written.deploys.startLook({...about, started_at: clock.now(), lease_until: lease}));
	const asked = question('canaries', {deadlineMs: 600_000, host: 'c1'});
	await t.throwsAsync(
		checkDeploy(
			deps,
			asked,
			() => {},
			() => true,
		),
		{message: /The caller left/},
	);
	let told = 0;
	const stays = checkDeploy(
		deps,
		{...asked, idempotencyKey: 'somebody who stays'},
		() => {
			told += 1;
		},
		() => told > 3,
	);
	await t.throwsAsync(stays, {message: /The caller left/});
	t.is(told, 4);
});

test('a bug is answered without its cause, and logged with it', async t => {
	const {deps, logged} = await serviceUnderTest(t);
	const broken = {...deps, database: {...deps.database, transact: () => Promise.reject(new Error('the secret inside'))}};
	const server = createApp(broken).listen(0, '127.0.0.1');
	t.teardown(() => server.close());
	await once(server, 'listening');
	const address = server.address();
	const port = typeof address === 'object' && address !== null ? address.port : 0;
	const answer = await ask(`http://127.0.0.1:${port}/api/v1/events`, {
		method: 'POST',
		headers: json,
		body: JSON.stringify({events: [noteEvent()]}),
	});
	t.is(answer.status, 500);
	t.notRegex(answer.text, /secret|\.ts|\.js/);
	t.regex(problemOf(answer).detail, /A bug in Signalbox.*log of the service/);
	t.regex(logged.join('\n'), /the secret inside[\s\S]*at /);
});
