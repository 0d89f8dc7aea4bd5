/** Brings the tables of a PostgreSQL database up to date, once, however many processes start. */
import type {Knex} from 'knex';
import {AppError} from '../../app-error.ts';
import {migrateAlone} from '../migrate.ts';
import {rowsOf} from '../rows.ts';
import {locks} from './locks.ts';

type Column = {table_name: string; column_name: string; data_type: string; character_maximum_length: number | null};

const textColumns = `select columns.table_name, columns.column_name, columns.data_type, columns.character_maximum_length
	from information_schema.columns
	join information_schema.tables on tables.table_schema = columns.table_schema and tables.table_name = columns.table_name
	where columns.table_schema = current_schema() and tables.table_type = 'BASE TABLE'
		and columns.data_type in ('text', 'character varying') and coalesce(columns.collation_name, '') <> 'C'
	order by columns.table_name, columns.ordinal_position`;

const typeOf = ({data_type: type, character_maximum_length: length}: Column): string => (length === null ? type : `${type}(${length})`);

/**
 * Texts sort by their bytes, as they do in SQLite, whatever language the database was made for: ids and times mean the same order
 * everywhere, and an index serves the questions for a beginning. Done after each step, so that no step needs to think of it.
 */
async function sortByBytes(sql: Knex): Promise<void> {
	const tables = new Map<string, Column[]>();
	for (const column of await rowsOf<Column>(sql, textColumns))
		tables.set(column.table_name, [...(tables.get(column.table_name) ?? []), column]);
	for (const [table, columns] of tables) {
		const changes = columns.map(column => `alter column ?? type ${typeOf(column)} collate "C"`);
		await sql.raw(`alter table ?? ${changes.join(', ')}`, [table, ...columns.map(column => column.column_name)]);
	}
}

/** A database that somebody else's tables are in is not ours: an address of another program was given by mistake. */
async function refuseForeign(sql: Knex, name: string): Promise<void> {
	if (await sql.schema.hasTable('knex_migrations')) return;
	const rows = await rowsOf<{table_name: string}>(
		sql,
		"select table_name from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE' order by table_name limit 4",
	);
	if (rows.length === 0) return;
	throw new AppError(
		'conflict',
		`${name} holds tables of something else (${rows.map(row => row.table_name).join(', ')}). Give Signalbox a database of its own; nothing was changed.`,
	);
}

async function checkEncoding(sql: Knex, name: string): Promise<void> {
	const [row] = await rowsOf<{encoding: string}>(sql, "select current_setting('server_encoding') as encoding");
	if (row?.encoding === 'UTF8') return;
	throw new AppError('conflict', `${name} keeps text as ${row?.encoding ?? 'something else'}. Make it with \`createdb --encoding=UTF8\`.`);
}

/** Inside a transaction that holds the lock of the migration. */
export async function migrateTables(transaction: Knex.Transaction, name: string): Promise<void> {
	await refuseForeign(transaction, name);
	await migrateAlone(transaction, name);
	await sortByBytes(transaction);
}

/** Everything in one transaction, behind a lock that ends with it: the others wait, and then find everything done. */
export async function migratePostgres(sql: Knex, name: string): Promise<void> {
	await checkEncoding(sql, name);
	await sql.transaction(async transaction => {
		await transaction.raw(`select pg_advisory_xact_lock(${locks.migration})`);
		await migrateTables(transaction, name);
	});
}
