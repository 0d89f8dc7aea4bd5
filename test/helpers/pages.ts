/** Every page that people open, by its name, with its address in the service of the played story. A new page is one more line here. */
import type {PlayedStory} from './played-story.ts';

/** Three that wait for each other, and one that waits for them: as a message with its footers is pasted. */
const idOf = (digit: string): string => `I${digit.repeat(40)}`;
const heldOrder = [
	['a1b2c3d4', 'Add the table of sampled searches', 'b', 'a'],
	['b1b2c3d4', 'Read the table of sampled searches', 'c', 'b'],
	['c1b2c3d4', 'Fill the table of sampled searches', 'a', 'c'],
	['d1b2c3d4', 'Show the sampled searches', 'c', 'd'],
]
	.map(
		([sha, subject, needs = '', own = '']) =>
			`commit ${sha}\n    ${subject}\n\n    Depends-On: ${idOf(needs)}\n    Change-Id: ${idOf(own)}\n`,
	)
	.join('\n');

/** A train day: each third change stands alone, the others wait for one that stands before or behind them. */
const trainOrder = Array.from({length: 50}, (_, index) => {
	const shaOf = (place: number): string => ((place % 50) + 4096).toString(16).padEnd(8, 'a');
	const needs = index % 3 === 0 ? '' : `    Depends-On: I${shaOf(index * 7 + 3).repeat(5)}\n`;
	return `commit ${shaOf(index)}\n    Change ${index} of the train\n\n${needs}    Change-Id: I${shaOf(index).repeat(5)}\n`;
}).join('\n');

export const pagesOf: Readonly<Record<string, (story: PlayedStory) => string>> = {
	'the board': () => '/',
	'a deploy': ({deploy}) => `/deploys/${encodeURIComponent(deploy)}`,
	'an incident': ({incident}) => `/incidents/${encodeURIComponent(incident)}`,
	'the deploys': () => '/deploys',
	'deploys with a filter that cannot be used': () => '/deploys?since=yesterday&q=%25_',
	'the incidents': () => '/incidents',
	'the signals': () => '/signals',
	'what is landed': () => '/landed',
	'where a change is live': () => '/landed?change=c0fd944',
	'what one group runs': () => '/landed?group=group0',
	'the prerequisites': () => '/prerequisites',
	'the order planner': () => '/order?changes=c0fd944%0Anothing+that+can+be+read',
	'the order planner, held, with its drawing': () =>
		`/order?${new URLSearchParams({service: 'mediawiki', changes: heldOrder, group: 'group2'})}`,
	'the order planner, a footer that leads nowhere': () =>
		`/order?${new URLSearchParams({service: 'mediawiki', changes: `a1b2c3d4 One\nDepends-On: ${idOf('e')}`})}`,
	'the order planner, fifty changes': () => `/order?${new URLSearchParams({service: 'mediawiki', changes: trainOrder})}`,
	'a deploy that an order held': () => '/deploys/D-2015-0002',
	'the deploys, one state': () => '/deploys?outcome=rolled_back',
	'the incidents, none found': () => '/incidents?q=nothing+like+it',
	'the notices': () => '/notices',
	'a post-mortem form': ({incident}) => `/incidents/${encodeURIComponent(incident)}/meeting`,
	'the history of a field': ({incident}) => `/incidents/${encodeURIComponent(incident)}/meeting/fields/summary`,
	'the sign-in': () => '/sign-in',
	'a link that does not work': () => '/sign-in/none',
	'a page that is not there': () => '/nothing-here',
};
