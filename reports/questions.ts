/**
 * Questions: what the data cannot say and people can. None asks who; all ask about the system.
 * The first set is that of the wikitech-l thread on the 2015-10-26 outage; the others follow from moments that are unset.
 */
import type {MomentKey, Moments} from './moments.ts';
import {momentKeys} from './moments.ts';
import type {IncidentStory} from './story.ts';

export type Question = {
	readonly id: string;
	readonly topic: 'system' | 'moment' | 'learning';
	readonly text: string;
	readonly help: string;
	/** The part of the report that an answer belongs to. */
	readonly section: string;
};

const aboutTheDeploy: readonly Question[] = [
	['train', 'Why was this not part of the regular deployment train?', 'What broke or was needed before the next train.'],
	['thresholds', 'What are the thresholds for the fast deploy window, and are they followed?', 'And are they the right ones?'],
	[
		'review',
		'How was the change reviewed and tested before it was deployed?',
		'Which review and which test could have seen this, and which could not.',
	],
	['elsewhere', 'Why did it work elsewhere, and not in production?', 'What differs: order, traffic, configuration, data.'],
	[
		'ordered-steps',
		'How are deploys with several ordered steps identified, and how is the order enforced?',
		'Where would the next deployer read it?',
	],
].map(([id = '', text = '', help = '']) => ({id, topic: 'system' as const, text, help, section: 'learned'}));

const withoutDeploy: readonly Question[] = [
	{
		id: 'began',
		topic: 'system',
		text: 'What changed shortly before it began?',
		help: 'Configuration, traffic, a dependency, hardware.',
		section: 'trigger',
	},
	{
		id: 'elsewhere',
		topic: 'system',
		text: 'Where did it not happen, and what differs there?',
		help: 'Other sites, groups, hosts.',
		section: 'learned',
	},
];

const ofMoment: Readonly<Record<MomentKey, {readonly text: string; readonly help: string; readonly section: string}>> = {
	change_live: {text: 'When did the first host run the change?', help: 'From the deploy log or the host.', section: 'timeline'},
	impact_start: {
		text: 'When did users first notice?',
		help: 'First report, first failed request: which, and how is it known?',
		section: 'impact',
	},
	signal_first: {
		text: 'Which graph or log showed it first, and when?',
		help: 'Also one that nobody watched at the time.',
		section: 'detection',
	},
	detected: {
		text: 'How was it noticed, and when?',
		help: 'An alert, a check, a message: what pointed at the problem.',
		section: 'detection',
	},
	decided: {
		text: 'When was it decided what to do, and what else was considered?',
		help: 'What was thought at the time, and what was tried.',
		section: 'timeline',
	},
	rollback_start: {
		text: 'Was it taken back, or fixed forward, and when did that begin?',
		help: 'The first command that was meant to end it.',
		section: 'timeline',
	},
	rollback_done: {
		text: 'When was the last host back, and how was that verified?',
		help: 'The commit on each checkout, not the word "Finished".',
		section: 'timeline',
	},
	signals_normal: {text: 'When were the signals normal again?', help: 'Which signal, compared with what.', section: 'impact'},
	impact_end: {text: 'When was the last effect gone?', help: 'Caches, data, queued jobs and messages included.', section: 'impact'},
};

const learning: readonly Question[] = [
	{
		id: 'first-thought',
		topic: 'learning',
		text: 'What was thought first, what was tried, and what did it show?',
		help: 'Wrong turns are the most useful part.',
		section: 'timeline',
	},
	{id: 'residue', topic: 'learning', text: 'Is anything left behind: caches, data, jobs?', help: 'And until when.', section: 'impact'},
	{
		id: 'surprise',
		topic: 'learning',
		text: 'What was surprising?',
		help: 'What did the system do that its people did not expect?',
		section: 'learned',
	},
];

const momentQuestion = (key: MomentKey): Question => ({id: `moment-${key}`, topic: 'moment', ...ofMoment[key]});

/** Every question that any story can raise; of two with one id, the first. */
export const allQuestions: readonly Question[] = [
	...momentKeys.map(momentQuestion),
	...aboutTheDeploy,
	...withoutDeploy,
	...learning,
].filter((question, index, all) => all.findIndex(({id}) => id === question.id) === index);

/** Questions of a story, in the order in which a meeting would ask them. */
export function questionsOf(story: IncidentStory, moments: Moments): readonly Question[] {
	const tookBack = story.rollbacks.length > 0 || story.deploy !== null;
	const unset = momentKeys
		.filter(key => moments[key] === null)
		.filter(key => tookBack || (key !== 'change_live' && key !== 'rollback_done'))
		.map(momentQuestion);
	return [...unset, ...(story.deploy === null ? withoutDeploy : aboutTheDeploy), ...learning];
}
