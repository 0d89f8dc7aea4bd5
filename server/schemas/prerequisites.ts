/** What is sent and answered about things outside git. */
import {z} from 'zod';
import {actor, instant, name} from './check.ts';
import {key} from './idempotency.ts';

const reasonMax = 2000;
const textMax = 64;

export const tickSchema = z.strictObject({
	name: name.max(textMax),
	group: name.nullable().default(null).describe('Of one group alone; null: of all its groups.'),
	met: z.boolean(),
	reason: z.string().trim().min(1, 'a reason is needed: it is kept for the post-mortem').max(reasonMax),
	actor,
	idempotencyKey: key,
});

export const tickedAnswer = z.strictObject({
	service: z.string(),
	name: z.string(),
	group: z.string().nullable(),
	met: z.boolean(),
	at: instant,
});

const state = z.strictObject({
	name: z.string(),
	text: z.string(),
	group: z.string().nullable().describe('Null: it is the same for all groups.'),
	met: z.boolean().nullable().describe('Null: nobody knows; `missing` says why.'),
	missing: z.string().nullable(),
	probed: z.boolean().describe('True where a probe says it, and nobody ticks it.'),
	by: z.string().nullable(),
	reason: z.string().nullable(),
	at: instant.nullable(),
});
export const prerequisitesAnswer = z.strictObject({service: z.string(), prerequisites: z.array(state)});

/** The form of the page. Every refusal is a sentence for the field that it is about. */
export const tickFormSchema = z.object({
	name: z.string({error: 'Load the page again: it does not say which prerequisite is meant.'}).max(255),
	group: z.string().max(255).default(''),
	state: z.enum(['met', 'unmet'], {error: 'Say whether it is met.'}),
	reason: z
		.string({error: 'Say why: the reason is kept for the post-mortem.'})
		.trim()
		.min(1, 'Say why: the reason is kept for the post-mortem.')
		.max(reasonMax, `At most ${reasonMax} characters.`),
	key: z.string({error: 'Load the page again: its key is missing.'}).regex(/^[\w-]{8,64}$/, 'Load the page again: its key is none.'),
});
