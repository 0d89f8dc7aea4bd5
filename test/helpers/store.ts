/** A real database for a test, on SQLite or PostgreSQL, and a second, raw hand on it: for tampering, locking and filling it up. */
import test, {type ExecutionContext} from 'ava';
import knexLibrary, {type Knex} from 'knex';
import {systemClock} from '../../server/clock.ts';
import type {DatabasePlace} from '../../server/config.ts';
import {type Database, type OpenOptions, openDatabase} from '../../server/stores/database.ts';
import {postgresUnderTest} from './postgres.ts';
import {temporaryFolder} from './service.ts';

export type StoreUnderTest = {readonly database: Database; readonly folder: string};
export type Engine = Database['engine'];
export const engines: readonly Engine[] = ['sqlite', 'postgres'];
const engineNames: Readonly<Record<Engine, string>> = {sqlite: 'SQLite', postgres: 'PostgreSQL'};

/** A SQLite file of its own; with `folder`, another process's view of a file that is there. */
export async function storeUnderTest(t: ExecutionContext, options: OpenOptions & {folder?: string} = {}): Promise<StoreUnderTest> {
	const {folder = temporaryFolder(t), ...open} = options;
	const database = await openDatabase(folder, systemClock, open);
	t.teardown(() => database.close());
	return {database, folder};
}

/** What a test on each engine may need beside the database. */
export type Beside = {
	readonly engine: Engine;
	readonly place: DatabasePlace;
	/** The same database as another process has it open. */
	open(options?: OpenOptions): Promise<Database>;
	/** SQL straight at the database, past everything that Signalbox promises. */
	raw(): Knex;
};

/** A database of that engine, its tables made, that is gone after the test. */
export async function placeUnderTest(t: ExecutionContext, engine: Engine): Promise<DatabasePlace> {
	return engine === 'sqlite' ? {engine, folder: temporaryFolder(t)} : {engine, url: await postgresUnderTest(t)};
}

/** One test on each engine: what holds on one must hold on the other. */
export function onEachDatabase(
	sentence: string,
	work: (t: ExecutionContext, database: Database, beside: Beside) => Promise<void>,
	options: OpenOptions = {},
): void {
	for (const engine of engines) {
		test(`${sentence} (${engineNames[engine]})`, async t => {
			const place = await placeUnderTest(t, engine);
			const open = async (more: OpenOptions = options): Promise<Database> => {
				const database = await openDatabase(place, systemClock, more);
				t.teardown(() => database.close());
				return database;
			};
			const database = await open();
			await work(t, database, {engine, place, open, raw: () => rawHand(t, place.engine === 'sqlite' ? database.name : place)});
		});
	}
}

/** SQL straight at a SQLite file, or at a place, past everything that Signalbox promises. */
export function rawHand(t: ExecutionContext, where: string | DatabasePlace): Knex {
	const pool = {min: 1, max: 1};
	const raw =
		typeof where === 'object' && where.engine === 'postgres'
			? knexLibrary({client: 'pg', connection: where.url, pool})
			: knexLibrary({
					client: 'sqlite3',
					connection: {filename: typeof where === 'string' ? where : `${where.folder}/signalbox.sqlite`},
					useNullAsDefault: true,
					pool,
				});
	t.teardown(() => raw.destroy());
	return raw;
}

export const at = '2026-03-02T10:00:00.000Z';
