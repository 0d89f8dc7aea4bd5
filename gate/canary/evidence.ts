/**
 * The sequential test on error counts: evidence that may be looked at as often as one likes.
 *
 * X errors on canaries over exposure Ec, Y on baseline over Eb. Given X + Y, X is binomial with odds rho Ec/Eb, whatever the
 * common rate does over time. A likelihood ratio of one rho against another, multiplied over looks and mixed over several
 * alternatives, has a mean of at most 1 while the null holds, so by Ville's inequality it ever reaches 1/alpha with a chance of at
 * most alpha (Ville 1939; for counts: Lindon and Malek, "Anytime-Valid Inference for Multinomial Count Data", arXiv 2011.03567).
 *
 * Everything is kept as one running log-product per alternative, each look with its own exposures, and mixed at the end: mixing
 * each look and multiplying the mixtures would be another, weaker test, and pooling the exposures of a ramp-up a wrong one.
 */
import type {Count} from '../facts.ts';

/** One look: what both arms counted in one window. */
export type Pair = {readonly canary: Count; readonly baseline: Count};

/** A test: the ratio that is doubted, and the weighted alternatives to it. Weights sum to 1. */
export type Mixture = {readonly against: number; readonly ratios: readonly number[]; readonly weights: readonly number[]};

/** Running log-products, one per alternative of the mixture. */
export type LogProducts = readonly number[];

/**
 * Evidence of harm: the canaries fail more often than `rhoOk` times the baseline. The alternatives are multiples of `rhoOk`, so that
 * each lies above it and the bound holds for every ratio up to `rhoOk`.
 */
export const harmMixture = (rhoOk = 1): Mixture => ({
	against: rhoOk,
	ratios: [2, 3, 5, 10, 30, 100].map(ratio => ratio * rhoOk),
	weights: [0.25, 0.25, 0.2, 0.15, 0.1, 0.05],
});

/**
 * Evidence of safety: the canaries fail less often than `rhoBad` times the baseline. An alternative above `rhoBad` would void the
 * bound, so it is brought down to it, where it neither helps nor harms.
 */
export const safeMixture = (rhoBad: number): Mixture => ({
	against: rhoBad,
	ratios: [1, 0.5, 0.1].map(ratio => Math.min(ratio, rhoBad)),
	weights: [0.5, 0.3, 0.2],
});

/** Where the running log-products start: nothing seen, evidence 1. */
export const nothingSeen = (mixture: Mixture): LogProducts => mixture.ratios.map(() => 0);

/**
 * Multiplies one look into the running log-products. With p(r) = r Ec / (r Ec + Eb), the log of
 * (p(r)/p(a))^X ((1-p(r))/(1-p(a)))^Y is X ln(r/a) + (X+Y) ln((a Ec + Eb) / (r Ec + Eb)).
 * A look without exposure on one arm compares nothing and is skipped.
 */
export function addLook(mixture: Mixture, products: LogProducts, {canary, baseline}: Pair): LogProducts {
	if (!(canary.exposure > 0 && baseline.exposure > 0)) return products;
	const {against, ratios} = mixture;
	const both = canary.count + baseline.count;
	const doubted = Math.log(against * canary.exposure + baseline.exposure);
	return ratios.map(
		(ratio, index) =>
			(products[index] ?? 0) +
			canary.count * Math.log(ratio / against) +
			both * (doubted - Math.log(ratio * canary.exposure + baseline.exposure)),
	);
}

/** The log of the mixed evidence, computed so that neither huge nor tiny products overflow. */
export function logEvidence(mixture: Mixture, products: LogProducts): number {
	const terms = products.map((product, index) => product + Math.log(mixture.weights[index] ?? 0));
	return logSum(terms);
}

/** The log of the evidence after all these looks. */
export const logEvidenceOf = (mixture: Mixture, looks: readonly Pair[]): number =>
	logEvidence(
		mixture,
		looks.reduce((products, look) => addLook(mixture, products, look), nothingSeen(mixture)),
	);

/**
 * The log of the mean of several signals' evidence, given as logs. With weights fixed ahead the mean keeps its bound under any
 * dependence between the signals, and is never weaker than splitting alpha among them.
 */
export const logMean = (logs: readonly number[]): number => (logs.length === 0 ? 0 : logSum(logs) - Math.log(logs.length));

/** Evidence as a number for people and JSON: at least 0 and always finite. Decisions compare the logs. */
export const evidenceNumber = (log: number): number => (Number.isNaN(log) ? 0 : Math.min(Math.exp(log), Number.MAX_VALUE));

function logSum(terms: readonly number[]): number {
	const largest = terms.reduce((most, term) => Math.max(most, term), Number.NEGATIVE_INFINITY);
	if (!Number.isFinite(largest)) return largest;
	return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0));
}
