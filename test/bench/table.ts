/** One line of the table: what was measured, against what, and what was aimed at. */
export type Line = {
	readonly name: string;
	readonly value: string;
	readonly baseline: string;
	readonly ratio: number | null;
	/** Quartiles of the ratios of the pairs. */
	readonly spread?: readonly [number, number];
	/** Null: only to know. */
	readonly aim: {readonly text: string; readonly met: boolean} | null;
};

const widths = [46, 14, 30, 24, 9];

const row = (cells: readonly string[]): string =>
	cells
		.map((cell, index) => cell.padEnd(widths[index] ?? 0))
		.join(' ')
		.trimEnd();

export const heading = row(['benchmark', 'value', 'baseline', 'ratio (quartiles)', 'aim', 'met']);

export function lineText({name, value, baseline, ratio, spread, aim}: Line): string {
	const range = spread === undefined ? '' : ` (${spread[0].toFixed(2)} to ${spread[1].toFixed(2)})`;
	return row([
		name,
		value,
		baseline,
		ratio === null ? '-' : `${ratio.toFixed(2)}x${range}`,
		aim?.text ?? '-',
		aim === null ? '-' : aim.met ? 'met' : 'NOT MET',
	]);
}

export const atMost = (limit: number, value: number, unit = 'x'): Line['aim'] => ({text: `<= ${limit}${unit}`, met: value <= limit});
export const atLeast = (limit: number, value: number, unit = 'x'): Line['aim'] => ({text: `>= ${limit}${unit}`, met: value >= limit});

/** Three digits that say something. */
export const digits = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
