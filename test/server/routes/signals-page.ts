/** The page of the signals: whether each can be trusted, through the port alone. */
import {once} from 'node:events';
import test, {type ExecutionContext} from 'ava';
import type {Signal} from '../../../gate/facts.ts';
import type {Proof, SignalReader} from '../../../server/actions/deps.ts';
import {createApp} from '../../../server/app.ts';
import {browse, type Page} from '../../helpers/browse.ts';
import {signal} from '../../helpers/quiet-day.ts';
import {serviceUnderTest, settableSignal, usualService} from '../../helpers/service.ts';

const fine: Proof = {ok: true, text: 'All 400 lines can be counted.', remedy: null};

function reader(difference: Partial<Signal>, prove: () => Promise<readonly Proof[]> = () => Promise.resolve([fine])): SignalReader {
	return {...settableSignal(signal(difference)).reader, prove};
}

async function page(t: ExecutionContext, signals: readonly SignalReader[], path = '/signals'): Promise<Page & {logged: readonly string[]}> {
	const service = await serviceUnderTest(t, {config: {services: {app: usualService}}, signals});
	const server = createApp(service.deps).listen(0, '127.0.0.1');
	t.teardown(() => server.close());
	await once(server, 'listening');
	const address = server.address();
	const port = typeof address === 'object' && address !== null ? address.port : 0;
	return {...(await browse(`http://127.0.0.1:${port}`).open(path)), logged: service.logged};
}

test('without a signal the page says that the gate is blind, and how one is named', async t => {
	const {html} = await page(t, []);
	t.regex(html, /<h1[^>]*>No signal is configured: the gate is blind to errors\.<\/h1>/);
	t.true(html.includes('signalbox doctor'));
});

test('a signal shows its proof, its lag, its newest event and its last values with their units', async t => {
	const quiet = signal();
	const {html} = await page(t, [
		reader({buckets: quiet.buckets.map((bucket, index) => ({...bucket, at: `2026-03-02T10:00:${String(index % 6)}0.000Z`}))}),
	]);
	t.regex(html, /All 400 lines can be counted\./);
	t.regex(html, /<svg class="spark"/);
	t.regex(html, /Yes: without it a deploy is blind/);
	t.regex(html, /<dt>Newest event<\/dt><dd><time class="mono" datetime="2026-/);
});

const dead: Partial<Signal> = {name: 'fatals', proof: {...signal().proof, failure: 'the file is gone'}};

test('those that cannot be trusted come first, with why', async t => {
	const {html} = await page(t, [reader({name: 'errors'}), reader(dead)]);
	t.regex(html, /<h1[^>]*>Blind, 1 of 2 signals: app fatals\.<\/h1>/);
	t.true(html.indexOf('<strong>fatals</strong>') < html.indexOf('<strong>errors</strong>'));
	t.regex(html, /<dt>Last failure<\/dt><dd>the file is gone\.<\/dd>/);
});

test('a check that fails makes a signal blind, also where its events still come', async t => {
	const {html} = await page(t, [
		reader({}, () => Promise.resolve([fine, {ok: false, text: 'No canary host appeared.', remedy: 'Compare the names.'}])),
	]);
	t.regex(html, /<h1[^>]*>Blind, 1 of 1 signal: app errors\.<\/h1>/);
	t.regex(html, /No canary host appeared\.<p class="quiet">Compare the names\.<\/p>/);
	t.regex(html, /<details class="signal-proof" open>/);
});

test('a proof that breaks or never comes is said in its place, and keeps no page waiting', async t => {
	const breaks = reader({name: 'breaks'}, () => Promise.reject(new Error('the secret inside')));
	const never = reader({name: 'never'}, () => new Promise(() => {}));
	const {html, status, logged} = await page(t, [breaks, never]);
	t.is(status, 200);
	t.regex(html, /The proof failed; its cause is in the log of the service\./);
	t.regex(html, /No proof came within 5 s\./);
	t.notRegex(html, /the secret inside/);
	t.regex(logged.join('\n'), /the proof of breaks failed: Error: the secret inside/);
});

test('many signals are shown a page at a time, each page small', async t => {
	const many = Array.from({length: 45}, (_, index) => reader({name: `signal-${index}`}));
	const first = await page(t, many);
	t.is(first.html.split('<svg class="spark"').length - 1, 20);
	t.regex(first.html, /Page 1 of 3/);
	t.true(first.bytes < 100_000, `${first.bytes} bytes`);
	const last = await page(t, many, '/signals?page=3');
	t.is(last.html.split('<svg class="spark"').length - 1, 5);
	for (const number of ['4', '0', 'x', '1.5']) t.is((await page(t, many, `/signals?page=${number}`)).status, 422, number);
});
