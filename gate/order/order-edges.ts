/** Which change of the batch (and of what must be added to it) has to stand before which: the graph, seen from every group at once. */
import type {EdgeKind, Graph} from './graph.ts';
import type {Node, Registry} from './registry.ts';
import type {Scene} from './scene.ts';

/** An edge between two changes, for people and machines. */
export type Edge = {readonly kind: EdgeKind; readonly first: Node; readonly second: Node; readonly because: string};

/** A scene with the changes that have to be added on its group. */
export type Cast = {readonly scene: Scene; readonly players: readonly Node[]};

export const shownEdgesMax = 1000;
const revertersMax = 20;

type Collected = {pairs: [number, number][]; edges: Edge[]; seen: Set<number | string>; barriers: number};

function addTo(map: Map<number, Node[]>, key: number, node: Node): void {
	const nodes = map.get(key);
	if (nodes === undefined) map.set(key, [node]);
	else nodes.push(node);
}

function connect(collected: Collected, kind: EdgeKind, first: Node, second: Node, because: () => string): void {
	// A number is a quicker key than a text, and two indexes fit into one.
	const key = first.index * 2 ** 26 + second.index;
	if (first.index === second.index || collected.seen.has(key)) return;
	collected.seen.add(key);
	collected.pairs.push([first.index, second.index]);
	if (collected.edges.length < shownEdgesMax) collected.edges.push({kind, first, second, because: because()});
}

function connectNeeds({scene, players}: Cast, registry: Registry, graph: Graph, collected: Collected): void {
	const playerOf = new Map<number, Node>();
	const revertersOf = new Map<number, Node[]>();
	for (const player of players) {
		if (!playerOf.has(player.family)) playerOf.set(player.family, player);
		for (const family of graph.reverts.get(player.index) ?? []) {
			if ((revertersOf.get(family)?.length ?? 0) < revertersMax) addTo(revertersOf, family, player);
		}
	}
	for (const player of players) {
		for (const {first, entry, declaredBy} of graph.needsOf.get(player.family) ?? []) {
			const provider = playerOf.get(first);
			const alreadyThere = registry.standing(scene.group, first).state === 'live' && !revertersOf.has(first);
			if (provider === undefined || alreadyThere) continue;
			connect(collected, 'needs', provider, player, () => `${entry.header}, line ${entry.line} of ${declaredBy.change.id}`);
		}
		for (const family of graph.reverts.get(player.index) ?? []) {
			const reverted = playerOf.get(family);
			if (reverted !== undefined) connect(collected, 'needs', reverted, player, () => 'it is taken back by the later one');
			// Taking back is deploying backwards: what stands on a change goes before the change itself.
			for (const {second} of (graph.dependentsOf.get(family) ?? []).slice(0, 1000)) {
				for (const reverter of revertersOf.get(second) ?? []) {
					connect(collected, 'needs', reverter, player, () => 'what depends on a change is taken back before it');
				}
			}
		}
	}
}

/** All who remove before all who trigger, through one barrier, so that many on both sides cost their sum and not their product. */
function connectRules({scene, players}: Cast, graph: Graph, collected: Collected): void {
	const removing = new Map<number, Node[]>();
	const triggering = new Map<number, Node[]>();
	const adding = new Set<number>();
	for (const player of players) {
		const mine = graph.effects.get(player.index) ?? [];
		const removed = new Set(mine.filter(({does}) => does === 'remove').map(({rule}) => rule));
		const triggered = new Set(mine.filter(({does, rule}) => does === 'trigger' && !removed.has(rule)).map(({rule}) => rule));
		for (const {rule, does} of mine) if (does === 'add') adding.add(rule);
		for (const rule of removed) addTo(removing, rule, player);
		for (const rule of triggered) addTo(triggering, rule, player);
	}
	for (const [rule, firsts] of removing) {
		const seconds = triggering.get(rule) ?? [];
		const declared = graph.rules[rule];
		if (declared === undefined || seconds.length === 0) continue;
		// Already out on this group: then the same pair is free to stand in either order.
		if (scene.presence[rule] === 'gone' && !adding.has(rule)) continue;
		collected.barriers -= 1;
		for (const first of firsts) collected.pairs.push([first.index, collected.barriers]);
		for (const second of seconds) collected.pairs.push([collected.barriers, second.index]);
		const [first] = firsts;
		if (first === undefined) continue;
		for (const second of seconds.slice(0, shownEdgesMax - collected.edges.length)) {
			const key = `rule ${rule} ${second.index}`;
			if (collected.seen.has(key)) continue;
			collected.seen.add(key);
			collected.edges.push({kind: declared.kind, first, second, because: `rule ${declared.name}`});
		}
	}
}

/**
 * Collects the pairs to sort by (node indexes; barriers are -1, -2, … ) and the edges to show, at most 1,000.
 */
export function orderEdges(casts: readonly Cast[], registry: Registry, graph: Graph) {
	const collected: Collected = {pairs: [], edges: [], seen: new Set(), barriers: 0};
	for (const cast of casts) {
		connectNeeds(cast, registry, graph, collected);
		connectRules(cast, graph, collected);
	}
	return {pairs: collected.pairs, edges: collected.edges, barriers: -collected.barriers};
}
