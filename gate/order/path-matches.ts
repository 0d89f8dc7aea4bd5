/**
 * Whether a list fits a pattern in which a star stands for any number of items: the two-pointer walk, which never backtracks further than
 * the last star.
 */
function walk(
	pattern: ArrayLike<string>,
	items: ArrayLike<string>,
	star: string,
	fits: (wanted: string, item: string) => boolean,
): boolean {
	let at = 0;
	let index = 0;
	let lastStar = -1;
	let resume = 0;
	while (index < items.length) {
		const wanted = pattern[at];
		if (wanted === star) {
			lastStar = at;
			resume = index;
			at += 1;
		} else if (wanted !== undefined && fits(wanted, items[index] ?? '')) {
			at += 1;
			index += 1;
		} else if (lastStar >= 0) {
			at = lastStar + 1;
			resume += 1;
			index = resume;
		} else return false;
	}
	while (pattern[at] === star) at += 1;
	return at === pattern.length;
}

const same = (wanted: string, item: string): boolean => wanted === item;
const segmentMatches = (pattern: string, segment: string): boolean => walk(pattern, segment, '*', same);

/** Whether a path fits a pattern: exact, or with `*` (anything within one segment) and `**` (any number of segments). */
export function pathMatches(pattern: string, path: string): boolean {
	if (!pattern.includes('*')) return pattern === path;
	return walk(pattern.split('/'), path.slice(0, 4096).split('/'), '**', segmentMatches);
}
