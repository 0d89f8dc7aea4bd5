/** Connections to a SQLite file, and what their failures mean to a person. */
import knexLibrary, {type Knex} from 'knex';
import SqliteDialect from 'knex/lib/dialects/sqlite3/index.js';
import {AppError} from '../app-error.ts';
import {refuseZeros} from './refuse-zeros.ts';

/** How long a statement waits for another process that holds the write lock. */
export const usualBusyTimeoutMs = 20_000;

class RefusingSqlite extends SqliteDialect {
	override async query(connection: unknown, statement: string | {bindings?: readonly unknown[]}): Promise<unknown> {
		refuseZeros(statement);
		return super.query(connection, statement);
	}
}

type RawConnection = {run(sql: string, done: (error: Error | null) => void): void};

/** Each pragma by itself: the driver's `run` takes one statement. */
const settings =
	(pragmas: readonly string[]) => (connection: RawConnection, done: (error: Error | null, connection: RawConnection) => void) => {
		const [pragma, ...rest] = pragmas;
		if (pragma === undefined) done(null, connection);
		else connection.run(`PRAGMA ${pragma}`, error => (error ? done(error, connection) : settings(rest)(connection, done)));
	};

export type ConnectOptions = {
	readonly connectionsMax: number;
	readonly busyTimeoutMs: number;
	/** Said to each new connection, after its busy timeout: `synchronous = FULL`. */
	readonly pragmas: readonly string[];
	/** One connection stays open however long nobody asks: other processes see by it that the file is in use. */
	readonly staysOpen: boolean;
};

/** A pool of connections to the file, which is made where it is not there. */
export function connect(filename: string, {connectionsMax, busyTimeoutMs, pragmas, staysOpen}: ConnectOptions): Knex {
	const silent = (): void => undefined;
	return knexLibrary({
		client: RefusingSqlite,
		// What was to be written may be secret, and the message of an error is logged.
		compileSqlOnError: false,
		connection: {filename},
		useNullAsDefault: true,
		// What fails is thrown and told by whoever catches it.
		log: {warn: silent, error: silent, deprecate: silent, debug: silent},
		pool: {
			min: staysOpen ? 1 : 0,
			max: connectionsMax,
			afterCreate: settings([`busy_timeout = ${busyTimeoutMs}`, ...pragmas]),
			idleTimeoutMillis: 600_000,
			// A connection that cannot be made is tried again by whoever asked for it, and its reason is told.
			propagateCreateError: true,
		},
		acquireConnectionTimeout: usualBusyTimeoutMs * 3,
	});
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const sayings: readonly (readonly [RegExp, (busyTimeoutMs: number) => string])[] = [
	[
		/SQLITE_FULL|ENOSPC/,
		() =>
			'the disk (or the limit of the database file) is full. Nothing of this step was stored, and what was stored before is safe. Free space, then try again',
	],
	[
		/SQLITE_BUSY|SQLITE_LOCKED|Timeout acquiring a connection|MigrationLocked|already locked/,
		busyTimeoutMs =>
			`another process has held the database for over ${busyTimeoutMs / 1000} s. Nothing was stored. Find the holder (\`fuser\` on the file), then try again`,
	],
	[
		/SQLITE_READONLY|SQLITE_PERM|EACCES/,
		() => 'the database may not be written by this user. Nothing was stored. Give the user of the service the folder',
	],
	[/SQLITE_CANTOPEN/, () => 'the database file cannot be opened. Look at the folder and its rights'],
	[/SQLITE_NOTADB/, () => 'the file is no SQLite database. Move it away, or restore a backup with `signalbox restore`'],
	[/SQLITE_CORRUPT/, () => 'the database file is damaged. Stop the service, keep the file, and restore a backup with `signalbox restore`'],
	[/SQLITE_IOERR/, () => 'the disk could not be read or written. Nothing of this step was stored'],
];

/** A failure of the engine that a person can do something about, as a sentence; anything else stays the bug that it is. */
export function explainFailure(error: unknown, file: string, busyTimeoutMs = usualBusyTimeoutMs): unknown {
	if (error instanceof AppError) return error;
	const text = messageOf(error);
	const found = sayings.find(([pattern]) => pattern.test(text));
	return found ? new AppError('unavailable', `${file}: ${found[1](busyTimeoutMs)}.`, [text.slice(-200)]) : error;
}
