/** The words for what a plan found: finished sentences, evidence link by link, and the step that mends it. */
import type {Change, Facts, LandedChange} from '../facts.ts';
import type {Evidence} from '../verdict.ts';
import {plainText} from './plain-text.ts';
import type {Missing, Plan, Problem} from './plan.ts';
import type {Node, Registry} from './registry.ts';

type Nameable = Pick<Change, 'repository'> & {id?: string; sha?: string; changeId?: string; subject?: string};

const listedMax = 12;

const lastPart = (repository: string): string => plainText(repository.split('/').at(-1) || repository, 60);

/** How a finding calls a change: the last part of its repository and seven digits, `CirrusSearch aaf6372`. */
export function nameOf({repository, sha, changeId, id}: Nameable): string {
	const short = sha?.slice(0, 7) ?? changeId?.slice(0, 10) ?? id ?? 'without an id';
	return `${lastPart(repository)} ${plainText(short, 40)}`;
}

const changeOf = (subject: Node | LandedChange): Nameable => ('index' in subject ? subject.change : subject);

/** What a person types for a change on a command line. */
export const idOf = ({change}: Node): string => plainText(change.id, 100);

export function groupList(groups: readonly string[]): string {
	const shown = groups.slice(0, 4).map(group => plainText(group, 40));
	return shown.join(', ') + (groups.length > shown.length ? ` and ${groups.length - shown.length} more` : '');
}

export const orderText = (nodes: readonly Node[]): string =>
	nodes.slice(0, listedMax).map(idOf).join(' ') +
	(nodes.length > listedMax ? ` ... (${nodes.length} changes: signalbox order lists them)` : '');

/** One sentence: what is the case. */
export function becauseOf(problem: Problem, {registry}: Plan): string {
	const {kind, second, first, groups, rule, need, why} = problem;
	const later = nameOf(second.change);
	const everywhere = groups.length > 2 && groups.length === registry.groups.length;
	const where = everywhere ? 'any group' : groupList(groups);
	const earlier = first === null ? 'a change that is not known here' : nameOf(changeOf(first));
	if (kind === 'order') {
		return `${later} must come after ${earlier}, which stands behind it in this batch${groups.length === registry.groups.length ? '' : ` on ${where}`}.`;
	}
	if (kind === 'reverted') return `${later} must come after ${earlier}, which was taken back on ${everywhere ? 'every group' : where}.`;
	if (kind === 'missing') {
		if (first !== null && 'index' in first && first.where === 'batch') {
			return `${later} must come after ${earlier}, which this batch does not bring to ${where}.`;
		}
		const merged = first !== null && 'index' in first ? 'merged but not live' : 'which is not live';
		return `${later} must come after ${earlier}, ${merged} on ${where}.`;
	}
	if (kind === 'stands-on') {
		if (need?.second === second.family)
			return `${later} needs ${earlier}, which this batch takes back on ${everywhere ? 'every group' : where}.`;
		return `${later} takes back what ${earlier} stands on, and that is live on ${everywhere ? 'every group' : where}.`;
	}
	const owner = `${lastPart(rule?.owner.repository ?? '')} still has ${plainText(rule?.owner.path ?? '', 120)} on ${everywhere ? 'every group' : where}`;
	if (kind === 'present') return `${later} must wait: ${owner}.`;
	if (rule !== undefined) return `${later}: cannot tell whether ${owner}: ${plainText(why ?? '', 200)}.`;
	return `${later}: cannot tell whether ${earlier} is live on ${where}: ${plainText(why ?? '', 200)}.`;
}

const branchesOf = (node: Node, groups: readonly string[], registry: Registry): string[] => [
	...new Set(groups.flatMap(group => registry.branches(group, node.change.repository))),
];

/** The command that brings one missing change to the branches that its groups run. */
export function pickOf({node, groups}: Pick<Missing, 'node' | 'groups'>, registry: Registry): string {
	const {sha, branch, repository} = node.change;
	const branches = branchesOf(node, groups, registry);
	const elsewhere = branches.filter(name => name !== branch).slice(0, 4);
	if (elsewhere.length === 0 && branches.length > 0) {
		return `deploy ${idOf(node)} first, it is merged on ${plainText(branch ?? '', 80)} already`;
	}
	const target =
		elsewhere.length > 0
			? `on ${elsewhere.map(name => plainText(name, 80)).join(' and on ')} of ${plainText(repository, 100)}`
			: `on the branch of ${plainText(repository, 100)} that ${groupList(groups)} runs`;
	// Only a commit id goes into a command that people paste.
	const command = sha !== undefined && /^[0-9a-f]{7,64}$/i.test(sha) ? `git cherry-pick ${sha}` : `pick ${idOf(node)}`;
	return `${target}: ${command}`;
}

/** What is missing for one problem: its own change and what that needs in turn, in the order in which to deploy. */
export function missingFor(problem: Problem, plan: Plan): Missing[] {
	const byNode = new Map(plan.missing.map(missing => [missing.node.index, missing]));
	const wanted = new Set<number>();
	const queue = problem.first !== null && 'index' in problem.first ? [problem.first] : [];
	for (const node of queue) {
		if (!byNode.has(node.index) || wanted.has(node.index)) continue;
		wanted.add(node.index);
		for (const {node: other, neededBy} of plan.missing) if (neededBy.index === node.index) queue.push(other);
	}
	return plan.complete.flatMap(node => (wanted.has(node.index) ? (byNode.get(node.index) ?? []) : []));
}

/** The step that mends a problem. */
export function remedyOf(problem: Problem, plan: Plan, facts: Facts): string {
	const {kind, first, second, rule, by} = problem;
	const allow = `signalbox allow --service ${plainText(facts.service, 60)} --rule patch-order --for 30m --reason TEXT`;
	if (kind === 'order') {
		if (plan.rings.length > 0) return 'No order works while the ring stands: see the finding about it.';
		return `Deploy in this order: ${orderText(plan.complete)}`;
	}
	if (kind === 'missing' || kind === 'reverted') {
		const steps = missingFor(problem, plan).slice(0, 5);
		if (kind === 'reverted' && by !== undefined && /^[0-9a-f]{7,64}$/i.test(by) && first !== null && 'index' in first) {
			const [branch] = branchesOf(first, problem.groups, plan.registry);
			if (steps.length <= 1) {
				const target = branch === undefined ? '' : `, on ${plainText(branch, 80)}`;
				return `Take the revert back${target}: git revert ${by}; deploy that before ${idOf(second)}.`;
			}
		}
		if (steps.length > 0) {
			const text = steps.map(step => pickOf(step, plan.registry)).join('; then ');
			return `${text.charAt(0).toUpperCase()}${text.slice(1)}; deploy before ${idOf(second)}.`;
		}
		return `Bring ${first === null ? 'it' : nameOf(changeOf(first))} to ${groupList(problem.groups)} first.`;
	}
	if (kind === 'present') {
		return `Deploy first a change that removes ${plainText(rule?.owner.path ?? '', 120)} from ${plainText(rule?.owner.repository ?? '', 100)}.`;
	}
	if (kind === 'stands-on' && first !== null) return `Take back ${nameOf(changeOf(first))} first: dependents go before what they stand on.`;
	return `Look on ${groupList(problem.groups)}, then: ${allow}`;
}

function standingText(subject: Node | LandedChange, plan: Plan, facts: Facts): string {
	const {registry} = plan;
	const family = 'index' in subject ? subject.family : undefined;
	const parts: string[] = [];
	if ('index' in subject) {
		const {branch} = subject.change;
		const on = branch === undefined ? '' : ` on ${plainText(branch, 80)}`;
		const position = facts.batch.changes.indexOf(subject.change) + 1 || subject.index + 1;
		parts.push(subject.where === 'batch' ? `number ${position} of ${facts.batch.changes.length} in this batch${on}` : `merged${on}`);
	}
	for (const group of registry.groups.slice(0, listedMax)) {
		if (family === undefined) continue;
		const standing = registry.standing(group, family);
		const name = plainText(group, 40);
		if (standing.state === 'live')
			parts.push(`live on ${name}${standing.landed.since === undefined ? '' : ` since ${standing.landed.since}`}`);
		else if (standing.state === 'reverted') parts.push(`taken back on ${name} by ${plainText(standing.by, 60)}`);
		else parts.push(standing.state === 'absent' ? `not live on ${name}` : `not known on ${name}`);
	}
	return parts.join('; ');
}

/** The chain, link by link: what asks for it, what each change is, and where it is and is not. */
export function evidenceOf(problem: Problem, plan: Plan, facts: Facts): Evidence[] {
	const {rule, need, path, first, second} = problem;
	const evidence: Evidence[] = [];
	if (need !== undefined) {
		evidence.push({label: 'link', text: `needs: ${nameOf(need.declaredBy.change)}, line ${need.entry.line}: ${need.entry.text}`});
	}
	if (rule !== undefined) {
		const {owner, trigger, kind, name, mirrored} = rule;
		const text =
			`${kind} rule ${plainText(name, 60)}${mirrored ? ', backwards' : ''}: ${plainText(owner.path, 120)} must be out of ` +
			`${plainText(owner.repository, 80)} before ${plainText(path ?? trigger.path, 120)} ` +
			`${trigger.kinds[0] === 'deleted' ? 'leaves' : 'comes into'} ${plainText(trigger.repository, 80)}`;
		evidence.push({label: 'link', text});
	}
	const chain = [second, ...(first === null ? [] : [first]), ...missingFor(problem, plan).map(({node}) => node)];
	for (const subject of new Set(chain)) {
		const {subject: title} = changeOf(subject);
		const quoted = title === undefined ? '' : `"${plainText(title, 100)}"; `;
		evidence.push({label: nameOf(changeOf(subject)), text: `${quoted}${standingText(subject, plan, facts)}`});
	}
	for (const group of problem.groups.slice(0, listedMax)) {
		const repositories = [rule?.owner.repository ?? second.change.repository];
		const heads = facts.landed.filter(landed => landed.group === group).flatMap(landed => landed.heads);
		for (const {repository, branch, sha} of heads.filter(head => repositories.includes(head.repository)).slice(0, 3)) {
			const text = `${lastPart(repository)} is at ${plainText(sha.slice(0, 7), 10)}${branch === undefined ? '' : ` on ${plainText(branch, 80)}`}`;
			evidence.push({label: plainText(group, 40), text});
		}
	}
	if (problem.by !== undefined && problem.by !== '') evidence.push({label: 'taken back by', text: plainText(problem.by, 100)});
	const override = `signalbox allow --service ${plainText(facts.service, 60)} --rule patch-order --for 30m --reason TEXT (recorded)`;
	evidence.push({label: 'override', text: override});
	return evidence.slice(0, 30);
}
