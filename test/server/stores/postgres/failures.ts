/** What a person reads when PostgreSQL cannot be used; each failure is made with a real server. */

import type {AddressInfo} from 'node:net';
import net from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {AppError} from '../../../../server/app-error.ts';
import {systemClock} from '../../../../server/clock.ts';
import {openDatabase} from '../../../../server/stores/database.ts';
import {nameOf, parsePostgresUrl} from '../../../../server/stores/postgres/address.ts';
import {explainPostgres} from '../../../../server/stores/postgres/explain.ts';
import {appendEvents, chainHead, verifyChain} from '../../../../server/stores/timeline.ts';
import {notes} from '../../../helpers/events.ts';
import {postgresUnderTest} from '../../../helpers/postgres.ts';
import {postgresHand} from '../../../helpers/postgres-server.ts';
import {at, rawHand} from '../../../helpers/store.ts';

const open = async (t: ExecutionContext, url: string, options = {}) => {
	const database = await openDatabase({engine: 'postgres', url}, systemClock, options);
	t.teardown(() => database.close());
	return database;
};

async function refusal(t: ExecutionContext, work: () => PromiseLike<unknown>): Promise<AppError> {
	const error = await t.throwsAsync(async () => work(), {instanceOf: AppError});
	t.notRegex(`${error?.message} ${error?.problems.join(' ')}`, /not a secret/, 'no password is said');
	return error ?? new AppError('invalid', '');
}

const changed = (url: string, change: (url: URL) => unknown): string => {
	const other = new URL(url);
	change(other);
	return other.href;
};

test('a server that is not there is named with what to do', async t => {
	const {code, message} = await refusal(t, () => open(t, 'postgres://signalbox:not%20a%20secret@127.0.0.1:1/signalbox'));
	t.is(code, 'unavailable');
	t.regex(
		message,
		/^postgres:\/\/signalbox@127\.0\.0\.1:1\/signalbox: PostgreSQL does not listen there\..*Start it, or look at DATABASE_URL/,
	);
});

test('a host without an address is named', async t => {
	const {message} = await refusal(t, () => open(t, 'postgres://signalbox@no-such-host.invalid/signalbox'));
	t.regex(message, /the name of PostgreSQL's host cannot be found/);
});

test('a wrong password, none, a database that is not there: each has its own sentence', async t => {
	const url = await postgresUnderTest(t);
	const said = async (change: (url: URL) => unknown) => (await refusal(t, () => open(t, changed(url, change)))).message;
	t.regex(
		await said(other => Object.assign(other, {password: 'wrong'})),
		/does not let this user in\. Look at the name and password of DATABASE_URL/,
	);
	t.regex(await said(other => Object.assign(other, {password: ''})), /wants a password|does not let this user in/);
	t.regex(await said(other => Object.assign(other, {pathname: '/no_such'})), /there is no such database\. Make it \(`createdb`\)/);
	t.regex(await said(other => void other.searchParams.set('sslmode', 'verify-full')), /could not be made safe\. Look at `sslmode`/);
});

test('a user who may make no tables is told so', async t => {
	const url = await postgresUnderTest(t, {empty: true});
	const user = `weak_${process.pid}`;
	await postgresHand(url, `create user ${user} password 'weak'`);
	t.teardown(() => postgresHand(url, `drop user ${user}`));
	const weak = changed(url, other => {
		other.username = user;
		other.password = 'weak';
	});
	t.regex((await refusal(t, () => open(t, weak))).message, /this user lacks a right in the database\. Make it the owner/);
});

test('too many connections: what to raise is named, and what is connected goes on', async t => {
	const url = await postgresUnderTest(t);
	const database = await open(t, url);
	const user = `few_${process.pid}`;
	await postgresHand(url, `create user ${user} password 'few' connection limit 0`);
	t.teardown(() => postgresHand(url, `drop user ${user}`));
	const few = changed(url, other => {
		other.username = user;
		other.password = 'few';
	});
	t.regex((await refusal(t, () => open(t, few))).message, /has too many connections\. Raise its max_connections/);
	await database.transact(transaction => appendEvents(transaction, notes(1), at));
	t.like(await verifyChain(database.read), {intact: true, events: 1});
});

test('a server set to read only is named by whoever writes, and still read', async t => {
	const url = await postgresUnderTest(t);
	await (await open(t, url)).close();
	const [row] = await postgresHand<{name: string}>(url, 'select current_database() as name');
	const database = await open(t, url);
	await postgresHand(url, `alter database ${row?.name} set default_transaction_read_only = on`);
	const {code, message} = await refusal(t, () => database.transact(transaction => appendEvents(transaction, notes(1), at)));
	t.is(code, 'unavailable');
	t.regex(message, /takes no writing: it is a standby, or was set to read only.*Name the primary/);
	t.is((await chainHead(database.read)).seq, 0);
});

test('a row that another process holds is waited for, and then named', async t => {
	const url = await postgresUnderTest(t);
	const database = await open(t, url, {busyTimeoutMs: 300});
	const raw = rawHand(t, {engine: 'postgres', url});
	await raw.raw('begin');
	await raw('chain_head').update({writes: 5});
	const {code, message} = await refusal(t, () => database.transact(transaction => appendEvents(transaction, notes(1), at)));
	t.is(code, 'unavailable');
	t.regex(
		message,
		/another process has held the database for too long\. Nothing of this step was stored\. Find the holder in pg_stat_activity/,
	);
	await raw.raw('rollback');
	await database.transact(transaction => appendEvents(transaction, notes(1), at));
	t.like(await verifyChain(database.read), {intact: true, events: 1});
});

test('a statement that takes too long is stopped by the server', async t => {
	const url = await postgresUnderTest(t);
	const database = await open(
		t,
		changed(url, other => other.searchParams.set('statement_timeout', '100')),
	);
	const {code, message} = await refusal(t, () => database.read.raw('select pg_sleep(5)'));
	t.is(code, 'unavailable');
	t.regex(message, /took too long over a statement, and it was stopped/);
	t.is((await chainHead(database.read)).seq, 0);
});

test('connections that the server ends are made again by whoever asks next, and a step that was cut is not stored', async t => {
	const url = await postgresUnderTest(t);
	const logged: string[] = [];
	const database = await open(t, url, {log: (text: string) => void logged.push(text)});
	await database.transact(transaction => appendEvents(transaction, notes(1), at));
	const endAll = () =>
		postgresHand(
			url,
			'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
		);
	const {code, message} = await refusal(t, () =>
		database.transact(async transaction => {
			await appendEvents(transaction, notes(1), at);
			await endAll();
			await appendEvents(transaction, notes(1), at);
		}),
	);
	t.is(code, 'unavailable');
	t.regex(message, /PostgreSQL ended the connection|the connection to PostgreSQL broke/);
	await database.transact(transaction => appendEvents(transaction, notes(1), at));
	t.like(await verifyChain(database.read), {intact: true, events: 2});
	t.regex(logged.join('\n'), /the connection that watches broke.*it is being made again/);
});

test('a server that takes the connection and says nothing is given up in time', async t => {
	const silent = net.createServer(socket => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
	const sockets = new Set<net.Socket>();
	silent.on('connection', socket => sockets.add(socket));
	t.teardown(() => {
		for (const socket of sockets) socket.destroy();
		silent.close();
	});
	await new Promise(resolve => silent.once('listening', resolve));
	const {port} = silent.address() as AddressInfo;
	const startedMs = performance.now();
	const {code, message} = await refusal(t, () => open(t, `postgres://signalbox@127.0.0.1:${port}/signalbox?connect_timeout=1`));
	t.is(code, 'unavailable');
	t.regex(message, /did not answer in time|the connection to PostgreSQL broke/);
	t.true(performance.now() - startedMs < 15_000);
});

test('tables that are gone are named, not taken for a bug', async t => {
	const url = await postgresUnderTest(t);
	const database = await open(t, url);
	await postgresHand(url, 'drop table chain_head, events cascade');
	const {code, message} = await refusal(t, () => database.transact(async () => undefined));
	t.is(code, 'unavailable');
	t.regex(message, /the tables of Signalbox are not there\. Restore a backup/);
});

test('a mistake of ours stays the bug that it is', async t => {
	const database = await open(t, await postgresUnderTest(t));
	const error = await t.throwsAsync(async () => database.read.raw('select no_such_column from events'));
	t.false(error instanceof AppError);
	t.is(explainPostgres(error, 'x'), error);
});

const states: readonly (readonly [string, RegExp])[] = [
	['53100', /disk of PostgreSQL is full.*what was stored before is safe\. Free space/],
	['53200', /lacks memory/],
	['57P01', /ended the connection: it is shutting down or was started again/],
	['57P03', /is starting or shutting down/],
	['58030', /cannot read or write its files/],
	['XX001', /cannot read or write its files/],
	['25P03', /stood still for too long/],
	['40P01', /another process was in the way/],
];
for (const [code, sentence] of states) {
	test(`PostgreSQL's ${code} has a sentence that says what to do`, t => {
		const error = explainPostgres(Object.assign(new Error('as the server says it'), {code}), 'postgres://db/signalbox');
		t.true(error instanceof AppError);
		t.like(error as AppError, {code: 'unavailable', problems: ['as the server says it']});
		t.regex((error as AppError).message, sentence);
	});
}

test('an address shows neither its password nor its settings', t => {
	t.is(
		nameOf('postgres://robin:pa%40ss@db.example.org:5433/signalbox?password=other&sslmode=require'),
		'postgres://robin@db.example.org:5433/signalbox',
	);
	t.is(nameOf('postgresql:///signalbox?host=/var/run/postgresql'), 'postgres:///var/run/postgresql/signalbox');
	for (const wrong of [
		'mysql://robin:secret@db/x',
		'postgres//robin:secret@db/x',
		'robin:secret@db',
		'postgres://robin:sec ret@db:port/x',
	]) {
		const {message} = t.throws(() => parsePostgresUrl(wrong, 'DATABASE_URL'), {instanceOf: AppError});
		t.regex(message, /^DATABASE_URL (?:is no address of PostgreSQL|cannot be read)/);
		t.notRegex(message, /secret|sec ret/);
	}
});
