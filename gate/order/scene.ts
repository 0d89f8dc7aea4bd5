/**
 * Scene: one group, walked through change by change. Every prefix of a batch that is not atomic is live for a while, so the needs and the
 * rules are asked after each step; an atomic batch is asked once, at its end.
 */
import type {Holding} from '../facts.ts';
import type {Effect, GoneRule, Graph, Need} from './graph.ts';
import {pathMatches} from './path-matches.ts';
import type {Node, Registry} from './registry.ts';

export type Presence = 'present' | 'gone' | 'unknown';

/** What a step of the walk found broken. */
export type Breach =
	| {readonly kind: 'need'; readonly need: Need; readonly node: Node}
	| {readonly kind: 'gone'; readonly rule: GoneRule; readonly node: Node; readonly path: string; readonly presence: 'present' | 'unknown'}
	/** `node` takes back `need.first` while `need.second` stands on it. */
	| {readonly kind: 'stands-on'; readonly need: Need; readonly node: Node};

export type Scene = {
	readonly group: string;
	/** The changes of the batch that reach this group, in the batch's order. */
	readonly players: readonly Node[];
	/** By rule: what the group holds before the batch. */
	readonly presence: readonly Presence[];
	/** By rule: why it is not known. */
	readonly unseen: readonly string[];
};

const dependentsMax = 100;

/** Which groups a change reaches: those that run its branch. One that no group runs is judged against all, rather than against none. */
export function groupsReached(node: Node, registry: Registry): readonly string[] {
	const {branch, repository} = node.change;
	if (branch === undefined) return registry.groups;
	const running = registry.groups.filter(group => {
		const branches = registry.branches(group, repository);
		return branches.length === 0 || branches.includes(branch);
	});
	return running.length > 0 ? running : registry.groups;
}

function presenceOf(rule: GoneRule, group: string, holdings: readonly Holding[], registry: Registry, graph: Graph) {
	const rows = holdings.filter(({path}) => path === rule.owner.path || pathMatches(rule.owner.path, path));
	// What was looked up in the group's own code weighs more than the ledger.
	if (rows.some(({present}) => present === true)) return {presence: 'present' as const, why: ''};
	const missing = rows.map(({present}) => present).find(present => typeof present !== 'boolean');
	if (rows.length > 0 && missing === undefined) return {presence: 'gone' as const, why: ''};
	const states = (nodes: readonly Node[] | undefined) => (nodes ?? []).map(({family}) => registry.standing(group, family).state);
	const removed = states(graph.removers[rule.index]);
	if (removed.includes('live')) return {presence: 'gone' as const, why: ''};
	const known = states(graph.removers[rule.index]?.filter(({where}) => where === 'known'));
	// The removal exists and this group's ledger says that it has not landed, or not stayed. (The mirror needs the new owner's coming.)
	if (!rule.mirrored && (known.includes('absent') || removed.includes('reverted'))) return {presence: 'present' as const, why: ''};
	if (states(graph.adders[rule.index]).includes('live')) return {presence: 'present' as const, why: ''};
	const why = typeof missing === 'object' ? missing.missing : 'nobody looked whether it is there';
	return {presence: 'unknown' as const, why};
}

/** Sets the scene of each group. */
export function setScenes(registry: Registry, graph: Graph, holdings: readonly Holding[]): Scene[] {
	const held = new Map<string, Holding[]>();
	for (const holding of holdings) {
		const key = JSON.stringify([holding.group, holding.repository]);
		const rows = held.get(key);
		if (rows === undefined) held.set(key, [holding]);
		else rows.push(holding);
	}
	const playersOf = new Map<string, Node[]>(registry.groups.map(group => [group, []]));
	for (const node of registry.nodes.slice(0, registry.batchSize)) {
		for (const group of groupsReached(node, registry)) playersOf.get(group)?.push(node);
	}
	return registry.groups.map(group => {
		const looked = graph.rules.map(rule =>
			presenceOf(rule, group, held.get(JSON.stringify([group, rule.owner.repository])) ?? [], registry, graph),
		);
		return {
			group,
			players: playersOf.get(group) ?? [],
			presence: looked.map(({presence}) => presence),
			unseen: looked.map(({why}) => why),
		};
	});
}

/** What is live, and which paths are there, as the walk goes on. */
function standAt(scene: Scene, registry: Registry, graph: Graph) {
	const live = new Map<number, boolean>();
	const presence = [...scene.presence];
	const isLive = (family: number): boolean => {
		const changed = live.get(family);
		if (changed !== undefined) return changed;
		const standing = registry.standing(scene.group, family);
		if (standing.state === 'live') return true;
		// The revert that took it out has itself been taken back by the batch.
		return standing.state === 'reverted' && registry.named(standing.by).some(revert => live.get(revert) === false);
	};
	const apply = (node: Node): void => {
		live.set(node.family, true);
		for (const family of graph.reverts.get(node.index) ?? []) {
			live.set(family, false);
			// Taking back a revert brings back what the revert took out.
			for (const revert of registry.members(family).slice(0, dependentsMax)) {
				for (const restored of graph.reverts.get(revert.index) ?? []) live.set(restored, true);
			}
		}
		for (const {rule, does} of graph.effects.get(node.index) ?? []) {
			if (does === 'remove') presence[rule] = 'gone';
			else if (does === 'add') presence[rule] = 'present';
		}
	};
	return {isLive, apply, presenceOf: (rule: number): Presence => presence[rule] ?? 'unknown'};
}

/** Walks the given order through a scene and tells each breach once, in the order of the steps. */
export function walk(scene: Scene, players: readonly Node[], registry: Registry, graph: Graph, atomic: boolean): Breach[] {
	const breaches: Breach[] = [];
	const stand = standAt(scene, registry, graph);
	const checkRule = (node: Node, {rule, path}: Effect): void => {
		const gone = graph.rules[rule];
		const presence = stand.presenceOf(rule);
		if (gone === undefined || presence === 'gone' || (gone.mirrored && presence === 'unknown')) return;
		breaches.push({kind: 'gone', rule: gone, node, path, presence});
	};
	const check = (node: Node): void => {
		for (const need of graph.needsOf.get(node.family) ?? []) {
			if (stand.isLive(node.family) && !stand.isLive(need.first)) breaches.push({kind: 'need', need, node});
		}
		const asked = new Set<number>();
		for (const effect of graph.effects.get(node.index) ?? []) {
			if (effect.does !== 'trigger' || asked.has(effect.rule)) continue;
			asked.add(effect.rule);
			checkRule(node, effect);
		}
		for (const family of graph.reverts.get(node.index) ?? []) {
			if (stand.isLive(family)) continue;
			for (const need of (graph.dependentsOf.get(family) ?? []).slice(0, dependentsMax)) {
				if (need.second !== node.family && stand.isLive(need.second)) breaches.push({kind: 'stands-on', need, node});
			}
		}
	};
	if (atomic) for (const node of players) stand.apply(node);
	for (const node of players) {
		if (!atomic) stand.apply(node);
		check(node);
	}
	return breaches;
}
