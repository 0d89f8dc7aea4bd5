/** Draft: a report's contents, made from a story and nothing else. Each section says where its text comes from; what is unknown is a question. */
import type {Instant} from '../gate/facts.ts';
import {type ProposedAction, proposedActions} from './actions.ts';
import {type GateSaw, gateSaw} from './gate-saw.ts';
import {type Impact, impactOf} from './impact.ts';
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
	readonly actions: Section<readonly ProposedAction[]>;
	readonly questions: Section<readonly Question[]>;
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

/** The draft of an incident. Text from outside is made plain here, once, so that no format has to know of control characters. */
export function draftOf(hostile: IncidentStory): Draft {
	const story = plainData(hostile);
	const moments = momentsOf(story);
	const impact = impactOf(story, moments);
	const {incident} = story;
	return {
		format: 'signalbox-draft-1',
		asOf: story.asOf,
		id: incident.id,
		title: incident.title,
		status: incident.status,
		service: story.service,
		metadata: metadataOf(story, moments.impact_start, moments.impact_end),
		summary: {key: 'summary', title: 'Summary', from: ['events', 'readings'], content: summaryOf(story, moments, impact)},
		moments: {
			key: 'moments',
			title: 'Moments',
			from: ['events', 'readings', 'verdicts'],
			content: momentKeys.map(key => ({key, label: momentLabels[key], moment: moments[key]})),
		},
		impact: {key: 'impact', title: 'Impact', from: ['readings'], content: impact},
		timeline: {key: 'timeline', title: 'Timeline', from: ['events'], content: timelineOf(story, impact.window)},
		detection: {key: 'detection', title: 'Detection', from: ['events', 'readings', 'verdicts'], content: detectionOf(story, moments)},
		trigger: {key: 'trigger', title: 'Trigger', from: ['rules'], content: triggerOf(story, moments)},
		gate: {key: 'gate', title: 'What the gate saw', from: ['verdicts'], content: gateSaw(story, moments)},
		lessons: {key: 'lessons', title: 'Lessons', from: ['events', 'verdicts'], content: lessonsOf(story, moments)},
		actions: {key: 'actions', title: 'Proposed action items', from: ['rules'], content: proposedActions(story, moments)},
		questions: {key: 'questions', title: 'Questions', from: ['rules'], content: questionsOf(story, moments)},
		head: story.head,
	};
}
