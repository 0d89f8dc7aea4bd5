import {readFileSync} from 'node:fs';
import path from 'node:path';
import {Readable} from 'node:stream';
import test from 'ava';
import fc from 'fast-check';
import {AppError} from '../../../../server/app-error.ts';
import {readSal, salLinesMax} from '../../../../server/integrations/sal/read-sal.ts';

const fixture = (name: string): string => readFileSync(path.join(process.cwd(), 'test/fixtures/sal', name), 'utf8');
const keys = (events: ReadonlyArray<{idempotencyKey: string}>): string[] => events.map(event => event.idempotencyKey);

test('the channel log and the wiki page of the same days are the same events, in the same order', async t => {
	const channel = await readSal(fixture('sal-irc.txt'));
	const page = await readSal(fixture('sal-page.wikitext'));
	t.is(channel.format, 'channel');
	t.is(page.format, 'wiki');
	t.deepEqual([channel.refused, page.refused], [[], []]);
	t.is(new Set(keys(channel.events)).size, 180);
	t.deepEqual(keys(page.events), keys(channel.events));
	t.deepEqual([channel.events[0]?.precision, page.events[0]?.precision], ['s', 'min']);
});

test('the documents of the index are the same events too', async t => {
	const channel = await readSal(fixture('sal-irc.txt'));
	const documents = await readSal(fixture('sal-es-docs.jsonl'));
	t.is(documents.format, 'documents');
	t.is(documents.events.length, 16);
	t.true(keys(documents.events).every(key => keys(channel.events).includes(key)));
});

test('a stream that is cut anywhere reads like the whole text', async t => {
	const bytes = readFileSync(path.join(process.cwd(), 'test/fixtures/sal/sal-irc.txt'));
	const chunks = Array.from({length: Math.ceil(bytes.length / 7)}, (_, index) => bytes.subarray(index * 7, index * 7 + 7));
	t.deepEqual(await readSal(Readable.from(chunks)), await readSal(bytes.toString('utf8')));
});

test('what was logged twice within a minute is two events, and importing again changes nothing', async t => {
	const text = '[2026-06-02 08:00:01] <sre1> !log restarted x\n[2026-06-02 08:00:40] <sre1> !log restarted x\n';
	const once = await readSal(text);
	t.is(new Set(keys(once.events)).size, 2);
	t.deepEqual(keys((await readSal(text)).events), keys(once.events));
	const page = await readSal('== 2026-06-02 ==\n* 08:00 sre1: restarted x\n* 08:00 sre1: restarted x\n');
	t.deepEqual(keys(page.events), keys(once.events));
});

test('every line that is no event is refused with its number and a reason', async t => {
	const {events, refused} = await readSal(
		Readable.from([
			Buffer.from('[2026-06-02 08:00:01] <sre1> !log one\n\n[2026-06-02 08:00:02] <sre2> good morning\n* 08:00 sre1: page\n'),
			Buffer.from([0x5b, 0xe9, 0x0a]),
			Buffer.from(`${'x'.repeat(100_000)}\n[2026-06-02 08:00:03] <sre1> !log two`),
		]),
	);
	t.deepEqual(
		events.map(event => event.text),
		['one', 'two'],
	);
	t.deepEqual(
		refused.map(({line, reason}) => `${line}: ${reason}`),
		[
			'3: It is talk, not a !log line.',
			'4: It is not a channel line: `[YYYY-MM-DD HH:MM:SS] <sender> text` was expected.',
			'5: The line is not UTF-8.',
			'6: The line has 100000 bytes; a log line has at most 8192.',
		],
	);
});

test('a row without a date above it is refused, and so is one under a heading that is none', async t => {
	const {events, refused} = await readSal(
		'* 08:00 sre1: early\n== 2026-06-02 ==\n* 08:01 sre1: ok\n== August 11 ==\n* 08:02 sre1: when?\n',
	);
	t.deepEqual(
		events.map(event => event.text),
		['ok'],
	);
	t.deepEqual(
		refused.map(({line}) => line),
		[1, 4, 5],
	);
});

test('events are given the service that is announced like that', async t => {
	const {events} = await readSal(fixture('sal-irc.txt'), {
		announcedAs: new Map([
			['example/deploy', 'example'],
			['sync-world', 'mediawiki'],
		]),
	});
	t.deepEqual([...new Set(events.map(event => event.service))].toSorted(), ['example', 'mediawiki', null]);
	t.is(events.find(event => event.data['shape'] === 'conftool')?.service, null);
});

test('what is no log at all is refused as a whole, and nothing is nothing', async t => {
	await t.throwsAsync(readSal('Dear diary,\ntoday nothing broke.\n'), {instanceOf: AppError, message: /no log that can be read/});
	t.deepEqual((await readSal('\n \n')).events, []);
});

test('too many lines or bytes stop the import with a sentence', async t => {
	await t.throwsAsync(readSal('[\n'.repeat(salLinesMax + 1)), {instanceOf: AppError, message: /more than 200000 lines/});
	const endless = (async function* () {
		while (true) yield new Uint8Array(8 * 1024 * 1024);
	})();
	await t.throwsAsync(readSal(endless), {instanceOf: AppError, message: /larger than/});
});

test('every line of any text becomes an event or a refusal', async t => {
	const line = fc.oneof(
		fc.constantFrom(
			'[2026-06-02 08:00:01] <sre1> !log x',
			'* 08:00 sre1: x',
			'{"@timestamp":"2026-06-02T08:00:00Z","nick":"a","message":"b"}',
			'==',
		),
		fc.string({unit: 'binary', maxLength: 30}).map(text => text.replaceAll('\n', ' ')),
	);
	await fc.assert(
		fc.asyncProperty(fc.array(line, {maxLength: 30}), fc.constantFrom('channel', 'documents' as const), async (lines, format) => {
			const {events, refused} = await readSal(lines.join('\n'), {format});
			t.is(events.length + refused.length, lines.filter(text => Buffer.from(text).toString().trim() !== '').length);
		}),
		{numRuns: 60},
	);
});
