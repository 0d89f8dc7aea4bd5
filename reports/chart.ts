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
	/** Shaded: the time of the impact. An open end goes on to the last reading. */
	readonly impact?: {readonly from: Instant; readonly to: Instant | null} | null;
};

type Point = {readonly ms: number; readonly canary: number; readonly baseline: number; readonly low: number; readonly high: number};

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

/** From values to places; `top` is where the plot begins, below the labels of its marks. */
type Scales = {readonly x: (ms: number) => number; readonly y: (value: number) => number; readonly top: number};

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
function drawEnds(runs: readonly (readonly Point[])[], width: number, {y, top}: Scales): string {
	const end = runs.at(-1)?.at(-1);
	if (end === undefined) return '';
	const x = width - rightSpace + 6;
	const canaryHigher = end.canary > end.baseline;
	// Both stand above the axis, where the last time tick is, and a line's height apart.
	const lower = Math.min(y(Math.min(end.canary, end.baseline)), top + plotHeight - 6);
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
const rowHeight = 14;

type PlacedMark = ChartMark & {readonly place: number; readonly start: number; readonly row: number; readonly text: string | null};

/** Marks with their labels in rows above the plot: each takes the first row in which it fits, or goes without. */
function placeMarks(marks: readonly ChartMark[], width: number, x: Scales['x']): readonly PlacedMark[] {
	const taken: number[] = [];
	return marks
		.toSorted((a, b) => (a.at < b.at ? -1 : 1))
		.map(mark => {
			const text = mark.label.length > 24 ? `${mark.label.slice(0, 23)}…` : mark.label;
			const textWidth = text.length * labelCharacterWidth + 8;
			const place = x(Date.parse(mark.at));
			const start = Math.max(0, Math.min(place + 3, width - textWidth));
			const free = Array.from({length: markRows}, (_, row) => row).find(row => (taken[row] ?? 0) <= start);
			const row = free ?? markRows - 1;
			taken[row] = start + textWidth;
			return {...mark, place, start, row, text: free === undefined ? null : text};
		});
}

function drawMarks(marks: readonly PlacedMark[], {top}: Scales): string {
	return marks
		.map(({at, label, kind, place, start, row, text}) => {
			const labelY = 12 + row * rowHeight;
			const drawn = text === null ? '' : `<text class="chart-label" x="${start.toFixed(1)}" y="${labelY}">${svgText(text)}</text>`;
			return `<g class="chart-mark chart-mark-${kind}"><path d="M${place.toFixed(1)} ${labelY + 3}V${top + plotHeight}" stroke="currentColor" stroke-opacity="0.45" stroke-dasharray="${kind === 'stage' ? 'none' : '3 3'}"/>${drawn}<title>${svgText(`${label} ${sayTime(at)}`)}</title></g>`;
		})
		.join('');
}

/** The ground behind the time of the impact, as far as it is on the chart. */
function drawImpact({impact}: ChartOptions, firstMs: number, lastMs: number, {x, top}: Scales): string {
	if (impact === undefined || impact === null) return '';
	const from = Math.max(firstMs, Date.parse(impact.from));
	const to = impact.to === null ? lastMs : Math.min(lastMs, Date.parse(impact.to));
	if (to <= from) return '';
	const title = `impact from ${sayTime(impact.from)}${impact.to === null ? '' : ` to ${sayTime(impact.to)}`}`;
	return `<rect class="chart-impact" x="${x(from).toFixed(1)}" y="${top}" width="${(x(to) - x(from)).toFixed(1)}" height="${plotHeight}" fill-opacity="0.1"><title>${svgText(title)}</title></rect>`;
}

function drawAxes(axis: Axis, ticks: readonly {readonly ms: number; readonly label: string}[], width: number, {x, y, top}: Scales): string {
	const rows = axis.ticks.map(
		({value, label}) =>
			`<path class="chart-grid" d="M${left} ${y(value).toFixed(1)}H${width - rightSpace}" stroke="currentColor" stroke-opacity="${value === 0 ? 0.7 : 0.15}"/><text class="chart-label" x="${left - 6}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${label}</text>`,
	);
	const columns = ticks.map(
		({ms, label}) =>
			`<path d="M${x(ms).toFixed(1)} ${top + plotHeight}v5" stroke="currentColor" stroke-opacity="0.7"/><text class="chart-label" x="${x(ms).toFixed(1)}" y="${top + plotHeight + 18}" text-anchor="middle">${label}</text>`,
	);
	return [...rows, ...columns].join('');
}

/** One signal as an SVG of the given width; a signal without any reading says so instead of showing an empty plot. */
export function chartSvg(signal: SignalReadings, options: ChartOptions): string {
	const {title, marks, width, from, to} = options;
	const {factor, words} = unitOf(signal);
	const inside = {
		...signal,
		buckets: signal.buckets.filter(({at}) => (from === undefined || at >= from) && (to === undefined || at < to)),
	};
	const runs = runsOf(inside, factor);
	const points = runs.flat();
	const first = points[0];
	const last = points.at(-1);
	const open = (height: number) =>
		`<svg class="chart" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="currentColor">`;
	if (first === undefined || last === undefined) {
		const none = `${signal.name}: no reading of both arms in this window`;
		return `${open(40)}<title>${svgText(none)}</title><text class="chart-label" x="8" y="24">${svgText(none)}</text></svg>`;
	}
	const endMs = last.ms + signal.bucketMs;
	const highest = Math.max(...points.map(({canary, high}) => Math.max(canary, high)));
	const axis = axisOf(highest);
	const x = (ms: number) => left + ((ms - first.ms) / (endMs - first.ms)) * (width - left - rightSpace);
	const shown = marks.filter(({at}) => Date.parse(at) >= first.ms && Date.parse(at) <= endMs);
	const placed = placeMarks(shown, width, x);
	const top = 20 + Math.max(0, ...placed.map(({row}) => row)) * rowHeight;
	const height = top + plotHeight + 40;
	const scales: Scales = {x, y: value => top + plotHeight - (value / axis.max) * plotHeight, top};
	const missing = inside.buckets.length - points.length;
	const worst = points.reduce((a, b) => (b.canary > a.canary ? b : a));
	const description = `${words}, ${sayTime(new Date(first.ms).toISOString())} to ${sayTime(new Date(endMs).toISOString())} UTC. Canaries at most ${worst.canary.toFixed(1)} at ${sayTime(new Date(worst.ms).toISOString())}, when the baseline was ${worst.baseline.toFixed(1)}. Buckets without a reading: ${missing}.`;
	return [
		open(height),
		`<title>${svgText(title)}</title><desc>${svgText(description)}</desc>`,
		drawAxes(axis, timeTicks(first.ms, endMs, Math.max(2, Math.floor((width - left - rightSpace) / 80))), width, scales),
		drawImpact(options, first.ms, endMs, scales),
		drawRuns(runs, signal.bucketMs, scales),
		drawMarks(placed, scales),
		drawEnds(runs, width, scales),
		`<text class="chart-label" x="${left}" y="${height - 6}">${svgText(words)}, by ${signal.bucketMs / 1000} s, UTC</text>`,
		'</svg>',
	].join('');
}
