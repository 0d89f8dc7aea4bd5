/** Samples of the lists, for their snapshots and for the tests that poison every field. */
import {stationsOf} from '../../reports/line-diagram.ts';
import {type DeploysInput, deploysPage} from '../../templates/deploys-page.ts';
import {type IncidentsInput, incidentsPage} from '../../templates/incidents-page.ts';
import {on, story2015} from './story-2015.ts';

const now = on('15:19:10');
const stations = stationsOf(story2015);

export const deploysInput: DeploysInput = {
	now,
	services: ['mediawiki', 'ores'],
	typed: {service: 'mediawiki', q: 'WikimediaEvents', since: '7d'},
	problems: [],
	deploys: [
		{
			...{id: 'D-2015-0004', attempt: 2, service: 'mediawiki', openedAt: on('15:12:45'), closedAt: on('15:15:18'), outcome: 'rolled_back'},
			...{stations, watching: false, takesBack: null, incident: 'INC-2015-0001'},
			verdict: {
				...{word: 'rollback', undecided: false, stage: 'canaries', at: on('15:13:31'), remedy: null},
				because: 'errors on the canaries are 96 times the baseline',
			},
		},
		{
			...{id: 'D-2015-0005', attempt: 1, service: 'mediawiki', openedAt: on('15:16:02'), closedAt: null, outcome: 'open'},
			...{stations: [], watching: true, takesBack: 'D-2015-0004/2', incident: null, verdict: null},
		},
	],
	neighbours: {previous: 'cursor-back', next: 'cursor-on'},
	any: true,
};

export const incidentsInput: IncidentsInput = {
	now,
	services: ['mediawiki', 'ores'],
	typed: {},
	problems: [],
	incidents: [
		{
			...{id: 'INC-2015-0001', title: '2015-10-26 mediawiki: errors on canaries', status: 'mitigated', service: 'mediawiki'},
			...{openedAt: on('15:13:31'), normalAt: on('15:15:18'), about: 'The canaries logged 96 times the baseline.', reportVersion: 2},
		},
		{
			...{id: 'INC-2015-0002', title: 'Blank pages on enwiki', status: 'suspected', service: 'mediawiki'},
			...{openedAt: on('15:18:00'), normalAt: null, about: '', reportVersion: null},
		},
	],
	neighbours: {previous: null, next: null},
	any: true,
};

export const listSamples = {
	'pages/deploys.hbs': deploysPage(deploysInput),
	'pages/incidents.hbs': incidentsPage(incidentsInput),
} as const;
