/** What is known of the targets that Prometheus scrapes: when they answered, when their processes were new, and how often they are asked. */
import type {TargetTimes} from './increase.ts';
import type {Series} from './read-matrix.ts';

/** A piece of time, from `fromMs` to `toMs`. */
export type Span = {readonly fromMs: number; readonly toMs: number};

/** A scrape that is late by half an interval more than one that was missed makes a gap. */
export const gapIntervals = 2.5;
const usualIntervalMs = 15_000;

/** Job and instance name a target; where a series has neither, its host does. */
export function targetOf({labels}: Pick<Series, 'labels'>, hostLabel: string): string {
	const {job, instance} = labels;
	return job === undefined && instance === undefined ? `host ${labels[hostLabel] ?? ''}` : `${job ?? ''} ${instance ?? ''}`;
}

/** The middle one of the times between two samples; null where there are none. */
export function intervalOf(times: readonly (readonly number[])[]): number | null {
	const steps = times.flatMap(list => list.slice(1).map((atMs, index) => atMs - (list[index] ?? atMs))).sort((a, b) => a - b);
	return steps[Math.floor(steps.length / 2)] ?? null;
}

/** How long a host may stay unread before its buckets are missing. */
export const gapOf = (intervalMs: number | null): number => gapIntervals * (intervalMs ?? usualIntervalMs);

/** Restarts of one target, from the samples of its process_start_time_seconds; see `TargetTimes`. */
export function startsOf(samples: Series['samples'], fromMs: number, gapMs: number): TargetTimes['starts'] {
	const starts: {seenMs: number; atMs: number}[] = [];
	for (const [index, {atMs: seenMs, value}] of samples.entries()) {
		const earlier = samples[index - 1]?.value;
		const atMs = value * 1000;
		if (!Number.isFinite(atMs)) continue;
		// The first one read is only news where it cannot have run before what was read.
		const isNew = earlier === undefined ? seenMs > fromMs + gapMs && atMs >= fromMs : Number.isFinite(earlier) && earlier !== value;
		if (isNew) starts.push({seenMs, atMs});
	}
	return starts;
}

/** The time that the scrapes of a target cover: between two of them that are not a gap apart, and from a start to the first one after it. */
export function coverageOf({scrapes, starts}: TargetTimes, gapMs: number): Span[] {
	const spans: Span[] = [];
	for (const [index, toMs] of scrapes.entries()) {
		const earlierMs = scrapes[index - 1] ?? Number.NEGATIVE_INFINITY;
		if (toMs - earlierMs <= gapMs) spans.push({fromMs: earlierMs, toMs});
		else {
			const start = starts.find(({seenMs, atMs}) => seenMs === toMs && atMs > earlierMs && atMs < toMs);
			if (start !== undefined) spans.push({fromMs: Math.max(start.atMs, toMs - gapMs), toMs});
		}
	}
	return spans;
}

/** Spans of several targets as one list without overlaps, by time. */
export function united(spans: readonly Span[]): Span[] {
	const whole: {fromMs: number; toMs: number}[] = [];
	for (const {fromMs, toMs} of [...spans].sort((a, b) => a.fromMs - b.fromMs)) {
		const last = whole.at(-1);
		if (last !== undefined && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
		else whole.push({fromMs, toMs});
	}
	return whole;
}

/** How much of [fromMs, toMs) these cover, seconds. They do not overlap. */
export const coveredSeconds = (spans: readonly Span[], fromMs: number, toMs: number): number =>
	spans.reduce((sum, span) => sum + Math.max(0, Math.min(span.toMs, toMs) - Math.max(span.fromMs, fromMs)), 0) / 1000;
