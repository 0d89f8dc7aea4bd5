/** What may be asked of the outbox, and what is answered. */
import {z} from 'zod';
import {noticeKinds} from '../../reports/notice.ts';
import {name} from './check.ts';

const time = z.string().describe('ISO 8601, UTC, with milliseconds.');
const states = ['waiting', 'sent', 'failed', 'given_up'] as const;

export const noticeQuerySchema = z.strictObject({
	state: z.enum(states).optional().describe('Only those that stand so.'),
	target: name.optional().describe('Only those for this target.'),
	after: z
		.string()
		.regex(/^\d{1,15}$/, 'must be the `next` of the answer before')
		.optional()
		.describe('The `next` of the answer before.'),
	limit: z.coerce.number().int().min(1).max(200).optional().describe('How many at most: 1 to 200.'),
});

/** Why it is tried again or given up needs no words; the key makes it once. */
export const noticeChangeSchema = z.strictObject({idempotencyKey: name.min(8).max(200)});

export const noticeSchema = z.object({
	id: z.string().describe('What a delivery carries, at every attempt the same, unless several went out as one: then `message`.'),
	message: z.string().nullable().describe('The id by which it is sent, with those folded into the same message.'),
	target: z.string(),
	about: z.enum(noticeKinds as unknown as [string, ...string[]]),
	text: z.string().nullable().describe('Null: what it told of was redacted.'),
	service: z.string().nullable(),
	incident: z.string().nullable(),
	deploy: z.string().nullable(),
	state: z.enum(states),
	attempts: z.number().int(),
	madeAt: time,
	dueAt: time,
	triedAt: time.nullable(),
	endedAt: time.nullable(),
	reason: z.string().nullable().describe('Why it has not arrived, or who refused it.'),
	delivered: z.array(z.string()).describe('Recipients of a mail who have it.'),
});
export const noticeListSchema = z.object({notices: z.array(noticeSchema), next: z.string().nullable()});

export const outboxSchema = z.object({
	targets: z.array(
		z.object({
			target: z.string(),
			configured: z.boolean(),
			kind: z.enum(['webhook', 'smtp']).nullable(),
			waiting: z.number().int(),
			failed: z.number().int(),
			oldestWaitingAt: time.nullable(),
			reason: z.string().nullable(),
		}),
	),
});
