/** A form of the meeting that came back: what was typed stands in it, with the reason, and with what somebody else saved beside it. */
import type {Instant} from '../gate/facts.ts';
import {lineDifference} from '../reports/line-difference.ts';
import type {MeetingField} from '../reports/meeting.ts';
import type {ActionItem, ItemContents} from '../reports/meeting-items.ts';
import {plainLines, plainText} from '../reports/plain-text.ts';
import {sayDateTime} from '../reports/say.ts';
import {addForm, type FormMaker, fieldForm, itemForm, rowsFor} from './meeting-forms.ts';
import type {DifferenceView, MeetingAgainPage} from './meeting-views.ts';

type Around = {readonly now: Instant; readonly newId: () => string; readonly incident: string};

/** What the field says now, who said it and when; null where nobody has said anything. */
export type Standing = {readonly text: string; readonly version: number; readonly by: string; readonly at: Instant} | null;

const maker = ({incident, newId}: Around): FormMaker => ({base: `/incidents/${encodeURIComponent(incident)}/meeting`, newId});

const frame = ({now, incident}: Around, label: string): Pick<MeetingAgainPage, 'shell' | 'incident' | 'label'> => ({
	shell: {title: `Not saved: ${label}`, refresh: false, madeAt: sayDateTime(now), at: 'meeting'},
	incident: {id: plainText(incident), href: `/incidents/${encodeURIComponent(incident)}/meeting`},
	label,
});

/** One of two texts: its own lines, with those that the other has not marked. */
const side = (text: string, other: string, mark: '+' | '−'): DifferenceView =>
	lineDifference(other, text)
		.filter(({kind}) => kind !== 'gone')
		.map(({kind, text: line}) => ({
			kind: kind === 'same' ? 'same' : mark === '+' ? 'new' : 'gone',
			mark: kind === 'same' ? ' ' : mark,
			text: line,
		}));

function sidesOf(current: Standing, mine: string): MeetingAgainPage['sides'] {
	const [theirs, own] = [plainLines(current?.text ?? ''), plainLines(mine)];
	const who =
		current === null
			? 'Nobody has saved anything yet'
			: `${plainText(current.by)}, ${sayDateTime(current.at)} UTC, version ${current.version}`;
	return [
		{title: 'Saved meanwhile', who, lines: side(theirs, own, '−')},
		{title: 'What you wrote', who: 'kept in the history of the field', lines: side(own, theirs, '+')},
	];
}

/** Two people saved one field: both texts side by side, and one's own in the box to be merged and saved on the newer version. */
export function fieldConflictPage(
	around: Around,
	field: MeetingField,
	{current, mine}: {readonly current: Standing; readonly mine: string},
): MeetingAgainPage {
	return {
		...frame(around, field.label),
		sentence: 'Somebody else saved this field while you wrote.',
		doThis: 'Nothing is lost: both texts are kept. Put together in the box what should stand, and save it.',
		sides: sidesOf(current, mine),
		field: fieldForm(
			maker(around),
			field,
			{value: mine, version: current?.version ?? 0, generated: null, rows: rowsFor(mine, true)},
			'Save what stands in the box',
		),
		item: null,
		add: null,
	};
}

/** A field that cannot be stored as it is. */
export function fieldRefusedPage(
	around: Around,
	field: MeetingField,
	typed: {readonly value: string; readonly version: number; readonly why: string},
): MeetingAgainPage {
	const {value, version, why} = typed;
	return {
		...frame(around, field.label),
		sentence: why,
		doThis: 'What you typed stands in the box.',
		sides: [],
		field: fieldForm(maker(around), field, {value, version, generated: null, rows: rowsFor(value, true)}),
		item: null,
		add: null,
	};
}

const itemLines = ({task, owner, text, due, kind, doneWhen, status, reason}: ItemContents): string =>
	[
		`task: ${task ?? ''}`,
		`owner: ${owner ?? ''}`,
		`text: ${text}`,
		`due: ${due ?? ''}`,
		`kind: ${kind ?? ''}`,
		`done when: ${doneWhen ?? ''}`,
		`status: ${status.replaceAll('_', ' ')}`,
		`reason: ${reason ?? ''}`,
	].join('\n');

/** Two people changed one action item. */
export function itemConflictPage(around: Around, current: ActionItem, mine: ItemContents): MeetingAgainPage {
	const standing = {text: itemLines(current), version: current.version, by: current.changedBy, at: current.changedAt};
	return {
		...frame(around, `Action item ${current.id}`),
		sentence: 'Somebody else changed this action item while you did.',
		doThis: 'Nothing is lost: both are kept. Put together what should stand, and save it.',
		sides: sidesOf(standing, itemLines(mine)),
		field: null,
		item: itemForm(maker(around), {...mine, id: current.id}, current.version, 'Save what stands here'),
		add: null,
	};
}

/** An action item that cannot be stored as it is. */
export function itemRefusedPage(
	around: Around,
	item: ItemContents & {readonly id: string},
	version: number,
	why: string,
): MeetingAgainPage {
	return {
		...frame(around, `Action item ${plainText(item.id)}`),
		sentence: why,
		doThis: 'What you typed stands in the form.',
		sides: [],
		field: null,
		item: itemForm(maker(around), item, version),
		add: null,
	};
}

/** Lines of action items that cannot be stored as they are. */
export function addRefusedPage(around: Around, typed: string, why: string): MeetingAgainPage {
	return {
		...frame(around, 'Action items'),
		sentence: why,
		doThis: 'What you typed stands in the box.',
		sides: [],
		field: null,
		item: null,
		add: addForm(maker(around), typed),
	};
}
