/** Normal again: enough quiet closed buckets in a row, at a rate that the time before explains. Silence is not quiet. */
import type {Instant} from '../gate/facts.ts';
import {type Arms, armsOf, type Exposure, isOver, type Reference, referenceOf} from './reference.ts';
import {addMs, sayCount, sayTime} from './say.ts';
import type {SignalReadings} from './story.ts';

/** A minute at buckets of 10 s: longer than one burst of retries, short enough to end an incident while people still watch. */
export const quietBucketsDefault = 6;

export type Normal =
	/** `at`: start of the first quiet bucket. `knownAt`: end of the last one needed, when it could be said. */
	{readonly normal: true; readonly at: Instant; readonly knownAt: Instant} | {readonly normal: false; readonly why: string};

/** Why this bucket does not count as quiet; null: it is quiet. */
function disturbance(arms: Arms | {readonly missing: string}, reference: Reference): string | null {
	if ('missing' in arms) return `no reading (${arms.missing})`;
	if (arms.all.exposure <= 0) return 'no traffic, so nothing was shown';
	if (isOver(reference, arms.canary)) return `${sayCount(arms.canary.count)} on the canaries is more than the rate before explains`;
	if (isOver(reference, arms.baseline)) return `${sayCount(arms.baseline.count)} on the other hosts is more than the rate before explains`;
	return null;
}

/** A slow burn hides in single buckets: the whole run is held against the reference too. */
function runIsQuiet(run: readonly Arms[], reference: Reference): boolean {
	const sum = (pick: (arms: Arms) => number) => run.reduce((so, arms) => so + pick(arms), 0);
	return !isOver(reference, {count: sum(({all}) => all.count), exposure: sum(({all}) => all.exposure)});
}

/**
 * Whether one signal is normal again: the first run of quiet buckets that starts at `since` or later.
 * A missing bucket, a gap between buckets and a bucket without traffic each break the run.
 */
export function signalNormal(
	signal: SignalReadings,
	since: Instant,
	exposure: Exposure,
	quietBuckets: number = quietBucketsDefault,
): Normal {
	const reference = referenceOf(signal, exposure);
	if ('missing' in reference) return {normal: false, why: `${signal.name}: nothing to compare with: ${reference.missing}`};
	let run: Arms[] = [];
	let last: string | null = null;
	for (const bucket of signal.buckets.filter(({at}) => at >= since)) {
		const arms = armsOf(bucket);
		const why = disturbance(arms, reference);
		if (why !== null) last = `${sayTime(bucket.at)}: ${why}`;
		const newest = run.at(-1);
		const follows = newest === undefined || Date.parse(bucket.at) - Date.parse(newest.at) === signal.bucketMs;
		if (why !== null || 'missing' in arms) run = [];
		else run = follows ? [...run, arms] : [arms];
		if (run.length > quietBuckets) run = run.slice(1);
		const first = run[0];
		if (first !== undefined && run.length === quietBuckets) {
			if (runIsQuiet(run, reference)) return {normal: true, at: first.at, knownAt: addMs(bucket.at, signal.bucketMs)};
			last = `${sayTime(first.at)}: ${quietBuckets} buckets in a row are together above the rate before`;
		}
	}
	const quiet = run.length === 0 ? 'no quiet bucket yet' : `${run.length} of ${quietBuckets} quiet buckets so far`;
	return {normal: false, why: `${signal.name}: ${quiet}${last === null ? '' : `; last disturbed ${last}`}`};
}

/** Whether all signals are normal again: the latest of their starts. No signal at all proves nothing. */
export function signalsNormal(
	signals: readonly SignalReadings[],
	since: Instant,
	exposure: Exposure,
	quietBuckets: number = quietBucketsDefault,
): Normal {
	if (signals.length === 0) return {normal: false, why: 'no signal is read, so nobody can say'};
	let at = since;
	let knownAt = since;
	for (const signal of signals) {
		const normal = signalNormal(signal, since, exposure, quietBuckets);
		if (!normal.normal) return normal;
		if (normal.at > at) at = normal.at;
		if (normal.knownAt > knownAt) knownAt = normal.knownAt;
	}
	return {normal: true, at, knownAt};
}
