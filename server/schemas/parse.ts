import type {z} from 'zod';
import {AppError} from '../app-error.ts';

const problemsShown = 20;
const place = (path: readonly PropertyKey[]): string =>
	path.reduce<string>(
		(text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`),
		'',
	);

/** Parses input at the door. What does not fit becomes one AppError that names each field. */
export function parse<T>(schema: z.ZodType<T>, input: unknown, what: string): T {
	const result = schema.safeParse(input);
	if (result.success) return result.data;
	const problems = result.error.issues.map(({path, message}) => (path.length === 0 ? message : `${place(path)}: ${message}`));
	throw new AppError(
		'invalid',
		`${what} cannot be read: ${problems[0] ?? 'it does not fit'}${problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''}`,
		problems.slice(0, problemsShown),
	);
}
