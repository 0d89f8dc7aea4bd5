/** Events taken over HTTP by the service, against rows put into the same tables by the bare driver with the same durability. */
import {once} from 'node:events';
import {Agent, request} from 'node:http';
import path from 'node:path';
import sqlite3 from 'sqlite3';
import {systemClock} from '../../server/clock.ts';
import {openDatabase} from '../../server/stores/database.ts';
import {compare, timed} from './measure.ts';
import {startServe} from './service.ts';
import {atLeast, digits, type Line} from './table.ts';

const hash = '0123456789abcdef'.repeat(4);
const text = 'mw1017: the error rate is 0.42 in a second, 1.7 times what it was in the hour before; nobody has acted on it yet';
let made = 0;

const eventOf = (key: string) => ({
	kind: 'note',
	source: 'deployer',
	actor: {kind: 'person', name: 'Riley Deployer'},
	happenedAt: '2026-11-02T10:00:00.000Z',
	precision: 'ms',
	text,
	data: {host: 'mw1017', group: 'group1', number: made},
	service: 'app',
	deploy: null,
	attempt: null,
	incident: null,
	idempotencyKey: key,
});

/** Bodies are made before the clock starts, on both sides. */
function bodies(howMany: number, perBody: number): string[] {
	const events = () => Array.from({length: perBody}, () => eventOf(`bench-event-${++made}`));
	return Array.from({length: howMany}, () => JSON.stringify({events: events()}));
}

async function post(url: URL, agent: Agent, body: string): Promise<void> {
	const outgoing = request({
		...{host: '127.0.0.1', port: url.port, path: '/api/v1/events', method: 'POST', agent},
		headers: {host: url.host, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body)},
	});
	outgoing.end(body);
	const [response] = await once(outgoing, 'response');
	let answer = '';
	for await (const chunk of response) answer += String(chunk);
	if (response.statusCode !== 201) throw new Error(`the service answers ${response.statusCode}: ${answer}`);
}

/** Sends them all, so many at a time. */
async function send(url: URL, agent: Agent, waiting: string[], inFlight: number): Promise<void> {
	const one = async (): Promise<void> => {
		for (let body = waiting.pop(); body !== undefined; body = waiting.pop()) await post(url, agent, body);
	};
	await Promise.all(Array.from({length: inFlight}, one));
}

const columns = 'seq, kind, happened_at, recorded_at, service, deploy, attempt, incident, idempotency_key, payload, payload_sha256, hash';

/** The bare driver on a file with the service's own tables and indexes: one connection, WAL, synchronous FULL, one statement a batch. */
async function openRaw(folder: string) {
	const {name: file, close} = await openDatabase(folder, systemClock);
	await close();
	const database = await new Promise<sqlite3.Database>((resolve, reject) => {
		const opened = new sqlite3.Database(file, error => (error ? reject(error) : resolve(opened)));
	});
	const run = (sql: string, values: readonly unknown[] = []) =>
		new Promise<void>((resolve, reject) => {
			database.run(sql, values, error => (error ? reject(error) : resolve()));
		});
	await run('PRAGMA journal_mode = WAL');
	await run('PRAGMA synchronous = FULL');
	let seq = 0;
	return {
		rows: (howMany: number): unknown[] =>
			Array.from({length: howMany}, () => {
				seq += 1;
				const key = `bench-event-${seq}`;
				const {kind: _kind, happenedAt, ...payload} = eventOf(key);
				return [seq, 'note', happenedAt, happenedAt, 'app', null, null, null, key, JSON.stringify(payload), hash, hash];
			}).flat(),
		insert: (values: readonly unknown[]) =>
			run(
				`INSERT INTO events (${columns}) VALUES ${Array(values.length / 12)
					.fill('(?,?,?,?,?,?,?,?,?,?,?,?)')
					.join(',')}`,
				values,
			),
		close: () => new Promise<void>((resolve, reject) => database.close(error => (error ? reject(error) : resolve()))),
	};
}

const shapes = [
	{perBatch: 100, inFlight: 1, batches: 16},
	{perBatch: 100, inFlight: 8, batches: 16},
	{perBatch: 1, inFlight: 1, batches: 60},
	{perBatch: 1, inFlight: 8, batches: 160},
];

export async function benchEvents(folder: string, quick: boolean): Promise<Line[]> {
	const raw = await openRaw(path.join(folder, 'raw'));
	const service = await startServe(folder, []);
	const url = new URL(service.url);
	const agent = new Agent({keepAlive: true, maxSockets: 8});
	const lines: Line[] = [];
	try {
		for (const {perBatch, inFlight, batches} of shapes) {
			const ours = async () => {
				const waiting = bodies(batches, perBatch);
				return timed(() => send(url, agent, waiting, inFlight));
			};
			const baseline = async () => {
				const waiting = Array.from({length: batches}, () => raw.rows(perBatch));
				return timed(async () => {
					for (const values of waiting) await raw.insert(values);
				});
			};
			const found = await compare({ours, baseline, pairs: quick ? 4 : 16, warmUps: quick ? 1 : 4});
			const events = perBatch * batches;
			// Throughputs: theirs over ours of the times is ours over theirs of the rates.
			const ratio = 1 / found.ratio;
			lines.push({
				name: `events over HTTP, ${perBatch === 1 ? 'single' : `${perBatch} a request`}, ${inFlight} in flight`,
				value: `${digits((events * 1000) / found.ours)}/s`,
				baseline: `raw inserts: ${digits((events * 1000) / found.baseline)}/s`,
				ratio,
				spread: [1 / found.spread[1], 1 / found.spread[0]],
				aim: perBatch === 100 ? atLeast(0.5, ratio) : null,
			});
		}
	} finally {
		agent.destroy();
		await service.stop();
		await raw.close();
	}
	return lines;
}
