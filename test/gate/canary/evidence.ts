import test from 'ava';
import fc from 'fast-check';
import {
	addLook,
	evidenceNumber,
	harmMixture,
	logEvidence,
	logEvidenceOf,
	logMean,
	nothingSeen,
	type Pair,
	safeMixture,
} from '../../../gate/canary/evidence.ts';
import {poisson, seeded} from '../../helpers/seeded-counts.ts';

const pair = (x: number, ec: number, y: number, eb: number): Pair => ({
	canary: {count: x, exposure: ec},
	baseline: {count: y, exposure: eb},
});

type Play = {w: number; rate: number; rho: number; looks?: number; runs?: number; seed?: number; w2?: number};

/** Plays deploys of 60 looks and tells how many were rolled back or passed, and at which look in the median. */
function play({w, rate, rho, looks = 60, runs = 1000, seed = 1, w2 = w}: Play) {
	const random = seeded(seed);
	const harm = harmMixture();
	const safe = safeMixture(3);
	const ends = {back: [] as number[], go: [] as number[]};
	for (let run = 0; run < runs; run += 1) {
		let harmed = nothingSeen(harm);
		let safely = nothingSeen(safe);
		for (let look = 1; look <= looks; look += 1) {
			// A ramp-up: the second half of the looks runs at another share of the traffic.
			const share = look > looks / 2 ? w2 : w;
			const seen = pair(poisson(random, (rate * rho * share) / w), share, poisson(random, rate / w), 1);
			harmed = addLook(harm, harmed, seen);
			safely = addLook(safe, safely, seen);
			if (logEvidence(harm, harmed) >= Math.log(100)) {
				ends.back.push(look);
				break;
			}
			if (logEvidence(safe, safely) >= Math.log(20)) {
				ends.go.push(look);
				break;
			}
		}
	}
	const median = (list: number[]) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
	return {back: ends.back.length / runs, go: ends.go.length / runs, backAt: median(ends.back), goAt: median(ends.go)};
}

test('a tenfold rise is rolled back within two looks where one error a look is expected', t => {
	const {back, backAt} = play({w: 0.1, rate: 1, rho: 10});
	t.true(back >= 0.99);
	t.true(backAt <= 2);
});

test('a good deploy is rolled back in at most 1 % of runs over all looks, and mostly passes', t => {
	const busy = play({w: 0.1, rate: 1, rho: 1});
	t.true(busy.back <= 0.01, `${busy.back}`);
	t.true(busy.go >= 0.98);
	t.true(busy.goAt >= 3 && busy.goAt <= 5, `${busy.goAt}`);
	const quiet = play({w: 0.1, rate: 0.2, rho: 1});
	t.true(quiet.back <= 0.01);
	t.true(quiet.go >= 0.93);
	t.true(quiet.goAt >= 15 && quiet.goAt <= 19, `${quiet.goAt}`);
});

test('a threefold rise passes in at most 5 % of runs, and is mostly rolled back', t => {
	for (const rate of [0.2, 1]) {
		const {back, go} = play({w: 0.1, rate, rho: 3});
		t.true(go <= 0.05, `${go} at ${rate}`);
		t.true(back >= 0.88, `${back} at ${rate}`);
	}
});

test('canaries as large as the baseline keep the same bounds', t => {
	t.true(play({w: 1, rate: 1, rho: 1}).back <= 0.015);
	t.true(play({w: 1, rate: 1, rho: 3}).go <= 0.05);
	t.true(play({w: 1, rate: 1, rho: 10}).back >= 0.99);
});

test('a ramp-up from one to five tenths keeps both bounds', t => {
	t.true(play({w: 0.1, w2: 0.5, rate: 0.2, rho: 1}).back <= 0.01);
	t.true(play({w: 0.1, w2: 0.5, rate: 0.2, rho: 3}).go <= 0.05);
});

test('each look is weighed with its own exposures: pooling a ramp-up would see harm that is not there', t => {
	// Quiet while the canaries were small, an incident everywhere once they had half of the traffic.
	const looks = [pair(1, 100, 10, 1000), pair(50, 500, 50, 500)];
	const pooled = [pair(51, 600, 60, 1500)];
	t.true(logEvidenceOf(harmMixture(), looks) < 0);
	t.true(logEvidenceOf(harmMixture(), pooled) > logEvidenceOf(harmMixture(), looks) + 2);
});

test('one look agrees with the formula of the mixture', t => {
	const {ratios, weights} = harmMixture();
	const w = 0.1;
	const p = (ratio: number) => (ratio * w) / (1 + ratio * w);
	const direct = ratios.reduce((sum, ratio, k) => sum + (weights[k] ?? 0) * (p(ratio) / p(1)) ** 4 * ((1 - p(ratio)) / (1 - p(1))) ** 7, 0);
	t.true(Math.abs(Math.exp(logEvidenceOf(harmMixture(), [pair(4, 10, 7, 100)])) / direct - 1) < 1e-12);
});

test('the weights of both mixtures sum to one, so that evidence starts at one', t => {
	for (const mixture of [harmMixture(), harmMixture(1.25), safeMixture(3), safeMixture(1.1)])
		t.true(Math.abs(logEvidence(mixture, nothingSeen(mixture))) < 1e-12);
});

test('under the doubted ratio the mean evidence of one look is at most one, for every ratio in the null', t => {
	// The exact expectation over the binomial, given 12 errors.
	const expected = (mixture: ReturnType<typeof harmMixture>, rho: number, w: number) => {
		const p = (rho * w) / (1 + rho * w);
		let sum = 0;
		let chance = (1 - p) ** 12;
		for (let x = 0; x <= 12; x += 1) {
			sum += chance * Math.exp(logEvidenceOf(mixture, [pair(x, w, 12 - x, 1)]));
			chance *= ((12 - x) / (x + 1)) * (p / (1 - p));
		}
		return sum;
	};
	for (const w of [0.01, 0.1, 1, 10]) {
		for (const rho of [0.1, 0.5, 1]) t.true(expected(harmMixture(), rho, w) <= 1 + 1e-9);
		for (const rho of [0.5, 1, 2.5]) t.true(expected(harmMixture(2.5), rho, w) <= 1 + 1e-9);
		for (const rho of [3, 5, 50]) t.true(expected(safeMixture(3), rho, w) <= 1 + 1e-9);
	}
});

test('a look without exposure on one arm changes nothing', t => {
	const mixture = harmMixture();
	const before = addLook(mixture, nothingSeen(mixture), pair(2, 10, 1, 100));
	for (const look of [pair(5, 0, 3, 100), pair(5, 10, 3, 0), pair(5, Number.NaN, 3, 100)])
		t.deepEqual(addLook(mixture, before, look), before);
});

test('the mean of two signals is their mean, and one strong signal is halved by a silent one', t => {
	t.true(Math.abs(logMean([Math.log(300), Math.log(1)]) - Math.log(150.5)) < 1e-12);
	t.is(logMean([5000, Number.NEGATIVE_INFINITY]), 5000 - Math.log(2));
});

const count = fc.nat({max: 1_000_000});
const exposure = fc.double({min: 1e-6, max: 1e9, noNaN: true});
const anyPair = fc.record({x: count, ec: exposure, y: count, eb: exposure}).map(({x, ec, y, eb}) => pair(x, ec, y, eb));

test('evidence is finite and never negative', t => {
	fc.assert(
		fc.property(fc.array(anyPair, {maxLength: 20}), fc.double({min: 0.1, max: 100, noNaN: true}), (looks, rho) => {
			for (const mixture of [harmMixture(rho), safeMixture(rho)]) {
				const value = evidenceNumber(logEvidenceOf(mixture, looks));
				if (!(Number.isFinite(value) && value >= 0)) return false;
			}
			return true;
		}),
	);
	t.pass();
});

test('one more canary error never lowers the evidence of harm, and never raises that of safety', t => {
	fc.assert(
		fc.property(fc.array(anyPair, {minLength: 1, maxLength: 10}), fc.nat(), (looks, where) => {
			const at = where % looks.length;
			const more = looks.map((look, index) => (index === at ? {...look, canary: {...look.canary, count: look.canary.count + 1}} : look));
			const slack = (log: number) => 1e-9 * (1 + Math.abs(log));
			const [harm, safe] = [harmMixture(), safeMixture(3)].map(mixture => [logEvidenceOf(mixture, looks), logEvidenceOf(mixture, more)]);
			const [harmBefore = 0, harmAfter = 0] = harm ?? [];
			const [safeBefore = 0, safeAfter = 0] = safe ?? [];
			return harmAfter >= harmBefore - slack(harmBefore) && safeAfter <= safeBefore + slack(safeBefore);
		}),
	);
	t.pass();
});
