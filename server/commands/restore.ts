import {existsSync, statSync} from 'node:fs';
import {copyFile, mkdir, open, rename, rm} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {AppError} from '../app-error.ts';
import {systemClock} from '../clock.ts';
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

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseCommand(args, {});
	const file = resolve(io.cwd, need(positionals[0], 'A backup', 'signalbox restore /var/backups/signalbox.sqlite'));
	if (!existsSync(file)) throw new AppError('not-found', `There is no file ${file}.`);
	if (!statSync(file).isFile()) throw new AppError('invalid', `${file} is no file; name the backup itself.`);
	const {dataDir} = configFor(values, io);
	await mkdir(dataDir, {recursive: true});
	const target = join(dataDir, databaseName);
	// The copy that will be put in place is the one that is verified, so that nothing can come between.
	const copy = `${databaseName}.restoring-${process.pid}`;
	try {
		await copyFile(file, join(dataDir, copy));
		// A file that was copied by hand, or that somebody has open, has its newest pages beside it.
		if (existsSync(`${file}-wal`)) await copyFile(`${file}-wal`, join(dataDir, `${copy}-wal`));
		const {events, head} = await verifyCopy(dataDir, copy, systemClock).catch((error: unknown) => {
			if (!(error instanceof AppError)) throw error;
			const why = error.message.replaceAll(join(dataDir, copy), file);
			throw new AppError('conflict', `${file} is no good backup: ${why} Nothing was restored.`, error.problems);
		});
		await syncFile(join(dataDir, copy));
		const before = await setAside(target);
		await rename(join(dataDir, copy), target);
		const kept = before === null ? '' : ` What was there before is kept as ${before.aside}.`;
		const warning = before?.isSure === false ? ' It could not be read, so make sure that no service is still running on it.' : '';
		if (values.json) printJson(io, {restored: target, events, head, aside: before?.aside ?? null});
		else io.out(`Restored ${events} events, head ${head}.${kept}${warning}\n`);
		return 0;
	} finally {
		for (const suffix of ['', '-wal', '-shm', '-journal']) await rm(join(dataDir, copy) + suffix, {force: true});
	}
}

export const command: Command = {
	summary: 'put a backup back, after verifying it',
	help: `Usage: signalbox restore FILE [--config FILE]

Stop the service first. The backup is verified before anything is touched, and the database that was there is kept beside it.

Example: SIGNALBOX_DATA=./data signalbox restore /var/backups/signalbox-2026-03-02.sqlite`,
	run,
};
