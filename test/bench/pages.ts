/** What somebody waits for who opens a page, on both engines: an incident with 500 events, and the list of very many incidents. */
import {spawn} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {once} from 'node:events';
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {systemClock} from '../../server/clock.ts';
import {openDatabase} from '../../server/stores/database.ts';
import {databaseUrl, postgresHand, startPostgres} from '../helpers/postgres-server.ts';
import {compare, timed} from './measure.ts';
import {startServe, top} from './service.ts';
import {atMost, digits, type Line} from './table.ts';

const eventCount = 500;
const services = [
	'services:',
	'  app: {policy: {rules: {canary-errors: "off", signals-alive: "off"}}, stages: [before, canaries, production]}',
];
const actor = {kind: 'person', name: 'Riley'};

async function send(url: string, body: object): Promise<string> {
	const answer = await fetch(url, {method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify(body)});
	const text = await answer.text();
	if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${text.slice(0, 500)}`);
	return text;
}

/** A deploy that was taken back, and what people and machines said of it; answers its incident. */
async function makeIncident(url: string): Promise<string> {
	const batch = {targets: [{repository: 'app', sha: 'a'.repeat(40)}], changes: []};
	for (const stage of ['before', 'canaries']) {
		const asked = {
			service: 'app',
			stage,
			host: 'deploy1',
			askedAt: new Date().toISOString(),
			deadlineMs: 2000,
			idempotencyKey: randomUUID(),
		};
		await send(`${url}/api/v1/checks`, {...asked, batch});
	}
	const declared = await send(`${url}/api/v1/rollbacks`, {service: 'app', reason: 'blank pages', actor, idempotencyKey: randomUUID()});
	const {incident} = JSON.parse(declared) as {incident: string};
	const events = Array.from({length: eventCount}, (_, index) => ({
		...{
			kind: index % 5 === 0 ? 'diagnosis' : 'note',
			source: 'human',
			actor,
			happenedAt: new Date(Date.now() + index * 1000).toISOString(),
		},
		text: `Row ${index}: ${['saw blank pages on', 'asked about', 'looked at the log of', 'restarted'][index % 4]} host mw${1000 + index} in ${['eqiad', 'codfw', 'esams'][index % 3]}`,
		...{service: 'app', incident, idempotencyKey: randomUUID()},
	}));
	await send(`${url}/api/v1/events`, {events});
	return incident;
}

const rowsPerInsert = 400;

/** Incidents of ten years, as the store would have written them. */
async function addIncidents(place: Parameters<typeof openDatabase>[0], count: number): Promise<void> {
	const database = await openDatabase(place, systemClock);
	const start = Date.parse('2016-01-01T00:00:00.000Z');
	const row = (index: number) => {
		const at = new Date(start + index * 3_000_000).toISOString();
		const title = `${at.slice(0, 10)} app: errors on the canaries, case ${index}`;
		return {
			...{id: `INC-${at.slice(0, 4)}-B${index}`, service: 'app', deploy: null, attempt: null, title},
			...{
				status: 'closed',
				opened_by: 'gate',
				opened_at: at,
				normal_at: at,
				search: title.toLowerCase(),
				about: 'The signal errors rose at once.',
			},
		};
	};
	await database.transact(async ({sql}) => {
		for (let index = 0; index < count; index += rowsPerInsert)
			await sql('incidents').insert(Array.from({length: Math.min(rowsPerInsert, count - index)}, (_, place) => row(index + place)));
	});
	await database.transact(async ({sql}) => {
		await sql.raw('analyze');
	});
	await database.close();
}

/** A process with nothing in it but Express, which answers a text of so many bytes. */
async function startBare(): Promise<{readonly url: string; stop(): Promise<void>}> {
	const code = `import express from 'express';
const app = express();
const texts = new Map();
app.get('/:bytes', ({params}, response) => {
	const bytes = Number(params.bytes);
	if (!texts.has(bytes)) texts.set(bytes, 'x'.repeat(bytes));
	response.type('html').send(texts.get(bytes));
});
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));`;
	const child = spawn(process.execPath, ['--input-type=module', '-e', code], {cwd: top, stdio: ['ignore', 'pipe', 'inherit']});
	const [port] = (await once(child.stdout, 'data')) as [Buffer];
	return {
		url: `http://127.0.0.1:${Number(port.toString())}`,
		async stop() {
			const ended = once(child, 'exit');
			child.kill();
			await ended;
		},
	};
}

const get = async (url: string): Promise<string> => {
	const answer = await fetch(url, {headers: {accept: 'text/html'}});
	const text = await answer.text();
	if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${text.slice(0, 500)}`);
	return text;
};

/** What a browser asks for before it paints: the page, its stylesheets, and scripts that neither wait nor are modules. */
function beforePaint(html: string): number {
	const styles = html.match(/<link\b[^>]*rel="stylesheet"[^>]*>/g) ?? [];
	const scripts = (html.match(/<script\b[^>]*\bsrc=[^>]*>/g) ?? []).filter(tag => !/\b(?:defer|async)\b|type="module"/.test(tag));
	return 1 + styles.length + scripts.length;
}

type Page = {readonly name: string; readonly path: string; readonly counted: boolean};

async function timePage(engine: string, ours: string, bare: string, {name, path: where, counted}: Page, quick: boolean): Promise<Line[]> {
	const html = await get(`${ours}${where}`);
	const bytes = Buffer.byteLength(html);
	const found = await compare({
		ours: () => timed(() => get(`${ours}${where}`)),
		baseline: () => timed(() => get(`${bare}/${bytes}`)),
		...{pairs: quick ? 10 : 60, warmUps: quick ? 5 : 20},
	});
	const {ratio, spread} = found;
	const line = {
		name: `${name}, ${engine}`,
		value: `${digits(found.ours)} ms`,
		baseline: `bare Express: ${digits(found.baseline)} ms`,
		ratio,
		spread,
		aim: null,
	};
	if (!counted) return [line];
	const requests = beforePaint(html);
	const only = {baseline: '-', ratio: null};
	return [
		line,
		{...only, name: `${name}: bytes of the page`, value: `${digits(bytes / 1000)} KB`, aim: atMost(100, bytes / 1000, ' KB')},
		{...only, name: `${name}: requests to first paint`, value: String(requests), aim: atMost(2, requests, '')},
	];
}

type Engine = {readonly name: string; readonly databaseUrl: string | null};

async function onEngine(folder: string, {name: engine, databaseUrl: url}: Engine, quick: boolean): Promise<Line[]> {
	const own = path.join(folder, engine);
	mkdirSync(own);
	const count = quick ? 5000 : 100_000;
	const service = await startServe(own, services, url);
	const bare = await startBare();
	try {
		const incident = await makeIncident(service.url);
		await addIncidents(url === null ? path.join(own, 'data') : {engine: 'postgres', url}, count);
		const many = count.toLocaleString('en-US');
		const pages: readonly Page[] = [
			{name: `incident with ${eventCount} events`, path: `/incidents/${incident}`, counted: url === null},
			{name: `list of ${many} incidents`, path: '/incidents', counted: url === null},
			{name: 'of it, one status', path: '/incidents?status=open', counted: false},
			{name: 'of it, a search that finds nothing', path: '/incidents?q=nothing-like-it', counted: false},
		];
		const lines: Line[] = [];
		for (const page of pages) lines.push(...(await timePage(engine, service.url, bare.url, page, quick)));
		return lines;
	} finally {
		await bare.stop();
		await service.stop();
	}
}

export async function benchPages(folder: string, quick: boolean): Promise<Line[]> {
	const lines = await onEngine(folder, {name: 'SQLite', databaseUrl: null}, quick);
	const server = await startPostgres({isDurable: true});
	try {
		await postgresHand(server.url, "create database bench template template0 encoding 'UTF8'");
		return [...lines, ...(await onEngine(folder, {name: 'PostgreSQL', databaseUrl: databaseUrl(server.url, 'bench')}, quick))];
	} finally {
		await server.remove();
	}
}
