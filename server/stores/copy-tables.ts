/**
 * Copies every row of every table from one database to another, of whichever engine. The tables are those that the steps of the migration
 * made, found where they are, so that a new one is copied without being named here.
 */
import type {Knex} from 'knex';
import {rowsOf} from './rows.ts';

/** Which steps a database has had is its own affair. */
const bookkeeping: ReadonlySet<string> = new Set(['knex_migrations', 'knex_migrations_lock', 'migration_guard']);
/** A verdict may hold megabytes of facts, so few rows are held at a time. */
export const rowsAtOnce = 100;
/** Below what either engine binds in one statement. */
const bindingsMax = 30_000;

export type Row = Readonly<Record<string, Knex.Value>>;
/** Rows of a table, a few at a time; null: no more. */
export type Reader = (table: string) => AsyncIterable<readonly Row[]>;

const quoted = (name: string): string => {
	if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`${name} is no name of a table or column of ours`);
	return `"${name}"`;
};

/** The tables that hold data, by name. */
export async function tablesOfSqlite(sql: Knex): Promise<string[]> {
	const rows = await rowsOf<{name: string}>(sql, "select name from sqlite_master where type = 'table' order by name");
	return rows.map(({name}) => name).filter(name => !name.startsWith('sqlite_') && !bookkeeping.has(name));
}

/** Reads a SQLite file in the order in which its rows were written. */
export const readerOfSqlite = (sql: Knex): Reader =>
	async function* (table) {
		let after = 0;
		for (;;) {
			const rows = await rowsOf<Row & {copied_row: number}>(
				sql,
				`select rowid as copied_row, * from ${quoted(table)} where rowid > ? order by rowid limit ${rowsAtOnce}`,
				[after],
			);
			if (rows.length === 0) return;
			after = rows.at(-1)?.copied_row ?? after;
			yield rows.map(({copied_row: _place, ...row}) => row as Row);
		}
	};

/** Reads PostgreSQL through a cursor, inside a transaction. */
export const readerOfPostgres = (transaction: Knex.Transaction): Reader =>
	async function* (table) {
		await transaction.raw(`declare copied no scroll cursor for select * from ${quoted(table)}`);
		for (;;) {
			const rows = await rowsOf<Row>(transaction, `fetch ${rowsAtOnce} from copied`);
			if (rows.length === 0) break;
			yield rows;
		}
		await transaction.raw('close copied');
	};

async function insert(to: Knex, table: string, rows: readonly Row[]): Promise<void> {
	const [first] = rows;
	if (!first) return;
	const columns = Object.keys(first);
	const atOnce = Math.max(1, Math.floor(bindingsMax / columns.length));
	const marks = `(${columns.map(() => '?').join(',')})`;
	for (let index = 0; index < rows.length; index += atOnce) {
		const some = rows.slice(index, index + atOnce);
		await to.raw(
			`insert into ${quoted(table)} (${columns.map(quoted).join(',')}) values ${some.map(() => marks).join(',')}`,
			some.flatMap(row => columns.map(column => row[column] ?? null)),
		);
	}
}

/** Replaces what is in these tables, in this order; `convert` makes of each row what the engine it goes to wants. Answers how many rows. */
export async function copyTables(
	read: Reader,
	to: Knex,
	tables: readonly string[],
	convert: (table: string, row: Row) => Row = (_table, row) => row,
): Promise<number> {
	// What the steps put into new tables is in the copied ones already.
	for (const table of tables.toReversed()) await to(table).delete();
	let copied = 0;
	for (const table of tables) {
		for await (const rows of read(table)) {
			await insert(
				to,
				table,
				rows.map(row => convert(table, row)),
			);
			copied += rows.length;
		}
	}
	return copied;
}
