/**
 * The schema of facts as they come from outside (`signalbox try`, `POST …/checks`), and the published JSON Schema made from it.
 * docs/facts.schema.json is frozen: additions only, none of them required. Objects are strict: a mistyped field must not pass in silence.
 */
import {z} from 'zod';
import type {Facts} from '../../gate/facts.ts';

const instant = z.iso
	.datetime({precision: 3, error: 'must be a UTC time with milliseconds, such as 2026-03-02T15:13:07.000Z'})
	.describe('ISO 8601, UTC, with milliseconds.');
const text = z.string();
/** Not only whole: a source that samples may say 2.5. */
const amount = z.number().min(0);
const optionalText = (description: string) => z.exactOptional(text.describe(description));
const missing = z.strictObject({missing: text.describe('Why nobody could get it.')}).describe('What nobody could get; never a zero.');

const pathChange = z.strictObject({
	path: text,
	kind: z.enum(['added', 'modified', 'deleted']),
	blob: optionalText('Git blob id of the new content.'),
});

export const review = z
	.strictObject({
		source: text.describe('gerrit, github, or the name of the file that said it.'),
		url: optionalText('Where to read on.'),
		status: z.exactOptional(z.enum(['draft', 'open', 'merged', 'abandoned'])),
		owner: optionalText('The account that proposed it.'),
		approvedBy: z.exactOptional(z.array(text).describe('Accounts that approved it as it stands now.')),
		tests: z.exactOptional(z.union([z.enum(['passed', 'failed', 'running', 'none']), missing])),
		local: z.exactOptional(z.literal(true).describe('It only stands in the checkout and was never proposed: a security patch, as a rule.')),
		size: z.exactOptional(amount.describe('Lines added and deleted.')),
	})
	.describe('What a change went through before it came here.');

export const change = z
	.strictObject({
		id: text.describe('Unique within the facts, and what a person would type: a short sha, a Change-Id, a name.'),
		repository: text,
		branch: optionalText('Branch it was merged to.'),
		sha: optionalText('Full commit id.'),
		changeId: optionalText('Gerrit: I and 40 hex digits; the same change on every branch it was picked to.'),
		patchId: optionalText('git patch-id --stable: the same patch landed again under another id.'),
		subject: optionalText('First line of the commit message.'),
		message: optionalText('The whole commit message; the gate reads footers from it.'),
		paths: z.exactOptional(z.array(pathChange).describe('Files it touches.')),
		committedAt: z.exactOptional(instant),
		author: optionalText('Who wrote it.'),
		labels: z.exactOptional(z.array(text).describe('Topic, hashtags, labels: what a rule of the policy may ask for.')),
		groups: z.exactOptional(z.array(text).describe('It concerns these groups alone; absent: every group that runs its branch.')),
		review: z.exactOptional(z.union([review, missing])),
	})
	.describe('One reviewed patch. Optional fields are absent where the source does not tell.');

export const target = z
	.strictObject({repository: text, branch: optionalText('Branch of the checkout.'), sha: text.describe('Full commit id.')})
	.describe('The commit a checkout is at, or is to be at.');

const batch = z.strictObject({
	changes: z.array(change).describe('In the order in which they go out.'),
	atomic: z.boolean().describe('True where all changes become live in one instant; otherwise every prefix is live for a while.'),
	perFile: z.exactOptional(z.boolean().describe('True where even the files of one change go out one after another.')),
	targets: z.array(target),
	rollback: z
		.enum(['no', 'by-content', 'said'])
		.describe('by-content: the target state was live before, or every change reverts a landed one. said: --rollback. Never held.'),
});

export const landedChange = z.strictObject({
	repository: text,
	branch: optionalText('Branch it was merged to.'),
	sha: optionalText('Full commit id.'),
	changeId: optionalText('Gerrit Change-Id.'),
	patchId: optionalText('git patch-id --stable.'),
	subject: optionalText('First line of the commit message.'),
	since: z.exactOptional(instant.describe('When it became live on this group.')),
	deploy: optionalText('The deploy that brought it.'),
	source: z.exactOptional(z.enum(['ledger', 'git', 'deployment-info', 'person']).describe('How it is known; absent: the ledger.')),
	revertedBy: optionalText('The revert that took it out of this group; absent: it is live.'),
});

const landedGroup = z
	.strictObject({
		group: text,
		version: optionalText('The version it runs, where it has one.'),
		heads: z.array(target).describe('The commit each repository is at, where known.'),
		changes: z.array(landedChange).describe('Landed changes that matter to this batch.'),
	})
	.describe('What is known to be live on one group.');

export const holding = z
	.strictObject({
		group: text,
		repository: text,
		path: text,
		present: z.union([z.boolean(), missing]).describe('Whether the path exists in what the group runs now.'),
	})
	.describe('How an exclusive rule knows that the old owner is still in.');

export const neighbour = z
	.strictObject({
		moment: z.enum(['next', 'previous']),
		name: text.describe('The branch or version.'),
		groups: z.array(text).describe('Groups that would run it.'),
		heads: z.array(target),
		changes: z.array(landedChange),
		holdings: z.array(holding),
		missing: optionalText('Why its contents could not be looked up.'),
	})
	.describe('What groups would run at a neighbouring moment: the next train branch, or the version they go back to.');

export const prerequisite = z
	.strictObject({
		name: text,
		text: text.describe('What it is, for people.'),
		group: optionalText('Absent: it is the same for all groups.'),
		met: z.union([z.boolean(), missing]),
		by: optionalText('Who or what said so.'),
		reason: optionalText('Why.'),
		at: z.exactOptional(instant),
	})
	.describe('A thing outside git that a change may need.');

const nameTrace = z.strictObject({
	change: text.describe('Id of the change.'),
	does: z.enum(['registers', 'unregisters', 'reads', 'unreads']),
	kind: text,
	name: text,
	path: text,
	line: z.int(),
});
const nameUse = z.strictObject({
	group: text,
	repository: text,
	sha: text,
	use: z.enum(['registered', 'read']),
	kind: text,
	name: text,
	path: text,
	line: z.int(),
});
const blobTrace = z.strictObject({change: text, does: z.enum(['leaves', 'enters']), blob: text, bytes: amount, path: text});
export const lookedAt = z
	.array(z.strictObject({group: text, repository: text, sha: text}))
	.describe('Where all uses were looked for: what is not among them there is gone.');
export const traces = z
	.strictObject({
		names: z.array(nameTrace),
		uses: z.array(nameUse).describe('Where a name stands in what a group runs now.'),
		blobs: z.array(blobTrace).describe("One file's contents leaving or entering a repository."),
		looked: z.exactOptional(lookedAt),
		unread: z.array(text).describe('What was not looked at, and why.'),
	})
	.describe('Evidence of links that nobody declared.');

export const mirror = z
	.strictObject({
		repository: text,
		mirror: text,
		ref: text,
		wanted: text,
		has: z.union([text, missing]),
		behindSince: z.exactOptional(instant.describe('The oldest commit that it lacks was made then.')),
	})
	.describe('A copy of a repository that the deploy reads from.');

const count = z.strictObject({count: amount, exposure: amount}).describe('Errors among requests, or among host-seconds.');

export const bucket = z
	.strictObject({
		at: instant.describe('Start of the window, included; its end, start + bucketMs, is not.'),
		canary: z.union([z.strictObject({hosts: z.record(text, count)}), missing]),
		baseline: z.union([count, missing]),
	})
	.describe('One window of event time on both arms.');

const heardHost = z.strictObject({host: text, newestAt: instant.nullable()});

const proof = z
	.strictObject({
		matchedOnBaseline: z
			.union([z.strictObject({count: amount, withinMs: amount}), missing])
			.describe('How many events the same query matched on the baseline within the last withinMs.'),
		newestAt: z.strictObject({canary: instant.nullable(), baseline: instant.nullable()}).describe('The newest event on each arm.'),
		canaries: z.array(heardHost).describe('When each canary was last heard from, at any severity.'),
		lagMs: z.union([z.number(), missing]).describe('Now minus the newest event, milliseconds.'),
		failure: optionalText('Said where the source answered only in part, or failed.'),
	})
	.describe('What is known about the signal being alive: 0 errors counts only when this proves it.');

const signal = z.strictObject({
	name: text,
	counts: text.describe('What it counts, in words for a finding.'),
	exposureUnit: z.enum(['requests', 'host-seconds']),
	source: text.describe('Where it is read: file:/srv/mw-log/error.log.'),
	required: z.boolean().describe('A required signal must be excluded as harmed before go; another one only warns.'),
	bucketMs: z.int().min(1),
	buckets: z.array(bucket).describe('Closed buckets, oldest first.'),
	proof,
});

const look = z
	.strictObject({
		startedAt: instant,
		harmFrom: instant.describe("Harm is counted from here on; safety counts per host from that host's own since."),
		canaries: z.array(
			z.strictObject({
				host: text,
				since: instant.nullable().describe('From when it surely runs the new code; null: not heard from yet.'),
				by: z.exactOptional(z.enum(['call', 'restart'])),
			}),
		),
		baseline: z.array(text),
		final: z.boolean().describe('True when no further look is possible before the deadline.'),
	})
	.describe('The look at the canaries that is going on; null where the stage has none.');

const incident = z.strictObject({
	id: text,
	title: text,
	status: z.enum(['suspected', 'open', 'mitigated', 'resolved', 'closed', 'not_an_incident']),
	openedAt: instant,
	url: optionalText('Where to read on.'),
});

const override = z
	.strictObject({rule: optionalText('Without a rule it covers them all.'), by: text, reason: text, until: instant})
	.describe('An override ahead of the hook.');

const note = z
	.strictObject({about: text, text, remedy: optionalText('What to do about it.')})
	.describe('Something the gathering noticed that a deployer must read.');

/** Everything a rule may look at; the fields are explained in gate/facts.ts. */
export const factsSchema = z
	.strictObject({
		version: z.literal(1),
		at: instant.describe('The clock of this judgement.'),
		service: text,
		stage: z.strictObject({
			name: text,
			first: z.boolean().describe("The deploy's first stage: preconditions may hold here; later they warn."),
		}),
		groups: z.array(text).describe('Groups the deploy is bound for, in the order in which they are reached.'),
		batch,
		landed: z.array(landedGroup),
		known: z.array(change).describe('Changes the checkouts know that are neither in the batch nor live on every group.'),
		holdings: z.array(holding),
		signals: z.array(signal),
		look: look.nullable(),
		incidents: z.array(incident),
		overrides: z.array(override),
		neighbours: z.exactOptional(z.array(neighbour)),
		prerequisites: z.exactOptional(z.array(prerequisite)),
		traces: z.exactOptional(traces),
		environments: z.exactOptional(z.array(landedGroup).describe('Earlier environments and what landed there.')),
		mirrors: z.exactOptional(z.array(mirror)),
		wikis: z.exactOptional(z.record(text, text).describe('Wiki to group, for the wikis that the batch speaks of.')),
		deployer: optionalText('Who deploys, where it is known.'),
		notes: z.array(note),
	})
	.meta({
		title: 'Signalbox facts',
		description: 'Anything a rule may look at, gathered before judging. Additions only.',
	}) satisfies z.ZodType<Facts>;

/** The published JSON Schema (draft 2020-12). */
export const factsJsonSchema = (): z.core.JSONSchema.BaseSchema => z.toJSONSchema(factsSchema);
