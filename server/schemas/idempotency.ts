/** The idempotency key of a write: a field of its body, or the header `Idempotency-Key` in its place. */
import {z} from 'zod';
import {AppError} from '../app-error.ts';
import {name} from './check.ts';

/** Made by the sender: the same key twice is done once. */
export const key = name.min(8).max(200);

type Body = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Body => typeof value === 'object' && value !== null && !Array.isArray(value);

const hasField = (schema: z.ZodType | undefined, field: string): schema is z.ZodObject =>
	schema instanceof z.ZodObject && field in schema.shape;

/** Whether this body carries a key of its own, or one in each of its events. */
export const takesKey = (schema: z.ZodType | undefined): boolean => hasField(schema, 'idempotencyKey') || hasField(schema, 'events');

/** `"8e03"` as structured fields write it, or 8e03 as most write it. */
const bare = (header: string): string => /^"(.*)"$/.exec(header.trim())?.[1] ?? header.trim();

function withField(body: Body, given: string): Body {
	const own = body['idempotencyKey'];
	if (own !== undefined && own !== given)
		throw new AppError('invalid', 'The header Idempotency-Key and the field idempotencyKey name two keys: send one of them.');
	return {...body, idempotencyKey: given};
}

/** The body with the header's key in its place. Several events in one request get one each, numbered in their order. */
export function withKey(body: unknown, header: string | undefined, schema: z.ZodType | undefined): unknown {
	if (header === undefined || !isObject(body)) return body;
	const given = bare(header);
	if (hasField(schema, 'idempotencyKey')) return withField(body, given);
	const events = body['events'];
	if (!hasField(schema, 'events') || !Array.isArray(events)) return body;
	const [only, ...more] = events as unknown[];
	if (more.length === 0) return {...body, events: isObject(only) ? [withField(only, given)] : events};
	const keyed = events.map((event: unknown, index) =>
		isObject(event) && event['idempotencyKey'] === undefined ? {...event, idempotencyKey: `${given} ${index + 1}`} : event,
	);
	return {...body, events: keyed};
}
