/** Brings the tables of a database up to date, also when several processes start at once. */
import type {Knex} from 'knex';
import {AppError} from '../app-error.ts';
import type {Clock} from '../clock.ts';
import {messageOf} from './connection.ts';
import * as first from './migrations/0001-first.ts';
import * as people from './migrations/0002-people.ts';
import * as meetings from './migrations/0003-meetings.ts';
import * as outbox from './migrations/0004-outbox.ts';
import * as foldedReadings from './migrations/0005-folded-readings.ts';
import * as lists from './migrations/0006-lists.ts';
import * as trackers from './migrations/0007-trackers.ts';
import * as prerequisites from './migrations/0008-prerequisites.ts';
import * as changeNames from './migrations/0009-change-names.ts';
import * as groupContents from './migrations/0010-group-contents.ts';

const migrations: Readonly<Record<string, Knex.Migration>> = {
	'0001-first': first,
	'0002-people': people,
	'0003-meetings': meetings,
	'0004-outbox': outbox,
	'0005-folded-readings': foldedReadings,
	'0006-lists': lists,
	'0007-trackers': trackers,
	'0008-prerequisites': prerequisites,
	'0009-change-names': changeNames,
	'0010-group-contents': groupContents,
};
const pauseMs = 100;

const migrationSource: Knex.MigrationSource<string> = {
	getMigrations: async () => Object.keys(migrations),
	getMigrationName: name => name,
	getMigration: async name => {
		const found = migrations[name];
		if (!found) throw new Error(`no migration ${name}`);
		return found;
	},
};

/** The steps that a database has had, by name; nothing where it is empty. */
async function appliedMigrations(sql: Knex): Promise<string[]> {
	if (!(await sql.schema.hasTable('knex_migrations'))) return [];
	return (await sql<{name: string}>('knex_migrations').select('name')).map(row => row.name);
}

const isUpToDate = (applied: readonly string[]): boolean => applied.length === Object.keys(migrations).length;

/** What is still to be done, or not: throws AppError where a newer Signalbox was here. */
async function needsMigration(sql: Knex, database: string): Promise<boolean> {
	const applied = await appliedMigrations(sql);
	const foreign = applied.filter(name => !(name in migrations));
	if (foreign.length > 0) {
		throw new AppError(
			'conflict',
			`${database} was written by a newer Signalbox (it has the step ${foreign.join(', ')}, which this one does not know). Upgrade this Signalbox, or restore the backup made before that upgrade; nothing was changed.`,
		);
	}
	return !isUpToDate(applied);
}

async function migrateOnce(sql: Knex, file: string): Promise<void> {
	if (!(await needsMigration(sql, file))) return;
	// Knex's own bookkeeping can be made twice when two begin at once, and its lock outlives whoever is killed. So all of it is one
	// transaction, whose first statement writes: the others wait for the file, and then find everything done.
	await sql.raw('create table if not exists migration_guard (id integer primary key)');
	await sql.transaction(async transaction => {
		await transaction('migration_guard').delete();
		if (!isUpToDate(await appliedMigrations(transaction))) await transaction.migrate.latest({migrationSource});
	});
}

/** For a transaction that has made sure to be the only one: takes the steps that are still to be taken. */
export async function migrateAlone(transaction: Knex.Transaction, database: string): Promise<void> {
	if (await needsMigration(transaction, database)) await transaction.migrate.latest({migrationSource});
}

/** Knex's own lock: a row, which an older Signalbox that was killed while it migrated left behind. */
const isMigrationLock = (error: unknown): boolean => /already locked/i.test(messageOf(error));
/** Another process is at it, or won the race for the file or for the bookkeeping tables. */
const isContention = (error: unknown): boolean => isMigrationLock(error) || /SQLITE_BUSY|already exists|UNIQUE/i.test(messageOf(error));

/** Of a SQLite file: one process migrates, the others wait for it, at most `waitMs`; then a lock whose holder died is freed, and it is tried once more. */
export async function migrate(sql: Knex, file: string, clock: Clock, waitMs: number): Promise<void> {
	let deadlineMs = clock.monotonicMs() + waitMs;
	let isFreed = false;
	for (;;) {
		try {
			await migrateOnce(sql, file);
			return;
		} catch (error) {
			if (error instanceof AppError || !isContention(error)) throw error;
			if (clock.monotonicMs() > deadlineMs) {
				if (isFreed || !isMigrationLock(error)) throw error;
				// A migration itself is one transaction, so its dead holder left nothing half done.
				await sql.migrate.forceFreeMigrationsLock({migrationSource});
				isFreed = true;
				deadlineMs = clock.monotonicMs() + waitMs;
			}
			await clock.sleep(pauseMs);
		}
	}
}
