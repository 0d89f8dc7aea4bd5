import test from 'ava';
import fc from 'fast-check';
import type {Finding, Outcome} from '../../../gate/verdict.ts';
import {type PrintedVerdict, plain, verdictLines} from '../../../server/client/print.ts';

const finding = (outcome: Outcome, more: Partial<Finding> = {}): Finding => ({
	rule: 'patch-order',
	outcome,
	because: 'B needs A, which has not landed on group0',
	evidence: [],
	remedy: 'signalbox order A B',
	...more,
});
const verdict = (more: Partial<PrintedVerdict> = {}): PrintedVerdict => ({
	verdict: 'hold',
	deploy: '12.1',
	stage: 'before',
	at: '2015-10-26T15:13:07.000Z',
	findings: [finding('hold'), finding('pass', {rule: 'open-incident', because: 'no incident is open'})],
	url: 'http://localhost:8420/deploys/12.1',
	...more,
});
/** The line without the escape codes that colours are made of: nothing else may follow an escape. */
const bareLine = (line: string): string =>
	line
		.split('\u001b')
		.map((piece, index) => (index === 0 ? piece : piece.replace(/^\[[0-9;]{1,4}m/, '')))
		.join('');
const lines = (more: Partial<PrintedVerdict> = {}) => verdictLines(verdict(more), {colour: false});

test('the first line says it all, then come the findings with their remedy, then where to read on', t => {
	t.deepEqual(lines(), [
		'HOLD: B needs A, which has not landed on group0',
		'  hold     patch-order: B needs A, which has not landed on group0',
		'           do: signalbox order A B',
		'  pass     open-incident: no incident is open',
		'  deploy 12.1, stage before, judged 2015-10-26T15:13:07.000Z, http://localhost:8420/deploys/12.1',
	]);
});

test('a go says whether anything warned', t => {
	t.is(lines({verdict: 'go', findings: []})[0], 'GO: no rule judges this stage');
	t.is(lines({verdict: 'go', findings: [finding('pass')]})[0], 'GO: 1 finding, nothing against it');
	t.is(lines({verdict: 'go', findings: [finding('warn', {because: 'late'}), finding('pass')]})[0], 'GO: with a warning: late');
	t.is(lines({verdict: 'rollback', findings: [finding('rollback', {because: 'bad'})]})[0], 'ROLL BACK: bad');
});

test('what was not asked, since nothing for it is configured, has no line and counts for nothing', t => {
	const fine = finding('pass', {because: 'fine'});
	const idle = finding('pass', {rule: 'mirrors-agree', because: 'no mirror is configured', data: {kind: 'not-asked'}});
	const go = (...findings: Finding[]) => lines({verdict: 'go', findings});
	t.is(go(fine, idle)[0], 'GO: 1 finding, nothing against it');
	t.false(go(fine, idle).join('\n').includes('mirrors-agree'));
	t.is(go(idle)[0], 'GO: nothing against it');
	t.true(
		go({...idle, outcome: 'warn'})
			.join('\n')
			.includes('mirrors-agree'),
	);
});

test('a softened finding shows what it was and why it gave way', t => {
	const softened = finding('warn', {because: 'late', softened: {from: 'hold', why: 'a rollback is never held'}, remedy: null});
	t.is(lines({verdict: 'go', findings: [softened]})[1], '  warn     patch-order: late (was hold: a rollback is never held)');
});

test('the first line of a go counts its warnings, and says of a rollback that it is not stopped', t => {
	const [order, incident] = [finding('warn', {because: 'a/b/App: b must come after a'}), finding('warn', {because: 'INC-1 is open'})];
	t.is(lines({verdict: 'go', findings: [order, incident]})[0], 'GO: with 2 warnings: App: b must come after a');
	const softened = {from: 'hold' as const, why: 'a rollback is never held'};
	const [first] = lines({verdict: 'go', findings: [finding('warn', {because: 'b must come after a', softened})]});
	t.is(first, 'GO: not stopped (a rollback is never held), though b must come after a');
});

test('names are short in the first line and whole below, and the line ends between words', t => {
	const because = `App ${'a'.repeat(40)} must come after I${'b'.repeat(40)}, which is merged and not yet live on testwikis, group0, group1`;
	const [first = '', second = ''] = lines({verdict: 'hold', findings: [finding('hold', {because})]});
	t.is(first, 'HOLD: App aaaaaaa must come after Ibbbbbbbb, which is merged and not yet live on testwikis...');
	t.true(second.includes('a'.repeat(40)));
});

test('without a deploy and an address the last line is the time alone', t => {
	t.is(lines({deploy: null, url: null}).at(-1), '  stage before, judged 2015-10-26T15:13:07.000Z');
	t.is(verdictLines({verdict: 'go', stage: 'before', at: '2015-10-26T15:13:07.000Z', findings: []}, {colour: false}).length, 2);
});

test('colours are there only when asked for, and change nothing else', t => {
	const coloured = verdictLines(verdict(), {colour: true});
	t.true(coloured[0]?.startsWith('\u001b[31mHOLD\u001b[0m: '));
	t.deepEqual(coloured.map(bareLine), lines());
});

test('hostile text is one line of plain ASCII: no cursor moves, no colours, no reversed reading', t => {
	t.is(plain('a\u001b[2J\u001b[1;1Hb\u001b]0;title\u0007c\u009b31md\u0000\u0008e\nf\r\ng'), 'abcde f g');
	t.is(plain('\u202egood\u200b'), '\\u{202e}good\\u{200b}');
	t.is(plain('«Müller» – 3×…'), '"Muller" - 3x...');
	t.is(plain('\u001b]0;nobody ends this'), '0;nobody ends this');
	t.is(plain('\u{1f600}\ud800'), '\\u{1f600}\\u{d800}');
	t.is(plain('x'.repeat(50), 10), 'xxxxxxx...');
	t.is(plain('\u001b'), '');
});

test('of very many findings forty are printed, and the number of the rest', t => {
	const many = Array.from({length: 1000}, () => finding('warn', {remedy: null}));
	const printed = lines({verdict: 'go', findings: many});
	t.is(printed.length, 43);
	t.is(printed.at(-2), '  and 960 more findings; --json prints them all');
});

test('whatever the text, every line is printable ASCII of bounded length', t => {
	const hostile = fc.oneof(
		fc.string({unit: 'binary', maxLength: 600}),
		fc.string({unit: fc.constantFrom('\u001b', '[', ']', 'm', '\u009b', '\n', 'é'), maxLength: 600}),
	);
	fc.assert(
		fc.property(hostile, hostile, fc.boolean(), (text, remedy, colour) => {
			const hostileFinding = finding('hold', {rule: text, because: text, remedy, softened: {from: 'hold', why: text}});
			const printed = verdictLines(verdict({stage: text, deploy: text, url: remedy, findings: [hostileFinding]}), {colour});
			const bare = printed.map(bareLine);
			t.true(bare.every(line => /^[\x20-\x7e]*$/.test(line)));
			t.true(printed.every(line => line.length <= 400));
			t.true((bare[0]?.length ?? 0) < 100);
			if (!colour) t.deepEqual(bare, printed);
		}),
	);
});
