import test from 'ava';
import fc from 'fast-check';
import {plainData, plainText, typedText} from '../../reports/plain-text.ts';
import {sayCount, sayDuration, sayShare} from '../../reports/say.ts';

test('what reorders or hides is shown, not obeyed', t => {
	t.is(plainText('\u001B[31mred\u001B[0m'), '␛[31mred␛[0m');
	t.is(plainText('a\u202Eb\u200B'), 'a[U+202E]b[U+200B]');
	t.is(plainText('two\r\nlines\tand more'), 'two lines and more');
	t.is(plainText('\uD800 half'), '\uFFFD half');
	t.is(plainText('x'.repeat(5000)).length, 2000);
});

test('no text leaves a control character, a direction mark or a lone surrogate behind', t => {
	fc.assert(
		fc.property(fc.string({unit: 'binary', maxLength: 200}), text => {
			t.notRegex(plainText(text), /[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069\u200E\u200F]/u);
		}),
	);
});

test('a second pass changes nothing', t => {
	fc.assert(fc.property(fc.string({unit: 'binary', maxLength: 100}), text => t.is(plainText(plainText(text)), plainText(text))));
});

test('plain data keeps its shape and ends at a depth', t => {
	t.deepEqual(plainData({a: ['x\n', 1, null, {b: true}]}), {a: ['x', 1, null, {b: true}]});
	const deep: {next?: unknown} = {};
	deep.next = deep;
	t.notThrows(() => plainData(deep));
});

test('numbers and times are said the same everywhere', t => {
	t.deepEqual([0, 42_000, 552_000, 11_100_000, 187_200_000].map(sayDuration), ['0 s', '42 s', '9 min 12 s', '3 h 5 min', '2 d 4 h']);
	t.deepEqual([3100, 999, -1_234_567].map(sayCount), ['3,100', '999', '-1,234,567']);
	t.deepEqual([0.12088, 0.00001, 1, 0].map(sayShare), ['12 %', 'under 0.01 %', '100 %', '0 %']);
});

test('typed text takes no longer for many spaces inside a line than for as many letters', t => {
	const spaces = ' '.repeat(100_000);
	// The processor's time, since the machine may have other things to do.
	const start = process.cpuUsage();
	t.is(typedText(`a${spaces}b${spaces}\nc \n${spaces}`), `a${spaces}b\nc`);
	t.true(process.cpuUsage(start).user < 3_000_000);
});
