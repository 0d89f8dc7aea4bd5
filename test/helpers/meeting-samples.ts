/** The story of 2015-10-26 with a meeting held on it: some fields saved, some from the data, some empty, and action items of every kind. */
import type {Answer} from '../../reports/meeting.ts';
import type {ActionItem, ItemContents} from '../../reports/meeting-items.ts';
import type {IncidentStory} from '../../reports/story.ts';
import {knownField} from '../../server/actions/save-field.ts';
import {fieldConflictPage} from '../../templates/meeting-again-page.ts';
import {meetingHistoryPage} from '../../templates/meeting-history-page.ts';
import {type ItemIssues, meetingPage} from '../../templates/meeting-page.ts';
import {on, story2015} from './story-2015.ts';

const at = '2015-10-27T17:03:09.000Z';

/** One made after the other, so that a page of a sample is always the same. */
export function countedIds(): () => string {
	let count = 0;
	return () => {
		count += 1;
		return `form-${String(count).padStart(4, '0')}`;
	};
}

export const answer = (field: string, text: string, more: Partial<Answer> = {}): Answer => ({
	...{field, text, version: 1, by: 'Ann Editor', at, generated: null},
	...more,
});

export const item = (number: number, text: string, more: Partial<ActionItem & ItemContents> = {}): ActionItem => ({
	...{id: `INC-2015-0001-A${number}`, incident: 'INC-2015-0001', position: number, parent: null, text},
	...{task: null, owner: null, due: null, kind: null, doneWhen: null, status: 'proposed', reason: null},
	...{from: 'meeting', proposal: null, version: 1, tracker: null, changedBy: 'Ann Editor', changedAt: at},
	...more,
});

/** One is on its way, one could not be made; the others have a button. */
const issues: ItemIssues = {
	repository: 'o/r',
	asked: [
		{item: 'INC-2015-0001-A1', state: 'wanted', repository: 'o/r', reason: null},
		{item: 'INC-2015-0001-A2', state: 'failed', repository: 'o/r', reason: 'GitHub does not take the token: see «token_file»'},
	],
};

export const meetingStory: IncidentStory = {
	...story2015,
	meeting: {
		questionSet: 'wikimedia-minutes-1',
		openedAt: at,
		answers: [
			answer('title', '2015-10-26 search logging: patches in the wrong order'),
			answer('date', '2015-10-27'),
			answer('attendees', 'Ann Editor, Bob Facilitator, Cas'),
			answer('resulting_tasks', '- T181191\n- T181183'),
			answer(
				'discovered',
				'- A reader heard of it first\n  - the monitor *fatalmonitor* did not show it\n- Someone should have looked at the other monitor',
				{version: 3, generated: '- It was noticed.\n- signals-alive was blind at canaries.'},
			),
			answer('train', 'It was a fix for something that the train before had broken.'),
			answer('summary', '', {version: 2}),
		],
		items: [
			item(1, 'reviews of extensions', {task: 'T182731', owner: 'greg/JR', due: '2015-11-10', status: 'agreed', kind: 'process'}),
			item(2, 'send a note about extension review', {parent: 'INC-2015-0001-A1', owner: 'greg', status: 'done'}),
			item(3, 'proximity of service deployments to train deployments', {task: 'T182733', owner: 'chad'}),
			item(4, 'Push the revert of WikimediaEvents f793b13 to wmf/1.27.0-wmf.3 for review', {
				...{from: 'rule', kind: 'fix', status: 'open', owner: 'Cas', due: '2015-10-28', doneWhen: 'the revert is merged'},
				proposal: {
					text: 'Push the revert of WikimediaEvents f793b13 to wmf/1.27.0-wmf.3 for review',
					because: 'Owed since the rollback: what was done on the hosts is not in review yet.',
					paste: null,
				},
				tracker: {system: 'github', key: '#12', url: 'https://github.com/example/app/issues/12', state: 'open', syncedAt: at},
			}),
			item(5, 'A second canary in the other datacentre', {status: 'not_doing', reason: 'no traffic there'}),
		],
	},
};

const now = on('15:19:10');
const sampleField = knownField('summary');

export const meetingSamples = {
	'pages/meeting.hbs': meetingPage(meetingStory, {now, newId: countedIds(), issues, done: 'discovered'}),
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
} as const;
