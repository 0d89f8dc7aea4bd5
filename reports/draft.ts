/** Draft: a report's contents, made from a story and nothing else. Each section says where its text comes from; what is unknown is a question. */
import type {Instant} from '../gate/facts.ts';
import {type ProposedAction, proposedActions} from './actions.ts';
import {type GateSaw, gateSaw} from './gate-saw.ts';
import {type Impact, impactOf} from './impact.ts';
import {fieldsFor, isAnswered, type MeetingField} from './meeting.ts';
import {type PlacedItem, placedItems} from './meeting-items.ts';
import {metadataRows, plainItem, plainMeeting, type Said, type SaidByPart, saidByPart} from './meeting-said.ts';
import {type Moment, type MomentKey, momentKeys, momentsOf} from './moments.ts';
import {plainData} from './plain-text.ts';
import {type Question, questionsOf} from './questions.ts';
import {sayDateTime, sayList, shortSha} from './say.ts';
import type {IncidentStory} from './story.ts';
import {detectionOf, type Lessons, lessonsOf, summaryOf} from './summary.ts';
import {type TimelineRow, timelineOf} from './timeline.ts';
import {type Trigger, triggerOf} from './trigger.ts';

export type DraftSource = 'events' | 'readings' | 'verdicts' | 'rules' | 'people';

/** One section: what it holds, and what it was made from. `key` stays the same for ever, so that people's texts can be kept beside it. */
export type Section<Content> = {
	readonly key: string;
	readonly title: string;
	readonly from: readonly DraftSource[];
	/** What people said of it in the post-mortem form: every format prints it first, and the generated content beneath. */
	readonly said: readonly Said[];
	readonly content: Content;
};

export type DraftMoment = {readonly key: MomentKey; readonly label: string; readonly moment: Moment | null};

export type Draft = {
	readonly format: 'signalbox-draft-1';
	readonly asOf: Instant;
	readonly id: string;
	readonly title: string;
	readonly status: IncidentStory['incident']['status'];
	readonly service: string;
	readonly metadata: readonly {readonly label: string; readonly text: string}[];
	readonly summary: Section<readonly string[]>;
	readonly moments: Section<readonly DraftMoment[]>;
	readonly impact: Section<Impact>;
	readonly timeline: Section<readonly TimelineRow[]>;
	readonly detection: Section<readonly string[]>;
	readonly trigger: Section<Trigger>;
	readonly gate: Section<GateSaw>;
	readonly lessons: Section<Lessons>;
	/** The action items that people made or took over, each under the one that it is part of. */
	readonly items: Section<readonly PlacedItem[]>;
	/** What rules propose and nobody took over or turned down. */
	readonly actions: Section<readonly ProposedAction[]>;
	/** Those that nobody answered. */
	readonly questions: Section<readonly Question[]>;
	/** The post-mortem form: how much of it is answered; null where nobody opened it. */
	readonly meeting: {readonly questionSet: string; readonly openedAt: Instant; readonly answered: number; readonly asked: number} | null;
	readonly head: {readonly seq: number; readonly hash: string} | null;
};

export const momentLabels: Readonly<Record<MomentKey, string>> = {
	change_live: 'Change live',
	impact_start: 'Impact began',
	signal_first: 'First signal',
	detected: 'Noticed',
	decided: 'Decided',
	rollback_start: 'Rollback began',
	rollback_done: 'Rollback done',
	signals_normal: 'Signals normal',
	impact_end: 'Impact over',
};

const notKnown = 'not known';

function metadataOf(story: IncidentStory, start: Moment | null, end: Moment | null): Draft['metadata'] {
	const {incident, deploy, head} = story;
	const targets = deploy === null ? [] : deploy.targets.map(({repository, sha}) => `${repository} ${shortSha(sha)}`);
	return [
		{label: 'Incident', text: incident.id},
		{label: 'Status', text: incident.status.replaceAll('_', ' ')},
		{label: 'Start (UTC)', text: start === null ? notKnown : sayDateTime(start.at)},
		{label: 'End (UTC)', text: end === null ? notKnown : sayDateTime(end.at)},
		{label: 'Opened (UTC)', text: `${sayDateTime(incident.openedAt)}, by ${openers[incident.openedBy]}`},
		{label: 'Service', text: story.service},
		{label: 'Groups', text: deploy === null || deploy.groups.length === 0 ? 'none named' : sayList(deploy.groups)},
		{label: 'Deploy', text: deploy === null ? 'none' : `${deploy.id}, attempt ${deploy.attempt}`},
		{label: 'Targets', text: targets.length === 0 ? 'none named' : sayList(targets)},
		{label: 'Event chain', text: head === null ? 'no event' : `event ${head.seq}, ${head.hash}`},
	];
}

const openers: Readonly<Record<IncidentStory['incident']['openedBy'], string>> = {
	gate: 'the gate',
	human: 'a person',
	alert: 'an alert',
	log: 'the deploy log',
};

/**
 * Everything in a story made plain: one line each, but what people answered, which keeps its lines. No format has to know of control
 * characters after it. The same again changes nothing.
 */
export function plainStory(hostile: IncidentStory): IncidentStory {
	if (plainStories.has(hostile)) return hostile;
	const plain = {
		...plainData({...hostile, meeting: null, owed: []}),
		...{meeting: plainMeeting(hostile.meeting), owed: hostile.owed.map(plainItem)},
	};
	plainStories.add(plain);
	return plain;
}

/** Those that came out of it: a page cleans its story first, and the draft within the page need not walk through it again. */
const plainStories = new WeakSet<IncidentStory>();

/** Proposals that no item was made of. One whose wording changed since is known by its text. */
function openProposals(proposals: readonly ProposedAction[], items: readonly PlacedItem[]): readonly ProposedAction[] {
	const taken = items.flatMap(({item}) => item.proposal ?? []);
	const take = (fits: (known: {readonly text: string; readonly because: string}) => boolean): boolean => {
		const index = taken.findIndex(fits);
		if (index >= 0) taken.splice(index, 1);
		return index >= 0;
	};
	const others = proposals.filter(({text, because}) => !take(known => known.text === text && known.because === because));
	return others.filter(({text}) => !take(known => known.text === text));
}

type FromPeople = {readonly fields: readonly MeetingField[]; readonly questions: readonly Question[]; readonly said: SaidByPart};

/** What people said, and the questions that are left. */
function fromPeople({meeting}: IncidentStory, questions: readonly Question[]): FromPeople {
	const answers = meeting?.answers ?? [];
	const fields = fieldsFor(questions, answers);
	const answered = new Set(answers.filter(isAnswered).map(({field}) => field));
	return {fields, questions: questions.filter(({id}) => !answered.has(id)), said: saidByPart(meeting, fields)};
}

function meetingOf({meeting}: IncidentStory, fields: readonly MeetingField[]): Draft['meeting'] {
	if (meeting === null) return null;
	const answered = new Set(meeting.answers.filter(isAnswered).map(({field}) => field));
	const {questionSet, openedAt} = meeting;
	return {questionSet, openedAt, answered: fields.filter(({id}) => answered.has(id)).length, asked: fields.length};
}

const section = <Content>(
	key: string,
	title: string,
	from: readonly DraftSource[],
	content: Content,
	said: readonly Said[] = [],
): Section<Content> => ({key, title, from: said.length === 0 ? from : ['people', ...from], content, said});

/** The draft of an incident. Text from outside is made plain here, once, so that no format has to know of control characters. */
export function draftOf(hostile: IncidentStory): Draft {
	const story = plainStory(hostile);
	const moments = momentsOf(story);
	const impact = impactOf(story, moments);
	const {incident} = story;
	const {fields, questions, said} = fromPeople(story, questionsOf(story, moments));
	const items = placedItems(story.meeting?.items ?? story.owed);
	const shown = momentKeys.map(key => ({key, label: momentLabels[key], moment: moments[key]}));
	return {
		...{format: 'signalbox-draft-1', asOf: story.asOf, id: incident.id, status: incident.status, service: story.service},
		title: said.title[0]?.lines[0]?.text ?? incident.title,
		metadata: [...metadataOf(story, moments.impact_start, moments.impact_end), ...metadataRows(said.metadata)],
		summary: section('summary', 'Summary', ['events', 'readings'], summaryOf(story, moments, impact), said.summary),
		moments: section('moments', 'Moments', ['events', 'readings', 'verdicts'], shown),
		impact: section('impact', 'Impact', ['readings'], impact, said.impact),
		timeline: section('timeline', 'Timeline', ['events'], timelineOf(story, impact.window), said.timeline),
		detection: section('detection', 'Detection', ['events', 'readings', 'verdicts'], detectionOf(story, moments), said.detection),
		trigger: section('trigger', 'Trigger', ['rules'], triggerOf(story, moments), said.trigger),
		gate: section('gate', 'What the gate saw', ['verdicts'], gateSaw(story, moments)),
		lessons: section('lessons', 'Lessons', ['events', 'verdicts'], lessonsOf(story, moments), said.lessons),
		items: section('items', 'Action items', ['people'], items),
		actions: section('actions', 'Proposed action items', ['rules'], openProposals(proposedActions(story, moments), items)),
		questions: section('questions', 'Questions', ['rules'], questions),
		meeting: meetingOf(story, fields),
		head: story.head,
	};
}
