import {z} from 'zod';
import {AppError} from '../app-error.ts';
import {explain} from './explain.ts';

const problemsShown = 20;

/** Parses input at the door. What does not fit becomes one AppError that names each field, and the nearest right one where it is unknown. */
export function parse<T>(schema: z.ZodType<T>, input: unknown, what: string): T {
	const result = schema.safeParse(input);
	if (result.success) return result.data;
	const problems = explain(result.error, input, z.toJSONSchema(schema, {io: 'input', unrepresentable: 'any'}));
	throw new AppError(
		'invalid',
		`${what} cannot be read: ${problems[0] ?? 'it does not fit'}${problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''}`,
		problems.slice(0, problemsShown),
	);
}
