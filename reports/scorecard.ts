/**
 * The incident engagement scorecard of Wikimedia's reports: fifteen questions, answered yes or no. Answers are people's; one is filled in only
 * where what is recorded decides it, and it says from what. The wording is that of May 2025 (Wikitech, CC BY-SA) and carries a version.
 */
import type {Draft} from './draft.ts';
import {sayTime} from './say.ts';

export const scorecardVersion = '2025-05';

export type ScorecardArea = 'People' | 'Process' | 'Tooling';

export type ScorecardRow = {
	/** 1 to 15, as people quote them. */
	readonly number: number;
	readonly area: ScorecardArea;
	readonly question: string;
	/** Null: for people to answer. */
	readonly answer: 'yes' | 'no' | null;
	/** What in the record decides it, or bears on it; empty where nothing does. */
	readonly evidence: string;
};

const questions: Readonly<Record<ScorecardArea, readonly string[]>> = {
	People: [
		'Were the people responding to this incident sufficiently different than the previous five incidents?',
		'Were the people who responded prepared enough to respond effectively',
		'Were fewer than five people paged?',
		'Were pages routed to the correct sub-team(s)?',
		'Were pages routed to online (business hours) engineers? Answer "no" if engineers were paged after business hours.',
	],
	Process: [
		'Was the "Incident status" section atop the Google Doc kept up-to-date during the incident?',
		'Was a public wikimediastatus.net entry created?',
		'Is there a phabricator task for the incident?',
		'Are the documented action items assigned?',
		'Is this incident sufficiently different from earlier incidents so as not to be a repeat occurrence?',
	],
	Tooling: [
		'To the best of your knowledge was the open task queue free of any tasks that would have prevented this incident? Answer "no" if there are open tasks that would prevent this incident or make mitigation easier if implemented.',
		'Were the people responding able to communicate effectively during the incident with the existing tooling?',
		'Did existing monitoring notify the initial responders?',
		'Were the engineering tools that were to be used during the incident, available and in service?',
		'Were the steps taken to mitigate guided by an existing runbook?',
	],
};

type Answer = Pick<ScorecardRow, 'answer' | 'evidence'>;

const open: Answer = {answer: null, evidence: ''};

/** A row of the timeline that tells of the public status page. */
function statusPage({timeline}: Draft): Answer {
	const told = timeline.content.find(
		({kind, text, redacted}) => kind === 'communication' && !redacted && /\bwikimediastatus\.net\b/i.test(text),
	);
	return told === undefined ? open : {answer: 'yes', evidence: `said at ${sayTime(told.at)}`};
}

/** Who or what was first: a check and an alert are monitoring, a person's word is not. */
function monitoring({moments}: Draft): Answer {
	const detected = moments.content.find(({key}) => key === 'detected')?.moment ?? null;
	if (detected === null || detected.by === null) return open;
	const who = detected.by === 'machine' ? 'a machine' : 'a person';
	return {
		answer: detected.by === 'machine' ? 'yes' : 'no',
		evidence: `noticed first by ${who} at ${sayTime(detected.at)}: ${detected.note}`,
	};
}

/** A signal that could not be read bears on whether the tools were in service; whether it was needed is for people to say. */
function tools({gate}: Draft): Answer {
	const blind = gate.content.rows.find(({part, rule}) => part === 'could-not' && rule !== null);
	return blind === undefined ? open : {answer: null, evidence: blind.sentence};
}

const prefilled: Readonly<Record<number, (draft: Draft) => Answer>> = {7: statusPage, 13: monitoring, 14: tools};

/** The scorecard of a draft, in the order in which it is printed. */
export function scorecardOf(draft: Draft): readonly ScorecardRow[] {
	const areas = Object.entries(questions) as [ScorecardArea, readonly string[]][];
	return areas
		.flatMap(([area, texts]) => texts.map(question => ({area, question})))
		.map(({area, question}, index) => ({number: index + 1, area, question, ...(prefilled[index + 1]?.(draft) ?? open)}));
}
