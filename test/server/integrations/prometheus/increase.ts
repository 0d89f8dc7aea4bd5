import test from 'ava';
import fc from 'fast-check';
import {countWithin, type Growth, growthOf, type SeriesContext} from '../../../../server/integrations/prometheus/increase.ts';
import type {Sample} from '../../../../server/integrations/prometheus/read-matrix.ts';

const second = 1000;
const samples = (...pairs: readonly (readonly [number, number])[]): Sample[] => pairs.map(([at, value]) => ({atMs: at * second, value}));
/** Scraped every 10 s from 0 to 600 s, known from 0 on; gaps are longer than 25 s. */
const usual: SeriesContext = {
	target: {scrapes: Array.from({length: 61}, (_, index) => index * 10 * second), starts: []},
	fromMs: 0,
	gapMs: 25 * second,
	before: null,
};
const all = (growth: readonly Growth[]): number => countWithin(growth, 0, 600 * second);
const within = (growth: readonly Growth[], from: number, to: number): number => countWithin(growth, from * second, to * second);
const starting = (seenAt: number, at: number, more: Partial<SeriesContext['target']> = {}): SeriesContext => ({
	...usual,
	target: {...usual.target, starts: [{seenMs: seenAt * second, atMs: at * second}], ...more},
});

test('between two samples a counter grows evenly, and what it had before is not counted', t => {
	const growth = growthOf(samples([0, 1000], [10, 1010], [20, 1010], [30, 1013]), usual);
	t.is(all(growth), 13);
	t.is(within(growth, 0, 5), 5);
	t.is(within(growth, 10, 20), 0);
});

test('a counter that falls began again from 0: its value is what it counted since, at that sample', t => {
	const growth = growthOf(samples([0, 1000], [10, 1001], [20, 7], [30, 9]), usual);
	t.is(all(growth), 1 + 7 + 2);
	t.is(within(growth, 20, 21), 7, 'all at once, since when it began is not known');
});

test('a restart that is known by its process start time counts from 0 since then, even where the counter did not fall', t => {
	const growth = growthOf(samples([0, 3], [10, 3], [20, 40], [30, 40]), starting(20, 16));
	t.is(all(growth), 40);
	t.is(within(growth, 10, 16), 0);
	t.is(within(growth, 16, 18), 20);
	const skewed = growthOf(samples([0, 3], [10, 3], [20, 40]), starting(20, 2));
	t.is(within(skewed, 20, 21), 40, 'a start that the clock of the target puts elsewhere is not believed');
});

test('the first errors of a canary whose series appears with its new process are counted', t => {
	const context = starting(100, 93, {scrapes: [100, 110, 120].map(at => at * second)});
	t.is(all(growthOf(samples([100, 12], [110, 15]), context)), 15);
});

test('a counter with labels that comes into being at its first error counts it', t => {
	const growth = growthOf(samples([100, 2], [110, 2]), usual);
	t.is(all(growth), 2);
	t.is(within(growth, 90, 96), 1, 'evenly since the scrape without it');
	t.is(within(growth, 90, 100), 2);
});

test('a series that merely was not read before makes no jump', t => {
	const late = {...usual, target: {scrapes: [100, 110].map(at => at * second), starts: []}};
	t.is(all(growthOf(samples([100, 1_000_000], [110, 1_000_001]), late)), 1);
	t.is(all(growthOf(samples([5, 1_000_000], [15, 1_000_002]), usual)), 2, 'at the beginning of what was read');
});

test('a series that comes back after a while is no new one', t => {
	t.is(all(growthOf(samples([100, 1003]), {...usual, before: 1000})), 3);
	t.is(all(growthOf(samples([100, 5]), {...usual, before: 1000})), 5, 'lower than it was: it began again');
});

test('over a gap only a restart is counted', t => {
	const gap = {...usual, target: {scrapes: [0, 10, 60, 70].map(at => at * second), starts: []}};
	t.is(all(growthOf(samples([0, 5], [10, 6], [60, 100], [70, 101]), gap)), 2);
	t.is(all(growthOf(samples([0, 5], [10, 6], [60, 4], [70, 5]), gap)), 1 + 4 + 1);
});

test('what is no number is neither counted nor compared with', t => {
	t.is(all(growthOf(samples([0, 5], [10, Number.NaN], [20, 9], [30, 10]), usual)), 1);
	t.is(all(growthOf(samples([0, Number.NaN], [10, 7], [20, 8]), usual)), 1);
});

test('however buckets are laid, they add up to what a counter counted through its restarts', t => {
	const step = fc.record({grows: fc.nat({max: 50}), restarts: fc.boolean()});
	fc.assert(
		fc.property(
			fc.array(step, {minLength: 1, maxLength: 50}),
			fc.nat({max: 1000}),
			fc.integer({min: 1, max: 60}),
			(steps, first, width) => {
				let value = first;
				let counted = 0;
				const made: Sample[] = [{atMs: 0, value}];
				for (const [index, {grows, restarts}] of steps.entries()) {
					// A restart that outgrows the old value between two scrapes cannot be seen without its process start time.
					const isSeen = restarts && grows < value;
					value = isSeen ? grows : value + grows;
					counted += grows;
					made.push({atMs: (index + 1) * 10 * second, value});
				}
				const growth = growthOf(made, usual);
				let sum = 0;
				for (let at = 0; at <= 600; at += width) sum += within(growth, at, at + width);
				t.is(sum, counted);
			},
		),
	);
});
