/**
 * One connection of its own that every process keeps: it says that the database is in use, hears when the timeline grew, and holds the
 * lock of the one that watches. It comes back by itself after a break; until then it holds nothing.
 */
import pg from 'pg';
import {AppError} from '../../app-error.ts';
import {systemClock} from '../../clock.ts';
import {messageOf} from '../connection.ts';
import {settingsFor} from './connect.ts';
import {explainPostgres} from './explain.ts';
import {locks} from './locks.ts';

export const headChannel = 'signalbox_head';
/** How often the connection is tried, and how late another process may notice that the lock of the watcher is free. */
const beatMs = 2000;
/** A process that is too busy to look at its connection counts its own waiting, not the clock's: the answer may be there already. */
const answerTurns = 10;
const answerTurnMs = 1000;
/** A lock that was not confirmed for this long is not relied on any more. Below `deadMs`, after which the server gives it to another. */
const trustMs = 12_000;
const deadMs = 20_000;

export type Session = {
	/** True while this process surely holds the lock of the watcher; false for good unless `stand` was called. */
	isLeader(): boolean;
	/** From now on tries to become the one that watches; resolves when it was tried once. */
	stand(onChange: (isLeader: boolean) => void): Promise<void>;
	/** Gives the lock up. */
	yield(): Promise<void>;
	close(): Promise<void>;
};

export type SessionOptions = {
	readonly url: string;
	/** What to call the database in a sentence. */
	readonly name: string;
	/** The timeline may have grown. */
	readonly onHead: () => void;
	/** The connection broke. */
	readonly onLoss: () => void;
	/** The connection is there again after a break: the server was away, or is another one now. */
	readonly onReturn: () => void;
	readonly log: (text: string) => void;
};

/**
 * The server shall notice soon that this process is gone with its machine or its network, or stands still: only then may another one
 * watch. (idle_session_timeout came with PostgreSQL 14; an older one does without.)
 */
const settings = `select set_config(name, setting, false) from (values
	('idle_session_timeout', '${deadMs}'), ('tcp_keepalives_idle', '5'), ('tcp_keepalives_interval', '3'), ('tcp_keepalives_count', '3'),
	('tcp_user_timeout', '${deadMs}')) as wanted (name, setting) where name in (select name from pg_settings)`;

async function connect({url, name, onHead}: SessionOptions): Promise<pg.Client> {
	const client = new pg.Client(settingsFor(url, {}));
	// Without a listener a broken connection would end the process; `end` tells of it too.
	client.on('error', () => undefined);
	client.on('notification', onHead);
	try {
		await client.connect();
		await client.query(settings);
		const {rows} = await client.query<{taken: boolean}>(`select pg_try_advisory_lock_shared(${locks.inUse}) as taken`);
		if (rows[0]?.taken !== true) throw new AppError('unavailable', `${name}: a backup is being put back into it. Wait until that is done.`);
		await client.query(`listen ${headChannel}`);
		return client;
	} catch (error) {
		cut(client);
		throw explainPostgres(error, name);
	}
}

/** Asks, and gives up on a server or a network that says nothing. */
async function askInTime<Row extends pg.QueryResultRow>(client: pg.Client, question: string): Promise<Row[]> {
	const settled = new AbortController();
	const answer = client.query<Row>(question).finally(() => settled.abort());
	// Given up below, it may still fail.
	answer.catch(() => undefined);
	for (let turn = 0; turn < answerTurns && !settled.signal.aborted; turn += 1) await systemClock.sleep(answerTurnMs, settled.signal);
	if (!settled.signal.aborted) throw new Error('PostgreSQL did not answer in time');
	return (await answer).rows;
}

/** Ends it without waiting for the server, which may not answer. */
const cut = (client: pg.Client): void => void client.end().catch(() => undefined);

/** Opens the connection; throws AppError where the database cannot be reached, is not let in to, or is being restored. */
export async function openSession(options: SessionOptions): Promise<Session> {
	let client: pg.Client | null = await connect(options);
	const abort = new AbortController();
	let stands: ((isLeader: boolean) => void) | null = null;
	let confirmedMs: number | null = null;
	let wake = new AbortController();
	const isLeader = (): boolean => confirmedMs !== null && systemClock.monotonicMs() - confirmedMs < trustMs;
	const confirm = (atMs: number | null): void => {
		const was = confirmedMs !== null;
		confirmedMs = atMs;
		if (was !== (atMs !== null)) stands?.(atMs !== null);
	};
	/** Its session's lock is counted, so it is asked for only while it is not held. */
	const beat = async (known: pg.Client): Promise<void> => {
		const askedMs = systemClock.monotonicMs();
		const question =
			stands === null || confirmedMs !== null ? 'select true as held' : `select pg_try_advisory_lock(${locks.watcher}) as held`;
		const [row] = await askInTime<{held: boolean}>(known, question);
		if (stands !== null && client === known) confirm(row?.held === true ? askedMs : null);
	};
	const lose = (known: pg.Client, why: string): void => {
		if (client !== known) return;
		client = null;
		confirm(null);
		options.onLoss();
		if (!abort.signal.aborted) options.log(`${options.name}: the connection that watches broke (${why}); it is being made again.`);
	};
	const keep = (known: pg.Client): void => void known.on('end', () => lose(known, 'PostgreSQL or the network ended it'));
	keep(client);
	const round = async (): Promise<void> => {
		try {
			if (client === null) {
				const fresh = await connect(options);
				client = fresh;
				keep(fresh);
				options.log(`${options.name}: connected again.`);
				options.onReturn();
			}
			await beat(client);
		} catch (error) {
			if (client === null) return;
			const known = client;
			lose(known, messageOf(error));
			cut(known);
		}
	};
	const loop = async (): Promise<void> => {
		while (!abort.signal.aborted) {
			wake = new AbortController();
			await systemClock.sleep(beatMs, AbortSignal.any([abort.signal, wake.signal]));
			if (!abort.signal.aborted) await round();
		}
	};
	const running = loop();
	return {
		isLeader,
		async stand(onChange) {
			stands = onChange;
			if (client !== null) await beat(client).catch(() => wake.abort());
		},
		async yield() {
			const held = confirmedMs !== null;
			stands = null;
			confirmedMs = null;
			if (held && client !== null) await client.query(`select pg_advisory_unlock(${locks.watcher})`).catch(() => undefined);
		},
		async close() {
			confirmedMs = null;
			abort.abort();
			await running;
			const last = client;
			client = null;
			if (last !== null) await last.end().catch(() => undefined);
		},
	};
}
