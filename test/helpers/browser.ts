/**
 * Pages in a real Chromium. One browser per test file, one context per page, ended with the test.
 *
 *     inBrowser('the board fits a phone', async t => {
 *         const page = await pageUnderTest(t, `${url}/`, {width: 390});
 *         t.is(await fits(page), null);
 *         t.deepEqual(await violations(page), []);
 *         t.deepEqual(troublesOf(page), []);
 *     });
 *
 * Where no browser starts, these tests do not run and say so; with `SIGNALBOX_BROWSER=required`, as in `.ci/run`, they fail instead.
 */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {Browser, Page} from 'playwright-core';
import {startChromium} from './chromium.ts';

export type Look = {
	/** In CSS pixels; 1280 unless said. */
	readonly width?: number;
	readonly height?: number;
	readonly scheme?: 'light' | 'dark';
	/** False: as somebody without JavaScript sees it. */
	readonly script?: boolean;
	/** On paper rather than on a screen. */
	readonly print?: boolean;
	readonly reducedMotion?: boolean;
	/** Whose clock the page's local times are in. */
	readonly timeZone?: string;
	/** Sent with every request: a session's cookie, or what a proxy says. */
	readonly headers?: Readonly<Record<string, string>>;
};

let started: Promise<Browser | {readonly missing: string}> | null = null;

const browser = (): Promise<Browser | {readonly missing: string}> => {
	started ??= startChromium();
	return started;
};

test.after.always('the browser ends', async t => {
	const found = started === null ? null : await started;
	if (found !== null && !('missing' in found)) await found.close();
	t.false(found !== null && !('missing' in found) && found.isConnected());
});

/** A test that needs a browser. One at a time, since each page is a process. */
export function inBrowser(title: string, work: (t: ExecutionContext) => Promise<void>): void {
	test.serial(title, async t => {
		t.timeout(120_000);
		const found = await browser();
		if (!('missing' in found)) return work(t);
		if (process.env['SIGNALBOX_BROWSER'] === 'required') return t.fail(`No Chromium starts here.\n${found.missing}`);
		process.stderr.write(`\nNOT TESTED, since no Chromium starts here: ${title}\n${found.missing}\n`);
		t.log(`NOT TESTED, since no Chromium starts here: ${found.missing}`);
		t.not(found.missing, '');
	});
}

const troubles = new WeakMap<Page, string[]>();

/** What the page complained of so far: errors of scripts and of the console, failed requests, requests to anywhere else. */
export const troublesOf = (page: Page): readonly string[] => troubles.get(page) ?? [];

function watchTroubles(page: Page, origin: string): void {
	const seen: string[] = [];
	troubles.set(page, seen);
	page.on('console', message => {
		// A page that answers 404 is what was asked for; what it loads is not.
		const isOwnStatus = message.location().url === page.url() && message.text().startsWith('Failed to load resource');
		if ((message.type() === 'error' || message.type() === 'warning') && !isOwnStatus) seen.push(`console: ${message.text()}`);
	});
	page.on('pageerror', error => seen.push(`script: ${error.message}`));
	page.on('request', request => {
		const url = new URL(request.url());
		if (url.origin !== origin && url.protocol !== 'data:') seen.push(`asked elsewhere: ${request.url()}`);
	});
	page.on('response', response => {
		if (response.status() >= 400 && response.request().resourceType() !== 'document')
			seen.push(`${response.status()} for ${response.url()}`);
	});
}

/** Opens an address in a context of its own. It answers when the page has loaded; live connections may go on. */
export async function pageUnderTest(t: ExecutionContext, url: string, look: Look = {}): Promise<Page> {
	const {width = 1280, height = 800, scheme = 'light', script = true, print = false, reducedMotion = false} = look;
	const found = await browser();
	if ('missing' in found) throw new Error(`no Chromium starts here; write the test with inBrowser(): ${found.missing}`);
	const context = await found.newContext({
		viewport: {width, height},
		...{colorScheme: scheme, javaScriptEnabled: script, reducedMotion: reducedMotion ? 'reduce' : 'no-preference'},
		...(look.timeZone === undefined ? {} : {timezoneId: look.timeZone}),
		...(look.headers === undefined ? {} : {extraHTTPHeaders: {...look.headers}}),
	});
	t.teardown(() => context.close());
	const page = await context.newPage();
	page.setDefaultTimeout(20_000);
	watchTroubles(page, new URL(url).origin);
	if (print) await page.emulateMedia({media: 'print'});
	await page.goto(url, {waitUntil: 'load'});
	return page;
}

const axeSource = (): string => readFileSync(path.join(process.cwd(), 'node_modules/axe-core/axe.min.js'), 'utf8');

type AxeResult = {
	readonly violations: readonly {
		readonly id: string;
		readonly help: string;
		readonly nodes: readonly {readonly html: string; readonly failureSummary?: string}[];
	}[];
};

/** What axe-core finds wrong, one sentence per element; an empty list is what a page should answer. */
export async function violations(page: Page): Promise<readonly string[]> {
	// Run as the browser's own debugger does, so the page's policy stays as strict as it is.
	if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(axeSource());
	const options = {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']};
	const found = await page.evaluate<AxeResult>(`axe.run(document, ${JSON.stringify(options)})`);
	return found.violations.flatMap(({id, help, nodes}) =>
		nodes.map(({html, failureSummary = ''}) => `${id}: ${help}: ${html.slice(0, 200)} (${failureSummary.replaceAll(/\s+/g, ' ')})`),
	);
}

/** Null where nothing overflows sideways; else what does, and how far. */
export const fits = (page: Page): Promise<string | null> =>
	page.evaluate<string | null>(`(() => {
		const wide = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= wide) return null;
		const out = [...document.body.querySelectorAll('*')].filter(one => one.getBoundingClientRect().right > wide + 1);
		const names = out.slice(0, 3).map(one => one.outerHTML.slice(0, 120));
		return document.documentElement.scrollWidth + ' px in ' + wide + ': ' + names.join(' | ');
	})()`);
