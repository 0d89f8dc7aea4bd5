/**
 * Taking back is deploying backwards: the same graph, walked with a batch of reverts. Dependents first, the new owner out before the old one
 * comes back, and what is live and still stands on what goes is named, group by group. Nothing here holds: it is said, and first.
 */
import type {BlobTrace, Change, Facts, LandedChange, NameTrace, PathChange, Traces} from '../facts.ts';
import {type Bound, boundOf, type Door, type DoorRules, doorsOf} from './one-way.ts';
import type {OrderRules} from './path-rules.ts';
import {type Plan, type Problem, planOrder} from './plan.ts';
import type {Node} from './registry.ts';
import {nameOf} from './wording.ts';

/** A live change that is not taken back, and stands on one that is; or would be beside what it must not meet. */
export type Standing = {
	readonly groups: readonly string[];
	/** What stays. Null where only the rule is known, not the change. */
	readonly stays: Change | LandedChange | null;
	/** Per group, everything that stands on it directly or through others, in the order in which to take it back. */
	readonly dependents: readonly {readonly group: string; readonly changes: readonly (Change | LandedChange)[]}[];
	/** What is taken back. */
	readonly on: Change;
	/** One sentence. */
	readonly because: string;
};

export type TakeBack = {
	/** What is taken back, the first to go first. */
	readonly order: readonly Change[];
	readonly standing: readonly Standing[];
	/** What could not be told, each as a sentence. */
	readonly unseen: readonly string[];
	/** Changes that wait for each other: no order takes them back one by one. */
	readonly rings: readonly (readonly Change[])[];
	readonly doors: readonly Door[];
	readonly bound: readonly Bound[];
};

const standingMax = 100;

const backwards: Readonly<Record<PathChange['kind'], PathChange['kind']>> = {added: 'deleted', deleted: 'added', modified: 'modified'};

const commit = /^[0-9a-f]{7,64}$/i;
const wholeChangeId = /^I[0-9a-f]{40}$/i;

const revertId = (change: Change): string => `revert of ${change.repository}@${change.sha ?? change.changeId ?? change.id}`.slice(0, 255);

/** The reverts of a batch, the last first: what a deploy that takes it back would bring. Who they revert is said as git says it. */
export function revertsOf(batch: readonly Change[]): Change[] {
	return [...batch].reverse().map(change => {
		const {repository, branch, sha, changeId, paths} = change;
		const name = sha !== undefined && commit.test(sha) ? sha : changeId !== undefined && wholeChangeId.test(changeId) ? changeId : null;
		return {
			...{id: revertId(change), repository},
			...(branch === undefined ? {} : {branch}),
			message: `Revert\n\n${name === null ? '' : `This reverts commit ${name}.`}\n`,
			...(paths === undefined ? {} : {paths: paths.map(({path, kind}) => ({path, kind: backwards[kind]}))}),
		};
	});
}

const nameBackwards: Readonly<Record<NameTrace['does'], NameTrace['does']>> = {
	registers: 'unregisters',
	unregisters: 'registers',
	reads: 'unreads',
	unreads: 'reads',
};
const blobBackwards: Readonly<Record<BlobTrace['does'], BlobTrace['does']>> = {enters: 'leaves', leaves: 'enters'};

/**
 * What the reverts do to names and files, by what the batch did as it was judged: a link that nobody declared holds on the way back too.
 * What groups held then is left out, since it is no longer so.
 */
export function tracesBack(judged: Facts, batch: readonly Change[]): Traces | undefined {
	const {traces} = judged;
	if (traces === undefined) return undefined;
	const keyOf = ({repository, sha, id}: Change): string => `${repository} ${sha ?? id}`;
	const taken = new Map(batch.map(change => [keyOf(change), revertId(change)]));
	const reverts = new Map(judged.batch.changes.flatMap(change => [[change.id, taken.get(keyOf(change))] as const]));
	const back = <Trace extends {readonly change: string}>(trace: Trace, turned: Partial<Trace>): Trace[] => {
		const change = reverts.get(trace.change);
		return change === undefined ? [] : [{...trace, ...turned, change}];
	};
	return {
		names: traces.names.flatMap(trace => back(trace, {does: nameBackwards[trace.does]})),
		uses: [],
		blobs: traces.blobs.flatMap(trace => back(trace, {does: blobBackwards[trace.does]})),
		unread: [],
	};
}

const changeOf = (subject: Node | LandedChange | null): Change | LandedChange | null =>
	subject !== null && 'index' in subject ? subject.change : subject;

const everyGroup = (groups: readonly string[], all: readonly string[]): string =>
	groups.length > 1 && groups.length === all.length ? 'every group' : groups.slice(0, 6).join(', ') || 'a group';

const listedMax = 6;

/** `A, B (east); A (west)`. */
function dependentsText(dependents: Standing['dependents'], all: readonly string[]): string {
	const groupsOf = new Map<string, string[]>();
	for (const {group, changes} of dependents) {
		const rest = changes.length - listedMax;
		const text = changes.slice(0, listedMax).map(nameOf).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
		groupsOf.set(text, [...(groupsOf.get(text) ?? []), group]);
	}
	return [...groupsOf].map(([text, groups]) => `${text} (${everyGroup(groups, all)})`).join('; ');
}

function sentenceOf(problem: Problem, back: Change, dependents: Standing['dependents'], all: readonly string[]): string {
	const gone = nameOf(back);
	const groups = everyGroup(problem.groups, all);
	if (dependents.length > 0) {
		const many = new Set(dependents.flatMap(({changes}) => changes.map(nameOf))).size;
		const order = many === 1 ? 'Take it back first.' : 'Take them back first, in this order.';
		return `Live, and standing on ${gone}: ${dependentsText(dependents, all)}. ${order}`;
	}
	const {rule} = problem;
	const owner = rule === undefined ? 'something' : `${rule.owner.path} of ${rule.owner.repository}`;
	const by = rule === undefined ? '' : ` (${rule.kind} rule ${rule.name})`;
	if (rule?.wants === 'present') return `Taking ${gone} back brings back what needs ${owner}, which is not on ${groups}${by}.`;
	return `Taking ${gone} back brings back what may not be beside ${owner}, which is still on ${groups}${by}.`;
}

/** What the walk in the best order still finds in the way. */
function readProblems(plan: Plan, taken: ReadonlyMap<string, Change>, groups: readonly string[]) {
	const standing: Standing[] = [];
	const unseen: string[] = [];
	const ringed = new Set(plan.rings.flat());
	for (const problem of plan.problems.slice(0, standingMax)) {
		const back = taken.get(problem.second.change.id);
		if (back === undefined) continue;
		const where = everyGroup(problem.groups, groups);
		const stays = changeOf(problem.first);
		// Each of them is taken back, in one order or another: that is the ring's to say.
		if (stays !== null && 'id' in stays && taken.has(stays.id) && ringed.has(problem.second)) continue;
		const dependents = (problem.dependents ?? []).map(({group, families}) => ({
			group,
			changes: families.flatMap(family => plan.registry.members(family)[0]?.change ?? plan.registry.landedAs(family) ?? []),
		}));
		if (problem.kind === 'unseen')
			unseen.push(`Whether anything stands on ${nameOf(back)} on ${where} cannot be told: ${problem.why ?? ''}`);
		else standing.push({groups: problem.groups, stays, dependents, on: back, because: sentenceOf(problem, back, dependents, groups)});
	}
	return {standing, unseen};
}

/**
 * Plans to take `batch` back. `facts` are those of a deploy of its reverts: `facts.batch.changes` as `revertsOf` made them, the batch itself
 * among the known changes, the ledger as it is. Near-linear; never throws.
 */
export function planTakeBack(facts: Facts, batch: readonly Change[], rules: {order: OrderRules; doors: DoorRules}): TakeBack {
	const taken = new Map(batch.map(change => [revertId(change), change]));
	// For the order alone it may be one instant: to tell what each step of a wrong order breaks would take its square.
	const first = planOrder({...facts, batch: {...facts.batch, atomic: true}}, rules.order);
	const reverts = first.order.map(({index, change}) => facts.batch.changes[index] ?? change);
	// The walk tells problems in the order that it is given, so the best order is walked once more.
	const plan = planOrder({...facts, batch: {...facts.batch, changes: reverts}}, rules.order);
	const order = reverts.flatMap(({id}) => taken.get(id) ?? []);
	return {
		order,
		...readProblems(plan, taken, plan.registry.groups),
		rings: plan.rings.map(ring => ring.flatMap(({change}) => taken.get(change.id) ?? [])),
		doors: doorsOf(order, rules.doors),
		bound: boundOf(order, rules.doors),
	};
}
