/** Numbers that look random and are the same in every run: mulberry32 over a hash of what they are for. */

/** From 0, up to but not including 1. */
export function randomFor(...about: readonly number[]): () => number {
	let state = 0x9e3779b9;
	for (const number of about) state = Math.imul(state ^ (number | 0), 0x85ebca6b) ^ (state >>> 13);
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}
