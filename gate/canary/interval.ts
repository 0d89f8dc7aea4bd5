/**
 * For the reader of a finding: how much worse the canaries look, with the exact interval and p of a single look.
 * The gate does not decide by these: looked at again and again, an exact p at 1 % gives 5 % false alarms in 60 looks. See evidence.ts.
 */
import type {Pair} from './evidence.ts';
import {incompleteBeta} from './special-functions.ts';

/** `null` stands for a ratio that the counts leave without bound: no error on the baseline, or nothing counted. */
export type RatioInterval = {
	readonly ratio: number | null;
	readonly low: number;
	readonly high: number | null;
	/** One-sided: the chance of so many errors on the canaries, or more, were their rate `rhoOk` times the baseline's. */
	readonly p: number;
};

const eventsMax = 10_000_000;

/**
 * The ratio of the canaries' rate to the baseline's with its Clopper-Pearson interval (Clopper and Pearson, Biometrika 26, 1934) and
 * exact one-sided p. Given X + Y, X is binomial with p = rho w / (1 + rho w), w = Ec/Eb pooled over the looks.
 * Above ten million events both counts are scaled down to that many, which only widens the interval.
 */
export function ratioInterval(
	{canary, baseline}: Pair,
	{rhoOk = 1, confidence = 0.95}: {rhoOk?: number; confidence?: number} = {},
): RatioInterval {
	const w = canary.exposure / baseline.exposure;
	const events = canary.count + baseline.count;
	if (!(w > 0 && Number.isFinite(w) && events > 0 && Number.isFinite(events))) return {ratio: null, low: 0, high: null, p: 1};
	const scale = Math.min(1, eventsMax / events);
	const x = canary.count * scale;
	const y = baseline.count * scale;
	const tail = (1 - confidence) / 2;
	const ratio = y > 0 ? x / y / w : null;
	const low = x > 0 ? quantileOdds(x, y + 1, tail) / w : 0;
	const high = y > 0 ? quantileOdds(x + 1, y, 1 - tail) / w : null;
	return {
		ratio: finite(ratio),
		// The estimate lies within its interval; rounding must not say otherwise.
		low: Math.min(finite(low) ?? Number.MAX_VALUE, ratio ?? Number.MAX_VALUE),
		high: high === null ? null : finite(Math.max(high, ratio ?? 0)),
		p: chanceOfAtLeast(x, y, rhoOk * w),
	};
}

/** P(at least x of x + y events fall on the canaries), where `odds` are the odds that one does. */
export function chanceOfAtLeast(x: number, y: number, odds: number): number {
	return x > 0 ? incompleteBeta(x, y + 1, odds / (1 + odds), 1 / (1 + odds)) : 1;
}

/** The odds p/(1-p) at which Beta(a, b) has `share` below it, by bisection on ln odds, where both ends are resolved alike. */
function quantileOdds(a: number, b: number, share: number): number {
	let below = -60;
	let above = 60;
	for (let step = 0; step < 64; step += 1) {
		const middle = (below + above) / 2;
		const odds = Math.exp(middle);
		if (incompleteBeta(a, b, odds / (1 + odds), 1 / (1 + odds)) < share) below = middle;
		else above = middle;
	}
	return Math.exp((below + above) / 2);
}

const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);
