/** A backup of PostgreSQL is a SQLite file: it can be verified, looked into and put back anywhere, on either engine. */
import {basename, dirname} from 'node:path';
import type {Clock} from '../../clock.ts';
import {connect, usualBusyTimeoutMs} from '../connection.ts';
import {copyTables, readerOfPostgres, tablesOfSqlite} from '../copy-tables.ts';
import {openSqlite} from '../sqlite.ts';
import {connectPostgres} from './connect.ts';

/** A statement of a backup fetches a few rows, but from a disk that may be busy. */
const statementTimeoutMs = 5 * 60_000;

/** Copies all tables as they were in one moment, while others go on reading and writing. */
export async function backupPostgres(url: string, name: string, target: string, clock: Clock): Promise<void> {
	// Makes the tables as this version has them, which are those that the database has too: it was opened by this version.
	await (await openSqlite(dirname(target), clock, {fileName: basename(target)})).close();
	const from = connectPostgres(url, {name, connectionsMax: 1, isReader: true, statementTimeoutMs});
	// Tables come in any order.
	const to = connect(target, {
		...{connectionsMax: 1, busyTimeoutMs: usualBusyTimeoutMs, staysOpen: true},
		pragmas: ['journal_mode = DELETE', 'synchronous = FULL', 'foreign_keys = OFF'],
	});
	try {
		const moment = {isolationLevel: 'repeatable read', readOnly: true} as const;
		await from.transaction(
			snapshot => to.transaction(async file => copyTables(readerOfPostgres(snapshot), file, await tablesOfSqlite(file))),
			moment,
		);
	} finally {
		await Promise.all([from.destroy(), to.destroy()]);
	}
}
