/** Buckets from what is known of each host. A host that was not read in a bucket is left out of it, and is never a zero. */
import type {Bucket, Count, Missing} from '../../../gate/facts.ts';
import {bucketMs} from '../log-files/buckets.ts';
import type {ArmHosts} from '../log-files/host-names.ts';
import type {Window} from '../polled/bucket-book.ts';
import type {HostReading} from './hosts.ts';
import {countWithin} from './increase.ts';
import {coveredSeconds, type Span} from './targets.ts';

export type Known = {
	readonly known: ReadonlyMap<string, HostReading>;
	/** The newest scrape of each host that any answer had. */
	readonly newest: ReadonlyMap<string, number>;
	readonly gapMs: number;
};

/** A canary that was read until lately and is not any more: its restart may take so long, and it is missed for so long. */
const restartMs = 60_000;
const missedMs = 600_000;
const silentMs = 30_000;

const overlaps = (span: Span, fromMs: number, toMs: number): boolean => span.fromMs < toMs && span.toMs > fromMs;

function hostCount(host: string, atMs: number, {known, newest}: Known): Count | Missing {
	const reading = known.get(host);
	const endMs = atMs + bucketMs;
	const last = newest.get(host);
	const never = {missing: `no scrape of ${host}${last === undefined ? ' in all that was read' : ` since ${new Date(last).toISOString()}`}`};
	if (reading === undefined) return never;
	if (reading.unreadable.some(span => overlaps(span, atMs, endMs))) return {missing: `${host} gives a value that is no count (NaN or Inf)`};
	const seconds = coveredSeconds(reading.covered, atMs, endMs);
	if (seconds === 0) return last !== undefined && last >= endMs ? {missing: `a gap in the scrapes of ${host}`} : never;
	return {
		count: countWithin(reading.counted, atMs, endMs),
		exposure: reading.requests === null ? seconds : countWithin(reading.requests, atMs, endMs),
	};
}

const countsAt = (hosts: readonly string[], atMs: number, known: Known) => hosts.map(host => ({host, count: hostCount(host, atMs, known)}));

const firstMissing = (counts: ReturnType<typeof countsAt>): string => {
	const reasons = counts.flatMap(({count}) => ('missing' in count ? [count.missing] : []));
	return `${reasons[0] ?? 'no host'}${reasons.length > 1 ? ` (and ${reasons.length - 1} more hosts)` : ''}`;
};

function canaryAt(hosts: readonly string[], atMs: number, known: Known): Bucket['canary'] {
	if (hosts.length === 0) return {missing: 'no host is configured for the canaries'};
	const counts = countsAt(hosts, atMs, known);
	// One that vanished must not let the others pass for all of them.
	const vanished = counts.find(({host, count}) => {
		const forMs = atMs + bucketMs - (known.newest.get(host) ?? Number.POSITIVE_INFINITY);
		return 'missing' in count && forMs > Math.max(restartMs, known.gapMs) && forMs <= missedMs;
	});
	if (vanished !== undefined && 'missing' in vanished.count) return vanished.count;
	const read = counts.flatMap(({host, count}) => ('missing' in count ? [] : [[host, count] as const]));
	return read.length === 0 ? {missing: firstMissing(counts)} : {hosts: Object.fromEntries(read)};
}

function baselineAt(hosts: readonly string[], atMs: number, known: Known): Bucket['baseline'] {
	if (hosts.length === 0) return {missing: 'no host is configured for the baseline'};
	const counts = countsAt(hosts, atMs, known);
	let read = 0;
	let count = 0;
	let exposure = 0;
	for (const {count: one} of counts) {
		if ('missing' in one) continue;
		read += 1;
		count += one.count;
		exposure += one.exposure;
	}
	return read === 0 ? {missing: firstMissing(counts)} : {count, exposure};
}

export function bucketsOf({fromMs, toMs}: Window, hosts: ArmHosts, known: Known): Bucket[] {
	const buckets: Bucket[] = [];
	for (let atMs = fromMs; atMs < toMs; atMs += bucketMs)
		buckets.push({
			at: new Date(atMs).toISOString(),
			canary: canaryAt(hosts.canaries, atMs, known),
			baseline: baselineAt(hosts.baseline, atMs, known),
		});
	return buckets;
}

/** Up to here every host that lives was read; an arm of which none lives is waited for, and then given up. */
export function settledOf(
	hosts: ArmHosts,
	newest: ReadonlyMap<string, number>,
	{atMs, gapMs}: {readonly atMs: number; readonly gapMs: number},
): number {
	const silentFromMs = atMs - Math.max(silentMs, gapMs);
	const ends = [hosts.canaries, hosts.baseline].map(arm => {
		const living = arm.flatMap(host => newest.get(host) ?? []).filter(newestMs => newestMs >= silentFromMs);
		return living.length === 0 ? silentFromMs : Math.min(...living);
	});
	return Math.max(silentFromMs, Math.min(...ends));
}
