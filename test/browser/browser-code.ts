/** What the browser code does for a hand and an eye: copying, times in one's own zone, and taking over what changed. */
import {get} from 'node:http';
import test from 'ava';
import fc from 'fast-check';
import {assetFiles} from '../../templates/asset-files.ts';
import {inBrowser, pageUnderTest, troublesOf} from '../helpers/browser.ts';
import {changeOf, serviceUnderTest, sha, target} from '../helpers/service.ts';

const bytesMax = 10_000;

test('the browser code is small', t => {
	const scripts = [...assetFiles()].filter(([name]) => name.endsWith('.js'));
	t.deepEqual(
		scripts.map(([name]) => name),
		['copies.js', 'live.js', 'morph.js', 'times.js'],
	);
	const bytes = scripts.reduce((sum, [, {body}]) => sum + body.length, 0);
	t.true(bytes < bytesMax, `${bytes} bytes`);
});

test('an asset is kept for ever under its version, and asked for again without', async t => {
	const service = await serviceUnderTest(t);
	const page = await (await fetch(service.url)).text();
	for (const [, address = ''] of page.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)) {
		const answer = await fetch(`${service.url}${address.replace('&#x3D;', '=')}`);
		t.is(answer.status, 200, address);
		t.regex(answer.headers.get('cache-control') ?? '', /immutable/, address);
	}
	const bare = await fetch(`${service.url}/assets/live.js`);
	t.is(bare.headers.get('cache-control'), 'no-cache');
	t.regex(bare.headers.get('content-type') ?? '', /^text\/javascript/);
	// Not by fetch, which says "no cache" of itself.
	const again = await new Promise<number | undefined>(resolve =>
		get(`${service.url}/assets/live.js`, {headers: {'if-none-match': bare.headers.get('etag') ?? ''}}, answer => {
			answer.resume();
			resolve(answer.statusCode);
		}),
	);
	t.is(again, 304);
	for (const name of ['live.ts', 'tsconfig.json', '../render.ts', 'nothing.css'])
		t.is((await fetch(`${service.url}/assets/${encodeURIComponent(name)}`)).status, 404, name);
});

inBrowser('a command is copied whole by its button', async t => {
	const service = await serviceUnderTest(t, {config: {}});
	const page = await pageUnderTest(t, service.url);
	await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	const command = page.locator('.command').last();
	await command.getByRole('button', {name: 'Copy'}).click();
	await command.getByRole('button', {name: 'Copied'}).waitFor();
	t.is(await page.evaluate<string>('navigator.clipboard.readText()'), (await command.locator('code').textContent()) ?? 'no text');
	await command.getByRole('button', {name: 'Copy', exact: true}).waitFor();
	t.deepEqual(troublesOf(page), []);
});

inBrowser('where the clipboard is refused the command is selected, for the keys', async t => {
	const service = await serviceUnderTest(t, {config: {}});
	const page = await pageUnderTest(t, service.url);
	await page.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error("refused"))');
	const command = page.locator('.command').last();
	await command.getByRole('button').click();
	await command.getByRole('button', {name: 'Selected'}).waitFor();
	t.is(await page.evaluate<string>('getSelection().toString()'), (await command.locator('code').textContent()) ?? 'no text');
});

inBrowser('without JavaScript there is no button that does nothing', async t => {
	const service = await serviceUnderTest(t, {config: {}});
	const page = await pageUnderTest(t, service.url, {script: false});
	t.true((await page.locator('.command').count()) > 0);
	t.is(await page.locator('.copy:visible').count(), 0);
});

inBrowser('a short hash is whole on the clipboard, and a time is told in the zone of whoever points at it', async t => {
	const service = await serviceUnderTest(t);
	const {deploy} = await service.ask('before', {batch: {targets: [target('abc1234')], changes: [changeOf('abc1234')]}});
	const page = await pageUnderTest(t, `${service.url}/deploys/${deploy}`, {timeZone: 'Asia/Kolkata'});
	await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	await page.evaluate('getSelection().selectAllChildren(document.querySelector(".hash"))');
	await page.keyboard.press('Control+C');
	t.is(await page.evaluate<string>('navigator.clipboard.readText()'), sha('abc1234'));
	const time = page.locator('.timeline time').first();
	t.regex((await time.textContent()) ?? '', /^10:0\d:\d\d$/);
	await time.hover();
	t.regex((await time.getAttribute('title')) ?? '', /^2 Mar 2026, 15:3\d:\d\d (?:GMT\+5:30|IST), your time$/);
	await page.mouse.move(0, 0);
	t.is(await time.getAttribute('title'), null);
});

const leaf = fc.constantFrom(
	'<p>one</p>',
	'<p>two</p>',
	'words',
	' ',
	'<b id="x">x</b>',
	'<time datetime="2026-03-02">t</time>',
	'<svg><circle r="1"/></svg>',
);
const tree = fc.letrec<{node: string; list: string}>(tie => ({
	node: fc.oneof({depthSize: 'small', withCrossShrink: true}, leaf, tie('list')),
	list: fc
		.tuple(
			fc.constantFrom('ul', 'div', 'details', 'section'),
			fc.constantFrom('', ' class="a"', ' class="b" hidden'),
			fc.array(tie('node'), {maxLength: 5}),
		)
		.map(([name, attributes, children]) => `<${name}${attributes}>${children.join('')}</${name}>`),
}));

inBrowser('whatever it was, it becomes what the server says now', async t => {
	const service = await serviceUnderTest(t);
	const page = await pageUnderTest(t, service.url);
	const pairs = fc.sample(fc.tuple(fc.array(tree.node, {maxLength: 6}), fc.array(tree.node, {maxLength: 6})), {
		numRuns: 400,
		seed: 20151026,
	});
	const sent = JSON.stringify(pairs.map(([before, after]) => [before.join(''), after.join('')]));
	const wrong = await page.evaluate<string[]>(
		`(async () => {
			const {morph} = await import('/assets/morph.js');
			const made = html => new DOMParser().parseFromString('<main>' + html + '</main>', 'text/html').querySelector('main');
			return ${sent}.flatMap(([before, after]) => {
				const old = document.adoptNode(made(before));
				const next = made(after);
				morph(old, next);
				return old.innerHTML === next.innerHTML ? [] : [before + ' -> ' + after + ' became ' + old.innerHTML];
			});
		})()`,
	);
	t.deepEqual(wrong.slice(0, 3), []);
});

inBrowser('a field that was typed in and set back shows the new text with the new version, never the old text with it', async t => {
	const service = await serviceUnderTest(t);
	const page = await pageUnderTest(t, service.url);
	const form = (text: string, version: number) =>
		`<form><textarea name="text">${text}</textarea><input name="line" value="${text}"><input type="hidden" name="base" value="${version}"></form>`;
	const shown = await page.evaluate<string[]>(
		`(async () => {
			const {morph} = await import('/assets/morph.js');
			const made = html => new DOMParser().parseFromString('<main>' + html + '</main>', 'text/html').querySelector('main');
			const old = document.querySelector('main').appendChild(document.adoptNode(made('${form('old', 1)}')));
			const [area, line, base] = old.querySelectorAll('textarea, input');
			for (const control of [area, line]) {
				control.value = 'half a word';
				control.value = 'old';
			}
			morph(old, made('${form('new', 2)}'));
			const after = [area.value, line.value, base.value];
			area.value = 'mine';
			morph(old, made('${form('newer', 3)}'));
			return [...after, area.value, line.value, base.value];
		})()`,
	);
	t.deepEqual(shown, ['new', 'new', '2', 'mine', 'new', '2']);
});

inBrowser('what arrives is pointed out; what only grew older is not', async t => {
	const service = await serviceUnderTest(t);
	const page = await pageUnderTest(t, service.url);
	const arrived = await page.evaluate<string[]>(
		`(async () => {
			const {morph} = await import('/assets/morph.js');
			const made = html => new DOMParser().parseFromString('<main>' + html + '</main>', 'text/html').querySelector('main');
			const row = (id, text) => '<li id="' + id + '">' + text + '</li>';
			const old = made('<h1>Go</h1><ul>' + row('a', 'for 3 min') + row('b', 'done') + '</ul>');
			const next = made('<h1>Hold</h1><ul>' + row('n', 'new') + row('a', 'for 4 min') + row('b', 'done') + '</ul>');
			return morph(old, next).map(element => element.textContent);
		})()`,
	);
	t.deepEqual(arrived, ['Hold', 'new']);
});
