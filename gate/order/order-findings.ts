/** Findings about order: each problem with its evidence and the step that mends it, each ring, and what was left out of the order. */
import type {Facts} from '../facts.ts';
import type {RawFinding} from '../rule.ts';
import type {Outcome} from '../verdict.ts';
import {evidenceOf} from './evidence.ts';
import type {Edge} from './order-edges.ts';
import {plainText} from './plain-text.ts';
import type {Plan, Problem} from './plan.ts';
import {becauseOf, lastPart, nameOf, orderText, pickOf, remedyOf} from './wording.ts';

const shownMax = 50;
const dataMax = 1000;

const edgeData = ({kind, first, second, because}: Edge) => ({kind, first: first.change.id, second: second.change.id, because});

/** The whole plan as data; it stands once in a verdict. */
export function planData(plan: Plan) {
	return {
		edges: plan.edges.map(edgeData),
		order: plan.order.slice(0, dataMax).map(({change}) => change.id),
		missing: plan.missing.map(({node, groups, neededBy}) => ({
			id: node.change.id,
			repository: node.change.repository,
			groups,
			neededBy: neededBy.change.id,
			pick: pickOf({node, groups}, plan.registry),
		})),
	};
}

function ringFinding(ring: Plan['rings'][number], plan: Plan): RawFinding {
	const named = [...ring, ...ring.slice(0, 1)].map(({change}) => nameOf(change));
	const shown = named.length <= 7 ? named : [...named.slice(0, 5), `${named.length - 6} more`, ...named.slice(-1)];
	const inRing = new Set(ring);
	return {
		outcome: 'hold',
		because: `${ring.length} changes wait for each other: ${shown.join(' -> ')}.`,
		evidence: plan.edges
			.filter(({first, second}) => inRing.has(first) && inRing.has(second))
			.slice(0, 20)
			.map(({first, second, because, kind}) => ({
				label: `${nameOf(first.change)} before ${nameOf(second.change)}`,
				text: `${kind}: ${because}`,
			})),
		remedy: 'Deploy them in one atomic sync, or take one of the links out.',
		data: {kind: 'ring', ring: ring.slice(0, dataMax).map(({change}) => change.id)},
	};
}

function problemFinding(problem: Problem, plan: Plan, facts: Facts, outcome: Outcome): RawFinding {
	const {kind, groups, first, second, edge, rule, dependents} = problem;
	return {
		outcome,
		because: becauseOf(problem, plan),
		evidence: evidenceOf(problem, plan, facts),
		remedy: remedyOf(problem, plan, facts),
		data: {
			kind,
			edge,
			groups,
			second: second.change.id,
			first: first === null ? null : 'index' in first ? first.change.id : (first.sha ?? first.changeId),
			...(rule === undefined ? {} : {rule: rule.name}),
			...(rule?.detected === undefined ? {} : {detected: rule.detected.by}),
			...(dependents === undefined ? {} : {standing: dependents.map(({group, families}) => ({group, many: families.length}))}),
		},
	};
}

const outcomeRank: Readonly<Record<string, number>> = {rollback: 0, hold: 1, unknown: 2, warn: 3, pass: 4};

function droppedFindings({dropped}: Plan): RawFinding[] {
	return dropped.slice(0, 20).map(({name, owner, trigger, detected}) => ({
		outcome: 'warn',
		because: `Undeclared link, ${plainText(name, 80)}: it runs against the other links, so the order leaves it out.`,
		evidence: [
			{
				label: 'link',
				text: `${lastPart(owner.repository)} ${plainText(owner.path, 120)} out before ${lastPart(trigger.repository)} ${plainText(trigger.path, 120)} comes in`,
			},
			...(detected?.evidence ?? []).slice(0, 6).map(({label, text}) => ({label: plainText(label, 120), text: plainText(text, 250)})),
		],
		remedy: 'Deploy both in one atomic sync, or take back the declared link that is wrong.',
		data: {kind: 'dropped', name},
	}));
}

/** The problems of order; `outcomeOf` says what each counts for. Worst first; at most 50 one by one. */
export function orderFindings(plan: Plan, facts: Facts, outcomeOf: (problem: Problem) => Outcome): RawFinding[] {
	const ringed = new Set(plan.rings.flat());
	const problems = [...plan.problems, ...plan.further]
		// Two members of a ring are always in the wrong order one way round: the ring itself says it better.
		.filter(({kind, first, second}) => !(kind === 'order' && ringed.has(second) && first !== null && 'index' in first && ringed.has(first)))
		.map(problem => ({problem, outcome: outcomeOf(problem)}))
		.sort((a, b) => (outcomeRank[a.outcome] ?? 9) - (outcomeRank[b.outcome] ?? 9));
	const findings = plan.rings.map(ring => ringFinding(ring, plan));
	for (const {problem, outcome} of problems.slice(0, shownMax)) findings.push(problemFinding(problem, plan, facts, outcome));
	const [worstLeft] = problems.slice(shownMax);
	if (worstLeft !== undefined) {
		findings.push({
			outcome: worstLeft.outcome,
			because: `${problems.length - shownMax} more problems of order are not shown one by one.`,
			remedy: `Order: ${orderText(plan.complete)}`,
		});
	}
	return [...findings, ...droppedFindings(plan)];
}
