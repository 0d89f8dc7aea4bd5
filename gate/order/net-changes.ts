/** What a batch changes in the end: a change and its own revert in one batch leave nothing behind. */
import type {Change} from '../facts.ts';

/**
 * The changes that are left when each revert has met what it reverts within the batch. `revertsOf` says which commits or Change-Ids, whole
 * or shortened, a change reverts; one that reverts anything outside the batch as well is left. Order is kept. O(changes x reverts).
 */
export function netChanges(changes: readonly Change[], revertsOf: (change: Change) => readonly string[]): Change[] {
	const left: Change[] = [];
	for (const change of changes) {
		const references = revertsOf(change);
		const met = references.map(reference =>
			left.findLastIndex(({sha, changeId}) => sha?.startsWith(reference) || changeId?.startsWith(reference)),
		);
		if (references.length === 0 || met.includes(-1)) left.push(change);
		else for (const at of [...new Set(met)].sort((a, b) => b - a)) left.splice(at, 1);
	}
	return left;
}
