/**
 * Commands that work on the database itself, where the configuration says it is: whoever may write there needs nobody's leave. They work
 * while the service runs, and before it ever did.
 */
import {randomUUID} from 'node:crypto';
import type {Deps} from '../actions/deps.ts';
import {AppError} from '../app-error.ts';
import {systemClock} from '../clock.ts';
import {databasePlace} from '../config/database.ts';
import {liveOver} from '../live-feed.ts';
import {openDatabase} from '../stores/database.ts';
import {configFor, type Io} from './command.ts';

export async function onDatabase<T>(
	values: {config?: string | undefined; url?: string | undefined},
	io: Io,
	work: (deps: Deps) => Promise<T>,
): Promise<T> {
	if (values.url !== undefined)
		throw new AppError(
			'invalid',
			'This works on the database itself, not through a service: leave --url out, and run it where the database is.',
		);
	const config = configFor(values, io);
	const log = (text: string): void => io.err(`${text}\n`);
	const database = await openDatabase(databasePlace(config), systemClock, {log});
	try {
		return await work({
			...{config, clock: systemClock, database, newId: randomUUID, processId: randomUUID()},
			...{signals: () => [], baseUrl: () => config.url, log, live: liveOver(database, systemClock, log)},
		});
	} finally {
		await database.close();
	}
}
