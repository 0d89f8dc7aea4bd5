/**
 * A rollback known by its content, for when the service is away: its target state was live before, or its changes only revert landed ones.
 * It is never held.
 */
import type {Change, Target} from '../../gate/facts.ts';
import {netChanges} from '../../gate/order/net-changes.ts';
import type {Place} from './changes/git.ts';
import {isSha} from './changes/git-log.ts';
import {git, type Limits} from './changes/git-process.ts';
import type {LandedAnswer} from './contract.ts';

type Located = {readonly repository: string; readonly branch?: string | null; readonly sha: string};

const sameLine = (a: Located, b: Located): boolean => a.repository === b.repository && (!a.branch || !b.branch || a.branch === b.branch);
const isAt = (target: Located) => (head: Located) => sameLine(target, head) && head.sha === target.sha;

/** Every target is live now or was once, and at least one is not live now: else it is a restart, which takes nothing back. */
export function targetsWereLive(targets: readonly Target[], {landed, history}: LandedAnswer): boolean {
	const isLive = (target: Target) => {
		const heads = landed.filter(head => sameLine(target, head));
		return heads.length > 0 && heads.every(head => head.sha === target.sha);
	};
	return targets.every(target => isLive(target) || history.some(isAt(target)) || landed.some(isAt(target))) && !targets.every(isLive);
}

/** The commits that a message says it reverts, as `git revert` and Gerrit write it. */
const revertedBy = (change: Change): string[] =>
	[...(change.message ?? '').matchAll(/^This reverts commit ([0-9a-f]{7,64})\b/gm)].flatMap(match => match[1] ?? []);

async function isLanded(sha: string, place: Place, limits: Limits): Promise<boolean> {
	for (const head of place.landed.filter(each => isSha(each.sha))) {
		const {exit} = await git(place.head.path, ['merge-base', '--is-ancestor', sha, head.sha], limits);
		if (exit === 0) return true;
	}
	return false;
}

/** Whether each change reverts at least one commit, and nothing but commits that are live. */
export async function revertsOnlyLanded(changes: readonly Change[], places: readonly Place[], limits: Limits): Promise<boolean> {
	if (changes.length === 0) return false;
	// A change and its own revert, both new, are together what was live before.
	for (const change of netChanges(changes, revertedBy)) {
		const shas = revertedBy(change);
		const there = places.filter(place => place.repository === change.repository);
		if (shas.length === 0 || there.length === 0) return false;
		for (const sha of shas) {
			const landed = await Promise.all(there.map(place => isLanded(sha, place, limits)));
			if (!landed.includes(true)) return false;
		}
	}
	return true;
}
