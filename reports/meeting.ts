/**
 * The post-mortem meeting as a document: fields that keep their identity for ever, and what people answered in them.
 *
 * The form is that of the Wikimedia minutes of 20171120-Ext:ORES, in their wording, and each question of the draft has a field of its
 * own beside the topic it belongs to. A field's value is its last accepted update; updates are appended and never changed.
 */
import type {Instant} from '../gate/facts.ts';
import type {ActionItem} from './meeting-items.ts';
import {allQuestions, type Question} from './questions.ts';

/** Names the questions and their wording; a form with other ones gets another name. */
export const questionSet = 'wikimedia-minutes-1';

export type MeetingTopic = 'reference' | 'summary' | 'discovered' | 'introduced' | 'learned' | 'actions';

/** The part of the report that an answer goes to. */
export type ReportPart = 'title' | 'metadata' | 'summary' | 'impact' | 'timeline' | 'detection' | 'trigger' | 'lessons';

export type MeetingField = {
	readonly id: string;
	readonly topic: MeetingTopic;
	readonly label: string;
	readonly help: string;
	/** `line`: one line; `lines`: a list, one a line; `text`: Markdown. */
	readonly kind: 'line' | 'lines' | 'text';
	readonly lengthMax: number;
	readonly part: ReportPart;
	/** Null: it is of the minutes, and always asked. */
	readonly question: Question | null;
};

/** The five topics of the minutes, after what they are for reference. */
export const meetingTopics: readonly {readonly key: MeetingTopic; readonly title: string}[] = [
	{key: 'reference', title: 'For reference'},
	{key: 'summary', title: 'Brief Summary of Problem(s)'},
	{key: 'discovered', title: 'How problem(s) was/were discovered?'},
	{key: 'introduced', title: 'How problem(s) were introduced?'},
	{key: 'learned', title: 'What was learned?'},
	{key: 'actions', title: 'Action Items'},
];

export const fieldLengthMax = 20_000;
const titleLengthMax = 250;

const field = (
	id: string,
	topic: MeetingTopic,
	part: ReportPart,
	label: string,
	help: string,
	kind: MeetingField['kind'] = 'text',
): MeetingField => ({
	...{id, topic, part, label, help, kind},
	lengthMax: id === 'title' ? titleLengthMax : kind === 'line' ? 2000 : fieldLengthMax,
	question: null,
});

const ofTheMinutes: readonly MeetingField[] = [
	field('title', 'reference', 'title', 'Title', 'What the report is called; the incident keeps its id.', 'line'),
	field('date', 'reference', 'metadata', 'Meeting Date', 'Such as 2017-12-07.', 'line'),
	field('attendees', 'reference', 'metadata', 'Attendees', 'Names, with commas between.', 'line'),
	field('main_task', 'reference', 'metadata', 'Main Task', 'The task of the incident: its number or address.', 'line'),
	field('related_tasks', 'reference', 'metadata', 'Related Tasks', 'One a line.', 'lines'),
	field('resulting_tasks', 'reference', 'metadata', 'Resulting Tasks', 'One a line.', 'lines'),
	field('summary', 'summary', 'summary', 'Brief Summary of Problem(s)', 'What the system did, and what its users met.'),
	field(
		'discovered',
		'discovered',
		'detection',
		'How problem(s) was/were discovered?',
		'What saw it first, what pointed at the problem, what was tried.',
	),
	field('introduced', 'introduced', 'trigger', 'How problem(s) were introduced?', 'The way through review, tests and stages.'),
	field(
		'introduced.beta',
		'introduced',
		'trigger',
		'Why didn’t this problem manifest in Beta?',
		'What differs there: data, traffic, configuration.',
	),
	field('learned.avoided', 'learned', 'lessons', 'How could problem(s) could have been avoided', 'What in the system, rather than who.'),
	field(
		'learned.detect',
		'learned',
		'lessons',
		'How could we detect this kind of problem before train/deployment',
		'A check, a stage, a signal.',
	),
	field(
		'learned.changes',
		'learned',
		'lessons',
		'What changes have been put in place or are planned to avoid similar scenario in future deployments.',
		'With owner and date they are action items.',
	),
];

const topicOf: Readonly<Record<string, MeetingTopic>> = {
	impact: 'summary',
	detection: 'discovered',
	timeline: 'introduced',
	trigger: 'introduced',
	learned: 'learned',
};
const partOf: Readonly<Record<string, ReportPart>> = {
	impact: 'impact',
	detection: 'detection',
	timeline: 'timeline',
	trigger: 'trigger',
	learned: 'lessons',
};

const questionField = (question: Question): MeetingField => ({
	...field(question.id, topicOf[question.section] ?? 'learned', partOf[question.section] ?? 'lessons', question.text, question.help),
	question,
});

/** Every field that this set has or may have: one that is not asked of an incident can still have been answered. */
const everyField: ReadonlyMap<string, MeetingField> = new Map(
	[...ofTheMinutes, ...allQuestions.map(questionField)].map(each => [each.id, each]),
);

/** The field of that id; null where the set has none. */
export const fieldOf = (id: string): MeetingField | null => everyField.get(id) ?? null;

/** What people said in one field. */
export type Answer = {
	readonly field: string;
	readonly text: string;
	readonly version: number;
	/** Who saved it last. */
	readonly by: string;
	readonly at: Instant;
	/** What the data said when it was saved; null where it said nothing. */
	readonly generated: string | null;
};

export type MeetingStory = {
	readonly questionSet: string;
	readonly openedAt: Instant;
	/** One a field that was ever saved, in any order. */
	readonly answers: readonly Answer[];
	readonly items: readonly ActionItem[];
};

/** Whether it says anything: a field that was emptied again is asked anew. */
export const isAnswered = (answer: Answer | undefined): answer is Answer => answer !== undefined && answer.text !== '';

/** The fields of a form, in their order: the minutes', the questions that are open, and those that were answered before. */
export function fieldsFor(questions: readonly Question[], answers: readonly Answer[]): readonly MeetingField[] {
	const asked = questions.map(questionField);
	const known = new Set([...ofTheMinutes, ...asked].map(({id}) => id));
	const before = answers.filter(answer => isAnswered(answer) && !known.has(answer.field)).flatMap(answer => fieldOf(answer.field) ?? []);
	const all = [...ofTheMinutes, ...asked, ...before.toSorted((a, b) => (a.id < b.id ? -1 : 1))];
	return meetingTopics.flatMap(({key}) => all.filter(({topic}) => topic === key));
}
