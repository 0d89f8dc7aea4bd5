/** Names: finds families by a Change-Id or commit, whole or shortened. */

type Named = {readonly id: string; readonly family: number};

export const ambiguousMax = 20;

/** Finds by prefix in a sorted list: the hits stand side by side. */
function byPrefix(sorted: readonly Named[], prefix: string): number[] {
	let low = 0;
	let high = sorted.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((sorted[middle]?.id ?? '') < prefix) low = middle + 1;
		else high = middle;
	}
	const families = new Set<number>();
	for (let index = low; index < sorted.length && families.size < ambiguousMax; index += 1) {
		const named = sorted[index];
		if (!named?.id.startsWith(prefix)) break;
		families.add(named.family);
	}
	return [...families];
}

/** Whole ids by a map, which is quick and what nearly everybody writes; shortened ones in a list that is sorted when first asked. */
function nameList() {
	const whole = new Map<string, number[]>();
	let lengthMax = 0;
	let sorted: Named[] | null = null;
	return {
		add(id: string, family: number): void {
			const families = whole.get(id);
			lengthMax = Math.max(lengthMax, id.length);
			if (families === undefined) whole.set(id, [family]);
			else if (!families.includes(family) && families.length < ambiguousMax) families.push(family);
		},
		find(name: string): readonly number[] {
			if (name.length >= lengthMax) return whole.get(name) ?? [];
			sorted ??= [...whole]
				.flatMap(([id, families]) => families.map(family => ({id, family})))
				.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
			return byPrefix(sorted, name);
		},
	};
}

export type Names = {
	/** By Change-Id, in any case. */
	byChangeId(name: string): readonly number[];
	bySha(name: string): readonly number[];
};

/** A commit that a change was picked from names that change, also where the commit itself is not known. */
export function readNames(
	items: readonly {sha?: string; changeId?: string; pickedFrom?: readonly string[]}[],
	families: readonly number[],
): Names {
	const changeIds = nameList();
	const shas = nameList();
	for (const [index, {sha, changeId, pickedFrom}] of items.entries()) {
		const family = families[index] ?? -1;
		if (changeId !== undefined) changeIds.add(changeId.toLowerCase(), family);
		if (sha !== undefined) shas.add(sha.toLowerCase(), family);
		for (const picked of pickedFrom ?? []) shas.add(picked.toLowerCase(), family);
	}
	return {byChangeId: name => changeIds.find(name.toLowerCase()), bySha: name => shas.find(name.toLowerCase())};
}
