/** What is sent to the post-mortem form, by people's browsers and by programs, and what programs are answered. */
import {z} from 'zod';
import type {ActionKind} from '../../reports/actions.ts';
import {itemKinds, itemStatuses, itemTextMax, itemWordMax} from '../../reports/meeting-items.ts';
import {name} from './check.ts';

/** Longer than what fits a field: it is refused where it can be given back, with what was typed in it. */
const typedMax = 100_000;
const key = name.min(8).max(200);
const version = z.number().int().min(0).max(1_000_000_000);
const typed = z.string().max(typedMax);
const formVersion = z
	.string()
	.regex(/^\d{1,9}$/, 'must be the number of a version')
	.transform(Number);
const word = z.string().max(typedMax).default('');

// Forms carry more than what is read here, such as the field that shows that they are ours.
export const fieldFormSchema = z.object({text: typed, base_version: formVersion, op_id: key, generated: typed.optional()});
export const linesFormSchema = z.object({lines: typed, op_id: key});
export const proposalFormSchema = z.object({
	...{text: z.string().min(1).max(itemTextMax), because: z.string().max(itemTextMax), op_id: key},
	...{decision: z.enum(['take', 'decline']), reason: z.string().max(itemTextMax).default('')},
});
export const itemFormSchema = z.object({
	...{base_version: formVersion, op_id: key, text: word, owner: word, due: word, task: word, done_when: word, reason: word},
	kind: z.enum(['', ...itemKinds] as ['', ...ActionKind[]]).default(''),
	status: z.enum(itemStatuses),
});

export const fieldSaveSchema = z.strictObject({text: typed, baseVersion: version, idempotencyKey: key});

const words = z.string().max(itemWordMax).nullable();
const sentence = z.string().max(itemTextMax).nullable();
const contents = {
	task: words,
	owner: words,
	text: z.string().min(1).max(itemTextMax),
	due: z.string().max(10).nullable(),
	kind: z.enum(itemKinds as [ActionKind, ...ActionKind[]]).nullable(),
	doneWhen: sentence,
	status: z.enum(itemStatuses),
	reason: sentence,
};

/** An item to add: only its text is needed. */
export const newItemSchema = z.strictObject({
	...{task: words.default(null), owner: words.default(null), text: contents.text, due: contents.due.default(null)},
	...{kind: contents.kind.default(null), doneWhen: sentence.default(null), status: contents.status.default('proposed')},
	...{reason: sentence.default(null), parent: name.nullable().default(null), idempotencyKey: key},
});

/** A change of an item: what is left out stays as it is in the base version. */
export const itemChangeSchema = z.strictObject({
	...{task: contents.task.optional(), owner: contents.owner.optional(), text: contents.text.optional(), due: contents.due.optional()},
	...{kind: contents.kind.optional(), doneWhen: contents.doneWhen.optional(), status: contents.status.optional()},
	...{reason: contents.reason.optional(), baseVersion: version, idempotencyKey: key},
});

const tracker = z.object({system: z.string(), key: z.string(), url: z.string(), state: z.string(), syncedAt: z.string()});

export const actionItemAnswer = z.object({
	...{id: z.string(), incident: z.string(), position: z.number().int(), parent: z.string().nullable(), ...contents},
	from: z.enum(['rule', 'meeting', 'human', 'rollback']),
	proposal: z.object({text: z.string(), because: z.string(), paste: z.string().nullable()}).nullable(),
	...{version, tracker: tracker.nullable(), changedBy: z.string(), changedAt: z.string()},
});

export const actionItemsAnswer = z.object({items: z.array(actionItemAnswer)});

const stored = z.object({text: z.string(), version, by: z.string(), at: z.string()});

export const fieldAnswer = z.object({
	...{id: z.string(), topic: z.string(), label: z.string(), help: z.string(), lengthMax: z.number().int()},
	/** What people said; null: nobody has saved anything. An empty text was emptied again. */
	answer: stored.nullable(),
	/** What the data says; null: nothing. It is no answer. */
	generated: z.object({text: z.string(), from: z.string()}).nullable(),
});

export const meetingAnswer = z.object({
	...{incident: z.string(), questionSet: z.string(), openedAt: z.string().nullable()},
	...{answered: z.number().int(), asked: z.number().int(), fields: z.array(fieldAnswer), items: z.array(actionItemAnswer)},
});

/** `same`: the field said that already, and its version stays. */
export const fieldSavedAnswer = z.object({outcome: z.enum(['accepted', 'same']), field: z.string(), current: stored.nullable()});
export const itemChangedAnswer = z.object({outcome: z.enum(['accepted', 'same']), item: actionItemAnswer});

const problem = {type: z.string(), title: z.string(), status: z.number().int(), detail: z.string(), problems: z.array(z.string())};
/** Somebody else was first: what stands now, and what was sent, which is kept too. */
export const fieldConflictAnswer = z.object({...problem, current: stored.nullable(), mine: z.string()});
export const itemConflictAnswer = z.object({...problem, current: actionItemAnswer, mine: z.object(contents)});
