/** Puts a backup into PostgreSQL: all of it or nothing, and what was there is kept in a schema of its own. */
import {join} from 'node:path';
import type {Knex} from 'knex';
import {AppError} from '../../app-error.ts';
import type {Clock} from '../../clock.ts';
import {connect, usualBusyTimeoutMs} from '../connection.ts';
import {copyTables, type Row, readerOfSqlite, tablesOfSqlite} from '../copy-tables.ts';
import {rowsOf} from '../rows.ts';
import {verifyChain} from '../timeline.ts';
import {nameOf} from './address.ts';
import {connectPostgres} from './connect.ts';
import {locks} from './locks.ts';
import {migrateTables} from './migrate.ts';

const statementTimeoutMs = 30 * 60_000;

const ourTables =
	"select table_name as name from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE'";

/** Nobody else may have it open: the lock says so for whoever keeps a connection, the list of connections for whoever lost it just now. */
async function takeAlone(transaction: Knex.Transaction, name: string): Promise<void> {
	const [lock] = await rowsOf<{taken: boolean}>(transaction, `select pg_try_advisory_xact_lock(${locks.inUse}) as taken`);
	const others = await rowsOf<{pid: number; client: string | null; since: string}>(
		transaction,
		`select pid, host(client_addr) as client, to_char(backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as since from pg_stat_activity
			where datname = current_database() and pid <> pg_backend_pid() and application_name = 'signalbox' order by backend_start`,
	);
	if (lock?.taken === true && others.length === 0) return;
	throw new AppError(
		'conflict',
		`${name} is in use: stop the service and every command that works on it first.`,
		others
			.slice(0, 5)
			.map(
				({pid, client, since}) =>
					`a Signalbox ${client === null ? 'on its machine' : `at ${client}`}, connected since ${since} UTC (pid ${pid} in pg_stat_activity)`,
			),
	);
}

/** Moves the tables that are there out of the way, with their indexes and sequences. Answers the schema they are in now; null: none were there. */
async function setAside(transaction: Knex.Transaction, name: string, stamp: string): Promise<string | null> {
	const tables = (await rowsOf<{name: string}>(transaction, ourTables)).map(row => row.name);
	if (tables.length === 0) return null;
	if (!tables.includes('chain_head'))
		throw new AppError('conflict', `${name} holds tables of something else (${tables.slice(0, 4).join(', ')}). Nothing was changed.`);
	const schema = `signalbox_before_restore_${stamp}`;
	await transaction.raw('create schema ??', [schema]);
	for (const table of tables) await transaction.raw('alter table ?? set schema ??', [table, schema]);
	return schema;
}

/** Tables in an order in which each comes after those that it refers to. */
async function inOrder(transaction: Knex.Transaction, tables: readonly string[]): Promise<string[]> {
	const references = await rowsOf<{child: string; parent: string}>(
		transaction,
		`select child.relname as child, parent.relname as parent from pg_constraint
			join pg_class child on child.oid = conrelid join pg_class parent on parent.oid = confrelid
			where contype = 'f' and connamespace = (select oid from pg_namespace where nspname = current_schema())`,
	);
	const ordered: string[] = [];
	const place = (table: string, path: readonly string[]): void => {
		if (ordered.includes(table) || path.includes(table)) return;
		for (const {child, parent} of references) if (child === table) place(parent, [...path, table]);
		ordered.push(table);
	};
	for (const table of tables) place(table, []);
	return ordered;
}

/** SQLite has no word for true: a column of truths holds 0 and 1 there. */
async function conversion(transaction: Knex.Transaction): Promise<(table: string, row: Row) => Row> {
	const columns = await rowsOf<{table_name: string; column_name: string}>(
		transaction,
		"select table_name, column_name from information_schema.columns where table_schema = current_schema() and data_type = 'boolean'",
	);
	const truths = new Set(columns.map(column => `${column.table_name}.${column.column_name}`));
	if (truths.size === 0) return (_table, row) => row;
	return (table, row) =>
		Object.fromEntries(
			Object.entries(row).map(([column, value]) => [column, truths.has(`${table}.${column}`) && value !== null ? Boolean(value) : value]),
		);
}

/** The next row must not get the number of one that was put back. */
async function setSequences(transaction: Knex.Transaction): Promise<void> {
	const columns = await rowsOf<{table_name: string; column_name: string; sequence: string | null}>(
		transaction,
		`select table_name, column_name, pg_get_serial_sequence(quote_ident(table_schema) || '.' || quote_ident(table_name), column_name) as sequence
			from information_schema.columns where table_schema = current_schema() and (column_default like 'nextval(%' or is_identity = 'YES')`,
	);
	for (const {table_name: table, column_name: column, sequence} of columns) {
		if (sequence === null) continue;
		await transaction.raw('select setval(?::text::regclass, coalesce(max(??), 1), max(??) is not null) from ??', [
			sequence,
			column,
			column,
			table,
		]);
	}
}

/**
 * Puts the verified copy at `folder/fileName` into the database. Throws AppError `conflict` while another process of Signalbox is connected,
 * or where the tables of something else are there; then nothing was changed.
 */
export async function restorePostgres(
	url: string,
	folder: string,
	fileName: string,
	clock: Clock,
): Promise<{readonly name: string; readonly keptAs: string | null}> {
	const name = nameOf(url);
	const from = connect(join(folder, fileName), {
		connectionsMax: 1,
		busyTimeoutMs: usualBusyTimeoutMs,
		staysOpen: true,
		pragmas: ['query_only = ON'],
	});
	const to = connectPostgres(url, {name, connectionsMax: 1, isReader: false, statementTimeoutMs});
	const stamp = clock
		.now()
		.replaceAll(/[-:]|\.\d+/g, '')
		.toLowerCase();
	try {
		const keptAs = await to.transaction(async transaction => {
			// The file is read between the statements, for as long as it takes.
			await transaction.raw('set local idle_in_transaction_session_timeout = 0');
			await takeAlone(transaction, name);
			await transaction.raw(`select pg_advisory_xact_lock(${locks.migration})`);
			const kept = await setAside(transaction, name, stamp);
			await migrateTables(transaction, name);
			const tables = await inOrder(transaction, await tablesOfSqlite(from));
			await copyTables(readerOfSqlite(from), transaction, tables, await conversion(transaction));
			await setSequences(transaction);
			const report = await verifyChain(transaction);
			if (!report.intact)
				throw new AppError('conflict', `${name}: the chain is broken at event ${report.seq} after copying: ${report.problem}.`);
			return kept;
		});
		return {name, keptAs};
	} finally {
		await Promise.all([from.destroy(), to.destroy()]);
	}
}
