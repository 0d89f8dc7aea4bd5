import test from 'ava';
import fc from 'fast-check';
import {draftOf} from '../../reports/draft.ts';
import {plainText} from '../../reports/plain-text.ts';
import {escapeWikitext} from '../../templates/escape-wikitext.ts';
import {reportWikitext} from '../../templates/report-wikitext.ts';
import {event, everywhere2015, story2015} from '../helpers/story-2015.ts';
import {readWikiLine, readWikitext, tableFaults} from '../helpers/wikitext.ts';

/** Where the report puts text from outside. */
const places: Readonly<Record<string, (text: string) => string>> = {
	paragraph: text => text,
	'list item': text => `* ${text}`,
	'second clause of an item': text => `* 15:13:07 '''OUTAGE BEGINS''' ${text}`,
	'item in italics': text => `** ''${text}''`,
	'in brackets': text => `* done ''(${text})''`,
	'code in an item': text => `** Paste: <code>${text}</code>`,
	bold: text => `'''${text}'''`,
	cell: text => `| ${text}`,
	'head cell with a scope': text => `! scope="row" | ${text}`,
	caption: text => `|+ ${text}`,
};

const fragments = [
	...['[[Category:X]]', '[[:fr:Page]]', '[[phab:T1|x]]', '[https://x y]', 'https://example.org', 'mailto:a@b', 'News:x', '//x'],
	...['{{subst:x}}', '{{{1}}}', '{{!}}', '{|', '|}', '|-', '||', '!!', '|', '!', '+', '-{zh-hans:x}-', '}-', '{', '}', '[', ']'],
	...["'''", "''", "'", '~~~~', '~', '__NOTOC__', '__', '_', '\uFF3F\u76EE\u6B21\uFF3F', 'RFC 1149', 'RFC', ' 12', 'ISBN 1', 'pmid\u00A01'],
	...[
		'<nowiki>',
		'</nowiki>',
		'<script>',
		'<!--',
		'-->',
		'<',
		'>',
		'&',
		'&amp;',
		'&#123;',
		'&lt;',
		'#REDIRECT [[x]]',
		'=',
		'== x ==',
		'*',
		'#',
		':',
	],
	...[';', '----', '-', ' ', '\n', '\n\n* ', '\t', 'a', 'b', '1', '"', 'http', 'RF', 'C', '\u0000', '\u007F', '\u202E', '\\', '$1', '%'],
];

for (const [place, put] of Object.entries(places)) {
	test(`escaped text in a ${place} opens nothing and reads as it was written`, t => {
		const usual = readWikiLine(put('x'));
		fc.assert(
			fc.property(fc.array(fc.constantFrom(...fragments), {minLength: 1, maxLength: 12}), parts => {
				const text = parts.join('');
				const plain = plainText(text);
				fc.pre(plain !== '');
				const line = put(escapeWikitext(text));
				const {kind, opens, cells, text: seen} = readWikiLine(line);
				t.false(line.includes('\n'), line);
				t.deepEqual({kind, opens, cells}, {kind: usual.kind, opens: usual.opens, cells: usual.cells}, line);
				t.is(seen, usual.text.replace('x', () => plain).trim(), line);
			}),
			{numRuns: 400},
		);
	});
}

test('any text at all opens nothing', t => {
	fc.assert(
		fc.property(fc.string({unit: 'binary', maxLength: 60}), text => {
			const {kind, opens, cells, text: seen} = readWikiLine(`| ${escapeWikitext(text)}`);
			t.deepEqual([kind, opens, cells, seen], ['cell', [], 1, plainText(text)]);
		}),
		{numRuns: 300},
	);
});

test('the model sees each construct that is not escaped', t => {
	const seen: readonly (readonly [string, string])[] = [
		['{{x}}', 'template'],
		['[[x]]', 'link'],
		['see https://x.example', 'bare address'],
		["''x''", 'quotes'],
		['<nowiki>', 'tag'],
		['~~~~', 'signature'],
		['__NOTOC__', 'magic word'],
		['RFC 1149', 'magic link'],
		['a || b', 'cell'],
		['-{x}-', 'language variant'],
	];
	for (const [text, name] of seen)
		t.true(
			readWikiLine(text).opens.some(opened => opened.startsWith(name)),
			text,
		);
	const kinds = ['{|', '|}', '|-', '|+ x', '| x', '! x', '== x ==', '----', '* x', ' x', 'x'].map(line => readWikiLine(line).kind);
	t.deepEqual(kinds, [
		...['table', 'table end', 'row', 'caption', 'cell', 'head cell', 'heading 2', 'rule', 'list *', 'preformatted', 'paragraph'],
	]);
});

test('the model sees a table that is not whole', t => {
	t.deepEqual(tableFaults('{|\n|-\n| a\n| b\n|-\n| c\n| d\n|}'), []);
	t.deepEqual(tableFaults('{|\n|-\n| rowspan="2" | a\n| b\n|-\n| c\n|}'), []);
	t.is(tableFaults('{|\n|-\n| a\n| b\n|-\n| c\n|}').length, 1);
	t.is(tableFaults('{|\n|-\n| a').length, 1);
	t.is(tableFaults('| a').length, 1);
	t.is(tableFaults('{|\n|-\n| a\n* b\n|}').length, 1);
});

test('what means nothing to a wiki is left readable', t => {
	for (const text of ["don't", '15:13:07', 'new_error', 'before: hold', 'a (b), c - d = e + f', 'T123; 50 %', 'c0fd944 #3', 'RFCs'])
		t.is(escapeWikitext(text), text);
});

const sections = ['Summary', 'Timeline', 'Detection', 'Conclusions', 'Links to relevant documentation', 'Actionables', 'Scorecard'];
const conclusions = ['What went well?', 'What went poorly?', 'Where did we get lucky?'];

for (const [name, story] of Object.entries({
	story2015,
	everywhere2015,
	empty: {...story2015, events: [], readings: [], stages: [], deploy: null},
})) {
	test(`the report of ${name} has the sections of the template in their order, and whole tables`, t => {
		const text = reportWikitext(draftOf(story));
		const lines = readWikitext(text);
		t.deepEqual(
			lines.filter(({kind}) => kind === 'heading 2').map(line => line.text),
			sections,
		);
		t.deepEqual(
			lines.filter(({kind}) => kind === 'heading 3').map(line => line.text),
			conclusions,
		);
		t.deepEqual(tableFaults(text), []);
		t.deepEqual(text.match(/\{\{[^}]*\}\}/g), ['{{irdoc|status=draft}}'], 'irdoc is the only template');
		t.is(text.split('\n')[0], '{{irdoc|status=draft}}');
		t.notRegex(text, /\[\[|<(?!\/?code>)/);
		t.deepEqual(
			lines.filter(({kind}) => kind === 'preformatted' || kind === 'rule'),
			[],
		);
		t.is(reportWikitext(draftOf(structuredClone(story))), text, 'the same state gives the same bytes');
	});
}

test('the metadata has the rows of the template, and says what is not known', t => {
	const lines = readWikitext(reportWikitext(draftOf(story2015)));
	const value = (label: string) => lines[lines.findIndex(({kind, text}) => kind === 'head cell' && text === label) + 1]?.text;
	t.is(value('Incident ID'), 'INC-2015-0001 2015-10-26 mediawiki: errors on the canaries');
	t.is(value('Start'), '2015-10-26 15:13:10');
	t.is(value('End'), '2015-10-26 15:15:20');
	for (const label of ['Task', 'People paged', 'Coordinators']) t.is(value(label), 'not known');
	t.is(value('Responder count'), 'at least 1 (people in the timeline)');
	t.is(value('Affected metrics/SLOs'), 'errors');
	t.regex(value('Impact') ?? '', /^Duration: 2 min 10 s\. errors: 1,558 errors more/);
});

test('the outage is marked where it began and ended, in its place in the timeline', t => {
	const rows = reportWikitext(draftOf(story2015))
		.split('\n')
		.filter(line => line.startsWith('* 15:'));
	const begins = rows.findIndex(row => row.includes("'''OUTAGE BEGINS'''"));
	const ends = rows.findIndex(row => row.includes("'''OUTAGE ENDS'''"));
	t.regex(rows[begins] ?? '', /^\* 15:13:10 /);
	t.regex(rows[begins - 1] ?? '', /^\* 15:13:07 /);
	t.regex(rows[begins + 1] ?? '', /^\* 15:13:31 /);
	t.regex(rows[ends] ?? '', /^\* 15:15:20 /);
	t.regex(rows[ends + 1] ?? '', /^\* 15:16:20 /);
	t.notRegex(reportWikitext(draftOf({...story2015, readings: []})), /OUTAGE/);
});

const answers = (story: typeof story2015): Readonly<Record<string, string | undefined>> => {
	const lines = readWikitext(reportWikitext(draftOf(story)));
	return Object.fromEntries(
		lines.flatMap(({kind, text}, index) => {
			const number = kind === 'cell' ? /^(\d+)\. /.exec(text)?.[1] : undefined;
			return number === undefined ? [] : [[number, `${lines[index + 1]?.text}; ${lines[index + 2]?.text}`]];
		}),
	);
};

test('the scorecard asks fifteen questions and answers only what the data decides', t => {
	const card = answers(story2015);
	t.is(Object.keys(card).length, 15);
	t.regex(card['13'] ?? '', /^yes; From data: noticed first by a machine at 15:13:31/);
	t.regex(card['14'] ?? '', /^; To confirm, the data says: The gate could not tell: signals-alive/);
	t.deepEqual(
		Object.entries(card)
			.filter(([, answer]) => answer !== '; ')
			.map(([number]) => number),
		['13', '14'],
	);
	t.regex(answers(everywhere2015)['13'] ?? '', /^no; From data: noticed first by a person at 15:14:00/);
	const told = event(15, '15:14:40', 'communication', 'Posted on wikimediastatus.net', {}, 'human');
	t.regex(answers({...story2015, events: [...story2015.events, told]})['7'] ?? '', /^yes; From data: said at 15:14:40/);
});
