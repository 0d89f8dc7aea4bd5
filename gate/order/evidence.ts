/** Evidence for a problem of order: the chain, link by link, with what asks for each, what each change is, and where it is and is not. */
import type {Facts, LandedChange} from '../facts.ts';
import type {Evidence} from '../verdict.ts';
import type {Need} from './graph.ts';
import type {PathRule} from './path-rules.ts';
import {plainText} from './plain-text.ts';
import type {Plan, Problem} from './plan.ts';
import type {Node} from './registry.ts';
import {allowCommand, changeOf, familyName, lastPart, listOf, mergedWord, missingFor, nameOf} from './wording.ts';

const groupsMax = 12;
const evidenceMax = 40;
const chainMax = 12;

const needText = ({declaredBy, entry}: Need): string => `needs: ${nameOf(declaredBy.change)}, line ${entry.line}: ${entry.text}`;

const verbOf = ({kinds}: PathRule['trigger']): string =>
	kinds.length === 0 ? 'is touched in' : kinds[0] === 'deleted' ? 'leaves' : 'comes into';

function ruleText({owner, trigger, kind, name, mirrored, wants, detected}: PathRule, path = trigger.path): string {
	const by =
		detected === undefined
			? `${kind} rule ${plainText(name, 60)}${mirrored ? ', backwards' : ''}`
			: `${kind}, undeclared, found by ${detected.by}`;
	return (
		`${by}: ${plainText(owner.path, 120)} must be ${wants === 'gone' ? 'out of' : 'in'} ` +
		`${plainText(owner.repository, 80)} before ${plainText(path, 120)} ${verbOf(trigger)} ${plainText(trigger.repository, 80)}`
	);
}

function linkOf({need, rule, path}: {need?: Need | undefined; rule?: PathRule | undefined; path?: string | undefined}): Evidence[] {
	if (need !== undefined) return [{label: 'link', text: needText(need)}];
	if (rule === undefined) return [];
	const own = rule.detected === undefined ? [] : rule.detected.evidence.slice(0, 6);
	return [
		{label: 'link', text: ruleText(rule, path)},
		...own.map(({label, text}) => ({label: plainText(label, 120), text: plainText(text, 250)})),
	];
}

function standingText(subject: Node | LandedChange, plan: Plan, facts: Facts): string {
	const {registry} = plan;
	if (!('index' in subject)) return '';
	const {branch} = subject.change;
	const on = branch === undefined ? '' : ` on ${plainText(branch, 80)}`;
	const inBatch = subject.where === 'batch';
	const parts = [
		inBatch ? `number ${subject.index + 1} of ${facts.batch.changes.length} in this batch${on}` : `${mergedWord(subject.change)}${on}`,
	];
	for (const group of registry.groups.slice(0, groupsMax)) {
		const standing = registry.standing(group, subject.family);
		const name = plainText(group, 40);
		if (standing.state === 'live') {
			const {since, deploy} = standing.landed;
			parts.push(
				`live on ${name}${since === undefined ? '' : ` since ${since}`}${deploy === undefined ? '' : ` (${plainText(deploy, 40)})`}`,
			);
		} else if (standing.state === 'reverted') parts.push(`taken back on ${name} by ${plainText(standing.by, 60)}`);
		else parts.push(standing.state === 'absent' ? `not live on ${name}` : `not known on ${name}`);
	}
	if (registry.groups.length > groupsMax) parts.push(`${registry.groups.length - groupsMax} more groups not shown`);
	return parts.join('; ');
}

function subjectLine(subject: Node | LandedChange, plan: Plan, facts: Facts): Evidence {
	const {subject: title} = changeOf(subject);
	const quoted = title === undefined ? '' : `"${plainText(title, 100)}"; `;
	return {label: nameOf(changeOf(subject)), text: `${quoted}${standingText(subject, plan, facts)}`};
}

function headLines({rule, second, groups}: Problem, facts: Facts): Evidence[] {
	const wanted = rule?.owner.repository ?? second.change.repository;
	return groups.slice(0, groupsMax).flatMap(group => {
		const heads = facts.landed.filter(landed => landed.group === group).flatMap(landed => landed.heads);
		return heads
			.filter(({repository}) => repository === wanted)
			.slice(0, 3)
			.map(({repository, branch, sha}) => ({
				label: plainText(group, 40),
				text: `${lastPart(repository)} is at ${plainText(sha.slice(0, 7), 10)}${branch === undefined ? '' : ` on ${plainText(branch, 80)}`}`,
			}));
	});
}

/** What still stands on what is taken back, per group, in the order in which to take it back. */
const dependentLines = ({dependents = []}: Problem, {registry}: Plan): Evidence[] =>
	dependents.slice(0, groupsMax).map(({group, families}) => ({
		label: `stands on it on ${plainText(group, 40)}`,
		text:
			families.length === 0
				? 'nothing more'
				: listOf(
						families.map(family => familyName(family, registry)),
						20,
					),
	}));

/** The chain, link by link: what asks for it, what each change is, and where it is and is not. */
export function evidenceOf(problem: Problem, plan: Plan, facts: Facts): Evidence[] {
	const {need, first, second, by} = problem;
	const evidence = linkOf(problem);
	const steps = missingFor(problem, plan).filter(({node}) => node !== first);
	if (first !== null && steps.length > 0) {
		const names = [second, first, ...steps.map(({node}) => node).toReversed()].map(subject => nameOf(changeOf(subject)));
		const shown = names.slice(0, chainMax).join(' after ');
		evidence.unshift({label: 'chain', text: names.length > chainMax ? `${shown} after ${names.length - chainMax} more` : shown});
	}
	for (const subject of new Set([second, ...(first === null ? [] : [first])])) evidence.push(subjectLine(subject, plan, facts));
	for (const step of steps.slice(0, 10)) evidence.push(...linkOf(step), subjectLine(step.node, plan, facts));
	if (need !== undefined && !evidence.some(({label}) => label === nameOf(need.declaredBy.change))) {
		evidence.push(subjectLine(need.declaredBy, plan, facts));
	}
	evidence.push(...dependentLines(problem, plan), ...headLines(problem, facts));
	if (by !== undefined && by !== '') evidence.push({label: 'taken back by', text: plainText(by, 100)});
	const override = {label: 'override', text: `${allowCommand(facts)} (by a deployer; who, why and until when are recorded)`};
	return [...evidence.slice(0, evidenceMax), override];
}
