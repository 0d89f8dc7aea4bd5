/**
 * The story of 2015-10-26 as it would be stored: a move between two repositories, held, forced through, seen on the canaries, taken back.
 * Commits, subjects and dates are those of the real case; hosts, counts and people's names are ours.
 */
import type {Bucket, Change, Instant} from '../../gate/facts.ts';
import type {Finding, Verdict} from '../../gate/verdict.ts';
import type {Actor, EventKind, EventSource, TimelineEvent} from '../../reports/events.ts';
import type {IncidentStory, SignalReadings, StageStory} from '../../reports/story.ts';

/** `15:13:07` of the day. */
export const on = (time: string): Instant => `2015-10-26T${time}.000Z`;

export const person: Actor = {kind: 'person', name: 'Riley Deployer'};
const gate: Actor = {kind: 'system', name: 'signalbox'};

export const event = (
	seq: number,
	time: string,
	kind: EventKind,
	text: string,
	more: Partial<TimelineEvent> = {},
	source: EventSource = 'gate',
): TimelineEvent => ({
	seq,
	kind,
	source,
	actor: gate,
	happenedAt: on(time),
	recordedAt: on(time),
	precision: 'ms',
	text,
	data: {},
	service: 'mediawiki',
	deploy: 'mw-7f3a',
	attempt: 2,
	incident: null,
	idempotencyKey: `key-${seq}`,
	hash: seq.toString(16).padStart(64, '0'),
	redacted: false,
	...more,
});

const blob = '60625622ad00ce5d5611005bbd39052ea86700ec';

export const removal: Change = {
	id: 'aaf6372',
	repository: 'CirrusSearch',
	branch: 'master',
	sha: 'aaf6372edce473a1da47f94967cb2dbe80def4d6',
	changeId: 'I46d3784514155af27b407d78be567c291042fa86',
	subject: 'Remove loggingSchema/search.js',
	committedAt: '2015-10-14T20:41:00.000Z',
	paths: [{path: 'resources/loggingSchema/search.js', kind: 'deleted', blob}],
};

const moved = (sha: string, changeId: string, subject: string, minute: number, paths: Change['paths'] = []): Change => ({
	id: sha.slice(0, 7),
	repository: 'WikimediaEvents',
	branch: 'wmf/1.27.0-wmf.3',
	sha: sha.padEnd(40, '0'),
	changeId,
	subject,
	committedAt: `2015-10-21T17:${minute}:00.000Z`,
	author: 'Riley Deployer <riley@example.org>',
	paths: paths ?? [],
});

export const changes: readonly Change[] = [
	moved('df13d6d873a1', 'I8eb1b428', 'Rename search.js -> searchSatisfaction.js', 53),
	moved('c0fd94423182', 'I90d5c30a', 'Move Schema:Search from CirrusSearch', 53, [
		{path: 'modules/ext.wikimediaEvents.search.js', kind: 'added', blob},
	]),
	moved('f793b13afb20', 'I846752ce', 'Refactor search.js to only load deps for users in test', 54),
];

export const finding = (rule: string, outcome: Finding['outcome'], because: string, more: Partial<Finding> = {}): Finding => ({
	rule,
	outcome,
	because,
	evidence: [],
	remedy: null,
	...more,
});

export const verdict = (word: Verdict['verdict'], stage: string, time: string, findings: readonly Finding[]): Verdict => ({
	verdict: word,
	stage,
	at: on(time),
	findings,
	undecided: false,
});

const outOfOrder = 'WikimediaEvents c0fd944 must come after CirrusSearch aaf6372, merged but not live on group2.';

export const stages: readonly StageStory[] = [
	{
		name: 'before',
		reach: 'nothing',
		groups: [],
		askedAt: on('15:11:20'),
		passedAt: on('15:12:51'),
		verdicts: [
			verdict('hold', 'before', '15:11:21', [
				finding('patch-order', 'hold', outOfOrder, {
					evidence: [
						{label: 'old owner', text: 'CirrusSearch resources/loggingSchema/search.js is still there on group0, group1 and group2'},
						{label: 'same file', text: 'blob 6062562 leaves CirrusSearch in aaf6372 and enters WikimediaEvents in c0fd944'},
					],
					remedy: 'signalbox order aaf6372 df13d6d c0fd944 f793b13',
					data: {kind: 'exclusive'},
				}),
				finding('open-incident', 'pass', 'No incident is open for mediawiki.'),
			]),
			verdict('go', 'before', '15:12:50', [
				finding('patch-order', 'warn', outOfOrder, {
					remedy: 'signalbox order aaf6372 df13d6d c0fd944 f793b13',
					softened: {from: 'hold', why: 'overridden: fix for search logging, window closes at 16:00'},
				}),
				finding('open-incident', 'pass', 'No incident is open for mediawiki.'),
			]),
		],
	},
	{
		name: 'testservers',
		reach: 'nothing',
		groups: [],
		askedAt: on('15:12:55'),
		passedAt: on('15:12:58'),
		verdicts: [verdict('go', 'testservers', '15:12:57', [finding('signals-alive', 'pass', 'errors: newest event 2 s old.')])],
	},
	{
		name: 'canaries',
		reach: 'canaries',
		groups: ['canaries'],
		askedAt: on('15:13:07'),
		passedAt: null,
		verdicts: [
			verdict('rollback', 'canaries', '15:13:31', [
				finding(
					'canary-errors',
					'rollback',
					'errors on the canaries are 96 times the baseline: 252 in 1,320 requests; baseline 19 in 9,600.',
					{
						evidence: [
							{label: 'errors', text: 'canaries 252 in 1,320 requests; baseline 19 in 9,600 requests'},
							{label: 'without the worst host', text: 'mw1017 left out, the verdict stands: 229 in 1,200'},
						],
						remedy: 'signalbox rollback --reason "canary errors" --run',
					},
				),
				finding('signals-alive', 'unknown', 'fatals: the newest line of fatal.log is 41 min old, so 0 proves nothing.', {
					remedy: 'signalbox doctor --signal fatals',
				}),
			]),
		],
	},
	{name: 'production', reach: 'everywhere', groups: ['group0', 'group1', 'group2'], askedAt: null, passedAt: null, verdicts: []},
];

const canaryHosts = Array.from({length: 11}, (_, index) => `mw10${17 + index}`);

/** 15:08:00 to 15:19:00 in buckets of 10 s: 60 requests a canary, 4,800 on the baseline, errors on the canaries from 15:13:10 to 15:15:20. */
export function bucketsOf(harm: (at: Instant) => boolean, everywhere: (at: Instant) => boolean = () => false): readonly Bucket[] {
	return Array.from({length: 66}, (_, index): Bucket => {
		const at = new Date(Date.parse(on('15:08:00')) + index * 10_000).toISOString();
		if (at === on('15:16:40')) return {at, canary: {missing: 'log file was rotated'}, baseline: {missing: 'log file was rotated'}};
		const bad = harm(at);
		const hosts = canaryHosts.map(
			(host, place) => [host, {count: bad ? 9 + ((index + place) % 5) : (index + place) % 97 === 0 ? 1 : 0, exposure: 60}] as const,
		);
		return {
			at,
			canary: {hosts: Object.fromEntries(hosts)},
			baseline: {count: everywhere(at) ? 760 + (index % 7) * 11 : 7 + ((index * 3) % 6), exposure: 4800},
		};
	});
}

const errors: SignalReadings = {
	name: 'errors',
	counts: 'errors',
	exposureUnit: 'requests',
	source: 'file:/srv/mw-log/exception.log',
	bucketMs: 10_000,
	buckets: bucketsOf(at => at >= on('15:13:10') && at < on('15:15:20')),
};

export const events: readonly TimelineEvent[] = [
	event(1, '15:11:20', 'deploy_started', 'Deploy mw-7f3a opened: 3 changes to mediawiki', {attempt: 1}),
	event(2, '15:11:21', 'gate_failed', `before: hold: ${outOfOrder}`, {attempt: 1, data: {verdict: 'hold'}}),
	event(
		3,
		'15:12:40',
		'gate_overridden',
		'patch-order allowed for 30 min: fix for search logging, window closes at 16:00',
		{actor: person},
		'human',
	),
	event(4, '15:12:50', 'gate_passed', 'before: go, over patch-order', {data: {verdict: 'go'}}),
	event(5, '15:12:57', 'gate_passed', 'testservers: go', {data: {verdict: 'go'}}),
	event(6, '15:13:07', 'stage_started', 'canaries: 11 hosts run the change'),
	event(7, '15:13:11', 'gate_check', 'canaries: look 1 of errors: too little traffic'),
	event(8, '15:13:21', 'gate_check', 'canaries: look 2 of errors: undecided'),
	event(9, '15:13:31', 'gate_failed', 'canaries: roll back: errors on the canaries are 96 times the baseline', {
		data: {verdict: 'rollback'},
	}),
	event(10, '15:13:31', 'incident_opened', 'INC-2015-0001 opened by the gate', {incident: 'INC-2015-0001'}),
	event(11, '15:14:00', 'note', 'fatalmonitor shows nothing', {actor: person, precision: 'min', incident: 'INC-2015-0001'}, 'chat'),
	event(12, '15:14:02', 'rollback_started', 'Rollback of mw-7f3a began', {actor: person, incident: 'INC-2015-0001'}, 'deployer'),
	event(13, '15:15:18', 'rollback_finished', 'WikimediaEvents is back at 1d4bc36 on 11 hosts', {incident: 'INC-2015-0001'}, 'deployer'),
	event(14, '15:16:20', 'signal', 'errors are back at the rate before', {incident: 'INC-2015-0001'}, 'signal'),
];

export const story2015: IncidentStory = {
	asOf: on('15:19:05'),
	service: 'mediawiki',
	incident: {
		id: 'INC-2015-0001',
		title: '2015-10-26 mediawiki: errors on the canaries',
		status: 'mitigated',
		openedAt: on('15:13:31'),
		openedBy: 'gate',
	},
	deploy: {
		id: 'mw-7f3a',
		attempt: 2,
		openedAt: on('15:12:45'),
		closedAt: on('15:15:18'),
		outcome: 'rolled_back',
		groups: ['group0', 'group1', 'group2'],
		targets: [{repository: 'WikimediaEvents', branch: 'wmf/1.27.0-wmf.3', sha: 'f793b13afb20'.padEnd(40, '0')}],
	},
	otherAttempts: [
		{
			id: 'mw-7f3a',
			attempt: 1,
			openedAt: on('15:11:20'),
			closedAt: on('15:11:21'),
			outcome: 'stopped',
			groups: ['group0', 'group1', 'group2'],
			targets: [],
		},
	],
	changes,
	known: [removal],
	stages,
	overrides: [
		{
			rule: 'patch-order',
			stage: null,
			at: on('15:12:40'),
			by: 'Riley Deployer',
			reason: 'fix for search logging, window closes at 16:00',
			how: 'allow',
			seq: 3,
		},
	],
	events,
	readings: [errors],
	landed: [],
	rollbacks: [
		{at: on('15:14:02'), finishedAt: on('15:15:18'), outcome: 'done', from: 'f793b13', to: '1d4bc36', verified: true, by: 'Riley Deployer'},
	],
	confounders: [{deploy: 'parsoid-11', service: 'parsoid', at: on('15:05:00'), until: on('15:09:00'), what: 'group2'}],
	head: {seq: 14, hash: '9b1c4f'.padEnd(64, '0')},
	meeting: null,
	owed: [],
	debts: [{text: 'Push the revert of WikimediaEvents f793b13 to wmf/1.27.0-wmf.3 for review', done: false}],
};

/** The same day as it was: no canary stage, every host at once, noticed by a person, two attempts to take it back. */
export const everywhere2015: IncidentStory = {
	...story2015,
	stages: [
		{
			name: 'before',
			reach: 'nothing',
			groups: [],
			askedAt: on('15:12:45'),
			passedAt: on('15:13:00'),
			verdicts: [verdict('go', 'before', '15:12:50', [])],
		},
		{
			name: 'production',
			reach: 'everywhere',
			groups: ['group2'],
			askedAt: on('15:13:07'),
			passedAt: on('15:13:10'),
			verdicts: [verdict('go', 'production', '15:13:09', [])],
		},
	],
	overrides: [],
	events: [
		event(1, '15:12:45', 'deploy_started', 'Deploy mw-7f3a opened'),
		event(2, '15:13:07', 'stage_started', 'production: all hosts run the change'),
		event(3, '15:14:00', 'detection', 'Readers say that search pages fail', {actor: person, precision: 'min'}, 'chat'),
		event(4, '15:14:30', 'rollback_started', 'First revert', {actor: person}, 'deployer'),
		event(5, '15:16:00', 'rollback_started', 'Second revert', {actor: person}, 'deployer'),
		event(6, '15:17:10', 'rollback_finished', 'Finished', {}, 'announcement'),
	],
	readings: [
		{
			...errors,
			buckets: bucketsOf(
				at => at >= on('15:13:10') && at < on('15:17:20'),
				at => at >= on('15:13:10') && at < on('15:17:20'),
			),
		},
	],
	rollbacks: [
		{
			at: on('15:14:30'),
			finishedAt: on('15:15:50'),
			outcome: 'failed',
			from: 'f793b13',
			to: 'df13d6d',
			verified: false,
			by: 'Riley Deployer',
		},
		{at: on('15:16:00'), finishedAt: on('15:17:10'), outcome: 'done', from: 'f793b13', to: '1d4bc36', verified: null, by: 'Riley Deployer'},
	],
	confounders: [],
};
