/** Pools of connections to PostgreSQL, each statement bounded in time, and each failure explained where it happens. */
import knexLibrary, {type Knex} from 'knex';
import PostgresDialect from 'knex/lib/dialects/postgres/index.js';
import pg from 'pg';
import {messageOf} from '../connection.ts';
import {refuseZeros} from '../refuse-zeros.ts';
import {explainPostgres} from './explain.ts';

/** How long a statement waits for a row or table that another process holds. */
export const usualLockTimeoutMs = 20_000;
const usualStatementTimeoutMs = 30_000;
/** A process that stands still in a transaction keeps all other writers waiting: the server ends it then. */
const idleInTransactionMs = 30_000;
/** Longer than the server's own limits: reached only when the server or the network says nothing at all. */
const graceMs = 10_000;
const connectTimeoutMs = 10_000;

const int8 = 20;
const numeric = 1700;

/** Counts and sums come as numbers, as they do from SQLite; nothing here counts beyond what a number holds. */
const types = {
	getTypeParser: (type: number, format?: string) =>
		type === int8 || type === numeric ? Number : pg.types.getTypeParser(type, format === 'binary' ? 'binary' : 'text'),
};

export type PostgresLimits = {readonly lockTimeoutMs?: number | undefined; readonly statementTimeoutMs?: number | undefined};

/** Settings for the driver. What stands in the address (`?sslmode=…`, `?application_name=…`) has precedence. */
export const settingsFor = (
	url: string,
	{lockTimeoutMs = usualLockTimeoutMs, statementTimeoutMs = usualStatementTimeoutMs}: PostgresLimits,
) => ({
	connectionString: url,
	application_name: 'signalbox',
	statement_timeout: statementTimeoutMs,
	lock_timeout: lockTimeoutMs,
	idle_in_transaction_session_timeout: idleInTransactionMs,
	query_timeout: statementTimeoutMs + graceMs,
	connectionTimeoutMillis: connectTimeoutMs,
	keepAlive: true,
	types,
});

/** A connection after which no further statement can be trusted: its answer may still come, in the place of another's. */
function giveUp(connection: unknown, why: string): void {
	if (typeof connection !== 'object' || connection === null) return;
	Object.assign(connection, {__knex__disposed: why});
	if (!('connection' in connection)) return;
	const {connection: wire} = connection as {connection: {stream?: {destroy(): void}}};
	wire.stream?.destroy();
}

/** What a connection is at work on. Two questions of one transaction may be asked at once; the driver wants them one after the other. */
const atWork = new WeakMap<object, Promise<unknown>>();

async function inTurn<T>(connection: unknown, ask: () => Promise<T>): Promise<T> {
	if (typeof connection !== 'object' || connection === null) return ask();
	const before = atWork.get(connection);
	const mine = before === undefined ? ask() : before.then(ask, ask);
	atWork.set(connection, mine);
	return mine;
}

/** Knex's PostgreSQL, whose failures are told as sentences, to stores, actions and routes alike. */
const explaining = (name: string, isReader: boolean) => {
	// A reader that writes is a bug of ours, and not a database that was set to read only.
	const explain = (error: unknown): unknown =>
		isReader && typeof error === 'object' && error !== null && 'code' in error && error.code === '25006'
			? error
			: explainPostgres(error, name);
	const explained = new WeakMap<object, unknown>();
	return class extends PostgresDialect {
		override async acquireConnection(): Promise<unknown> {
			try {
				return await super.acquireConnection();
			} catch (error) {
				throw explain(error);
			}
		}
		override async query(connection: unknown, statement: string | {bindings?: readonly unknown[]}): Promise<unknown> {
			refuseZeros(statement);
			try {
				return await super.query(connection, statement);
			} catch (error) {
				throw (typeof error === 'object' && error !== null ? explained.get(error) : undefined) ?? error;
			}
		}
		override async _query(connection: unknown, query: {sql?: string}) {
			try {
				const answer = await inTurn(connection, () => super._query(connection, query));
				// PostgreSQL answers so where a statement of the transaction failed and somebody went on regardless.
				if (query.sql === 'COMMIT;' && answer.response?.command === 'ROLLBACK')
					throw new Error('the transaction was rolled back at its end: one of its statements had failed');
				return answer;
			} catch (error) {
				if (messageOf(error) === 'Query read timeout') giveUp(connection, 'a statement was not answered in time');
				// Knex puts the statement before the message on its way up, so what is to be said is made here and said there.
				if (typeof error === 'object' && error !== null) explained.set(error, explain(error));
				throw error;
			}
		}
	};
};

type RawConnection = {query(sql: string, done: (error: Error | null) => void): void};

export type PostgresPool = PostgresLimits & {
	/** What to call the database in a sentence. */
	readonly name: string;
	readonly connectionsMax: number;
	/** Its connections refuse to write. */
	readonly isReader: boolean;
};

const readerSettings = 'set session characteristics as transaction read only';
/** What was acknowledged is on disk: whoever turned this off for the server does not turn it off for the timeline. */
const writerSettings = "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'";

export function connectPostgres(url: string, {name, connectionsMax, isReader, ...limits}: PostgresPool): Knex {
	const silent = (): void => undefined;
	return knexLibrary({
		client: explaining(name, isReader),
		connection: settingsFor(url, limits),
		// What was to be written may be secret, and the message of an error is logged.
		compileSqlOnError: false,
		// What fails is thrown and told by whoever catches it.
		log: {warn: silent, error: silent, deprecate: silent, debug: silent},
		pool: {
			min: 0,
			max: connectionsMax,
			afterCreate: (connection: RawConnection, done: (error: Error | null, connection: RawConnection) => void) =>
				connection.query(isReader ? readerSettings : writerSettings, error => done(error, connection)),
			// A connection that cannot be made is tried again by whoever asks next, and its reason is told at once.
			propagateCreateError: true,
		},
		acquireConnectionTimeout: (limits.statementTimeoutMs ?? usualStatementTimeoutMs) * 2,
	});
}
