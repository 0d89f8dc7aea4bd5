/** Orders to explain: the outage of 2015 with its dependency forgotten, and a train day of fifty changes with everything that can be wrong. */
import type {Change, Facts, LandedGroup} from '../../gate/facts.ts';
import type {OrderExplained} from '../../gate/order/explained.ts';
import {explainOrder, orderLimitsOf} from '../../gate/rules/patch-order.ts';
import {factsWith} from './quiet-day.ts';
import {changes, removal} from './story-2015.ts';

export const wikiGroups = ['testwikis', 'group0', 'group1', 'group2'] as const;

const schemaSearch = {
	name: 'schema-search',
	...{old_repository: 'CirrusSearch', old_path: 'resources/loggingSchema/search.js'},
	...{new_repository: 'WikimediaEvents', new_path: 'modules/ext.wikimediaEvents.search.js'},
};

export const searchLimits = orderLimitsOf({exclusive: [schemaSearch]});

const branch = 'wmf/1.27.0-wmf.3';
const onGroup = (group: string, landed: LandedGroup['changes']): LandedGroup => ({
	group,
	heads: [
		{repository: 'WikimediaEvents', branch, sha: 'dc6e3f134d80a997049f0e48c0f32478c9662419'},
		{repository: 'CirrusSearch', branch, sha: '841f93307c'.padEnd(40, '0')},
	],
	changes: landed,
});
const removed = {
	repository: removal.repository,
	...(removal.sha === undefined ? {} : {sha: removal.sha}),
	since: '2015-10-13T19:48:00.000Z',
};

/** Five changes: three that move a schema, with its removal live on the first two groups alone, and a pair with a footer the wrong way round. */
export const fiveChanges: Facts = factsWith({
	service: 'mediawiki',
	groups: wikiGroups,
	batch: {
		changes: [
			...changes.map(change => ({...change, message: `${change.subject}\n\nChange-Id: ${change.changeId}\n`})),
			{
				...{id: '5b2e8d1', repository: 'operations/mediawiki-config', branch: 'master', sha: '5b2e8d1'.padEnd(40, '0')},
				...{changeId: `I5b2e8d1${'0'.repeat(33)}`, subject: 'Enable search satisfaction logging on all wikis'},
				message: `Enable search satisfaction logging on all wikis\n\nDepends-On: I9c4a7f0${'0'.repeat(33)}\n`,
			},
			{
				...{id: '9c4a7f0', repository: 'operations/mediawiki-config', branch: 'master', sha: '9c4a7f0'.padEnd(40, '0')},
				...{changeId: `I9c4a7f0${'0'.repeat(33)}`, subject: 'Add $wgSearchSatisfactionSampling'},
				message: 'Add $wgSearchSatisfactionSampling\n',
			},
		],
		...{atomic: false, targets: [], rollback: 'no'},
	},
	known: [removal],
	landed: wikiGroups.map(group => onGroup(group, group === 'testwikis' || group === 'group0' ? [removed] : [])),
	holdings: wikiGroups.map(group => ({
		...{group, repository: 'CirrusSearch', path: schemaSearch.old_path, present: group === 'group1' || group === 'group2'},
	})),
});

const fiftyRepositories = [
	'core',
	'extensions/WikimediaEvents',
	'extensions/CirrusSearch',
	'extensions/VisualEditor',
	'skins/Vector',
	'config',
];
const idOf = (index: number): string => `I${(index + 17).toString(16).padStart(4, '0').repeat(10)}`;
const shaOf = (index: number): string => ((index + 1) * 0x9e3779b1).toString(16).slice(-8).padStart(8, '0').repeat(5);
const subjects = ['Add the table of', 'Read', 'Remove the old reader of', 'Write', 'Rename', 'Log'];

function oneOfFifty(index: number): Change {
	const needs = [
		...(index % 3 === 2 ? [index - 1] : []),
		...(index % 7 === 3 ? [index + 2] : []),
		...(index % 11 === 10 ? [index - 10, index - 7] : []),
		...(index === 40 ? [41] : index === 41 ? [42] : index === 42 ? [40] : []),
		...(index === 20 ? [60] : index === 60 ? [61] : []),
	];
	const subject = `${subjects[index % subjects.length]} part ${index + 1} of what the release brings`;
	return {
		...{id: shaOf(index).slice(0, 7), repository: fiftyRepositories[index % fiftyRepositories.length] ?? 'core', branch: 'master'},
		...{sha: shaOf(index), changeId: idOf(index), subject},
		message: `${subject}\n\n${needs.map(other => `Depends-On: ${idOf(other)}\n`).join('')}`,
	};
}

/** Fifty: chains, a ring of three, what must be added and what that needs in turn, and many that are free. */
export const fiftyChanges: Facts = factsWith({
	service: 'mediawiki',
	groups: wikiGroups,
	batch: {changes: Array.from({length: 50}, (_, index) => oneOfFifty(index)), atomic: false, targets: [], rollback: 'no'},
	known: [oneOfFifty(60), oneOfFifty(61)],
	landed: wikiGroups.map(group => ({group, heads: [], changes: []})),
});

export const explainedFive: OrderExplained = explainOrder(fiveChanges, searchLimits);
export const explainedFifty: OrderExplained = explainOrder(fiftyChanges, orderLimitsOf({}));
