import test, {type ExecutionContext} from 'ava';
import {AppError} from '../../../../server/app-error.ts';
import {systemClock} from '../../../../server/clock.ts';
import {openDatabase} from '../../../../server/stores/database.ts';
import {appendEvents, verifyChain} from '../../../../server/stores/timeline.ts';
import {notes} from '../../../helpers/events.ts';
import {postgresUnderTest} from '../../../helpers/postgres.ts';
import {postgresHand} from '../../../helpers/postgres-server.ts';
import {at} from '../../../helpers/store.ts';

const open = async (t: ExecutionContext, url: string) => {
	const database = await openDatabase({engine: 'postgres', url}, systemClock);
	t.teardown(() => database.close());
	return database;
};
const tablesOf = async (url: string) =>
	(
		await postgresHand<{name: string}>(
			url,
			"select table_name as name from information_schema.tables where table_schema = 'public' order by 1",
		)
	).map(({name}) => name);

test('several that open a new database at once make its tables once, and all get it', async t => {
	const url = await postgresUnderTest(t, {empty: true});
	const opened = await Promise.all(Array.from({length: 6}, () => open(t, url)));
	await Promise.all(opened.map(database => database.transact(transaction => appendEvents(transaction, notes(3), at))));
	for (const database of opened) t.like(await verifyChain(database.read), {intact: true, events: 18});
	const [{steps} = {steps: 0}] = await postgresHand<{steps: number}>(
		url,
		'select count(distinct name)::int - count(*)::int as steps from knex_migrations',
	);
	t.is(steps, 0);
});

test('every column of text sorts by its bytes, whatever the language of the database', async t => {
	const url = await postgresUnderTest(t);
	await open(t, url);
	const [made] = await postgresHand<{sorted: boolean}>(url, "select 'a' < 'B' as sorted");
	t.true(made?.sorted, 'the database itself sorts as people do');
	const others = await postgresHand(
		url,
		`select table_name, column_name from information_schema.columns
			where table_schema = 'public' and table_name not like 'pg_%' and data_type in ('text', 'character varying') and collation_name is distinct from 'C'`,
	);
	t.deepEqual(others, []);
});

test('a database with the tables of something else is left alone', async t => {
	const url = await postgresUnderTest(t, {empty: true});
	await postgresHand(url, 'create table customers (id integer)');
	const error = await t.throwsAsync(() => open(t, url), {instanceOf: AppError});
	t.is(error?.code, 'conflict');
	t.regex(
		error?.message ?? '',
		/holds tables of something else \(customers\)\. Give Signalbox a database of its own; nothing was changed\./,
	);
	t.deepEqual(await tablesOf(url), ['customers']);
});

test('a database of a newer version is named, and left as it is', async t => {
	const url = await postgresUnderTest(t);
	await postgresHand(url, "insert into knex_migrations (name, batch, migration_time) values ('0999-from-the-future', 9, now())");
	const error = await t.throwsAsync(() => open(t, url), {instanceOf: AppError});
	t.is(error?.code, 'conflict');
	t.regex(error?.message ?? '', /written by a newer Signalbox.*0999-from-the-future.*nothing was changed/);
});

test('a database that keeps text otherwise than as UTF-8 is refused', async t => {
	const server = await postgresUnderTest(t, {empty: true});
	const name = `latin_${process.pid}`;
	await postgresHand(server, `create database ${name} template template0 encoding 'LATIN1' locale 'C'`);
	t.teardown(() => postgresHand(server, `drop database ${name} with (force)`));
	const url = new URL(server);
	url.pathname = `/${name}`;
	const error = await t.throwsAsync(() => open(t, url.href), {instanceOf: AppError});
	t.regex(error?.message ?? '', /keeps text as LATIN1\. Make it with `createdb --encoding=UTF8`/);
	t.deepEqual(await tablesOf(url.href), []);
});

test('what was acknowledged is on disk, also where the server was told not to wait for it', async t => {
	const url = await postgresUnderTest(t);
	const [row] = await postgresHand<{name: string}>(url, 'select current_database() as name');
	await postgresHand(url, `alter database ${row?.name} set synchronous_commit = off`);
	const database = await open(t, url);
	t.like(await database.durability(), {synchronous_commit: 'on'});
});
