/** The draft of a report as the API answers it: what every format of the report is made from. */
import {z} from 'zod';
import type {ActionKind} from '../../reports/actions.ts';
import type {Draft} from '../../reports/draft.ts';
import {type EventKind, eventKinds} from '../../reports/events.ts';
import {itemKinds, itemStatuses} from '../../reports/meeting-items.ts';
import {momentKeys} from '../../reports/moments.ts';
import {answering, instant} from './parts.ts';

const text = z.string();
const whole = z.int();
const count = z.number();
const seqs = z.array(whole).describe('Events that show it, by seq.');
const confidence = z.enum(['high', 'medium', 'low']);
const actionKind = z.enum(itemKinds as [ActionKind, ...ActionKind[]]);

const said = z
	.strictObject({
		...{field: text, label: text, text, version: whole, at: instant},
		lines: z.array(z.strictObject({depth: whole, text})),
	})
	.describe('What people answered to one question of the post-mortem form.');

const section = <Content extends z.ZodType>(content: Content) =>
	z.strictObject({
		key: text,
		title: text,
		from: z.array(z.enum(['events', 'readings', 'verdicts', 'rules', 'people'])),
		said: z.array(said),
		content,
	});

const moment = z.strictObject({
	at: instant,
	evidence: seqs,
	setBy: z.enum(['rule', 'human']),
	confidence,
	note: text,
	by: z.enum(['machine', 'person']).nullable(),
});

const phase = z.strictObject({
	phase: z.enum(['canaries', 'everywhere']),
	...{observed: count, expected: count, exposure: count, share: count.nullable()},
});
const signal = z.discriminatedUnion('measured', [
	z.strictObject({
		...{
			signal: text,
			measured: z.literal(true),
			moved: z.boolean(),
			observed: count,
			expected: count,
			excess: count,
			low: count,
			high: count,
		},
		...{phases: z.array(phase), buckets: whole, missingBuckets: whole, sentence: text, method: text},
	}),
	z.strictObject({signal: text, measured: z.literal(false), why: text, sentence: text}),
]);
const impact = z.strictObject({
	window: z.strictObject({from: instant, to: instant.nullable()}).nullable(),
	durationMs: count.nullable(),
	...{duration: text, signals: z.array(signal), share: text},
});

const row = z.strictObject({
	type: z.enum(['event', 'change', 'gap']),
	...{at: instant, until: instant.nullable(), seqs},
	kind: z.enum(['gap', ...eventKinds] as ['gap', ...EventKind[]]),
	...{approximate: z.boolean(), source: text, actor: text, by: z.enum(['machine', 'person']), text, repeats: whole},
	importance: z.enum(['key', 'normal', 'noise']),
	redacted: z.boolean(),
});

const hypothesis = z.strictObject({
	kind: z.enum(['deploy', 'patch_order']),
	...{statement: text, status: z.literal('proposed'), confidence, ref: text},
	evidence: z.array(z.strictObject({what: z.enum(['time-order', 'stage-order', 'cleared', 'finding', 'verdict']), text})),
});

const gateRow = z.strictObject({
	part: z.enum(['did', 'would-have', 'could-not', 'near-miss']),
	...{stage: text, at: instant.nullable(), rule: text.nullable(), sentence: text},
});

const item = z.strictObject({
	...{id: text, incident: text, position: whole, parent: text.nullable(), from: z.enum(['rule', 'meeting', 'human', 'rollback'])},
	...{task: text.nullable(), owner: text.nullable(), text, due: text.nullable(), kind: actionKind.nullable(), doneWhen: text.nullable()},
	...{status: z.enum(itemStatuses), reason: text.nullable(), version: whole, changedBy: text, changedAt: instant},
	proposal: z.strictObject({text, because: text, paste: text.nullable()}).nullable(),
	tracker: z.strictObject({system: text, key: text, url: text, state: text, syncedAt: instant}).nullable(),
});

const proposed = z.strictObject({
	...{
		text,
		kind: actionKind,
		from: z.literal('rule'),
		status: z.literal('proposed'),
		because: text,
		evidence: seqs,
		paste: text.nullable(),
	},
});

const question = z.strictObject({id: text, topic: z.enum(['system', 'moment', 'learning']), text, help: text, section: text});

export const draft = answering<Draft>()(
	z
		.strictObject({
			format: z.literal('signalbox-draft-1'),
			...{asOf: instant, id: text, title: text, service: text},
			status: z.enum(['suspected', 'open', 'mitigated', 'resolved', 'closed', 'not_an_incident']),
			metadata: z.array(z.strictObject({label: text, text})),
			summary: section(z.array(text)),
			moments: section(z.array(z.strictObject({key: z.enum(momentKeys), label: text, moment: moment.nullable()}))),
			impact: section(impact),
			timeline: section(z.array(row)),
			detection: section(z.array(text)),
			trigger: section(z.strictObject({hypotheses: z.array(hypothesis), none: text.nullable(), confounders: z.array(text)})),
			gate: section(z.strictObject({rows: z.array(gateRow), sentence: text})),
			lessons: section(z.strictObject({well: z.array(text), poorly: z.array(text), lucky: z.array(text)})),
			items: section(z.array(z.strictObject({item, depth: whole, owner: text.nullable(), due: text.nullable(), lacks: z.array(text)}))),
			actions: section(z.array(proposed)),
			questions: section(z.array(question)),
			meeting: z.strictObject({questionSet: text, openedAt: instant, answered: whole, asked: whole}).nullable(),
			head: z.strictObject({seq: whole, hash: text}).nullable(),
		})
		.describe('The draft of a report: what every format of it is made from.'),
);
