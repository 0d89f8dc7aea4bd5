/** The minutes of 20171120-Ext:ORES, as they were written, typed into the form: all of it comes out in every format of the report. */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {Marked} from 'marked';
import {meetingUnderTest, unescaped} from '../../helpers/meeting-world.ts';

const minutes = readFileSync(path.join(process.cwd(), 'test/fixtures/meetings/20171120-ext-ores.txt'), 'utf8');
const parts = new Map(
	minutes
		.split(/^== /m)
		.slice(1)
		.map(part => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1).replace(/\n$/, '')]),
);

/** What a reader sees, without what every format does differently: markup, bullets, marks and spaces. */
const words = (text: string): string =>
	text
		.replaceAll(/[•*`_]|\(?\{\{done\}\}\)?/g, ' ')
		.replaceAll(/[“”]/g, '"')
		.replaceAll(/\s+/g, ' ')
		.trim();

const ofHtml = (html: string): string => words(unescaped(html.replaceAll('&#39;', "'").replaceAll(/<[^>]*>/g, ' ')));
const ofWikitext = (text: string): string =>
	words(text.replaceAll(/&#(\d+);/g, (_whole, code: string) => String.fromCodePoint(Number(code))));

test('the real minutes typed into the form come out whole', async t => {
	t.timeout(60_000);
	const {fill, read, path: form, url, incident, api} = await meetingUnderTest(t);
	for (const [field, text] of parts) {
		if (field === 'action items') t.is((await fill(`${form}/action-items`, {lines: text})).status, 303);
		else t.is((await fill(`${form}/fields/${field}`, {text})).status, 303, field);
	}
	t.is((await api('GET', '/meeting')).body['answered'], parts.size - 1);
	const report = async (format: string) => (await fetch(`${url}/api/v1/incidents/${incident}/report?format=${format}`)).text();
	const markdown = new Marked({gfm: true});
	const formats: Readonly<Record<string, string>> = {
		page: ofHtml(await read(`/incidents/${incident}`)),
		form: ofHtml(await read()),
		md: ofHtml(markdown.parse(await report('md'), {async: false})),
		json: words(
			JSON.stringify(JSON.parse(await report('json')))
				.replaceAll('\\"', '"')
				.replaceAll('\\n', ' '),
		),
		wikitext: ofWikitext(await report('wikitext')),
		html: ofHtml(await report('html')),
	};
	const lines = [...parts].filter(([field]) => field !== 'action items').flatMap(([, text]) => text.split('\n').map(words));
	t.true(lines.length > 35);
	for (const [format, said] of Object.entries(formats)) for (const line of lines) t.true(said.includes(line), `${format}: ${line}`);
	const items = [
		'reviews of extensions',
		'send a note to Daniel Kinsler about extension review',
		'proximity of service deployments to train deployments is a problem -- do something about that',
	];
	for (const [format, said] of Object.entries(formats)) {
		for (const item of [...items, 'T182731', 'T182733', 'greg/JR', 'chad']) t.true(said.includes(item), `${format}: ${item}`);
		if (format !== 'form')
			t.true(
				said.indexOf('rollback started 4 minutes later') < said.indexOf('A person noticed') || format === 'json',
				`${format}: people first`,
			);
	}
	t.is(await report('md'), await report('md'), 'the same state gives the same bytes');
	const draft = JSON.parse(await report('json')) as {title: string; questions: {content: {id: string}[]}; meeting: {answered: number}};
	t.is(draft.title, 'Post Mortem Meeting for train blocker - 20171120-Ext:ORES');
	t.is(draft.meeting.answered, parts.size - 1);
});
