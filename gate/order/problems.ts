/** Problems: what a walk found broken, one for all groups that share it, with the change that would mend it. */

import type {LandedChange, Neighbour} from '../facts.ts';
import {pathForReaders} from '../passage/kept-back.ts';
import type {EdgeKind, Graph, Need} from './graph.ts';
import {mending, type PathRule} from './path-rules.ts';
import type {Node, Registry} from './registry.ts';
import {mendersOf, type Scene} from './scene.ts';
import {type Breach, type Manner, walk} from './walk.ts';

/** Live changes that stand on what is taken back, on one group, in the order in which to take them back. */
export type Dependents = {readonly group: string; readonly families: readonly number[]};

/** One thing that stands in the way, with all groups it stands in the way on. */
export type Problem = {
	/**
	 * `order`: the batch has it, but later. `files`: so has the change itself, in a later file. `missing`: it is not live there. `reverted`: it
	 * was, and was taken back. `present`: the old owner is there and nothing known removes it. `lacking`: the provider is not there and nothing
	 * known brings it. `unseen`: it cannot be told. `stands-on`: `second` takes back what a live change needs.
	 */
	readonly kind: 'order' | 'files' | 'missing' | 'reverted' | 'present' | 'lacking' | 'unseen' | 'stands-on';
	readonly edge: EdgeKind;
	readonly second: Node;
	/** What has to be there, or out, before it; null where no change is known that would do. */
	readonly first: Node | LandedChange | null;
	readonly groups: readonly string[];
	readonly need?: Need;
	readonly rule?: PathRule;
	readonly path?: string;
	/** The path of the same change that has to go out before `path`. */
	readonly later?: string;
	/** The revert that took `first` out. */
	readonly by?: string;
	/** Why it cannot be told. */
	readonly why?: string;
	/** All that stands on what `second` takes back. */
	readonly dependents?: readonly Dependents[];
	/** The moment that it is about, where that is not now. */
	readonly neighbour?: Neighbour;
};

const dependentsMax = 1000;

/** The copy of a change that is nearest to a group: on the branch it runs, else the first. */
export function candidate(nodes: readonly Node[], group: string, registry: Registry): Node | null {
	const onBranch = nodes.find(
		({change}) => change.branch !== undefined && registry.branches(group, change.repository).includes(change.branch),
	);
	return onBranch ?? nodes.find(({where}) => where === 'known') ?? nodes[0] ?? null;
}

type Found = Omit<Problem, 'groups'>;
type Stage = {
	readonly scene: Scene;
	/** By family: the first player of it. */
	readonly positions: ReadonlyMap<number, Node>;
	readonly members: ReadonlySet<Node>;
	/** Families that a player takes back. */
	readonly takenBack: ReadonlySet<number>;
	readonly registry: Registry;
	readonly graph: Graph;
	readonly manner: Manner;
};

function problemOfNeed(need: Need, node: Node, {scene, positions, registry, manner}: Stage): Found {
	const about = {edge: 'needs' as const, second: node, need};
	const inBatch = positions.get(need.first);
	// Brought before it, and yet not there at this step: the batch itself has taken it back in between.
	if (inBatch !== undefined) return {...about, kind: inBatch.index > node.index && !manner.atomic ? 'order' : 'stands-on', first: inBatch};
	const first = candidate(registry.members(need.first), scene.group, registry) ?? registry.landedAs(need.first) ?? null;
	const standing = registry.standing(scene.group, need.first);
	if (standing.state === 'reverted') return {...about, kind: 'reverted', first, by: standing.by};
	if (standing.state === 'unknown') return {...about, kind: 'unseen', first, why: `nothing is known of what is live on ${scene.group}`};
	// Live on the group, and yet not at this step: the batch itself took it out.
	if (standing.state === 'live') return {...about, kind: 'stands-on', first};
	return {...about, kind: 'missing', first};
}

function problemOfPath(breach: Breach & {kind: 'path'}, {scene, registry, graph, members}: Stage): Found {
	const {rule, node, path, later: mended} = breach;
	const about = {edge: rule.kind, second: node, rule, path: pathForReaders(node.change, path)};
	if (mended !== undefined) return {...about, kind: 'files', first: node, later: pathForReaders(node.change, mended)};
	const menders = mendersOf(rule, graph);
	const later = menders.find(mender => members.has(mender) && mender.index > node.index);
	if (later !== undefined) return {...about, kind: 'order', first: later};
	if (breach.presence === 'unknown') return {...about, kind: 'unseen', first: null, why: scene.unseen[rule.index] ?? 'nobody looked'};
	const reverted = menders.find(({family}) => registry.standing(scene.group, family).state === 'reverted');
	if (reverted !== undefined) {
		const standing = registry.standing(scene.group, reverted.family);
		const first = candidate(registry.members(reverted.family), scene.group, registry);
		return {...about, kind: 'reverted', first, by: standing.state === 'reverted' ? standing.by : ''};
	}
	const first = candidate(
		menders.filter(
			mender => mender !== node && graph.effects.get(mender.index)?.some(({rule: of, does}) => of === rule.index && does === mending(rule)),
		),
		scene.group,
		registry,
	);
	if (first !== null) return {...about, kind: 'missing', first};
	return {...about, kind: rule.wants === 'gone' ? 'present' : 'lacking', first};
}

/** What is live on the scene's group and stands on a family, directly or through others: what goes first stands first. */
function dependentsOn(family: number, {scene, registry, graph, takenBack}: Stage): number[] {
	const seen = new Set([family]);
	const found: number[] = [];
	const stack = [{family, next: 0}];
	for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
		const need = graph.dependentsOf.get(top.family)?.[top.next];
		top.next += 1;
		if (need === undefined) {
			stack.pop();
			if (top.family !== family) found.push(top.family);
		} else if (!seen.has(need.second) && seen.size <= dependentsMax && !takenBack.has(need.second)) {
			seen.add(need.second);
			if (registry.standing(scene.group, need.second).state === 'live') stack.push({family: need.second, next: 0});
		}
	}
	return found;
}

function problemOf(breach: Breach, stage: Stage): Found {
	if (breach.kind === 'need') return problemOfNeed(breach.need, breach.node, stage);
	if (breach.kind === 'path') return problemOfPath(breach, stage);
	const {registry, scene} = stage;
	const {need, node} = breach;
	const first = candidate(registry.members(need.second), scene.group, registry) ?? registry.landedAs(need.second) ?? null;
	return {kind: 'stands-on', edge: 'needs', second: node, first, need};
}

/** What one problem is about: equal on all groups that share it. */
function keyOf({kind, second, need, rule, first, by = '', why = '', later = '', neighbour}: Found, breach: Breach): string {
	// All that stands on one taken back thing is one problem, however many they are.
	if (breach.kind === 'stands-on') return `takes back ${second.index} ${need?.first}`;
	const about = need === undefined ? `rule ${rule?.index}` : `need ${need.first} ${need.second}`;
	const which = first !== null && 'index' in first ? first.index : '';
	return `${neighbour?.moment ?? ''} ${neighbour?.name ?? ''} ${kind} ${second.index} ${about} ${which} ${by} ${why} ${later}`;
}

/** A problem with the lists that grow while further groups turn out to share it. */
type Gathered = {readonly problem: Problem; readonly groups: string[]; readonly dependents: Dependents[]};

function gather(breach: Breach, stage: Stage): Gathered {
	const found = problemOf(breach, stage);
	const {neighbour} = stage.scene;
	const groups = [...(neighbour?.groups ?? [])];
	const dependents: Dependents[] = [];
	const beside = neighbour === null ? {} : {neighbour};
	return {problem: {...found, groups, ...beside, ...(breach.kind === 'stands-on' ? {dependents} : {})}, groups, dependents};
}

function stageOf({scene, players}: Walked, registry: Registry, graph: Graph, manner: Manner): Stage {
	const positions = new Map<number, Node>();
	for (const player of players) if (!positions.has(player.family)) positions.set(player.family, player);
	const takenBack = new Set(scene.players.flatMap(({index}) => graph.reverts.get(index) ?? []));
	return {scene, positions, members: new Set(scene.players), takenBack, registry, graph, manner};
}

export type Walked = {readonly scene: Scene; readonly players: readonly Node[]};

/** Walks every scene and gathers what it finds, one problem for all groups that share it. */
export function findProblems(walks: readonly Walked[], registry: Registry, graph: Graph, manner: Manner): Problem[] {
	const problems: Problem[] = [];
	const byKey = new Map<string, Gathered>();
	// By far the most frequent problem, two changes of the batch the wrong way round, is found by its need.
	const orders: Gathered[] = [];
	for (const walked of walks) {
		const {scene, players} = walked;
		const breaches = walk(scene, players, registry, graph, manner);
		if (breaches.length === 0) continue;
		const stage = stageOf(walked, registry, graph, manner);
		for (const breach of breaches) {
			const {need} = breach.kind === 'need' ? breach : {need: null};
			const again = need === null ? undefined : orders[need.index];
			if (again !== undefined && need !== null) {
				const {first, second} = again.problem;
				if (second === breach.node && first === stage.positions.get(need.first)) {
					again.groups.push(scene.group);
					continue;
				}
			}
			const fresh = gather(breach, stage);
			const isFirst = need !== null && again === undefined && fresh.problem.kind === 'order' && scene.neighbour === null;
			if (need !== null && isFirst) orders[need.index] = fresh;
			const key = isFirst ? null : keyOf(fresh.problem, breach);
			const known = key === null ? fresh : (byKey.get(key) ?? fresh);
			if (known === fresh) problems.push(fresh.problem);
			if (key !== null) byKey.set(key, known);
			if (scene.neighbour !== null || known.groups.includes(scene.group)) continue;
			known.groups.push(scene.group);
			if (breach.kind === 'stands-on') known.dependents.push({group: scene.group, families: dependentsOn(breach.need.first, stage)});
		}
	}
	return problems;
}
