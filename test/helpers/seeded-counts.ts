/** Seeded random counts: a simulation in a test gives the same answer on every run. */

/** Uniform numbers in [0, 1) from a 32-bit seed (mulberry32). */
export function seeded(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

/** One Poisson count of this mean, by multiplying uniforms (Knuth); for means up to a few hundred. */
export function poisson(random: () => number, mean: number): number {
	const stop = Math.exp(-mean);
	let count = 0;
	for (let product = random(); product > stop; product *= random()) count += 1;
	return count;
}
