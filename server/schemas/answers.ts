/**
 * What the HTTP API answers, described: the OpenAPI document is made from these, and each is held to the type that the code answers with, both
 * ways. Objects are strict: a field that is not described here fails the tests. Additions only; programs read these answers.
 */
import {z} from 'zod';
import {type EventKind, eventKinds, type TimelineEvent} from '../../reports/events.ts';
import type {SignalReadings} from '../../reports/story.ts';
import type {BoardDeploy, BoardSignal} from '../../templates/board-page.ts';
import type {Proof} from '../actions/deps.ts';
import type {Problem} from '../problem.ts';
import type {DeployAttempt} from '../stores/deploys.ts';
import type {RollbackAttempt, StoredIncident} from '../stores/incidents.ts';
import type {Appended, ChainReport} from '../stores/timeline.ts';
import {bucket, change, target} from './facts.ts';
import {answering, instant} from './parts.ts';
import {verdict} from './verdicts.ts';

const text = z.string();
const whole = z.int();
const deployId = text.describe('Such as D-2026-0001.');
const incidentId = text.describe('Such as INC-2026-0001.');
const hash = text.regex(/^[0-9a-f]{64}$/).describe('sha256, hexadecimal.');

export const problem = answering<Problem>()(
	z
		.strictObject({
			type: z.literal('about:blank'),
			title: text,
			status: whole,
			detail: text.describe('What is wrong, where, and what to do.'),
			problems: z.array(text).describe('Each wrong field by itself, where there are several.'),
		})
		.describe('An error, as RFC 9457 has it.'),
);

export const actor = answering<TimelineEvent['actor']>()(z.strictObject({kind: z.enum(['person', 'system', 'role']), name: text}));

export const event = answering<TimelineEvent>()(
	z
		.strictObject({
			seq: whole.describe('Its place in the chain, from 1, without gaps.'),
			kind: z.enum(eventKinds as [EventKind, ...EventKind[]]),
			source: z.enum(['gate', 'deployer', 'signal', 'sal_import', 'announcement', 'chat', 'alert', 'human', 'meeting', 'rule']),
			actor,
			happenedAt: instant,
			recordedAt: instant,
			precision: z.enum(['ms', 's', 'min', 'hour', 'day']),
			text,
			data: z.record(text, z.unknown()),
			service: text.nullable(),
			deploy: deployId.nullable(),
			attempt: whole.nullable(),
			incident: incidentId.nullable(),
			idempotencyKey: text,
			hash: hash.describe('Over the hash before, seq, kind, times and the payload.'),
			redacted: z.boolean().describe('True where text, actor and data were erased.'),
		})
		.describe('One row of the timeline.'),
);

export const appended = answering<Appended>()(
	z.strictObject({
		stored: whole,
		duplicates: whole.describe('Stored before, with the same content: nothing was done again.'),
		conflicts: z.array(text).describe('Keys under which something else is stored: these events were not stored.'),
		head: z.strictObject({seq: whole, hash}),
	}),
);

export const chainReport = answering<ChainReport>()(
	z.discriminatedUnion('intact', [
		z.strictObject({intact: z.literal(true), events: whole, redacted: whole, head: hash}),
		z.strictObject({intact: z.literal(false), seq: whole, problem: text}),
	]),
);

export const redaction = z.strictObject({redacted: whole.describe('The seq of the event that was erased.')});

const stageState = z.strictObject({
	stage: text,
	askedAt: instant,
	verdict: z.enum(['go', 'blind', 'hold', 'rollback']).nullable(),
	verdictAt: instant.nullable(),
});

export const attempt = answering<DeployAttempt>()(
	z.strictObject({
		deploy: deployId,
		attempt: whole,
		service: text,
		fingerprint: text.describe('Over the target commits: the same deploy asked again is known by it.'),
		targets: z.array(target),
		state: z.enum(['open', 'stopped', 'closed']),
		outcome: z.enum(['completed', 'rolled-back', 'superseded', 'repeated', 'unknown', 'aborted', 'finished']).nullable(),
		rollback: z.boolean(),
		rollbackKind: z.enum(['no', 'by-content', 'said']),
		openedAt: instant,
		activeAt: instant,
		closedAt: instant.nullable(),
		incident: incidentId.nullable(),
		watch: z.enum(['watching', 'decided']).nullable(),
		takesBack: text.nullable().describe('The attempt that it takes back, such as D-2026-0001/1.'),
		actor,
		stages: z.array(stageState),
		lookUntil: instant.nullable(),
	}),
);

export const deployAnswer = z.strictObject({
	deploy: deployId,
	attempts: z.array(attempt.extend({verdicts: z.array(verdict).describe('Oldest first.')})).describe('Oldest first.'),
	changes: z.array(change).describe('The batch, in the order in which it goes out.'),
});

export const readings = answering<SignalReadings>()(
	z.strictObject({
		name: text,
		counts: text.describe('What one count is, in words.'),
		exposureUnit: z.enum(['requests', 'host-seconds']),
		source: text,
		bucketMs: whole,
		buckets: z.array(bucket),
	}),
);
export const readingsAnswer = z.strictObject({deploy: deployId, attempt: whole, readings: z.array(readings)});

export const rollbackAttempt = answering<RollbackAttempt>()(
	z.strictObject({
		at: instant,
		by: actor,
		from: z.array(target),
		to: z.array(target),
		verified: z.enum(['yes', 'no']).nullable(),
		detail: text,
	}),
);

const incidentStatus = z.enum(['suspected', 'open', 'mitigated', 'resolved', 'closed', 'not_an_incident']);
export const incident = answering<StoredIncident>()(
	z.strictObject({
		id: incidentId,
		service: text,
		deploy: deployId.nullable(),
		attempt: whole.nullable(),
		title: text,
		status: incidentStatus,
		openedBy: z.enum(['gate', 'human', 'alert']),
		openedAt: instant,
		normalAt: instant.nullable().describe('Since when the signals are normal again.'),
	}),
);
export const incidentAnswer = incident.extend({rollbacks: z.array(rollbackAttempt).describe('Oldest first.')});
export const statusAnswer = z.strictObject({id: incidentId, status: incidentStatus});
export const incidentNamed = z.strictObject({incident: incidentId});

export const closureAnswer = z.strictObject({
	closed: z.array(z.strictObject({deploy: deployId, attempt: whole, outcome: attempt.shape.outcome.unwrap()})),
});

const checkout = z.strictObject({
	path: text,
	repository: text,
	branch: text.nullable(),
	landed: text.nullable(),
	groups: z.array(text),
	next: z.exactOptional(text.describe('The ref, or the pattern of refs, that comes next.')),
	localCommits: z.exactOptional(z.literal('public')),
});
const mirrors = z.exactOptional(z.array(z.strictObject({repository: text, url: text, ref: text})));
export const landedAnswer = z.strictObject({
	service: text,
	stages: z.array(text),
	groups: z.array(text),
	landed: z.array(
		target.extend({group: text, since: instant, until: instant.nullable(), deploy: deployId.nullable(), attempt: whole.nullable()}),
	),
	history: z.array(target.extend({group: text, since: instant})).describe('Commits that were live once, or are, newest first.'),
	probes: z.array(z.strictObject({repository: text, path: text})).describe('Paths that a rule of the policy wants to know about.'),
	patterns: z
		.array(
			z.strictObject({
				...{name: text, kind: text, path: text},
				...{registers: z.exactOptional(text), reads: z.exactOptional(text), prefix: z.exactOptional(text)},
			}),
		)
		.describe("How the team's own framework registers and reads names, as its policy says."),
	changes: z
		.discriminatedUnion('from', [
			z.strictObject({from: z.literal('git'), checkouts: z.array(checkout), mirrors}),
			z.strictObject({
				...{from: z.literal('deployment-info'), file: text, stageDir: text.nullable(), mirrors},
				...{wikiversions: z.exactOptional(text), dblists: z.exactOptional(text), localCommits: z.exactOptional(z.literal('public'))},
			}),
			z.strictObject({from: z.literal('rev-path'), repository: text.nullable(), mirrors}),
			z.strictObject({from: z.literal('file'), file: text}),
		])
		.nullable()
		.describe('Where changes are read; null: nothing is configured.'),
});

export const allowedAnswer = z.strictObject({service: text, rule: text.nullable().describe('Null: every rule.'), until: instant});
export const overridesAnswer = z.strictObject({
	overrides: z
		.array(z.strictObject({service: text, rule: text.nullable(), by: text, reason: text, until: instant}))
		.describe('In force now.'),
});

export const proof = answering<Proof>()(z.strictObject({ok: z.union([z.boolean(), z.literal('warn')]), text, remedy: text.nullable()}));
export const signalsAnswer = z.strictObject({signals: z.array(z.strictObject({service: text, signal: text, proofs: z.array(proof)}))});

const station = z.strictObject({
	stage: text,
	signal: z.enum(['go', 'watch', 'hold', 'rollback', 'blind', 'none']),
	at: instant.nullable(),
	train: z.boolean().describe('The change is live here now.'),
	turnedBack: z.boolean().describe('The deploy was taken back from here.'),
});
const boardDeploy = answering<BoardDeploy>()(
	z.strictObject({
		id: deployId,
		attempt: whole,
		service: text,
		openedAt: instant,
		closedAt: instant.nullable(),
		outcome: z.enum(['open', 'finished', 'stopped', 'rolled_back', 'superseded', 'unknown']),
		stations: z.array(station),
		verdict: z
			.strictObject({
				word: z.enum(['go', 'blind', 'hold', 'rollback']),
				undecided: z.boolean(),
				stage: text,
				at: instant,
				because: text,
				remedy: text.nullable(),
			})
			.nullable(),
	}),
);
const boardSignal = answering<BoardSignal>()(
	z.strictObject({
		service: text,
		name: text,
		alive: z.boolean().nullable(),
		why: text,
		newestAt: instant.nullable(),
		lagMs: z.number().nullable(),
	}),
);
export const boardAnswer = z.strictObject({
	at: instant,
	services: z.array(text),
	incidents: z
		.array(incident.pick({id: true, title: true, status: true, openedAt: true, service: true}))
		.describe('Those that are not over.'),
	broken: z
		.array(z.strictObject({service: text, group: text, because: text, remedy: text, since: instant}))
		.describe('Landed changes that lost what they need.'),
	deploys: z.array(boardDeploy).describe('Newest first.'),
	signals: z.array(boardSignal),
	owed: z.array(z.strictObject({text, href: text.nullable(), since: instant})),
});

export const servicesAnswer = z.strictObject({
	services: z.array(
		z.strictObject({
			name: text,
			groups: z.array(text),
			stages: z.array(z.strictObject({name: text, groups: z.array(text)})),
			deployHost: text.nullable(),
			rules: z.array(text).describe('Rules that its policy has.'),
			signals: z.array(text),
		}),
	),
});

export const reportText = z.string().describe('The whole document.');
