/** What may be asked of trackers of tasks, and what is answered. */
import {z} from 'zod';
import {name} from './check.ts';

export const trackSchema = z.strictObject({idempotencyKey: name.min(8).max(200)});

/** As a page's form sends it. */
export const trackFormSchema = z.object({op_id: name.min(8).max(200)});

export const trackedSchema = z.object({
	item: z.string(),
	incident: z.string(),
	state: z
		.enum(['wanted', 'linked', 'lost', 'failed'])
		.describe('wanted: it is made in a few seconds; failed and lost may be asked for again.'),
	repository: z.string(),
	url: z.string().nullable().describe('Null until the issue is made.'),
	reason: z.string().nullable(),
});
