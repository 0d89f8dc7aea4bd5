/**
 * The door to SQL: one writer connection, a separate pool that can only read, and transactions whose first statement writes.
 *
 * Knex begins deferred, and a SQLite transaction that reads first and writes later loses to another writer with SQLITE_BUSY; one
 * whose first statement writes waits its turn instead. Hence `transact`: it counts up `chain_head.writes` before anything else.
 */
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import knexLibrary, {type Knex} from 'knex';
import {AppError} from '../app-error.ts';
import type {Clock} from '../clock.ts';
import * as first from './migrations/0001-first.ts';

const migrations: Readonly<Record<string, Knex.Migration>> = {'0001-first': first};
const busyTimeoutMs = 20_000;
const migrationWaitMs = 30_000;
const readersMax = 4;

export type ChainHead = {seq: number; hash: string};
/** What a store works on inside a transaction: the connection, and the head of the chain as this transaction found it. */
export type Transaction = {readonly sql: Knex.Transaction; readonly head: ChainHead};

export type Database = {
	readonly file: string;
	/** Reads only; it cannot write. */
	readonly read: Knex;
	/** Runs `work` in a transaction that holds the write lock from its first statement on. */
	transact<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
	/** Writes one consistent copy to a file that must not be there yet, while others go on reading and writing. */
	copyTo(file: string): Promise<void>;
	/** Fails unless no other process has the database open. */
	takeAlone(): Promise<void>;
	close(): Promise<void>;
};

type RawConnection = {run(sql: string, done: (error: Error | null) => void): void};

/** Each pragma by itself: the driver's `run` takes one statement. */
const settings =
	(pragmas: readonly string[]) => (connection: RawConnection, done: (error: Error | null, connection: RawConnection) => void) => {
		const [pragma, ...rest] = pragmas;
		if (pragma === undefined) done(null, connection);
		else connection.run(`PRAGMA ${pragma}`, error => (error ? done(error, connection) : settings(rest)(connection, done)));
	};

const connect = (filename: string, poolMax: number, pragmas: readonly string[]): Knex =>
	knexLibrary({
		client: 'sqlite3',
		connection: {filename},
		useNullAsDefault: true,
		// What fails is thrown and told by whoever catches it.
		log: {warn: () => undefined, error: () => undefined, deprecate: () => undefined, debug: () => undefined},
		pool: {min: 0, max: poolMax, afterCreate: settings([`busy_timeout = ${busyTimeoutMs}`, ...pragmas]), idleTimeoutMillis: 600_000},
		acquireConnectionTimeout: busyTimeoutMs * 3,
	});

const sayings: readonly (readonly [RegExp, string])[] = [
	[
		/SQLITE_FULL/,
		'the disk (or the limit of the database file) is full. Nothing of this step was stored, and what was stored before is safe. Free space, then try again',
	],
	[
		/SQLITE_BUSY|SQLITE_LOCKED|Timeout acquiring a connection/,
		`another process has held the database for over ${busyTimeoutMs / 1000} s. Nothing was stored. Find the holder (\`fuser\` on the file), then try again`,
	],
	[
		/SQLITE_READONLY|SQLITE_PERM|EACCES/,
		'the database may not be written by this user. Nothing was stored. Give the user of the service the folder',
	],
	[/SQLITE_CANTOPEN/, 'the database file cannot be opened. Look at the folder and its rights'],
	[/SQLITE_NOTADB/, 'the file is no SQLite database. Move it away, or restore a backup with `signalbox restore`'],
	[/SQLITE_CORRUPT/, 'the database file is damaged. Stop the service, keep the file, and restore a backup with `signalbox restore`'],
	[/SQLITE_IOERR/, 'the disk could not be read or written. Nothing of this step was stored'],
];

/** A failure of the engine that a person can do something about, as a sentence; anything else stays the bug that it is. */
export function explainFailure(error: unknown, file: string): unknown {
	const text = error instanceof Error ? error.message : String(error);
	const found = sayings.find(([pattern]) => pattern.test(text));
	return found ? new AppError('unavailable', `${file}: ${found[1]}.`, [text.slice(-200)]) : error;
}

const migrationSource: Knex.MigrationSource<string> = {
	getMigrations: async () => Object.keys(migrations),
	getMigrationName: name => name,
	getMigration: async name => {
		const found = migrations[name];
		if (!found) throw new Error(`no migration ${name}`);
		return found;
	},
};

async function appliedMigrations(sql: Knex): Promise<string[]> {
	if (!(await sql.schema.hasTable('knex_migrations'))) return [];
	return (await sql<{name: string}>('knex_migrations').select('name')).map(row => row.name);
}

/** Brings the tables up to date. Several processes may start at once: one migrates, the others wait for it. */
async function migrate(sql: Knex, file: string, clock: Clock): Promise<void> {
	const deadlineMs = clock.monotonicMs() + migrationWaitMs;
	let freed = false;
	for (;;) {
		const applied = await appliedMigrations(sql);
		const foreign = applied.filter(name => !(name in migrations));
		if (foreign.length > 0) {
			throw new AppError(
				'conflict',
				`${file} was written by a newer Signalbox (it has the step ${foreign.join(', ')}, which this one does not know). Upgrade this Signalbox, or restore the backup made before that upgrade; nothing was changed.`,
			);
		}
		if (applied.length === Object.keys(migrations).length) return;
		try {
			await sql.migrate.latest({migrationSource});
			return;
		} catch (error) {
			const text = error instanceof Error ? error.message : String(error);
			// Another process is at it, or won the race for the bookkeeping tables.
			if (!/lock|already exists|SQLITE_BUSY/i.test(text)) throw error;
			if (clock.monotonicMs() > deadlineMs) {
				if (freed || !/lock/i.test(text)) throw error;
				// Its holder died while holding it: a migration itself is one transaction and left nothing behind.
				freed = true;
				await sql.migrate.forceFreeMigrationsLock({migrationSource});
			}
			await clock.sleep(100);
		}
	}
}

/**
 * Opens the SQLite file `signalbox.sqlite` in `dataDir`, creating both, and brings its tables up to date.
 * WAL, so that readers never wait; synchronous FULL, so that what was acknowledged is on disk.
 */
export async function openDatabase(dataDir: string, clock: Clock): Promise<Database> {
	const file = join(dataDir, 'signalbox.sqlite');
	try {
		mkdirSync(dataDir, {recursive: true});
	} catch (error) {
		throw new AppError(
			'unavailable',
			`the data folder ${dataDir} cannot be made: ${error instanceof Error ? error.message : String(error)}. Set SIGNALBOX_DATA or \`data:\` to a folder that this user may write.`,
		);
	}
	const write = connect(file, 1, ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON']);
	try {
		await migrate(write, file, clock);
	} catch (error) {
		await write.destroy();
		throw explainFailure(error, file);
	}
	// Knex opens every SQLite file for writing; `query_only` keeps the readers from it.
	const read = connect(file, readersMax, ['query_only = ON']);
	return {
		file,
		read,
		async transact(work) {
			try {
				return await write.transaction(async sql => {
					const rows = await sql('chain_head').where({id: 1}).increment('writes', 1).returning(['seq', 'hash']);
					const [head] = rows as {seq: number | string; hash: string}[];
					if (!head) throw new Error('chain_head has no row');
					return await work({sql, head: {seq: Number(head.seq), hash: head.hash}});
				});
			} catch (error) {
				throw explainFailure(error, file);
			}
		},
		async copyTo(target) {
			await read.raw('vacuum into ?', [target]).catch((error: unknown) => Promise.reject(explainFailure(error, target)));
		},
		async takeAlone() {
			await read.destroy();
			try {
				await write.raw('pragma busy_timeout = 500');
				// Leaving WAL needs the file to itself.
				await write.raw('pragma wal_checkpoint(truncate)');
				await write.raw('pragma journal_mode = delete');
			} catch {
				throw new AppError('conflict', `${file} is in use: stop the service first.`);
			}
		},
		async close() {
			await Promise.all([write.destroy(), read.destroy()]);
		},
	};
}
