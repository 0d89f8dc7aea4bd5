/** What people send from the forms of a deploy and an incident. Every refusal is a sentence for the field that it is about. */
import {z} from 'zod';
import {statuses} from './lists.ts';

const reasonMax = 2000;
const textMax = 16_384;

const reason = z
	.string({error: 'Say why: the reason is kept for the post-mortem.'})
	.trim()
	.min(1, 'Say why: the reason is kept for the post-mortem.')
	.max(reasonMax, `At most ${reasonMax} characters.`);
/** Made with the page, so that the same form posted twice is stored once. */
const key = z.string({error: 'Load the page again: its key is missing.'}).regex(/^[\w-]{8,64}$/, 'Load the page again: its key is none.');

export const allowFormSchema = z.object({rule: z.string().max(255, 'There is no such rule.').default(''), reason, key});
export const closeFormSchema = z.object({text: reason, key});
export const statusFormSchema = z.object({
	status: z.enum(statuses, {error: `Choose one of: ${statuses.join(', ').replaceAll('_', ' ')}.`}),
	reason,
	key,
});

/** What a person mostly has to add; the gate writes the other kinds itself. */
export const recordedKinds = [
	...(['note', 'detection', 'diagnosis', 'hypothesis', 'decision', 'mitigation', 'escalation', 'communication'] as const),
	...(['impact_start', 'impact_end', 'fix', 'follow_up'] as const),
] as const;

export const recordFormSchema = z.object({
	text: z.string({error: 'Say what happened.'}).trim().min(1, 'Say what happened.').max(textMax, `At most ${textMax} characters.`),
	at: z.string().trim().max(40, 'This is no time.').default(''),
	kind: z.enum(recordedKinds, {error: `Choose one of: ${recordedKinds.join(', ').replaceAll('_', ' ')}.`}).default('note'),
	key,
});

/** Field name to what is wrong with it. */
export type FormProblems = Readonly<Record<string, string>>;

/** The form as it is meant, or what is wrong with each field. */
export function readForm<T>(
	schema: z.ZodType<T>,
	body: unknown,
): {readonly value: T; readonly problems: null} | {readonly value: null; readonly problems: FormProblems} {
	const result = schema.safeParse(body ?? {});
	if (result.success) return {value: result.data, problems: null};
	const problems = new Map<string, string>();
	for (const {path, message} of result.error.issues) {
		const field = String(path[0] ?? 'form');
		if (!problems.has(field)) problems.set(field, message);
	}
	return {value: null, problems: Object.fromEntries(problems)};
}
