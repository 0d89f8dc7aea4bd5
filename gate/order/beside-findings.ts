/** Findings about the neighbours of now: the train branch that comes, and the version that a group goes back to if the train is rolled back. */
import type {Facts} from '../facts.ts';
import type {RawFinding} from '../rule.ts';
import type {Outcome} from '../verdict.ts';
import {evidenceOf} from './evidence.ts';
import {placeOf} from './ledger.ts';
import {plainText} from './plain-text.ts';
import type {Plan, Problem} from './plan.ts';
import {branchesOf, changeOf, groupList, lastPart, nameOf, pickCommand} from './wording.ts';

const shownMax = 20;

function lackOf({kind, first, second, rule, why}: Problem): string {
	const later = nameOf(second.change);
	const owner = `${lastPart(rule?.owner.repository ?? '')}`;
	const path = plainText(rule?.owner.path ?? '', 120);
	if (kind === 'unseen') return `whether ${later} stands there cannot be told: ${plainText(why ?? '', 150)}`;
	if (first !== null && rule === undefined) return `${nameOf(changeOf(first))}, which ${later} needs`;
	if (rule?.wants === 'present') return `${owner} ${path}, which ${later} needs`;
	return `${owner} ${path}, beside which ${later} must not be`;
}

function sentenceOf(problem: Problem): string {
	const {neighbour, kind, rule, groups} = problem;
	const name = plainText(neighbour?.name ?? '', 80);
	const isNext = neighbour?.moment === 'next';
	const lack = lackOf(problem);
	if (kind === 'unseen')
		return isNext ? `The next train branch ${name}: ${lack}.` : `If ${groupList(groups)} goes back to ${name}: ${lack}.`;
	const isUnwanted = rule !== undefined && rule.wants === 'gone';
	if (isNext) return `The next train branch ${name} will ${isUnwanted ? 'still carry' : 'not carry'} ${lack}.`;
	return `If ${groupList(groups)} goes back to ${name}, it will ${isUnwanted ? 'have' : 'lack'} ${lack}.`;
}

function remedyOf({neighbour, first, second}: Problem, plan: Plan): string {
	if (neighbour === undefined) return '';
	const node = first !== null && 'index' in first ? first : null;
	const name = plainText(neighbour.name, 80);
	if (node === null)
		return neighbour.moment === 'next'
			? `See that ${name} is right before it is deployed.`
			: `Take ${nameOf(second.change)} back before ${name} comes back.`;
	const {repository} = node.change;
	const [branch = name] = branchesOf(repository, [placeOf(neighbour)], plan.registry).map(one => plainText(one, 80));
	const pick = `on ${branch} of ${plainText(repository, 100)}: ${pickCommand(node)}`;
	return neighbour.moment === 'next' ? `On${pick.slice(2)}` : `Take ${nameOf(second.change)} back before ${name} comes back, or ${pick}`;
}

function findingOf(problem: Problem, plan: Plan, facts: Facts, outcome: Outcome): RawFinding {
	const {kind, edge, groups, second, first, neighbour} = problem;
	return {
		outcome,
		because: sentenceOf(problem),
		evidence: evidenceOf(problem, plan, facts),
		remedy: remedyOf(problem, plan),
		data: {
			...{kind, edge, groups, moment: neighbour?.moment, neighbour: neighbour?.name, second: second.change.id},
			first: first === null ? null : 'index' in first ? first.change.id : (first.sha ?? first.changeId),
		},
	};
}

/** `hold` only where the policy says so: what may come is no reason to stop what is right now. */
export function besideFindings(
	plan: Plan,
	facts: Facts,
	limit: 'warn' | 'hold' | 'off',
	isBinding: (problem: Problem) => boolean,
): RawFinding[] {
	if (limit === 'off') return [];
	const outcomeOf = (problem: Problem): Outcome =>
		limit === 'warn' || !isBinding(problem) ? 'warn' : problem.kind === 'unseen' ? 'unknown' : 'hold';
	const findings = plan.beside.slice(0, shownMax).map(problem => findingOf(problem, plan, facts, outcomeOf(problem)));
	if (plan.beside.length > shownMax) {
		findings.push({
			outcome: limit,
			because: `${plan.beside.length - shownMax} more problems of the versions beside this one are not shown.`,
		});
	}
	const unseen = plan.besideUnseen.flatMap(({neighbour}) => neighbour ?? []).slice(0, shownMax);
	for (const {moment, name, missing = '', groups} of unseen) {
		const what = moment === 'next' ? 'The next train branch' : `What ${groupList(groups)} goes back to,`;
		const because = `${what} ${plainText(name, 80)} could not be looked at: ${plainText(missing, 150)}.`;
		findings.push({
			outcome: limit === 'hold' ? 'unknown' : 'warn',
			because,
			remedy: 'Fetch it where the checkouts are, then ask again.',
			data: {kind: 'unseen', moment, neighbour: name},
		});
	}
	return findings;
}
