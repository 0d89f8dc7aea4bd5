/** A sample of every view: what each template prints in its snapshot test, and what can be looked at in a browser. */
import {draftOf} from '../../reports/draft.ts';
import {stationsOf} from '../../reports/line-diagram.ts';
import type {DeployStory} from '../../reports/story.ts';
import {type BoardInput, boardPage} from '../../templates/board-page.ts';
import {deployPage} from '../../templates/deploy-page.ts';
import {incidentPage} from '../../templates/incident-page.ts';
import {fieldConflictPage} from '../../templates/meeting-again-page.ts';
import {meetingHistoryPage} from '../../templates/meeting-history-page.ts';
import {meetingPage} from '../../templates/meeting-page.ts';
import {problemPage} from '../../templates/problem-page.ts';
import {htmlReportView} from '../../templates/report-html.ts';
import {reportView} from '../../templates/report-markdown.ts';
import {wikitextView} from '../../templates/report-wikitext.ts';
import type {Views} from '../../templates/views.ts';
import {knownField} from '../../server/actions/save-field.ts';
import {countedIds, meetingStory} from './meeting-samples.ts';
import {on, story2015} from './story-2015.ts';

const sampleField = knownField('summary');
const now = on('15:19:10');

export const boardInput: BoardInput = {
	now,
	services: ['mediawiki', 'ores'],
	configFile: '/etc/signalbox.yaml',
	exampleConfig: 'services:\n  app:\n    groups: [east, west]\n',
	stories: ['2015-10-26'],
	incidents: [{...story2015.incident, service: 'mediawiki'}],
	deploys: [
		{
			id: 'ores-2c81',
			attempt: 1,
			service: 'ores',
			openedAt: on('15:16:02'),
			closedAt: null,
			outcome: 'open',
			stations: stationsOf({
				deploy: null,
				stages: story2015.stages.map(stage => ({
					...stage,
					verdicts:
						stage.name === 'canaries'
							? [{verdict: 'go', stage: 'canaries', at: on('15:18:40'), findings: [], undecided: true}]
							: stage.verdicts.slice(-1),
				})),
			}),
			verdict: {
				word: 'go',
				undecided: true,
				stage: 'canaries',
				at: on('15:18:40'),
				because: '6x excluded; 3x needs 150 s more at 12 errors in 340 requests; baseline 3 in 3,100.',
				remedy: null,
			},
		},
		{
			id: 'mw-7f3a',
			attempt: 2,
			service: 'mediawiki',
			openedAt: on('15:12:45'),
			closedAt: on('15:15:18'),
			outcome: 'rolled_back',
			stations: stationsOf(story2015),
			verdict: {
				word: 'rollback',
				undecided: false,
				stage: 'canaries',
				at: on('15:13:31'),
				because: 'errors on the canaries are 96 times the baseline',
				remedy: null,
			},
		},
	],
	signals: [
		{
			service: 'mediawiki',
			name: 'errors',
			alive: true,
			why: 'Matched 8,640 on the baseline in 24 h.',
			newestAt: on('15:19:08'),
			lagMs: 2000,
		},
		{
			service: 'mediawiki',
			name: 'fatals',
			alive: false,
			why: 'The newest line of fatal.log is 41 min old.',
			newestAt: on('14:38:10'),
			lagMs: 2_460_000,
		},
		{service: 'ores', name: 'http-5xx', alive: null, why: '', newestAt: null, lagMs: null},
	],
	owed: [
		{text: 'Push the revert of WikimediaEvents f793b13 for review', href: '/incidents/INC-2015-0001', since: on('15:15:18')},
		{text: 'Finish the draft of INC-2015-0001', href: '/incidents/INC-2015-0001', since: on('15:13:31')},
	],
};

export const emptyBoard: BoardInput = {...boardInput, services: [], incidents: [], deploys: [], signals: [], owed: []};

const {incident: _incident, debts: _debts, meeting: _meeting, ...deployStory} = story2015;

export const sampleDeploy: DeployStory = deployStory;

export const rollback = {
	commands: [
		'git -C /srv/mediawiki-staging/php-1.27.0-wmf.3/extensions/WikimediaEvents checkout 1d4bc36',
		"scap sync-world 'Revert mw-7f3a'",
	],
	sideEffects: ['Search events of the last minutes are kept; those made by the new schema are not converted.'],
};

export const samples: {readonly [Name in keyof Views]: Views[Name]} = {
	'pages/board.hbs': boardPage(boardInput),
	'pages/deploy.hbs': deployPage(sampleDeploy, {now, incident: story2015.incident}),
	'pages/incident.hbs': incidentPage(story2015, {now, rollback}),
	'pages/meeting.hbs': meetingPage(meetingStory, {now, newId: countedIds(), done: 'discovered'}),
	'pages/meeting-again.hbs': fieldConflictPage({now, newId: countedIds(), incident: 'INC-2015-0001'}, sampleField, {
		current: {text: 'One line\nTheir line', version: 2, by: 'Bob Facilitator', at: now},
		mine: 'One line\nMy line',
	}),
	'pages/meeting-history.hbs': meetingHistoryPage(sampleField, {
		...{now, incident: 'INC-2015-0001', count: 3},
		updates: [
			{outcome: 'conflict', version: null, baseVersion: 1, text: 'Mine', by: 'Ann Editor', at: now},
			{outcome: 'accepted', version: 2, baseVersion: 1, text: 'Theirs\n  - more', by: 'Bob Facilitator', at: now},
			{outcome: 'accepted', version: 1, baseVersion: 0, text: '', by: 'Ann Editor', at: now},
		],
	}),
	'pages/problem.hbs': problemPage({now, status: 404, what: 'No incident has the id INC-2015-0099.', problems: []}),
	'reports/incident.md.hbs': reportView(draftOf(story2015)),
	'reports/incident.wiki.hbs': wikitextView(draftOf(story2015)),
	'reports/incident.html.hbs': htmlReportView(story2015),
};
