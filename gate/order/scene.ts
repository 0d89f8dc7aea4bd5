/**
 * Scene: one group, or one neighbouring moment of it, walked through change by change. Every prefix of a batch that is not atomic is live for
 * a while, so the needs and the rules are asked after each step (after each file, where files go out one by one); an atomic batch is asked
 * once, at its end.
 */
import type {Facts, Holding, Neighbour} from '../facts.ts';
import type {Graph} from './graph.ts';
import {placeOf} from './ledger.ts';
import {pathMatches} from './path-matches.ts';
import {mending, type PathRule} from './path-rules.ts';
import type {Node, Registry} from './registry.ts';
import type {Scopes} from './scope.ts';

export type Presence = 'present' | 'gone' | 'unknown';

export type Scene = {
	/** The group, or the `placeOf` name of the neighbour. */
	readonly group: string;
	readonly neighbour: Neighbour | null;
	/** The changes of the batch that reach this group, in the batch's order. */
	readonly players: readonly Node[];
	/** By rule: what the group holds before the batch. */
	readonly presence: readonly Presence[];
	/** By rule: why it is not known. */
	readonly unseen: readonly string[];
};

type Looked = {readonly presence: Presence; readonly why: string};
const looked = (presence: Presence, why = ''): Looked => ({presence, why});

function heldOf(rule: PathRule, rows: readonly Holding[]): Looked | null {
	const mine = rows.filter(({path}) => path === rule.owner.path || pathMatches(rule.owner.path, path));
	// What was looked up in the group's own code weighs more than the ledger.
	if (mine.some(({present}) => present === true)) return looked('present');
	const missing = mine.map(({present}) => present).find(present => typeof present !== 'boolean');
	if (typeof missing === 'object') return looked('unknown', missing.missing);
	return mine.length > 0 ? looked('gone') : null;
}

/** What the ledger says of a path, by the changes that remove and bring it. */
function fromLedger(rule: PathRule, group: string, registry: Registry, graph: Graph): Presence {
	const states = (nodes: readonly Node[] | undefined) => (nodes ?? []).map(({family}) => registry.standing(group, family).state);
	const removed = states(graph.removers[rule.index]);
	const added = states(graph.adders[rule.index]);
	if (rule.wants === 'present') {
		if (added.includes('live')) return removed.includes('live') ? 'unknown' : 'present';
		if (removed.includes('live')) return 'gone';
		// What brings it exists, and this group's ledger says that it has not landed, or not stayed.
		const known = states(graph.adders[rule.index]?.filter(({where, change}) => where === 'known' && brings(change.paths, rule)));
		return known.includes('absent') || added.includes('reverted') ? 'gone' : 'unknown';
	}
	if (removed.includes('live')) return 'gone';
	const known = states(graph.removers[rule.index]?.filter(({where}) => where === 'known'));
	// The removal exists and this group's ledger says that it has not landed, or not stayed. (The mirror needs the new owner's coming.)
	if (!rule.mirrored && (known.includes('absent') || removed.includes('reverted'))) return 'present';
	return added.includes('live') ? 'present' : 'unknown';
}

const brings = (paths: Node['change']['paths'], {owner}: PathRule): boolean =>
	paths?.some(({path, kind}) => kind === 'added' && pathMatches(owner.path, path)) ?? false;

function presenceOf(rule: PathRule, group: string, rows: readonly Holding[], registry: Registry, graph: Graph): Looked {
	const {detected} = rule;
	const seen = detected === undefined || !Object.hasOwn(detected.presence, group) ? undefined : detected.presence[group];
	if (seen === 'present' || seen === 'gone') return looked(seen);
	const held = heldOf(rule, rows);
	if (held !== null && held.presence !== 'unknown') return held;
	const known = fromLedger(rule, group, registry, graph);
	return known === 'unknown' ? looked('unknown', held?.why || 'nobody looked whether it is there') : looked(known);
}

const rowKey = (group: string, repository: string): string => `${group}\n${repository}`;

function holdingsByPlace(facts: Facts): Map<string, Holding[]> {
	const held = new Map<string, Holding[]>();
	const add = (place: string, holding: Holding): void => {
		const key = rowKey(place, holding.repository);
		const rows = held.get(key);
		if (rows === undefined) held.set(key, [holding]);
		else rows.push(holding);
	};
	for (const holding of facts.holdings) add(holding.group, holding);
	for (const neighbour of facts.neighbours ?? []) for (const holding of neighbour.holdings) add(placeOf(neighbour), holding);
	return held;
}

/** Sets the scene of each group, and of each neighbouring moment of one of them. */
export function setScenes(facts: Facts, registry: Registry, graph: Graph, scopes: Scopes): {scenes: Scene[]; beside: Scene[]} {
	const held = holdingsByPlace(facts);
	const batch = registry.nodes.slice(0, registry.batchSize);
	const playersOf = new Map<string, Node[]>(registry.groups.map(group => [group, []]));
	for (const node of batch) for (const group of scopes.reached(node)) playersOf.get(group)?.push(node);
	const sceneOf = (group: string, players: readonly Node[], neighbour: Neighbour | null): Scene => {
		const rowsOf = (repository: string): readonly Holding[] => {
			const own = held.get(rowKey(group, repository)) ?? [];
			// What is not of the neighbour's version stands there as it does now.
			const isOwn = own.length > 0 || neighbour === null || registry.branches(group, repository).length > 0;
			return isOwn ? own : neighbour.groups.flatMap(name => held.get(rowKey(name, repository)) ?? []);
		};
		const seen = graph.rules.map(rule => presenceOf(rule, group, rowsOf(rule.owner.repository), registry, graph));
		return {group, neighbour, players, presence: seen.map(({presence}) => presence), unseen: seen.map(({why}) => why)};
	};
	return {
		scenes: registry.groups.map(group => sceneOf(group, playersOf.get(group) ?? [], null)),
		beside: (facts.neighbours ?? []).map(neighbour =>
			sceneOf(
				placeOf(neighbour),
				batch.filter(node => scopes.reaches(node, neighbour)),
				neighbour,
			),
		),
	};
}

/** Whether a rule is kept on a group before anything goes out. */
export const isKept = (rule: PathRule, presence: Presence | undefined): boolean =>
	presence === (rule.wants === 'gone' ? 'gone' : 'present');

/** The changes that bring about what a rule wants. */
export const mendersOf = (rule: PathRule, graph: Graph): readonly Node[] =>
	(mending(rule) === 'remove' ? graph.removers : graph.adders)[rule.index] ?? [];
