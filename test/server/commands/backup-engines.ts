/** A backup is made on one engine and put back on each: same head, same rows, same pages, and it goes on from there. */
import {existsSync, readdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {writing} from '../../../server/actions/deps.ts';
import {openIncident} from '../../../server/actions/open-incident.ts';
import {copyTables, readerOfSqlite, tablesOfSqlite} from '../../../server/stores/copy-tables.ts';
import {appendEvents, chainHead, verifyChain} from '../../../server/stores/timeline.ts';
import {call} from '../../helpers/cli.ts';
import {noteEvent, notes} from '../../helpers/events.ts';
import {postgresUnderTest} from '../../helpers/postgres.ts';
import {postgresHand} from '../../helpers/postgres-server.ts';
import {
	batchTo,
	environmentOf,
	type PushedClock,
	pushedClock,
	type ServiceUnderTest,
	serviceUnderTest,
	sha,
	temporaryFolder,
} from '../../helpers/service.ts';
import {at, type Engine, engines, rawHand, storeUnderTest} from '../../helpers/store.ts';

const robin = {kind: 'person', name: 'Robin'} as const;
/** Pages say what time it is. */
const stillClock = (): PushedClock => ({...pushedClock(), now: () => '2026-03-02T12:00:00.000Z'});

/** A deploy through its stages, an incident with a rollback and events, readings, and texts that engines like to treat otherwise. */
async function fill(under: ServiceUnderTest): Promise<string> {
	for (const stage of ['before', 'testservers', 'canaries', 'production']) await under.ask(stage, batchTo('ee'));
	await under.ask('before', batchTo('b'));
	const [, attempt] = await under.stores().deploys.recent(2);
	if (!attempt) throw new Error('no attempt');
	const what = `it's "100 %" \\ broken _ äöü 💥 ${'x'.repeat(300)}`;
	const incident = await writing(under.deps, stores =>
		openIncident(stores, attempt, {by: 'human', status: 'open', source: 'human', actor: robin, what, text: what}),
	);
	await under.post('/api/v1/events', {
		events: [noteEvent({incident, text: `a note \\ ' " \u2028 ${what}`, data: {a: [1.5, null, 'é', {b: false}]}}), ...notes(20)],
	});
	const bucket = {at, canary: {hosts: {c1: {count: 1, exposure: 10}}}, baseline: {missing: 'no line'}};
	await writing(under.deps, async stores => {
		await stores.readings.put([{service: 'app', signal: 'errors', bucketMs: 10_000, bucket}], at);
		await stores.incidents.addRollback(incident, {at, by: robin, from: [], to: [], verified: 'yes', detail: 'done'});
	});
	return incident;
}

const formats = ['md', 'html', 'wikitext', 'json'];
const reportPath = (incident: string, format: string): string => `/api/v1/incidents/${incident}/report?format=${format}`;

const paths = (incident: string): readonly string[] => [
	...['/', '/deploys', '/incidents', '/landed', '/deploys/D-2026-0001', `/incidents/${incident}`, '/signals'],
	...[
		'/api/v1/deploys',
		'/api/v1/incidents',
		'/api/v1/events',
		`/api/v1/landed?change=${sha('ee')}`,
		'/api/v1/deploys/D-2026-0001',
		'/api/v1/chain',
	],
	...formats.map(format => reportPath(incident, format)),
];

/** What a form must bring back is made anew for each. */
const onceOnly = /<input type="hidden" name="(?:csrf|key)" value="[^"]*">/g;

async function pagesOf({url, folder}: ServiceUnderTest, incident: string): Promise<Record<string, string>> {
	const read = async (route: string): Promise<[string, string]> => {
		const response = await fetch(`${url}${route}`, {headers: {accept: route.startsWith('/api') ? 'application/json' : 'text/html'}});
		return [
			route,
			`${response.status} ${(await response.text()).replaceAll(url, 'HERE').replaceAll(folder, 'THERE').replaceAll(onceOnly, '')}`,
		];
	};
	// A report that is given out is kept as a version, and the lists show that.
	for (const format of formats) await read(reportPath(incident, format));
	return Object.fromEntries(await Promise.all(paths(incident).map(read)));
}

/** Every row of every table, in an order of its own: engines keep them in any. */
async function rowsOfAll(file: string, t: ExecutionContext): Promise<Record<string, string[]>> {
	const sql = rawHand(t, file);
	const tables: Record<string, string[]> = {};
	for (const table of await tablesOfSqlite(sql)) {
		const rows: string[] = [];
		for await (const some of readerOfSqlite(sql)(table)) rows.push(...some.map(row => JSON.stringify(row)));
		tables[table] = rows.sort();
	}
	return tables;
}

/** Where a database of that engine is for a command: the folder with its configuration, and the environment. */
async function target(t: ExecutionContext, engine: Engine): Promise<{folder: string; env: Record<string, string>}> {
	const folder = temporaryFolder(t);
	return {folder, env: engine === 'sqlite' ? {} : {DATABASE_URL: await postgresUnderTest(t, {empty: true})}};
}

for (const from of engines) {
	for (const to of engines) {
		test(`a backup of ${from} is put back on ${to}: same head, same rows, same pages, and it goes on`, async t => {
			const under = await serviceUnderTest(t, {engine: from, clock: stillClock()});
			const incident = await fill(under);
			const head = await chainHead(under.deps.database.read);
			const pages = await pagesOf(under, incident);
			for (const [route, page] of Object.entries(pages)) t.regex(page, /^200 /, route);

			const backup = path.join(under.folder, 'backup.sqlite');
			const made = await call(['backup', backup, '--json'], under.folder, environmentOf(under.folder));
			t.is(made.code, 0, made.stderr);
			t.like(JSON.parse(made.stdout), {events: head.seq, head: head.hash});
			t.deepEqual(
				readdirSync(under.folder).filter(name => name.startsWith('backup')),
				['backup.sqlite'],
			);

			const there = await target(t, to);
			const restored = await call(['restore', backup, '--json'], there.folder, there.env);
			t.is(restored.code, 0, restored.stderr);
			t.like(JSON.parse(restored.stdout), {events: head.seq, head: head.hash, aside: null});
			const second = path.join(there.folder, 'second.sqlite');
			t.is((await call(['backup', second], there.folder, there.env)).code, 0);
			t.deepEqual(await rowsOfAll(second, t), await rowsOfAll(backup, t));
			const again = await serviceUnderTest(t, {
				...{engine: to, clock: stillClock(), folder: there.folder},
				...(there.env['DATABASE_URL'] === undefined ? {} : {databaseUrl: there.env['DATABASE_URL']}),
			});
			t.deepEqual(await pagesOf(again, incident), pages);
			t.like(await verifyChain(again.deps.database.read, head.hash), {intact: true, events: head.seq});

			// Numbers go on where they were, also those that the engine gives.
			t.is((await again.ask('before', batchTo('cc'))).deploy, 'D-2026-0003');
			await again.ask('canaries', batchTo('cc'));
			const ids: {id: number}[] = await again.deps.database.read('landed_heads').select('id');
			t.is(new Set(ids.map(({id}) => id)).size, ids.length);
			t.true((await verifyChain(again.deps.database.read)).intact);
		});
	}
}

test('what was in PostgreSQL before is kept in a schema of its own, from where it can be brought back', async t => {
	const under = await serviceUnderTest(t, {engine: 'postgres'});
	await under.post('/api/v1/events', {events: notes(3)});
	const env = environmentOf(under.folder);
	t.is((await call(['backup', 'backup.sqlite'], under.folder, env)).code, 0);
	await under.post('/api/v1/events', {events: notes(4)});
	const later = await chainHead(under.deps.database.read);
	await under.service.close();
	const {code, stdout, stderr} = await call(['restore', 'backup.sqlite'], under.folder, env);
	t.is(code, 0, stderr);
	const [, schema] =
		/^Restored 3 events, head [0-9a-f]{64}\. What was there before is kept as the schema (signalbox_before_restore_\w+)\.\n$/.exec(
			stdout,
		) ?? [];
	const [kept] = await postgresHand(env['DATABASE_URL'] ?? '', `select seq::int as seq, hash from ${schema}.chain_head`);
	t.deepEqual(kept, later);
	// Its tables are one step away: the address may name the schema.
	const old = new URL(env['DATABASE_URL'] ?? '');
	old.searchParams.set('options', `-c search_path=${schema}`);
	t.regex(
		(await call(['verify', '--config', 'embedded.yaml'], embedded(under.folder), {DATABASE_URL: old.href})).stdout,
		/The chain is whole: 7 events/,
	);
});

function embedded(folder: string): string {
	const file = path.join(folder, 'embedded.yaml');
	if (!existsSync(file)) writeFileSync(file, 'store: embedded\n');
	return folder;
}

test('nothing is put back into PostgreSQL while a service is connected, even an idle one', async t => {
	const under = await serviceUnderTest(t, {engine: 'postgres'});
	await under.post('/api/v1/events', {events: notes(2)});
	const env = environmentOf(under.folder);
	t.is((await call(['backup', 'backup.sqlite'], under.folder, env)).code, 0);
	await under.post('/api/v1/events', {events: notes(5)});
	const {code, stderr} = await call(['restore', 'backup.sqlite'], under.folder, env);
	t.is(code, 2);
	t.regex(
		stderr,
		/is in use: stop the service and every command that works on it first\.\n {2}a Signalbox at 127\.0\.0\.1, connected since .* UTC \(pid \d+/,
	);
	t.like(await verifyChain(under.deps.database.read), {intact: true, events: 7});
});

test('a restore into PostgreSQL that fails half way changes nothing', async t => {
	const {database, folder} = await storeUnderTest(t);
	await database.transact(transaction => appendEvents(transaction, notes(5), at));
	await database.close();
	// Longer than its column: SQLite keeps it, PostgreSQL does not.
	await rawHand(t, database.name)('counters').insert({name: 'x'.repeat(300), value: 1});
	const under = await serviceUnderTest(t, {engine: 'postgres'});
	await under.post('/api/v1/events', {events: notes(2)});
	await under.service.close();
	const env = environmentOf(under.folder);
	const {code, stderr} = await call(['restore', database.name], folder, env);
	t.is(code, 2);
	t.regex(stderr, /a text is longer than its place in the database/);
	const [head] = await postgresHand(env['DATABASE_URL'] ?? '', 'select seq::int as seq from chain_head');
	t.deepEqual(head, {seq: 2});
	t.deepEqual(await postgresHand(env['DATABASE_URL'] ?? '', "select nspname from pg_namespace where nspname like 'signalbox%'"), []);
});

test('a database of something else is not replaced', async t => {
	const {database, folder} = await storeUnderTest(t);
	await database.close();
	const url = await postgresUnderTest(t, {empty: true});
	await postgresHand(url, 'create table customers (id integer)');
	const {code, stderr} = await call(['restore', database.name], folder, {DATABASE_URL: url});
	t.is(code, 2);
	t.regex(stderr, /holds tables of something else \(customers\)\. Nothing was changed\./);
});

test('a backup of PostgreSQL is one moment, while the service writes', async t => {
	const {folder, deps, post} = await serviceUnderTest(t, {engine: 'postgres'});
	let isOver = false;
	const writing = (async () => {
		while (!isOver) t.is((await post('/api/v1/events', {events: notes(10)})).status, 201);
	})();
	for (const name of ['one.sqlite', 'two.sqlite']) {
		const made = await call(['backup', name, '--json'], folder, environmentOf(folder));
		t.is(made.code, 0, made.stderr);
		const {head} = JSON.parse(made.stdout) as {head: string};
		t.true((await verifyChain(deps.database.read, head)).intact, 'the head of the backup is in the chain');
	}
	isOver = true;
	await writing;
});

test('a table that nobody named is copied with the others', async t => {
	const [{database: one}, {database: two}] = [await storeUnderTest(t), await storeUnderTest(t)];
	for (const {name} of [one, two]) await rawHand(t, name).schema.createTable('of_a_later_step', table => table.string('what'));
	const [from, to] = [rawHand(t, one.name), rawHand(t, two.name)];
	await from('of_a_later_step').insert([{what: 'a'}, {what: null}]);
	const tables = await tablesOfSqlite(to);
	t.true(tables.includes('of_a_later_step'));
	await copyTables(readerOfSqlite(from), to, tables);
	t.deepEqual(await to('of_a_later_step'), [{what: 'a'}, {what: null}]);
});
