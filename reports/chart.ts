/**
 * Chart: one signal as SVG text. Canaries bold against the quiet baseline with its 95 % band, stage marks labelled on the chart,
 * zero on the axis, units on the axis, UTC ticks; a missing bucket is a gap in the line. Colours come from classes and `currentColor`.
 */
import type {Count, Instant} from '../gate/facts.ts';
import {type Axis, axisOf, timeTicks} from './chart-axis.ts';
import {armsOf, countInterval} from './reference.ts';
import {sayTime} from './say.ts';
import type {SignalReadings} from './story.ts';
import {svgText} from './svg-text.ts';

export type ChartMark = {readonly at: Instant; readonly label: string; readonly kind: 'stage' | 'moment'};

export type ChartOptions = {
	readonly title: string;
	readonly marks: readonly ChartMark[];
	/** Text keeps its size at every width, so that a phone gets a chart of its own rather than a shrunk one. */
	readonly width: number;
	readonly from?: Instant;
	readonly to?: Instant;
};

type Point = {readonly ms: number; readonly canary: number; readonly baseline: number; readonly low: number; readonly high: number};

const plotTop = 64;
const plotHeight = 180;
const left = 44;
const rightSpace = 76;
/** A day of 10 s buckets would be megabytes of path; beyond this the oldest are left out, which the title says. */
const bucketsMax = 1440;

/** What one unit of the axis is: errors in 1,000 requests, or errors on a host in a minute. */
const unitOf = ({counts, exposureUnit}: SignalReadings) =>
	exposureUnit === 'requests' ? {factor: 1000, words: `${counts} in 1,000 requests`} : {factor: 60, words: `${counts} per host and minute`};

const rate = ({count, exposure}: Count, factor: number): number => (exposure > 0 ? (count / exposure) * factor : Number.NaN);

/** Runs of neighbouring points: a missing bucket, or one that was never stored, ends a run. */
function runsOf(signal: SignalReadings, factor: number): readonly (readonly Point[])[] {
	const runs: Point[][] = [];
	let last = Number.NaN;
	for (const bucket of signal.buckets.slice(-bucketsMax)) {
		const arms = armsOf(bucket);
		if ('missing' in arms || arms.canary.exposure <= 0 || arms.baseline.exposure <= 0) continue;
		const ms = Date.parse(bucket.at);
		const limits = countInterval(arms.baseline.count);
		const scale = factor / arms.baseline.exposure;
		const point = {
			ms,
			canary: rate(arms.canary, factor),
			baseline: rate(arms.baseline, factor),
			low: limits.low * scale,
			high: limits.high * scale,
		};
		if (ms - last === signal.bucketMs) runs.at(-1)?.push(point);
		else runs.push([point]);
		last = ms;
	}
	return runs;
}

const path = (points: readonly (readonly [number, number])[]): string =>
	points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');

type Scales = {readonly x: (ms: number) => number; readonly y: (value: number) => number};

/** Every bucket is a step as wide as itself, since a count belongs to its whole window. */
function stepLine(
	run: readonly Point[],
	pick: (point: Point) => number,
	bucketMs: number,
	{x, y}: Scales,
): readonly (readonly [number, number])[] {
	return run.flatMap(point => [[x(point.ms), y(pick(point))] as const, [x(point.ms + bucketMs), y(pick(point))] as const]);
}

function drawRuns(runs: readonly (readonly Point[])[], bucketMs: number, scales: Scales): string {
	return runs
		.map(run => {
			const line = (pick: (point: Point) => number) => stepLine(run, pick, bucketMs, scales);
			const band = [...line(({high}) => high), ...line(({low}) => low).toReversed()];
			return [
				`<path class="chart-band" d="${path(band)}Z" fill="currentColor" fill-opacity="0.12"/>`,
				`<path class="chart-baseline" d="${path(line(({baseline}) => baseline))}" fill="none" stroke="currentColor" stroke-opacity="0.6"/>`,
				`<path class="chart-canary" d="${path(line(({canary}) => canary))}" fill="none" stroke="currentColor" stroke-width="2.5"/>`,
			].join('');
		})
		.join('');
}

/** Labels of the lines, at their ends, pushed apart where they would meet. */
function drawEnds(runs: readonly (readonly Point[])[], width: number, {y}: Scales): string {
	const end = runs.at(-1)?.at(-1);
	if (end === undefined) return '';
	const x = width - rightSpace + 6;
	const canaryHigher = end.canary > end.baseline;
	// Both stand above the axis, where the last time tick is, and a line's height apart.
	const lower = Math.min(y(Math.min(end.canary, end.baseline)), plotTop + plotHeight - 6);
	const upper = Math.min(y(Math.max(end.canary, end.baseline)), lower - 14);
	const canaryY = canaryHigher ? upper : lower;
	const baselineY = canaryHigher ? lower : upper;
	return [
		`<text class="chart-label chart-strong" x="${x}" y="${(canaryY + 4).toFixed(1)}">canaries</text>`,
		`<text class="chart-label" x="${x}" y="${(baselineY + 4).toFixed(1)}">baseline</text>`,
	].join('');
}

const labelCharacterWidth = 6.6;
const markRows = 4;

/** Marks with their labels in rows above the plot: each takes the first row in which it fits. */
function drawMarks(marks: readonly ChartMark[], width: number, {x}: Scales): string {
	const taken: number[] = [];
	return marks
		.toSorted((a, b) => (a.at < b.at ? -1 : 1))
		.map(({at, label, kind}) => {
			const text = label.length > 24 ? `${label.slice(0, 23)}…` : label;
			const textWidth = text.length * labelCharacterWidth + 8;
			const place = x(Date.parse(at));
			const start = Math.max(0, Math.min(place + 3, width - textWidth));
			const free = Array.from({length: markRows}, (_, row) => row).find(row => (taken[row] ?? 0) <= start);
			const row = free ?? markRows - 1;
			taken[row] = start + textWidth;
			const labelY = 12 + row * 14;
			const drawn = free === undefined ? '' : `<text class="chart-label" x="${start.toFixed(1)}" y="${labelY}">${svgText(text)}</text>`;
			return `<g class="chart-mark chart-mark-${kind}"><path d="M${place.toFixed(1)} ${labelY + 3}V${plotTop + plotHeight}" stroke="currentColor" stroke-opacity="0.45" stroke-dasharray="${kind === 'stage' ? 'none' : '3 3'}"/>${drawn}<title>${svgText(`${label} ${sayTime(at)}`)}</title></g>`;
		})
		.join('');
}

function drawAxes(axis: Axis, ticks: readonly {readonly ms: number; readonly label: string}[], width: number, {x, y}: Scales): string {
	const rows = axis.ticks.map(
		({value, label}) =>
			`<path class="chart-grid" d="M${left} ${y(value).toFixed(1)}H${width - rightSpace}" stroke="currentColor" stroke-opacity="${value === 0 ? 0.7 : 0.15}"/><text class="chart-label" x="${left - 6}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${label}</text>`,
	);
	const columns = ticks.map(
		({ms, label}) =>
			`<path d="M${x(ms).toFixed(1)} ${plotTop + plotHeight}v5" stroke="currentColor" stroke-opacity="0.7"/><text class="chart-label" x="${x(ms).toFixed(1)}" y="${plotTop + plotHeight + 18}" text-anchor="middle">${label}</text>`,
	);
	return [...rows, ...columns].join('');
}

/** One signal as an SVG of the given width; a signal without any reading says so instead of showing an empty plot. */
export function chartSvg(signal: SignalReadings, {title, marks, width, from, to}: ChartOptions): string {
	const {factor, words} = unitOf(signal);
	const inside = {
		...signal,
		buckets: signal.buckets.filter(({at}) => (from === undefined || at >= from) && (to === undefined || at < to)),
	};
	const runs = runsOf(inside, factor);
	const points = runs.flat();
	const first = points[0];
	const last = points.at(-1);
	const height = plotTop + plotHeight + 40;
	const open = `<svg class="chart" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="currentColor">`;
	if (first === undefined || last === undefined) {
		const none = `${signal.name}: no reading of both arms in this window`;
		return `${open}<title>${svgText(none)}</title><text class="chart-label" x="8" y="24">${svgText(none)}</text></svg>`;
	}
	const endMs = last.ms + signal.bucketMs;
	const highest = Math.max(...points.map(({canary, high}) => Math.max(canary, high)));
	const axis = axisOf(highest);
	const scales: Scales = {
		x: ms => left + ((ms - first.ms) / (endMs - first.ms)) * (width - left - rightSpace),
		y: value => plotTop + plotHeight - (value / axis.max) * plotHeight,
	};
	const shown = marks.filter(({at}) => Date.parse(at) >= first.ms && Date.parse(at) <= endMs);
	const missing = inside.buckets.length - points.length;
	const worst = points.reduce((a, b) => (b.canary > a.canary ? b : a));
	const description = `${words}, ${sayTime(new Date(first.ms).toISOString())} to ${sayTime(new Date(endMs).toISOString())} UTC. Canaries at most ${worst.canary.toFixed(1)} at ${sayTime(new Date(worst.ms).toISOString())}, when the baseline was ${worst.baseline.toFixed(1)}. Buckets without a reading: ${missing}.`;
	return [
		open,
		`<title>${svgText(title)}</title><desc>${svgText(description)}</desc>`,
		drawAxes(axis, timeTicks(first.ms, endMs, Math.max(2, Math.floor((width - left - rightSpace) / 80))), width, scales),
		drawRuns(runs, signal.bucketMs, scales),
		drawMarks(shown, width, scales),
		drawEnds(runs, width, scales),
		`<text class="chart-label" x="${left}" y="${height - 6}">${svgText(words)}, by ${signal.bucketMs / 1000} s, UTC</text>`,
		'</svg>',
	].join('');
}
