/** What lists may be asked, by pages and by programs, and what programs are answered. */
import {z} from 'zod';
import {parseDuration} from '../../gate/duration.ts';
import type {Instant} from '../../gate/facts.ts';
import {eventKinds} from '../../reports/events.ts';
import {actor, instant, name, target} from './check.ts';

const searchMax = 200;
const dayMs = 86_400_000;
const dayShape = /^\d{4}-\d{2}-\d{2}$/;

const isDay = (text: string): boolean =>
	dayShape.test(text) && !Number.isNaN(Date.parse(text)) && new Date(Date.parse(text)).toISOString().startsWith(text);

/** A moment as people give it to a filter: a day, a time with its zone, or how long ago. */
const moment = z
	.string()
	.max(40)
	.refine(
		text => isDay(text) || instant.safeParse(text).success || parseDuration(text) !== null,
		'must be a day such as 2026-03-02, a time with its zone such as 2026-03-02T15:13Z, or how long ago, such as 24h or 7d',
	)
	.describe('A day (2026-03-02), a time with its zone (2026-03-02T15:13:07Z), or how long ago (24h, 7d).');

/** The instant that a filter's moment means. A day means its beginning, or, where it is the last one wanted, its end. */
export function momentOf(text: string, now: Instant, edge: 'first' | 'last'): Instant {
	const ago = parseDuration(text);
	if (ago !== null) return new Date(Math.max(0, Date.parse(now) - ago)).toISOString();
	if (isDay(text)) return new Date(Date.parse(text) + (edge === 'last' ? dayMs : 0)).toISOString();
	return instant.parse(text);
}

const search = z
	.string()
	.max(searchMax)
	.refine(text => !/[\p{Cc}\p{Cs}]/u.test(text), 'must be without control characters and halves of characters')
	.describe('Text to be found as it stands, in any case.');
const after = z.string().max(1000).describe('The `next` of the answer before.');
const limit = (most: number) => z.coerce.number().int().min(1).max(most).describe(`How many at most: 1 to ${most}.`);

export const outcomes = ['open', 'finished', 'stopped', 'rolled_back', 'superseded', 'unknown'] as const;
export const statuses = ['suspected', 'open', 'mitigated', 'resolved', 'closed', 'not_an_incident'] as const;

const period = {
	since: moment.optional().describe('Opened then or later.'),
	until: moment.optional().describe('Opened before then; a day is meant with all of its hours.'),
};
const service = name.optional().describe('Only of this service.');

export const deployFilterSchema = z.strictObject({
	service,
	outcome: z.enum(outcomes).optional().describe('How the attempt stands.'),
	...period,
	q: search.optional(),
	after: after.optional(),
});
export const deployQuerySchema = deployFilterSchema.extend({limit: limit(200).optional()});

export const incidentFilterSchema = z.strictObject({
	service,
	status: z.enum(statuses).optional().describe('How the incident stands.'),
	...period,
	q: search.optional(),
	after: after.optional(),
});
export const incidentQuerySchema = incidentFilterSchema.extend({limit: limit(200).optional()});

/** Which events are asked for: `from` is in, `to` is out. */
export const eventQuerySchema = z.strictObject({
	deploy: name.optional(),
	incident: name.optional(),
	service,
	from: instant.optional().describe('Happened then or later.'),
	to: instant.optional().describe('Happened before then.'),
	after: after.optional(),
	limit: limit(1000).optional(),
});

const changeName = z
	.string()
	.regex(/^(?:[0-9a-f]{7,64}|I[0-9a-f]{7,40})$/i, 'must be a commit of 7 digits or more, or a Change-Id such as I46d37845')
	.describe('A commit or patch-id of 7 digits or more, or a Change-Id of I and 7 digits or more.');
const pageNumber = z.coerce.number().int().min(1).max(100_000);

/** What is live, by what a person types for a change. */
export const landedQuerySchema = z.strictObject({change: changeName, service});
/** The same as a page asks it, or what is live on a service's groups. */
export const landedPageSchema = z.strictObject({
	service: name.optional(),
	group: name.optional(),
	change: changeName.optional(),
	page: pageNumber.optional(),
});

const time = z.string().describe('ISO 8601, UTC, with milliseconds.');
const next = z.string().nullable().describe('Give it as `after` to go on; null: nothing is left.');

const stage = z.object({stage: z.string(), askedAt: time, verdict: z.string().nullable(), verdictAt: time.nullable()});
const attempt = z.object({
	deploy: z.string(),
	attempt: z.number().int(),
	service: z.string(),
	fingerprint: z.string(),
	targets: z.array(target),
	state: z.enum(['open', 'stopped', 'closed']),
	outcome: z.string().nullable(),
	rollback: z.boolean(),
	rollbackKind: z.enum(['no', 'by-content', 'said']),
	openedAt: time,
	activeAt: time,
	closedAt: time.nullable(),
	incident: z.string().nullable(),
	watch: z.enum(['watching', 'decided']).nullable(),
	takesBack: z.string().nullable(),
	actor,
	stages: z.array(stage),
	lookUntil: time.nullable(),
});
export const deployListSchema = z.object({deploys: z.array(attempt), next});

const incident = z.object({
	id: z.string(),
	service: z.string(),
	deploy: z.string().nullable(),
	attempt: z.number().int().nullable(),
	title: z.string(),
	status: z.enum(statuses),
	openedBy: z.enum(['gate', 'human', 'alert']),
	openedAt: time,
	normalAt: time.nullable(),
	about: z.string().describe('One sentence of what is known of it; empty where nothing is.'),
	reportVersion: z.number().int().nullable().describe('The newest version of its report that was given out.'),
	openItems: z.number().int().describe('Action items that are neither done nor given up.'),
});
export const incidentListSchema = z.object({incidents: z.array(incident), next});

const event = z.object({
	seq: z.number().int(),
	kind: z.enum(eventKinds as [string, ...string[]]),
	source: z.string(),
	actor,
	happenedAt: time,
	recordedAt: time,
	precision: z.enum(['ms', 's', 'min', 'hour', 'day']),
	text: z.string(),
	data: z.record(z.string(), z.unknown()),
	service: z.string().nullable(),
	deploy: z.string().nullable(),
	attempt: z.number().int().nullable(),
	incident: z.string().nullable(),
	idempotencyKey: z.string(),
	hash: z.string(),
	redacted: z.boolean(),
});
export const eventListSchema = z.object({events: z.array(event), next});

const spot = z.object({
	service: z.string(),
	group: z.string(),
	since: time,
	until: time.nullable().describe('Null: it is live.'),
	deploy: z.string().nullable(),
	attempt: z.number().int().nullable(),
	revertedBy: z.string().nullable(),
});
export const landedChangeSchema = z.object({
	change: z.string(),
	changes: z.array(
		z.object({
			repository: z.string(),
			branch: z.string().nullable(),
			sha: z.string().nullable(),
			changeId: z.string().nullable(),
			subject: z.string().nullable(),
			named: z
				.enum(['commit', 'change-id', 'patch-id', 'same change-id', 'same patch'])
				.describe('By what it was found; `same …`: it is the same change as one that was.'),
			places: z.array(spot),
			deploys: z.array(z.string()).describe('Deploys whose batch has it.'),
		}),
	),
	heads: z.array(spot.omit({revertedBy: true}).extend({repository: z.string(), branch: z.string().nullable(), sha: z.string()})),
	standings: z
		.array(
			z.object({
				service: z.string(),
				group: z.string(),
				state: z.enum(['live', 'reverted', 'gone', 'not-live', 'not-known']),
				at: time.nullable().describe('Live: since when. Reverted or gone: when.'),
				deploy: z.string().nullable().describe('The attempt that brought it, `D-2026-0001/1`.'),
				because: z.string().nullable(),
			}),
		)
		.describe('How it stands on each group, under all its names. `not-known` is said where the ledger could not know.'),
});

const headOfGroup = z.object({
	repository: z.string(),
	branch: z.string().nullable(),
	sha: z.string(),
	since: time,
	deploy: z.string().nullable(),
	attempt: z.number().int().nullable(),
});
export const landedGroupSchema = z.object({
	service: z.string(),
	group: z.string(),
	version: z.object({name: z.string(), since: time}).nullable().describe('What it runs, as a client told; null: nobody did.'),
	heads: z.array(headOfGroup).describe('The commit of each repository on the branches of its version; without a version, of all.'),
	config: z.array(headOfGroup).describe('The commits that every version shares; empty where no version is known.'),
	others: z.array(headOfGroup).describe('Commits on branches of other versions, which the group does not run now.'),
	picks: z
		.array(
			z.object({
				...{repository: z.string(), branch: z.string().nullable(), sha: z.string().nullable(), changeId: z.string().nullable()},
				...{subject: z.string().nullable(), since: time, deploy: z.string().nullable().describe('`D-2026-0001/1`.')},
				isRun: z.boolean().describe('False: it is on the branch of a version that the group does not run now.'),
			}),
		)
		.describe('Changes that deploys brought and that are live, newest first; at most 200.'),
	picksTotal: z.number().int(),
});
