import {existsSync, mkdirSync} from 'node:fs';
import {copyFile, mkdtemp, rename, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {AppError} from '../app-error.ts';
import {systemClock} from '../clock.ts';
import {openDatabase} from '../stores/database.ts';
import {verifyChain} from '../stores/timeline.ts';
import {type Command, configFor, type Io, need, parseCommand} from './command.ts';

/** Opens a copy of the backup, so that looking at it changes nothing, and verifies its chain. */
async function verifyBackup(file: string): Promise<{events: number; head: string}> {
	const folder = await mkdtemp(join(tmpdir(), 'signalbox-restore-'));
	try {
		await copyFile(file, join(folder, 'signalbox.sqlite'));
		const database = await openDatabase(folder, systemClock);
		try {
			const report = await verifyChain(database.read);
			if (!report.intact)
				throw new AppError('conflict', `The backup's chain is broken at event ${report.seq}: ${report.problem}. Nothing was restored.`);
			return report;
		} finally {
			await database.close();
		}
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
}

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseCommand(args, {});
	const file = resolve(io.cwd, need(positionals[0], 'A backup', 'signalbox restore /var/backups/signalbox.sqlite'));
	if (!existsSync(file)) throw new AppError('not-found', `There is no file ${file}.`);
	const config = configFor(values, io);
	const {events, head} = await verifyBackup(file);
	mkdirSync(config.dataDir, {recursive: true});
	const target = join(config.dataDir, 'signalbox.sqlite');
	const aside = `${target}.before-restore-${new Date().toISOString().replaceAll(':', '')}`;
	if (existsSync(target)) {
		const current = await openDatabase(config.dataDir, systemClock);
		// Takes the whole file for a moment: fails while a service or command has it open.
		try {
			await current.takeAlone();
		} finally {
			await current.close();
		}
		await rename(target, aside);
		for (const suffix of ['-wal', '-shm']) if (existsSync(target + suffix)) await rename(target + suffix, aside + suffix);
	}
	await copyFile(file, `${target}.restoring`);
	await rename(`${target}.restoring`, target);
	const kept = existsSync(aside) ? ` What was there before is kept as ${aside}.` : '';
	io.out(values.json ? `${JSON.stringify({restored: target, events, head})}\n` : `Restored ${events} events, head ${head}.${kept}\n`);
	return 0;
}

export const command: Command = {
	summary: 'put a backup back, after verifying it',
	help: `Usage: signalbox restore FILE [--config FILE]

Stop the service first. The database that was there is kept beside it.

Example: SIGNALBOX_DATA=./data signalbox restore /var/backups/signalbox-2015-10-26.sqlite`,
	run,
};
