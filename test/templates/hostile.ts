/** Text from outside in every field of every page and report: it is shown, and it does nothing. */
import test from 'ava';
import {marked} from 'marked';
import {draftOf} from '../../reports/draft.ts';
import type {IncidentStory} from '../../reports/story.ts';
import {boardPage} from '../../templates/board-page.ts';
import {deployPage} from '../../templates/deploy-page.ts';
import {deploysPage} from '../../templates/deploys-page.ts';
import {incidentPage} from '../../templates/incident-page.ts';
import {incidentsPage} from '../../templates/incidents-page.ts';
import {landedPage} from '../../templates/landed-page.ts';
import {noticesPage} from '../../templates/notices-page.ts';
import {plannerPage} from '../../templates/planner-page.ts';
import {problemPage} from '../../templates/problem-page.ts';
import {render} from '../../templates/render.ts';
import {reportHtml} from '../../templates/report-html.ts';
import {reportMarkdown} from '../../templates/report-markdown.ts';
import {reportWikitext} from '../../templates/report-wikitext.ts';
import {signalsPage} from '../../templates/signals-page.ts';
import {changeInput, deploysInput, groupInput, incidentsInput, landedInput, plannerInput, signalsInput} from '../helpers/list-samples.ts';
import {explainedFive} from '../helpers/order-samples.ts';
import {on, story2015} from '../helpers/story-2015.ts';
import {boardInput, noticesInput, rollback} from '../helpers/view-samples.ts';
import {readWikitext, tableFaults} from '../helpers/wikitext.ts';

const poison =
	'<script>alert(1)</script> {{title}} {{{x}}} "\' onload=x ]]> | `tick` [a](javascript:x) <!-- \u202Egnp.exe\u0007 \u001B[2J \n# heading \n- [ ] item';

/** Control characters other than a line's end, and marks that turn the direction of text. */
const hidden = /[^\P{Cc}\n]|[\u202A-\u202E\u2066-\u2069]/u;

/** Fields that other code compares or computes with; everything else is free text. */
const structural = new Set([
	'kind',
	'source',
	'outcome',
	'from',
	'verdict',
	'reach',
	'status',
	'openedBy',
	'precision',
	'exposureUnit',
	'how',
	'href',
	'word',
	'signal',
	'state',
]);

/** Puts the poison behind every text of a value, leaving times, hashes and enumerations as they are. */
function poisoned<T>(value: T, key = '', venom = poison): T {
	if (typeof value === 'string') {
		const keep =
			structural.has(key) ||
			/^\d{4}-\d\d-\d\dT/.test(value) ||
			(key === 'rule' && value === 'patch-order') ||
			key === 'stage' ||
			key === 'hash';
		return (keep ? value : `${value}${venom}`) as T;
	}
	if (Array.isArray(value)) return value.map(item => poisoned(item, key, venom)) as T;
	if (value === null || typeof value !== 'object') return value;
	return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, poisoned(item, name, venom)])) as T;
}

const story: IncidentStory = poisoned(story2015);
const now = on('15:19:10');

/** The page without the modules that every page loads: no other script may be there. */
const withoutModules = (html: string): string => html.replaceAll(/<script type="module" src="\/assets\/[a-z]+\.js"><\/script>/g, '');

const pages: Readonly<Record<string, string>> = {
	board: render('pages/board.hbs', boardPage(poisoned(boardInput))),
	deploy: render('pages/deploy.hbs', deployPage(story, {now, incident: story.incident, order: poisoned(explainedFive)})),
	incident: render('pages/incident.hbs', incidentPage(story, {now, rollback: poisoned(rollback)})),
	notices: render('pages/notices.hbs', noticesPage(poisoned(noticesInput))),
	deploys: render('pages/deploys.hbs', deploysPage(poisoned(deploysInput))),
	incidents: render('pages/incidents.hbs', incidentsPage(poisoned(incidentsInput))),
	signals: render('pages/signals.hbs', signalsPage(poisoned(signalsInput))),
	landed: render('pages/landed.hbs', landedPage(poisoned(landedInput))),
	'landed of a group': render('pages/landed.hbs', landedPage({...poisoned(groupInput), moves: poisoned(groupInput.moves)})),
	'landed of a change': render('pages/landed.hbs', landedPage(poisoned(changeInput))),
	planner: render('pages/planner.hbs', plannerPage(poisoned(plannerInput))),
	problem: render('pages/problem.hbs', problemPage({now, status: 422, what: poison, problems: [poison, poison]})),
};

for (const [name, html] of Object.entries(pages)) {
	test(`the ${name} page shows hostile text and does nothing with it`, t => {
		t.true(html.includes('&lt;script&gt;'), 'the text is there');
		t.notRegex(withoutModules(html), /<script/i);
		t.notRegex(html, /\son\w+\s*=\s*["']/i, 'no handler attribute');
		t.notRegex(html, /href="javascript:/i);
		t.notRegex(html, hidden);
		t.true(html.includes('{{title}} {{{x}}}'), 'braces stay text');
	});

	test(`the ${name} page needs no inline script or style, and nothing from elsewhere`, t => {
		t.notRegex(withoutModules(html), /<style|\sstyle=|<script/i);
		const outside = [...html.matchAll(/(?:src|href)="([^"]*)"/g)]
			.map(([, address = '']) => address)
			.filter(address => !/^[/#]/.test(address));
		t.deepEqual(outside, []);
		t.true(html.length < 200_000, `${html.length} characters`);
	});
}

test('the Markdown report shows hostile text and does nothing with it', t => {
	const report = reportMarkdown(draftOf(story));
	t.notRegex(report, hidden);
	const html = marked.parse(report, {async: false, gfm: true});
	t.notRegex(html, /<script|<!--|href="javascript:/i);
	t.true(html.includes('&lt;script&gt;alert(1)&lt;/script&gt;'), 'the text is there');
	const clean = marked.parse(reportMarkdown(draftOf(story2015)), {async: false, gfm: true});
	const count = (text: string, tag: string) => text.split(`<${tag}`).length;
	for (const tag of ['h1', 'h2', 'h3', 'tr', 'li', 'td'])
		t.is(count(html, tag), count(clean, tag), `hostile text makes no <${tag}> of its own`);
});

test('the wikitext report shows hostile text and does nothing with it', t => {
	const wild = poisoned(
		story2015,
		'',
		`${poison} {{subst:x}} [[Category:X]] '''b \n== h ==\n|-\n| cell || cell !! <nowiki> ~~~~ __NOTOC__ https://x.example RFC 1`,
	);
	const report = reportWikitext(draftOf(wild));
	t.notRegex(report, hidden);
	t.deepEqual(tableFaults(report), []);
	const clean = readWikitext(reportWikitext(draftOf(story2015)));
	const lines = readWikitext(report);
	t.deepEqual(
		lines.map(({kind}) => kind),
		clean.map(({kind}) => kind),
		'no line is anything else than before',
	);
	t.deepEqual(
		lines.map(({opens, cells}) => ({opens, cells})),
		clean.map(({opens, cells}) => ({opens, cells})),
		'nothing opens that did not before',
	);
	t.true(
		lines.some(({text}) => text.includes('<script>alert(1)</script> {{title}}')),
		'the text is there',
	);
});

test('the HTML report shows hostile text, runs nothing and asks for nothing', t => {
	const html = reportHtml(story);
	t.true(html.includes('&lt;script&gt;'), 'the text is there');
	t.notRegex(html, /<script|<link|<img|<iframe|<object|<form|\son\w+\s*=\s*["']|javascript:[^x]|@import|url\(/i);
	t.notRegex(html, hidden);
	t.deepEqual([...html.matchAll(/\s(?:src|href|action|data|srcset|poster)="([^"]*)"/g)], []);
	t.regex(
		html,
		/<meta http-equiv="Content-Security-Policy" content="default-src &#x27;none&#x27;; style-src &#x27;sha256-[^"]+&#x27;; base-uri &#x27;none&#x27;; form-action &#x27;none&#x27;">/,
	);
	t.true(Buffer.byteLength(html) < 200_000, `${Buffer.byteLength(html)} bytes`);
});
