/**
 * How much a counter grew, from its raw samples. Prometheus' own increase() leaves out the first value of a series that appears, which is
 * what a restarted canary has, and spreads over buckets what it did not see. The rules here:
 *
 * 1. Between two samples a counter grew by their difference, evenly over the time between them.
 * 2. A value below the one before, or a process start time that changed in between, is a restart: it grew from 0 to the later value,
 *    since the start where that is known, and at the later sample where it is not.
 * 3. A series that appears while its process started within what was read grew from 0. So did one that appears at a target that was read
 *    without it just before: a counter with labels comes into being at its first count. What it is known to have been earlier is taken off.
 * 4. A series that appears in any other way merely was not read before: its first value says nothing of when it was counted.
 * 5. Over a gap in the samples only a restart is counted; what else grew in it belongs to buckets that are missing.
 */
import type {Sample} from './read-matrix.ts';

/** Growth from `base` to `value`, evenly over the time; at once where both times are the same. */
export type Growth = {readonly fromMs: number; readonly toMs: number; readonly base: number; readonly value: number};

/** What is known of the target that a series belongs to. Times in milliseconds, oldest first. */
export type TargetTimes = {
	/** Successful scrapes. */
	readonly scrapes: readonly number[];
	/** Restarts: the process was another one at the scrape `seenMs` than at the one before it; it began at `atMs`. */
	readonly starts: readonly {readonly seenMs: number; readonly atMs: number}[];
};

export type SeriesContext = {
	readonly target: TargetTimes;
	/** What was read begins here. */
	readonly fromMs: number;
	/** A longer time between two samples is a gap. */
	readonly gapMs: number;
	/** The last value that was seen of this series before what was read; null: none. */
	readonly before: number | null;
};

export function growthOf(samples: readonly Sample[], context: SeriesContext): Growth[] {
	const growth: Growth[] = [];
	const [first] = samples;
	if (first && Number.isFinite(first.value)) growth.push(...appearance(first, context));
	for (const [index, later] of samples.entries()) {
		const earlier = samples[index - 1];
		if (earlier === undefined || !Number.isFinite(later.value) || !Number.isFinite(earlier.value)) continue;
		growth.push(...between(earlier, later, context));
	}
	return growth.filter(({base, value}) => value > base);
}

function between(earlier: Sample, later: Sample, {target, gapMs}: SeriesContext): Growth[] {
	const start = target.starts.find(({seenMs}) => seenMs > earlier.atMs && seenMs <= later.atMs);
	if (start !== undefined) return [sinceStart(start.atMs, earlier.atMs, later)];
	if (later.value < earlier.value) return [atOnce(later, 0)];
	if (later.atMs - earlier.atMs > gapMs) return [];
	return [{fromMs: earlier.atMs, toMs: later.atMs, base: earlier.value, value: later.value}];
}

const atOnce = ({atMs, value}: Sample, base: number): Growth => ({fromMs: atMs, toMs: atMs, base, value});

/** The start is told by the target's own clock, so it is only believed where it lies between the two samples. */
const sinceStart = (startMs: number, earliestMs: number, later: Sample): Growth =>
	startMs >= earliestMs && startMs <= later.atMs ? {fromMs: startMs, toMs: later.atMs, base: 0, value: later.value} : atOnce(later, 0);

function appearance(first: Sample, {target, fromMs, gapMs, before}: SeriesContext): Growth[] {
	if (first.atMs <= fromMs + gapMs) return [];
	const scraped = target.scrapes.findLast(atMs => atMs < first.atMs && atMs >= first.atMs - gapMs) ?? null;
	const start = target.starts.findLast(({seenMs}) => seenMs <= first.atMs);
	if (start !== undefined && (scraped === null || start.seenMs > scraped)) return [sinceStart(start.atMs, scraped ?? fromMs, first)];
	// The process is newer than all that was read, and this counter came later than its first scrape.
	if (scraped === null) return [];
	const known = start === undefined && before !== null && before <= first.value ? before : 0;
	return [{fromMs: scraped, toMs: first.atMs, base: known, value: first.value}];
}

/**
 * Whole counts within [fromMs, toMs). Growth is cut where the counter passes whole numbers, so that the buckets of a time add up to what
 * was counted in it, whatever their borders.
 */
export function countWithin(growth: readonly Growth[], fromMs: number, toMs: number): number {
	let count = 0;
	for (const one of growth) {
		if (one.fromMs === one.toMs) {
			if (one.toMs >= fromMs && one.toMs < toMs) count += Math.floor(one.value) - Math.floor(one.base);
		} else count += Math.floor(valueAt(one, toMs)) - Math.floor(valueAt(one, fromMs));
	}
	return count;
}

function valueAt({fromMs, toMs, base, value}: Growth, atMs: number): number {
	if (atMs <= fromMs) return base;
	return atMs >= toMs ? value : base + ((value - base) * (atMs - fromMs)) / (toMs - fromMs);
}
