/** What the gate answers, and the parts of all answers that have a name of their own in the document. */

import {z} from 'zod';
import type {OrderExplained} from '../../gate/order/explained.ts';
import type {CheckResult} from '../actions/check-deploy.ts';
import {actor, attempt, chainReport, event, incident, problem, proof, readings, rollbackAttempt} from './answers.ts';
import {draft} from './draft.ts';
import {bucket, change, target} from './facts.ts';
import {answering, instant} from './parts.ts';
import {rollbackPlan} from './rollback-plan.ts';
import {finding, verdict} from './verdicts.ts';

const text = z.string();
const whole = z.int();

const rawFinding = finding.pick({outcome: true, because: true, undecided: true, data: true}).extend({
	evidence: z.exactOptional(z.array(z.strictObject({label: text, text}))),
	remedy: z.exactOptional(text.nullable()),
});
const orderExplained = answering<OrderExplained>()(
	z.strictObject({
		order: z.array(text).describe('The given changes in an order that works, by id.'),
		complete: z.array(text).describe('The same with what is missing.'),
		works: z.boolean(),
		problems: z.array(rawFinding),
		rings: z.array(z.array(text)),
		nodes: z
			.array(
				z.strictObject({
					...{id: text, repository: text, branch: text.nullable(), sha: text.nullable()},
					...{changeId: text.nullable(), subject: text.nullable(), where: z.enum(['batch', 'missing', 'known'])},
					reviewStatus: z
						.exactOptional(z.enum(['draft', 'open', 'merged', 'abandoned']))
						.describe('How far its review came, where that is known.'),
					standings: z.array(
						z.strictObject({
							group: text,
							state: z.enum(['live', 'reverted', 'absent', 'unknown']),
							since: instant.nullable(),
							by: text.nullable().describe('The revert that took it out.'),
						}),
					),
				}),
			)
			.describe('Every change that is spoken of, and how it stands on each group.'),
		edges: z
			.array(
				z.strictObject({
					...{kind: z.enum(['needs', 'exclusive', 'drain']), first: text, second: text, because: text},
					from: z.enum(['footer', 'policy', 'detected', 'revert']),
					state: z.enum(['kept', 'broken', 'ring']).describe('Whether the order as given keeps it.'),
				}),
			)
			.describe('What has to come before what, by change id, and why.'),
		missing: z.array(z.strictObject({id: text, groups: z.array(text), pick: text})),
		footers: z
			.array(
				z.strictObject({
					...{change: text, line: whole, text, value: text.nullable()},
					status: z.enum(['resolved', 'elsewhere', 'ambiguous', 'unresolved', 'malformed', 'irrelevant']),
					note: text.nullable(),
					correction: text.nullable().describe('The line as it should be written.'),
				}),
			)
			.describe('How every value of every footer ended; none is dropped.'),
	}),
);
export const orderAnswer = z.strictObject({
	explained: orderExplained,
	verdict: verdict.describe('What patch-order alone says of the order as given.'),
	subjects: z.record(text, text).describe('Change id to repository, short commit and subject.'),
});

export const checkResult = answering<CheckResult>()(
	z.strictObject({
		verdict: z.enum(['go', 'blind', 'hold', 'rollback']),
		service: text,
		deploy: text,
		attempt: whole,
		stage: text,
		at: instant,
		findings: z.array(finding).describe('Worst first.'),
		incident: text.nullable(),
		url: text.nullable(),
		exit: whole.describe('0 go, 1 hold, 3 roll back, 4 blind.'),
	}),
);
export const checkLine = z
	.union([
		z.strictObject({progress: z.strictObject({text, remainingMs: z.number()})}),
		z.strictObject({result: checkResult}),
		z.strictObject({problem}),
	])
	.describe('One line of the answer. Any number of progress lines, then one result, or one problem.');

export const openapiAnswer = z
	.looseObject({openapi: z.literal('3.1.0'), paths: z.record(text, z.unknown())})
	.describe('An OpenAPI document.');

/** Parts that have a name of their own in the document. */
export const answerParts: Readonly<Record<string, z.ZodType>> = {
	...{Problem: problem, Actor: actor, Event: event, Target: target, Change: change, Bucket: bucket, Finding: finding, Verdict: verdict},
	...{DeployAttempt: attempt, Readings: readings, Incident: incident, RollbackAttempt: rollbackAttempt, RollbackPlan: rollbackPlan},
	...{CheckResult: checkResult, CheckLine: checkLine, Draft: draft, Proof: proof, ChainReport: chainReport},
};
