/** Every page that people open, by its name, with its address in the service of the played story. A new page is one more line here. */
import type {PlayedStory} from './played-story.ts';

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
	'the deploys, one state': () => '/deploys?outcome=rolled_back',
	'the incidents, none found': () => '/incidents?q=nothing+like+it',
	'the notices': () => '/notices',
	'a post-mortem form': ({incident}) => `/incidents/${encodeURIComponent(incident)}/meeting`,
	'the history of a field': ({incident}) => `/incidents/${encodeURIComponent(incident)}/meeting/fields/summary`,
	'the sign-in': () => '/sign-in',
	'a link that does not work': () => '/sign-in/none',
	'a page that is not there': () => '/nothing-here',
};
