import type {Facts} from '../facts.ts';
import {explainEdges, explainNodes} from '../order/explain-nodes.ts';
import type {OrderExplained} from '../order/explained.ts';
import {findingsBesideOrder} from '../order/loose-findings.ts';
import {type NamePattern, patternProblems, patternsOf} from '../order/moves/patterns.ts';
import type {Edge} from '../order/order-edges.ts';
import {type Plan, planOrder} from '../order/plan.ts';
import {becauseOf, evidenceOf, idOf, nameOf, orderText, pickOf, remedyOf} from '../order/wording.ts';
import {type LimitSpecs, type Limits, type RawFinding, rule} from '../rule.ts';

const limits = {
	exclusive: {
		type: 'records',
		default: [],
		fields: {
			name: 'required',
			old_repository: 'required',
			old_path: 'required',
			new_repository: 'required',
			new_path: 'required',
			when: 'optional',
			removed_by: 'optional',
		},
		why:
			'Two owners of one thing break when both are in: new_path may not come into new_repository while old_path is in old_repository. Paths are exact ' +
			'or have * and **. `when: touches` counts a modified new_path as well as an added one; `removed_by: touches` counts a modified old_path as removed.',
	},
	drain: {
		type: 'records',
		default: [],
		fields: {name: 'required', repository: 'required', path: 'required', reader_repository: 'required', reader_path: 'required'},
		why: 'path may not be deleted from repository while its reader, reader_path in reader_repository, is still there.',
	},
	patterns: {
		type: 'records',
		default: [],
		fields: {name: 'required', kind: 'required', path: 'required', registers: 'optional', reads: 'optional', prefix: 'optional'},
		problemsOf: patternProblems,
		why:
			'How your framework registers and reads names, beside the patterns that are shipped, so that a name that moves between repositories is ' +
			'seen though nobody declared it: path is globs, registers and reads are line patterns with one group or json:Way.*; see docs/moves.md.',
	},
	unresolved: {
		type: 'choice',
		default: 'unknown',
		of: ['unknown', 'warn', 'hold'],
		why: 'What a Depends-On counts for when no checkout, no group and no batch knows the change it names.',
	},
} as const;

/** What the order follows from; patterns are for whoever reads the changes. */
type OrderLimits = Omit<Limits<typeof limits>, 'patterns'>;

const shownMax = 50;
const dataMax = 1000;

const edgeData = ({kind, first, second, because}: Edge) => ({kind, first: first.change.id, second: second.change.id, because});

function planData(plan: Plan) {
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

const count = (many: number, one: string, more: string): string => `${many} ${many === 1 ? one : more}`;

function passFinding(plan: Plan, settled: OrderLimits): RawFinding {
	const declared = plan.graph.needs.filter(({declaredBy}) => declaredBy.where === 'batch').length;
	const drains = settled.drain.length === 0 ? '' : `, ${count(settled.drain.length, 'drain rule', 'drain rules')}`;
	const looked =
		`${count(plan.registry.batchSize, 'change', 'changes')}, ${count(declared, 'declared dependency', 'declared dependencies')}, ` +
		`${count(settled.exclusive.length, 'exclusive rule', 'exclusive rules')}${drains}`;
	const found = plan.edges.length + declared === 0 ? '0 dependencies found' : 'the order works';
	const irrelevant = plan.loose.filter(({kind}) => kind === 'irrelevant').slice(0, 20);
	return {
		outcome: 'pass',
		because: `${looked}: ${found}`,
		evidence: irrelevant.map(({node, entry}) => ({
			label: `${nameOf(node.change)}, line ${entry.line}`,
			text: `${entry.text} (set aside: ${entry.note ?? 'what it names is not here, and nothing here waits for it'})`,
		})),
		data: planData(plan),
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
			.map(({first, second, because}) => ({label: `${nameOf(first.change)} before ${nameOf(second.change)}`, text: because})),
		remedy: 'Deploy them in one atomic sync, or take one of the links out.',
		data: {kind: 'ring', ring: ring.slice(0, dataMax).map(({change}) => change.id)},
	};
}

function problemFindings(plan: Plan, facts: Facts): RawFinding[] {
	const ringed = new Set(plan.rings.flat());
	const problems = plan.problems.filter(
		// Two members of a ring are always in the wrong order one way round: the ring itself says it better.
		({kind, first, second}) => !(kind === 'order' && ringed.has(second) && first !== null && 'index' in first && ringed.has(first)),
	);
	const findings = plan.rings.map(ring => ringFinding(ring, plan));
	for (const problem of problems.slice(0, shownMax)) {
		const {kind, groups, first, second, edge} = problem;
		findings.push({
			outcome: kind === 'unseen' ? 'unknown' : 'hold',
			because: becauseOf(problem, plan),
			evidence: evidenceOf(problem, plan, facts),
			remedy: remedyOf(problem, plan, facts),
			data: {
				kind,
				edge,
				groups,
				second: second.change.id,
				first: first === null ? null : 'index' in first ? first.change.id : (first.sha ?? first.changeId),
			},
		});
	}
	if (problems.length > shownMax) {
		const rest = problems.slice(shownMax);
		const outcome = rest.every(({kind}) => kind === 'unseen') ? 'unknown' : 'hold';
		findings.push({
			outcome,
			because: `${rest.length} more problems of order are not shown one by one.`,
			remedy: `Order: ${orderText(plan.complete)}`,
		});
	}
	// The whole plan stands once, with the first finding, so that a verdict stays small.
	return findings.map((finding, index) => (index === 0 ? {...finding, data: {...finding.data, ...planData(plan)}} : finding));
}

const unresolvedOf = (settled: OrderLimits): 'unknown' | 'warn' | 'hold' =>
	settled.unresolved === 'warn' || settled.unresolved === 'hold' ? settled.unresolved : 'unknown';

function findingsOf(plan: Plan, facts: Facts, settled: OrderLimits): RawFinding[] {
	const beside = findingsBesideOrder(plan, unresolvedOf(settled), Math.max(settled.exclusive.length, settled.drain.length));
	const found = [...problemFindings(plan, facts), ...beside];
	const works = found.every(({outcome}) => outcome === 'warn');
	return works ? [passFinding(plan, settled), ...found] : found;
}

/**
 * Holds a batch that would be live, on any group and after any step, without what it needs or beside what it must not meet.
 * It is no precondition: a wrong order that was forced through the test servers must still stop before production.
 */
export const patchOrder = rule({
	name: 'patch-order',
	why: 'Changes that are right one by one break production in the wrong order: merged is not live.',
	stages: 'every',
	precondition: false,
	limits,
	check: (facts, settled) => {
		const plan = planOrder(facts, settled);
		return findingsOf(plan, facts, settled);
	},
});

type Records = readonly Readonly<Record<string, string>>[];
const recordsOf = (value: unknown): Records => (Array.isArray(value) ? (value as Records) : []);

/** The limits of this rule out of a policy's settled ones, or its defaults where the policy has none. */
export const orderLimitsOf = (settled: Limits<LimitSpecs>): OrderLimits => ({
	exclusive: recordsOf(settled['exclusive']),
	drain: recordsOf(settled['drain']),
	unresolved: typeof settled['unresolved'] === 'string' ? settled['unresolved'] : limits.unresolved.default,
});

/** The team's own patterns of names out of a policy's settled limits. */
export const ownPatternsOf = (settled: Limits<LimitSpecs>): NamePattern[] => patternsOf(recordsOf(settled['patterns']));

/** Explains the order of a batch: the same judgement as the rule, with the plan beside it. Pure; never throws. */
export function explainOrder(facts: Facts, settled: OrderLimits): OrderExplained {
	const plan = planOrder(facts, settled);
	return {
		order: plan.order.map(({change}) => change.id),
		complete: plan.complete.map(({change}) => change.id),
		works: plan.works,
		problems: findingsOf(plan, facts, settled).filter(({outcome}) => outcome !== 'pass'),
		rings: plan.rings.map(ring => ring.map(idOf)),
		nodes: explainNodes(plan),
		edges: explainEdges(plan),
		missing: plan.missing.map(({node, groups}) => ({id: node.change.id, groups, pick: pickOf({node, groups}, plan.registry)})),
	};
}
