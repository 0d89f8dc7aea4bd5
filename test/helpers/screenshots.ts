/**
 * Makes the pictures of the documentation anew, from the real service with the outage of 2015 played into it:
 *
 *     npm run build && node dist/test/helpers/screenshots.js
 */
import {mkdirSync, mkdtempSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {startChromium} from './chromium.ts';
import {type PlayedStory, playedStory} from './played-story.ts';

type Picture = {
	readonly name: string;
	readonly address: (story: PlayedStory) => string;
	readonly width: number;
	readonly height: number;
	readonly scheme?: 'dark';
};

const incident = ({incident: id}: PlayedStory) => `/incidents/${encodeURIComponent(id)}`;

const idOf = (digits: string): string => `I${digits.repeat(5)}`;
/** The removal that the outage was about: it is live by the end of the story. */
const removal = 'I46d3784514155af27b407d78be567c291042fa86';
const pasted = (sha: string, subject: string, ...needs: readonly string[]): string =>
	[`commit ${sha}`, `    ${subject}`, '', ...needs.map(id => `    Depends-On: ${id}`), `    Change-Id: ${idOf(sha)}`, ''].join('\n');
const searchDay = {
	service: 'mediawiki',
	repository: 'operations/mediawiki-config',
	changes: [
		pasted('5b2e8d17', 'Enable search satisfaction logging on all wikis', idOf('9c4a7f02'), removal),
		pasted('9c4a7f02', 'Add $wgSearchSatisfactionSampling', idOf('77d1f3b5')),
		pasted('e41c0aa9', 'Fill the table of sampled searches from the log', idOf('77d1f3b5')),
		pasted('77d1f3b5', 'Add the table of sampled searches'),
		pasted('c3f09be6', 'Show sampled searches on the dashboard', idOf('e41c0aa9'), idOf('9c4a7f02')),
		pasted('d8820b13', 'Correct a typing error in the manual'),
	].join('\n'),
};

const pictures: readonly Picture[] = [
	{name: 'incident-2015-10-26', address: incident, width: 1280, height: 1240},
	{name: 'board', address: () => '/', width: 1280, height: 860},
	{name: 'deploy', address: ({deploy}) => `/deploys/${encodeURIComponent(deploy)}`, width: 1280, height: 1000},
	{name: 'deploys-dark', address: () => '/deploys', width: 1280, height: 760, scheme: 'dark'},
	{name: 'signals', address: () => '/signals', width: 1280, height: 560},
	{name: 'order', address: () => `/order?${new URLSearchParams(searchDay)}`, width: 1280, height: 1230},
	{name: 'meeting', address: story => `${incident(story)}/meeting#topic-summary`, width: 1280, height: 800},
	{name: 'incident-phone', address: incident, width: 390, height: 1180},
];

/** What is read in a picture shall be what an operator would see: a folder under /srv where that may be made. */
function storyFolder(): string {
	const folder = '/srv/signalbox';
	try {
		mkdirSync(folder);
		return folder;
	} catch {
		// Not root, or somebody's own: then a temporary one.
		return mkdtempSync(path.join(tmpdir(), 'signalbox-pictures-'));
	}
}

const browser = await startChromium();
if ('missing' in browser) throw new Error(`No Chromium starts here.\n${browser.missing}`);
const story = await playedStory({log: text => void process.stderr.write(`${text}\n`)}, 'deployer', storyFolder());
try {
	for (const {name, address, width, height, scheme = 'light'} of pictures) {
		const context = await browser.newContext({viewport: {width, height}, colorScheme: scheme, reducedMotion: 'reduce'});
		const page = await context.newPage();
		await page.goto(`${story.url}${address(story)}`);
		if ((await page.locator('main[data-topic]').count()) > 0) await page.locator('.live:not([hidden])').waitFor();
		const file = path.join(process.cwd(), 'docs', `${name}.png`);
		await page.screenshot({path: file});
		process.stdout.write(`${file} ${Math.round(statSync(file).size / 1024)} KB\n`);
		await context.close();
	}
} finally {
	await story.close();
	await browser.close();
}
