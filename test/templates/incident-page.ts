import test from 'ava';
import {timelineOf} from '../../reports/timeline.ts';
import {incidentPage} from '../../templates/incident-page.ts';
import {render} from '../../templates/render.ts';
import {everywhere2015, on, story2015} from '../helpers/story-2015.ts';
import {rollback} from '../helpers/view-samples.ts';

const now = on('15:19:10');

test('while it is to be taken back, the commands are open and stand before everything else', t => {
	const page = incidentPage({...story2015, rollbacks: []}, {now, rollback});
	t.like(page.rollback, {open: true, title: 'To take it back, run', commands: rollback.commands.join('\n')});
	const html = render('pages/incident.hbs', page);
	t.true(html.includes('<details open>'));
	t.true(html.indexOf('scap sync-world') < html.indexOf('id="moments"'));
	t.like(incidentPage(story2015, {now, rollback}).rollback, {open: false}, 'once done they are folded');
	t.is(incidentPage(story2015, {now, rollback: null}).rollback, null);
});

test('what is unknown is a visible question', t => {
	const html = render('pages/incident.hbs', incidentPage(everywhere2015, {now, rollback: null}));
	t.regex(html, /<li class="unset"><span class="moment-label">Decided<\/span><span class="mono">--:--:--<\/span>/);
	t.regex(html, /<li>When was it decided what to do/);
});

test('the sentence says how long and how much, and nothing that was not measured', t => {
	t.is(
		incidentPage(story2015, {now, rollback}).sentence.text,
		'Mitigated; it lasted 2 min 10 s. Signal errors: 1,573 counted where the baseline explains 15.',
	);
	t.is(incidentPage({...story2015, readings: []}, {now, rollback}).sentence.text, 'Mitigated.');
});

/** Rows of the whole timeline, the lead-up included. */
const draftRows = (events: typeof story2015.events): number =>
	timelineOf({...story2015, events}, null).filter(({importance}) => importance !== 'noise').length;

test('a page shows the rows that it has room for, stays under 100 KB and says how many it leaves out', t => {
	const [row] = story2015.events;
	if (row === undefined) return t.fail('the story has events');
	const events = Array.from({length: 3000}, (_, index) => ({
		...row,
		seq: index + 1,
		kind: 'note' as const,
		text: `row ${'abcdefghij'[index % 10]} ${index % 7 === 0 ? 'x' : 'y'}`,
	}));
	const page = incidentPage({...story2015, events}, {now, rollback});
	const shown = page.timeline.rows.length;
	t.true(shown > 150 && shown < 500, String(shown));
	const html = render('pages/incident.hbs', page);
	t.true(Buffer.byteLength(html) < 100_000, String(Buffer.byteLength(html)));
	t.true(html.includes(page.timeline.more ?? 'nothing said'));
	t.is(page.timeline.more, `${(draftRows(events) - shown).toLocaleString('en-US')} more rows are in the JSON report.`);
	return undefined;
});
