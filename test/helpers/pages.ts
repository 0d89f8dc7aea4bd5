/** Every page that people open, by its name, with its address in the service of the played story. A new page is one more line here. */
import type {PlayedStory} from './played-story.ts';

export const pagesOf: Readonly<Record<string, (story: PlayedStory) => string>> = {
	'the board': () => '/',
	'a deploy': ({deploy}) => `/deploys/${encodeURIComponent(deploy)}`,
	'an incident': ({incident}) => `/incidents/${encodeURIComponent(incident)}`,
	'the deploys': () => '/deploys',
	'the deploys, one outcome': () => '/deploys?outcome=rolled_back',
	'the incidents': () => '/incidents',
	'the incidents, none found': () => '/incidents?q=nothing+like+it',
	'the incidents, a wrong filter': () => '/incidents?since=yesteryear',
	'the signals': () => '/signals',
	'what is landed': () => '/landed',
	'one landed change': () => '/landed?q=CirrusSearch',
	'the order planner': () => '/order',
	'the notices': () => '/notices',
	'a post-mortem form': ({incident}) => `/incidents/${encodeURIComponent(incident)}/meeting`,
	'the history of a field': ({incident}) => `/incidents/${encodeURIComponent(incident)}/meeting/fields/summary`,
	'a page that is not there': () => '/nothing-here',
};
