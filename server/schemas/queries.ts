/** What addresses may be asked beside their path. */
import {z} from 'zod';
import {name} from './check.ts';

export const chainQuerySchema = z.strictObject({
	head: z.string().max(200).optional().describe('A hash printed earlier; it must occur in the chain.'),
});
export const planQuerySchema = z.strictObject({
	deploy: name.optional().describe('The deploy to take back; the newest one that is out unless said.'),
	reason: z.string().min(1).max(2000).optional().describe('Put into the commands that ask for one.'),
});
export const overridesQuerySchema = z.strictObject({service: name.optional().describe('Only of this service.')});
export const attemptQuerySchema = z.strictObject({
	attempt: z.coerce.number().int().min(1).optional().describe('Which attempt of the deploy; the newest unless said.'),
});
export const reportQuerySchema = z.strictObject({
	format: z.enum(['md', 'wikitext', 'html', 'json']).optional().describe('How it is written; md unless said.'),
});
