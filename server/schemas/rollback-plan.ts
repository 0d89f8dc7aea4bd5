/** The plan for taking a deploy back, as the HTTP API answers it. Additions only; programs read it. */
import {z} from 'zod';
import type {RollbackPlan} from '../actions/plan-take-back.ts';
import {answering} from './parts.ts';

const text = z.string();
const deployId = text.describe('Such as D-2026-0001.');
const incidentId = text.describe('Such as INC-2026-0001.');

const plannedChange = z.strictObject({
	...{id: text, repository: text, sha: text.nullable(), changeId: text.nullable(), subject: text.nullable()},
});

export const rollbackPlan = answering<RollbackPlan>()(
	z.strictObject({
		service: text,
		deploy: deployId,
		attempt: z.int(),
		incident: incidentId.nullable(),
		host: text.nullable().describe('Where to run it; null where the configuration names no deploy host.'),
		steps: z.array(z.strictObject({command: text, why: text})),
		targets: z
			.array(z.strictObject({path: text, repository: text, sha: text}))
			.describe('Checkouts, and the commit whose contents each must have afterwards.'),
		sideEffects: z.array(text),
		debt: z.array(text).describe('What is owed afterwards.'),
		warnings: z.array(text).describe('What to know before anything is run, the worst first.'),
		order: z.array(plannedChange).describe('What is taken back, the first to go first: dependents before what they stand on.'),
		standing: z
			.array(
				z.strictObject({
					groups: z.array(text),
					stays: plannedChange.nullable().describe('Null: only the rule is known, not the change.'),
					dependents: z
						.array(z.strictObject({group: text, changes: z.array(plannedChange)}))
						.describe('Per group, all that stands on it directly or through others, in the order in which to take it back.'),
					on: text.describe('Id of the change that is taken back.'),
					because: text,
				}),
			)
			.describe('What stays live and stands on what goes.'),
		oneWay: z
			.array(z.strictObject({change: text, reason: text, rule: text.nullable().describe('Null: its own footer says so.')}))
			.describe('What is not safe to take back.'),
		together: z
			.array(z.strictObject({change: text, rule: text, repository: text, path: text.nullable(), companions: z.array(text)}))
			.describe('What must go back together with something else; without companions this plan does not move the other side.'),
		moves: z
			.strictObject({groups: z.array(text), also: z.array(z.strictObject({what: z.array(text), because: text}))})
			.describe('Groups that go back, and what moves with them.'),
		debts: z
			.array(
				z.strictObject({
					kind: z.enum(['push', 'tell', 'task']),
					text,
					doneWhen: text,
					repository: text.nullable(),
					sha: text.nullable(),
					message: text.nullable().describe('The message of the revert, to paste.'),
					commands: z.array(text),
				}),
			)
			.describe('What is owed, as action items of the incident have it.'),
	}),
);
