/** Readings: what each signal said for each closed bucket. Missing is stored as missing, with its reason. */
import type {Knex} from 'knex';
import type {Bucket, Instant} from '../../gate/facts.ts';
import {byMinute, foldBuckets, minuteMs} from './fold-buckets.ts';

type Row = {
	service: string;
	signal: string;
	bucket_at: string;
	bucket_ms: number;
	canary: string;
	baseline: string;
	revision: number;
	recorded_at: string;
};
type FoldedRow = {service: string; signal: string; until: string};

export type NewReading = {readonly service: string; readonly signal: string; readonly bucketMs: number; readonly bucket: Bucket};
export type SignalKey = {readonly service: string; readonly signal: string};
/** `from` is in, `to` is out. */
export type PinnedTime = {readonly from: Instant; readonly to: Instant};

// Below what either engine binds in one statement, and what Knex's multi-row form takes.
const rowsPerInsert = 80;
const keysPerQuery = 400;

const fromRow = (row: Row): Bucket => ({
	at: row.bucket_at,
	canary: JSON.parse(row.canary) as Bucket['canary'],
	baseline: JSON.parse(row.baseline) as Bucket['baseline'],
});

const isMissing = (arm: string): boolean => arm.startsWith('{"missing"');

/** What one process could not read takes nothing away from what another one did. */
const better = (stored: string, read: string): string => (isMissing(read) && !isMissing(stored) ? stored : read);

const bySignal = (readings: readonly NewReading[]): NewReading[][] => {
	const signals = new Map<string, Map<string, NewReading>>();
	for (const reading of readings) {
		const key = JSON.stringify([reading.service, reading.signal]);
		const known = signals.get(key) ?? new Map<string, NewReading>();
		signals.set(key, known.set(reading.bucket.at, reading));
	}
	return [...signals.values()].map(known => [...known.values()]);
};

async function storedBuckets(sql: Knex, {service, signal}: SignalKey, at: readonly Instant[]): Promise<Map<string, Row>> {
	const rows: Row[] = [];
	for (let index = 0; index < at.length; index += keysPerQuery)
		rows.push(
			...(await sql<Row>('readings')
				.where({service, signal})
				.whereIn('bucket_at', at.slice(index, index + keysPerQuery))),
		);
	return new Map(rows.map(row => [row.bucket_at, row]));
}

const foldedUntil = async (sql: Knex, {service, signal}: SignalKey): Promise<string> =>
	(await sql<FoldedRow>('folded_readings').where({service, signal}).first())?.until ?? '';

async function putSignal(sql: Knex, key: SignalKey, readings: readonly NewReading[], recordedAt: Instant): Promise<void> {
	const until = await foldedUntil(sql, key);
	// What is folded is closed: a line that comes so late is in the log, and in no reading.
	const open = readings.filter(({bucket}) => bucket.at >= until);
	const stored = await storedBuckets(
		sql,
		key,
		open.map(({bucket}) => bucket.at),
	);
	const added: Row[] = [];
	for (const {bucket, bucketMs} of open) {
		const [canary, baseline] = [JSON.stringify(bucket.canary), JSON.stringify(bucket.baseline)];
		const before = stored.get(bucket.at);
		const place = {service: key.service, signal: key.signal, bucket_at: bucket.at};
		if (!before) {
			added.push({...place, bucket_ms: bucketMs, canary, baseline, revision: 1, recorded_at: recordedAt});
			continue;
		}
		const values = {canary: better(before.canary, canary), baseline: better(before.baseline, baseline), bucket_ms: bucketMs};
		if (values.canary === before.canary && values.baseline === before.baseline && bucketMs === before.bucket_ms) continue;
		await sql('readings')
			.where(place)
			.update({...values, revision: before.revision + 1, recorded_at: recordedAt});
	}
	for (let index = 0; index < added.length; index += rowsPerInsert) await sql('readings').insert(added.slice(index, index + rowsPerInsert));
}

/** Replaces the rows of a minute by one. */
async function foldMinute(sql: Knex, {service, signal}: SignalKey, minute: Instant, rows: readonly Row[]): Promise<void> {
	const {canary, baseline} = foldBuckets(minute, rows.map(fromRow));
	const newest = rows.reduce((last, row) => (row.recorded_at > last.recorded_at ? row : last));
	await sql('readings')
		.where({service, signal})
		.whereIn(
			'bucket_at',
			rows.map(row => row.bucket_at),
		)
		.delete();
	await sql('readings').insert({
		...{service, signal, bucket_at: minute, bucket_ms: minuteMs, canary: JSON.stringify(canary), baseline: JSON.stringify(baseline)},
		...{revision: Math.max(...rows.map(row => row.revision)), recorded_at: newest.recorded_at},
	});
}

const end = (minute: Instant): Instant => new Date(Date.parse(minute) + minuteMs).toISOString();

export const readingStore = (sql: Knex) => ({
	/**
	 * Stores closed buckets, in a transaction. One that late lines changed replaces what was stored, with its revision counted up; one that
	 * says what is stored already, as when two processes read the same log, changes nothing.
	 */
	async put(readings: readonly NewReading[], recordedAt: Instant): Promise<void> {
		for (const some of bySignal(readings)) {
			const [first] = some;
			if (first) await putSignal(sql, first, some, recordedAt);
		}
	},
	/** Oldest first, with how long each lasts; null: there is none. `from` is in, `to` is out. Where some are folded, all are. */
	async between(service: string, signal: string, from: Instant, to: Instant): Promise<{bucketMs: number | null; buckets: Bucket[]}> {
		const rows = await sql<Row>('readings')
			.where({service, signal})
			.andWhere('bucket_at', '>=', from)
			.andWhere('bucket_at', '<', to)
			.orderBy('bucket_at');
		if (!rows.some(row => row.bucket_ms === minuteMs)) return {bucketMs: rows[0]?.bucket_ms ?? null, buckets: rows.map(fromRow)};
		const minutes = [...byMinute(rows, row => row.bucket_at)];
		return {bucketMs: minuteMs, buckets: minutes.map(([minute, some]) => foldBuckets(minute, some.map(fromRow)))};
	},
	/** How many events the signal counted on the baseline since then, and from when on there are readings at all. */
	async baselineCount(service: string, signal: string, since: Instant): Promise<{count: number; since: Instant | null}> {
		const rows = await sql<Row>('readings')
			.where({service, signal})
			.andWhere('bucket_at', '>=', since)
			.orderBy('bucket_at')
			.select('bucket_at', 'baseline');
		let count = 0;
		for (const row of rows) {
			const baseline = JSON.parse(row.baseline) as Bucket['baseline'];
			if ('count' in baseline) count += baseline.count;
		}
		return {count, since: rows[0]?.bucket_at ?? null};
	},
	/** Every signal that there are readings of, one question each: the table is read by its key, and not from end to end. */
	async signals(): Promise<SignalKey[]> {
		const found: SignalKey[] = [];
		for (;;) {
			const last = found.at(-1);
			const query = sql<Row>('readings').orderBy('service').orderBy('signal').select('service', 'signal');
			if (last) query.whereRaw('(service, signal) > (?, ?)', [last.service, last.signal]);
			const next = await query.first();
			if (!next) return found;
			found.push({service: next.service, signal: next.signal});
		}
	},
	/** How many readings of a signal there are from then on. */
	async countSince({service, signal}: SignalKey, from: Instant): Promise<number> {
		const row = await sql('readings').where({service, signal}).andWhere('bucket_at', '>=', from).count({count: '*'}).first();
		return Number(row?.['count'] ?? 0);
	},
	/** Whether a signal has readings before that time that were not folded yet. */
	async isFoldable(key: SignalKey, before: Instant): Promise<boolean> {
		const {service, signal} = key;
		const query = sql<Row>('readings')
			.where({service, signal})
			.andWhere('bucket_at', '>=', await foldedUntil(sql, key));
		return (await query.andWhere('bucket_at', '<', before).first('bucket_at')) !== undefined;
	},
	/**
	 * Folds a signal's readings before `before` to one a minute, at most `rowsMax` of them and the oldest first, but for the minutes that
	 * touch a pinned time; in a transaction. `pinnedIn` answers those of a time. Answers whether there are more.
	 */
	async fold(
		key: SignalKey,
		before: Instant,
		pinnedIn: (from: Instant, to: Instant) => Promise<readonly PinnedTime[]>,
		rowsMax: number,
	): Promise<boolean> {
		const {service, signal} = key;
		const rows = await sql<Row>('readings')
			.where({service, signal})
			.andWhere('bucket_at', '>=', await foldedUntil(sql, key))
			.andWhere('bucket_at', '<', before)
			.orderBy('bucket_at')
			.limit(rowsMax);
		const isFull = rows.length === rowsMax;
		// The last minute of a full batch may go on behind it.
		const minutes = [...byMinute(rows, row => row.bucket_at)].slice(0, isFull ? -1 : undefined);
		const [first] = minutes;
		const last = minutes.at(-1);
		if (!first || !last) return false;
		const pinned = await pinnedIn(first[0], end(last[0]));
		for (const [minute, some] of minutes) {
			const isPinned = pinned.some(time => time.from < end(minute) && minute < time.to);
			if (!isPinned && some.some(row => row.bucket_ms < minuteMs)) await foldMinute(sql, key, minute, some);
		}
		await sql('folded_readings')
			.insert({service, signal, until: end(last[0])})
			.onConflict(['service', 'signal'])
			.merge();
		return isFull;
	},
});
