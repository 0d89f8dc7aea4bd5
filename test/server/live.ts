/** Server-sent events: who is told, when, and what keeps the hub small. */
import {PassThrough} from 'node:stream';
import test, {type ExecutionContext} from 'ava';
import {revokeToken} from '../../server/actions/revoke-token.ts';
import {type Listener, type Live, openLive, type Topic, usualLimits} from '../../server/live.ts';
import {readToken} from '../../server/secret.ts';
import {chainHead, tracesAfter} from '../../server/stores/timeline.ts';
import {question, type ServiceUnderTest, serviceUnderTest, usualService} from '../helpers/service.ts';
import {serveApp, signedIn, tokenHeader} from '../helpers/visitor.ts';

type Heard = {readonly name: string; readonly id: number};

/** Reads messages until it is told enough. */
class Ear {
	readonly heard: Heard[] = [];
	isOver = false;
	#text = '';
	#wake: () => void = () => undefined;

	take(chunk: string): void {
		this.#text += chunk;
		const parts = this.#text.split('\n\n');
		this.#text = parts.pop() ?? '';
		for (const part of parts) {
			const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1] ?? '';
			this.heard.push({name: field('event'), id: Number(field('id'))});
		}
		this.#wake();
	}

	end(): void {
		this.isOver = true;
		this.#wake();
	}

	names(): readonly string[] {
		return this.heard.map(({name}) => name);
	}

	/** Resolves when it is so; throws after ten seconds, with what was heard. */
	async until(isSo: () => boolean): Promise<void> {
		const endMs = performance.now() + 10_000;
		while (!isSo()) {
			if (performance.now() > endMs) throw new Error(`heard only ${this.names().join(', ')}${this.isOver ? ', then it ended' : ''}`);
			await new Promise<void>(resolve => {
				const timer = setTimeout(resolve, 200);
				this.#wake = () => {
					clearTimeout(timer);
					resolve();
				};
			});
		}
	}
}

/** Connects as a browser does. */
async function listen(t: ExecutionContext, url: string, query: string, headers: Readonly<Record<string, string>> = {}) {
	const abort = new AbortController();
	t.teardown(() => abort.abort());
	const response = await fetch(`${url}/live?${query}`, {headers, signal: abort.signal});
	const ear = new Ear();
	const reading = (async () => {
		const decoder = new TextDecoder();
		for await (const chunk of response.body ?? []) ear.take(decoder.decode(chunk, {stream: true}));
	})();
	void reading.then(
		() => ear.end(),
		() => ear.end(),
	);
	return {response, ear, leave: () => abort.abort()};
}

/** A while in which a message would have come. */
const aWhile = () => new Promise(resolve => setTimeout(resolve, 700));

test('a connection begins with the newest number, and no proxy may keep it back', async t => {
	const service = await serviceUnderTest(t);
	await service.ask('before');
	const {response, ear} = await listen(t, service.url, 'topic=board');
	await ear.until(() => ear.heard.length > 0);
	t.is(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
	t.is(response.headers.get('x-accel-buffering'), 'no');
	t.is(response.headers.get('cache-control'), 'no-store');
	t.deepEqual(ear.heard, [{name: 'hello', id: (await chainHead(service.deps.database.read)).seq}]);
});

test('a deploy is told of what touches it and its service, and of nothing else', async t => {
	const service = await serviceUnderTest(t, {config: {services: {app: usualService, other: usualService}}});
	const {deploy} = await service.ask('before');
	const mine = await listen(t, service.url, `topic=deploy/${deploy}`);
	const board = await listen(t, service.url, 'topic=board');
	await mine.ear.until(() => mine.ear.heard.length > 0);
	await board.ear.until(() => board.ear.heard.length > 0);
	await service.ask('before', {service: 'other'});
	await board.ear.until(() => board.ear.names().includes('changed'));
	await aWhile();
	t.deepEqual(mine.ear.names(), ['hello']);
	await service.ask('testservers');
	const {seq} = await chainHead(service.deps.database.read);
	await mine.ear.until(() => mine.ear.heard.at(-1)?.id === seq);
	t.is(mine.ear.heard.at(-1)?.name, 'changed');
});

test('who comes back says the last number it heard: what it missed is told at once, and nothing where it missed nothing', async t => {
	const service = await serviceUnderTest(t);
	const {deploy} = await service.ask('before');
	const {seq} = await chainHead(service.deps.database.read);
	const missed = await listen(t, service.url, `topic=deploy/${deploy}`, {'last-event-id': '0'});
	await missed.ear.until(() => missed.ear.heard.length > 1);
	t.deepEqual(missed.ear.names(), ['hello', 'changed']);
	const beyond = await listen(t, service.url, `topic=board&since=${seq + 5}`);
	await beyond.ear.until(() => beyond.ear.heard.length > 1);
	t.deepEqual(beyond.ear.names(), ['hello', 'changed'], 'a restored backup has fewer events than the page knows');
	const nothing = await listen(t, service.url, `topic=board&since=${seq}`);
	await nothing.ear.until(() => nothing.ear.heard.length > 0);
	await aWhile();
	t.deepEqual(nothing.ear.names(), ['hello']);
});

test('a page that was made before something was recorded is told, one that was made after is not', async t => {
	const service = await serviceUnderTest(t);
	const made = service.clock.now();
	await service.ask('before');
	const before = await listen(t, service.url, `topic=board&made=${encodeURIComponent(made.replace('T', ' ').slice(0, 19))}Z`);
	await before.ear.until(() => before.ear.heard.length > 1);
	service.clock.push(60_000);
	const after = await listen(t, service.url, `topic=board&made=${encodeURIComponent(service.clock.now())}`);
	await after.ear.until(() => after.ear.heard.length > 0);
	await aWhile();
	t.deepEqual([before.ear.names(), after.ear.names()], [['hello', 'changed'], ['hello']]);
});

for (const [topic, status] of [
	['nothing', 422],
	['', 422],
	['deploy/D-1', 404],
	['incident/%E0%A4%A', 404],
	['incident/INC-1', 404],
	['deploy', 404],
] as const)
	test(`the topic ${JSON.stringify(topic)} is answered with ${status}, and nobody is kept`, async t => {
		const service = await serviceUnderTest(t);
		const response = await fetch(`${service.url}/live?topic=${encodeURIComponent(topic)}`, {headers: {accept: 'text/event-stream'}});
		t.is(response.status, status);
		await response.text();
		t.is(service.deps.live.connections, 0);
	});

test('who leaves is forgotten', async t => {
	const service = await serviceUnderTest(t);
	const {ear, leave} = await listen(t, service.url, 'topic=board');
	await ear.until(() => ear.heard.length > 0);
	t.is(service.deps.live.connections, 1);
	leave();
	await ear.until(() => service.deps.live.connections === 0);
	t.is(service.deps.live.connections, 0);
});

test('a service that stops ends its connections, and does not wait for them', async t => {
	const service = await serviceUnderTest(t);
	const {ear} = await listen(t, service.url, 'topic=board');
	await ear.until(() => ear.heard.length > 0);
	const startMs = performance.now();
	await service.service.close();
	t.true(performance.now() - startMs < 1500);
	await ear.until(() => ear.isOver);
	t.true(ear.isOver);
});

const everything: Topic = {name: 'board', ticks: false, touches: () => true};
const ticking: Topic = {name: 'signals', ticks: true, touches: () => false};

type Heeding = {readonly ear: Ear; readonly wire: PassThrough; listener(more?: Partial<Listener>): Listener};

/** A connection without HTTP: what is written is read, unless `reads` is false. */
function heeding(reads = true): Heeding {
	const ear = new Ear();
	const wire = new PassThrough({highWaterMark: 256});
	if (reads) wire.setEncoding('utf8').on('data', (text: string) => ear.take(text));
	wire.on('end', () => ear.end()).on('close', () => ear.end());
	const usual: Listener = {topic: everything, wire, caller: 'person Robin', knows: null, isWelcome: () => Promise.resolve(true)};
	return {ear, wire, listener: more => ({...usual, ...more})};
}

function hub(t: ExecutionContext, {deps}: ServiceUnderTest, limits: Partial<Record<keyof typeof usualLimits, number>> = {}): Live {
	const {read, watchHead} = deps.database;
	const live = openLive({
		...{watchHead, now: deps.clock.now, log: text => t.log(text), limits},
		newerThan: (seq, atMost) => tracesAfter(read, seq, atMost),
		head: async () => (await chainHead(read)).seq,
	});
	t.teardown(() => live.close());
	return live;
}

test('there are so many connections and no more, for each and for all', async t => {
	const live = hub(t, await serviceUnderTest(t), {perCallerMax: 2, connectionsMax: 3});
	const join = async (caller: string) => (await live.listen(heeding().listener({caller}))) !== false;
	t.deepEqual([await join('a'), await join('a'), await join('a'), await join('b'), await join('c')], [true, true, false, true, false]);
	t.is(live.connections, 3);
});

test('too many are told so over HTTP, and that the page still works', async t => {
	const service = await serviceUnderTest(t);
	for (let count = 0; count < usualLimits.perCallerMax; count += 1)
		await service.deps.live.listen(heeding().listener({caller: 'this machine'}));
	const response = await fetch(`${service.url}/live?topic=board`);
	t.is(response.status, 503);
	t.regex(((await response.json()) as {detail: string}).detail, /Too many pages are watched live/);
	t.regex(response.headers.get('retry-after') ?? '', /^\d+$/);
});

test('one that does not read is dropped, and the others hear on', async t => {
	const service = await serviceUnderTest(t);
	const live = hub(t, service, {tickMs: 5, unreadMax: 1000});
	const deaf = heeding(false);
	const other = heeding();
	await live.listen(deaf.listener({topic: ticking}));
	await live.listen(other.listener());
	await other.ear.until(() => deaf.wire.destroyed);
	t.is(live.connections, 1);
	await service.ask('before');
	await other.ear.until(() => other.ear.names().includes('changed'));
	t.true(deaf.wire.destroyed);
});

test('a signal moves by itself: its page is told every few seconds', async t => {
	const live = hub(t, await serviceUnderTest(t), {tickMs: 20});
	const {ear, listener} = heeding();
	await live.listen(listener({topic: ticking}));
	await ear.until(() => ear.names().filter(name => name === 'changed').length > 2);
	t.is(ear.names()[0], 'hello');
});

test('at a beat it is asked whether the caller is still welcome: a session that ended ends the connection', async t => {
	const live = hub(t, await serviceUnderTest(t), {beatMs: 30});
	let isGood = true;
	const {ear, listener} = heeding();
	await live.listen(listener({isWelcome: () => Promise.resolve(isGood)}));
	await ear.until(() => ear.names().includes('beat'));
	isGood = false;
	await ear.until(() => ear.isOver);
	t.is(ear.names().at(-1), 'signed-out');
	t.is(live.connections, 0);
});

test('a question about the caller that cannot be answered now ends nothing', async t => {
	const live = hub(t, await serviceUnderTest(t), {beatMs: 20});
	const {ear, listener} = heeding();
	await live.listen(listener({isWelcome: () => Promise.reject(new Error('the database is away'))}));
	await ear.until(() => ear.names().filter(name => name === 'beat').length > 1);
	t.is(live.connections, 1);
});

test('more events than are read at once touch everybody', async t => {
	const service = await serviceUnderTest(t, {config: {services: {app: usualService, other: usualService}}});
	const live = hub(t, service, {eventsPerLook: 2});
	const {ear, listener} = heeding();
	await live.listen(listener({topic: {name: 'deploy/x', ticks: false, touches: event => event.deploy === 'x'}}));
	await service.ask('before', {...question('before'), service: 'other'});
	await ear.until(() => ear.names().includes('changed'));
	t.is(live.connections, 1);
});

const signIn = {sign_in: {links: true}, services: {app: usualService}};

test('who signs out hears no more', async t => {
	const service = await serviceUnderTest(t, {config: signIn});
	const url = await serveApp(t, {...service.deps, live: hub(t, service, {beatMs: 50})});
	const robin = await signedIn(t, {deps: service.deps, url}, 'Robin', 'viewer');
	const cookie = [...robin.jar].map(([name, value]) => `${name}=${value}`).join('; ');
	const {ear, response} = await listen(t, url, 'topic=board', {cookie});
	t.is(response.status, 200);
	await ear.until(() => ear.names().includes('beat'));
	t.is((await robin.form('/sign-out')).status, 303);
	await ear.until(() => ear.isOver);
	t.is(ear.names().at(-1), 'signed-out');
});

test('a token that is revoked hears no more, and without one nobody hears', async t => {
	const service = await serviceUnderTest(t, {config: signIn});
	const url = await serveApp(t, {...service.deps, live: hub(t, service, {beatMs: 50})});
	t.is((await fetch(`${url}/live?topic=board`, {headers: {accept: 'text/event-stream'}})).status, 401);
	const header = await tokenHeader(service.deps, 'dashboard', 'viewer');
	const {ear} = await listen(t, url, 'topic=board', header);
	await ear.until(() => ear.names().includes('beat'));
	const {id = ''} = readToken(header.authorization.replace('Bearer ', '')) ?? {};
	await revokeToken(service.deps, {id, actor: {kind: 'person', name: 'the test'}, where: 'in a test'});
	await ear.until(() => ear.isOver);
	t.is(ear.names().at(-1), 'signed-out');
});
