/** The difference of two texts by lines: what is gone, what is new, what is both. */

export type DifferenceLine = {readonly kind: 'same' | 'gone' | 'new'; readonly text: string};

/** Longer texts are said to differ as a whole, since the table of the comparison grows with the product of their lengths. */
const linesMax = 400;

/** Lengths of the longest common subsequences of all ends of two lists. */
function commonEnds(before: readonly string[], after: readonly string[]): readonly Uint16Array[] {
	const table = Array.from({length: before.length + 1}, () => new Uint16Array(after.length + 1));
	for (let row = before.length - 1; row >= 0; row -= 1) {
		const here = table[row];
		const below = table[row + 1];
		if (here === undefined || below === undefined) continue;
		for (let column = after.length - 1; column >= 0; column -= 1) {
			here[column] = before[row] === after[column] ? (below[column + 1] ?? 0) + 1 : Math.max(below[column] ?? 0, here[column + 1] ?? 0);
		}
	}
	return table;
}

const all = (kind: DifferenceLine['kind'], lines: readonly string[]): DifferenceLine[] => lines.map(text => ({kind, text}));

/** The lines of both texts in order; what is gone stands before what is new in its place. */
export function lineDifference(before: string, after: string): readonly DifferenceLine[] {
	const [old, now] = [before, after].map(text => (text === '' ? [] : text.split('\n'))) as [string[], string[]];
	if (old.length > linesMax || now.length > linesMax) return [...all('gone', old), ...all('new', now)];
	const table = commonEnds(old, now);
	const lines: DifferenceLine[] = [];
	let row = 0;
	let column = 0;
	while (row < old.length || column < now.length) {
		const [left, right] = [old[row], now[column]];
		if (left !== undefined && left === right) {
			lines.push({kind: 'same', text: left});
			row += 1;
			column += 1;
		} else if (left !== undefined && (right === undefined || (table[row + 1]?.[column] ?? 0) >= (table[row]?.[column + 1] ?? 0))) {
			lines.push({kind: 'gone', text: left});
			row += 1;
		} else {
			lines.push({kind: 'new', text: right ?? ''});
			column += 1;
		}
	}
	return lines;
}
