/** A real database for a test, and a second, raw hand on its file: for tampering, locking and filling it up. */
import type {ExecutionContext} from 'ava';
import knexLibrary, {type Knex} from 'knex';
import {systemClock} from '../../server/clock.ts';
import {type Database, type OpenOptions, openDatabase} from '../../server/stores/database.ts';
import {temporaryFolder} from './service.ts';

export type StoreUnderTest = {readonly database: Database; readonly folder: string};

export async function storeUnderTest(t: ExecutionContext, options: OpenOptions & {folder?: string} = {}): Promise<StoreUnderTest> {
	const {folder = temporaryFolder(t), ...open} = options;
	const database = await openDatabase(folder, systemClock, open);
	t.teardown(() => database.close());
	return {database, folder};
}

/** SQL straight at the file, past everything that Signalbox promises. */
export function rawHand(t: ExecutionContext, file: string): Knex {
	const raw = knexLibrary({client: 'sqlite3', connection: {filename: file}, useNullAsDefault: true, pool: {min: 1, max: 1}});
	t.teardown(() => raw.destroy());
	return raw;
}

export const at = '2026-03-02T10:00:00.000Z';
