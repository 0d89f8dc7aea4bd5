/**
 * Impact, measured from the buckets that the gate judged by: counts above what the baseline explains, summed over the impact.
 *
 * While some hosts still run the old code, the expectation of a phase is w * Y: the baseline's count at the canaries' exposure.
 * Once every host has the new code there is no concurrent baseline, and the rate before the change stands in, which is said.
 * The 95 % interval combines Byar's limits of each count by the method of variance estimates recovery
 * (Zou and Donner, Statistics in Medicine 27, 2008): exact-like for small counts, normal for large ones.
 */
import type {Count, Instant} from '../gate/facts.ts';
import {exposureOf} from './exposure.ts';
import {type Moments, movedSignals} from './moments.ts';
import {armsOf, countInterval, type Exposure, type Reference, referenceOf} from './reference.ts';
import {addMs, msBetween, sayCount, sayCounted, sayDuration, sayShare} from './say.ts';
import type {IncidentStory, SignalReadings} from './story.ts';

export type PhaseImpact = {
	readonly phase: 'canaries' | 'everywhere';
	readonly observed: number;
	readonly expected: number;
	readonly exposure: number;
	/** Exposure of the new code over all exposure that was counted; null where nothing was counted. */
	readonly share: number | null;
};

export type SignalImpact = {
	readonly signal: string;
	readonly measured: true;
	readonly moved: boolean;
	readonly observed: number;
	readonly expected: number;
	readonly excess: number;
	readonly low: number;
	readonly high: number;
	readonly phases: readonly PhaseImpact[];
	readonly buckets: number;
	/** Buckets of the window without a reading: they count for nothing, not for zero. */
	readonly missingBuckets: number;
	readonly sentence: string;
	readonly method: string;
};

export type UnmeasuredImpact = {readonly signal: string; readonly measured: false; readonly why: string; readonly sentence: string};

export type Impact = {
	readonly window: {readonly from: Instant; readonly to: Instant | null} | null;
	/** Milliseconds; null while it lasts or where an end is unknown. */
	readonly durationMs: number | null;
	readonly duration: string;
	readonly signals: readonly (SignalImpact | UnmeasuredImpact)[];
	readonly share: string;
};

/** What one phase adds up to: canaries against baseline, or all hosts against the time before. */
type Sums = {readonly phase: PhaseImpact['phase']; readonly hit: Count; readonly reference: Count; readonly all: number};

const add = (a: Count, b: Count): Count => ({count: a.count + b.count, exposure: a.exposure + b.exposure});
const nothing: Count = {count: 0, exposure: 0};

type Window = {readonly from: Instant; readonly to: Instant};

/** Buckets that lie in the window, counted by the grid, so that a bucket that was never stored is missing too. */
const bucketsIn = ({from, to}: Window, bucketMs: number): number => Math.max(0, Math.ceil(msBetween(from, to) / bucketMs));

/** The start of the bucket in which a moment lies: a bucket that an impact began within belongs to it. */
const bucketOf = (at: Instant, bucketMs: number): Instant => addMs(at, -(Date.parse(at) % bucketMs));

function sumPhases(signal: SignalReadings, window: Window, {everywhereAt}: Exposure, before: Reference) {
	let beside = {hit: nothing, reference: nothing};
	let everywhere = nothing;
	let known = 0;
	for (const bucket of signal.buckets) {
		if (bucket.at < window.from || bucket.at >= window.to) continue;
		const arms = armsOf(bucket);
		if ('missing' in arms) continue;
		known += 1;
		const concurrent = everywhereAt === null || Date.parse(bucket.at) + signal.bucketMs <= Date.parse(everywhereAt);
		if (concurrent) beside = {hit: add(beside.hit, arms.canary), reference: add(beside.reference, arms.baseline)};
		else everywhere = add(everywhere, arms.all);
	}
	const sums: Sums[] = [
		{phase: 'canaries', ...beside, all: beside.hit.exposure + beside.reference.exposure},
		{phase: 'everywhere', hit: everywhere, reference: before, all: everywhere.exposure},
	];
	return {known, sums: sums.filter(({all}) => all > 0)};
}

/** Excess of one phase with the squared distances to its limits, which add up over independent phases. */
function excessOf({hit, reference}: Sums) {
	const weight = reference.exposure > 0 ? hit.exposure / reference.exposure : 0;
	const hitLimits = countInterval(hit.count);
	const referenceLimits = countInterval(reference.count);
	return {
		expected: weight * reference.count,
		belowSquared: (hit.count - hitLimits.low) ** 2 + (weight * (referenceLimits.high - reference.count)) ** 2,
		aboveSquared: (hitLimits.high - hit.count) ** 2 + (weight * (reference.count - referenceLimits.low)) ** 2,
	};
}

function methodOf(sums: readonly Sums[], signal: SignalReadings, reference: Reference): string {
	const bucket = sayDuration(signal.bucketMs);
	const parts = sums.map(({phase}) =>
		phase === 'canaries'
			? 'canaries against the baseline hosts of the same time'
			: `all hosts against the rate ${reference.from === 'before' ? 'before the change' : 'of the baseline hosts while they had the old code'} (no concurrent baseline)`,
	);
	return `excess over baseline from ${signal.source}, closed buckets of ${bucket}: ${parts.join('; then ')}; 95 % interval from Byar limits of each count, combined by variance recovery`;
}

function impactOfSignal(signal: SignalReadings, window: Window, exposure: Exposure, moved: boolean): SignalImpact | UnmeasuredImpact {
	const unmeasured = (why: string): UnmeasuredImpact => ({
		signal: signal.name,
		measured: false,
		why,
		sentence: `${signal.name}: not measured: ${why}.`,
	});
	const reference = referenceOf(signal, exposure);
	if ('missing' in reference) return unmeasured(reference.missing);
	const {known, sums} = sumPhases(signal, window, exposure, reference);
	if (sums.length === 0) return unmeasured('no reading of both arms in the window');
	if (sums.some(({phase, reference: {exposure: seen}}) => phase === 'canaries' && seen <= 0))
		return unmeasured('the baseline hosts had no traffic');
	const parts = sums.map(excessOf);
	const observed = sums.reduce((sum, {hit}) => sum + hit.count, 0);
	const expected = parts.reduce((sum, part) => sum + part.expected, 0);
	const excess = observed - expected;
	const low = excess - Math.sqrt(parts.reduce((sum, part) => sum + part.belowSquared, 0));
	const high = excess + Math.sqrt(parts.reduce((sum, part) => sum + part.aboveSquared, 0));
	const missingBuckets = Math.max(0, bucketsIn(window, signal.bucketMs) - known);
	const more =
		excess >= 0
			? `${sayCounted(excess, signal.counts)} more than the baseline explains`
			: `${sayCounted(-excess, signal.counts)} fewer than the baseline explains`;
	const gap =
		missingBuckets === 0
			? ''
			: ` Of ${sayCount(known + missingBuckets)} buckets, ${sayCount(missingBuckets)} without a reading ${missingBuckets === 1 ? 'is' : 'are'} not counted.`;
	return {
		signal: signal.name,
		measured: true,
		moved,
		observed,
		expected,
		excess,
		low,
		high,
		phases: sums.map(({phase, hit, all}, index) => ({
			phase,
			observed: hit.count,
			expected: parts[index]?.expected ?? 0,
			exposure: hit.exposure,
			share: all > 0 ? hit.exposure / all : null,
		})),
		buckets: known,
		missingBuckets,
		sentence: `${signal.name}: ${more} (95 % interval ${sayCount(low)} to ${sayCount(high)}; ${sayCount(observed)} counted, ${sayCount(expected)} expected)${moved ? '' : '; it did not go over its limit'}.${gap}`,
		method: methodOf(sums, signal, reference),
	};
}

/** Share of traffic that met the new code, by phase, from the exposure that the signals counted. */
function shareOf(story: IncidentStory, signals: readonly (SignalImpact | UnmeasuredImpact)[]): string {
	const measured = signals.filter(signal => signal.measured);
	const unitOf = (name: string) => story.readings.find(reading => reading.name === name)?.exposureUnit;
	const best = measured.find(({signal}) => unitOf(signal) === 'requests') ?? measured[0];
	if (best === undefined) return 'Share of traffic exposed: not measured.';
	const of = unitOf(best.signal) === 'requests' ? 'requests' : 'host time';
	const parts = best.phases
		.filter(({share}) => share !== null)
		.map(({phase, share}) =>
			phase === 'canaries'
				? `${sayShare(share ?? 0)} of ${of} while on the canaries`
				: `all ${of} of the hosts that are read, once everywhere`,
		);
	const caveat = of === 'requests' ? '' : ' Requests were not counted, so the share of traffic was not measured.';
	return parts.length === 0 ? 'Share of traffic exposed: not measured.' : `Share exposed: ${parts.join('; ')}.${caveat}`;
}

/** The impact of an incident. Without a start nothing was measured, and each signal says so. */
export function impactOf(story: IncidentStory, moments: Moments): Impact {
	const exposure = exposureOf(story);
	const start = moments.impact_start;
	if (exposure === null || start === null) {
		const why =
			exposure === null ? 'nothing shows that the change was live' : 'no bucket went over its limit, so no start of the impact is known';
		return {
			window: null,
			durationMs: null,
			duration: 'Duration: not measured.',
			signals: story.readings.map(({name}) => ({signal: name, measured: false, why, sentence: `${name}: not measured: ${why}.`})),
			share: 'Share of traffic exposed: not measured.',
		};
	}
	const end = moments.impact_end?.at ?? null;
	const newest = story.readings.flatMap(({buckets, bucketMs}) => buckets.slice(-1).map(({at}) => Date.parse(at) + bucketMs));
	const to = end ?? new Date(Math.max(Date.parse(start.at), ...newest)).toISOString();
	const moved = new Set(movedSignals(story, exposure).map(({signal}) => signal.name));
	const signals = story.readings.map(signal =>
		impactOfSignal(signal, {from: bucketOf(start.at, signal.bucketMs), to}, exposure, moved.has(signal.name)),
	);
	return {
		window: {from: start.at, to: end},
		durationMs: end === null ? null : msBetween(start.at, end),
		duration:
			end === null ? 'Duration: not measured; no end of the impact is known.' : `Duration: ${sayDuration(msBetween(start.at, end))}.`,
		signals,
		share: shareOf(story, signals),
	};
}
