/**
 * Plan: what stands in the way of a batch on each group, the order that works, and the smallest set of changes to add when none does.
 */
import type {Facts, LandedChange} from '../facts.ts';
import {buildGraph, type EdgeKind, type GoneRule, type Graph, type Loose, type Need, type OrderRules} from './graph.ts';
import {type Cast, type Edge, orderEdges} from './order-edges.ts';
import {type Node, type Registry, register} from './registry.ts';
import {type Breach, type Scene, setScenes, walk} from './scene.ts';
import {type StableOrder, stableOrder} from './stable-order.ts';

/** One thing that stands in the way, with all groups it stands in the way on. */
export type Problem = {
	/**
	 * `order`: the batch has it, but later. `missing`: it is not live there. `reverted`: it was, and was taken back. `present`: the old owner
	 * is there and nothing known removes it. `unseen`: it cannot be told. `stands-on`: `second` takes back what a live change needs.
	 */
	readonly kind: 'order' | 'missing' | 'reverted' | 'present' | 'unseen' | 'stands-on';
	readonly edge: EdgeKind;
	readonly second: Node;
	/** What has to be there, or out, before it; null where no change is known that would do. */
	readonly first: Node | LandedChange | null;
	readonly groups: readonly string[];
	readonly need?: Need;
	readonly rule?: GoneRule;
	readonly path?: string;
	/** The revert that took `first` out. */
	readonly by?: string;
	/** Why it cannot be told. */
	readonly why?: string;
};

/** A change to add, and on which groups. */
export type Missing = {readonly node: Node; readonly groups: readonly string[]; readonly neededBy: Node};

export type Plan = {
	readonly registry: Registry;
	readonly graph: Graph;
	readonly scenes: readonly Scene[];
	readonly problems: readonly Problem[];
	/** The batch in the order that works; the given order where it works already. */
	readonly order: readonly Node[];
	/** The same with the missing changes put in before those that need them. */
	readonly complete: readonly Node[];
	readonly edges: readonly Edge[];
	readonly rings: readonly (readonly Node[])[];
	readonly missing: readonly Missing[];
	/** True when `complete` leaves nothing in the way. */
	readonly works: boolean;
	/** Footers that make no edge, and doubts, of the batch and of what is missing. */
	readonly loose: readonly Loose[];
};

const missingMax = 200;

/** The copy of a change that is nearest to a group: on the branch it runs, else the first. */
function candidate(nodes: readonly Node[], group: string, registry: Registry): Node | null {
	const onBranch = nodes.find(
		({change}) => change.branch !== undefined && registry.branches(group, change.repository).includes(change.branch),
	);
	return onBranch ?? nodes.find(({where}) => where === 'known') ?? nodes[0] ?? null;
}

type Found = Omit<Problem, 'groups'>;

function problemOfNeed(
	need: Need,
	node: Node,
	scene: Scene,
	positions: ReadonlyMap<number, Node>,
	registry: Registry,
	atomic: boolean,
): Found {
	const about = {edge: 'needs' as const, second: node, need};
	const inBatch = positions.get(need.first);
	// Brought before it, and yet not there at this step: the batch itself has taken it back in between.
	if (inBatch !== undefined) return {...about, kind: inBatch.index > node.index && !atomic ? 'order' : 'stands-on', first: inBatch};
	const first = candidate(registry.members(need.first), scene.group, registry) ?? registry.landedAs(need.first) ?? null;
	const standing = registry.standing(scene.group, need.first);
	if (standing.state === 'reverted') return {...about, kind: 'reverted', first, by: standing.by};
	if (standing.state === 'unknown') return {...about, kind: 'unseen', first, why: `nothing is known of what is live on ${scene.group}`};
	// Live on the group, and yet not at this step: the batch itself took it out.
	if (standing.state === 'live') return {...about, kind: 'stands-on', first};
	return {...about, kind: 'missing', first};
}

function problemOfRule(breach: Breach & {kind: 'gone'}, scene: Scene, registry: Registry, graph: Graph): Found {
	const {rule, node, path} = breach;
	const about = {edge: rule.kind, second: node, rule, path};
	const removers = graph.removers[rule.index] ?? [];
	const players = new Set(scene.players);
	const later = removers.find(remover => players.has(remover) && remover.index > node.index);
	if (later !== undefined) return {...about, kind: 'order', first: later};
	if (breach.presence === 'unknown') return {...about, kind: 'unseen', first: null, why: scene.unseen[rule.index] ?? 'nobody looked'};
	const reverted = removers.find(({family}) => registry.standing(scene.group, family).state === 'reverted');
	if (reverted !== undefined) {
		const standing = registry.standing(scene.group, reverted.family);
		const first = candidate(registry.members(reverted.family), scene.group, registry);
		return {...about, kind: 'reverted', first, by: standing.state === 'reverted' ? standing.by : ''};
	}
	const first = candidate(removers, scene.group, registry);
	return first === null ? {...about, kind: 'present', first} : {...about, kind: 'missing', first};
}

/** Walks every group and gathers what it finds, one problem for all groups that share it. */
function findProblems(scenes: readonly Scene[], registry: Registry, graph: Graph, atomic: boolean): Problem[] {
	const problems = new Map<string, Problem & {groups: string[]}>();
	for (const scene of scenes) {
		const positions = new Map<number, Node>();
		for (const player of scene.players) if (!positions.has(player.family)) positions.set(player.family, player);
		for (const breach of walk(scene, scene.players, registry, graph, atomic)) {
			let found: Found;
			if (breach.kind === 'need') found = problemOfNeed(breach.need, breach.node, scene, positions, registry, atomic);
			else if (breach.kind === 'gone') found = problemOfRule(breach, scene, registry, graph);
			else {
				const first =
					candidate(registry.members(breach.need.second), scene.group, registry) ?? registry.landedAs(breach.need.second) ?? null;
				found = {kind: 'stands-on', edge: 'needs', second: breach.node, first, need: breach.need};
			}
			const about = found.need === undefined ? `rule ${found.rule?.index}` : `need ${found.need.first} ${found.need.second}`;
			const which = found.first !== null && 'index' in found.first ? found.first.index : '';
			const key = `${found.kind} ${found.second.index} ${about} ${which} ${found.by ?? ''} ${found.why ?? ''}`;
			const known = problems.get(key);
			if (known === undefined) problems.set(key, {...found, groups: [scene.group]});
			else if (!known.groups.includes(scene.group)) known.groups.push(scene.group);
		}
	}
	return [...problems.values()];
}

/** Follows what is missing to what that needs in turn, per group: no more than it takes. At most 200. */
function gatherMissing(problems: readonly Problem[], scenes: readonly Scene[], registry: Registry, graph: Graph): Missing[] {
	const missing = new Map<number, Missing & {groups: string[]}>();
	const queue: {node: Node; group: string; neededBy: Node}[] = [];
	for (const {kind, first, groups, second} of problems) {
		if ((kind !== 'missing' && kind !== 'reverted') || first === null || !('index' in first)) continue;
		for (const group of groups) queue.push({node: first, group, neededBy: second});
	}
	const playing = new Map(scenes.map(({group, players}) => [group, new Set(players.map(({family}) => family))]));
	for (let head = 0; head < queue.length; head += 1) {
		const step = queue[head];
		if (step === undefined) break;
		const {node, group, neededBy} = step;
		const entry = missing.get(node.index) ?? {node, groups: [], neededBy};
		if (entry.groups.includes(group) || (!missing.has(node.index) && missing.size >= missingMax)) continue;
		missing.set(node.index, entry);
		entry.groups.push(group);
		for (const {first} of graph.needsOf.get(node.family) ?? []) {
			if (registry.standing(group, first).state === 'live' || playing.get(group)?.has(first)) continue;
			const provider = candidate(registry.members(first), group, registry);
			if (provider !== null) queue.push({node: provider, group, neededBy: node});
		}
	}
	return [...missing.values()];
}

function ranksOf(missing: readonly Missing[]): Map<number, number> {
	const ranks = new Map<number, number>();
	// Each stands just before the change that it was found for, which is ranked already.
	for (const [step, {node, neededBy}] of missing.entries()) {
		const before = ranks.get(neededBy.index) ?? neededBy.index;
		if (node.where !== 'batch') ranks.set(node.index, before - 0.5 / (step + 1));
	}
	return ranks;
}

const branchOf = ({change}: Node): string => `${change.repository} ${change.branch ?? ''}`;
const branchTriesMax = 5;

/**
 * Changes of one branch stand on each other in git, so they keep their order among themselves and others move around them. Only where
 * the edges themselves ask for another order within a branch is that branch taken apart.
 */
function keepingBranches(
	batch: readonly Node[],
	nodes: readonly Node[],
	sort: (sequence: readonly (readonly [number, number])[]) => StableOrder,
): StableOrder {
	const apart = new Set<string>();
	for (let tries = 0; tries < branchTriesMax; tries += 1) {
		const last = new Map<string, Node>();
		const sequence: [number, number][] = [];
		for (const node of batch) {
			const branch = branchOf(node);
			const before = last.get(branch);
			if (before !== undefined && !apart.has(branch)) sequence.push([before.index, node.index]);
			last.set(branch, node);
		}
		const sorted = sort(sequence);
		if (sequence.length === 0 || sorted.rings.length === 0) return sorted;
		for (const at of sorted.rings.flat()) if (nodes[at] !== undefined) apart.add(branchOf(nodes[at]));
	}
	return sort([]);
}

/**
 * Plans a batch. The order is a permutation of the batch, as near to the given one as the edges allow; near-linear in changes, footers
 * and groups.
 */
export function planOrder(facts: Facts, limits: OrderRules): Plan {
	const registry = register(facts);
	const graph = buildGraph(registry, limits);
	const scenes = setScenes(registry, graph, facts.holdings);
	const problems = findProblems(scenes, registry, graph, facts.batch.atomic);
	const missing = gatherMissing(problems, scenes, registry, graph);
	const casts: Cast[] = scenes.map(scene => {
		const added = missing.filter(({groups, node}) => groups.includes(scene.group) && !scene.players.includes(node));
		return {scene, players: [...added.map(({node}) => node), ...scene.players]};
	});
	const {pairs, edges, barriers} = orderEdges(casts, registry, graph);
	const ranks = ranksOf(missing);
	const added = [...ranks.keys()];
	const nodes = [...registry.nodes.slice(0, registry.batchSize), ...added.flatMap(index => registry.nodes[index] ?? [])];
	const placeOf = new Map(nodes.map((node, place) => [node.index, place]));
	const place = (index: number): number => (index < 0 ? nodes.length - 1 - index : (placeOf.get(index) ?? 0));
	const sort = (sequence: readonly (readonly [number, number])[]): StableOrder =>
		stableOrder(
			nodes.length + barriers,
			[...pairs, ...sequence].map(([first, second]) => [place(first), place(second)]),
			at => (nodes[at] === undefined ? Number.NEGATIVE_INFINITY : (ranks.get(nodes[at].index) ?? nodes[at].index)),
		);
	const sorted = keepingBranches(registry.nodes.slice(0, registry.batchSize), nodes, sort);
	const complete = sorted.order.flatMap(at => nodes[at] ?? []);
	const rings = facts.batch.atomic ? [] : sorted.rings.map(ring => ring.flatMap(at => nodes[at] ?? []));
	const works = casts.every(({scene, players}) => {
		const inScene = new Set(players);
		const inOrder = complete.filter(node => inScene.has(node));
		return walk(scene, inOrder, registry, graph, facts.batch.atomic).length === 0;
	});
	const wanted = new Set(missing.map(({node}) => node.index));
	const loose = graph.loose.filter(({node, kind}) => node.where === 'batch' || (kind === 'unresolved' && wanted.has(node.index)));
	return {
		registry,
		graph,
		scenes,
		problems,
		order: complete.filter(({where}) => where === 'batch'),
		complete,
		edges,
		rings,
		missing,
		works,
		loose,
	};
}
