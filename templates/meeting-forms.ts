/** The forms of the meeting: where each goes, which version it was made from, and the id that makes it once. */
import {fieldLengthMax, type MeetingField} from '../reports/meeting.ts';
import {type ActionItem, type ItemContents, itemKinds, itemStatuses} from '../reports/meeting-items.ts';
import type {ChoiceView, FieldFormView, ItemFormView, MeetingPage} from './meeting-views.ts';
import {statusPills} from './said.ts';

export type FormMaker = {
	/** `/incidents/INC-2026-0007/meeting`. */
	readonly base: string;
	readonly newId: () => string;
};

const rowsMin = 3;
const rowsMax = 16;
const charactersARow = 70;

/** How high a box is for its text: all of it where that is not too much. */
export function rowsFor(text: string, isRoomy: boolean): number {
	const lines = text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / charactersARow)), 0);
	return Math.min(rowsMax, Math.max(rowsMin, lines + (isRoomy ? 1 : 0)));
}

type FieldValue = {readonly value: string; readonly version: number; readonly generated: string | null; readonly rows: number};

export const fieldForm = ({base, newId}: FormMaker, field: MeetingField, shown: FieldValue, button = 'Save'): FieldFormView => ({
	action: `${base}/fields/${encodeURIComponent(field.id)}`,
	baseVersion: shown.version,
	opId: newId(),
	label: field.label,
	isLine: field.kind === 'line',
	rows: shown.rows,
	lengthMax: field.lengthMax,
	value: shown.value,
	generated: shown.generated,
	button,
});

const noKind = {value: '', text: 'not said'};

const choices = (options: readonly {readonly value: string; readonly text: string}[], chosen: string): ChoiceView =>
	options.map(({value, text}) => ({value, text, selected: value === chosen}));

/** What a person may choose: `proposed` becomes `agreed` by itself, once there are an owner and a due date. */
function statusChoices(status: ItemContents['status']): ChoiceView {
	const offered = itemStatuses.filter(each => each !== (status === 'proposed' ? 'agreed' : 'proposed'));
	const words: Readonly<Record<string, string>> = {
		proposed: 'Proposed (agreed with an owner and a date)',
		agreed: 'Agreed',
		open: 'Open: begun',
	};
	return choices(
		offered.map(value => ({value, text: words[value] ?? statusPills[value].word})),
		status,
	);
}

export const itemForm = (
	{base, newId}: FormMaker,
	item: ItemContents & Pick<ActionItem, 'id'>,
	version: number,
	button = 'Save',
): ItemFormView => ({
	action: `${base}/action-items/${encodeURIComponent(item.id)}`,
	baseVersion: version,
	opId: newId(),
	id: item.id,
	task: item.task ?? '',
	owner: item.owner ?? '',
	text: item.text,
	due: item.due ?? '',
	doneWhen: item.doneWhen ?? '',
	reason: item.reason ?? '',
	kinds: choices([noKind, ...itemKinds.map(kind => ({value: kind, text: kind}))], item.kind ?? ''),
	statuses: statusChoices(item.status),
	button,
});

export const addForm = ({base, newId}: FormMaker, value: string, lengthMax = fieldLengthMax): MeetingPage['add'] => ({
	...{action: `${base}/action-items`, baseVersion: 0, opId: newId(), value, lengthMax},
});
