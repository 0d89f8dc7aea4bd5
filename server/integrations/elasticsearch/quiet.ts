/**
 * When each arm was heard, so that a bucket in which nothing came can be told apart: quiet, where the arm was heard before and after it,
 * not long apart; otherwise silent, and silence is missing. The same rule as for log files (log-files/buckets.ts).
 */
import {bucketMs} from '../log-files/buckets.ts';

export type HeardTimes = {
	add(atMs: number): void;
	/** Null where the arm was heard in this bucket or was only quiet; otherwise since when it is silent, in words. */
	silence(bucketAtMs: number): string | null;
	newestMs(): number | null;
};

const rememberedMs = 3 * 3_600_000;

export function heardTimes(quietMs = 600_000): HeardTimes {
	const buckets = new Set<number>();
	let newestMs: number | null = null;
	const steps = Math.ceil(quietMs / bucketMs);
	return {
		add(atMs) {
			if (newestMs === null || atMs > newestMs) newestMs = atMs;
			buckets.add(Math.floor(atMs / bucketMs));
			if (buckets.size <= rememberedMs / bucketMs) return;
			const oldest = Math.floor((newestMs - rememberedMs / 2) / bucketMs);
			for (const bucket of buckets) if (bucket < oldest) buckets.delete(bucket);
		},
		silence(bucketAtMs) {
			const index = Math.floor(bucketAtMs / bucketMs);
			if (buckets.has(index)) return null;
			let before: number | null = null;
			for (let step = 1; step <= steps && before === null; step += 1) if (buckets.has(index - step)) before = index - step;
			if (before === null)
				return newestMs !== null && newestMs < bucketAtMs
					? `since ${new Date(newestMs).toISOString()}`
					: `in the ${quietMs / 60_000} minutes before`;
			for (let next = index + 1; next - before <= steps; next += 1) if (buckets.has(next)) return null;
			const lastMs = newestMs !== null && Math.floor(newestMs / bucketMs) === before ? newestMs : before * bucketMs;
			return `since ${new Date(lastMs).toISOString()}`;
		},
		newestMs: () => newestMs,
	};
}
