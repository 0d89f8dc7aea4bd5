/** The database as a SQLite file: one writer connection, and a separate pool that can only read. */
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {AppError} from '../app-error.ts';
import type {Clock} from '../clock.ts';
import {connect, explainFailure, messageOf, usualBusyTimeoutMs} from './connection.ts';
import {type Database, databaseName, type OpenOptions} from './database.ts';
import {headMemory} from './head-memory.ts';
import {headWatch} from './head-watch.ts';
import {migrate} from './migrate.ts';
import {rowsOf} from './rows.ts';
import {chainHead} from './timeline.ts';
import {writer} from './writer.ts';

const usualMigrationWaitMs = 30_000;
const readersMax = 4;
/** How late what another process wrote may be seen. */
const headPollMs = 1000;

function makeFolder(dataDir: string): void {
	try {
		// What is in it is not for everybody on this machine: the words of security patches, the hashes of tokens.
		mkdirSync(dataDir, {recursive: true, mode: 0o700});
	} catch (error) {
		throw new AppError(
			'unavailable',
			`the data folder ${dataDir} cannot be made: ${messageOf(error)}. Set SIGNALBOX_DATA or \`data:\` to a folder that this user may write.`,
		);
	}
}

/**
 * Opens the SQLite file in `dataDir`, creating both, and brings its tables up to date.
 * WAL, so that readers never wait; synchronous FULL, so that what was acknowledged is on disk; secure_delete, so that what was redacted is not.
 */
export async function openSqlite(dataDir: string, clock: Clock, options: OpenOptions): Promise<Database> {
	const {fileName = databaseName, busyTimeoutMs = usualBusyTimeoutMs, migrationWaitMs = usualMigrationWaitMs, pagesMax} = options;
	makeFolder(dataDir);
	const file = join(dataDir, fileName);
	const explain = (error: unknown): unknown => explainFailure(error, file, busyTimeoutMs);
	const limit = pagesMax === undefined ? [] : [`max_page_count = ${pagesMax}`];
	const write = connect(file, {
		...{connectionsMax: 1, busyTimeoutMs, staysOpen: true},
		pragmas: ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON', 'secure_delete = ON', ...limit],
	});
	try {
		await migrate(write, file, clock, migrationWaitMs);
	} catch (error) {
		await write.destroy();
		throw explain(error);
	}
	// Knex opens every SQLite file for writing; `query_only` keeps the readers from it.
	const read = connect(file, {connectionsMax: readersMax, busyTimeoutMs, staysOpen: false, pragmas: ['query_only = ON']});
	const memory = headMemory();
	const head = headWatch(async () => {
		const found = await chainHead(read);
		memory.read(found);
		return found;
	}, headPollMs);
	const {log = () => undefined} = options;
	return {
		...{engine: 'sqlite', name: file, read, watchHead: head.watch},
		transact: writer({write, clock, memory, log, explain, announce: null, onCommit: head.look}),
		lead: async () => ({isLeader: () => true, stop: async () => undefined}),
		async durability() {
			const [journal] = await rowsOf<{journal_mode: string}>(write, 'pragma journal_mode');
			const [synchronous] = await rowsOf<{synchronous: number}>(write, 'pragma synchronous');
			return {journalMode: journal?.journal_mode ?? '', synchronous: synchronous?.synchronous ?? -1};
		},
		async copyTo(target) {
			// A connection of its own: to the readers, writing another file is writing, and the writer has other things to do meanwhile.
			const copier = connect(file, {connectionsMax: 1, busyTimeoutMs, staysOpen: false, pragmas: []});
			try {
				await copier.raw('vacuum into ?', [target]);
			} catch (error) {
				throw explainFailure(error, target, busyTimeoutMs);
			} finally {
				await copier.destroy();
			}
		},
		async bytes() {
			const [count] = await rowsOf<{page_count: number}>(read, 'pragma page_count');
			const [size] = await rowsOf<{page_size: number}>(read, 'pragma page_size');
			return (count?.page_count ?? 0) * (size?.page_size ?? 0);
		},
		async close() {
			head.stop();
			await Promise.all([write.destroy(), read.destroy()]);
		},
	};
}
