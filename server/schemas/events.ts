/** What clients send as events, overrides, closures and rollbacks. */
import {z} from 'zod';
import {type EventKind, eventKinds, type NewEvent} from '../../reports/events.ts';
import {actor, instant, name} from './check.ts';
import {key} from './idempotency.ts';

const text = z.string().min(1).max(16_384);
const reason = z.string().min(1, 'a reason is needed: it is kept for the post-mortem').max(2000);
/** Of a deploy or an incident, as the store made it. */
const id = name.max(64);
/** What a column of whole numbers holds. */
const attemptMax = 2_147_483_647;
const dataBytesMax = 65_536;
const dataLevelsMax = 32;

/** Whether lists and objects stand in each other at most so deep. What is checked is JSON, so nothing holds itself. */
function isShallow(value: unknown, levels: number): boolean {
	if (typeof value !== 'object' || value === null) return true;
	return levels > 0 && Object.values(value).every(member => isShallow(member, levels - 1));
}

const data = z
	.record(z.string().max(255), z.unknown())
	.refine(value => isShallow(value, dataLevelsMax), {error: `must be at most ${dataLevelsMax} levels deep`, abort: true})
	.refine(value => Buffer.byteLength(JSON.stringify(value)) <= dataBytesMax, `must be at most ${dataBytesMax} bytes as JSON`);

/** What the service alone says, since it stands for what it changed or found: nobody may write it where it was not so. */
const ownKinds: readonly EventKind[] = ['access_changed', 'prerequisite', 'landed_broken', 'landed_mended', 'version_moved'];
const sayableKinds = eventKinds.filter(kind => !ownKinds.includes(kind));

const event = z.strictObject({
	kind: z.enum(sayableKinds as [EventKind, ...EventKind[]]),
	source: z.enum(['gate', 'deployer', 'signal', 'sal_import', 'announcement', 'chat', 'alert', 'human', 'meeting', 'rule']),
	actor,
	happenedAt: instant,
	precision: z.enum(['ms', 's', 'min', 'hour', 'day']).default('ms'),
	text,
	data: data.default({}),
	service: name.nullable().default(null),
	deploy: id.nullable().default(null),
	attempt: z.number().int().min(1).max(attemptMax).nullable().default(null),
	incident: id.nullable().default(null),
	idempotencyKey: key,
}) satisfies z.ZodType<NewEvent>;

export const eventsSchema = z.strictObject({events: z.array(event).min(1).max(1000)});
export const overrideSchema = z.strictObject({
	service: name,
	rule: name.nullable().default(null),
	forMs: z.number().int(),
	reason,
	actor,
	idempotencyKey: key,
});
export const closureSchema = z.strictObject({actor, text, idempotencyKey: key});
export const rollbackSchema = z.strictObject({service: name, deploy: name.nullable().default(null), reason, actor, idempotencyKey: key});
export const rollbackResultSchema = z.strictObject({
	actor,
	phase: z.enum(['started', 'ended']),
	verified: z.boolean().nullable(),
	detail: text,
	idempotencyKey: key,
});
export const incidentStatusSchema = z.strictObject({
	status: z.enum(['suspected', 'open', 'mitigated', 'resolved', 'closed', 'not_an_incident']),
	reason,
	actor,
	idempotencyKey: key,
});
export const redactionSchema = z.strictObject({reason, actor, idempotencyKey: z.exactOptional(key)});
