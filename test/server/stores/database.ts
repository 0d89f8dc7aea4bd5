import {chmodSync, existsSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {AppError} from '../../../server/app-error.ts';
import {systemClock} from '../../../server/clock.ts';
import {openDatabase} from '../../../server/stores/database.ts';
import {deployStore, nextNumber} from '../../../server/stores/deploys.ts';
import {appendEvents, findEvents, verifyChain} from '../../../server/stores/timeline.ts';
import {noteEvent, notes} from '../../helpers/events.ts';
import {temporaryFolder} from '../../helpers/service.ts';
import {at, onEachDatabase, rawHand, storeUnderTest} from '../../helpers/store.ts';

test('what was acknowledged is on disk: SQLite uses WAL and synchronous FULL', async t => {
	const {database} = await storeUnderTest(t);
	t.deepEqual(await database.durability(), {journalMode: 'wal', synchronous: 2});
});

onEachDatabase('the readers cannot write', async (t, database) => {
	const message = /SQLITE_READONLY|in a read-only transaction/;
	await t.throwsAsync(() => database.read('chain_head').update({seq: 5}), {message});
	await t.throwsAsync(() => database.read.raw('drop table events'), {message});
	t.true((await verifyChain(database.read)).intact);
});

onEachDatabase('a reader is not kept waiting by a writer, and sees nothing half done', async (t, database) => {
	await database.transact(async transaction => {
		await appendEvents(transaction, [noteEvent()], at);
		t.deepEqual(await findEvents(database.read, {}), []);
	});
	t.is((await findEvents(database.read, {})).length, 1);
});

onEachDatabase('a state change and its event are written together or not at all', async (t, database) => {
	const open = (fails: boolean) =>
		database.transact(async transaction => {
			await nextNumber(transaction.sql, 'deploys');
			await transaction.sql('deploys').insert({id: 'D-1', service: 'app', fingerprint: 'f', targets: '[]', created_at: at});
			await appendEvents(transaction, [noteEvent({deploy: 'D-1'})], at);
			if (fails) throw new Error('the process thought better of it');
		});
	await t.throwsAsync(() => open(true));
	t.deepEqual(await database.read('deploys'), []);
	t.deepEqual(await database.read('counters'), []);
	t.deepEqual(await findEvents(database.read, {}), []);
	t.deepEqual(await deployStore(database.read).recent(5), []);
	await open(false);
	t.is((await database.read('deploys')).length, 1);
	t.like(await verifyChain(database.read), {intact: true, events: 1});
});

const refusal = async (t: Parameters<typeof storeUnderTest>[0], work: () => PromiseLike<unknown>): Promise<AppError> => {
	const error = await t.throwsAsync(async () => work(), {instanceOf: AppError});
	return error ?? new AppError('invalid', '');
};

test('a database of a newer version is named, and left as it is', async t => {
	const folder = temporaryFolder(t);
	const database = await openDatabase(folder, systemClock);
	await database.transact(transaction => appendEvents(transaction, notes(3), at));
	await database.close();
	const raw = rawHand(t, database.name);
	await raw('knex_migrations').insert({name: '0009-from-the-future', batch: 9, migration_time: at});
	const {code, message} = await refusal(t, () => openDatabase(folder, systemClock));
	t.is(code, 'conflict');
	t.regex(message, /written by a newer Signalbox.*0009-from-the-future.*Upgrade this Signalbox.*nothing was changed/);
	t.is((await raw('events')).length, 3);
});

test('a database that another process holds is waited for, and then named', async t => {
	const {database} = await storeUnderTest(t, {busyTimeoutMs: 200});
	const raw = rawHand(t, database.name);
	await raw.raw('begin immediate');
	const {code, message} = await refusal(t, () => database.transact(transaction => appendEvents(transaction, notes(1), at)));
	t.is(code, 'unavailable');
	t.regex(message, /another process has held the database for over 0\.2 s\. Nothing was stored\. Find the holder/);
	await raw.raw('commit');
	await database.transact(transaction => appendEvents(transaction, notes(1), at));
	t.like(await verifyChain(database.read), {intact: true, events: 1});
});

test('a full disk stores nothing by halves, and once there is space it goes on', async t => {
	const {database} = await storeUnderTest(t, {pagesMax: 200});
	const raw = rawHand(t, database.name);
	await raw.raw('create table ballast (text text)');
	await raw.raw(`insert into ballast values (${Array.from({length: 20}, () => 'hex(randomblob(3000))').join('), (')})`);
	let stored = 0;
	const fill = async (): Promise<void> => {
		for (;;) {
			await database.transact(transaction => appendEvents(transaction, [noteEvent({text: 'x'.repeat(1000)}), ...notes(5)], at));
			stored += 6;
		}
	};
	const {code, message} = await refusal(t, fill);
	t.is(code, 'unavailable');
	t.regex(message, /is full\. Nothing of this step was stored, and what was stored before is safe\. Free space/);
	t.true(stored > 0);
	t.like(await verifyChain(database.read), {intact: true, events: stored});
	await raw.raw('drop table ballast');
	await database.transact(transaction => appendEvents(transaction, notes(6), at));
	t.like(await verifyChain(database.read), {intact: true, events: stored + 6});
});

test('a file that is no database is named and not touched', async t => {
	const folder = temporaryFolder(t);
	const file = path.join(folder, 'signalbox.sqlite');
	const text = 'these are my notes, and no database at all\n'.repeat(300);
	writeFileSync(file, text);
	const {code, message} = await refusal(t, () => openDatabase(folder, systemClock));
	t.is(code, 'unavailable');
	t.regex(message, /signalbox\.sqlite: the file is no SQLite database\. Move it away, or restore a backup/);
	t.is(readFileSync(file, 'utf8'), text);
});

test('a damaged page is named', async t => {
	const folder = temporaryFolder(t);
	const database = await openDatabase(folder, systemClock);
	await database.transact(transaction => appendEvents(transaction, notes(500), at));
	await database.close();
	const bytes = readFileSync(database.name);
	bytes.fill(0xff, 4096, bytes.length);
	writeFileSync(database.name, bytes);
	const {code, message} = await refusal(t, () => openDatabase(folder, systemClock));
	t.is(code, 'unavailable');
	t.regex(message, /damaged\. Stop the service, keep the file, and restore a backup/);
});

test('a folder that cannot be made is named, with the setting that names another', async t => {
	const folder = temporaryFolder(t);
	writeFileSync(path.join(folder, 'file'), '');
	const {code, message} = await refusal(t, () => openDatabase(path.join(folder, 'file', 'data'), systemClock));
	t.is(code, 'unavailable');
	t.regex(message, /data folder .* cannot be made: .*ENOTDIR.*Set SIGNALBOX_DATA/);
});

const isRoot = process.getuid?.() === 0;
(isRoot ? test.skip : test)('a database that may not be written is named', async t => {
	const folder = temporaryFolder(t);
	await (await openDatabase(folder, systemClock)).close();
	chmodSync(path.join(folder, 'signalbox.sqlite'), 0o444);
	chmodSync(folder, 0o555);
	const {message} = await refusal(t, () => openDatabase(folder, systemClock));
	chmodSync(folder, 0o755);
	t.regex(message, /may not be written|cannot be opened/);
});

test('a lock left by a process that was killed while it made the tables is freed', async t => {
	const folder = temporaryFolder(t);
	const raw = rawHand(t, path.join(folder, 'signalbox.sqlite'));
	await raw.schema.createTable('knex_migrations', table => {
		table.increments('id');
		table.string('name');
		table.integer('batch');
		table.timestamp('migration_time');
	});
	await raw.schema.createTable('knex_migrations_lock', table => {
		table.increments('index');
		table.integer('is_locked');
	});
	await raw('knex_migrations_lock').insert({is_locked: 1});
	const {database} = await storeUnderTest(t, {folder, migrationWaitMs: 200});
	await database.transact(transaction => appendEvents(transaction, notes(1), at));
	t.like(await verifyChain(database.read), {intact: true, events: 1});
});

test('several that open a new database at once all get it', async t => {
	const folder = path.join(temporaryFolder(t), 'not', 'there', 'yet');
	// No more than three: each that waits for the file holds one of the four threads of this process. Processes are many-writers.ts's.
	const opened = await Promise.all(Array.from({length: 3}, () => openDatabase(folder, systemClock)));
	for (const database of opened) t.teardown(() => database.close());
	await Promise.all(opened.map(database => database.transact(transaction => appendEvents(transaction, notes(3), at))));
	for (const database of opened) t.like(await verifyChain(database.read), {intact: true, events: 9});
	t.true(existsSync(path.join(folder, 'signalbox.sqlite')));
});
