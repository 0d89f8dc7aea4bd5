/** Which change of the batch (and of what must be added to it) has to stand before which: the graph, seen from every group at once. */
import type {EdgeKind, Graph} from './graph.ts';
import {mending} from './path-rules.ts';
import type {Node, Registry} from './registry.ts';
import {isKept, type Scene} from './scene.ts';

/** Who says that one change goes before another. */
export type EdgeSource = 'footer' | 'policy' | 'detected' | 'revert';

/** An edge between two changes, for people and machines. `rule` is the index of the path rule, where one asks for it. */
export type Edge = {
	readonly kind: EdgeKind;
	readonly first: Node;
	readonly second: Node;
	readonly because: string;
	readonly from: EdgeSource;
	readonly rule?: number;
};

/** A scene with the changes that have to be added on its group. */
export type Cast = {readonly scene: Scene; readonly players: readonly Node[]};

export const shownEdgesMax = 1000;
const revertersMax = 20;

/** `ruleOf`: the rule that a barrier stands for; barrier -1 is its first entry. */
type Collected = {pairs: [number, number][]; edges: Edge[]; seen: Set<number | string>; ruleOf: number[]};

function addTo(map: Map<number, Node[]>, key: number, node: Node): void {
	const nodes = map.get(key);
	if (nodes === undefined) map.set(key, [node]);
	else nodes.push(node);
}

function connect(collected: Collected, from: 'footer' | 'revert', first: Node, second: Node, because: () => string): void {
	// A number is a quicker key than a text, and two indexes fit into one.
	const key = first.index * 2 ** 26 + second.index;
	if (first.index === second.index || collected.seen.has(key)) return;
	collected.seen.add(key);
	collected.pairs.push([first.index, second.index]);
	if (collected.edges.length < shownEdgesMax) collected.edges.push({kind: 'needs', first, second, because: because(), from});
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
			if (provider === undefined) continue;
			const alreadyThere = !revertersOf.has(first) && registry.standing(scene.group, first).state === 'live';
			if (alreadyThere) continue;
			connect(collected, 'footer', provider, player, () => `${entry.header}, line ${entry.line} of ${declaredBy.change.id}`);
		}
		for (const family of graph.reverts.get(player.index) ?? []) {
			const reverted = playerOf.get(family);
			if (reverted !== undefined) connect(collected, 'revert', reverted, player, () => 'it is taken back by the later one');
			// Taking back is deploying backwards: what stands on a change goes before the change itself.
			for (const {second} of (graph.dependentsOf.get(family) ?? []).slice(0, 1000)) {
				for (const reverter of revertersOf.get(second) ?? []) {
					connect(collected, 'revert', reverter, player, () => 'what depends on a change is taken back before it');
				}
			}
		}
	}
}

/** All who mend before all who trigger, through one barrier, so that many on both sides cost their sum and not their product. */
function connectRules({scene, players}: Cast, graph: Graph, dropped: ReadonlySet<number>, collected: Collected): void {
	if (graph.rules.length === 0) return;
	const mendingOf = new Map<number, Node[]>();
	const triggering = new Map<number, Node[]>();
	const breaking = new Set<number>();
	for (const player of players) {
		const mine = graph.effects.get(player.index);
		if (mine === undefined) continue;
		const mended = new Set<number>();
		for (const {rule, does} of mine) {
			const declared = graph.rules[rule];
			if (declared === undefined || does === 'trigger' || dropped.has(rule)) continue;
			if (does === mending(declared)) mended.add(rule);
			else breaking.add(rule);
		}
		const triggered = new Set(
			mine.filter(({does, rule}) => does === 'trigger' && !mended.has(rule) && !dropped.has(rule)).map(({rule}) => rule),
		);
		for (const rule of mended) addTo(mendingOf, rule, player);
		for (const rule of triggered) addTo(triggering, rule, player);
	}
	for (const [rule, firsts] of mendingOf) {
		const seconds = triggering.get(rule) ?? [];
		const declared = graph.rules[rule];
		if (declared === undefined || seconds.length === 0) continue;
		// Already so on this group: then the same pair is free to stand in either order.
		if (isKept(declared, scene.presence[rule]) && !breaking.has(rule)) continue;
		collected.ruleOf.push(rule);
		const barrier = -collected.ruleOf.length;
		for (const first of firsts) collected.pairs.push([first.index, barrier]);
		for (const second of seconds) collected.pairs.push([barrier, second.index]);
		const [first] = firsts;
		if (first === undefined) continue;
		const from = declared.detected === undefined ? 'policy' : 'detected';
		const because = from === 'policy' ? `rule ${declared.name}` : declared.name;
		for (const second of seconds.slice(0, shownEdgesMax - collected.edges.length)) {
			const key = `rule ${rule} ${second.index}`;
			if (collected.seen.has(key)) continue;
			collected.seen.add(key);
			collected.edges.push({kind: declared.kind, first, second, because, from, rule});
		}
	}
}

/**
 * Collects the pairs to sort by (node indexes; barriers are -1, -2, … ) and the edges to show, at most 1,000. Rules that were `dropped` count
 * for nothing.
 */
export function orderEdges(casts: readonly Cast[], registry: Registry, graph: Graph, dropped: ReadonlySet<number> = new Set()) {
	const collected: Collected = {pairs: [], edges: [], seen: new Set(), ruleOf: []};
	for (const cast of casts) {
		connectNeeds(cast, registry, graph, collected);
		connectRules(cast, graph, dropped, collected);
	}
	const {pairs, edges, ruleOf} = collected;
	return {pairs, edges, ruleOf};
}
