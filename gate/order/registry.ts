/**
 * Registry: every change the facts speak of, grouped into families (one family is one change, on all its branches and under all its
 * ids), with the lookups that the graph needs. Built once per judgement, near-linear.
 */
import type {Change, Facts, LandedChange} from '../facts.ts';
import {type Footers, readFooters} from './footers.ts';
import {familiesOf, type Standing, standingOf} from './identity.ts';
import {parseReference, type Reference, referenceKey} from './reference.ts';

/** A change of the batch, or one that the checkouts know. */
export type Node = {
	readonly index: number;
	readonly change: Change;
	readonly where: 'batch' | 'known';
	readonly family: number;
	/** Null where the source did not tell the message. */
	readonly footers: Footers | null;
};

export type Registry = {
	/** The batch in its order, then the known ones. */
	readonly nodes: readonly Node[];
	readonly batchSize: number;
	/** The groups that are judged, in the order in which they are reached. */
	readonly groups: readonly string[];
	/** The nodes of a family, those of the batch first. */
	members(family: number): readonly Node[];
	/** Any landed entry of a family, for its name where no node has it. */
	landedAs(family: number): LandedChange | undefined;
	/** The families a reference names: none, one, or several where it is ambiguous (at most 20). */
	resolve(reference: Reference, from: Node): readonly number[];
	standing(group: string, family: number): Standing;
	/** The families that a bare name (a sha, a Change-Id) stands for, as `revertedBy` gives it. */
	named(name: string): readonly number[];
	/** The branches that a group runs of a repository; empty where nothing is known. */
	branches(group: string, repository: string): readonly string[];
};

const ambiguousMax = 20;

type Named = {readonly id: string; readonly family: number};

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

function sortedNames(names: readonly Named[]): Named[] {
	const seen = new Set<string>();
	return names
		.filter(({id, family}) => !seen.has(`${id} ${family}`) && seen.add(`${id} ${family}`))
		.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

function addTo<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
	const values = map.get(key);
	if (values === undefined) map.set(key, [value]);
	else values.push(value);
}

/** A Change-Id that the source left out stands in the message, its last line with one wins. */
const identified = (change: Change, footers: Footers | null): Change =>
	change.changeId === undefined && footers?.changeId !== undefined ? {...change, changeId: footers.changeId} : change;

function readNodes(facts: Facts): Omit<Node, 'family'>[] {
	return [...facts.batch.changes, ...facts.known].map((change, index) => {
		const footers = change.message === undefined ? null : readFooters(change.message);
		return {
			index,
			change: identified(change, footers),
			where: index < facts.batch.changes.length ? ('batch' as const) : ('known' as const),
			footers,
		};
	});
}

/** What landed on each group, by family; and which landed change a `revertedBy` names there. */
function readLedger(facts: Facts, familyOfLanded: ReadonlyMap<LandedChange, number>, familiesNamed: (name: string) => readonly number[]) {
	const ledger = new Map<string, Map<number, LandedChange[]>>();
	for (const {group, changes} of facts.landed) {
		const entries = ledger.get(group) ?? new Map<number, LandedChange[]>();
		for (const landed of changes) addTo(entries, familyOfLanded.get(landed) ?? -1, landed);
		ledger.set(group, entries);
	}
	const answers = new Map<string, Map<number, Standing>>([...ledger.keys()].map(group => [group, new Map()]));
	return (group: string, family: number): Standing => {
		const entries = ledger.get(group);
		if (entries === undefined) return {state: 'unknown'};
		const known = answers.get(group)?.get(family);
		if (known !== undefined) return known;
		const revertNamed = (name: string) =>
			familiesNamed(name)
				.flatMap(named => entries.get(named) ?? [])
				.at(-1);
		const answer = standingOf(entries.get(family) ?? [], revertNamed);
		answers.get(group)?.set(family, answer);
		return answer;
	};
}

function readNames(items: readonly {sha?: string; changeId?: string}[], families: readonly number[]) {
	const changeIds: Named[] = [];
	const shas: Named[] = [];
	for (const [index, {sha, changeId}] of items.entries()) {
		const family = families[index] ?? -1;
		if (changeId !== undefined) changeIds.push({id: changeId.toLowerCase(), family});
		if (sha !== undefined) shas.push({id: sha.toLowerCase(), family});
	}
	return {changeIds: sortedNames(changeIds), shas: sortedNames(shas)};
}

/** Builds the registry. Where the facts name no group, one stands for all of them, and nothing is known of it. */
export function register(facts: Facts): Registry {
	const read = readNodes(facts);
	const landed = facts.landed.flatMap(({changes}) => changes);
	const items = [...read.map(({change}) => change), ...landed];
	const families = familiesOf(items);
	const nodes: Node[] = read.map((node, index) => ({...node, family: families[index] ?? index}));
	const {changeIds, shas} = readNames(items, families);
	const members = new Map<number, Node[]>();
	const keys = new Map<string, number[]>();
	for (const node of nodes) {
		addTo(members, node.family, node);
		const reference = parseReference(node.change.id);
		if (reference !== null) addTo(keys, referenceKey(reference), node.family);
	}
	const landedAs = new Map<number, LandedChange>();
	const familyOfLanded = new Map<LandedChange, number>();
	for (const [index, entry] of landed.entries()) {
		const family = families[nodes.length + index] ?? -1;
		familyOfLanded.set(entry, family);
		if (!landedAs.has(family)) landedAs.set(family, entry);
	}
	const resolve = (reference: Reference, from?: Node): readonly number[] => {
		if (reference.kind === 'change-id') return byPrefix(changeIds, reference.changeId.toLowerCase());
		if (reference.kind === 'sha') return byPrefix(shas, reference.sha);
		const own = from === undefined ? undefined : `pull-request ${from.change.repository}#${referenceText(reference)}`.toLowerCase();
		const found = keys.get(referenceKey(reference)) ?? (own === undefined ? undefined : keys.get(own)) ?? [];
		if (found.length > 0 || reference.kind !== 'number' || reference.number.length < 7) return [...new Set(found)].slice(0, ambiguousMax);
		// Seven digits or more may be a short sha without a letter in it.
		return byPrefix(shas, reference.number);
	};
	const named = (name: string): readonly number[] => {
		const reference = parseReference(name);
		return reference === null ? [] : resolve(reference.kind === 'number' ? {kind: 'sha', sha: name} : reference);
	};
	const heads = new Map<string, Map<string, string[]>>();
	for (const {group, heads: targets} of facts.landed) {
		const branches = heads.get(group) ?? new Map<string, string[]>();
		heads.set(group, branches);
		for (const {repository, branch} of targets) if (branch !== undefined) addTo(branches, repository, branch);
	}
	const groups = facts.groups.length > 0 ? facts.groups : facts.landed.map(({group}) => group);
	return {
		nodes,
		batchSize: facts.batch.changes.length,
		groups: groups.length > 0 ? [...new Set(groups)] : ['every group'],
		members: family => members.get(family) ?? [],
		landedAs: family => landedAs.get(family),
		resolve,
		named,
		standing: readLedger(facts, familyOfLanded, named),
		branches: (group, repository) => heads.get(group)?.get(repository) ?? [],
	};
}

function referenceText(reference: Reference): string {
	return 'number' in reference ? reference.number : '';
}
