/** Every page, as people see it: three widths, light and dark, with and without JavaScript. */
import test from 'ava';
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

/** Pages of a service where people sign in: as an admin sees them, and as nobody does. */
const doorPages = ['/', '/incidents/INC-1'] as const;

for (const address of doorPages)
	for (const scheme of ['light', 'dark'] as const) {
		inBrowser(`${address} behind the door, ${scheme}: as an admin and as nobody`, async t => {
			const service = await serviceUnderTest(t, {config: {sign_in: {links: true}}});
			const admin = await signedIn(t, service, 'Ann Admin', 'admin');
			const cookie = [...admin.jar].map(([name, value]) => `${name}=${value}`).join('; ');
			for (const headers of [{cookie}, {}]) {
				for (const width of widths) {
					const page = await pageUnderTest(t, `${service.url}${address}`, {width, scheme, headers});
					t.is(await fits(page), null, `${width} px`);
					t.deepEqual(await violations(page), [], `${width} px`);
					t.deepEqual(troublesOf(page), [], `${width} px`);
					await page.context().close();
				}
			}
		});
	}

for (const [name, addressOf] of Object.entries(pagesOf)) {
	for (const scheme of ['light', 'dark'] as const) {
		inBrowser(`${name}, ${scheme}: nothing for axe to find, nothing sideways, no error, nothing from elsewhere`, async t => {
			for (const width of widths) {
				const page = await pageUnderTest(t, `${played().url}${addressOf(played())}`, {width, scheme});
				t.is(await fits(page), null, `${width} px`);
				t.deepEqual(await violations(page), [], `${width} px`);
				t.deepEqual(troublesOf(page), [], `${width} px`);
				await page.context().close();
			}
		});
	}

	inBrowser(`${name}, without JavaScript: it can be read, and fits`, async t => {
		for (const width of widths) {
			const page = await pageUnderTest(t, `${played().url}${addressOf(played())}`, {width, script: false});
			t.is(await fits(page), null, `${width} px`);
			t.deepEqual(troublesOf(page), []);
			t.true(((await page.locator('main').textContent()) ?? '').length > 40);
			await page.context().close();
		}
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
