/**
 * Graph: which change must be live, or which path must be gone, before which. Three kinds of edge, since the same pair of changes can
 * need opposite orders: *needs* (provider first), *exclusive* (the old owner out before the new one comes in: 2015-10-26), *drain* (the
 * last reader out before the thing goes).
 */
import type {FooterEntry} from './footers.ts';
import {pathMatches} from './path-matches.ts';
import type {Node, Registry} from './registry.ts';

export type EdgeKind = 'needs' | 'exclusive' | 'drain';

/** The family `first` must be live before `second`; declared by a footer of `declaredBy`. */
export type Need = {readonly first: number; readonly second: number; readonly declaredBy: Node; readonly entry: FooterEntry};

type Records = readonly Readonly<Record<string, string>>[];

/** What the policy declares; see the limits of the rule patch-order. */
export type OrderRules = {readonly exclusive: Records; readonly drain: Records};

/**
 * A path that must be gone before a change may come in: `trigger` says which change, `owner` which path.
 * Each exclusive rule also stands mirrored: the old owner may not come back while the new one is in, so taking back runs backwards.
 */
export type GoneRule = {
	readonly index: number;
	readonly kind: 'exclusive' | 'drain';
	readonly name: string;
	readonly mirrored: boolean;
	readonly trigger: {readonly repository: string; readonly path: string; readonly kinds: readonly string[]};
	readonly owner: {readonly repository: string; readonly path: string; readonly removedBy: readonly string[]};
};

/** What one path of a change does to a rule. */
export type Effect = {readonly rule: number; readonly path: string; readonly does: 'trigger' | 'remove' | 'add'};

/** A footer that makes no edge, or a doubt about one that does. */
export type Loose = {
	readonly kind: 'near-miss' | 'odd' | 'unresolved' | 'ambiguous' | 'self' | 'irrelevant';
	readonly node: Node;
	readonly entry: FooterEntry;
	readonly families: readonly number[];
};

export type Graph = {
	readonly needs: readonly Need[];
	readonly needsOf: ReadonlyMap<number, readonly Need[]>;
	readonly dependentsOf: ReadonlyMap<number, readonly Need[]>;
	readonly loose: readonly Loose[];
	readonly rules: readonly GoneRule[];
	/** By node. */
	readonly effects: ReadonlyMap<number, readonly Effect[]>;
	/** By rule: nodes that remove the owner's path, and nodes that bring it. */
	readonly removers: readonly (readonly Node[])[];
	readonly adders: readonly (readonly Node[])[];
	/** By node: the families it takes back. */
	readonly reverts: ReadonlyMap<number, readonly number[]>;
	/** Changes of the batch in a repository that a rule speaks of, whose paths are not known. */
	readonly pathless: readonly {readonly node: Node; readonly rule: GoneRule}[];
};

export const ruleCountMax = 100;

const field = (record: Readonly<Record<string, string>>, name: string): string => record[name] ?? '';

/** Turns the policy's records into rules, the mirrored ones behind their own. */
export function goneRules({exclusive, drain}: OrderRules): GoneRule[] {
	const rules: GoneRule[] = [];
	for (const record of exclusive.slice(0, ruleCountMax)) {
		const removedBy = record['removed_by'] === 'touches' ? ['deleted', 'modified'] : ['deleted'];
		const kinds = record['when'] === 'touches' ? ['added', 'modified'] : ['added'];
		const [oldOne, newOne] = (['old', 'new'] as const).map(which => ({
			repository: field(record, `${which}_repository`),
			path: field(record, `${which}_path`),
		}));
		if (oldOne === undefined || newOne === undefined) continue;
		const shared = {kind: 'exclusive' as const, name: field(record, 'name')};
		rules.push({...shared, index: rules.length, mirrored: false, trigger: {...newOne, kinds}, owner: {...oldOne, removedBy}});
		const back = {trigger: {...oldOne, kinds: ['added']}, owner: {...newOne, removedBy: ['deleted']}};
		rules.push({...shared, index: rules.length, mirrored: true, ...back});
	}
	for (const record of drain.slice(0, ruleCountMax)) {
		rules.push({
			kind: 'drain',
			name: field(record, 'name'),
			index: rules.length,
			mirrored: false,
			trigger: {repository: field(record, 'repository'), path: field(record, 'path'), kinds: ['deleted']},
			owner: {repository: field(record, 'reader_repository'), path: field(record, 'reader_path'), removedBy: ['deleted']},
		});
	}
	return rules;
}

function addTo<Value>(map: Map<number, Value[]>, key: number, value: Value): void {
	const values = map.get(key);
	if (values === undefined) map.set(key, [value]);
	else values.push(value);
}

function readNeeds(registry: Registry) {
	const needs: Need[] = [];
	const loose: Loose[] = [];
	// Two family numbers in one, a quicker key than a text.
	const seen = new Set<number>();
	for (const node of registry.nodes) {
		for (const entry of node.footers?.entries ?? []) {
			if (entry.header === 'Fixes-Incident') continue;
			const inBatch = node.where === 'batch';
			if (entry.status !== 'read' || entry.reference === undefined) {
				if (inBatch) loose.push({kind: entry.status === 'irrelevant' ? 'irrelevant' : 'near-miss', node, entry, families: []});
				continue;
			}
			const named = registry.resolve(entry.reference, node);
			const families = named.filter(family => family !== node.family);
			const about = {node, entry, families};
			if (inBatch && entry.note !== undefined) loose.push({...about, kind: 'odd'});
			if (families.length === 0) {
				// What a known change needs and nobody knows counts as soon as that change is missing here.
				if (named.length > 0) loose.push({...about, kind: 'self'});
				else loose.push({...about, kind: entry.header === 'Needed-By' ? 'irrelevant' : 'unresolved'});
				continue;
			}
			if (families.length > 1 && inBatch) loose.push({...about, kind: 'ambiguous'});
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

function readEffects(nodes: readonly Node[], rules: readonly GoneRule[]) {
	const effects = new Map<number, Effect[]>();
	const removers: Node[][] = rules.map(() => []);
	const adders: Node[][] = rules.map(() => []);
	const pathless: {node: Node; rule: GoneRule}[] = [];
	const byRepository = new Map<string, GoneRule[]>();
	for (const rule of rules) {
		for (const repository of new Set([rule.trigger.repository, rule.owner.repository])) {
			byRepository.set(repository, [...(byRepository.get(repository) ?? []), rule]);
		}
	}
	for (const node of nodes) {
		const {repository, paths} = node.change;
		for (const rule of byRepository.get(repository) ?? []) {
			if (paths === undefined) {
				if (node.where === 'batch' && !rule.mirrored && rule.trigger.repository === repository) pathless.push({node, rule});
				continue;
			}
			const {trigger, owner} = rule;
			const count = {remove: 0, add: 0};
			for (const {path, kind} of paths) {
				if (repository === trigger.repository && trigger.kinds.includes(kind) && pathMatches(trigger.path, path)) {
					addTo(effects, node.index, {rule: rule.index, path, does: 'trigger'});
				}
				if (repository !== owner.repository || !pathMatches(owner.path, path)) continue;
				const does = owner.removedBy.includes(kind) ? 'remove' : kind === 'added' ? 'add' : null;
				if (does === null) continue;
				addTo(effects, node.index, {rule: rule.index, path, does});
				count[does] += 1;
			}
			if (count.remove > 0) removers[rule.index]?.push(node);
			if (count.add > 0) adders[rule.index]?.push(node);
		}
	}
	return {effects, removers, adders, pathless};
}

/** Builds the graph over everything the registry knows. Near-linear in changes, footers and paths; the rules are few. */
export function buildGraph(registry: Registry, limits: OrderRules): Graph {
	const {needs, loose} = readNeeds(registry);
	const needsOf = new Map<number, Need[]>();
	const dependentsOf = new Map<number, Need[]>();
	for (const need of needs) {
		addTo(needsOf, need.second, need);
		addTo(dependentsOf, need.first, need);
	}
	const reverts = new Map<number, number[]>();
	for (const node of registry.nodes) {
		for (const reference of node.footers?.reverts ?? []) {
			const families = registry.resolve(reference, node).filter(family => family !== node.family);
			if (families.length === 1) addTo(reverts, node.index, families[0] ?? -1);
		}
	}
	const rules = goneRules(limits);
	return {needs, needsOf, dependentsOf, loose, rules, reverts, ...readEffects(registry.nodes, rules)};
}
