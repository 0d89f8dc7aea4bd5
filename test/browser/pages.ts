/** Every page, as people see it: three widths, light and dark, with and without JavaScript. */
import test, {type ExecutionContext} from 'ava';
import type {Page} from 'playwright-core';
import {fits, inBrowser, pageUnderTest, troublesOf, violations} from '../helpers/browser.ts';
import {pagesOf} from '../helpers/pages.ts';
import {type PlayedStory, playedStory} from '../helpers/played-story.ts';
import {serviceUnderTest} from '../helpers/service.ts';
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
