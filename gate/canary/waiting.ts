/**
 * What can be excluded now, and how long the rest still takes: "6x excluded; 3x needs 150 s more".
 * Too little traffic is neither a pass nor a failure; a person who must decide is owed the time it would take.
 */
import {type LogProducts, logEvidence, logEvidenceOf, type Mixture, type Pair, safeMixture} from './evidence.ts';
import {upperIncompleteGamma} from './special-functions.ts';

/** What comes in per millisecond at present. */
export type Pace = {readonly canaryExposure: number; readonly baselineExposure: number; readonly baselineCount: number};

/** Beyond a day the answer is "never": nobody waits for it. */
export const waitingMaxMs = 86_400_000;
const excludedMax = 1000;
const poissonCountMax = 1_000_000;

/**
 * The smallest ratio, not below `rhoBad`, that these looks exclude at level beta, or null when not even 1000x is. Like the verdict it
 * may be asked at every look. Above the ratio that fits best, the evidence against a ratio only grows with it, so bisection finds it.
 */
export function excludedRatio(looks: readonly Pair[], rhoBad: number, beta: number): number | null {
	const needed = Math.log(1 / beta);
	const excludes = (ratio: number) => logEvidenceOf(safeMixture(ratio), looks) >= needed;
	if (excludes(rhoBad)) return rhoBad;
	if (!excludes(excludedMax)) return null;
	let open = rhoBad;
	let excluded = excludedMax;
	for (let step = 0; step < 30; step += 1) {
		const middle = Math.sqrt(open * excluded);
		if (excludes(middle)) excluded = middle;
		else open = middle;
	}
	return excluded;
}

/**
 * Milliseconds until evidence of safety reaches 1/beta if the canaries log no further error and exposure and baseline go on as now;
 * 0 when it has, null when it would take longer than a day, or for ever because the baseline is silent.
 */
export function waitingMs(mixture: Mixture, products: LogProducts, pace: Pace, beta: number): number | null {
	const needed = Math.log(1 / beta);
	const {canaryExposure, baselineExposure, baselineCount} = pace;
	const doubted = Math.log(mixture.against * canaryExposure + baselineExposure);
	const gains = mixture.ratios.map(ratio => baselineCount * (doubted - Math.log(ratio * canaryExposure + baselineExposure)));
	const reachedAfter = (ms: number) =>
		logEvidence(
			mixture,
			products.map((product, index) => product + ms * (gains[index] ?? 0)),
		) >= needed;
	if (reachedAfter(0)) return 0;
	if (!(canaryExposure > 0 && baselineExposure > 0 && reachedAfter(waitingMaxMs))) return null;
	let early = 0;
	let late = waitingMaxMs;
	while (late - early > 1) {
		const middle = (early + late) / 2;
		if (reachedAfter(middle)) late = middle;
		else early = middle;
	}
	return late;
}

/**
 * The exact Poisson upper bound, at confidence 1 - beta, of the mean behind `count` events: 3.0 for none at 95 %, the "rule of
 * three" (Garwood, Biometrika 28, 1936). It is for one look only; see rateUpperBound. Above a million events the relative width of
 * a million is used, which is too wide, never too narrow.
 */
export function poissonUpperBound(count: number, beta: number): number {
	if (count > poissonCountMax) return (count / poissonCountMax) * poissonUpperBound(poissonCountMax, beta);
	let below = count;
	let above = count + 60 + 20 * Math.sqrt(count + 1);
	for (let step = 0; step < 64; step += 1) {
		const middle = (below + above) / 2;
		if (upperIncompleteGamma(count + 1, middle) > beta) below = middle;
		else above = middle;
	}
	return above;
}

/**
 * The share of beta that may be spent on a bound over `count` errors. The same 95 % bound asked at every look for an hour lets a rate
 * at the limit through in 20 to 33 % of simulated runs. A bound over x errors can first be met at one fixed exposure only, so the
 * chances of all x add up: with the whole of beta for x = 0 (3 over the exposure) and 0.4 beta / (x + 1)^2 for the others
 * they stay under 1.26 beta, however often one looks.
 */
const spent = (count: number, beta: number): number => (count === 0 ? beta : (0.4 * beta) / (count + 1) ** 2);

/** The upper bound of errors per unit of exposure, for any number of looks; null where there was no exposure to bound anything by. */
export function rateUpperBound(count: number, exposure: number, beta: number): number | null {
	const bound = poissonUpperBound(count, spent(count, beta)) / exposure;
	return exposure > 0 && Number.isFinite(bound) ? bound : null;
}

/** Exposure still needed without a further error until the upper bound of the rate is under `limit`. */
export const exposureNeeded = (count: number, exposure: number, limit: number, beta: number): number =>
	Math.max(0, poissonUpperBound(count, spent(count, beta)) / limit - exposure);
