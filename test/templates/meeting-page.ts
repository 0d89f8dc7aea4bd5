/** The pages of the post-mortem form: what they show, to whom, and what hostile text does in them. */
import test from 'ava';
import {marked} from 'marked';
import {draftOf} from '../../reports/draft.ts';
import {chromeFor} from '../../templates/chrome.ts';
import {itemConflictPage} from '../../templates/meeting-again-page.ts';
import {meetingPage, noIssues} from '../../templates/meeting-page.ts';
import {render} from '../../templates/render.ts';
import {reportMarkdown} from '../../templates/report-markdown.ts';
import {reportWikitext} from '../../templates/report-wikitext.ts';
import {answer, countedIds, item, meetingStory} from '../helpers/meeting-samples.ts';
import {formIn} from '../helpers/meeting-world.ts';
import {on, story2015} from '../helpers/story-2015.ts';
import {tableFaults} from '../helpers/wikitext.ts';

const now = on('15:19:10');
const chrome = (...may: string[]) =>
	chromeFor({
		person: {name: 'Ann', role: may.at(-1) ?? 'viewer', isPerson: true},
		csrf: 'form-secret',
		may,
		at: 'meeting',
		canSignIn: false,
		canSignOut: true,
	});
const editor = chrome('viewer', 'editor');
const input = {now, newId: countedIds(), issues: noIssues, done: null};

const withMeeting = (meeting: Partial<NonNullable<typeof meetingStory.meeting>>) => ({
	...story2015,
	meeting: {questionSet: 'wikimedia-minutes-1', openedAt: now, answers: [], items: [], ...meeting},
});

test('an editor has a form for each field, with its version, an id of its own and the secret; a viewer has none', t => {
	const page = meetingPage(meetingStory, input);
	const html = render('pages/meeting.hbs', page, editor);
	const ids = new Set<string>();
	for (const {fields} of page.topics)
		for (const {form} of fields) {
			const sent = formIn(html, form.action);
			t.like(sent, {csrf: 'form-secret', base_version: String(form.baseVersion), op_id: form.opId, text: form.value});
			ids.add(form.opId);
		}
	t.is(ids.size, page.topics.flatMap(({fields}) => fields).length);
	const seen = render('pages/meeting.hbs', page, chrome('viewer'));
	t.notRegex(seen.slice(seen.indexOf('<main')), /<form|<button(?! type="button" class="copy")/);
});

test('the evidence stands beside its question, and questions that nobody answered are one line each', t => {
	const html = render('pages/meeting.hbs', meetingPage(story2015, input), editor);
	const within = (id: string) =>
		html.slice(html.indexOf(`id="field-${id}"`), html.indexOf('id="field-', html.indexOf(`id="field-${id}"`) + 12));
	t.regex(within('summary'), /1,558 errors more than the baseline explains/);
	t.regex(within('discovered'), /15:13:31 canaries: roll back/);
	t.regex(within('learned.avoided'), /The gate would have stopped it: patch-order/);
	t.regex(within('learned.detect'), /The gate could not tell: signals-alive/);
	t.regex(
		html,
		/asked-fold" id="field-train">\s*<div class="asked-answer">\s*<h3>Why was this not part of the regular deployment train\?<\/h3>/,
	);
});

test('when the data says something else later, the difference is shown and the answer stands', t => {
	const generated =
		meetingPage(story2015, input)
			.topics.flatMap(({fields}) => fields)
			.find(({anchor}) => anchor === 'field-summary')?.form.generated ?? '';
	const fieldOf = (saved: string | null) =>
		meetingPage(withMeeting({answers: [answer('summary', 'What we say', {generated: saved})]}), input)
			.topics.flatMap(({fields}) => fields)
			.find(({anchor}) => anchor === 'field-summary');
	t.is(fieldOf(generated)?.difference, null);
	t.is(fieldOf(null)?.difference, null);
	const changed = fieldOf(generated.replace('15:13:07', '15:13:00'));
	t.is(changed?.form.value, 'What we say');
	t.deepEqual(
		changed?.difference?.map(({kind}) => kind),
		['gone', 'new', 'same', 'same', 'same', 'same'],
	);
});

test('a field that was emptied is not filled by the data again', t => {
	const [field] = meetingPage(withMeeting({answers: [answer('summary', '', {version: 2})]}), input)
		.topics.flatMap(({fields}) => fields)
		.filter(({anchor}) => anchor === 'field-summary');
	t.like(field, {from: null, said: null, form: {value: '', baseVersion: 2}});
});

test('a hint stands beside an answer that points at people, and nothing is blocked', t => {
	const html = render(
		'pages/meeting.hbs',
		meetingPage(withMeeting({answers: [answer('introduced', 'Riley Deployer broke it; it was human error.')]}), input),
		editor,
	);
	t.regex(html, /<q>human error<\/q>/);
	t.regex(html, /<q>Riley Deployer<\/q> A name in a cause/);
	t.regex(html, /Riley Deployer broke it; it was human error\./);
});

const poison =
	'<script>alert(1)</script> {{title}} {{{x}}} "\' onload=x ]]> | `tick` [a](javascript:x) <!-- \u202Egnp.exe\u0007 \u001B[2J \n# heading \n- [ ] item\n|}\n</textarea><b>';

const poisonedStory = withMeeting({
	answers: [
		'title',
		'attendees',
		'related_tasks',
		'summary',
		'discovered',
		'introduced',
		'learned.avoided',
		'residue',
		'first-thought',
	].map(field => answer(field, `${field} ${poison}`, {by: poison, generated: poison})),
	items: [
		item(1, poison, {
			...{task: poison, owner: poison, doneWhen: poison, status: 'not_doing', reason: poison, changedBy: poison},
			proposal: {text: poison, because: poison, paste: poison},
			tracker: {system: 'x', key: poison, url: 'javascript:alert(1)', state: poison, syncedAt: now},
		}),
	],
});

const pages: Readonly<Record<string, string>> = {
	form: render('pages/meeting.hbs', meetingPage(poisonedStory, input), editor),
	conflict: render(
		'pages/meeting-again.hbs',
		itemConflictPage({...input, incident: 'INC-2015-0001'}, item(1, poison), item(1, `my ${poison}`)),
		editor,
	),
};

for (const [name, html] of Object.entries(pages)) {
	test(`the ${name} shows hostile text and does nothing with it`, t => {
		t.true(html.includes('&lt;script&gt;'), 'the text is there');
		t.notRegex(html, /<script(?! type="module" src="\/assets\/)/i);
		t.notRegex(html, /\son\w+\s*=\s*["']/i);
		t.notRegex(html, /(?:href|action)="javascript:/i);
		const shown = html.replaceAll(/<textarea[\s\S]*?<\/textarea>|value="[^"]*"/g, '');
		t.is(/.{0,60}(?:[^\P{Cc}\n]|[\u202A-\u202E\u2066-\u2069]).{0,30}/su.exec(shown)?.[0], undefined);
		t.is(html.split('<textarea').length, html.split('</textarea>').length, 'no box is closed by what stands in it');
		t.notRegex(html, /<h1>heading|<style|\sstyle=/);
	});
}

test('hostile answers are lists and paragraphs of the reports, and nothing else', t => {
	const draft = draftOf(poisonedStory);
	const html = marked.parse(reportMarkdown(draft), {async: false, gfm: true});
	t.notRegex(html, /<script|<!--|href="javascript:/i);
	t.true(html.includes('&lt;script&gt;alert(1)&lt;/script&gt;'));
	const clean = marked.parse(reportMarkdown(draftOf(withMeeting({answers: [answer('summary', 'x')], items: [item(1, 'x')]}))), {
		async: false,
		gfm: true,
	});
	const count = (text: string, tag: string) => text.split(`<${tag}`).length;
	for (const tag of ['h1', 'h2', 'h3', 'table']) t.is(count(html, tag), count(clean, tag), `no <${tag}> of its own`);
	const wikitext = reportWikitext(draft);
	t.deepEqual(tableFaults(wikitext), []);
	t.notRegex(wikitext, /<script|\{\{title|javascript:x\]/);
});

test('a form of every field at its longest and of all items is a page that a browser opens', t => {
	const long = `${'word '.repeat(3999)}end`;
	const answers = meetingPage(story2015, input).topics.flatMap(({fields}) =>
		fields.map(({anchor}) => answer(anchor.replace('field-', ''), long)),
	);
	const items = Array.from({length: 200}, (_, index) => item(index + 1, `item ${index} ${'x'.repeat(100)}`));
	const started = performance.now();
	const html = render('pages/meeting.hbs', meetingPage(withMeeting({answers, items}), input), editor);
	t.true(performance.now() - started < 20_000, `${performance.now() - started} ms`);
	t.true(html.length < 3_000_000, `${html.length}`);
});
