/** Readings: what each signal said for each closed bucket. Missing is stored as missing, with its reason. */
import type {Knex} from 'knex';
import type {Bucket, Instant} from '../../gate/facts.ts';

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

export type NewReading = {readonly service: string; readonly signal: string; readonly bucketMs: number; readonly bucket: Bucket};

const fromRow = (row: Row): Bucket => ({
	at: row.bucket_at,
	canary: JSON.parse(row.canary) as Bucket['canary'],
	baseline: JSON.parse(row.baseline) as Bucket['baseline'],
});

export const readingStore = (sql: Knex) => ({
	/** Stores closed buckets; one that late lines changed replaces what was stored, with its revision counted up. */
	async put(readings: readonly NewReading[], recordedAt: Instant): Promise<void> {
		for (const {service, signal, bucketMs, bucket} of readings) {
			const values = {
				bucket_ms: bucketMs,
				canary: JSON.stringify(bucket.canary),
				baseline: JSON.stringify(bucket.baseline),
				recorded_at: recordedAt,
			};
			await sql('readings')
				.insert({service, signal, bucket_at: bucket.at, revision: 1, ...values})
				.onConflict(['service', 'signal', 'bucket_at'])
				.merge({...values, revision: sql.raw('readings.revision + 1')});
		}
	},
	/** Oldest first; `from` is in, `to` is out. */
	async between(service: string, signal: string, from: Instant, to: Instant): Promise<Bucket[]> {
		return (
			await sql<Row>('readings')
				.where({service, signal})
				.andWhere('bucket_at', '>=', from)
				.andWhere('bucket_at', '<', to)
				.orderBy('bucket_at')
		).map(fromRow);
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
});
