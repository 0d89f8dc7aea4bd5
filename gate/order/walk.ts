/** Walk: takes changes through a scene step by step, and tells what each step breaks. */
import type {Graph, Need} from './graph.ts';
import {type Effect, mending, type PathRule} from './path-rules.ts';
import type {Node, Registry} from './registry.ts';
import {isKept, type Presence, type Scene} from './scene.ts';

/** What a step of the walk found broken. */
export type Breach =
	| {readonly kind: 'need'; readonly need: Need; readonly node: Node}
	/** `later`: the path of the same change, further down, that mends it. */
	| {
			readonly kind: 'path';
			readonly rule: PathRule;
			readonly node: Node;
			readonly path: string;
			readonly presence: Presence;
			readonly later?: string;
	  }
	/** `node` takes back `need.first` while `need.second` stands on it. */
	| {readonly kind: 'stands-on'; readonly need: Need; readonly node: Node};

/** How a batch goes out. */
export type Manner = {readonly atomic: boolean; readonly perFile?: boolean};

const dependentsMax = 1000;
const restoredMax = 100;

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
	const touch = ({rule, does}: Effect): void => {
		if (does === 'remove') presence[rule] = 'gone';
		else if (does === 'add') presence[rule] = 'present';
	};
	const apply = (node: Node): void => {
		live.set(node.family, true);
		for (const family of graph.reverts.get(node.index) ?? []) {
			live.set(family, false);
			// Taking back a revert brings back what the revert took out.
			for (const revert of registry.members(family).slice(0, restoredMax)) {
				for (const restored of graph.reverts.get(revert.index) ?? []) live.set(restored, true);
			}
		}
		for (const effect of graph.effects.get(node.index) ?? []) touch(effect);
	};
	return {isLive, apply, touch, presenceOf: (rule: number): Presence => presence[rule] ?? 'unknown'};
}

/** Walks the given order through a scene and tells each breach once, in the order of the steps. */
export function walk(scene: Scene, players: readonly Node[], registry: Registry, graph: Graph, {atomic, perFile}: Manner): Breach[] {
	const breaches: Breach[] = [];
	const stand = standAt(scene, registry, graph);
	const breachOf = (node: Node, {rule, path}: Effect): Breach | null => {
		const asked = graph.rules[rule];
		const presence = stand.presenceOf(rule);
		if (asked === undefined || isKept(asked, presence) || (asked.mirrored && presence === 'unknown')) return null;
		return {kind: 'path', rule: asked, node, path, presence};
	};
	/** File by file: each is asked about as it goes out, and what comes later in the same change is said. */
	const checkFiles = (node: Node): void => {
		const files = [...(graph.effects.get(node.index) ?? [])].sort(
			(a, b) => a.at - b.at || (a.does === 'trigger' ? 1 : 0) - (b.does === 'trigger' ? 1 : 0),
		);
		const asked = new Set<number>();
		for (const effect of files) {
			if (effect.does !== 'trigger') stand.touch(effect);
			else if (!asked.has(effect.rule)) {
				const breach = breachOf(node, effect);
				if (breach === null || breach.kind !== 'path') continue;
				asked.add(effect.rule);
				const mended = files.find(({rule, does, at}) => rule === effect.rule && at > effect.at && does === mending(breach.rule));
				breaches.push(mended === undefined ? breach : {...breach, later: mended.path});
			}
		}
	};
	const checkPaths = (node: Node): void => {
		const asked = new Set<number>();
		for (const effect of graph.effects.get(node.index) ?? []) {
			if (effect.does !== 'trigger' || asked.has(effect.rule)) continue;
			asked.add(effect.rule);
			const breach = breachOf(node, effect);
			if (breach !== null) breaches.push(breach);
		}
	};
	const check = (node: Node): void => {
		const needs = graph.needsOf.get(node.family);
		if (needs !== undefined && stand.isLive(node.family)) {
			for (const need of needs) if (!stand.isLive(need.first)) breaches.push({kind: 'need', need, node});
		}
		if (atomic || !perFile) checkPaths(node);
		for (const family of graph.reverts.get(node.index) ?? []) {
			if (stand.isLive(family)) continue;
			for (const need of (graph.dependentsOf.get(family) ?? []).slice(0, dependentsMax)) {
				if (need.second !== node.family && stand.isLive(need.second)) breaches.push({kind: 'stands-on', need, node});
			}
		}
	};
	if (atomic) for (const node of players) stand.apply(node);
	for (const node of players) {
		if (!atomic && perFile) checkFiles(node);
		if (!atomic) stand.apply(node);
		check(node);
	}
	return breaches;
}
