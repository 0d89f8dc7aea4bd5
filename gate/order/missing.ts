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
/** By rule: the family that is to bring about what it wants, where several could. */
type Choice = ReadonlyMap<number, number>;
type World = {
	readonly problems: readonly Problem[];
	readonly scenes: ReadonlyMap<string, Scene>;
	/** By group: the families that the batch brings there. */
	readonly playing: ReadonlyMap<string, ReadonlySet<number>>;
	readonly registry: Registry;
	readonly graph: Graph;
	/** Rules that a choice was made for, with the menders that there were. */
	readonly asked: Map<number, readonly Node[]>;
};

const missingMax = 200;
const choicesMax = 8;
const triesMax = 128;

/** The change that brings about what a rule wants on a group: of the family that was chosen, else the nearest one. */
function chosen(rule: PathRule, menders: readonly Node[], group: string, choice: Choice, {registry, asked}: World): Node | null {
	if (menders.length > 1 && !asked.has(rule.index)) asked.set(rule.index, menders);
	const family = choice.get(rule.index);
	const own = family === undefined ? [] : menders.filter(mender => mender.family === family);
	return candidate(own.length > 0 ? own : menders, group, registry);
}

/** What the path rules ask for before a change that is added can come in on a group, and neither the group nor the batch has. */
function neededPaths({node, group}: Step, scene: Scene, isComing: (mender: Node) => boolean, choice: Choice, world: World): Step[] {
	const {graph} = world;
	const steps: Step[] = [];
	const mine = graph.effects.get(node.index) ?? [];
	for (const index of new Set(mine.filter(({does}) => does === 'trigger').map(({rule}) => rule))) {
		const rule = graph.rules[index];
		const presence = scene.presence[index];
		if (rule === undefined || rule.detected !== undefined || presence === 'unknown' || isKept(rule, presence)) continue;
		const menders = mendersOf(rule, graph);
		if (menders.some(mender => mender === node || isComing(mender))) continue;
		const provider = chosen(rule, menders, group, choice, world);
		if (provider !== null) steps.push({node: provider, group, neededBy: node, rule});
	}
	return steps;
}

/** The steps that the problems themselves ask for; what a rule asks for comes last, since what is needed anyway may bring it. */
function firstSteps(choice: Choice, world: World): Step[] {
	const byNeed: Step[] = [];
	const byRule: Step[] = [];
	for (const {kind, first, groups, second, need, rule} of world.problems) {
		if ((kind !== 'missing' && kind !== 'reverted') || first === null || !('index' in first)) continue;
		for (const group of groups) {
			if (need !== undefined) byNeed.push({node: first, group, neededBy: second, need});
			else if (rule === undefined) byNeed.push({node: first, group, neededBy: second});
			else {
				const menders = mendersOf(rule, world.graph).filter(mender => mender !== second);
				const own = choice.has(rule.index) || menders.length > 1 ? chosen(rule, menders, group, choice, world) : null;
				byRule.push({node: choice.has(rule.index) ? (own ?? first) : first, group, neededBy: second, rule});
			}
		}
	}
	return [...byNeed, ...byRule];
}

/** Follows what is missing to what that needs in turn, by footers and by rules, per group. */
function gatherWith(choice: Choice, world: World): Missing[] {
	const {registry, graph, playing, scenes} = world;
	const missing = new Map<number, Missing & {groups: string[]}>();
	const queue = firstSteps(choice, world);
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
		const scene = scenes.get(group);
		const isComing = (mender: Node): boolean =>
			(playing.get(group)?.has(mender.family) ?? false) || (missing.get(mender.index)?.groups.includes(group) ?? false);
		if (scene !== undefined) queue.push(...neededPaths(step, scene, isComing, choice, world));
	}
	return [...missing.values()];
}

/** The families that could do for a rule, those that come anyway first: no more than can be tried. */
function familiesFor(menders: readonly Node[], coming: ReadonlySet<number>): number[] {
	const families = [...new Set(menders.map(({family}) => family))];
	return families.sort((a, b) => Number(coming.has(b)) - Number(coming.has(a))).slice(0, choicesMax);
}

/**
 * The sets of changes that could be added, the smallest first; of the same size the nearest. What a footer needs is one change; what a rule
 * wants, several may bring: each of them is tried, at most 128 choices together. At most 200 changes in a set; never no set.
 */
export function gatherMissing(
	problems: readonly Problem[],
	scenes: readonly Scene[],
	registry: Registry,
	graph: Graph,
): (readonly Missing[])[] {
	const world: World = {
		...{problems, registry, graph, asked: new Map()},
		scenes: new Map(scenes.map(scene => [scene.group, scene])),
		playing: new Map(scenes.map(({group, players}) => [group, new Set(players.map(({family}) => family))])),
	};
	const usual = gatherWith(new Map(), world);
	const keyOf = (set: readonly Missing[]): string =>
		set
			.map(({node}) => node.index)
			.sort((a, b) => a - b)
			.join(' ');
	const sets = new Map([[keyOf(usual), usual]]);
	let choices: Choice[] = [new Map()];
	const tried = new Set<number>();
	// A choice may bring rules of its own to choose for: each is looked at once, on top of the choices before it.
	for (let left = triesMax; left > 0; ) {
		const rule = [...world.asked.keys()].find(index => !tried.has(index));
		if (rule === undefined) break;
		tried.add(rule);
		const families = familiesFor(world.asked.get(rule) ?? [], new Set(usual.map(({node}) => node.family)));
		const next: Choice[] = [];
		for (const choice of choices.flatMap(before => families.map((family): Choice => new Map([...before, [rule, family]])))) {
			if (left <= 0) break;
			left -= 1;
			const set = gatherWith(choice, world);
			if (!sets.has(keyOf(set))) sets.set(keyOf(set), set);
			next.push(choice);
		}
		choices = next;
	}
	return [...sets.values()].sort((a, b) => a.length - b.length);
}

/** The problems as the choice of what to add left them: what is added is also what they name. */
export function withChosen(problems: readonly Problem[], missing: readonly Missing[], graph: Graph): readonly Problem[] {
	if (missing.length === 0) return problems;
	const added = new Set(missing.map(({node}) => node.index));
	return problems.map(problem => {
		const {kind, first, rule, groups} = problem;
		if (rule === undefined || (kind !== 'missing' && kind !== 'reverted') || first === null || !('index' in first)) return problem;
		if (added.has(first.index)) return problem;
		const menders = new Set(mendersOf(rule, graph));
		const instead = missing.find(each => menders.has(each.node) && groups.every(group => each.groups.includes(group)));
		if (instead === undefined) return problem;
		const {by: _by, ...rest} = problem;
		return {...rest, kind: 'missing', first: instead.node};
	});
}
