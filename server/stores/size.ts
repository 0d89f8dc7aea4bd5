/** How large the database is, and how fast it grows. */
import type {Knex} from 'knex';
import type {Instant} from '../../gate/facts.ts';
import type {Database} from './database.ts';
import {readingStore} from './readings.ts';
import {chainHead} from './timeline.ts';

const dayMs = 86_400_000;
const growthDays = 7;

export type DatabaseSize = {
	readonly engine: Database['engine'];
	/** The file, or the address without its password. */
	readonly name: string;
	/** On disk, with indexes. */
	readonly bytes: number;
	readonly events: number;
	/** On average, over the last seven days. */
	readonly eventsPerDay: number;
	/** In the last 24 hours, of all signals. */
	readonly readingsPerDay: number;
};

/** The number of the first event that was recorded then or later. Events are recorded in the order of their numbers, so halving finds it. */
async function firstSince(sql: Knex, newest: number, since: Instant): Promise<number> {
	let [low, high] = [1, newest + 1];
	while (low < high) {
		const middle = Math.floor((low + high) / 2);
		const row = await sql<{seq: number; recorded_at: string}>('events').where({seq: middle}).first('recorded_at');
		if (row !== undefined && row.recorded_at < since) low = middle + 1;
		else high = middle;
	}
	return low;
}

export async function databaseSize({engine, name, read, bytes}: Database, now: Instant): Promise<DatabaseSize> {
	const ago = (days: number): Instant => new Date(Date.parse(now) - days * dayMs).toISOString();
	const {seq: events} = await chainHead(read);
	const recent = events + 1 - (await firstSince(read, events, ago(growthDays)));
	const readings = readingStore(read);
	let readingsPerDay = 0;
	for (const signal of await readings.signals()) readingsPerDay += await readings.countSince(signal, ago(1));
	return {engine, name, bytes: await bytes(), events, eventsPerDay: Math.round(recent / growthDays), readingsPerDay};
}
