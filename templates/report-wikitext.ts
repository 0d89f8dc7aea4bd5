/**
 * The report as wikitext: the sections of Wikimedia's incident report template of 2022, in their order. Same state, same bytes.
 * Tables are plain, and `irdoc` is the only template that is used: others differ from wiki to wiki.
 */
import type {Instant} from '../gate/facts.ts';
import type {Draft} from '../reports/draft.ts';
import type {Question} from '../reports/questions.ts';
import {sayCount, sayDate, sayList, sayTime} from '../reports/say.ts';
import {scorecardOf, scorecardVersion} from '../reports/scorecard.ts';
import type {TimelineRow} from '../reports/timeline.ts';
import {render} from './render.ts';
import {reportView} from './report-markdown.ts';
import type {WikitextView} from './report-views.ts';
import {bySection, itemRow} from './said.ts';

const notKnown = 'not known';

const labelled = (draft: Draft, label: string): string => draft.metadata.find(row => row.label === label)?.text ?? notKnown;

/** People who stand in the timeline: those who only read along are not seen, so it is a least. */
function responders(draft: Draft): string {
	const people = new Set(
		draft.timeline.content
			.filter(({by, type, actor, source}) => by === 'person' && type === 'event' && actor !== '' && source !== 'meeting')
			.map(({actor}) => actor),
	);
	return people.size === 0 ? notKnown : `at least ${sayCount(people.size)} (people in the timeline)`;
}

function affected(draft: Draft): string {
	const moved = draft.impact.content.signals.flatMap(signal => (signal.measured && signal.moved ? [signal.signal] : []));
	return moved.length === 0 ? notKnown : sayList(moved);
}

/** What the post-mortem form adds to them. */
const ofTheMeeting: ReadonlySet<string> = new Set(['Meeting Date', 'Attendees', 'Related Tasks', 'Resulting Tasks']);

/** The rows of the template's metadata table, in its order. */
const metadataOf = (draft: Draft): WikitextView['metadata'] => [
	{label: 'Incident ID', text: `${draft.id} ${draft.title}`},
	{label: 'Start', text: labelled(draft, 'Start (UTC)')},
	{label: 'End', text: labelled(draft, 'End (UTC)')},
	{label: 'Task', text: labelled(draft, 'Main Task')},
	{label: 'People paged', text: notKnown},
	{label: 'Responder count', text: responders(draft)},
	{label: 'Coordinators', text: notKnown},
	{label: 'Affected metrics/SLOs', text: affected(draft)},
	{label: 'Impact', text: [draft.impact.content.duration, ...draft.impact.content.signals.map(({sentence}) => sentence)].join(' ')},
	...draft.metadata.filter(({label}) => ofTheMeeting.has(label)),
];

type Row = WikitextView['days'][number]['rows'][number] & {readonly at: Instant};

function timelineRow(row: TimelineRow): Row {
	const {at, until, approximate, source, actor, by, text, repeats, type} = row;
	const who = source.replaceAll('_', ' ');
	return {
		at,
		time: `${approximate ? at.slice(11, 16) : sayTime(at)}${until === null ? '' : ` to ${sayTime(until)}`}`,
		outage: null,
		text: repeats > 1 ? `${text} (${repeats} times)` : text,
		who: type === 'gap' ? null : actor === '' || by === 'machine' ? who : `${who}, ${actor}`,
	};
}

/** The marks of the template, where the moments are known. A begin stands before what happened at its time, an end after it. */
function outageRows(draft: Draft): {readonly begins: Row | null; readonly ends: Row | null} {
	const mark = (key: 'impact_start' | 'impact_end', outage: string): Row | null => {
		const moment = draft.moments.content.find(row => row.key === key)?.moment ?? null;
		return moment === null ? null : {at: moment.at, time: sayTime(moment.at), outage, text: moment.note, who: null};
	};
	return {begins: mark('impact_start', 'OUTAGE BEGINS'), ends: mark('impact_end', 'OUTAGE ENDS')};
}

function daysOf(draft: Draft): WikitextView['days'] {
	const {begins, ends} = outageRows(draft);
	const rows = draft.timeline.content.filter(({importance}) => importance !== 'noise').map(timelineRow);
	const put = (into: readonly Row[], row: Row | null, place: number): readonly Row[] => {
		if (row === null) return into;
		return place === -1 ? [...into, row] : [...into.slice(0, place), row, ...into.slice(place)];
	};
	const begun = put(rows, begins, begins === null ? -1 : rows.findIndex(({at}) => at >= begins.at));
	const whole = put(begun, ends, ends === null ? -1 : begun.findIndex(({at}) => at > ends.at));
	const days = new Map<string, Row[]>();
	for (const row of whole) days.set(sayDate(row.at), [...(days.get(sayDate(row.at)) ?? []), row]);
	return [...days].map(([date, ofDay]) => ({date, rows: ofDay.map(({at: _at, ...row}) => row)}));
}

/** Which section of the template asks a question of the draft. */
const sectionOf = (section: string): keyof WikitextView['asked'] => {
	if (section === 'timeline' || section === 'detection') return section;
	return section === 'impact' || section === 'trigger' || section === 'summary' ? 'summary' : 'conclusions';
};

export function scorecardView(draft: Draft): WikitextView['scorecard'] {
	const rows = scorecardOf(draft);
	const unanswered = rows.filter(({answer}) => answer === null).length;
	return {
		version: scorecardVersion,
		rows: rows.map(({number, area, question, answer, evidence}, index) => ({
			number,
			area,
			span: rows[index - 1]?.area === area ? null : rows.filter(row => row.area === area).length,
			question,
			answer: answer ?? '',
			notes: answer !== null ? `From data: ${evidence}` : evidence === '' ? '' : `To confirm, the data says: ${evidence}`,
		})),
		total: unanswered > 0 ? '' : String(rows.filter(({answer}) => answer === 'yes').length),
		unanswered: unanswered === 0 ? '' : `${unanswered} of ${rows.length} still to be answered`,
	};
}

/** Answers as lines of wikitext: a paragraph's as they are, a list's with as many stars as it is deep. */
const saidLines = (draft: Draft): WikitextView['said'] =>
	bySection(draft, ({label, lines}) => ({
		label,
		lines: lines.map(({depth, text}) => ({gap: depth === 0, stars: '*'.repeat(depth), text})),
	}));

const itemLines = (draft: Draft): WikitextView['items'] =>
	draft.items.content.map(placed => {
		const {task, who, text, pill, notes} = itemRow(placed);
		const {tracker} = placed.item;
		return {
			stars: '*'.repeat(placed.depth + 1),
			text: `${task === null ? '' : `(task ${task}) `}${who === null ? '' : `${who}: `}${text}`,
			facts: [pill.word.toLowerCase(), ...notes].join('; '),
			tracker: tracker === null ? null : `${tracker.key} ${tracker.url}`,
		};
	});

export function wikitextView(draft: Draft): WikitextView {
	const {page, moments} = reportView(draft);
	const titles = ['What went well?', 'What went poorly?', 'Where did we get lucky?'];
	const asked = (section: keyof WikitextView['asked']): readonly Question[] =>
		draft.questions.content.filter(question => sectionOf(question.section) === section);
	return {
		draft,
		page,
		moments,
		metadata: metadataOf(draft),
		impact: page.impact.lines,
		days: daysOf(draft),
		lessons: page.lessons.map((lesson, index) => ({...lesson, title: titles[index] ?? lesson.title})),
		said: saidLines(draft),
		items: itemLines(draft),
		asked: {
			summary: asked('summary'),
			timeline: asked('timeline'),
			detection: asked('detection'),
			conclusions: asked('conclusions'),
		},
		scorecard: scorecardView(draft),
	};
}

export const reportWikitext = (draft: Draft): string => render('reports/incident.wiki.hbs', wikitextView(draft));
