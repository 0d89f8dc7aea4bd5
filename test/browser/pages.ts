/** Every page, as people see it: three widths, light and dark, with and without JavaScript. */
import test, {type ExecutionContext} from 'ava';
import type {Page} from 'playwright-core';
import {declareRollback} from '../../server/actions/take-back.ts';
import {fits, inBrowser, pageUnderTest, troublesOf, violations} from '../helpers/browser.ts';
import {pagesOf} from '../helpers/pages.ts';
import {type PlayedStory, playedStory} from '../helpers/played-story.ts';
import {changeOf, serviceUnderTest, sha, target, usualService} from '../helpers/service.ts';
import {signedIn} from '../helpers/visitor.ts';

let story: PlayedStory | null = null;

const played = (): PlayedStory => {
	if (story === null) throw new Error('the story was not played');
	return story;
};

test.before('the story is played', async t => {
	t.timeout(120_000);
	story = await playedStory(t, 'admin');
	t.not(story.incident, '');
});

test.after.always('the service ends', async t => {
	await story?.close();
	t.not(story, null);
});

const widths = [1280, 768, 390] as const;
const pageBytesMax = 100_000;

/** At every width there is nothing for axe to find and nothing sideways; and the page complained of nothing. */
async function looksRight(t: ExecutionContext, page: Page): Promise<void> {
	for (const width of widths) {
		await page.setViewportSize({width, height: 800});
		t.is(await fits(page), null, `${width} px`);
		t.deepEqual(await violations(page), [], `${width} px`);
	}
	t.deepEqual(troublesOf(page), []);
	await page.context().close();
}

/** Pages of a service where people sign in: as an admin sees them, and as nobody does. */
const doorPages = ['/', '/incidents/INC-1'] as const;

for (const address of doorPages)
	for (const scheme of ['light', 'dark'] as const) {
		inBrowser(`${address} behind the door, ${scheme}: as an admin and as nobody`, async t => {
			const service = await serviceUnderTest(t, {config: {sign_in: {links: true}}});
			const admin = await signedIn(t, service, 'Ann Admin', 'admin');
			const cookie = [...admin.jar].map(([name, value]) => `${name}=${value}`).join('; ');
			for (const headers of [{cookie}, {}]) await looksRight(t, await pageUnderTest(t, `${service.url}${address}`, {scheme, headers}));
		});
	}

for (const scheme of ['light', 'dark'] as const) {
	inBrowser(`a board on which something goes out, and its deploy, ${scheme}`, async t => {
		const service = await serviceUnderTest(t);
		const {deploy} = await service.ask('before');
		for (const address of ['/', `/deploys/${deploy}`, `/deploys/${deploy}?still=1`])
			await looksRight(t, await pageUnderTest(t, `${service.url}${address}`, {scheme}));
	});
}

const id = (letter: string): string => `I${letter.repeat(40)}`;
const provider = changeOf('a1b2c3d', {changeId: id('a'), repository: 'lib', message: `Add it\n\nChange-Id: ${id('a')}\n`});
const reader = changeOf('b1b2c3d', {
	changeId: id('b'),
	author: 'Lee',
	message: `Read it\n\nDepends-On: ${id('a')}\nChange-Id: ${id('b')}\n`,
});
const revert = changeOf('c1b2c3d', {repository: 'lib', message: `Revert "Add it"\n\nThis reverts commit ${sha('a1b2c3d')}.\n`});
const prerequisites = {
	table: {text: 'The table events is filled', groups: 'each', valid_for: '30d'},
	policy: {text: 'The pods may reach the search cluster', probe: {url: 'http://127.0.0.1:1/none', timeout: '1s'}},
};

for (const scheme of ['light', 'dark'] as const) {
	inBrowser(`what lost what it needs, what is owed for a rollback, and what stands outside git, ${scheme}`, async t => {
		const service = await serviceUnderTest(t, {config: {services: {app: {...usualService, prerequisites}}}});
		for (const change of [provider, reader, revert])
			for (const stage of ['before', 'testservers', 'canaries', 'production'])
				await service.ask(stage, {
					batch: {targets: [target(change.id, change.repository)], changes: [change]},
					...{mode: 'force', reason: 'a test'},
				});
		const about = {service: 'app', reason: 'blank pages', actor: {kind: 'person', name: 'Robin'} as const};
		const {incident} = await declareRollback(service.deps, {...about, deploy: null, idempotencyKey: 'declared-1'});
		const board = await pageUnderTest(t, `${service.url}/`, {scheme});
		t.true(await board.getByRole('heading', {name: 'Live without what it needs'}).isVisible());
		t.true(
			await board
				.getByText(/^Owed: \d from INC-/)
				.first()
				.isVisible(),
		);
		await looksRight(t, board);
		const owed = await pageUnderTest(t, `${service.url}/incidents/${incident}`, {scheme});
		await owed.getByText('Message to paste').first().click();
		t.true(await owed.getByText('This reverts commit').first().isVisible());
		await looksRight(t, owed);
		for (const address of ['/prerequisites', '/landed?change=a1b2c3d', '/landed?group=canary', '/landed?change=fffffff'])
			await looksRight(t, await pageUnderTest(t, `${service.url}${address}`, {scheme}));
	});
}

inBrowser('evidence has the room to be read, of a footer too', async t => {
	for (const name of ['the order planner, held, with its drawing', 'the order planner, a footer that leads nowhere']) {
		const page = await pageUnderTest(t, `${played().url}${pagesOf[name]?.(played()) ?? ''}`);
		for (const width of widths) {
			await page.setViewportSize({width, height: 800});
			const narrowest = await page.evaluate<number>(
				'Math.min(...[...document.querySelectorAll(".evidence dd")].map(one => one.getBoundingClientRect().width))',
			);
			t.true(narrowest > 180 && Number.isFinite(narrowest), `${name}, ${width} px: ${narrowest}`);
		}
		await page.context().close();
	}
});

inBrowser('by keyboard the first stop leads past the header, and each stop is seen', async t => {
	const page = await pageUnderTest(t, `${played().url}/`);
	await page.keyboard.press('Tab');
	const skip = page.getByRole('link', {name: 'Skip to content'});
	t.is(await page.evaluate<string>('document.activeElement.textContent'), 'Skip to content');
	const box = await skip.boundingBox();
	t.true(box !== null && box.width > 80 && box.x >= 0);
	await page.keyboard.press('Enter');
	await page.keyboard.press('Tab');
	t.true(await page.evaluate<boolean>('document.querySelector("main").contains(document.activeElement)'));
	t.is(await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle'), 'solid');
});

for (const [name, addressOf] of Object.entries(pagesOf)) {
	for (const scheme of ['light', 'dark'] as const) {
		inBrowser(`${name}, ${scheme}: nothing for axe to find, nothing sideways, no error, nothing from elsewhere`, async t => {
			await looksRight(t, await pageUnderTest(t, `${played().url}${addressOf(played())}`, {scheme}));
		});
	}

	inBrowser(`${name}, without JavaScript: it can be read, and fits`, async t => {
		const page = await pageUnderTest(t, `${played().url}${addressOf(played())}`, {script: false});
		for (const width of widths) {
			await page.setViewportSize({width, height: 800});
			t.is(await fits(page), null, `${width} px`);
		}
		t.deepEqual(troublesOf(page), []);
		t.true(((await page.locator('main').textContent()) ?? '').length > 40);
	});

	inBrowser(`${name}: on paper it is black on white and leaves the controls away`, async t => {
		const page = await pageUnderTest(t, `${played().url}${addressOf(played())}`, {width: 794, scheme: 'dark', print: true});
		t.is(await fits(page), null);
		t.is(await page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor'), 'rgb(255, 255, 255)');
		t.is(await page.evaluate<string>('getComputedStyle(document.querySelector("main")).color'), 'rgb(0, 0, 0)');
		t.is(await page.locator('.nav').isVisible(), false);
	});

	test(`${name} is small`, async t => {
		const answer = await fetch(`${played().url}${addressOf(played())}`, {headers: {accept: 'text/html'}});
		t.true(Buffer.byteLength(await answer.text()) < pageBytesMax);
	});
}
