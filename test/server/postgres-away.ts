/** PostgreSQL is stopped, says nothing, and comes back, once on an older backup, while a service works on it. */
import {execFileSync} from 'node:child_process';
import net, {type AddressInfo} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {AppError} from '../../server/app-error.ts';
import {newestEvents, verifyChain} from '../../server/stores/timeline.ts';
import {noteEvent} from '../helpers/events.ts';
import {databaseUrl, type PostgresServer, postgresHand, startPostgres} from '../helpers/postgres-server.ts';
import {question, type ServiceUnderTest, serviceUnderTest} from '../helpers/service.ts';

const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
async function until(condition: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
	const startedMs = performance.now();
	while (!(await condition())) {
		if (performance.now() - startedMs > withinMs) throw new Error('it did not come to that in time');
		await wait(50);
	}
}

async function serverOf(t: ExecutionContext): Promise<PostgresServer> {
	const server = await startPostgres({isDurable: true});
	t.teardown(() => server.remove());
	await postgresHand(server.url, 'create database away');
	return server;
}

type Sent = {acknowledged: number; failures: {status: number; type: string | null; retryAfter: string | null; detail: string}[]};

/** A connection that lay idle may be closed in the very moment in which it is used again; every client of the service asks anew then. */
async function askAnew(...asked: Parameters<typeof fetch>): Promise<Response> {
	for (let left = 5; ; left -= 1) {
		try {
			return await fetch(...asked);
		} catch (error) {
			if (left === 0) throw error;
		}
	}
}

/** Posts one event after another, each until it is acknowledged, as a client with a spool does. */
async function sendAll(under: ServiceUnderTest, keys: readonly string[], sent: Sent, isOver: () => boolean): Promise<void> {
	for (const idempotencyKey of keys) {
		for (;;) {
			const response = await askAnew(`${under.url}/api/v1/events`, {
				method: 'POST',
				headers: {'content-type': 'application/json'},
				body: JSON.stringify({events: [noteEvent({idempotencyKey, text: idempotencyKey})]}),
			});
			const body = (await response.json()) as {detail?: string};
			if (response.status === 201) {
				sent.acknowledged += 1;
				break;
			}
			const {headers, status} = response;
			sent.failures.push({status, type: headers.get('content-type'), retryAfter: headers.get('retry-after'), detail: body.detail ?? ''});
			await wait(isOver() ? 20 : 200);
		}
	}
}

test('PostgreSQL is stopped and started while events are posted: what was acknowledged is there once, and everything comes back by itself', async t => {
	const server = await serverOf(t);
	const under = await serviceUnderTest(t, {databaseUrl: databaseUrl(server.url, 'away'), polls: true});
	const sent: Sent = {acknowledged: 0, failures: []};
	let isBack = false;
	const senders = Array.from({length: 4}, (_, sender) =>
		sendAll(
			under,
			Array.from({length: 150}, (__, index) => `sender-${sender}-event-${index}`),
			sent,
			() => isBack,
		),
	);
	await until(() => sent.acknowledged > 40);
	await server.stop();
	await until(() => sent.failures.length > 4);
	const health = await askAnew(`${under.url}/healthz`);
	t.is(health.status, 503);
	t.is(health.headers.get('retry-after'), '5');
	t.is(health.headers.get('content-type')?.split(';')[0], 'application/problem+json');
	t.regex(
		((await health.json()) as {detail: string}).detail,
		/^postgres:\/\/signalbox@127\.0\.0\.1:\d+\/away: PostgreSQL does not listen there.*connects again by itself\.$/,
	);
	const page = await askAnew(`${under.url}/`, {headers: {accept: 'text/html'}});
	t.is(page.status, 503);
	t.regex(await page.text(), /PostgreSQL does not listen there/);
	const check = await under.post('/api/v1/checks', question('before'));
	t.like(check, {status: 503, body: {title: 'Not available now'}});
	await wait(1000);
	await server.start();
	isBack = true;
	await Promise.all(senders);

	t.is(sent.acknowledged, 600);
	for (const failure of sent.failures) t.like(failure, {status: 503, type: 'application/problem+json; charset=utf-8', retryAfter: '5'});
	const {database} = under.deps;
	const texts = (await newestEvents(database.read, 10_000)).map(({text}) => text).filter(text => text.startsWith('sender-'));
	t.is(texts.length, 600);
	t.is(new Set(texts).size, 600);
	t.true((await verifyChain(database.read)).intact);
	t.is((await fetch(`${under.url}/healthz`)).status, 200);
	t.is((await fetch(`${under.url}/`, {headers: {accept: 'text/html'}})).status, 200);
	t.like(await under.ask('before'), {verdict: 'go'});
	await until(() => under.logged.some(text => /away: connected again\./.test(text)));
	await until(() => under.logged.filter(text => /this process is the one that watches now/.test(text)).length === 2);
	t.deepEqual(
		under.logged.filter(text => /LOST EVENTS|\n\s+at /.test(text)),
		[],
		'nothing was lost, and nothing was a bug',
	);
});

test('PostgreSQL comes back on an older backup: the log and the timeline say which events are gone, and the service goes on', async t => {
	const server = await serverOf(t);
	const under = await serviceUnderTest(t, {databaseUrl: databaseUrl(server.url, 'away')});
	const add = (count: number) => under.post('/api/v1/events', {events: Array.from({length: count}, () => noteEvent())});
	t.like(await add(7), {status: 201});
	await server.stop();
	execFileSync('cp', ['-a', server.files, `${server.files}.backup`]);
	await server.start();
	await until(async () => (await add(5)).status === 201);
	await server.stop();
	execFileSync('rm', ['-rf', server.files]);
	execFileSync('mv', [`${server.files}.backup`, server.files]);
	await server.start();

	// Nobody writes: the service looks by itself as soon as it is connected again.
	await until(() => under.logged.some(text => text.startsWith('LOST EVENTS: Events 8 to 12, which were acknowledged')));
	const [note] = await newestEvents(under.deps.database.read, 1);
	t.like(note, {seq: 8, kind: 'note', source: 'rule', data: {lostFrom: 8, lostTo: 12}});
	t.like(await add(1), {status: 201, body: {head: {seq: 9}}});
	t.like(await verifyChain(under.deps.database.read), {intact: true, events: 9});
	t.is(under.logged.filter(text => text.startsWith('LOST EVENTS')).length, 1);
});

/** Passes bytes on to a server, until it is told to keep them. */
async function gate(t: ExecutionContext, to: URL) {
	let isShut = false;
	const server = net.createServer(incoming => {
		const outgoing = net.connect(Number(to.port), to.hostname);
		const pass = (from: net.Socket, on: net.Socket) => from.on('data', data => !isShut && on.write(data));
		pass(incoming, outgoing);
		pass(outgoing, incoming);
		for (const [one, other] of [
			[incoming, outgoing],
			[outgoing, incoming],
		] as const) {
			one.on('error', () => other.destroy());
			one.on('close', () => other.destroy());
		}
	});
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	t.teardown(() => void server.close());
	return {
		port: (server.address() as AddressInfo).port,
		shut(value: boolean): void {
			isShut = value;
		},
	};
}

test('a PostgreSQL that says nothing any more is given up in time, and used again when it speaks', async t => {
	const server = await serverOf(t);
	const between = await gate(t, new URL(server.url));
	const url = new URL(databaseUrl(server.url, 'away'));
	url.port = String(between.port);
	url.searchParams.set('query_timeout', '1000');
	url.searchParams.set('connect_timeout', '1');
	const under = await serviceUnderTest(t, {databaseUrl: url.href});
	t.is((await under.post('/api/v1/events', {events: [noteEvent()]})).status, 201);
	between.shut(true);
	const startedMs = performance.now();
	const [written, health] = await Promise.all([under.post('/api/v1/events', {events: [noteEvent()]}), fetch(`${under.url}/healthz`)]);
	t.is(written.status, 503);
	t.is(health.status, 503);
	t.true(performance.now() - startedMs < 15_000);
	between.shut(false);
	await until(async () => (await under.post('/api/v1/events', {events: [noteEvent()]})).status === 201);
	await until(async () => (await fetch(`${under.url}/healthz`)).status === 200);
	// Each connection that broke meanwhile is found out by whoever uses it first, and is asked for again.
	await until(async () => {
		try {
			return (await verifyChain(under.deps.database.read)).intact;
		} catch (error) {
			if (error instanceof AppError && error.code === 'unavailable') return false;
			throw error;
		}
	});
});
