/** The words for what a plan found: finished sentences, and the step that mends it. The evidence, link by link: see evidence.ts. */

import type {Change, Facts, LandedChange} from '../facts.ts';
import {pathForReaders} from '../passage/kept-back.ts';
import {fileOrder} from './file-order.ts';
import {plainText} from './plain-text.ts';
import type {Missing, Plan, Problem} from './plan.ts';
import type {Node, Registry} from './registry.ts';

type Nameable = Pick<Change, 'repository'> & {id?: string; sha?: string; changeId?: string; subject?: string};

const listedMax = 12;
const commit = /^[0-9a-f]{7,64}$/i;

export const lastPart = (repository: string): string => plainText(repository.split('/').at(-1) || repository, 60);

/** How a finding calls a change: the last part of its repository and seven digits, `CirrusSearch aaf6372`. */
export function nameOf({repository, sha, changeId, id}: Nameable): string {
	const short = sha?.slice(0, 7) ?? changeId?.slice(0, 10) ?? id ?? 'without an id';
	return `${lastPart(repository)} ${plainText(short, 40)}`;
}

export const changeOf = (subject: Node | LandedChange): Nameable => ('index' in subject ? subject.change : subject);

/** What a person types for a change on a command line. */
export const idOf = ({change}: Node): string => plainText(change.id, 100);

/** How a family is called, from whatever is known of it. */
export function familyName(family: number, registry: Registry): string {
	const subject = registry.members(family)[0] ?? registry.landedAs(family);
	return subject === undefined ? 'a change that is not known here' : nameOf(changeOf(subject));
}

export function listOf(items: readonly string[], shownMax: number): string {
	const shown = items.slice(0, shownMax);
	return shown.join(', ') + (items.length > shown.length ? ` and ${items.length - shown.length} more` : '');
}

export const groupList = (groups: readonly string[]): string =>
	listOf(
		groups.map(group => plainText(group, 40)),
		4,
	);

export const orderText = (nodes: readonly Node[]): string =>
	nodes.slice(0, listedMax).map(idOf).join(' ') +
	(nodes.length > listedMax ? ` ... (${nodes.length} changes: signalbox order lists them)` : '');

/** How far a known change came, where its review tells; without a word of it, it stands on a ref of a checkout, which is merged. */
export function mergedWord({review}: Change): string {
	const status = review !== undefined && 'status' in review ? review.status : undefined;
	if (status === 'open' || status === 'draft') return 'not merged';
	return status === 'abandoned' ? 'abandoned' : 'merged';
}

function missingSentence({first, second}: Problem, where: string): string {
	const later = nameOf(second.change);
	const earlier = first === null ? 'a change that is not known here' : nameOf(changeOf(first));
	if (first !== null && 'index' in first && first.where === 'batch') {
		return `${later} must come after ${earlier}, which this batch does not bring to ${where}.`;
	}
	const word = first !== null && 'index' in first ? mergedWord(first.change) : null;
	const state = word === null ? 'which is not live' : word === 'merged' ? 'merged but not live' : `which is ${word}, and not live`;
	return `${later} must come after ${earlier}, ${state} on ${where}.`;
}

function standsOnSentence({need, second, first, dependents = []}: Problem, everyGroup: string, registry: Registry): string {
	const later = nameOf(second.change);
	const earlier = first === null ? 'a change that is not known here' : nameOf(changeOf(first));
	if (need?.second === second.family) return `${later} needs ${earlier}, which this batch takes back on ${everyGroup}.`;
	const families = [...new Set(dependents.flatMap(({families: on}) => on))];
	if (families.length <= 1) return `${later} takes back what ${earlier} stands on, and that is live on ${everyGroup}.`;
	const names = families.map(family => familyName(family, registry));
	return `${later} takes back what ${families.length} live changes stand on: ${listOf(names, 3)}.`;
}

function pathSentence({kind, second, rule, path, later: laterPath, why}: Problem, where: string): string {
	const later = nameOf(second.change);
	const owner = lastPart(rule?.owner.repository ?? '');
	const ownerPath = plainText(rule?.owner.path ?? '', 120);
	if (kind === 'files') {
		return `${later}: inside it ${plainText(path ?? '', 120)} must go out after ${plainText(laterPath ?? '', 120)}, which stands behind it.`;
	}
	const isWanted = rule?.wants === 'present';
	if (kind === 'unseen') {
		const asked = isWanted ? `${owner} has ${ownerPath}` : `${owner} still has ${ownerPath}`;
		return `${later}: cannot tell whether ${asked} on ${where}: ${plainText(why ?? '', 200)}.`;
	}
	return isWanted
		? `${later} must wait: ${owner} has no ${ownerPath} on ${where}.`
		: `${later} must wait: ${owner} still has ${ownerPath} on ${where}.`;
}

function declaredSentence(problem: Problem, {registry}: Plan): string {
	const {kind, second, first, groups, rule, why} = problem;
	const later = nameOf(second.change);
	const isEverywhere = groups.length > 2 && groups.length === registry.groups.length;
	const where = isEverywhere ? 'any group' : groupList(groups);
	const everyGroup = isEverywhere ? 'every group' : groupList(groups);
	const earlier = first === null ? 'a change that is not known here' : nameOf(changeOf(first));
	if (kind === 'order') {
		return `${later} must come after ${earlier}, which stands behind it in this batch${groups.length === registry.groups.length ? '' : ` on ${where}`}.`;
	}
	if (kind === 'reverted') return `${later} must come after ${earlier}, which was taken back on ${everyGroup}.`;
	if (kind === 'missing') return missingSentence(problem, where);
	if (kind === 'stands-on') return standsOnSentence(problem, everyGroup, registry);
	if (kind === 'unseen' && rule === undefined)
		return `${later}: cannot tell whether ${earlier} is live on ${where}: ${plainText(why ?? '', 200)}.`;
	return pathSentence(problem, kind === 'lacking' ? where : kind === 'unseen' && rule?.wants === 'present' ? where : everyGroup);
}

/** One sentence: what is the case. What nobody declared is said as the guess it is. */
export function becauseOf(problem: Problem, plan: Plan): string {
	const sentence = declaredSentence(problem, plan);
	const {detected} = problem.rule ?? {};
	if (detected === undefined) return sentence;
	// What is the case comes first: a log shows the first hundred characters.
	return `Undeclared: ${sentence.replace(' must ', ' should ').replace(/\.$/, '')}; found by ${plainText(detected.name, 80)}.`;
}

/** The branches that groups run of a change's repository. */
export const branchesOf = (repository: string, groups: readonly string[], registry: Registry): string[] => [
	...new Set(groups.flatMap(group => registry.branches(group, repository))),
];

/** The command that picks one change; only a commit id goes into a command that people paste. */
export const pickCommand = ({change}: Node): string =>
	change.sha !== undefined && commit.test(change.sha) ? `git cherry-pick ${change.sha}` : `pick ${plainText(change.id, 100)}`;

const isMerged = ({change}: Node): boolean => mergedWord(change) === 'merged';

/** The command that brings one missing change to the branches that its groups run. */
export function pickOf({node, groups}: Pick<Missing, 'node' | 'groups'>, registry: Registry): string {
	const {branch, repository} = node.change;
	const branches = branchesOf(repository, groups, registry);
	const elsewhere = branches.filter(name => name !== branch).slice(0, 4);
	if (elsewhere.length === 0 && branches.length > 0) {
		return isMerged(node)
			? `deploy ${idOf(node)} first, it is merged on ${plainText(branch ?? '', 80)} already`
			: `${idOf(node)} is ${mergedWord(node.change)}: have it reviewed and merged on ${plainText(branch ?? '', 80)}, and deploy it first`;
	}
	const target =
		elsewhere.length > 0
			? `on ${elsewhere.map(name => plainText(name, 80)).join(' and on ')} of ${plainText(repository, 100)}`
			: `on the branch of ${plainText(repository, 100)} that ${groupList(groups)} ${groups.length === 1 ? 'runs' : 'run'}`;
	return `${target}: ${pickCommand(node)}`;
}

/** What is missing for one problem: its own change and what that needs in turn, in the order in which to deploy. */
export function missingFor({first}: Pick<Problem, 'first'>, plan: Plan): Missing[] {
	const byNode = new Map(plan.missing.map(missing => [missing.node.index, missing]));
	const wanted = new Set<number>();
	const queue = first !== null && 'index' in first ? [first] : [];
	for (const node of queue) {
		if (!byNode.has(node.index) || wanted.has(node.index)) continue;
		wanted.add(node.index);
		for (const {node: other, neededBy} of plan.missing) if (neededBy.index === node.index) queue.push(other);
	}
	return plan.complete.flatMap(node => (wanted.has(node.index) ? (byNode.get(node.index) ?? []) : []));
}

/** The step for what only the ledger knows: it is live on another group, so its commit can be picked. */
function landedRemedy(first: Node | LandedChange | null, groups: readonly string[], second: Node, registry: Registry): string {
	const change = first === null ? null : changeOf(first);
	const branches = change === null ? [] : branchesOf(change.repository, groups, registry).slice(0, 4);
	if (change?.sha === undefined || !commit.test(change.sha) || branches.length === 0)
		return `Bring ${change === null ? 'it' : nameOf(change)} to ${groupList(groups)} first.`;
	const where = branches.map(name => plainText(name, 80)).join(' and on ');
	return `On ${where} of ${plainText(change.repository, 100)}: git cherry-pick ${change.sha}; deploy before ${idOf(second)}.`;
}

function bringRemedy({kind, first, second, groups, by}: Problem, plan: Plan): string {
	const steps = missingFor({first}, plan).slice(0, 5);
	const known = first !== null && 'index' in first ? first : null;
	if (kind === 'reverted' && by !== undefined && commit.test(by) && known !== null && steps.length <= 1) {
		const [branch] = branchesOf(known.change.repository, groups, plan.registry);
		const target = branch === undefined ? '' : `, on ${plainText(branch, 80)}`;
		return `Take the revert back${target}: git revert ${by}; deploy that before ${idOf(second)}.`;
	}
	const picks = steps.length > 0 ? steps : known === null ? [] : [{node: known, groups}];
	if (picks.length === 0) return landedRemedy(first, groups, second, plan.registry);
	const text = picks.map(step => pickOf(step, plan.registry)).join('; then ');
	return `${text.charAt(0).toUpperCase()}${text.slice(1)}; deploy before ${idOf(second)}.`;
}

function filesRemedy(node: Node, plan: Plan): string {
	const files = fileOrder(node, plan.graph);
	if (files === null) return `No order of the files of ${idOf(node)} works: sync them in one instant, or split the change.`;
	return `Sync the files of ${idOf(node)} in this order: ${listOf(
		files.map(path => plainText(pathForReaders(node.change, path), 120)),
		10,
	)}.`;
}

/** The command that lets the batch through all the same. */
export const allowCommand = (facts: Facts): string =>
	`signalbox allow --service ${plainText(facts.service, 60)} --rule patch-order --for 30m --reason TEXT`;

/** The step that mends a problem. */
export function remedyOf(problem: Problem, plan: Plan, facts: Facts): string {
	const {kind, first, second, rule, groups, dependents} = problem;
	const path = plainText(rule?.owner.path ?? '', 120);
	const repository = plainText(rule?.owner.repository ?? '', 100);
	switch (kind) {
		case 'order':
			return plan.rings.length > 0
				? 'No order works while the ring stands: see the finding about it.'
				: `Deploy in this order: ${orderText(plan.complete)}`;
		case 'files':
			return filesRemedy(second, plan);
		case 'missing':
		case 'reverted':
			return bringRemedy(problem, plan);
		case 'present':
			return `Deploy first a change that removes ${path} from ${repository}.`;
		case 'lacking':
			return `Deploy first a change that brings ${path} to ${repository}.`;
		case 'stands-on': {
			const families = [...new Set((dependents ?? []).flatMap(({families: on}) => on))];
			if (families.length > 1) {
				const names = families.map(family => familyName(family, plan.registry));
				return `Take back first, in this order: ${listOf(names, 10)}: dependents go before what they stand on.`;
			}
			if (first !== null) return `Take back ${nameOf(changeOf(first))} first: dependents go before what they stand on.`;
		}
	}
	return `Look on ${groupList(groups)}, then: ${allowCommand(facts)}`;
}
