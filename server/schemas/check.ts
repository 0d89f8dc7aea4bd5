/** What a client sends to /api/v1/checks: checked at the door, typed behind it. */
import {z} from 'zod';
import type {Change} from '../../gate/facts.ts';
import type {Beside} from '../client/contract.ts';
import {lookedAt, mirror, neighbour, review, traces} from './facts.ts';

const textMax = 2000;
const changesMax = 20_000;

const instantShape = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/i;

const isoLength = '2026-03-02T15:13:07.000Z'.length;

/** A day that the calendar has: JavaScript takes 31 February for one in March. */
function isInstant(text: string): boolean {
	const [, year, month, day] = instantShape.exec(text) ?? [];
	if (year === undefined || Number.isNaN(Date.parse(text))) return false;
	// A zone can lead out of the years with four digits, and what is written with six sorts before everything else.
	if (new Date(text).toISOString().length !== isoLength) return false;
	return Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
}

/** A time with its zone: one without would mean another instant on each machine. */
export const instant = z
	.string()
	.max(40)
	.refine(isInstant, {error: 'must be a time with its zone, such as 2026-03-02T15:13:07Z', abort: true})
	.transform(text => new Date(Date.parse(text)).toISOString());

/**
 * What things are found by again. No control characters and no halves of characters: a database would change them, and then the row
 * would not say what was hashed.
 */
export const name = z
	.string()
	.min(1)
	.max(255)
	.refine(text => !/[\p{Cc}\p{Cs}]/u.test(text), 'must be without control characters and halves of characters');
export const actor = z.strictObject({kind: z.enum(['person', 'system', 'role']), name: z.string().min(1).max(255)});

/** A commit becomes part of commands that people run: nothing but hexadecimal digits may be in it. */
const commit = z.string().regex(/^[0-9a-f]{7,64}$/i, 'must be a commit: 7 to 64 hexadecimal digits');

const pathChange = z.strictObject({
	path: z.string().max(4096),
	kind: z.enum(['added', 'modified', 'deleted']),
	blob: z.exactOptional(z.string().max(64)),
});
export const target = z.strictObject({repository: name, branch: z.exactOptional(name), sha: commit});
export const change = z.strictObject({
	id: name,
	repository: name,
	branch: z.exactOptional(name),
	sha: z.exactOptional(commit),
	changeId: z.exactOptional(z.string().max(64)),
	patchId: z.exactOptional(z.string().max(64)),
	subject: z.exactOptional(z.string().max(4096)),
	message: z.exactOptional(z.string().max(262_144)),
	paths: z.exactOptional(z.array(pathChange).max(20_000)),
	committedAt: z.exactOptional(instant),
	author: z.exactOptional(z.string().max(1024)),
	labels: z.exactOptional(z.array(z.string().max(255)).max(200)),
	groups: z.exactOptional(z.array(name).max(200)),
	review: z.exactOptional(z.union([review, z.strictObject({missing: z.string().max(textMax)})])),
}) satisfies z.ZodType<Change>;

const landedChange = z.strictObject({
	group: name,
	repository: name,
	branch: z.exactOptional(name),
	sha: z.exactOptional(commit),
	changeId: z.exactOptional(z.string().max(64)),
	patchId: z.exactOptional(z.string().max(64)),
	subject: z.exactOptional(z.string().max(4096)),
	since: z.exactOptional(instant),
	deploy: z.exactOptional(z.string().max(255)),
	source: z.exactOptional(z.enum(['ledger', 'git', 'deployment-info', 'person'])),
	revertedBy: z.exactOptional(z.string().max(255)),
});

const missing = z.strictObject({missing: z.string().max(textMax)});
const holding = z.strictObject({group: name, repository: name, path: z.string().max(4096), present: z.union([z.boolean(), missing])});
const note = z.strictObject({
	about: z.string().max(textMax),
	text: z.string().max(textMax),
	remedy: z.exactOptional(z.string().max(textMax)),
});

/** More than a client sends: 2,000 names, 2,000 uses, 500 files. */
const namesMax = 5000;

/** What else was read where the changes are: absent parts were not looked at. */
const beside = z.strictObject({
	neighbours: z.exactOptional(z.array(neighbour).max(20)),
	traces: z.exactOptional(
		traces.extend({
			names: traces.shape.names.max(namesMax),
			uses: traces.shape.uses.max(namesMax),
			blobs: traces.shape.blobs.max(namesMax),
			looked: z.exactOptional(lookedAt.max(50_000)),
			unread: z.array(z.string().max(textMax)).max(1000),
		}),
	),
	mirrors: z.exactOptional(z.array(mirror).max(200)),
	/** Wiki -> group. */
	wikis: z.exactOptional(z.record(name, name)),
	/** Group -> the version it runs. */
	versions: z.exactOptional(z.record(name, name)),
	/** What a group must run, going by its version or by «landed: REF» of a checkout, where nobody has told yet. */
	heads: z.exactOptional(z.array(z.strictObject({...target.shape, group: name})).max(5000)),
}) satisfies z.ZodType<Beside>;

export const checkRequestSchema = z.strictObject({
	service: name,
	stage: name,
	host: name,
	machine: z
		.string()
		.max(64)
		.nullable()
		.default(null)
		.transform(value => value ?? ''),
	actor: actor.default({kind: 'system', name: 'hook'}),
	askedAt: instant,
	deadlineMs: z.number().int().min(0).max(3_600_000),
	idempotencyKey: name.min(8).max(200),
	mode: z.enum(['check', 'rollback', 'force']).default('check'),
	reason: z.string().max(textMax).nullable().default(null),
	batch: z.strictObject({
		targets: z.array(target).max(2000),
		changes: z.array(change).max(changesMax),
		atomic: z.exactOptional(z.boolean()),
		perFile: z.exactOptional(z.boolean()),
	}),
	known: z.array(change).max(500).default([]),
	/** Found in the history of a live commit: landed before this service knew of it. */
	landedChanges: z.array(landedChange).max(5000).default([]),
	holdings: z.array(holding).max(5000).default([]),
	beside: beside.default({}),
	live: z.array(target).max(2000).default([]),
	notes: z.array(note).max(200).default([]),
	named: z.array(z.string().max(500)).max(2000).default([]),
});

const {service, batch, known, landedChanges, holdings, beside: besideIt, notes} = checkRequestSchema.shape;
/** What `signalbox order` asks: a batch, what the client found beside it, and of which groups; without `groups` of all that the service has. */
export const orderRequestSchema = z.strictObject({
	...{service, batch, known, landedChanges, holdings, beside: besideIt, notes},
	groups: z.exactOptional(z.array(name).min(1).max(200)),
});

export type CheckRequest = z.infer<typeof checkRequestSchema>;
