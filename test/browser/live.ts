/** Pages that live: what another process records is shown without reloading, a service that dies is said so, and what a person does stays. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import type {ExecutionContext} from 'ava';
import type {Page} from 'playwright-core';
import {inBrowser, pageUnderTest, troublesOf} from '../helpers/browser.ts';
import {type Running, run, start} from '../helpers/processes.ts';
import {question, serviceUnderTest, temporaryFolder, usualService} from '../helpers/service.ts';

const config = {services: {app: usualService}};

/** A service of its own process, on a port that a second start takes again. */
async function served(t: ExecutionContext, folder: string, port: string): Promise<Running & {readonly url: string}> {
	writeFileSync(path.join(folder, 'signalbox.yaml'), JSON.stringify(config));
	const running = start(t, ['serve', '--port', port], {folder});
	const [, url = ''] = await running.until(/Signalbox is at (http:\S+)/);
	return {...running, url};
}

const portOf = (url: string): string => new URL(url).port;

/** Marks the document, so that a reload would be seen. */
const mark = (page: Page) => page.evaluate('window.marked = true');
const isMarked = (page: Page) => page.evaluate<boolean>('window.marked === true');

const state = (page: Page) => page.locator('[data-live-state]');

const opened = async (url: string, stage = 'before'): Promise<string> => {
	const answer = await fetch(`${url}/api/v1/checks`, {
		method: 'POST',
		headers: {'content-type': 'application/json'},
		body: JSON.stringify(question(stage, {askedAt: new Date().toISOString()})),
	});
	const last = (await answer.text()).trim().split('\n').at(-1) ?? '';
	return (JSON.parse(last) as {result: {deploy: string}}).result.deploy;
};

inBrowser('what a second process records changes an open page, without reloading it', async t => {
	const folder = temporaryFolder(t);
	const first = await served(t, folder, '0');
	const deploy = await opened(first.url);
	const page = await pageUnderTest(t, `${first.url}/deploys/${deploy}`);
	await state(page).getByText('Live', {exact: true}).waitFor();
	await mark(page);
	const second = await served(t, folder, '0');
	t.not(portOf(second.url), portOf(first.url));
	const recorded = await run(t, ['record', 'The cable was kicked', '--service', 'app', '--url', second.url], {folder});
	t.is(recorded.code, 0, recorded.stderr);
	await page.locator('.timeline').getByText('The cable was kicked').first().waitFor();
	t.true(await isMarked(page));
	t.deepEqual(troublesOf(page), []);
});

inBrowser('a service that is killed and started again: the page says since when, and is live again', async t => {
	const folder = temporaryFolder(t);
	const first = await served(t, folder, '0');
	const page = await pageUnderTest(t, `${first.url}/`);
	await state(page).getByText('Live', {exact: true}).waitFor();
	await mark(page);
	first.child.kill('SIGKILL');
	await first.done;
	await state(page)
		.getByText(/^Not live since \d\d:\d\d:\d\d, trying again$/)
		.waitFor();
	const again = await served(t, folder, portOf(first.url));
	const deploy = await opened(again.url);
	await state(page).getByText('Live', {exact: true}).waitFor();
	await page.locator('.card').getByText(deploy).waitFor();
	t.true(await isMarked(page));
	const complaints = troublesOf(page).filter(text => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE/.test(text));
	t.deepEqual(complaints, []);
});

inBrowser('what was recorded while the page was being made is caught up with', async t => {
	const service = await serviceUnderTest(t);
	const page = await pageUnderTest(t, `${service.url}/healthz`);
	let isLate = true;
	await page.route(`${service.url}/`, async route => {
		const answer = await route.fetch();
		// The page is made; now something happens, before its connection is there.
		if (isLate) await service.ask('before');
		isLate = false;
		await route.fulfill({response: answer});
	});
	await page.goto(`${service.url}/`);
	await page.getByText('Nothing is going out.').waitFor({state: 'detached'});
	t.is(await page.locator('#going + .answer .card').count(), 1);
});

inBrowser('what is open stays open, what is selected stays selected, and what is focused keeps its focus', async t => {
	const service = await serviceUnderTest(t);
	const {deploy} = await service.ask('before');
	const page = await pageUnderTest(t, `${service.url}/deploys/${deploy}`, {height: 400});
	await state(page).getByText('Live', {exact: true}).waitFor();
	const details = page.locator('.stage details').first();
	await details.locator('summary').click();
	await details.locator('summary').focus();
	await page.evaluate('getSelection().selectAllChildren(document.querySelector("#changes"))');
	await page.evaluate('scrollTo(0, 200)');
	await service.ask('testservers');
	await page.locator('.stage', {hasText: 'testservers'}).locator('.pill').first().getByText('Not asked').waitFor({state: 'detached'});
	t.is(await details.getAttribute('open'), '');
	t.is(await page.evaluate<string>('document.activeElement.tagName'), 'SUMMARY');
	t.is(await page.evaluate<string>('getSelection().toString().trim()'), 'Changes, in order');
	t.is(await page.evaluate<number>('scrollY'), 200);
});

inBrowser('a form that somebody types in is left alone, while the rest goes on', async t => {
	const service = await serviceUnderTest(t);
	await service.ask('before');
	const page = await pageUnderTest(t, `${service.url}/deploys`);
	await state(page).getByText('Live', {exact: true}).waitFor();
	await page.locator('input[name="q"]').fill('half a wo');
	await service.ask('testservers');
	await page.getByText('testservers').first().waitFor({state: 'attached'});
	t.is(await page.locator('input[name="q"]').inputValue(), 'half a wo');
	t.is(await page.evaluate<string>('document.activeElement.name'), 'q');
});

inBrowser('a page that nobody looks at gives its connection back, and catches up when it is shown', async t => {
	const service = await serviceUnderTest(t);
	const page = await pageUnderTest(t, `${service.url}/`);
	await state(page).getByText('Live', {exact: true}).waitFor();
	t.is(service.deps.live.connections, 1);
	const hide = (isHidden: boolean) =>
		page.evaluate(
			`Object.defineProperty(document, 'hidden', {configurable: true, value: ${isHidden}}); document.dispatchEvent(new Event('visibilitychange'))`,
		);
	await page.clock.install();
	await hide(true);
	await page.clock.fastForward(40_000);
	for (let tries = 0; tries < 50 && service.deps.live.connections > 0; tries += 1) await new Promise(resolve => setTimeout(resolve, 100));
	t.is(service.deps.live.connections, 0);
	await service.ask('before');
	await hide(false);
	await page.locator('#going + .answer .card').waitFor();
	t.is(service.deps.live.connections, 1);
});

inBrowser('without JavaScript a page that moves asks for itself by reloading', async t => {
	const service = await serviceUnderTest(t);
	const {deploy} = await service.ask('before');
	const page = await pageUnderTest(t, `${service.url}/deploys/${deploy}`, {script: false});
	t.is(await page.locator('noscript meta[http-equiv="refresh"]').count(), 1);
	t.is(service.deps.live.connections, 0);
});
