/** One path segment against one with `*`: the two-pointer walk, which never backtracks further than the last star. */
function segmentMatches(pattern: string, segment: string): boolean {
	let at = 0;
	let index = 0;
	let star = -1;
	let resume = 0;
	while (index < segment.length) {
		if (pattern[at] === '*') {
			star = at;
			resume = index;
			at += 1;
		} else if (pattern[at] === segment[index]) {
			at += 1;
			index += 1;
		} else if (star >= 0) {
			at = star + 1;
			resume += 1;
			index = resume;
		} else return false;
	}
	while (pattern[at] === '*') at += 1;
	return at === pattern.length;
}

/** Whether a path fits a pattern: exact, or with `*` (anything within one segment) and `**` (any number of segments). */
export function pathMatches(pattern: string, path: string): boolean {
	if (!pattern.includes('*')) return pattern === path;
	const patterns = pattern.split('/');
	const segments = path.slice(0, 4096).split('/');
	let at = 0;
	let index = 0;
	let star = -1;
	let resume = 0;
	while (index < segments.length) {
		const wanted = patterns[at];
		if (wanted === '**') {
			star = at;
			resume = index;
			at += 1;
		} else if (wanted !== undefined && segmentMatches(wanted, segments[index] ?? '')) {
			at += 1;
			index += 1;
		} else if (star >= 0) {
			at = star + 1;
			resume += 1;
			index = resume;
		} else return false;
	}
	while (patterns[at] === '**') at += 1;
	return at === patterns.length;
}
