/**
 * The door to SQL: one writer connection, a separate pool that can only read, and transactions whose first statement writes.
 *
 * Knex begins deferred, and a SQLite transaction that reads first and writes later loses to another writer with SQLITE_BUSY; one
 * whose first statement writes waits its turn instead. Hence `transact`: it counts up `chain_head.writes` before anything else.
 */
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import type {Knex} from 'knex';
import {AppError} from '../app-error.ts';
import type {Clock} from '../clock.ts';
import {connect, explainFailure, messageOf, usualBusyTimeoutMs} from './connection.ts';
import {headWatch} from './head-watch.ts';
import {migrate} from './migrate.ts';
import {chainHead} from './timeline.ts';

const usualMigrationWaitMs = 30_000;
const readersMax = 4;
const countUp = 'update chain_head set writes = writes + 1 where id = 1 returning seq, hash';

export type ChainHead = {seq: number; hash: string};
/** What a store works on inside a transaction: the connection, and the head of the chain as this transaction found it. */
export type Transaction = {readonly sql: Knex.Transaction; readonly head: ChainHead};

export type Database = {
	readonly file: string;
	/** Reads only; it cannot write. */
	readonly read: Knex;
	/** Runs `work` in a transaction that holds the write lock from its first statement on. */
	transact<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
	/** How durable a write is, as the writer's connection says itself. */
	durability(): Promise<{journalMode: string; synchronous: number}>;
	/**
	 * Calls whenever the timeline grew, whichever process wrote; the number is the newest event's. A call may come once for several
	 * events, and late by `headPollMs` where another process wrote. Answers how to stop.
	 */
	watchHead(onMove: (seq: number) => void): () => void;
	/** Writes one consistent copy to a file that must not be there yet, while others go on reading and writing. */
	copyTo(file: string): Promise<void>;
	close(): Promise<void>;
};

export type OpenOptions = {
	/** In the data folder; `signalbox.sqlite` unless said. */
	readonly fileName?: string;
	/** How long to wait for another process that holds the write lock. */
	readonly busyTimeoutMs?: number;
	/** How long to wait for another process that makes the tables. */
	readonly migrationWaitMs?: number;
	/** The file may grow to so many pages of 4 KiB; no limit unless said. */
	readonly pagesMax?: number;
};

/** The name of the database in its data folder. */
export const databaseName = 'signalbox.sqlite';

function makeFolder(dataDir: string): void {
	try {
		mkdirSync(dataDir, {recursive: true});
	} catch (error) {
		throw new AppError(
			'unavailable',
			`the data folder ${dataDir} cannot be made: ${messageOf(error)}. Set SIGNALBOX_DATA or \`data:\` to a folder that this user may write.`,
		);
	}
}

/**
 * Opens the SQLite file in `dataDir`, creating both, and brings its tables up to date.
 * WAL, so that readers never wait; synchronous FULL, so that what was acknowledged is on disk.
 */
export async function openDatabase(dataDir: string, clock: Clock, options: OpenOptions = {}): Promise<Database> {
	const {fileName = databaseName, busyTimeoutMs = usualBusyTimeoutMs, migrationWaitMs = usualMigrationWaitMs, pagesMax} = options;
	makeFolder(dataDir);
	const file = join(dataDir, fileName);
	const explained = (error: unknown): unknown => explainFailure(error, file, busyTimeoutMs);
	const limit = pagesMax === undefined ? [] : [`max_page_count = ${pagesMax}`];
	const write = connect(file, {
		...{connectionsMax: 1, busyTimeoutMs, staysOpen: true},
		pragmas: ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON', ...limit],
	});
	try {
		await migrate(write, file, clock, migrationWaitMs);
	} catch (error) {
		await write.destroy();
		throw explained(error);
	}
	// Knex opens every SQLite file for writing; `query_only` keeps the readers from it.
	const read = connect(file, {connectionsMax: readersMax, busyTimeoutMs, staysOpen: false, pragmas: ['query_only = ON']});
	const head = headWatch(() => chainHead(read));
	return {
		file,
		read,
		watchHead: head.watch,
		async transact(work) {
			try {
				const result = await write.transaction(async sql => {
					const rows: {seq: number | string; hash: string}[] = await sql.raw(countUp);
					const [first] = rows;
					if (!first) throw new Error('chain_head has no row');
					return await work({sql, head: {seq: Number(first.seq), hash: first.hash}});
				});
				head.look();
				return result;
			} catch (error) {
				throw explained(error);
			}
		},
		async durability() {
			const [[journal], [synchronous]] = [await write.raw('pragma journal_mode'), await write.raw('pragma synchronous')];
			return {journalMode: journal.journal_mode, synchronous: synchronous.synchronous};
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
		async close() {
			head.stop();
			await Promise.all([write.destroy(), read.destroy()]);
		},
	};
}
