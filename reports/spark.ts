/**
 * Spark: the last while of one signal in the space of a line of text, as SVG. Canaries bold, baseline quiet, zero at the bottom; time in
 * which nothing was read is a hatched gap, never a line through it. Neighbouring buckets are put together where there are many.
 */
import type {Bucket, Count, Instant} from '../gate/facts.ts';
import {sayTime} from './say.ts';
import {svgText} from './svg-text.ts';

export type SparkOptions = {
	readonly title: string;
	/** The time shown; `from` is in, `to` is out. */
	readonly from: Instant;
	readonly to: Instant;
	/** How long one bucket is: no step is shorter. */
	readonly bucketMs: number;
	/** Widths of the drawing, in pixels. */
	readonly width: number;
	readonly height: number;
};

/** One step of the drawing. An arm that was not read in any of its buckets is null: not zero. */
type Step = {readonly canary: number | null; readonly baseline: number | null};

const stepsMax = 60;
const pad = 2;

function canaryOf({canary}: Bucket): Count | null {
	if ('missing' in canary) return null;
	const counts = Object.values(canary.hosts);
	return {
		count: counts.reduce((sum, {count}) => sum + count, 0),
		exposure: counts.reduce((sum, {exposure}) => sum + exposure, 0),
	};
}

const baselineOf = ({baseline}: Bucket): Count | null => ('missing' in baseline ? null : baseline);

function rateOf(counts: readonly (Count | null)[]): number | null {
	const known = counts.filter(count => count !== null);
	const exposure = known.reduce((sum, count) => sum + count.exposure, 0);
	return exposure > 0 ? known.reduce((sum, {count}) => sum + count, 0) / exposure : null;
}

/** The time in equal steps, each at least a bucket long. */
export function sparkSteps(
	buckets: readonly Bucket[],
	{from, to, bucketMs}: Pick<SparkOptions, 'from' | 'to' | 'bucketMs'>,
): readonly Step[] {
	const start = Date.parse(from);
	const length = Math.max(0, Date.parse(to) - start);
	const within = buckets.filter(({at}) => at >= from && at < to);
	const stepMs = Math.max(length / stepsMax, bucketMs, 1);
	const inStep: Bucket[][] = Array.from({length: Math.ceil(length / stepMs)}, () => []);
	for (const bucket of within) inStep[Math.floor((Date.parse(bucket.at) - start) / stepMs)]?.push(bucket);
	return inStep.map(some => ({canary: rateOf(some.map(canaryOf)), baseline: rateOf(some.map(baselineOf))}));
}

/** A stepped line through what is known; it is broken where nothing is. */
function line(steps: readonly Step[], arm: keyof Step, x: (index: number) => number, y: (rate: number) => number): string {
	let path = '';
	let isDown = false;
	for (const [index, step] of steps.entries()) {
		const rate = step[arm];
		if (rate !== null) path += `${isDown ? 'V' : `M${x(index)} `}${y(rate)}H${x(index + 1)}`;
		isDown = rate !== null;
	}
	return path;
}

/** Runs of steps that neither arm was read in, as rectangles. */
function gaps(steps: readonly Step[], x: (index: number) => number, height: number): {readonly drawn: string; readonly count: number} {
	let drawn = '';
	let count = 0;
	let begin = -1;
	for (let index = 0; index <= steps.length; index += 1) {
		const step = steps[index];
		const isGap = step !== undefined && (step.canary === null || step.baseline === null);
		if (isGap) count += 1;
		if (isGap && begin < 0) begin = index;
		if (!isGap && begin >= 0) {
			drawn += `M${x(begin)} ${height - 4}H${x(index)}`;
			begin = -1;
		}
	}
	return {
		drawn: drawn === '' ? '' : `<path class="spark-gap" d="${drawn}" stroke="currentColor" stroke-width="4" stroke-dasharray="2 2"/>`,
		count,
	};
}

/** One signal's last while as SVG text; its words are in `title` and `desc`, and the drawing is as wide as it is told. */
export function sparkSvg(buckets: readonly Bucket[], {title, from, to, bucketMs, width, height}: SparkOptions): string {
	const steps = sparkSteps(buckets, {from, to, bucketMs});
	const rates = steps.flatMap(({canary, baseline}) => [canary ?? 0, baseline ?? 0]);
	const highest = Math.max(0, ...rates);
	const round = (value: number): number => Math.round(value * 10) / 10;
	const x = (index: number): number => round((index / Math.max(1, steps.length)) * width);
	const y = (rate: number): number => round(height - pad - (highest === 0 ? 0 : rate / highest) * (height - 2 * pad));
	const gap = gaps(steps, x, height);
	const period = `${sayTime(from)} to ${sayTime(to)} UTC`;
	const missing = gap.count === 0 ? 'No gap.' : `Not read in ${gap.count} of ${steps.length} steps.`;
	return [
		`<svg class="spark" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" fill="none">`,
		`<title>${svgText(title)}</title><desc>${svgText(`${period}. ${missing}`)}</desc>`,
		`<path class="spark-zero" d="M0 ${height - 0.5}H${width}" stroke="currentColor" stroke-opacity="0.3"/>`,
		gap.drawn,
		`<path class="chart-baseline" d="${line(steps, 'baseline', x, y)}" stroke="currentColor" stroke-opacity="0.7"/>`,
		`<path class="chart-canary" d="${line(steps, 'canary', x, y)}" stroke="currentColor" stroke-width="2"/>`,
		'</svg>',
	].join('');
}
