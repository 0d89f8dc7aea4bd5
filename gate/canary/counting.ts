/**
 * From a signal's buckets to what may be compared: which buckets are usable, which were lost and on which arm, and what the hosts
 * that surely run the new code counted. Missing is never 0: a bucket that one arm lacks is dropped for both, and remembered.
 */
import type {Bucket, CanaryHost, Count, Missing, Signal} from '../facts.ts';
import type {Pair} from './evidence.ts';

export type HostCount = Count & {readonly host: string};

/** A bucket that both arms have. */
export type UsableBucket = {readonly atMs: number; readonly hosts: readonly HostCount[]; readonly baseline: Count};

export type LostBucket = {readonly atMs: number; readonly arm: 'canaries' | 'baseline'; readonly why: string};

/** Closed buckets from one moment on, oldest first. */
export type CountedWindow = {
	readonly usable: readonly UsableBucket[];
	readonly lost: readonly LostBucket[];
	readonly newest: UsableBucket | LostBucket | null;
};

const bucketsMax = 10_000;

/** The closed buckets that begin at or after `fromMs` and not after `untilMs`, the clock of this judgement. */
export function countWindow(signal: Signal, fromMs: number, untilMs: number): CountedWindow {
	// Of two rows for one window the later is the recomputed one.
	const byStart = new Map<number, UsableBucket | LostBucket>();
	const unreadable: LostBucket[] = [];
	for (const bucket of signal.buckets.slice(-bucketsMax)) {
		const atMs = Date.parse(bucket.at);
		if (Number.isNaN(atMs)) unreadable.push({atMs, arm: 'canaries', why: 'the time of the bucket cannot be read'});
		else if (atMs >= fromMs && atMs <= untilMs) byStart.set(atMs, readBucket(bucket, atMs));
	}
	const rows = [...byStart.values()].sort((a, b) => a.atMs - b.atMs);
	const lost = [...unreadable, ...rows.flatMap(row => ('why' in row ? [row] : []))];
	return {usable: rows.flatMap(row => ('why' in row ? [] : [row])), lost, newest: rows.at(-1) ?? unreadable.at(-1) ?? null};
}

function readBucket(bucket: Bucket, atMs: number): UsableBucket | LostBucket {
	const {canary, baseline} = bucket;
	if (isMissing(canary)) return {atMs, arm: 'canaries', why: canary.missing};
	const hosts: HostCount[] = [];
	for (const [host, reading] of Object.entries(canary.hosts)) {
		if (!isCount(reading)) return {atMs, arm: 'canaries', why: `the reading of ${host} is not a count`};
		hosts.push({host, count: reading.count, exposure: reading.exposure});
	}
	if (hosts.length === 0) return {atMs, arm: 'canaries', why: 'no host has a reading'};
	if (isMissing(baseline)) return {atMs, arm: 'baseline', why: baseline.missing};
	if (!isCount(baseline)) return {atMs, arm: 'baseline', why: 'the reading is not a count'};
	return {atMs, hosts, baseline};
}

const isMissing = (reading: object): reading is Missing => 'missing' in reading;

const isCount = ({count, exposure}: Count): boolean => isAmount(count) && isAmount(exposure);

const isAmount = (value: number): boolean => Number.isFinite(value) && value >= 0 && value <= Number.MAX_SAFE_INTEGER;

/** Looks at all canary hosts but those left out: what may count as harm. */
export const harmLooks = (buckets: readonly UsableBucket[], leftOut?: string): Pair[] =>
	buckets.map(({hosts, baseline}) => ({
		canary: total(leftOut === undefined ? hosts : hosts.filter(({host}) => host !== leftOut)),
		baseline,
	}));

/**
 * Looks at what surely ran the new code: per host only buckets that begin at or after that host's own `since`. Two looks of old code
 * counted as canary would make false passes many times as frequent, so a host without `since` adds nothing.
 */
export function safetyLooks(buckets: readonly UsableBucket[], canaries: readonly CanaryHost[], leftOut?: string): Pair[] {
	const sinceMs = new Map(
		canaries.filter(({host}) => host !== leftOut).map(({host, since}) => [host, since === null ? Number.NaN : Date.parse(since)]),
	);
	return buckets.flatMap(({atMs, hosts, baseline}) => {
		const proven = hosts.filter(({host}) => atMs >= (sinceMs.get(host) ?? Number.NaN));
		return proven.length === 0 ? [] : [{canary: total(proven), baseline}];
	});
}

/** Looks ready for the test, and the canary errors that no exposure could be found for. */
export type SettledLooks = {readonly looks: readonly Pair[]; readonly unplaced: number};

/**
 * Drops looks without exposure on an arm, and carries that arm's errors into its next look: a request that fails at the end of one
 * bucket is often counted as a request in the next one. Errors that never meet any exposure stay `unplaced` and forbid a pass.
 */
export function settle(pairs: readonly Pair[]): SettledLooks {
	const looks: Pair[] = [];
	let canaryErrors = 0;
	let baselineErrors = 0;
	for (const {canary, baseline} of pairs) {
		if (canary.exposure === 0) canaryErrors += canary.count;
		if (baseline.exposure === 0) baselineErrors += baseline.count;
		if (canary.exposure === 0 || baseline.exposure === 0) continue;
		looks.push({
			canary: {...canary, count: canary.count + canaryErrors},
			baseline: {...baseline, count: baseline.count + baselineErrors},
		});
		canaryErrors = 0;
		baselineErrors = 0;
	}
	return {looks, unplaced: canaryErrors};
}

/** Counts and exposures of both arms added up, for people and for the exact interval. */
export const pooled = (looks: readonly Pair[]): Pair => ({
	canary: total(looks.map(({canary}) => canary)),
	baseline: total(looks.map(({baseline}) => baseline)),
});

/** Each host's count and exposure over these buckets, most errors first. */
export function perHost(buckets: readonly UsableBucket[]): HostCount[] {
	const byHost = new Map<string, HostCount>();
	for (const {hosts} of buckets)
		for (const {host, count, exposure} of hosts) {
			const before = byHost.get(host);
			byHost.set(host, {host, count: (before?.count ?? 0) + count, exposure: (before?.exposure ?? 0) + exposure});
		}
	return [...byHost.values()].sort((a, b) => b.count - a.count || (a.host < b.host ? -1 : 1));
}

function total(counts: readonly Count[]): Count {
	let count = 0;
	let exposure = 0;
	for (const one of counts) {
		count += one.count;
		exposure += one.exposure;
	}
	return {count, exposure};
}
