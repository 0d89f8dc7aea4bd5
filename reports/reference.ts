/**
 * Reference: what a signal's rate is when nothing is wrong, taken from stored buckets, and how much one count may exceed it.
 *
 * Counts are Poisson. Limits of one count are Byar's approximation of the exact (Garwood) interval: Breslow and Day,
 * Statistical Methods in Cancer Research II, 1987, formula 2.13; it is within 2 % of the exact limits from a count of 0 on.
 */
import type {Bucket, Count, Instant} from '../gate/facts.ts';
import type {SignalReadings} from './story.ts';

/** Two-sided 95 %. */
const z95 = 1.959964;

export type Interval = {readonly low: number; readonly high: number};

/** The 95 % interval of the mean behind one Poisson count. */
export function countInterval(count: number): Interval {
	const upper = count + 1;
	return {
		low: count === 0 ? 0 : count * (1 - 1 / (9 * count) - z95 / (3 * Math.sqrt(count))) ** 3,
		high: upper * (1 - 1 / (9 * upper) + z95 / (3 * Math.sqrt(upper))) ** 3,
	};
}

/** Chance that a quiet bucket is called "over the limit". */
const falseAlarm = 0.0001;
/** The normal quantile that belongs to it, for means where summing terms would be slow and pointless. */
const falseAlarmZ = 3.719;
const exactMeanMax = 500;

/** The largest count that a mean explains: more than this happens at most once in 10,000 buckets. At least 1, since a single error is never a limit. */
export function largestExplained(mean: number): number {
	if (mean > exactMeanMax) return Math.ceil(mean + falseAlarmZ * Math.sqrt(mean) + 2);
	let term = Math.exp(-mean);
	let below = term;
	let count = 0;
	while (1 - below > falseAlarm && count < 2 * exactMeanMax) {
		count += 1;
		term *= mean / count;
		below += term;
	}
	return Math.max(1, count);
}

/** Both arms of one bucket, where both are known. */
export type Arms = {readonly at: Instant; readonly canary: Count; readonly baseline: Count; readonly all: Count};

const total = (counts: readonly Count[]): Count => ({
	count: counts.reduce((sum, {count}) => sum + count, 0),
	exposure: counts.reduce((sum, {exposure}) => sum + exposure, 0),
});

/** The arms of a bucket, or why there are none: missing in one arm drops the bucket for both. */
export function armsOf(bucket: Bucket): Arms | {readonly missing: string} {
	if ('missing' in bucket.canary) return {missing: bucket.canary.missing};
	if ('missing' in bucket.baseline) return {missing: bucket.baseline.missing};
	const canary = total(Object.values(bucket.canary.hosts));
	return {at: bucket.at, canary, baseline: bucket.baseline, all: total([canary, bucket.baseline])};
}

/** Counts over exposure in quiet times. `upperRate` is the upper 95 % limit, so that a short reference is not trusted more than it deserves. */
export type Reference = Count & {readonly rate: number; readonly upperRate: number; readonly from: 'before' | 'baseline'};

/** When the new code was where: harm is counted from `liveAt`, and from `everywhereAt` on no host is left to compare with. */
export type Exposure = {readonly liveAt: Instant; readonly everywhereAt: Instant | null};

function referenceFrom(counts: readonly Count[], from: Reference['from']): Reference | null {
	const {count, exposure} = total(counts);
	if (exposure <= 0) return null;
	return {count, exposure, from, rate: count / exposure, upperRate: countInterval(count).high / exposure};
}

/** The reference of a signal: all hosts before the change was live; where nothing was stored then, the baseline hosts until they too had the new code. */
export function referenceOf(signal: SignalReadings, {liveAt, everywhereAt}: Exposure): Reference | {readonly missing: string} {
	const arms = signal.buckets.map(armsOf).flatMap(bucket => ('missing' in bucket ? [] : [bucket]));
	const ended = (at: Instant) => Date.parse(at) + signal.bucketMs;
	const before = arms.filter(({at}) => ended(at) <= Date.parse(liveAt)).map(({all}) => all);
	const beside = arms
		.filter(({at}) => ended(at) > Date.parse(liveAt) && (everywhereAt === null || ended(at) <= Date.parse(everywhereAt)))
		.map(({baseline}) => baseline);
	return (
		referenceFrom(before, 'before') ??
		referenceFrom(beside, 'baseline') ?? {missing: 'no bucket from before the change, and none from hosts without it'}
	);
}

/** Whether one arm counted more than the reference explains. */
export const isOver = (reference: Reference, {count, exposure}: Count): boolean =>
	count > largestExplained(Math.max(reference.upperRate * exposure, 0));

/** The start of the first bucket over the limit, on the canaries or on all hosts, at or after the change was live; null: none. */
export function firstOver(signal: SignalReadings, reference: Reference, exposure: Exposure): Instant | null {
	for (const bucket of signal.buckets) {
		if (Date.parse(bucket.at) + signal.bucketMs <= Date.parse(exposure.liveAt)) continue;
		const arms = armsOf(bucket);
		if ('missing' in arms) continue;
		if (isOver(reference, arms.canary) || isOver(reference, arms.all)) return bucket.at;
	}
	return null;
}
