/** What a client sends to /api/v1/checks: checked at the door, typed behind it. */
import {z} from 'zod';
import type {Change} from '../../gate/facts.ts';

const textMax = 2000;
const changesMax = 20_000;

export const instant = z
	.string()
	.max(40)
	.refine(text => !Number.isNaN(Date.parse(text)), 'must be a time such as 2015-10-26T15:13:07Z')
	.transform(text => new Date(Date.parse(text)).toISOString());
const name = z.string().min(1).max(255);
export const actor = z.strictObject({kind: z.enum(['person', 'system', 'role']), name});

const pathChange = z.strictObject({
	path: z.string().max(4096),
	kind: z.enum(['added', 'modified', 'deleted']),
	blob: z.exactOptional(z.string().max(64)),
});
export const target = z.strictObject({repository: name, branch: z.exactOptional(name), sha: z.string().min(7).max(64)});
export const change = z.strictObject({
	id: name,
	repository: name,
	branch: z.exactOptional(name),
	sha: z.exactOptional(z.string().max(64)),
	changeId: z.exactOptional(z.string().max(64)),
	patchId: z.exactOptional(z.string().max(64)),
	subject: z.exactOptional(z.string().max(4096)),
	message: z.exactOptional(z.string().max(262_144)),
	paths: z.exactOptional(z.array(pathChange).max(20_000)),
	committedAt: z.exactOptional(instant),
	author: z.exactOptional(z.string().max(1024)),
}) satisfies z.ZodType<Change>;

const landedChange = z.strictObject({
	group: name,
	repository: name,
	branch: z.exactOptional(name),
	sha: z.exactOptional(z.string().max(64)),
	changeId: z.exactOptional(z.string().max(64)),
	patchId: z.exactOptional(z.string().max(64)),
	subject: z.exactOptional(z.string().max(4096)),
	since: z.exactOptional(instant),
	revertedBy: z.exactOptional(z.string().max(255)),
});

const missing = z.strictObject({missing: z.string().max(textMax)});
const holding = z.strictObject({group: name, repository: name, path: z.string().max(4096), present: z.union([z.boolean(), missing])});
const note = z.strictObject({
	about: z.string().max(textMax),
	text: z.string().max(textMax),
	remedy: z.exactOptional(z.string().max(textMax)),
});

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
	idempotencyKey: z.string().min(8).max(200),
	mode: z.enum(['check', 'rollback', 'force']).default('check'),
	reason: z.string().max(textMax).nullable().default(null),
	batch: z.strictObject({
		targets: z.array(target).max(2000),
		changes: z.array(change).max(changesMax),
		atomic: z.exactOptional(z.boolean()),
	}),
	known: z.array(change).max(500).default([]),
	/** Found in the history of a live commit: landed before this service knew of it. */
	landedChanges: z.array(landedChange).max(5000).default([]),
	holdings: z.array(holding).max(5000).default([]),
	live: z.array(target).max(2000).default([]),
	notes: z.array(note).max(200).default([]),
	named: z.array(z.string().max(500)).max(2000).default([]),
});

const {service, batch, known, landedChanges, holdings, notes} = checkRequestSchema.shape;
/** What `signalbox order` asks: a batch, and what the client found beside it. */
export const orderRequestSchema = z.strictObject({service, batch, known, landedChanges, holdings, notes});

export type OrderRequest = z.infer<typeof orderRequestSchema>;
export type CheckRequest = z.infer<typeof checkRequestSchema>;
