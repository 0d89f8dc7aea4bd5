/** What the service says of its database. */
import {z} from 'zod';
import type {DatabaseSize} from '../stores/size.ts';

export const databaseSchema = z.object({
	engine: z.enum(['sqlite', 'postgres']),
	name: z.string().describe('The file, or the address without its password.'),
	bytes: z.number().int().describe('On disk, with indexes.'),
	events: z.number().int(),
	eventsPerDay: z.number().int().describe('On average, over the last seven days.'),
	readingsPerDay: z.number().int().describe('In the last 24 hours, of all signals.'),
}) satisfies z.ZodType<DatabaseSize>;
