/** Two ways of doing one thing, timed in turns (A B A B) in one run, so that whatever slows the machine slows both. */

export const msSince = (start: bigint): number => Number(process.hrtime.bigint() - start) / 1e6;

/** The middle value, or the mean of the two middle ones. NaN for no values. */
export function median(values: readonly number[]): number {
	const sorted = values.toSorted((one, other) => one - other);
	const middle = sorted.length >> 1;
	const upper = sorted[middle] ?? Number.NaN;
	return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** How long one doing takes, in milliseconds. */
export async function timed(work: () => unknown): Promise<number> {
	const start = process.hrtime.bigint();
	await work();
	return msSince(start);
}

/** Medians of both sides in milliseconds, and the median of the ratios of the pairs, with the quartiles in which half of them lie. */
export type Compared = {
	readonly ours: number;
	readonly baseline: number;
	readonly ratio: number;
	readonly spread: readonly [number, number];
};

export type Pair = {
	/** Each says how many milliseconds counted, so that preparation stays out of it. */
	readonly ours: (round: number) => Promise<number>;
	readonly baseline: (round: number) => Promise<number>;
	readonly pairs: number;
	/** Pairs run before, and thrown away: disks and compilers warm up. */
	readonly warmUps: number;
};

/** Runs the pairs. Which side comes first changes from pair to pair, so that neither always has the warmer machine. */
export async function compare({ours, baseline, pairs, warmUps}: Pair): Promise<Compared> {
	const sides: {ours: number; baseline: number}[] = [];
	for (let round = 0; round < warmUps + pairs; round++) {
		const first = round % 2 === 0 ? await ours(round) : await baseline(round);
		const second = round % 2 === 0 ? await baseline(round) : await ours(round);
		if (round >= warmUps) sides.push(round % 2 === 0 ? {ours: first, baseline: second} : {ours: second, baseline: first});
	}
	const ratios = sides.map(side => side.ours / side.baseline).sort((one, other) => one - other);
	const quartile = (part: number): number => ratios[Math.round((ratios.length - 1) * part)] ?? Number.NaN;
	return {
		ours: median(sides.map(side => side.ours)),
		baseline: median(sides.map(side => side.baseline)),
		ratio: median(ratios),
		spread: [quartile(0.25), quartile(0.75)],
	};
}
