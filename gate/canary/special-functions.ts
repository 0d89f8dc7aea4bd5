/**
 * The incomplete beta and gamma functions that exact binomial and Poisson limits need.
 * Sources: Abramowitz and Stegun, Handbook of Mathematical Functions, 6.1.41 (Stirling's series), 26.5.8 (continued fraction of the
 * incomplete beta function), 6.5.29 and 6.5.31 (incomplete gamma); evaluated by the modified Lentz method
 * (Thompson and Barnett, Journal of Computational Physics 64, 1986). Both fractions need about the square root of the larger argument
 * many steps; `stepsMax` is far beyond that for the arguments that interval.ts and waiting.ts admit (10 million and 1 million).
 */
const stepsMax = 50_000;
const closeEnough = 1e-15;
const tiny = 1e-300;

/** ln Gamma(x) for x > 0, to about 1e-15 of its size. */
export function logGamma(x: number): number {
	let shifted = x;
	let shift = 0;
	// Stirling's series is accurate from about 10 on; Gamma(x) = Gamma(x + 1) / x carries smaller arguments there.
	while (shifted < 12) {
		shift += Math.log(shifted);
		shifted += 1;
	}
	const inverse = 1 / shifted;
	const square = inverse * inverse;
	const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188))));
	return (shifted - 0.5) * Math.log(shifted) - shifted + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

/**
 * The regularised incomplete beta function I_x(a, b), a and b > 0: the chance that a Beta(a, b) variable is at most x.
 * `rest` is 1 - x, given apart because near 1 it cannot be recovered from x.
 */
export function incompleteBeta(a: number, b: number, x: number, rest: number): number {
	if (!(x > 0)) return 0;
	if (!(rest > 0)) return 1;
	const front = Math.exp(a * Math.log(x) + b * Math.log(rest) + logGamma(a + b) - logGamma(a) - logGamma(b));
	// The fraction converges quickly below the mean; above it the complement does.
	const value = x < (a + 1) / (a + b + 2) ? (front * betaFraction(a, b, x)) / a : 1 - (front * betaFraction(b, a, rest)) / b;
	return clamped(value);
}

function betaFraction(a: number, b: number, x: number): number {
	let c = 1;
	let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
	let value = d;
	for (let step = 1; step <= stepsMax; step += 1) {
		const even = (step * (b - step) * x) / ((a + 2 * step - 1) * (a + 2 * step));
		d = 1 / awayFromZero(1 + even * d);
		c = awayFromZero(1 + even / c);
		value *= d * c;
		const odd = (-(a + step) * (a + b + step) * x) / ((a + 2 * step) * (a + 2 * step + 1));
		d = 1 / awayFromZero(1 + odd * d);
		c = awayFromZero(1 + odd / c);
		const factor = d * c;
		value *= factor;
		if (Math.abs(factor - 1) < closeEnough) break;
	}
	return value;
}

/** The regularised upper incomplete gamma function Q(a, x), a > 0: the chance that a Poisson variable of mean x is below a. */
export function upperIncompleteGamma(a: number, x: number): number {
	if (!(x > 0)) return 1;
	const front = Math.exp(a * Math.log(x) - x - logGamma(a));
	return clamped(x < a + 1 ? 1 - front * gammaSeries(a, x) : front * gammaFraction(a, x));
}

function gammaSeries(a: number, x: number): number {
	let term = 1 / a;
	let sum = term;
	for (let step = 1; step <= stepsMax; step += 1) {
		term *= x / (a + step);
		sum += term;
		if (term < sum * closeEnough) break;
	}
	return sum;
}

function gammaFraction(a: number, x: number): number {
	let b = x + 1 - a;
	let c = 1 / tiny;
	let d = 1 / awayFromZero(b);
	let value = d;
	for (let step = 1; step <= stepsMax; step += 1) {
		const numerator = -step * (step - a);
		b += 2;
		d = 1 / awayFromZero(numerator * d + b);
		c = awayFromZero(b + numerator / c);
		const factor = d * c;
		value *= factor;
		if (Math.abs(factor - 1) < closeEnough) break;
	}
	return value;
}

const awayFromZero = (value: number): number => (Math.abs(value) < tiny ? tiny : value);

const clamped = (value: number): number => (Number.isNaN(value) ? 1 : Math.min(1, Math.max(0, value)));
