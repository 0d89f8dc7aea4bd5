import test from 'ava';
import fastCheck from 'fast-check';
import {lineMachine} from '../../../../gate/order/moves/line-machine.ts';
import {fixedText, parsePattern} from '../../../../gate/order/moves/line-pattern.ts';

const parsed = (pattern: string) => {
	const read = parsePattern(pattern);
	if ('problem' in read) throw new Error(`${pattern} ${read.problem}`);
	return read.node;
};
const find = (pattern: string, line: string, from = 0) => lineMachine(parsed(pattern))?.(line, from) ?? null;
const problem = (pattern: string): string => {
	const read = parsePattern(pattern);
	return 'problem' in read ? read.problem : 'none';
};

test('a pattern finds the name in its group, leftmost and as long as it says', t => {
	t.deepEqual(find(String.raw`\$wgHooks\s*\[\s*['"](\w+)['"]`, `	$wgHooks[ 'BeforeThing' ][] = 'x';`), {name: 'BeforeThing', end: 24});
	t.is(find('a(b*)', 'xabbb')?.name, 'bbb');
	t.is(find('a(b*?)', 'xabbb')?.name, '');
	t.is(find('(?:from|require)x([a-c]{2,3})', 'requirexabcabc')?.name, 'abc');
	t.is(find('^x(y)$', 'xy')?.name, 'y');
	t.is(find('^x(y)$', 'xyz'), null);
	t.is(find(String.raw`\bab(c)\b`, 'abcd abc')?.end, 8);
	t.is(find('a(b)', 'ab ab', 1)?.end, 5);
});

test('what is not read is refused in a sentence that says where', t => {
	t.regex(problem('(?=a)(b)'), /has «\(\?=» at character 1; only/);
	t.regex(problem(String.raw`(a)\1`), /«\\1» at character 4, which is not read here/);
	t.regex(problem('(a'), /not closed/);
	t.regex(problem('a)'), /closes nothing/);
	t.regex(problem('[a'), /not closed/);
	t.regex(problem('abc'), /holds 0 groups/);
	t.regex(problem('(a)(b)'), /holds 2 groups/);
	t.regex(problem('*(a)'), /nothing before it/);
	t.regex(problem('(a)**'), /repeats a repetition/);
	t.regex(problem('(a){1000}'), /is no \{n\}|must go from 0 to 100/);
	t.regex(problem('(a){2,1}'), /must go from/);
	t.regex(problem('[b-a](x)'), /range/);
	t.regex(problem('(a)\\'), /ends in a single/);
	t.regex(problem(`(${'a'.repeat(600)})`), /at most 500/);
	t.regex(problem(`${'(?:'.repeat(30)}(a)${')'.repeat(30)}`), /nested deeper/);
});

test('a pattern that unfolds without end is not run', t => {
	t.is(lineMachine(parsed('(?:(?:a{100}){100}){100}(b)')), null);
});

test('the fixed text of a pattern is what every match holds', t => {
	t.is(fixedText(parsed(String.raw`\$wgHooks\s*\[\s*['"](\w+)`)), '$wgHooks');
	t.is(fixedText(parsed('a(?:bc)+(d)')), 'bc');
	t.is(fixedText(parsed('(?:abc|d)(e)')), 'e');
	t.is(fixedText(parsed('(?:abc)?(e)fg')), 'efg');
});

/** Random patterns in the part of the language that is read, built so that none of them repeats nothing. */
const piece = fastCheck.constantFrom(
	'a',
	'b',
	'ab',
	'.',
	'[ab]',
	'[^a]',
	String.raw`\w`,
	String.raw`\d`,
	String.raw`\s`,
	'(?:a|bc)',
	'(?:ab|a)',
);
const repetition = fastCheck.constantFrom('', '', '*', '+', '?', '*?', '+?', '??', '{1,2}', '{2}');
const sequence = fastCheck
	.array(fastCheck.tuple(piece, repetition), {maxLength: 4})
	.map(parts => parts.map(([one, many]) => (many !== '' && one === 'ab' ? `(?:ab)${many}` : one + many)).join(''));
const patterns = fastCheck.tuple(sequence, sequence, sequence).map(([before, name, after]) => `${before}(${name})${after}`);
const lines = fastCheck.string({unit: fastCheck.constantFrom('a', 'b', 'c', '1', ' ', '_'), maxLength: 12});

test('it finds what the regular expressions of JavaScript find', t => {
	fastCheck.assert(
		fastCheck.property(patterns, lines, (pattern, line) => {
			const native = new RegExp(pattern, 'd').exec(line);
			const own = find(pattern, line);
			t.is(own?.name, native?.[1]);
			t.is(own?.end, native?.indices?.[0]?.[1]);
			if (native !== null) t.true(native[0].includes(fixedText(parsed(pattern))));
		}),
		{numRuns: 3000},
	);
});

test('no text at all makes the reader of patterns throw', t => {
	fastCheck.assert(
		fastCheck.property(
			fastCheck.oneof(fastCheck.string(), fastCheck.string({unit: fastCheck.constantFrom(...'()[]{}|*+?\\^$.,-ab12:')})),
			pattern => {
				const read = parsePattern(pattern);
				if ('node' in read) lineMachine(read.node)?.('ab12', 0);
			},
		),
		{numRuns: 3000},
	);
	t.is(problem('(a)'), 'none');
});

test('a pattern that makes other engines wait for ever ends at once', t => {
	const started = performance.now();
	for (const pattern of ['(?:a+)+(b)', '(?:a|a)*(b)', 'a*a*a*a*a*a*(b)', '(?:a*)*(b)', '(?:.*a){10}(b)'])
		t.is(find(pattern, 'a'.repeat(1000)), null);
	t.true(performance.now() - started < 20_000);
});
