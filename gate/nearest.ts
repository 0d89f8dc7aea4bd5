/** Names what somebody probably meant: every wrong key, rule or stage is answered with the nearest right one. */

const longestWord = 64;
const plainForm = (word: string): string => word.slice(0, longestWord).toLowerCase().replaceAll('_', '-');

/**
 * How many single letters must be put in, left out, changed or swapped with their neighbour to turn one word into the other
 * (optimal string alignment: Damerau-Levenshtein in which no piece is edited twice).
 */
export function editDistance(a: string, b: string): number {
	let twoBack: number[] = [];
	let oneBack = Array.from({length: b.length + 1}, (_, column) => column);
	for (let row = 1; row <= a.length; row++) {
		const current = [row];
		for (let column = 1; column <= b.length; column++) {
			const same = a[row - 1] === b[column - 1];
			const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
			const least = Math.min(
				(oneBack[column] ?? 0) + 1,
				(current[column - 1] ?? 0) + 1,
				(oneBack[column - 1] ?? 0) + (same ? 0 : 1),
				swapped ? (twoBack[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
			);
			current.push(least);
		}
		twoBack = oneBack;
		oneBack = current;
	}
	return oneBack[b.length] ?? 0;
}

/**
 * The candidate nearest to a word, or null where none is near: at most one edit for each three letters of the longer one.
 * Case, and `_` against `-`, do not count. Of equally near ones the first wins. Only the first 64 letters are looked at.
 */
export function nearest(word: string, candidates: Iterable<string>): string | null {
	const wanted = plainForm(word);
	let found: string | null = null;
	let foundAt = Number.POSITIVE_INFINITY;
	for (const candidate of candidates) {
		const form = plainForm(candidate);
		const longer = Math.max(wanted.length, form.length);
		if (Math.abs(wanted.length - form.length) > longer / 3) continue;
		const distance = editDistance(wanted, form);
		if (distance <= Math.max(1, Math.floor(longer / 3)) && distance < longer && distance < foundAt) {
			found = candidate;
			foundAt = distance;
		}
	}
	return found;
}

/** `; did you mean «x»?`, or a short list of what there is, or nothing: the end of a sentence about a wrong word. */
export function suggestion(word: string, candidates: readonly string[]): string {
	const near = nearest(word, candidates);
	if (near !== null) return `; did you mean «${near}»?`;
	if (candidates.length === 0 || candidates.length > 12) return '';
	return `; known here: ${candidates.map(candidate => `«${candidate}»`).join(', ')}`;
}
