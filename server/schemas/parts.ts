/** What descriptions of answers are made with. */
import {z} from 'zod';

/** ISO 8601, UTC, with milliseconds: as everything that is stored says it. */
export const instant = z
	.string()
	.regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
	.meta({format: 'date-time', description: 'ISO 8601, UTC, with milliseconds.'});

/** A type without `readonly`, as schemas say it. */
type Plain<T> = T extends readonly (infer Item)[]
	? Plain<Item>[]
	: T extends Readonly<Record<string, unknown>>
		? {-readonly [Key in keyof T]: Plain<T[Key]>}
		: T;

/** Holds a schema to the type that the code answers with: neither says anything that the other does not. */
export const answering =
	<Real>() =>
	<Schema extends z.ZodType<Real>>(schema: Schema & (Plain<Real> extends z.output<Schema> ? unknown : {readonly lacks: Real})): Schema =>
		schema;
