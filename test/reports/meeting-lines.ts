import test from 'ava';
import fc from 'fast-check';
import {type ItemLine, lineHints, parseItemLines, printItemLines} from '../../reports/meeting-lines.ts';
import {typedText} from '../../reports/plain-text.ts';

const line = (text: string, more: Partial<ItemLine> = {}): ItemLine => ({depth: 0, task: null, owner: null, done: false, ...more, text});

test('the action items of the real minutes are read as they were meant', t => {
	const typed = [
		'  • (task T182731)greg/JR: reviews of extensions',
		'    • greg: send a note to Daniel Kinsler about extension review',
		'  • (task T182733)chad: proximity of service deployments to train deployments is a problem -- do something about that',
	].join('\n');
	t.deepEqual(parseItemLines(typed), [
		line('reviews of extensions', {task: 'T182731', owner: 'greg/JR'}),
		line('send a note to Daniel Kinsler about extension review', {depth: 1, owner: 'greg'}),
		line('proximity of service deployments to train deployments is a problem -- do something about that', {task: 'T182733', owner: 'chad'}),
	]);
	t.deepEqual(
		parseItemLines('(task T182731) greg/JR: reviews\n- greg: send a note\n(task T182733) chad: proximity {{done}}').map(({depth, done}) => [
			depth,
			done,
		]),
		[
			[0, false],
			[1, false],
			[0, true],
		],
	);
});

test('marks of done are read at the end, and boxes at the beginning', t => {
	const done = (text: string) => parseItemLines(text).map(item => [item.text, item.done]);
	t.deepEqual(done('add documentation. (done)'), [['add documentation.', true]]);
	t.deepEqual(done('Graceful degradation ({{done}})'), [['Graceful degradation', true]]);
	t.deepEqual(done('- [x] one\n- [ ] two'), [
		['one', true],
		['two', false],
	]);
	t.deepEqual(done('say (done) when done'), [['say (done) when done', false]]);
	t.deepEqual(parseItemLines('TODO: (Adam) add documentation to ORES/Deployment (done)'), [
		line('add documentation to ORES/Deployment', {owner: 'Adam', done: true}),
	]);
});

test('a sentence, an address or a word of order before a colon names nobody', t => {
	for (const text of [
		'see https://example.org/x: it is there',
		'The review of all extensions we have: do it',
		'TODO: write',
		'note: later',
		'a (b): c',
	])
		t.deepEqual(parseItemLines(text), [line(text)], text);
	for (const owner of ['greg/JR', 'Adam W', 'Collab, Scoring Platform', 'Ann and Bob', 'O’Neil', 'jörg', '@releng'])
		t.is(parseItemLines(`${owner}: do it`)[0]?.owner, owner);
});

test('what cannot be read stays as text, with a hint', t => {
	for (const text of ['(task T1 greg: x', '(task) y', '(task T1)', 'greg:', '(done)', '{{done}} later'])
		t.deepEqual(parseItemLines(text), [line(text)], text);
	t.is(lineHints('(task T1 greg: x').length, 1);
	t.is(lineHints('{{done}} later').length, 1);
	t.deepEqual(lineHints('reviews of extensions (both)'), []);
});

/** Any trimmed line, with more of what the grammar gives a meaning to than chance would bring. */
const piece = fc.oneof(
	fc.string({unit: 'grapheme', maxLength: 12}),
	fc.constantFrom(
		'(task T1)',
		'(task "a")',
		'greg:',
		': ',
		'(done)',
		'{{open}}',
		'- ',
		'* ',
		'[x] ',
		'TODO: (Ann) ',
		'"',
		'\\',
		'(T12)',
		'  ',
		'•',
		'"a": ',
	),
);
const text = fc
	.array(piece, {minLength: 1, maxLength: 5})
	.map(parts => typedText(parts.join('')).replaceAll('\n', ' ').trim())
	.filter(each => each !== '');
const items = fc
	.array(fc.record({rise: fc.integer({min: 0, max: 5}), task: fc.option(text), owner: fc.option(text), text, done: fc.boolean()}), {
		maxLength: 8,
	})
	.map(all => {
		let before = -1;
		return all.map(({rise, ...item}): ItemLine => {
			before = Math.min(rise, before + 1, 5);
			return {depth: before, ...item};
		});
	});

test('whatever an item says, it is printed so that it is read as the same again', t => {
	fc.assert(
		fc.property(items, all => t.deepEqual(parseItemLines(printItemLines(all)), all)),
		{numRuns: 2000},
	);
});

test('no word that was typed is lost, whatever was typed', t => {
	const letters = (said: string) => [...said.matchAll(/[\p{L}\p{N}]+/gu)].map(([word]) => word).join(' ');
	fc.assert(
		fc.property(fc.array(text, {maxLength: 6}), lines => {
			const typed = lines.join('\n');
			const kept = parseItemLines(typed).map(item => [item.task ?? '', item.owner ?? '', item.text].join(' '));
			const dropped = new Set(['task', 'todo', 'done', 'open', 'x']);
			const words = (said: string) =>
				letters(said)
					.split(' ')
					.filter(word => !dropped.has(word.toLowerCase()))
					.join(' ');
			t.is(words(kept.join('\n')), words(typed));
		}),
		{numRuns: 1000},
	);
});

test('a line is read in a time that grows with its length alone', t => {
	const spaces = ' '.repeat(100_000);
	// The processor's time, since the machine may have other things to do.
	const start = process.cpuUsage();
	t.is(parseItemLines(`a${spaces}b${spaces}(done)`)[0]?.text, `a${spaces}b`);
	t.true(process.cpuUsage(start).user < 3_000_000);
});
