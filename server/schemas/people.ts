/** What the forms of the page People send. */
import {z} from 'zod';
import {roles} from '../caller.ts';

const role = z.enum(roles);
const text = z.string().max(500);

export const inviteFormSchema = z.object({name: text, role});
export const roleFormSchema = z.object({role});
export const stateFormSchema = z.object({state: z.enum(['in', 'out'])});
export const tokenFormSchema = z.object({
	name: text,
	role,
	// One box that is ticked comes as a text, several as a list.
	services: z.union([text.transform(one => [one]), z.array(text).max(500)]).default([]),
	days: z
		.string()
		.regex(/^\d{0,4}$/, 'must be a number of days, or empty')
		.default(''),
});
