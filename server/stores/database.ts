/** The door to SQL: transactions that write, one after another, and a pool that can only read; on a SQLite file or on PostgreSQL. */
import type {Knex} from 'knex';
import type {Clock} from '../clock.ts';
import type {DatabasePlace} from '../config.ts';
import {openSqlite} from './sqlite.ts';
import type {Transact} from './writer.ts';

export type ChainHead = {seq: number; hash: string};
/** What a store works on inside a transaction: the connection, and the head of the chain as this transaction found it. */
export type Transaction = {readonly sql: Knex.Transaction; readonly head: ChainHead};

/** Which of the processes on one database does what only one may do: watch, close idle deploys, send notices. */
export type Leadership = {
	/** True while this process is the one. It can end at any moment, so what depends on it asks each time. */
	isLeader(): boolean;
	/** Another process may be the one from now on. */
	stop(): Promise<void>;
};

export type Database = {
	readonly engine: 'sqlite' | 'postgres';
	/** What to call it in a sentence: the file, or the address without its password. */
	readonly name: string;
	/** Reads only; it cannot write. */
	readonly read: Knex;
	/** Runs `work` in a transaction that has all other writers wait from its first statement on. */
	readonly transact: Transact;
	/** How durable a write is, as the writer's connection says itself. */
	durability(): Promise<Readonly<Record<string, string | number>>>;
	/**
	 * Calls whenever the timeline grew, whichever process wrote; the number is the newest event's. A call may come once for several
	 * events, and late by up to a second where another process wrote. Answers how to stop.
	 */
	watchHead(onMove: (seq: number) => void): () => void;
	/** Stands as the one that watches. On a SQLite file whoever asks is it: one machine runs one service. */
	lead(log: (text: string) => void): Promise<Leadership>;
	/** Writes one consistent copy, a SQLite file that must not be there yet, while others go on reading and writing. */
	copyTo(file: string): Promise<void>;
	/** How large it is on disk, with its indexes. */
	bytes(): Promise<number>;
	close(): Promise<void>;
};

export type OpenOptions = {
	/** Of SQLite, in the data folder; `signalbox.sqlite` unless said. */
	readonly fileName?: string;
	/** How long to wait for another process that holds the write lock. */
	readonly busyTimeoutMs?: number;
	/** How long to wait for another process that makes the tables. */
	readonly migrationWaitMs?: number;
	/** A SQLite file may grow to so many pages of 4 KiB; no limit unless said. */
	readonly pagesMax?: number;
	/** Told what people must know while the database is open: that it was replaced, or is away. */
	readonly log?: (text: string) => void;
};

/** The name of the database in its data folder. */
export const databaseName = 'signalbox.sqlite';

/**
 * Opens the database, a SQLite file in that folder or the PostgreSQL at that address, and brings its tables up to date. Throws AppError
 * where that cannot be: `unavailable`, or `conflict` where a newer Signalbox was there.
 */
export async function openDatabase(place: string | DatabasePlace, clock: Clock, options: OpenOptions = {}): Promise<Database> {
	if (typeof place === 'string') return openSqlite(place, clock, options);
	if (place.engine === 'sqlite') return openSqlite(place.folder, clock, options);
	// Whoever uses a SQLite file does not load the driver of PostgreSQL.
	const {openPostgres} = await import('./postgres/open.ts');
	return openPostgres(place.url, clock, options);
}
