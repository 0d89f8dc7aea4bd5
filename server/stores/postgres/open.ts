/** The database as PostgreSQL: one writer connection, a pool that can only read, and the session by which processes know of each other. */
import type {Clock} from '../../clock.ts';
import type {Database, OpenOptions} from '../database.ts';
import {headMemory} from '../head-memory.ts';
import {headWatch} from '../head-watch.ts';
import {rowsOf} from '../rows.ts';
import {chainHead} from '../timeline.ts';
import {writer} from '../writer.ts';
import {nameOf} from './address.ts';
import {backupPostgres} from './backup.ts';
import {connectPostgres, usualLockTimeoutMs} from './connect.ts';
import {explainPostgres} from './explain.ts';
import {migratePostgres} from './migrate.ts';
import {headChannel, openSession} from './session.ts';

const readersMax = 8;
/** A table may be large by the time a step changes it. */
const migrationStatementMs = 30 * 60_000;
/** A net only: what others write is heard at once. */
const headPollMs = 15_000;
const announce = `select pg_notify('${headChannel}', '')`;

async function bringUpToDate(url: string, name: string, lockTimeoutMs: number): Promise<void> {
	const limits = {lockTimeoutMs, statementTimeoutMs: migrationStatementMs};
	const sql = connectPostgres(url, {name, connectionsMax: 1, isReader: false, ...limits});
	try {
		await migratePostgres(sql, name);
	} finally {
		await sql.destroy();
	}
}

/** Opens the database at that address and brings its tables up to date; each statement and each wait is bounded. */
export async function openPostgres(url: string, clock: Clock, options: OpenOptions): Promise<Database> {
	const {busyTimeoutMs: lockTimeoutMs = usualLockTimeoutMs, migrationWaitMs = migrationStatementMs, log = () => undefined} = options;
	const name = nameOf(url);
	const memory = headMemory();
	const write = connectPostgres(url, {name, connectionsMax: 1, isReader: false, lockTimeoutMs});
	const read = connectPostgres(url, {name, connectionsMax: readersMax, isReader: true});
	const head = headWatch(async () => {
		const found = await chainHead(read);
		memory.read(found);
		return found;
	}, headPollMs);
	const explain = (error: unknown): unknown => explainPostgres(error, name);
	const transact = writer({write, clock, memory, log, explain, announce, onCommit: head.look});
	const session = await openSession({
		...{url, name, log},
		onHead: () => head.look(),
		onLoss: memory.doubt,
		onReturn() {
			head.look();
			// What came back may be an older backup, and nobody may write for hours: a transaction looks, and says what is lost.
			transact(async () => undefined).catch(() => undefined);
		},
	});
	try {
		await bringUpToDate(url, name, migrationWaitMs);
	} catch (error) {
		await session.close();
		await Promise.all([write.destroy(), read.destroy()]);
		throw error;
	}
	return {
		...{engine: 'postgres', name, read, transact, watchHead: head.watch},
		async lead(say) {
			await session.stand(isLeader => say(isLeader ? 'this process is the one that watches now' : 'this process does not watch any more'));
			return {isLeader: session.isLeader, stop: session.yield};
		},
		async durability() {
			const settings = ['synchronous_commit', 'fsync', 'full_page_writes'];
			const rows = await rowsOf<{name: string; setting: string}>(
				write,
				`select name, setting from pg_settings where name in (${settings.map(() => '?').join(',')})`,
				settings,
			);
			return Object.fromEntries(rows.map(row => [row.name, row.setting]));
		},
		copyTo: file => backupPostgres(url, name, file, clock),
		async bytes() {
			const [row] = await rowsOf<{bytes: number}>(read, 'select pg_database_size(current_database()) as bytes');
			return row?.bytes ?? 0;
		},
		async close() {
			head.stop();
			await session.close();
			await Promise.all([write.destroy(), read.destroy()]);
		},
	};
}
