/** Samples of the lists, for their snapshots and for the tests that poison every field. */
import type {OrderExplained} from '../../gate/order/explained.ts';
import {stationsOf} from '../../reports/line-diagram.ts';
import {givenOf} from '../../reports/order-answer.ts';
import {type DeploysInput, deploysPage} from '../../templates/deploys-page.ts';
import {type IncidentsInput, incidentsPage} from '../../templates/incidents-page.ts';
import type {LandedHead} from '../../templates/landed-change.ts';
import {type LandedInput, landedPage} from '../../templates/landed-page.ts';
import {type PlannerInput, type PlannerPlan, plannerPage} from '../../templates/planner-page.ts';
import {type PrerequisitesInput, prerequisitesPage} from '../../templates/prerequisites-page.ts';
import {type SignalsInput, signalsPage} from '../../templates/signals-page.ts';
import {explainedFifty, explainedFive, fiftyChanges, wikiGroups} from './order-samples.ts';
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
			...{
				openedAt: on('15:13:31'),
				normalAt: on('15:15:18'),
				about: 'The canaries logged 96 times the baseline.',
				reportVersion: 2,
				openItems: 3,
			},
		},
		{
			...{id: 'INC-2015-0002', title: 'Blank pages on enwiki', status: 'suspected', service: 'mediawiki'},
			...{openedAt: on('15:18:00'), normalAt: null, about: '', reportVersion: null, openItems: 0},
		},
	],
	neighbours: {previous: null, next: null},
	any: true,
};

const [errors] = story2015.readings;
const buckets = errors?.buckets ?? [];

export const signalsInput: SignalsInput = {
	now,
	services: ['mediawiki'],
	configFile: '/etc/signalbox.yaml',
	count: 2,
	blind: 1,
	signals: [
		{
			...{service: 'mediawiki', name: 'errors', counts: 'errors', exposureUnit: 'requests', source: 'file:/srv/mw-log/error.log'},
			...{required: true, bucketMs: 10_000, alive: true, why: '8640 matched on the baseline in a day'},
			...{newestAt: on('15:19:08'), lag: {ms: 2000}, last: buckets.at(-1) ?? null, failure: {at: on('15:16:40'), text: 'rotated away'}},
			...{buckets, period: {from: on('14:49:10'), to: on('15:19:10')}},
			proofs: [{ok: true, text: 'All 8640 lines can be counted.', remedy: null}],
		},
		{
			...{service: 'mediawiki', name: 'fatals', counts: 'fatals', exposureUnit: 'host-seconds', source: 'file:/srv/mw-log/fatal.log'},
			...{required: false, bucketMs: 10_000, alive: false, why: 'its newest event is 2460 s old'},
			...{newestAt: on('14:38:10'), lag: {missing: 'no line of a configured host was found'}, last: null, failure: null},
			...{buckets: [], period: {from: on('14:49:10'), to: on('15:19:10')}},
			proofs: [{ok: false, text: 'The newest event is 41 min old.', remedy: 'Check that the log still arrives.'}],
		},
	],
	page: 1,
	pages: 1,
};

const head = (group: string, repository: string, letters: string, more: Partial<LandedHead> = {}): LandedHead => ({
	...{group, repository, sha: letters.padEnd(40, '0'), since: on('15:12:50'), until: null, deploy: 'D-2015-0004', attempt: 2},
	...more,
});

const heads = [
	head('group0', 'WikimediaEvents', 'f793b13', {branch: 'wmf/1.27.0-wmf.4'}),
	head('group1', 'WikimediaEvents', '1d4bc36', {branch: 'wmf/1.27.0-wmf.3', deploy: null, attempt: null}),
	head('group0', 'CirrusSearch', 'aaf6372'),
	head('group1', 'CirrusSearch', 'aaf6372'),
];

export const landedInput: LandedInput = {
	...{now, services: ['mediawiki', 'ores'], typed: {service: 'mediawiki'}, problems: [], service: 'mediawiki'},
	...{groups: ['group0', 'group1'], heads, moves: null, movesMax: 200, runs: null, found: null, page: 1},
	versions: [
		{group: 'group0', version: '1.27.0-wmf.4'},
		{group: 'group1', version: '1.27.0-wmf.3'},
	],
};

export const groupInput: LandedInput = {
	...landedInput,
	typed: {service: 'mediawiki', group: 'group0'},
	runs: {
		version: {name: '1.27.0-wmf.4', since: on('15:12:50')},
		...{heads: heads.slice(0, 1), config: heads.slice(2, 3), others: heads.slice(1, 2), picksTotal: 90},
		picks: [
			{
				...{repository: 'WikimediaEvents', branch: 'wmf/1.27.0-wmf.4', sha: 'f793b13'.padEnd(40, '0'), changeId: null},
				...{subject: 'Refactor search.js', since: on('15:12:50'), deploy: 'D-2015-0004/2', isRun: true},
			},
		],
	},
	moves: [...heads.slice(0, 1), head('group0', 'WikimediaEvents', '1d4bc36', {branch: 'wmf/1.27.0-wmf.4', until: on('15:12:50')})],
};

export const changeInput: LandedInput = {
	...landedInput,
	typed: {change: 'c0fd944'},
	found: {
		name: 'c0fd944',
		groupsOf: [{service: 'mediawiki', groups: ['group0', 'group1']}],
		standings: [
			{service: 'mediawiki', group: 'group0', state: 'live', at: on('15:12:50'), deploy: 'D-2015-0004/2', because: null},
			{service: 'mediawiki', group: 'group1', state: 'not-known', at: null, deploy: null, because: 'nothing is known of what group1 runs'},
		],
		changes: story2015.changes.slice(1, 2).map(change => ({
			change,
			named: 'same patch',
			places: [
				{service: 'mediawiki', group: 'group0', since: on('15:12:50'), until: null, deploy: 'D-2015-0004', attempt: 2, revertedBy: null},
				{
					service: 'mediawiki',
					group: 'group1',
					since: on('15:12:50'),
					until: on('15:15:18'),
					deploy: null,
					attempt: null,
					revertedBy: 'taken back',
				},
			],
			deploys: ['D-2015-0004'],
		})),
		heads: [{...head('group1', 'WikimediaEvents', 'c0fd944aaa'), service: 'mediawiki'}],
	},
};

const planOf = (explained: OrderExplained): PlannerPlan => ({
	...explained,
	given: givenOf(explained),
	verdict: {
		verdict: 'hold',
		findings: explained.problems.map(problem => ({evidence: [], remedy: null, ...problem, rule: 'patch-order'})),
	},
});

const asked = {
	...{now, services: ['mediawiki', 'ores'], service: 'mediawiki', repository: '', problems: []},
	...{groups: wikiGroups, chosen: wikiGroups},
};

/** Five changes: one to be added, two in the wrong order, and two lines that are no change and no footer. */
export const plannerInput: PlannerInput = {
	...{...asked, text: 'c0fd944\nnot a change'},
	unread: [{line: 2, text: 'not a change', why: 'names no commit and no Change-Id, so nobody can tell which change it is'}],
	plan: planOf(explainedFive),
};

export const fiftyInput: PlannerInput = {
	...{...asked, text: fiftyChanges.batch.changes.map(({id}) => id).join('\n'), unread: []},
	plan: planOf(explainedFifty),
};

export const prerequisitesInput: PrerequisitesInput = {
	now,
	services: [
		{
			name: 'mediawiki',
			prerequisites: [
				{
					...{name: 'events-table', text: 'The table events is filled', group: 'group0', probed: false, met: true},
					...{by: 'Robin', reason: '1.2 million rows', at: on('15:12:50')},
				},
				{name: 'events-table', text: 'The table events is filled', group: 'group1', probed: false, met: false},
				{
					...{name: 'network-policy', text: 'The pods may reach the search cluster', probed: true, by: 'probe of policies.example'},
					...{met: {missing: 'policies.example answers 503'}, at: on('15:19:08')},
				},
			],
		},
	],
	posted: {service: 'mediawiki', form: 'tick', typed: {name: 'events-table', group: 'group1', reason: ''}, problems: {reason: 'Say why.'}},
	key: 'a-key-of-the-page',
};

export const listSamples = {
	'pages/deploys.hbs': deploysPage(deploysInput),
	'pages/incidents.hbs': incidentsPage(incidentsInput),
	'pages/signals.hbs': signalsPage(signalsInput),
	'pages/landed.hbs': landedPage(changeInput),
	'pages/planner.hbs': plannerPage(plannerInput),
	'pages/prerequisites.hbs': prerequisitesPage(prerequisitesInput),
} as const;
