import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {systemClock} from '../../../server/clock.ts';
import {openDatabase} from '../../../server/stores/database.ts';
import {appendEvents, chainHead, verifyChain} from '../../../server/stores/timeline.ts';
import {call} from '../../helpers/cli.ts';
import {noteEvent, notes} from '../../helpers/events.ts';
import {serviceUnderTest, temporaryFolder} from '../../helpers/service.ts';
import {at, rawHand} from '../../helpers/store.ts';

const dataOf = (folder: string): string => path.join(folder, 'data');
const fileOf = (folder: string): string => path.join(dataOf(folder), 'signalbox.sqlite');

/** A folder whose `data` holds a database with so many events. */
async function folderWith(t: ExecutionContext, count: number): Promise<string> {
	const folder = temporaryFolder(t);
	await add(folder, count);
	return folder;
}

async function add(folder: string, count: number): Promise<string> {
	const database = await openDatabase(dataOf(folder), systemClock);
	await database.transact(transaction => appendEvents(transaction, notes(count), at));
	const {hash} = await chainHead(database.read);
	await database.close();
	return hash;
}

async function verified(folder: string) {
	const database = await openDatabase(dataOf(folder), systemClock);
	const report = await verifyChain(database.read);
	await database.close();
	return report;
}

test('a backup is made while the service writes, and is verified', async t => {
	const {folder, deps, post} = await serviceUnderTest(t, {config: {data: 'data'}});
	let isOver = false;
	const writing = (async () => {
		let sent = 0;
		while (!isOver) {
			t.is((await post('/api/v1/events', {events: [noteEvent()]})).status, 201);
			sent += 1;
		}
		return sent;
	})();
	const backup = path.join(folder, 'backup.sqlite');
	const made = await call(['backup', backup, '--json'], folder);
	isOver = true;
	const sent = await writing;
	t.is(made.code, 0, made.stderr);
	const {events, head} = JSON.parse(made.stdout) as {events: number; head: string};
	t.true(events <= sent);
	t.true((await verifyChain(deps.database.read, head)).intact, 'the head of the backup is in the chain');
	t.deepEqual(
		readdirSync(folder).filter(name => name.startsWith('backup')),
		['backup.sqlite'],
	);
});

test('a backup overwrites nothing, and does not make a database in order to copy it', async t => {
	const folder = await folderWith(t, 3);
	const backup = path.join(folder, 'backup.sqlite');
	writeFileSync(backup, 'mine');
	t.like(await call(['backup', backup], folder, {SIGNALBOX_DATA: 'data'}), {code: 2});
	t.is(readFileSync(backup, 'utf8'), 'mine');
	const elsewhere = await call(['backup', 'other.sqlite'], folder, {SIGNALBOX_DATA: 'nowhere'});
	t.is(elsewhere.code, 2);
	t.regex(elsewhere.stderr, /There is no database in .*nowhere/);
	t.false(existsSync(path.join(folder, 'nowhere')));
	t.regex(
		(await call(['backup', 'no/such/folder/b.sqlite'], folder, {SIGNALBOX_DATA: 'data'})).stderr,
		/There is no folder .*no\/such\/folder/,
	);
});

test('a broken chain makes no backup', async t => {
	const folder = await folderWith(t, 3);
	await rawHand(t, fileOf(folder))('events').where({seq: 2}).update({payload: '{}'});
	const {code, stderr} = await call(['backup', 'backup.sqlite'], folder, {SIGNALBOX_DATA: 'data'});
	t.is(code, 2);
	t.regex(stderr, /data\/signalbox\.sqlite: the chain is broken at event 2.*signalbox verify/);
	t.deepEqual(readdirSync(folder), ['data']);
});

test('a backup is put back, and what was there is kept', async t => {
	const folder = await folderWith(t, 3);
	t.is((await call(['backup', 'backup.sqlite'], folder, {SIGNALBOX_DATA: 'data'})).code, 0);
	const later = await add(folder, 4);
	const {code, stdout, stderr} = await call(['restore', 'backup.sqlite', '--json'], folder, {SIGNALBOX_DATA: 'data'});
	t.is(code, 0, stderr);
	t.like(await verified(folder), {intact: true, events: 3});
	const {aside} = JSON.parse(stdout) as {aside: string};
	const kept = await openDatabase(path.dirname(aside), systemClock, {fileName: path.basename(aside)});
	t.teardown(() => kept.close());
	t.like(await verifyChain(kept.read), {intact: true, events: 7, head: later});
	t.false(readdirSync(dataOf(folder)).some(name => name.includes('restoring')));
	t.true(existsSync(path.join(folder, 'backup.sqlite')));
});

test('nothing is put back while a service has the file open, even an idle one', async t => {
	const {folder, deps} = await serviceUnderTest(t, {config: {data: 'data'}});
	await deps.database.transact(transaction => appendEvents(transaction, notes(2), at));
	const backup = path.join(folder, 'backup.sqlite');
	t.is((await call(['backup', backup], folder)).code, 0);
	await deps.database.transact(transaction => appendEvents(transaction, notes(5), at));
	const {code, stderr} = await call(['restore', backup], folder);
	t.is(code, 2);
	t.regex(stderr, /is in use: stop the service/);
	await deps.database.transact(transaction => appendEvents(transaction, notes(1), at));
	t.like(await verifyChain(deps.database.read), {intact: true, events: 8});
	t.deepEqual(await deps.database.durability(), {journalMode: 'wal', synchronous: 2});
});

const damages: readonly (readonly [string, (file: string, t: ExecutionContext) => unknown, RegExp])[] = [
	['is no database', file => writeFileSync(file, 'not a database'.repeat(1000)), /no SQLite database/],
	['was cut off', file => writeFileSync(file, readFileSync(file).subarray(0, 4096 * 3)), /damaged/],
	['has a changed event', (file, t) => rawHand(t, file)('events').where({seq: 2}).update({payload: '{}'}), /chain is broken at event 2/],
	[
		'is of a newer version',
		(file, t) => rawHand(t, file)('knex_migrations').insert({name: '0009-later', batch: 9, migration_time: at}),
		/newer Signalbox/,
	],
];
for (const [what, damage, sentence] of damages) {
	test(`a backup that ${what} is not put back`, async t => {
		const folder = await folderWith(t, 60);
		t.is((await call(['backup', 'backup.sqlite'], folder, {SIGNALBOX_DATA: 'data'})).code, 0);
		await damage(path.join(folder, 'backup.sqlite'), t);
		const {code, stderr} = await call(['restore', 'backup.sqlite'], folder, {SIGNALBOX_DATA: 'data'});
		t.is(code, 2);
		t.regex(stderr, /backup\.sqlite is no good backup: .*Nothing was restored\./);
		t.regex(stderr, sentence);
		t.deepEqual(readdirSync(dataOf(folder)), ['signalbox.sqlite']);
		t.like(await verified(folder), {intact: true, events: 60});
	});
}

test('a damaged database does not keep a good backup from being put back', async t => {
	const folder = await folderWith(t, 3);
	t.is((await call(['backup', 'backup.sqlite'], folder, {SIGNALBOX_DATA: 'data'})).code, 0);
	writeFileSync(fileOf(folder), 'the disk ate it'.repeat(1000));
	const {code, stdout, stderr} = await call(['restore', 'backup.sqlite'], folder, {SIGNALBOX_DATA: 'data'});
	t.is(code, 0, stderr);
	t.regex(stdout, /could not be read, so make sure that no service is still running/);
	t.like(await verified(folder), {intact: true, events: 3});
});
