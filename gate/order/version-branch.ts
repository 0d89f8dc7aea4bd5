/**
 * Branches that carry a version in their name (`wmf/1.27.0-wmf.4`), beside the version that a group runs: what was picked to a branch
 * that is newer than that is not there, however long it was before the train went back.
 */

const runMax = 100;

/** `1.27.0-wmf.4` and `1.28.0-wmf.12` have one shape, `main` has another. */
const shapeOf = (text: string): string => text.slice(0, runMax).replace(/\d+/g, '0');

/** The version that a branch carries, where its last part is written as the group's version is; null where it carries none. */
export function branchVersion(branch: string | undefined, version: string): string | null {
	const last = branch?.split('/').at(-1) ?? '';
	return last !== '' && /\d/.test(last) && shapeOf(last) === shapeOf(version) ? last : null;
}

/** Below zero where `a` is the older one: numbers count as numbers, so that wmf.10 comes after wmf.9. */
export function compareVersions(a: string, b: string): number {
	const [left, right] = [a, b].map(text => text.slice(0, runMax).match(/\d+|\D+/g) ?? []);
	for (const [index, part] of (left ?? []).entries()) {
		const other = right?.[index];
		if (other === undefined) return 1;
		if (part === other) continue;
		const numbers = [Number(part), Number(other)] as const;
		if (numbers.every(Number.isFinite) && numbers[0] !== numbers[1]) return numbers[0] - numbers[1];
		if (part !== other) return part < other ? -1 : 1;
	}
	return (left?.length ?? 0) - (right?.length ?? 0);
}

/** Whether a branch is of a version that is newer than the one a group runs. False where either is not known. */
export function isAhead(branch: string | undefined, version: string | undefined): boolean {
	if (version === undefined) return false;
	const carried = branchVersion(branch, version);
	return carried !== null && compareVersions(carried, version) > 0;
}

/** Whether a group that runs this version runs this branch: one that carries no version is run by all of them. */
export function isRun(branch: string | undefined, version: string | undefined): boolean {
	if (version === undefined) return true;
	const carried = branchVersion(branch, version);
	return carried === null || carried === version;
}
