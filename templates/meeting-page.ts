/** The post-mortem form: each question with the evidence beside it, each answer a small form of its own. Reads and saves without script. */
import type {Instant} from '../gate/facts.ts';
import {type Draft, draftOf, plainStory} from '../reports/draft.ts';
import {lineDifference} from '../reports/line-difference.ts';
import {type Answer, fieldLengthMax, fieldsFor, isAnswered, type MeetingField, meetingTopics} from '../reports/meeting.ts';
import type {PlacedItem} from '../reports/meeting-items.ts';
import {lineHints, printItemLines} from '../reports/meeting-lines.ts';
import {evidenceOf, type Prefill, prefillsOf} from '../reports/meeting-prefill.ts';
import {momentsOf} from '../reports/moments.ts';
import {peopleOf} from '../reports/names.ts';
import {plainText} from '../reports/plain-text.ts';
import {questionsOf} from '../reports/questions.ts';
import {sayCount, sayDateTime} from '../reports/say.ts';
import type {IncidentStory} from '../reports/story.ts';
import {blameHints} from '../reports/wording.ts';
import {incidentPill} from './board-page.ts';
import {addForm, type FormMaker, fieldForm, itemForm, rowsFor} from './meeting-forms.ts';
import type {DifferenceView, MeetingFieldView, MeetingItemView, MeetingPage} from './meeting-views.ts';
import {answerHtml, itemRow} from './said.ts';
import type {Pill} from './views.ts';

export type ItemIssues = {
	readonly repository: string | null;
	readonly asked: readonly {
		readonly item: string;
		readonly state: 'wanted' | 'linked' | 'lost' | 'failed';
		readonly repository: string;
		readonly reason: string | null;
	}[];
};

export const noIssues: ItemIssues = {repository: null, asked: []};

export type MeetingPageInput = {
	readonly now: Instant;
	/** Makes the id that each form carries. */
	readonly newId: () => string;
	/** Where action items become issues (null: nowhere), and how those stand that were asked for. */
	readonly issues: ItemIssues;
	/** What was just done: the id of a field, of an action item, or `items`; null: nothing. */
	readonly done: string | null;
};

const marks = {same: ' ', gone: '−', new: '+'} as const;

/** How two texts differ, line by line, each with its mark. */
export const differenceView = (before: string, after: string): DifferenceView =>
	lineDifference(before, after).map(({kind, text}) => ({kind, mark: marks[kind], text}));

const pills: Readonly<Record<'saved' | 'prefilled' | 'empty', Pill>> = {
	saved: {tone: 'good', letter: '✓', word: 'Saved'},
	prefilled: {tone: 'watch', letter: 'D', word: 'From the data, not yet an answer'},
	empty: {tone: 'unknown', letter: '?', word: 'Not answered'},
};

type FieldSource = {
	readonly field: MeetingField;
	readonly answer: Answer | undefined;
	readonly prefill: Prefill | undefined;
	readonly evidence: MeetingFieldView['evidence'];
	readonly people: readonly string[];
	readonly title: string;
};

/** What the data says now against what it said when the answer was saved; null where that is the same. */
function changedData({answer, prefill}: FieldSource): DifferenceView | null {
	if (!isAnswered(answer) || answer.generated === null || answer.generated === (prefill?.text ?? '')) return null;
	return differenceView(answer.generated, prefill?.text ?? '');
}

function fieldView(source: FieldSource, make: FormMaker, done: string | null): MeetingFieldView {
	const {field, answer, prefill, evidence, people, title} = source;
	const isSaved = isAnswered(answer);
	// A field that was emptied by somebody is not filled again.
	const begins = answer === undefined ? prefill : undefined;
	const state = isSaved ? 'saved' : begins === undefined ? 'empty' : 'prefilled';
	const value = answer?.text ?? begins?.text ?? '';
	const path = `${make.base}/fields/${encodeURIComponent(field.id)}`;
	// A question that nobody answered is one line, and opens.
	const isFolded = state === 'empty' && field.question !== null;
	const isProse = field.part !== 'title' && field.part !== 'metadata';
	return {
		anchor: `field-${field.id}`,
		heading: field.label === title ? null : field.label,
		label: field.label,
		help: field.help,
		classes: `asked asked-${state}${evidence.length === 0 ? '' : ' asked-shown'}${isFolded ? ' asked-fold' : ''}`,
		pill: pills[state],
		said: isSaved ? answerHtml(answer.text) : null,
		saved: answer === undefined ? null : `Saved ${sayDateTime(answer.at)} UTC by ${answer.by}, version ${answer.version}`,
		history: answer === undefined ? null : {href: path, text: 'Everything that was saved'},
		from: begins === undefined ? null : begins.from,
		difference: changedData(source),
		hints: isSaved && isProse ? blameHints(answer.text, people) : [],
		notice: done === field.id ? 'Saved.' : null,
		evidence,
		fold: isSaved ? 'Change the answer' : 'Answer it',
		isOpen: !isSaved && !isFolded,
		form: fieldForm(make, field, {
			value,
			version: answer?.version ?? 0,
			generated: prefill?.text ?? null,
			rows: field.kind === 'lines' ? 2 : rowsFor(value, isSaved),
		}),
	};
}

/** The button, and what became of it. One that failed or was lost can be asked for again. */
function issueOf(id: string, {repository, asked}: ItemIssues, make: FormMaker): Pick<MeetingItemView, 'issue' | 'issueStanding'> {
	const known = asked.find(({item}) => item === id);
	const isOffered = repository !== null && (known === undefined || known.state === 'failed' || known.state === 'lost');
	const why = known?.reason == null ? '' : `: ${plainText(known.reason)}`;
	const standing = {
		wanted: `It is to become an issue in ${known?.repository}${why}.`,
		failed: `It could not become an issue in ${known?.repository}${why}.`,
		lost: `Its issue in ${known?.repository} is not there any more${why}.`,
		linked: null,
	};
	return {
		issue: isOffered
			? {action: `/action-items/${encodeURIComponent(id)}/issue`, opId: make.newId(), button: `Make an issue in ${plainText(repository)}`}
			: null,
		issueStanding: known === undefined ? null : standing[known.state],
	};
}

function itemView(placed: PlacedItem, make: FormMaker, issues: ItemIssues, done: string | null): MeetingItemView {
	const {item} = placed;
	return {
		row: itemRow(placed),
		anchor: `item-${item.id}`,
		saved: `${item.id}, version ${item.version}, ${sayDateTime(item.changedAt)} UTC by ${item.changedBy}`,
		hints: lineHints(item.text),
		because: item.proposal?.because ?? null,
		paste: item.proposal?.paste ?? null,
		notice: done === item.id ? 'Saved.' : null,
		isOpen: false,
		form: itemForm(make, item, item.version),
		...issueOf(item.id, issues, make),
	};
}

/** The items as minutes write them; null where there is none. */
function linesOf(items: readonly PlacedItem[]): string | null {
	if (items.length === 0) return null;
	return printItemLines(
		items.map(({item: {task, owner, text, status}, depth}) => ({
			depth,
			task,
			owner,
			text,
			done: status === 'done' || status === 'verified',
		})),
	);
}

function sentenceOf(draft: Draft, answered: number, asked: number): string {
	const short = draft.items.content.filter(({lacks}) => lacks.length > 0).length;
	const said = `${sayCount(answered)} of ${sayCount(asked)} answered`;
	return short === 0
		? `${said}.`
		: `${said}; ${sayCount(short)} action ${short === 1 ? 'item lacks' : 'items lack'} an owner or a due date.`;
}

/** The form of an incident. */
export function meetingPage(hostile: IncidentStory, {now, newId, issues, done}: MeetingPageInput): MeetingPage {
	const story = plainStory(hostile);
	const draft = draftOf(story);
	const id = hostile.incident.id;
	const href = `/incidents/${encodeURIComponent(id)}`;
	const make: FormMaker = {base: `${href}/meeting`, newId};
	const answers = new Map((story.meeting?.answers ?? []).map(answer => [answer.field, answer]));
	const fields = fieldsFor(questionsOf(story, momentsOf(story)), [...answers.values()]);
	const [prefills, evidence, people] = [prefillsOf(story, draft), evidenceOf(story, draft), peopleOf(story)];
	const isDone = ({id: field}: MeetingField): boolean => isAnswered(answers.get(field));
	const topics = meetingTopics
		.filter(({key}) => key !== 'actions')
		.map(({key, title}) => {
			const own = fields.filter(({topic}) => topic === key);
			return {
				...{key, title, standing: `${own.filter(isDone).length} of ${own.length} answered`},
				fields: own.map(field =>
					fieldView(
						{field, answer: answers.get(field.id), prefill: prefills.get(field.id), evidence: evidence.get(field.id) ?? [], people, title},
						make,
						done,
					),
				),
			};
		});
	return {
		shell: {title: `Post-mortem of ${draft.id}`, refresh: false, madeAt: sayDateTime(now), at: 'meeting'},
		topic: `incident/${encodeURIComponent(draft.id)}`,
		incident: {id: draft.id, href, title: draft.title, pill: incidentPill(draft.status)},
		heading: `Post Mortem Meeting: ${draft.title}`,
		sentence: sentenceOf(draft, fields.filter(isDone).length, fields.length),
		topics,
		items: draft.items.content.map(placed => itemView(placed, make, issues, done)),
		itemsNotice: done === 'items' ? 'Saved.' : null,
		asLines: linesOf(draft.items.content),
		proposals: draft.actions.content.map(({text, because, kind, paste}) => ({
			...{action: `${make.base}/proposals`, opId: newId(), text, because, kind, paste},
		})),
		add: addForm(make, '', fieldLengthMax),
		links: {report: href},
	};
}
