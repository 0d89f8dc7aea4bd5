import test from 'ava';
import fc from 'fast-check';
import {addLook, logEvidenceOf, nothingSeen, type Pair, safeMixture} from '../../../gate/canary/evidence.ts';
import {excludedRatio, exposureNeeded, poissonUpperBound, rateUpperBound, waitingMs} from '../../../gate/canary/waiting.ts';
import {poisson, seeded} from '../../helpers/seeded-counts.ts';

const pair = (x: number, ec: number, y: number, eb: number): Pair => ({
	canary: {count: x, exposure: ec},
	baseline: {count: y, exposure: eb},
});

// 0.2 errors per 20 s expected on canaries that are a tenth of the baseline: 2 baseline errors per 20 s.
const pace = {canaryExposure: 0.01, baselineExposure: 0.1, baselineCount: 2 / 20_000};

test('excluding a threefold rise at a hundredth error a second takes 150 s', t => {
	const safe = safeMixture(3);
	const needed = waitingMs(safe, nothingSeen(safe), pace, 0.05) ?? 0;
	t.is(Math.ceil(needed / 10_000) * 10, 150);
});

test('the errors that must be expected to exclude a ratio are those of the table', t => {
	// Research table T4, sequential, w = 0.1: expected canary errors per excluded ratio.
	for (const [rhoBad, expected] of [
		[2, 2.3],
		[3, 1.5],
		[5, 0.9],
		[10, 0.5],
	] as const) {
		const safe = safeMixture(rhoBad);
		const needed = waitingMs(safe, nothingSeen(safe), pace, 0.05) ?? 0;
		t.true(Math.abs((needed / 1000) * 0.01 - expected) <= 0.06, `${rhoBad}: ${needed}`);
	}
});

test('waiting that long without an error does exclude it, and a little less does not', t => {
	const safe = safeMixture(3);
	const seen = [pair(1, 100, 12, 1000)];
	const products = addLook(safe, nothingSeen(safe), pair(1, 100, 12, 1000));
	const ms = waitingMs(safe, products, pace, 0.05) ?? 0;
	const later = (more: number) => logEvidenceOf(safe, [...seen, pair(0, more * 0.01, more * pace.baselineCount, more * 0.1)]);
	t.true(later(ms + 1) >= Math.log(20));
	t.true(later(ms - 100) < Math.log(20));
});

test('nothing is left to wait for once it is excluded, and a silent baseline never excludes it', t => {
	const safe = safeMixture(3);
	t.is(waitingMs(safe, [10, 10, 10], pace, 0.05), 0);
	t.is(waitingMs(safe, nothingSeen(safe), {...pace, baselineCount: 0}, 0.05), null);
	t.is(waitingMs(safe, nothingSeen(safe), {...pace, canaryExposure: 0}, 0.05), null);
	t.is(waitingMs(safe, nothingSeen(safe), {...pace, canaryExposure: Number.NaN}, 0.05), null);
});

test('the excluded ratio falls as looks without canary errors go on', t => {
	const looks = (many: number) => Array.from({length: many}, () => pair(0, 100, 2, 1000));
	const falling = [1, 2, 4, 6].map(many => excludedRatio(looks(many), 3, 0.05) ?? Number.POSITIVE_INFINITY);
	t.deepEqual(
		falling,
		[...falling].sort((a, b) => b - a),
	);
	t.is(excludedRatio(looks(8), 3, 0.05), 3);
	t.is(excludedRatio([], 3, 0.05), null);
	t.is(excludedRatio([pair(0, 100, 0, 1000)], 3, 0.05), null);
});

test('no error in 3,000 requests bounds the rate under 1 in 1,000, and 2,990 do not', t => {
	t.true((rateUpperBound(0, 3000, 0.05) ?? 1) < 0.001);
	t.true((rateUpperBound(0, 2990, 0.05) ?? 0) > 0.001);
	t.is(rateUpperBound(0, 0, 0.05), null);
	t.is(Math.ceil(exposureNeeded(0, 1000, 0.001, 0.05)), 1996);
});

test('the Poisson bound inverts the Poisson sum', t => {
	const below = (x: number, mean: number) => {
		let term = Math.exp(-mean);
		let sum = 0;
		for (let k = 0; k <= x; k += 1) {
			sum += term;
			term *= mean / (k + 1);
		}
		return sum;
	};
	for (const x of [0, 1, 2, 10, 100]) t.true(Math.abs(below(x, poissonUpperBound(x, 0.05)) - 0.05) < 1e-9);
	t.true(poissonUpperBound(1e12, 0.05) > 1e12 && poissonUpperBound(1e12, 0.05) < 1.01e12);
});

test('asked at every look for an hour, the absolute limit lets a rate at the limit pass in about 5 % of runs', t => {
	const random = seeded(7);
	const runs = 2000;
	const bounds = Array.from({length: 200}, (_, count) => rateUpperBound(count, 1, 0.05) ?? Number.POSITIVE_INFINITY);
	let passed = 0;
	for (let run = 0; run < runs; run += 1) {
		let errors = 0;
		for (let look = 1; look <= 360; look += 1) {
			errors += poisson(random, 0.3);
			if ((bounds[errors] ?? Number.POSITIVE_INFINITY) < 0.3 * look) {
				passed += 1;
				break;
			}
		}
	}
	t.true(passed / runs <= 0.065, `${passed / runs}`);
	t.true(passed / runs >= 0.03, `${passed / runs}`);
});

test('more errors never lower the bound, more exposure never raises it', t => {
	fc.assert(
		fc.property(fc.nat({max: 100_000}), fc.double({min: 1, max: 1e9, noNaN: true}), (errors, exposure) => {
			const bound = rateUpperBound(errors, exposure, 0.05) ?? Number.NaN;
			const more = rateUpperBound(errors + 1, exposure, 0.05) ?? Number.NaN;
			const longer = rateUpperBound(errors, exposure * 2, 0.05) ?? Number.NaN;
			return bound > errors / exposure && more > bound && longer < bound;
		}),
		{numRuns: 50},
	);
	t.pass();
});
