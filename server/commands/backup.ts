import {existsSync} from 'node:fs';
import {rename, rm} from 'node:fs/promises';
import {basename, dirname, join, resolve} from 'node:path';
import {AppError} from '../app-error.ts';
import {systemClock} from '../clock.ts';
import {databaseName, openDatabase} from '../stores/database.ts';
import {verifyCopy} from '../stores/verify-copy.ts';
import {type Command, configFor, type Io, need, parseCommand, printJson} from './command.ts';

async function copyDatabase(dataDir: string, file: string): Promise<void> {
	const database = await openDatabase(dataDir, systemClock);
	try {
		await database.copyTo(file);
	} finally {
		await database.close();
	}
}

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseCommand(args, {});
	const file = resolve(io.cwd, need(positionals[0], 'A file', 'signalbox backup /var/backups/signalbox.sqlite'));
	if (existsSync(file)) throw new AppError('conflict', `${file} is there already; a backup overwrites nothing. Name another file.`);
	if (!existsSync(dirname(file))) throw new AppError('not-found', `There is no folder ${dirname(file)}; make it first.`);
	const {dataDir} = configFor(values, io);
	if (!existsSync(join(dataDir, databaseName)))
		throw new AppError(
			'not-found',
			`There is no database in ${dataDir}. Run this where the database is, with --config or SIGNALBOX_DATA naming its folder.`,
		);
	// Under its own name it is a good backup; until it was verified it has another.
	const partial = `${file}.partial-${process.pid}`;
	try {
		await copyDatabase(dataDir, partial);
		const {events, head} = await verifyCopy(dirname(partial), basename(partial), systemClock).catch((error: unknown) => {
			if (!(error instanceof AppError)) throw error;
			const why = error.message.replaceAll(partial, join(dataDir, databaseName));
			throw new AppError(
				'conflict',
				`${why} This is not worth keeping as a good backup; look at it with \`signalbox verify\`.`,
				error.problems,
			);
		});
		await rename(partial, file);
		if (values.json) printJson(io, {file, events, head});
		else io.out(`${file} holds ${events} events, head ${head}\n`);
		return 0;
	} finally {
		for (const suffix of ['', '-wal', '-shm', '-journal']) await rm(partial + suffix, {force: true});
	}
}

export const command: Command = {
	summary: 'copy the database, while the service runs',
	help: `Usage: signalbox backup FILE [--config FILE]

Writes one consistent copy and verifies it: every page and the chain of events. Run it where the database is.

Example: SIGNALBOX_DATA=./data signalbox backup /var/backups/signalbox-2026-03-02.sqlite`,
	run,
};
