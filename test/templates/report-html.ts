import {createHash} from 'node:crypto';
import test from 'ava';
import type {IncidentStory} from '../../reports/story.ts';
import {reportHtml, reportPolicy} from '../../templates/report-html.ts';
import {everywhere2015, story2015} from '../helpers/story-2015.ts';

const headings = (html: string): string[] => [...html.matchAll(/<h([1-6])[ >]/g)].map(([, level = '']) => level);

test('the same state gives the same bytes', t => {
	t.is(reportHtml(structuredClone(story2015)), reportHtml(story2015));
});

test('the style is the one whose hash the policy allows', t => {
	const html = reportHtml(story2015);
	const style = /<style>([^<]*)<\/style>/.exec(html)?.[1] ?? '';
	t.true(style.length > 1000);
	t.true(reportPolicy().includes(`'sha256-${createHash('sha256').update(style).digest('base64')}'`));
	t.notRegex(html, /\sstyle=/);
	t.notRegex(style, /@import|url\(|</);
});

test('headings go down by one, every section is named, drawings say in words what they show', t => {
	for (const story of [story2015, everywhere2015]) {
		const html = reportHtml(story);
		const levels = headings(html).map(Number);
		t.is(levels[0], 1);
		t.is(levels.filter(level => level === 1).length, 1);
		t.true(levels.every((level, index) => index === 0 || level <= (levels[index - 1] ?? 0) + 1));
		for (const [, id = ''] of html.matchAll(/<section aria-labelledby="([^"]*)"/g)) t.true(html.includes(`<h2 id="${id}">`), id);
		for (const [drawing] of html.matchAll(/<svg .*?<\/svg>/gs)) t.regex(drawing, /role="img".*<title>[^<]+<\/title>/s);
		t.regex(html, /before \[GO\] -- /);
	}
});

test('however much there is to say, the file stays under 200 KB and says what it leaves out', t => {
	const [row] = story2015.events;
	const [signal] = story2015.readings;
	if (row === undefined || signal === undefined) return t.fail('the story has events and readings');
	const start = Date.parse('2015-10-26T13:00:00.000Z');
	const buckets = Array.from({length: 1440}, (_, index) => ({
		...(signal.buckets[index % signal.buckets.length] ?? signal.buckets[0]),
		at: new Date(start + index * 10_000).toISOString(),
	})) as typeof signal.buckets;
	const large: IncidentStory = {
		...story2015,
		events: Array.from({length: 3000}, (_, index) => ({
			...row,
			seq: index + 1,
			kind: 'decision' as const,
			text: `${'é'.repeat(index % 7 === 0 ? 1900 : 20)} ${index}`,
		})),
		readings: Array.from({length: 6}, (_, index) => ({...signal, name: `errors-${index}`, buckets})),
	};
	const html = reportHtml(large);
	t.true(Buffer.byteLength(html) < 200_000, `${Buffer.byteLength(html)} bytes`);
	t.regex(html, /\d more charts are on the page of the incident\./);
	const shown = html.match(/<tr class="key/g)?.length ?? 0;
	t.true(shown > 50, `${shown} rows`);
	const left = Number(/([\d,]+) more rows are in the JSON report/.exec(html)?.[1]?.replace(',', ''));
	t.is(shown + left, 3000);
	return undefined;
});
