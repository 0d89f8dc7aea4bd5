/**
 * Registry: every change the facts speak of, grouped into families (one family is one change, on all its branches and under all its
 * ids), with the lookups that the graph needs. Built once per judgement, near-linear.
 */
import type {Change, Facts, LandedChange} from '../facts.ts';
import {type Footers, readFooters} from './footers.ts';
import {familiesOf, type Standing} from './identity.ts';
import {openLedger, placesOf} from './ledger.ts';
import {ambiguousMax, readNames} from './names.ts';
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
	/** The branches that a group (or a neighbour, under its `placeOf` name) runs of a repository; empty where nothing is known. */
	branches(group: string, repository: string): readonly string[];
	/** By node: the families that its message says it takes back. */
	readonly reverts: ReadonlyMap<number, readonly number[]>;
	/** Reverts of the batch whose target nobody here knows, or that could mean several changes. */
	readonly vagueReverts: readonly {readonly node: Node; readonly reference: Reference; readonly fits: number}[];
	/** Every repository that the facts know something of. */
	readonly repositories: ReadonlySet<string>;
};

/** Only a pick within one repository stays the same change. */
const pickedFrom = (footers: Footers | null): {pickedFrom?: readonly string[]} =>
	footers === null || footers.cherryPickedFrom.length === 0 ? {} : {pickedFrom: footers.cherryPickedFrom};

function readReverts(nodes: readonly Node[], resolve: Registry['resolve']) {
	const reverts = new Map<number, number[]>();
	const reverters = new Map<number, number[]>();
	const vagueReverts: {node: Node; reference: Reference; fits: number}[] = [];
	for (const node of nodes) {
		for (const reference of node.footers?.reverts ?? []) {
			const families = resolve(reference, node).filter(family => family !== node.family);
			const [family] = families;
			if (family !== undefined && families.length === 1) {
				addTo(reverts, node.index, family);
				addTo(reverters, family, node.family);
			} else if (node.where === 'batch') vagueReverts.push({node, reference, fits: families.length});
		}
	}
	return {reverts, reverters, vagueReverts};
}

function repositoriesOf(facts: Facts): Set<string> {
	const landed = [...facts.landed, ...(facts.neighbours ?? [])].flatMap(({heads, changes}) => [...heads, ...changes]);
	const held = facts.holdings.filter(({present}) => typeof present === 'boolean');
	const all = [...facts.batch.changes, ...facts.batch.targets, ...facts.known, ...landed, ...held];
	return new Set(all.map(({repository}) => repository));
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

/** Builds the registry. Where the facts name no group, one stands for all of them, and nothing is known of it. */
export function register(facts: Facts): Registry {
	const read = readNodes(facts);
	const places = placesOf(facts);
	const landed = places.flatMap(({changes}) => changes);
	const items = [...read.map(({change, footers}) => ({...change, ...pickedFrom(footers)})), ...landed];
	const families = familiesOf(items);
	const nodes: Node[] = read.map((node, index) => ({...node, family: families[index] ?? index}));
	const names = readNames(items, families);
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
		if (reference.kind === 'change-id') return names.byChangeId(reference.changeId);
		if (reference.kind === 'sha') return names.bySha(reference.sha);
		const own = from === undefined ? undefined : `pull-request ${from.change.repository}#${referenceText(reference)}`.toLowerCase();
		const found = keys.get(referenceKey(reference)) ?? (own === undefined ? undefined : keys.get(own)) ?? [];
		if (found.length > 0 || reference.kind !== 'number' || reference.number.length < 7) return [...new Set(found)].slice(0, ambiguousMax);
		// Seven digits or more may be a short sha without a letter in it.
		return names.bySha(reference.number);
	};
	const named = (name: string): readonly number[] => {
		const reference = parseReference(name);
		return reference === null ? [] : resolve(reference.kind === 'number' ? {kind: 'sha', sha: name} : reference);
	};
	const {reverts, reverters, vagueReverts} = readReverts(nodes, resolve);
	const heads = new Map<string, Map<string, string[]>>();
	for (const {name, heads: targets} of places) {
		const branches = heads.get(name) ?? new Map<string, string[]>();
		heads.set(name, branches);
		for (const {repository, branch} of targets) if (branch !== undefined) addTo(branches, repository, branch);
	}
	const groups = facts.groups.length > 0 ? facts.groups : facts.landed.map(({group}) => group);
	const standing = openLedger(places, {
		familyOf: entry => familyOfLanded.get(entry) ?? -1,
		named,
		revertersOf: family => reverters.get(family) ?? [],
		repositoryOf: family => members.get(family)?.[0]?.change.repository ?? landedAs.get(family)?.repository,
	});
	return {
		nodes,
		batchSize: facts.batch.changes.length,
		groups: groups.length > 0 ? [...new Set(groups)] : ['every group'],
		members: family => members.get(family) ?? [],
		landedAs: family => landedAs.get(family),
		resolve,
		named,
		standing,
		branches: (group, repository) => heads.get(group)?.get(repository) ?? [],
		reverts,
		vagueReverts,
		repositories: repositoriesOf(facts),
	};
}

function referenceText(reference: Reference): string {
	return 'number' in reference ? reference.number : '';
}
