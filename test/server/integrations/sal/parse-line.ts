import {readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {
	parseAnnouncement,
	parseChannelLine,
	parseDocument,
	parseWikiRow,
	wikiDate,
} from '../../../../server/integrations/sal/parse-line.ts';
import {readReason} from '../../../../server/integrations/sal/read-reason.ts';
import type {SalLine, SalParse} from '../../../../server/integrations/sal/sal-line.ts';

type Expected = {
	line: number;
	ts: string;
	nick: string;
	actor: string;
	host: string | null;
	shape: string;
	message: string;
	tasks: string[];
	changes: number[];
	duration_s: number | null;
	fields?: Record<string, unknown>;
};

const fixture = (name: string): string[] =>
	readFileSync(path.join(process.cwd(), 'test/fixtures/sal', name), 'utf8')
		.split('\n')
		.filter(line => line !== '');

const expected = fixture('sal-expected.jsonl').map(line => JSON.parse(line) as Expected);
const channel = fixture('sal-irc.txt');

/** Remarks of whoever made the corpus about a line; no parser could know them. */
const annotations: ReadonlySet<string> = new Set(['note', 'era', 'tricky', 'escapes', 'unicode', 'attempt']);

const understood = (parse: SalParse): SalLine => {
	if ('refused' in parse) throw new Error(parse.refused);
	return parse.line;
};

test('the answer key has a row for every line of the channel', t => {
	t.is(expected.length, 180);
	t.is(channel.length, 180);
});

for (const [index, key] of expected.entries()) {
	test(`line ${key.line} of the channel is read as the answer key says: ${key.shape}`, t => {
		const line = understood(parseChannelLine(channel[index] ?? ''));
		t.deepEqual(
			{
				ts: line.at,
				nick: line.nick,
				actor: line.actor,
				host: line.host,
				shape: line.shape,
				message: line.message,
				tasks: line.tasks,
				changes: line.changes,
				duration_s: line.durationSeconds,
			},
			{
				ts: new Date(key.ts).toISOString(),
				nick: key.nick,
				actor: key.actor,
				host: key.host,
				shape: key.shape as SalLine['shape'],
				message: key.message,
				tasks: key.tasks,
				changes: key.changes,
				duration_s: key.duration_s,
			},
		);
		for (const [name, value] of Object.entries(key.fields ?? {}))
			if (!annotations.has(name)) t.deepEqual(line.fields[name], value as never, name);
	});
}

test('only lines that speak of taking back carry `revert`, where the key has its fields', t => {
	const claimed = expected.filter((_key, index) => understood(parseChannelLine(channel[index] ?? '')).fields['revert'] === true);
	t.deepEqual(
		claimed.map(key => key.line),
		expected.filter(key => key.fields?.['revert'] === true).map(key => key.line),
	);
});

test('the wiki page yields the same lines as the channel, to the minute', t => {
	let date = '';
	const rows: SalLine[] = [];
	for (const text of fixture('sal-page.wikitext')) {
		const heading = wikiDate(text);
		if (heading === null) rows.push(understood(parseWikiRow(text, date)));
		else date = heading;
	}
	const told = ({at, actor, host, nick, shape, message, tasks, changes, durationSeconds}: SalLine) => ({
		minute: at.slice(0, 16),
		...{actor, host, nick, shape, message, tasks, changes, durationSeconds},
	});
	t.deepEqual(
		rows.reverse().map(told),
		channel.map(line => told(understood(parseChannelLine(line)))),
	);
	t.true(rows.every(row => row.precision === 'min'));
});

test('the documents of the search index yield the same lines as the channel', t => {
	const documents = fixture('sal-es-docs.jsonl').map(text => understood(parseDocument(JSON.parse(text))));
	const byTime = new Map(channel.map(text => understood(parseChannelLine(text))).map(line => [line.at + line.message, line]));
	t.is(documents.length, 16);
	for (const document of documents) t.deepEqual(document, byTime.get(document.at + document.message));
});

test('what a tool sends over TCP is the channel line without sender and time', t => {
	const receivedAt = '2026-06-05T10:00:00.123Z';
	for (const [index, key] of expected.entries()) {
		if (key.nick !== `${key.actor}@${key.host}`) continue;
		const raw = (channel[index] ?? '').replace(/^.*?> /, '');
		const line = understood(parseAnnouncement(raw, receivedAt));
		t.deepEqual({...line, at: ''}, {...understood(parseChannelLine(channel[index] ?? '')), at: ''});
		t.is(line.at, receivedAt);
	}
});

test('a person who types what a tool would say is still a person', t => {
	const line = understood(parseChannelLine('[2026-06-02 08:17:00] <sre1> !log Finished scap sync-world: all fine (duration: 00m 10s)'));
	t.is(line.shape, 'manual');
	t.is(line.durationSeconds, null);
	const posing = understood(parseChannelLine('[2026-06-02 08:17:00] <sre1> !log deployer1@deploy2002 Rolling back deployment'));
	t.deepEqual([posing.actor, posing.host, posing.shape], ['sre1', null, 'manual']);
});

test('what wm-bot repeats can be spoofed, so it never has the shape of a deploy', t => {
	const line = understood(parseChannelLine('[2026-06-02 08:17:00] <wm-bot> !log tool@bastion tools.example Rolling back deployment'));
	t.is(line.shape, 'toolforge');
	t.is(line.fields['project'], 'tools.example');
});

test('a bot that names nobody speaks for itself', t => {
	const line = understood(parseAnnouncement('!log restarting myself', '2026-06-05T10:00:00.000Z'));
	t.deepEqual([line.actor, line.host, line.shape], ['logmsgbot', null, 'manual']);
});

test('a row that was never substituted, and a hand edit with a plain pipe, are read too', t => {
	const row = understood(
		parseWikiRow('* {{safesubst:SAL entry|1=20:10 sre3: a | b {{!}} <nowiki>{</nowiki>c<nowiki>}</nowiki>}}', '2026-06-03'),
	);
	t.is(row.message, 'a | b | {c}');
	t.is(row.at, '2026-06-03T20:10:00.000Z');
});

for (const [what, parse] of Object.entries({
	'talk in the channel': parseChannelLine('[2026-06-02 08:17:00] <sre1> good morning'),
	'a word that only begins with !log': parseChannelLine('[2026-06-02 08:17:00] <sre1> !logs are nice'),
	'a day that does not exist': parseChannelLine('[2026-02-30 08:17:00] <sre1> !log hello'),
	'an hour that does not exist': parseWikiRow('* 25:00 sre1: hello', '2026-06-03'),
	'an empty message': parseChannelLine('[2026-06-02 08:17:00] <sre1> !log '),
	'a tool without a message': parseAnnouncement('!log deployer1@deploy2002 ', '2026-06-05T10:00:00.000Z'),
	'9000 bytes': parseAnnouncement(`!log deployer1@deploy2002 ${'x'.repeat(9000)}`, '2026-06-05T10:00:00.000Z'),
	'3000 characters of three bytes each': parseAnnouncement(`!log deployer1@deploy2002 ${'—'.repeat(3000)}`, '2026-06-05T10:00:00.000Z'),
	'a document without a zone': parseDocument({'@timestamp': '2015-08-11T17:58:00', nick: 'sre1', message: 'hello'}),
	'a document without a message': parseDocument({'@timestamp': '2015-08-11T17:58:00Z', nick: 'sre1'}),
	'a list': parseDocument([]),
})) {
	test(`refuses ${what}, with a sentence`, t => {
		t.true('refused' in parse && /^[A-Z].*\.$/.test(parse.refused), JSON.stringify(parse));
	});
}

test('control characters are taken out of what was said', t => {
	const line = understood(parseAnnouncement('!log deployer1@deploy2002 \u0002bold\u0003 and \u001b[31mred', '2026-06-05T10:00:00.000Z'));
	t.is(line.message, 'bold and [31mred');
});

test('a revert of a revert is not a revert', t => {
	t.is(readReason('Backport for [[gerrit:1|Revert "Revert "Enable widget""]]')['revert'], undefined);
	t.true(readReason('Backport for [[gerrit:1|Revert "Revert "Revert "Enable widget"""]]')['revert']);
});

const keywordOf = (message: string) => understood(parseChannelLine(`[2026-06-02 08:17:00] <sre1> !log ${message}`)).fields['keyword'];

test('a plan to roll back is told from talk about one', t => {
	t.is(keywordOf('rolling back group1 to wmf.17'), 'rollback-intent');
	t.is(keywordOf('not rolling back, the errors are old'), undefined);
	t.is(keywordOf('error rate is back to baseline after rollback'), undefined);
	t.is(keywordOf('incident on group1 wikis resolved'), 'incident-resolved');
	t.is(keywordOf('Incident started for elevated 5xx; coordinator is sre1'), 'incident-declared');
});

const fragments = [
	': ',
	' synced to the testservers',
	"', diff saved to x",
	"dbctl commit (dc=all): '",
	'Revert "',
	'[[gerrit:',
	'<nowiki>',
	'{{!}}',
	' (duration: ',
	'T1',
	'rolling back ',
	'incident ',
	'Pruned MediaWiki: ',
	', ',
	' lock',
	'Forcefully removing ',
	'#releng',
	'a@b ',
	' ',
	'[',
	'—',
];

test('any text is read or refused, never thrown at', t => {
	fc.assert(
		fc.property(fc.array(fc.oneof(fc.constantFrom(...fragments), fc.string({unit: 'binary', maxLength: 12})), {maxLength: 40}), parts => {
			const text = parts.join('');
			for (const parse of [
				parseChannelLine(`[2026-06-02 08:17:00] <+logmsgbot> !log ${text}`),
				parseChannelLine(text),
				parseWikiRow(`* 10:00 a@b: ${text}`, '2026-06-02'),
				parseAnnouncement(`!log a@b ${text}`, '2026-06-05T10:00:00.000Z'),
				parseDocument({'@timestamp': '2015-08-11T17:58:00Z', nick: text, message: text}),
			]) {
				t.true('refused' in parse || parse.line.message.length > 0);
			}
		}),
	);
});

test('the longest hostile line costs no more than a few milliseconds', t => {
	const started = performance.now();
	let lines = 0;
	for (const first of fragments) {
		for (const second of fragments) {
			const text = `${first}${second.repeat(Math.floor(8000 / Buffer.byteLength(second)))}`;
			parseAnnouncement(`!log a@b ${text}`, '2026-06-05T10:00:00.000Z');
			parseChannelLine(`[2026-06-02 08:17:00] <sre1> !log ${text}`);
			parseWikiRow(`* 10:00 a@b: ${text}`, '2026-06-02');
			lines += 3;
		}
	}
	// A pattern that backtracks over 8 KiB takes seconds for one line; a linear one takes well under a millisecond.
	t.true((performance.now() - started) / lines < 50, `${(performance.now() - started) / lines} ms a line`);
});
