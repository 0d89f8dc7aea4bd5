/** A sample of every view: what each template prints in its snapshot test, and what can be looked at in a browser. */
import {draftOf} from '../../reports/draft.ts';
import {stationsOf} from '../../reports/line-diagram.ts';
import {messageOf, type NoticeWords} from '../../reports/notice.ts';
import type {DeployStory} from '../../reports/story.ts';
import {type BoardInput, boardPage} from '../../templates/board-page.ts';
import {deployPage} from '../../templates/deploy-page.ts';
import {incidentPage} from '../../templates/incident-page.ts';
import {type IssueInput, issueView} from '../../templates/issue-text.ts';
import {mailView, slackView} from '../../templates/notice-text.ts';
import {type NoticesInput, noticesPage} from '../../templates/notices-page.ts';
import {peoplePage} from '../../templates/people-page.ts';
import {problemPage} from '../../templates/problem-page.ts';
import {htmlReportView} from '../../templates/report-html.ts';
import {reportView} from '../../templates/report-markdown.ts';
import {wikitextView} from '../../templates/report-wikitext.ts';
import {sendAgainPage} from '../../templates/send-again-page.ts';
import {signInPage} from '../../templates/sign-in-page.ts';
import type {Views} from '../../templates/views.ts';
import {listSamples} from './list-samples.ts';
import {meetingSamples} from './meeting-samples.ts';
import {explainedFive} from './order-samples.ts';
import {on, story2015} from './story-2015.ts';

const now = on('15:19:10');

export const boardInput: BoardInput = {
	now,
	services: ['mediawiki', 'ores'],
	configFile: '/etc/signalbox.yaml',
	exampleConfig: 'services:\n  app:\n    groups: [east, west]\n',
	stories: ['2015-10-26'],
	incidents: [{...story2015.incident, service: 'mediawiki'}],
	broken: [
		{
			...{service: 'mediawiki', group: 'group1', since: on('15:18:10'), remedy: 'bring aaf6372 back; or take c0fd944 back.'},
			because: 'WikimediaEvents c0fd944 is live on group1 and needs CirrusSearch aaf6372, which was taken back.',
		},
	],
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

export const emptyBoard: BoardInput = {...boardInput, services: [], incidents: [], broken: [], deploys: [], signals: [], owed: []};

const {incident: _incident, debts: _debts, owed: _owed, meeting: _meeting, ...deployStory} = story2015;

export const sampleDeploy: DeployStory = deployStory;

export const rollback = {
	warnings: ['NOT SAFE TO TAKE BACK: WikimediaEvents f793b13: the new schema has been written to (its own footer says so)'],
	commands: [
		'git -C /srv/mediawiki-staging/php-1.27.0-wmf.3/extensions/WikimediaEvents checkout 1d4bc36',
		"scap sync-world 'Revert mw-7f3a'",
	],
	sideEffects: ['Search events of the last minutes are kept; those made by the new schema are not converted.'],
};

export const noticeWords: NoticeWords = {
	about: 'incident_opened',
	subject: 'INC-2015-0001 open: 2015-10-26 mediawiki: errors at canaries, 96 times the baseline',
	sentence: 'mediawiki: INC-2015-0001 opened: the gate says roll back at canaries: errors on the canaries are 96 times the baseline',
	remedy: 'signalbox rollback --plan --service mediawiki',
	path: '/incidents/INC-2015-0001',
	at: on('15:13:31'),
	head: '5d1f'.repeat(16),
};
export const sending = {id: '6b5f0d0e-3f0a-4c52-9d6e-2f1f2e6f7a01', target: 'oncall-mail', base: 'https://signalbox.example.org'};
export const sampleMessage = messageOf([noticeWords]) ?? {subject: '', sentences: [], unnamed: 0, remedy: null, path: '/', head: ''};

export const issueInput: IssueInput = {
	...{item: 'INC-2015-0001-A3', incident: {id: 'INC-2015-0001', title: '2015-10-26 mediawiki: errors at canaries'}},
	...{text: 'Make `scap` refuse [two] owners of *one* schema', owner: '@Riley Deployer', due: '2015-11-09'},
	...{doneWhen: 'a test holds it', base: 'https://signalbox.example.org'},
};

export const noticesInput: NoticesInput = {
	now,
	targets: [
		{
			...{name: 'oncall-chat', where: 'a webhook', about: ['incident_opened', 'rollback'], services: null},
			...{waiting: 2, failed: 1, reason: 'hooks.example.org answered 503'},
		},
		{
			...{name: 'oncall-mail', where: 'mail to oncall@example.org by mail.example.org', about: ['draft_ready'], services: ['mediawiki']},
			...{waiting: 0, failed: 0, reason: null},
		},
		{name: 'old-chat', where: null, about: [], services: null, waiting: 1, failed: 0, reason: null},
	],
	notices: [
		{
			...{id: sending.id, target: 'oncall-chat', madeAt: on('15:15:18'), text: noticeWords.sentence, href: noticeWords.path},
			...{state: 'waiting', attempts: 3, dueAt: on('15:19:40'), endedAt: null, reason: 'hooks.example.org answered 503'},
		},
		{
			...{id: '0c4b8c1e-77ad-4a7f-9a57-52b3c1a3e002', target: 'oncall-chat', madeAt: on('15:13:31'), text: null, href: null},
			...{state: 'failed', attempts: 1, dueAt: on('15:13:31'), endedAt: on('15:13:32')},
			reason: 'hooks.example.org answered 410: the channel or the webhook is gone: make a new one and put its address into url_file',
		},
		{
			...{id: '9b2f51d6-1d3c-4d29-8a86-8f1d6c7a9003', target: 'oncall-mail', madeAt: on('15:13:31'), text: noticeWords.sentence, href: '/'},
			...{state: 'sent', attempts: 1, dueAt: on('15:13:31'), endedAt: on('15:13:33'), reason: null},
		},
	],
	state: null,
	next: '17',
};

export const samples: {readonly [Name in keyof Views]: Views[Name]} = {
	'pages/board.hbs': boardPage(boardInput),
	'pages/deploy.hbs': deployPage(sampleDeploy, {now, incident: story2015.incident, order: explainedFive}),
	'pages/incident.hbs': incidentPage(story2015, {now, rollback}),
	...meetingSamples,
	...listSamples,
	'pages/notices.hbs': noticesPage(noticesInput),
	'notices/slack.txt.hbs': slackView(sampleMessage, sending),
	'notices/mail.txt.hbs': mailView(sampleMessage, sending),
	'notices/issue.md.hbs': issueView(issueInput),
	'pages/problem.hbs': problemPage({now, status: 404, what: 'No incident has the id INC-2015-0099.', problems: []}),
	'pages/sign-in.hbs': signInPage({
		...{
			now,
			link: null,
			problem: 'This sign-in link was used before.',
			links: true,
			proxy: true,
			to: '/incidents/INC-2015-0001',
			person: null,
		},
	}),
	'pages/send-again.hbs': sendAgainPage({
		...{now, person: 'Riley Deployer', why: null, action: '/incidents/INC-2015-0001/meeting'},
		fields: [
			{name: 'title', value: 'Search events were lost'},
			{name: 'what_went_well', value: 'The canaries told.\r\n"Nobody" asked </textarea> why.'},
			{name: 'date', value: ''},
		],
	}),
	'pages/people.hbs': peoplePage({
		...{now, you: 'Riley Deployer', services: ['mediawiki', 'ores'], links: true},
		made: {title: 'The sign-in link of Sam', secret: 'https://gate.example/sign-in/…', note: 'It works once, until 2015-10-27 15:19 UTC.'},
		people: [
			{id: 'p1', name: 'Riley Deployer', role: 'admin', seenAt: on('15:18:02'), disabledAt: null},
			{id: 'p2', name: 'Sam', role: 'editor', seenAt: null, disabledAt: null},
			{id: 'p3', name: 'Kim', role: 'deployer', seenAt: on('14:00:00'), disabledAt: on('15:00:00')},
		],
		tokens: [
			{
				...{id: '0123456789', name: 'fleet', role: 'deployer', services: ['mediawiki'], madeAt: on('12:00:00'), madeBy: 'Riley Deployer'},
				...{expiresAt: null, revokedAt: null, seenAt: on('15:19:00')},
			},
			{
				...{id: 'abcdef0123', name: 'bot', role: 'editor', services: null, madeAt: on('12:00:00'), madeBy: 'Riley Deployer'},
				...{expiresAt: on('15:00:00'), revokedAt: null, seenAt: null},
			},
		],
	}),
	'reports/incident.md.hbs': reportView(draftOf(story2015)),
	'reports/incident.wiki.hbs': wikitextView(draftOf(story2015)),
	'reports/incident.html.hbs': htmlReportView(story2015),
};
