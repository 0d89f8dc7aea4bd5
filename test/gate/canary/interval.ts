import test from 'ava';
import fc from 'fast-check';
import type {Pair} from '../../../gate/canary/evidence.ts';
import {chanceOfAtLeast, ratioInterval} from '../../../gate/canary/interval.ts';
import {incompleteBeta, logGamma, upperIncompleteGamma} from '../../../gate/canary/special-functions.ts';

const pair = (x: number, ec: number, y: number, eb: number): Pair => ({
	canary: {count: x, exposure: ec},
	baseline: {count: y, exposure: eb},
});

const close = (got: number, wanted: number, relative = 1e-9) => Math.abs(got - wanted) <= relative * Math.abs(wanted);

/** P(at least x of n), added up term by term. */
function added(x: number, n: number, p: number): number {
	let term = (1 - p) ** n;
	let sum = 0;
	for (let k = 0; k <= n; k += 1) {
		if (k >= x) sum += term;
		term *= ((n - k) / (k + 1)) * (p / (1 - p));
	}
	return sum;
}

test('the exact p is the sum of the binomial terms', t => {
	for (const n of [1, 2, 5, 17, 40])
		for (const odds of [0.01, 0.1, 0.5, 1, 3, 10])
			for (let x = 0; x <= n; x += 1)
				t.true(close(chanceOfAtLeast(x, n - x, odds), added(x, n, odds / (1 + odds)), 1e-8), `${x} of ${n} at odds ${odds}`);
});

test('the smallest canary counts that reject at 1 % are those of the table', t => {
	// Research table: w = 1 and w = 0.1, per baseline count.
	const tables: [number, [number, number][]][] = [
		[
			1,
			[
				[0, 7],
				[1, 10],
				[5, 17],
				[10, 25],
				[50, 78],
				[200, 251],
			],
		],
		[
			0.1,
			[
				[0, 2],
				[1, 3],
				[5, 4],
				[10, 5],
				[50, 12],
				[200, 33],
			],
		],
	];
	for (const [w, rows] of tables)
		for (const [y, x] of rows) {
			t.true(chanceOfAtLeast(x, y, w) <= 0.01, `${x} against ${y} at ${w}`);
			t.true(chanceOfAtLeast(x - 1, y, w) > 0.01, `${x - 1} against ${y} at ${w}`);
		}
});

test('the Clopper-Pearson limits invert the exact tails', t => {
	const {ratio, low, high} = ratioInterval(pair(12, 340, 3, 3100));
	const w = 340 / 3100;
	t.true(close(ratio ?? 0, 36.4705882353));
	t.true(close(chanceOfAtLeast(12, 3, low * w), 0.025, 1e-6));
	t.true(close(1 - chanceOfAtLeast(13, 2, (high ?? 0) * w), 0.025, 1e-6));
});

test('no canary error gives a ratio of zero, and a silent baseline one without bound', t => {
	const none = ratioInterval(pair(0, 340, 3, 3100));
	t.is(none.ratio, 0);
	t.is(none.low, 0);
	t.is(none.p, 1);
	t.true((none.high ?? 0) > 10);
	const silent = ratioInterval(pair(3, 340, 0, 3100));
	t.is(silent.ratio, null);
	t.is(silent.high, null);
	t.true(silent.low > 1 && silent.p < 0.01);
});

test('nothing counted, or nothing to compare over, bounds nothing', t => {
	const nothing = {ratio: null, low: 0, high: null, p: 1};
	for (const [x, ec, y, eb] of [
		[0, 10, 0, 10],
		[3, 0, 4, 10],
		[3, 10, 4, 0],
		[Number.NaN, 1, 1, 1],
		[1, Number.POSITIVE_INFINITY, 1, 1],
	] as const)
		t.deepEqual(ratioInterval(pair(x, ec, y, eb)), nothing);
});

test('a million errors on each arm are told apart to a fraction of a percent', t => {
	const {low, high, p} = ratioInterval(pair(1_000_000, 1e6, 1_000_000, 1e6));
	// The normal approximation of the log ratio: 1.96 times the root of 2 / million.
	t.true(close(low, Math.exp(-1.959964 * Math.SQRT2 * 1e-3), 1e-5));
	t.true(close(high ?? 0, Math.exp(1.959964 * Math.SQRT2 * 1e-3), 1e-5));
	t.true(Math.abs(p - 0.5) < 0.001);
});

test('the special functions have their known values', t => {
	t.true(close(logGamma(0.5), Math.log(Math.sqrt(Math.PI)), 1e-13));
	t.true(close(logGamma(11), Math.log(3_628_800), 1e-13));
	t.true(close(incompleteBeta(2, 3, 0.4, 0.6), 0.5248, 1e-12));
	t.true(close(incompleteBeta(1e6, 1e6, 0.5, 0.5), 0.5, 1e-6));
	t.true(close(upperIncompleteGamma(1, 3), Math.exp(-3), 1e-12));
	t.true(close(upperIncompleteGamma(3, 5), Math.exp(-5) * (1 + 5 + 12.5), 1e-12));
});

const count = fc.nat({max: 1_000_000});
const exposure = fc.double({min: 1e-3, max: 1e9, noNaN: true});

test('the interval contains its estimate and p is a probability, whatever the counts', t => {
	fc.assert(
		fc.property(count, exposure, count, exposure, (x, ec, y, eb) => {
			const {ratio, low, high, p} = ratioInterval(pair(x, ec, y, eb));
			const above = high === null || ratio === null || high >= ratio;
			return p >= 0 && p <= 1 && low >= 0 && above && (ratio === null || low <= ratio) && (high === null || high >= low);
		}),
	);
	t.pass();
});
