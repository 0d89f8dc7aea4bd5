import type {Facts} from '../facts.ts';
import {besideFindings} from '../order/beside-findings.ts';
import {explainEdges, explainNodes} from '../order/explain-nodes.ts';
import type {OrderExplained} from '../order/explained.ts';
import {footerCounts, footerStatuses} from '../order/footer-status.ts';
import {findingsBesideOrder} from '../order/loose-findings.ts';
import type {Detected} from '../order/moves/detect.ts';
import {type NamePattern, patternProblems, patternsOf} from '../order/moves/patterns.ts';
import {orderFindings, planData} from '../order/order-findings.ts';
import {type Plan, type Problem, planOrder} from '../order/plan.ts';
import {policyFindings, scopeFindings} from '../order/policy-findings.ts';
import {prerequisiteFindings} from '../order/prerequisites.ts';
import {idOf, nameOf, pickOf} from '../order/wording.ts';
import {type LimitSpecs, type Limits, type RawFinding, rule} from '../rule.ts';

const filters = {branch: 'optional', label: 'optional'} as const;
const severities = ['warn', 'hold', 'off'] as const;

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
			...filters,
		},
		why:
			'Two owners of one thing break when both are in: new_path may not come into new_repository while old_path is in old_repository. Paths are exact ' +
			'or have * and **. `when: touches` counts a modified new_path as well as an added one; `removed_by: touches` counts a modified old_path as removed. ' +
			'`branch` and `label`, globs, leave it to the changes that have them.',
	},
	drain: {
		type: 'records',
		default: [],
		fields: {
			name: 'required',
			repository: 'required',
			path: 'required',
			reader_repository: 'required',
			reader_path: 'required',
			...filters,
		},
		why: 'path may not be deleted from repository while its reader, reader_path in reader_repository, is still there.',
	},
	needs: {
		type: 'records',
		default: [],
		fields: {
			name: 'required',
			repository: 'required',
			path: 'required',
			provider_repository: 'required',
			provider_path: 'required',
			...filters,
		},
		why: 'A change that adds or modifies path in repository needs provider_path to be there in provider_repository.',
	},
	prerequisites: {
		type: 'records',
		default: [],
		fields: {name: 'required', repository: 'required', path: 'optional', groups: 'optional', ...filters},
		why: 'A change in repository (of path, where it is said) needs the prerequisite of that name to be met on its groups, or on those of `groups` among them.',
	},
	scopes: {
		type: 'records',
		default: [],
		fields: {name: 'required', repository: 'required', path: 'required', groups: 'required'},
		why: 'A change all of whose paths match is judged on these groups alone.',
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
		why: 'What a Depends-On counts for when no checkout, no group and no batch knows the change it names, and a prerequisite that nobody configured.',
	},
	detected: {
		type: 'choice',
		default: 'warn',
		of: severities,
		why: 'What a link counts for that nobody declared and the facts give evidence of: the same file or the same registered name leaving one repository and entering another.',
	},
	neighbours: {
		type: 'choice',
		default: 'warn',
		of: severities,
		why: 'What it counts for when the next train branch, or the version that a group would go back to, lacks what a change needs.',
	},
} as const;

/** What the order follows from; patterns are for whoever reads the changes. */
type OrderLimits = Omit<Limits<typeof limits>, 'patterns'>;

const count = (many: number, one: string, more: string): string => `${many} ${many === 1 ? one : more}`;

function passFinding(plan: Plan, settled: OrderLimits): RawFinding {
	const declared = plan.graph.needs.filter(({declaredBy}) => declaredBy.where === 'batch').length;
	const further = [
		...(settled.drain.length === 0 ? [] : [count(settled.drain.length, 'drain rule', 'drain rules')]),
		...(settled.needs.length === 0 ? [] : [count(settled.needs.length, 'needs rule', 'needs rules')]),
	];
	const undeclared = plan.graph.rules.filter(({detected}) => detected !== undefined).length;
	if (undeclared > 0) further.push(count(undeclared, 'undeclared link', 'undeclared links'));
	const looked =
		`${count(plan.registry.batchSize, 'change', 'changes')}, ${count(declared, 'declared dependency', 'declared dependencies')}, ` +
		[count(settled.exclusive.length, 'exclusive rule', 'exclusive rules'), ...further].join(', ');
	// Where all passes, what is still broken is what nobody declared: it warns beside this.
	const works = plan.problems.length === 0 ? 'the order works' : 'what was declared is kept, see the warnings for the rest';
	const found = plan.edges.length + declared === 0 ? '0 dependencies found' : works;
	const irrelevant = plan.loose.filter(({kind}) => kind === 'irrelevant').slice(0, 20);
	const scoped = plan.registry.nodes.slice(0, plan.registry.batchSize).flatMap(node => {
		const groups = plan.scopes.of(node);
		return groups === null ? [] : [{label: nameOf(node.change), text: `judged on its own groups alone: ${groups.slice(0, 12).join(', ')}`}];
	});
	return {
		outcome: 'pass',
		because: `${looked}: ${found}`,
		evidence: [
			...irrelevant.map(({node, entry}) => ({
				label: `${nameOf(node.change)}, line ${entry.line}`,
				text: `${entry.text} (set aside: ${entry.note ?? 'what it names is not here, and nothing here waits for it'})`,
			})),
			...scoped.slice(0, 20),
		],
	};
}

const unresolvedOf = ({unresolved}: OrderLimits): 'unknown' | 'warn' | 'hold' =>
	unresolved === 'warn' || unresolved === 'hold' ? unresolved : 'unknown';
const neighboursOf = ({neighbours}: OrderLimits): 'warn' | 'hold' | 'off' =>
	neighbours === 'hold' || neighbours === 'off' ? neighbours : 'warn';

function findingsOf(plan: Plan, facts: Facts, settled: OrderLimits): RawFinding[] {
	const unresolved = unresolvedOf(settled);
	// A guess stops nothing unless the policy trusts it.
	const isBinding = ({rule: asked}: Problem): boolean => asked?.detected === undefined || settled.detected === 'hold';
	const found = [
		...orderFindings(plan, facts, problem => (isBinding(problem) ? (problem.kind === 'unseen' ? 'unknown' : 'hold') : 'warn')),
		...prerequisiteFindings(plan, facts, settled.prerequisites, unresolved),
		...besideFindings(plan, facts, neighboursOf(settled), isBinding),
		...findingsBesideOrder(plan, unresolved),
		...scopeFindings(plan, Object.keys(facts.wikis ?? {})),
		...policyFindings(plan, settled),
	];
	const works = found.every(({outcome}) => outcome === 'warn');
	const footers = footerCounts(footerStatuses(plan, facts));
	// The whole plan stands once, with the first finding, so that a verdict stays small.
	return (works ? [passFinding(plan, settled), ...found] : found).map((finding, index) =>
		index === 0 ? {...finding, data: {...finding.data, ...planData(plan), footers}} : finding,
	);
}

/** The findings of the rule. `links`: what nobody declared, where that is not to be looked for in the facts. */
export const judgeOrder = (facts: Facts, settled: OrderLimits, links?: readonly Detected[]): RawFinding[] =>
	findingsOf(planOrder(facts, settled, links), facts, settled);

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
	check: (facts, settled) => judgeOrder(facts, settled),
});

type Records = readonly Readonly<Record<string, string>>[];
const recordsOf = (value: unknown): Records => (Array.isArray(value) ? (value as Records) : []);

const wordOf = (value: unknown, usual: string): string => (typeof value === 'string' ? value : usual);

/** The limits of this rule out of a policy's settled ones, or its defaults where the policy has none. */
export const orderLimitsOf = (settled: Limits<LimitSpecs>): OrderLimits => ({
	exclusive: recordsOf(settled['exclusive']),
	drain: recordsOf(settled['drain']),
	needs: recordsOf(settled['needs']),
	prerequisites: recordsOf(settled['prerequisites']),
	scopes: recordsOf(settled['scopes']),
	unresolved: wordOf(settled['unresolved'], limits.unresolved.default),
	detected: wordOf(settled['detected'], limits.detected.default),
	neighbours: wordOf(settled['neighbours'], limits.neighbours.default),
});

/** The team's own patterns of names out of a policy's settled limits. */
export const ownPatternsOf = (settled: Limits<LimitSpecs>): NamePattern[] => patternsOf(recordsOf(settled['patterns']));

/** Explains the order of a batch: the same judgement as the rule, with the plan beside it. Pure; never throws. */
export function explainOrder(facts: Facts, settled: OrderLimits, links?: readonly Detected[]): OrderExplained {
	const plan = planOrder(facts, settled, links);
	return {
		order: plan.order.map(({change}) => change.id),
		complete: plan.complete.map(({change}) => change.id),
		works: plan.works,
		problems: findingsOf(plan, facts, settled).filter(({outcome}) => outcome !== 'pass'),
		rings: plan.rings.map(ring => ring.map(idOf)),
		nodes: explainNodes(plan),
		edges: explainEdges(plan),
		missing: plan.missing.map(({node, groups}) => ({id: node.change.id, groups, pick: pickOf({node, groups}, plan.registry)})),
		footers: footerStatuses(plan, facts),
	};
}
