import {existsSync} from 'node:fs';
import {rename, rm} from 'node:fs/promises';
import {basename, dirname, join, resolve} from 'node:path';
import {AppError} from '../app-error.ts';
import {systemClock} from '../clock.ts';
import {databasePlace} from '../config/database.ts';
import type {DatabasePlace} from '../config.ts';
import {databaseName, openDatabase} from '../stores/database.ts';
import {verifyCopy} from '../stores/verify-copy.ts';
import {type Command, configFor, type Io, need, parseCommand, printJson} from './command.ts';

async function copyDatabase(place: DatabasePlace, file: string): Promise<string> {
	const database = await openDatabase(place, systemClock);
	try {
		await database.copyTo(file);
		return database.name;
	} finally {
		await database.close();
	}
}

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseCommand(args, {});
	const file = resolve(io.cwd, need(positionals[0], 'A file', 'signalbox backup /var/backups/signalbox.sqlite'));
	if (existsSync(file)) throw new AppError('conflict', `${file} is there already; a backup overwrites nothing. Name another file.`);
	if (!existsSync(dirname(file))) throw new AppError('not-found', `There is no folder ${dirname(file)}; make it first.`);
	const place = databasePlace(configFor(values, io));
	if (place.engine === 'sqlite' && !existsSync(join(place.folder, databaseName)))
		throw new AppError(
			'not-found',
			`There is no database in ${place.folder}. Run this where the database is, with --config or SIGNALBOX_DATA naming its folder.`,
		);
	// Under its own name it is a good backup; until it was verified it has another.
	const partial = `${file}.partial-${process.pid}`;
	try {
		const name = await copyDatabase(place, partial);
		const {events, head} = await verifyCopy(dirname(partial), basename(partial), systemClock).catch((error: unknown) => {
			if (!(error instanceof AppError)) throw error;
			const why = error.message.replaceAll(partial, name);
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

Writes one consistent copy and verifies it: every page and the chain of events. Run it where the database is, or with DATABASE_URL. The
copy is a SQLite file also where the database is PostgreSQL, so that it can be put back on either.

Example: SIGNALBOX_DATA=./data signalbox backup /var/backups/signalbox-2026-03-02.sqlite`,
	run,
};
