/** Several short buckets as one longer one: what old readings become. */
import type {Bucket, Count, Missing} from '../../gate/facts.ts';

export const minuteMs = 60_000;

/** The start of the minute that an instant is in. */
export const minuteOf = (at: string): string => `${at.slice(0, 16)}:00.000Z`;

type Canary = Exclude<Bucket['canary'], Missing>;

const isKnown = <Arm extends object>(arm: Arm | Missing): arm is Arm => !('missing' in arm);
const sum = (a: Count, b: Count): Count => ({count: a.count + b.count, exposure: a.exposure + b.exposure});

function foldHosts(arms: readonly Canary[]): Canary {
	const hosts = new Map<string, Count>();
	for (const arm of arms)
		for (const [host, count] of Object.entries(arm.hosts)) hosts.set(host, sum(hosts.get(host) ?? {count: 0, exposure: 0}, count));
	return {hosts: Object.fromEntries([...hosts].sort(([a], [b]) => (a < b ? -1 : 1)))};
}

/**
 * The sum of the buckets whose both arms are known, since a bucket counts for both or for none. Where there is none, each arm by itself: the
 * sum of what is known of it, else missing, for the reason that the first one gave. Missing is never added as 0.
 */
export function foldBuckets(at: string, buckets: readonly Bucket[]): Bucket {
	const whole = buckets.filter(({canary, baseline}) => isKnown(canary) && isKnown(baseline));
	const folded = whole.length > 0 ? whole : buckets;
	const canaries = folded.map(({canary}) => canary);
	const baselines = folded.map(({baseline}) => baseline);
	const nothing: Missing = {missing: 'nothing was read'};
	const canary = canaries.filter(isKnown<Canary>);
	const baseline = baselines.filter(isKnown<Count>);
	return {
		at,
		canary: canary.length > 0 ? foldHosts(canary) : (canaries[0] ?? nothing),
		baseline: baseline.length > 0 ? baseline.reduce(sum) : (baselines[0] ?? nothing),
	};
}

/** Buckets by the minute that they are in, in their order. */
export function byMinute<Row>(rows: readonly Row[], atOf: (row: Row) => string): Map<string, Row[]> {
	const minutes = new Map<string, Row[]>();
	for (const row of rows) {
		const minute = minuteOf(atOf(row));
		const known = minutes.get(minute);
		if (known) known.push(row);
		else minutes.set(minute, [row]);
	}
	return minutes;
}
