/** What people said, as pages and the Markdown report show it: answers by section, and action items. */
import type {Draft} from '../reports/draft.ts';
import type {ItemStatus, PlacedItem} from '../reports/meeting-items.ts';
import {settledStatus} from '../reports/meeting-items.ts';
import type {Said} from '../reports/meeting-said.ts';
import {sayList} from '../reports/say.ts';
import {escapeMarkdown} from './escape-markdown.ts';
import {markdownHtml} from './markdown.ts';
import type {ItemRowView, SaidView} from './meeting-views.ts';
import type {SafeHtml} from './safe-html.ts';
import type {IncidentPage, Pill, ReportView} from './views.ts';

export const statusPills: Readonly<Record<ItemStatus, Pill>> = {
	proposed: {tone: 'unknown', letter: '?', word: 'Proposed'},
	agreed: {tone: 'watch', letter: 'A', word: 'Agreed'},
	open: {tone: 'watch', letter: 'O', word: 'Open'},
	done: {tone: 'good', letter: '✓', word: 'Done'},
	verified: {tone: 'good', letter: 'V', word: 'Verified'},
	not_doing: {tone: 'unknown', letter: '–', word: 'Not doing'},
};

/** Without what all lines are indented by: a list that was copied out of a page is no code. */
function dedented(text: string): string {
	const indents = text.split('\n').flatMap(line => (line.trim() === '' ? [] : [line.length - line.trimStart().length]));
	const least = Math.min(...indents, 40);
	return least === 0 ? text : text.replaceAll(new RegExp(`^\\s{1,${least}}`, 'gm'), '');
}

/** An answer as HTML. The bullets of minutes (`•`) are bullets here too. */
export const answerHtml = (text: string): SafeHtml => markdownHtml(dedented(text).replaceAll(/^([ \u00A0]*)[•◦▪][ \u00A0]+/gm, '$1- '));

const saidView = ({label, text}: Said): SaidView => ({label, html: answerHtml(text)});

/** Sections that people's answers flow into. */
const sections = ['summary', 'impact', 'timeline', 'detection', 'trigger', 'lessons'] as const;

/** What people said, by section, each answer as `view` shows it. */
export function bySection<View>(draft: Draft, view: (said: Said) => View): Record<(typeof sections)[number], readonly View[]> {
	const of = (key: (typeof sections)[number]) => draft[key].said.map(view);
	return {
		...{summary: of('summary'), impact: of('impact'), timeline: of('timeline'), detection: of('detection')},
		...{trigger: of('trigger'), lessons: of('lessons')},
	};
}

export const saidViews = (draft: Draft): IncidentPage['said'] => bySection(draft, saidView);

/** Where its owner and its date are those of the item that it is part of, they count for it too. */
export const standingOf = ({item, owner, due}: PlacedItem): ItemStatus => settledStatus(item.status, owner, due);

function whoOf({item}: PlacedItem): string | null {
	const parts = [item.owner, item.due === null ? null : `by ${item.due}`].filter(part => part !== null);
	return parts.length === 0 ? null : parts.join(', ');
}

/** Only these lead anywhere: a tracker's address is text from outside. */
const isAddress = (url: string): boolean => /^https?:\/\//i.test(url);

export function itemRow(placed: PlacedItem): ItemRowView {
	const {item, depth, lacks} = placed;
	const {tracker} = item;
	const notes = [
		item.kind,
		item.doneWhen === null ? null : `done when ${item.doneWhen}`,
		item.reason === null ? null : `because ${item.reason}`,
	];
	return {
		id: item.id,
		classes: `item item-${depth}`,
		pill: statusPills[standingOf(placed)],
		task: item.task,
		who: whoOf(placed),
		text: item.text,
		notes: notes.filter(note => note !== null),
		paste: item.from === 'rollback' && item.status !== 'done' && item.status !== 'verified' ? (item.proposal?.paste ?? null) : null,
		lacks: lacks.length === 0 ? null : `Not agreed yet: it lacks ${sayList(lacks)}.`,
		tracker: tracker === null || !isAddress(tracker.url) ? null : {href: tracker.url, text: `${tracker.key} (${tracker.state})`},
	};
}

export const itemRows = (draft: Draft): readonly ItemRowView[] => draft.items.content.map(itemRow);

/** The form of an incident, and how much of it is answered. */
export function meetingLink({meeting, id}: Draft): IncidentPage['meeting'] {
	const href = `/incidents/${encodeURIComponent(id)}/meeting`;
	if (meeting === null)
		return {href, text: 'Fill the post-mortem form', standing: 'Nobody has answered anything yet; what the data knows is filled in.'};
	const {answered, asked} = meeting;
	return {href, text: answered === asked ? 'Post-mortem form' : 'Fill the post-mortem form', standing: `${answered} of ${asked} answered.`};
}

/** Lines of an answer as Markdown: what was a list stays one, and nothing else in it means anything. */
function answerMarkdown({lines}: Said): string {
	const blocks: string[] = [];
	let wasParagraph = false;
	for (const {depth, text} of lines) {
		const escaped = escapeMarkdown(text);
		if (depth === 0) {
			// A backslash at a line's end breaks the line and keeps the paragraph.
			if (wasParagraph) blocks[blocks.length - 1] += '\\';
			else if (blocks.length > 0) blocks.push('');
			blocks.push(escaped);
		} else {
			if (wasParagraph) blocks.push('');
			blocks.push(`${'  '.repeat(depth - 1)}- ${escaped}`);
		}
		wasParagraph = depth === 0;
	}
	return blocks.join('\n');
}

export const saidMarkdown = (draft: Draft): ReportView['said'] =>
	bySection(draft, said => ({label: said.label, markdown: answerMarkdown(said)}));

/** An action item as a line of a list, with a box that says whether it is done. */
function itemMarkdown(placed: PlacedItem): string {
	const {item, depth} = placed;
	const row = itemRow(placed);
	const isDone = item.status === 'done' || item.status === 'verified';
	const task = row.task === null ? '' : `(task ${row.task}) `;
	const owner = item.owner === null ? '' : `${item.owner}: `;
	const facts = [row.pill.word.toLowerCase(), item.due === null ? null : `by ${item.due}`, ...row.notes].filter(fact => fact !== null);
	const where = item.tracker === null ? '' : ` ${item.tracker.key} ${item.tracker.url}`;
	return `${'  '.repeat(depth)}- [${isDone ? 'x' : ' '}] ${escapeMarkdown(`${task}${owner}${item.text}`, 4000)} (${escapeMarkdown(facts.join('; '), 4000)})${escapeMarkdown(where, 4000) === '' ? '' : ` ${escapeMarkdown(where, 4000)}`}`;
}

export const itemsMarkdown = (draft: Draft): readonly string[] => draft.items.content.map(itemMarkdown);
