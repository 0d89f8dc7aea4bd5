/** Missing: the smallest set of changes to add, and on which groups, so that what stands in the way does no more. */
import type {Graph, Need} from './graph.ts';
import type {PathRule} from './path-rules.ts';
import {candidate, type Problem} from './problems.ts';
import type {Node, Registry} from './registry.ts';
import {isKept, mendersOf, type Scene} from './scene.ts';

/** A change to add, on which groups, and the link that asks for it first. */
export type Missing = {
	readonly node: Node;
	readonly groups: readonly string[];
	readonly neededBy: Node;
	readonly need?: Need;
	readonly rule?: PathRule;
};

type Step = {readonly node: Node; readonly group: string; readonly neededBy: Node; readonly need?: Need; readonly rule?: PathRule};

const missingMax = 200;

/** What the path rules ask for before a change that is added can come in on a group, and neither the group nor the batch has. */
function neededPaths({node, group}: Step, scene: Scene, isComing: (mender: Node) => boolean, registry: Registry, graph: Graph): Step[] {
	const steps: Step[] = [];
	const mine = graph.effects.get(node.index) ?? [];
	for (const index of new Set(mine.filter(({does}) => does === 'trigger').map(({rule}) => rule))) {
		const rule = graph.rules[index];
		const presence = scene.presence[index];
		if (rule === undefined || rule.detected !== undefined || presence === 'unknown' || isKept(rule, presence)) continue;
		const menders = mendersOf(rule, graph);
		if (menders.some(mender => mender === node || isComing(mender))) continue;
		const provider = candidate(menders, group, registry);
		if (provider !== null) steps.push({node: provider, group, neededBy: node, rule});
	}
	return steps;
}

/** Follows what is missing to what that needs in turn, by footers and by rules, per group: no more than it takes. At most 200. */
export function gatherMissing(problems: readonly Problem[], scenes: readonly Scene[], registry: Registry, graph: Graph): Missing[] {
	const missing = new Map<number, Missing & {groups: string[]}>();
	const queue: Step[] = [];
	for (const {kind, first, groups, second, need, rule} of problems) {
		if ((kind !== 'missing' && kind !== 'reverted') || first === null || !('index' in first)) continue;
		const via = need === undefined ? (rule === undefined ? {} : {rule}) : {need};
		for (const group of groups) queue.push({node: first, group, neededBy: second, ...via});
	}
	if (queue.length === 0) return [];
	const sceneOf = new Map(scenes.map(scene => [scene.group, scene]));
	const playing = new Map(scenes.map(({group, players}) => [group, new Set(players.map(({family}) => family))]));
	for (let head = 0; head < queue.length; head += 1) {
		const step = queue[head];
		if (step === undefined) break;
		const {node, group, neededBy, need, rule} = step;
		const via = need === undefined ? (rule === undefined ? {} : {rule}) : {need};
		const entry = missing.get(node.index) ?? {node, groups: [], neededBy, ...via};
		if (entry.groups.includes(group) || (!missing.has(node.index) && missing.size >= missingMax)) continue;
		missing.set(node.index, entry);
		entry.groups.push(group);
		for (const next of graph.needsOf.get(node.family) ?? []) {
			if (registry.standing(group, next.first).state === 'live' || playing.get(group)?.has(next.first)) continue;
			const provider = candidate(registry.members(next.first), group, registry);
			if (provider !== null) queue.push({node: provider, group, neededBy: node, need: next});
		}
		const scene = sceneOf.get(group);
		const isComing = (mender: Node): boolean =>
			(playing.get(group)?.has(mender.family) ?? false) || (missing.get(mender.index)?.groups.includes(group) ?? false);
		if (scene !== undefined) queue.push(...neededPaths(step, scene, isComing, registry, graph));
	}
	return [...missing.values()];
}
