/**
 * Graph: which change must be live, or which path must be gone or there, before which. Three kinds of edge, since the same pair of changes
 * can need opposite orders: *needs* (provider first), *exclusive* (the old owner out before the new one comes in: 2015-10-26), *drain* (the
 * last reader out before the thing goes).
 */
import type {FooterEntry} from './footers.ts';
import type {Detected} from './moves/detect.ts';
import {type Effects, type OrderRules, type PathRule, pathRules, readEffects} from './path-rules.ts';
import type {Node, Registry} from './registry.ts';

export type {EdgeKind} from './path-rules.ts';

/** The family `first` must be live before `second`; declared by a footer of `declaredBy`. */
export type Need = {readonly first: number; readonly second: number; readonly declaredBy: Node; readonly entry: FooterEntry};

/** A footer that makes no edge, or a doubt about one that does. */
export type Loose = {
	readonly kind: 'near-miss' | 'odd' | 'unresolved' | 'elsewhere' | 'ambiguous' | 'self' | 'irrelevant';
	readonly node: Node;
	readonly entry: FooterEntry;
	readonly families: readonly number[];
};

export type Graph = Effects & {
	readonly needs: readonly Need[];
	readonly needsOf: ReadonlyMap<number, readonly Need[]>;
	readonly dependentsOf: ReadonlyMap<number, readonly Need[]>;
	readonly loose: readonly Loose[];
	readonly rules: readonly PathRule[];
	/** By node: the families it takes back. */
	readonly reverts: ReadonlyMap<number, readonly number[]>;
};

function addTo<Value>(map: Map<number, Value[]>, key: number, value: Value): void {
	const values = map.get(key);
	if (values === undefined) map.set(key, [value]);
	else values.push(value);
}

/** On another host: named by its address or its repository, of which nothing here knows anything. */
function isElsewhere({reference}: FooterEntry, registry: Registry): boolean {
	if (reference?.kind === 'number') return reference.host !== undefined;
	return reference !== undefined && 'repository' in reference && !registry.repositories.has(reference.repository);
}

const namesChange = ({header}: FooterEntry): boolean => header === 'Depends-On' || header === 'Needed-By';

function readNeeds(registry: Registry) {
	const needs: Need[] = [];
	const loose: Loose[] = [];
	// Two family numbers in one, a quicker key than a text.
	const seen = new Set<number>();
	for (const node of registry.nodes) {
		for (const entry of node.footers?.entries ?? []) {
			const inBatch = node.where === 'batch';
			if (entry.status !== 'read') {
				if (inBatch) loose.push({kind: entry.status === 'irrelevant' ? 'irrelevant' : 'near-miss', node, entry, families: []});
				continue;
			}
			if (entry.reference === undefined || !namesChange(entry)) continue;
			const named = registry.resolve(entry.reference, node);
			const families = named.includes(node.family) ? named.filter(family => family !== node.family) : named;
			if (inBatch && entry.note !== undefined) loose.push({node, entry, families, kind: 'odd'});
			if (families.length === 0) {
				// What a known change needs and nobody knows counts as soon as that change is missing here.
				const unknown = entry.header === 'Needed-By' ? 'irrelevant' : isElsewhere(entry, registry) ? 'elsewhere' : 'unresolved';
				loose.push({node, entry, families, kind: named.length > 0 ? 'self' : unknown});
				continue;
			}
			if (families.length > 1 && inBatch) loose.push({node, entry, families, kind: 'ambiguous'});
			// A whole Change-Id stands for every change that has it; anything else that fits several names none of them for sure.
			if (families.length > 1 && !(entry.reference.kind === 'change-id' && entry.reference.whole)) continue;
			for (const family of families) {
				const [first, second] = entry.header === 'Depends-On' ? [family, node.family] : [node.family, family];
				const key = first * 2 ** 26 + second;
				if (seen.has(key)) continue;
				seen.add(key);
				needs.push({first, second, declaredBy: node, entry});
			}
		}
	}
	return {needs, loose};
}

/** Builds the graph over everything the registry knows. Near-linear in changes, footers and paths; the rules are few. */
export function buildGraph(registry: Registry, declared: OrderRules, detected: readonly Detected[]): Graph {
	const {needs, loose} = readNeeds(registry);
	const needsOf = new Map<number, Need[]>();
	const dependentsOf = new Map<number, Need[]>();
	for (const need of needs) {
		addTo(needsOf, need.second, need);
		addTo(dependentsOf, need.first, need);
	}
	const rules = pathRules(declared, detected);
	return {needs, needsOf, dependentsOf, loose, rules, reverts: registry.reverts, ...readEffects(registry.nodes, rules)};
}
