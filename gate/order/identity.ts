/**
 * Identity: whether two patches are one change, and whether a change is live on a group. A change keeps its Change-Id on every
 * branch, and its patch-id when it lands again under a new Change-Id (2015-10-26: Ie486d5eb came back as I90d5c30a).
 */
import type {LandedChange, LandedGroup} from '../facts.ts';

export type Identified = {
	readonly repository: string;
	readonly sha?: string;
	readonly changeId?: string;
	readonly patchId?: string;
	/** The commits that it was cherry-picked from, whole or shortened: the same change, where one of them is known. */
	readonly pickedFrom?: readonly string[];
};

export type SameBy = 'sha' | 'change-id' | 'patch-id';

/** A group's answer about one change. Reverted is not live; a reverted revert is live again; landed again is live. */
export type Standing =
	| {readonly state: 'live'; readonly landed: LandedChange}
	| {readonly state: 'reverted'; readonly landed: LandedChange; readonly by: string}
	| {readonly state: 'absent'}
	/** The group has no ledger: nothing is known of what landed there. */
	| {readonly state: 'unknown'};

const shaLengthMin = 7;
const revertChainMax = 100;

/** True where one commit id is the other, or a prefix of it with at least 7 digits. */
export function sameSha(a: string, b: string): boolean {
	const [short, long] = a.length <= b.length ? [a.toLowerCase(), b.toLowerCase()] : [b.toLowerCase(), a.toLowerCase()];
	return short.length >= shaLengthMin && long.startsWith(short);
}

/** By what two patches are the same change; null where they are not. Ids count within one repository only, as in Gerrit. */
export function sameBy(a: Identified, b: Identified): SameBy | null {
	if (a.repository !== b.repository) return null;
	if (a.sha !== undefined && b.sha !== undefined && sameSha(a.sha, b.sha)) return 'sha';
	if (a.changeId !== undefined && a.changeId.toLowerCase() === b.changeId?.toLowerCase()) return 'change-id';
	if (a.patchId !== undefined && a.patchId.toLowerCase() === b.patchId?.toLowerCase()) return 'patch-id';
	return null;
}

/** Joins shas that are prefixes of each other. A short one that fits two different commits stands for neither. */
function joinShas(shas: readonly {sha: string; item: number}[], join: (a: number, b: number) => void): void {
	const sorted = [...shas].sort((a, b) => (a.sha < b.sha ? -1 : a.sha > b.sha ? 1 : 0));
	let reachesEnd = sorted.length;
	for (let index = sorted.length - 2; index >= 0; index -= 1) {
		const here = sorted[index];
		const next = sorted[index + 1];
		if (here === undefined || next === undefined) continue;
		if (here.sha === next.sha) join(here.item, next.item);
		else if (here.sha.length >= shaLengthMin && next.sha.startsWith(here.sha)) {
			// All that begin with this one follow it; the last of them must also begin with the first of them, or they differ.
			let last = index + 1;
			reachesEnd = Math.min(sorted.length, index + 64);
			while (last + 1 < reachesEnd && sorted[last + 1]?.sha.startsWith(here.sha)) last += 1;
			if (sorted[last]?.sha.startsWith(next.sha)) join(here.item, next.item);
		}
	}
}

/**
 * Gives each item the number of its family: items with one number are the same change, by sha, Change-Id or patch-id, directly or
 * through others. Near-linear in the number of items.
 */
export function familiesOf(items: readonly Identified[]): number[] {
	const parent = items.map((_, index) => index);
	const find = (start: number): number => {
		let root = start;
		while (parent[root] !== root) {
			// Halving the path keeps later walks short.
			parent[root] = parent[parent[root] ?? root] ?? root;
			root = parent[root] ?? root;
		}
		return root;
	};
	const join = (a: number, b: number): void => {
		const [low, high] = [Math.min(find(a), find(b)), Math.max(find(a), find(b))];
		parent[high] = low;
	};
	const firstWith = new Map<string, number>();
	const shasOf = new Map<string, {sha: string; item: number}[]>();
	for (const [index, {repository, sha, changeId, patchId, pickedFrom}] of items.entries()) {
		for (const key of [changeId && `c ${changeId}`, patchId && `p ${patchId}`]) {
			if (!key) continue;
			const whole = `${key.toLowerCase()} ${repository}`;
			const first = firstWith.get(whole);
			if (first === undefined) firstWith.set(whole, index);
			else join(first, index);
		}
		const own = pickedFrom === undefined ? [] : [...pickedFrom];
		if (sha) own.push(sha);
		if (own.length === 0) continue;
		const shas = shasOf.get(repository) ?? [];
		for (const one of own) shas.push({sha: one.toLowerCase(), item: index});
		shasOf.set(repository, shas);
	}
	for (const shas of shasOf.values()) joinShas(shas, join);
	return items.map((_, index) => find(index));
}

/** A landed change is live unless an odd number of reverts stands on it; a chain that bites its tail counts as reverted. */
export function isLive(landed: LandedChange, revertNamed: (name: string) => LandedChange | undefined): boolean {
	let reverts = 0;
	let current: LandedChange | undefined = landed;
	const seen = new Set<LandedChange>();
	while (current?.revertedBy !== undefined) {
		if (seen.has(current) || reverts >= revertChainMax) return false;
		seen.add(current);
		reverts += 1;
		current = revertNamed(current.revertedBy);
	}
	return reverts % 2 === 0;
}

/** How a change stands on a group, from all landed entries that are this change: one live entry is enough. */
export function standingOf(entries: readonly LandedChange[], revertNamed: (name: string) => LandedChange | undefined): Standing {
	const live = entries.find(entry => isLive(entry, revertNamed));
	if (live !== undefined) return {state: 'live', landed: live};
	const [first] = entries;
	return first === undefined ? {state: 'absent'} : {state: 'reverted', landed: first, by: first.revertedBy ?? ''};
}

/** How one change stands on one group. For many changes use the registry, which looks things up by index. */
export function standingOn(group: LandedGroup, change: Identified): Standing {
	const named = (name: string): LandedChange | undefined =>
		group.changes.find(({sha, changeId}) => (sha !== undefined && sameSha(sha, name)) || changeId?.toLowerCase() === name.toLowerCase());
	return standingOf(
		group.changes.filter(landed => sameBy(landed, change) !== null),
		named,
	);
}
