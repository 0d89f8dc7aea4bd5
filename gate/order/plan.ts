/**
 * Plan: what stands in the way of a batch on each group, the order that works, and the smallest set of changes to add when none does.
 */
import type {Facts} from '../facts.ts';
import {buildGraph, type Graph, type Loose} from './graph.ts';
import {gatherMissing, type Missing, withChosen} from './missing.ts';
import {type Detected, detectLinks} from './moves/detect.ts';
import {type Cast, type Edge, orderEdges} from './order-edges.ts';
import type {OrderRules, PathRule} from './path-rules.ts';
import {findProblems, type Problem} from './problems.ts';
import {type Node, type Registry, register} from './registry.ts';
import {type Scene, setScenes} from './scene.ts';
import {readScopes, type Scopes} from './scope.ts';
import {type StableOrder, stableOrder} from './stable-order.ts';
import {type Manner, walk} from './walk.ts';

export type {Missing} from './missing.ts';
export type {Problem} from './problems.ts';

export type Plan = {
	readonly registry: Registry;
	readonly graph: Graph;
	readonly scopes: Scopes;
	readonly scenes: readonly Scene[];
	readonly problems: readonly Problem[];
	/** What would stand in the way at the neighbouring moments, and does not now. */
	readonly beside: readonly Problem[];
	/** Neighbouring moments that could not be looked at, though the batch has something to ask there. */
	readonly besideUnseen: readonly Scene[];
	/** What stands in the way of the missing changes themselves, once they are added. */
	readonly further: readonly Problem[];
	/** The batch in the order that works; the given order where it works already. */
	readonly order: readonly Node[];
	/** The same with the missing changes put in before those that need them. */
	readonly complete: readonly Node[];
	readonly edges: readonly Edge[];
	readonly rings: readonly (readonly Node[])[];
	readonly missing: readonly Missing[];
	/** Detected links that no order can keep beside the others: they were left out of it. */
	readonly dropped: readonly PathRule[];
	/** True when `complete` leaves nothing in the way. */
	readonly works: boolean;
	/** Footers that make no edge, and doubts, of the batch and of what is missing. */
	readonly loose: readonly Loose[];
};

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

const dropTriesMax = 10;

/** Sorts the batch with what is added. A detected link that would close a ring is dropped: what people declared weighs more. */
function sortCasts(casts: readonly Cast[], missing: readonly Missing[], registry: Registry, graph: Graph, atomic: boolean) {
	const ranks = ranksOf(missing);
	const batch = registry.nodes.slice(0, registry.batchSize);
	const nodes = [...batch, ...[...ranks.keys()].flatMap(index => registry.nodes[index] ?? [])];
	const placeOf = new Map(nodes.slice(batch.length).map((node, place) => [node.index, batch.length + place]));
	const place = (index: number): number =>
		index < 0 ? nodes.length - 1 - index : index < batch.length ? index : (placeOf.get(index) ?? 0);
	const rank = (at: number): number => {
		const node = nodes[at];
		return node === undefined ? Number.NEGATIVE_INFINITY : at < batch.length ? at : (ranks.get(node.index) ?? node.index);
	};
	const dropped = new Set<number>();
	for (let tries = 0; ; tries += 1) {
		const {pairs, edges, ruleOf} = orderEdges(casts, registry, graph, dropped);
		const isPlaced = missing.length === 0 && ruleOf.length === 0;
		const placed: (readonly [number, number])[] = isPlaced ? pairs : pairs.map(([first, second]) => [place(first), place(second)]);
		const sort = (sequence: readonly (readonly [number, number])[]): StableOrder =>
			stableOrder(nodes.length + ruleOf.length, placed.concat(sequence), rank);
		const sorted = keepingBranches(batch, nodes, sort);
		const ringed = sorted.rings.flatMap(ring => ring.flatMap(at => ruleOf[at - nodes.length] ?? []));
		const guilty = atomic ? [] : ringed.filter(index => graph.rules[index]?.detected !== undefined);
		if (guilty.length === 0 || tries >= dropTriesMax) {
			const complete = sorted.order.flatMap(at => nodes[at] ?? []);
			const rings = atomic ? [] : sorted.rings.map(ring => ring.flatMap(at => nodes[at] ?? []));
			return {complete, rings, edges, dropped};
		}
		for (const index of guilty) dropped.add(index);
	}
}

const aboutOf = ({second, need, rule}: Problem): string =>
	`${second.index} ${need === undefined ? `rule ${rule?.index}` : `need ${need.first} ${need.second}`}`;

/** What the neighbouring moments add to what is the case now. What is wrong now is said now; the next version needs its own pick all the same. */
function problemsBeside(beside: readonly Scene[], problems: readonly Problem[], registry: Registry, graph: Graph) {
	if (beside.length === 0) return {beside: [], besideUnseen: []};
	const now = new Set(problems.map(aboutOf));
	const asks = beside.filter(({players}) =>
		players.some(({family, index}) => graph.needsOf.has(family) || graph.effects.get(index)?.some(({does}) => does === 'trigger')),
	);
	const seen = asks.filter(({neighbour}) => neighbour?.missing === undefined);
	// Judged as one instant: how the batch goes out was judged where it goes out.
	const found = findProblems(
		seen.map(scene => ({scene, players: scene.players})),
		registry,
		graph,
		{atomic: true},
	);
	return {
		besideUnseen: asks.filter(({neighbour}) => neighbour?.missing !== undefined),
		beside: found.filter(
			problem =>
				problem.kind !== 'stands-on' &&
				!(problem.kind === 'unseen' && problem.rule?.detected !== undefined) &&
				!(problem.neighbour?.moment === 'previous' && now.has(aboutOf(problem))),
		),
	};
}

/** What was declared is said once: a detected link that finds the same wrong thing adds nothing. */
function withoutEchoes(problems: readonly Problem[]): readonly Problem[] {
	if (problems.every(({rule}) => rule?.detected === undefined)) return problems;
	const firstOf = ({first, second}: Problem): string => `${second.index} ${first !== null && 'index' in first ? first.family : 'none'}`;
	const ownerOf = ({rule, second}: Problem): string => `${second.index} ${rule?.owner.repository} ${rule?.owner.path}`;
	const declared = problems.filter(({rule}) => rule?.detected === undefined);
	const said = new Set(declared.flatMap(problem => [...(problem.first === null ? [] : [firstOf(problem)]), ownerOf(problem)]));
	return problems.filter(problem => problem.rule?.detected === undefined || !(said.has(firstOf(problem)) || said.has(ownerOf(problem))));
}

const setsMax = 16;

type Ground = {readonly scenes: readonly Scene[]; readonly registry: Registry; readonly graph: Graph; readonly manner: Manner};

/** The order with these changes added, and whether anything that counts is left in the way. */
function settle(missing: readonly Missing[], {scenes, registry, graph, manner}: Ground, declared: OrderRules) {
	const casts: Cast[] = scenes.map(scene => {
		const playing = missing.length === 0 ? null : new Set(scene.players);
		const added = missing.filter(({groups, node}) => groups.includes(scene.group) && !playing?.has(node));
		return added.length === 0 ? {scene, players: scene.players} : {scene, players: [...added.map(({node}) => node), ...scene.players]};
	});
	const sorted = sortCasts(casts, missing, registry, graph, manner.atomic);
	const walks = casts.map(({scene, players}) => {
		const inScene = new Set(players);
		return {scene, players: sorted.complete.filter(node => inScene.has(node))};
	});
	const counts = ({index, detected: guessed}: PathRule): boolean =>
		guessed === undefined || (declared.detected === 'hold' && !sorted.dropped.has(index));
	const left = walks.flatMap(({scene, players}) => walk(scene, players, registry, graph, manner));
	return {...sorted, missing, walks, works: left.every(breach => breach.kind === 'path' && !counts(breach.rule))};
}

/** The smallest of these sets with which the plan works; where none does, the first. */
function settleFirst(sets: readonly (readonly Missing[])[], ground: Ground, declared: OrderRules): ReturnType<typeof settle> {
	const usual = settle(sets[0] ?? [], ground, declared);
	if (usual.works) return usual;
	for (const set of sets.slice(1, setsMax)) {
		const other = settle(set, ground, declared);
		if (other.works) return other;
	}
	return usual;
}

/**
 * Plans a batch. The order is a permutation of the batch, as near to the given one as the edges allow: of all that work, the one in which
 * the changes that were given first stand first. Near-linear in changes, footers and groups. `links`: what nobody declared.
 */
export function planOrder(facts: Facts, declared: OrderRules, links?: readonly Detected[]): Plan {
	const detected = declared.detected === 'off' ? [] : (links ?? detectLinks(facts));
	const {atomic, perFile = false} = facts.batch;
	const manner = {atomic, perFile};
	const registry = register(facts);
	const graph = buildGraph(registry, declared, detected);
	const scopes = readScopes(facts, registry, declared.scopes ?? []);
	const {scenes, beside} = setScenes(facts, registry, graph, scopes);
	const found = findProblems(
		scenes.map(scene => ({scene, players: scene.players})),
		registry,
		graph,
		manner,
	);
	// A guess adds nothing to the batch unless the policy trusts it; it only moves what is there.
	const binding = found.filter(({rule}) => rule?.detected === undefined || declared.detected === 'hold');
	const sets = gatherMissing(binding, scenes, registry, graph);
	const {missing, complete, rings, edges, dropped, walks, works} = settleFirst(sets, {scenes, registry, graph, manner}, declared);
	const all = withChosen(found, missing, graph);
	const problems = withoutEchoes(all.filter(({rule, kind}) => !(kind === 'order' && rule !== undefined && dropped.has(rule.index))));
	const further = works
		? []
		: findProblems(walks, registry, graph, manner).filter(({second, kind}) => second.where !== 'batch' && kind !== 'order');
	const wanted = new Set(missing.map(({node}) => node.index));
	return {
		...{registry, graph, scopes, scenes, problems, further, edges, rings, missing, works, complete},
		...problemsBeside(beside, problems, registry, graph),
		order: complete.filter(({where}) => where === 'batch'),
		dropped: graph.rules.filter(({index}) => dropped.has(index)),
		loose: graph.loose.filter(
			({node, kind}) => node.where === 'batch' || ((kind === 'unresolved' || kind === 'elsewhere') && wanted.has(node.index)),
		),
	};
}
