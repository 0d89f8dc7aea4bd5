import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {NewEvent} from '../../../reports/events.ts';
import {Trouble} from '../../../server/client/contract.ts';
import {httpTransport} from '../../../server/client/http.ts';
import {countSpooled, flushSpool, spoolEvent, spoolMax} from '../../../server/client/spool.ts';
import {playService, temporaryFolder} from '../../helpers/client-world.ts';

const event = (key: string, text = `event ${key}`): NewEvent => ({
	kind: 'gate_no_data',
	source: 'deployer',
	actor: {kind: 'person', name: 'ada'},
	happenedAt: '2026-03-02T10:00:00.000Z',
	precision: 'ms',
	text,
	data: {},
	service: 'app',
	deploy: null,
	attempt: null,
	incident: null,
	idempotencyKey: key,
});

const keys = (count: number) => Array.from({length: count}, (_, index) => `key-${index}`);

test('events are sent in batches, and their files go only when the service has said yes', async t => {
	const dir = join(temporaryFolder(t), 'new', 'spool');
	for (const key of keys(250)) t.is(spoolEvent(dir, event(key)), null);
	const batches: number[] = [];
	const stored = new Set<string>();
	const send = async (events: readonly NewEvent[]) => {
		if (batches.length === 2) throw new Trouble('gone');
		batches.push(events.length);
		for (const each of events) stored.add(each.idempotencyKey);
	};
	const first = await flushSpool(dir, send);
	t.deepEqual(batches, [100, 100]);
	t.like(first, {sent: 200, left: 50});
	t.regex(first.problems[0] ?? '', /were not sent: gone/);
	batches.length = 0;
	t.deepEqual(await flushSpool(dir, send), {sent: 50, left: 0, problems: []});
	t.is(stored.size, 250);
});

test('half-written and damaged files are set aside and told about; the rest goes out', async t => {
	const dir = temporaryFolder(t);
	spoolEvent(dir, event('good'));
	writeFileSync(join(dir, 'event-1.json'), '{"kind": "gate_no_d');
	writeFileSync(join(dir, 'event-2.json'), '{}');
	writeFileSync(join(dir, 'event-3.json'), Buffer.alloc(300 * 1024, 'x'));
	writeFileSync(join(dir, 'event-4.json.77.new'), '{"ki');
	utimesSync(join(dir, 'event-4.json.77.new'), new Date(0), new Date(0));
	writeFileSync(join(dir, 'event-5.json.78.new'), 'being written now');
	const sent: string[] = [];
	const flushed = await flushSpool(dir, async events => void sent.push(...events.map(each => each.idempotencyKey)));
	t.deepEqual(sent, ['good']);
	t.is(flushed.problems.length, 4);
	t.deepEqual(readdirSync(join(dir, 'damaged')).sort(), ['event-1.json', 'event-2.json', 'event-3.json', 'event-4.json.77.new']);
	t.deepEqual(readdirSync(dir).sort(), ['damaged', 'event-5.json.78.new']);
});

test('one event that the service refuses does not keep the others', async t => {
	const dir = temporaryFolder(t);
	const service = await playService(t);
	spoolEvent(dir, event('a'));
	spoolEvent(dir, event('b', 'poison'));
	spoolEvent(dir, event('c'));
	const transport = httpTransport(service.url);
	const flushed = await flushSpool(dir, events => transport.record(events));
	t.deepEqual([...service.events.keys()].sort(), ['a', 'c']);
	t.like(flushed, {sent: 2, left: 0});
	t.regex(flushed.problems[0] ?? '', /was refused by the service \(this event is refused\)/);
});

test('two flushers at once store each event once, and neither fails', async t => {
	const dir = temporaryFolder(t);
	const service = await playService(t);
	for (const key of keys(150)) spoolEvent(dir, event(key));
	const transport = httpTransport(service.url);
	const flushed = await Promise.all([1, 2, 3].map(() => flushSpool(dir, events => transport.record(events))));
	t.deepEqual(
		flushed.flatMap(each => each.problems),
		[],
	);
	t.deepEqual([...service.events.keys()].sort(), keys(150).sort());
	t.is(countSpooled(dir), 0);
});

test('a flusher killed between the sending and the removal loses nothing and doubles nothing', async t => {
	const dir = temporaryFolder(t);
	const service = await playService(t);
	for (const key of keys(5)) spoolEvent(dir, event(key));
	// The service stores the events, and the child dies before it hears so.
	service.interfere = (path, _response, request) => {
		if (path !== '/api/v1/events') return false;
		const chunks: Buffer[] = [];
		request.on('data', chunk => chunks.push(chunk));
		request.on('end', () => {
			for (const each of JSON.parse(Buffer.concat(chunks).toString()).events) service.events.set(each.idempotencyKey, each);
			child.kill('SIGKILL');
		});
		return true;
	};
	const built = (file: string) => JSON.stringify(join(process.cwd(), 'dist/server/client', file));
	const script = `const {flushSpool} = await import(${built('spool.js')});
		const {httpTransport} = await import(${built('http.js')});
		const transport = httpTransport(${JSON.stringify(service.url)});
		await flushSpool(${JSON.stringify(dir)}, events => transport.record(events));`;
	const child = spawn(process.execPath, ['--input-type=module', '-e', script], {stdio: 'ignore'});
	const [, signal] = await once(child, 'exit');
	t.is(signal, 'SIGKILL');
	t.is(service.events.size, 5);
	t.is(countSpooled(dir), 5);
	service.interfere = () => false;
	const transport = httpTransport(service.url);
	t.deepEqual(await flushSpool(dir, events => transport.record(events)), {sent: 5, left: 0, problems: []});
	t.deepEqual([...service.events.keys()].sort(), keys(5));
});

test('a full spool is told of, and nothing that waits is lost', t => {
	const dir = temporaryFolder(t);
	for (let index = 0; index < spoolMax; index++) writeFileSync(join(dir, `event-${index}.json`), '');
	t.regex(spoolEvent(dir, event('late')) ?? '', /is full \(10000 events\)/);
	t.is(countSpooled(dir), spoolMax);
});

test('a folder that is not there is an empty spool', async t => {
	const dir = join(temporaryFolder(t), 'none');
	t.deepEqual(await flushSpool(dir, async () => t.fail()), {sent: 0, left: 0, problems: []});
	t.false(existsSync(dir));
	mkdirSync(dir);
	t.deepEqual(await flushSpool(dir, async () => t.fail()), {sent: 0, left: 0, problems: []});
});
