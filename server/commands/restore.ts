import {existsSync, statSync} from 'node:fs';
import {copyFile, mkdir, mkdtemp, open, rename, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {AppError} from '../app-error.ts';
import {systemClock} from '../clock.ts';
import {databasePlace} from '../config/database.ts';
import {databaseName} from '../stores/database.ts';
import {takeAlone} from '../stores/take-alone.ts';
import {verifyCopy} from '../stores/verify-copy.ts';
import {type Command, configFor, type Io, need, parseCommand, printJson} from './command.ts';

/** A rename that survives a power cut needs the contents on disk before it. */
async function syncFile(file: string): Promise<void> {
	const handle = await open(file, 'r');
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}

/** Moves what is there out of the way, with the files SQLite keeps beside it. Returns where it is now, and whether nobody had it open. */
async function setAside(target: string): Promise<{aside: string; isSure: boolean} | null> {
	if (!existsSync(target)) return null;
	const aside = `${target}.before-restore-${systemClock.now().replaceAll(':', '')}`;
	const taken = await takeAlone(target);
	try {
		await rename(target, aside);
		for (const suffix of ['-wal', '-shm']) if (existsSync(target + suffix)) await rename(target + suffix, aside + suffix);
	} finally {
		await taken.release();
	}
	return {aside, isSure: taken.isSure};
}

type Restored = {
	readonly restored: string;
	readonly events: number;
	readonly head: string;
	readonly aside: string | null;
	readonly warning: string;
};

/** Copies the backup into that folder, so that what is verified is what will be put in place, and nothing can come between. */
async function verifiedCopy(file: string, folder: string, copy: string): Promise<{events: number; head: string}> {
	await copyFile(file, join(folder, copy));
	// A file that was copied by hand, or that somebody has open, has its newest pages beside it.
	if (existsSync(`${file}-wal`)) await copyFile(`${file}-wal`, join(folder, `${copy}-wal`));
	return verifyCopy(folder, copy, systemClock).catch((error: unknown) => {
		if (!(error instanceof AppError)) throw error;
		const why = error.message.replaceAll(join(folder, copy), file);
		throw new AppError('conflict', `${file} is no good backup: ${why} Nothing was restored.`, error.problems);
	});
}

async function restoreSqlite(file: string, folder: string): Promise<Restored> {
	await mkdir(folder, {recursive: true});
	const target = join(folder, databaseName);
	const copy = `${databaseName}.restoring-${process.pid}`;
	try {
		const {events, head} = await verifiedCopy(file, folder, copy);
		await syncFile(join(folder, copy));
		const before = await setAside(target);
		await rename(join(folder, copy), target);
		const warning = before?.isSure === false ? ' It could not be read, so make sure that no service is still running on it.' : '';
		return {restored: target, events, head, aside: before?.aside ?? null, warning};
	} finally {
		for (const suffix of ['', '-wal', '-shm', '-journal']) await rm(join(folder, copy) + suffix, {force: true});
	}
}

async function restoreToPostgres(file: string, url: string): Promise<Restored> {
	const folder = await mkdtemp(join(tmpdir(), 'signalbox-restoring-'));
	try {
		const {events, head} = await verifiedCopy(file, folder, databaseName);
		const {restorePostgres} = await import('../stores/postgres/restore.ts');
		const {name, keptAs} = await restorePostgres(url, folder, databaseName, systemClock);
		return {restored: name, events, head, aside: keptAs === null ? null : `the schema ${keptAs}`, warning: ''};
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
}

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseCommand(args, {});
	const file = resolve(io.cwd, need(positionals[0], 'A backup', 'signalbox restore /var/backups/signalbox.sqlite'));
	if (!existsSync(file)) throw new AppError('not-found', `There is no file ${file}.`);
	if (!statSync(file).isFile()) throw new AppError('invalid', `${file} is no file; name the backup itself.`);
	const place = databasePlace(configFor(values, io));
	const {warning, ...restored} =
		place.engine === 'sqlite' ? await restoreSqlite(file, place.folder) : await restoreToPostgres(file, place.url);
	const kept = restored.aside === null ? '' : ` What was there before is kept as ${restored.aside}.`;
	if (values.json) printJson(io, restored);
	else io.out(`Restored ${restored.events} events, head ${restored.head}.${kept}${warning}\n`);
	return 0;
}

export const command: Command = {
	summary: 'put a backup back, after verifying it',
	help: `Usage: signalbox restore FILE [--config FILE]

Stop the service first. The backup is verified before anything is touched, and the database that was there is kept: a SQLite file beside
the new one, the tables of PostgreSQL in a schema of their own. With DATABASE_URL it goes into that PostgreSQL, wherever it was made.

Example: SIGNALBOX_DATA=./data signalbox restore /var/backups/signalbox-2026-03-02.sqlite`,
	run,
};
