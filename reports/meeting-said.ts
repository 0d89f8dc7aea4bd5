/** What people said, as the sections of a report take it: their words first, and what the data says kept beneath. */

import type {Instant} from '../gate/facts.ts';
import {type Answer, fieldOf, isAnswered, type MeetingField, type MeetingStory, type ReportPart} from './meeting.ts';
import type {ActionItem} from './meeting-items.ts';
import {nestedLines} from './nested-lines.ts';
import {plainData, plainLines, plainText} from './plain-text.ts';

export type SaidLine = {
	/** 0 is a line of a paragraph; from 1 on it is a bullet, so deep in a list. */
	readonly depth: number;
	/** One line without control characters, never empty and at most 2,000 characters: no format has to cut it. */
	readonly text: string;
};

/** One answer of the post-mortem form. */
export type Said = {
	readonly field: string;
	/** The question, as it was asked. */
	readonly label: string;
	/** As typed, several lines. */
	readonly text: string;
	readonly lines: readonly SaidLine[];
	readonly version: number;
	readonly at: Instant;
};

const lineLengthMax = 2000;

/** A line longer than any format prints, in pieces: at a space where there is one. */
function pieces(line: string): readonly string[] {
	const found: string[] = [];
	let rest = line;
	while (rest.length > lineLengthMax) {
		const space = rest.lastIndexOf(' ', lineLengthMax);
		const end = space > lineLengthMax / 2 ? space : lineLengthMax;
		found.push(rest.slice(0, end).trim());
		rest = rest.slice(end).trim();
	}
	return [...found, rest].filter(piece => piece !== '');
}

/** The lines of an answer; a list under a paragraph begins anew at 1. */
export const saidLines = (text: string): readonly SaidLine[] =>
	text
		.split(/\n{2,}/)
		.flatMap(part => nestedLines(part).flatMap(({listDepth, text: line}) => pieces(line).map(piece => ({depth: listDepth, text: piece}))));

const said = (field: MeetingField, answer: Answer): Said => {
	const text = plainLines(answer.text);
	return {field: field.id, label: field.label, text, lines: saidLines(text), version: answer.version, at: answer.at};
};

/** What people said, by the part of the report that it goes to, in the order of the form. */
export type SaidByPart = {readonly [Part in ReportPart]: readonly Said[]};

export function saidByPart(meeting: MeetingStory | null, fields: readonly MeetingField[]): SaidByPart {
	const answers = new Map((meeting?.answers ?? []).map(answer => [answer.field, answer]));
	const of = (part: ReportPart): readonly Said[] =>
		fields
			.filter(field => field.part === part)
			.flatMap(field => {
				const answer = answers.get(field.id);
				return isAnswered(answer) ? [said(field, answer)] : [];
			});
	return {
		...{title: of('title'), metadata: of('metadata'), summary: of('summary'), impact: of('impact')},
		...{timeline: of('timeline'), detection: of('detection'), trigger: of('trigger'), lessons: of('lessons')},
	};
}

/** Rows of the table of a report: one where all is said in one line, else one a line. */
export function metadataRows(answers: readonly Said[]): readonly {readonly label: string; readonly text: string}[] {
	return answers.flatMap(({field, label, lines}) => {
		const texts = lines.map(({text}) => text);
		const joined = texts.join(', ');
		const isList = fieldOf(field)?.kind === 'lines';
		return !isList && joined.length <= lineLengthMax ? [{label, text: joined}] : texts.map(text => ({label, text}));
	});
}

const line = (text: string | null): string | null => (text === null ? null : plainText(text));

/** An action item made plain; what is to be pasted keeps its lines. */
export const plainItem = (item: ActionItem): ActionItem => ({
	...item,
	...{task: line(item.task), owner: line(item.owner), text: plainText(item.text), doneWhen: line(item.doneWhen)},
	...{reason: line(item.reason), changedBy: plainText(item.changedBy), tracker: plainData(item.tracker)},
	proposal:
		item.proposal === null
			? null
			: {...plainData(item.proposal), paste: item.proposal.paste === null ? null : plainLines(item.proposal.paste)},
});

/** A meeting's story made plain: what stands in one line is one line, and answers keep theirs. */
export function plainMeeting(meeting: MeetingStory | null): MeetingStory | null {
	if (meeting === null) return null;
	return {
		...meeting,
		answers: meeting.answers.map(answer => ({
			...answer,
			...{
				by: plainText(answer.by),
				text: plainLines(answer.text),
				generated: answer.generated === null ? null : plainLines(answer.generated),
			},
		})),
		items: meeting.items.map(plainItem),
	};
}
