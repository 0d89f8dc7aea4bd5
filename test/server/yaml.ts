import test from 'ava';
import fc from 'fast-check';
import {AppError} from '../../server/app-error.ts';
import {parseYaml} from '../../server/yaml.ts';

const refusal = (text: string): string[] => {
	try {
		parseYaml(text, 'file.yaml');
	} catch (error) {
		if (error instanceof AppError) return error.problems.length > 0 ? [...error.problems] : [error.message];
		throw error;
	}
	return [];
};

test('a document becomes a plain value, and every path leads to its line', t => {
	const text = 'a: 1\nb:\n  - x\n  - c: [1,\n      {d: 2}]\nshared: &s\n  deep: true\nalso: *s\n';
	const {value, lineOf} = parseYaml(text, 'file.yaml');
	t.deepEqual(value, {a: 1, b: ['x', {c: [1, {d: 2}]}], shared: {deep: true}, also: {deep: true}});
	t.deepEqual(
		[[], ['a'], ['b'], ['b', 1], ['b', 1, 'c', 1, 'd'], ['also'], ['also', 'deep'], ['b', 1, 'nowhere', 'else'], ['nowhere']].map(lineOf),
		[1, 1, 2, 4, 5, 8, 7, 4, 1],
	);
});

test('an empty file is nothing', t => {
	t.is(parseYaml('', 'file.yaml').value, null);
	t.is(parseYaml('# only a comment\n', 'file.yaml').lineOf(['a']), 1);
});

test('a key that stands twice is named with both of its lines', t => {
	t.deepEqual(refusal('rules:\n  open-incident: off\n  patch-order: {}\n  open-incident: {}\n'), [
		'file.yaml line 4: «open-incident» stands here a second time (first on line 2); keep one',
	]);
});

test('what is no YAML, and what only some YAML knows, is refused with its line', t => {
	t.regex(refusal('a: 1\nb: [1\nc: 2\n')[0] ?? '', /^file\.yaml line \d: /);
	t.is(refusal('a: !secret x\n').length, 1);
	t.is(refusal('? [a]\n: 1\n').length, 1);
	t.is(refusal('a: 1\n---\nb: 2\n').length, 1);
	t.is(refusal('a: *nobody\n').length, 1);
	t.is(refusal('a:\n\tb: 1\n').length > 0, true);
});

test('a file that is too large, too deep or multiplies itself is refused before it costs anything', t => {
	t.deepEqual(refusal(`a: ${'x'.repeat(1024 * 1024)}`), ['file.yaml: it is larger than 1 MB, which no configuration needs']);
	for (const deep of ['['.repeat(500_000), '{a: '.repeat(100_000), '- '.repeat(400_000), `${'['.repeat(3000)}${']'.repeat(3000)}`])
		t.deepEqual(refusal(deep), ['file.yaml: it is nested more than 100 levels deep']);
	const laughs = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
	for (let level = 1; level < 9; level++)
		laughs.push(
			`a${level}: &a${level} [${Array(9)
				.fill(`*a${level - 1}`)
				.join(', ')}]`,
		);
	t.regex(refusal(laughs.join('\n'))[0] ?? '', /^file\.yaml: an alias cannot be followed/);
	const startedMs = performance.now();
	t.is(refusal(Array.from({length: 40_000}, (_, index) => `key${index}: 1`).join('\n')).length, 0);
	t.true(performance.now() - startedMs < 30_000);
});

test('a map cannot reach the prototype of the value', t => {
	const {value} = parseYaml('__proto__: {polluted: true}\n', 'file.yaml');
	t.true(typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__'));
	t.false('polluted' in {});
});

test('whatever the text, it is a value or a refusal a person can read', t => {
	const piece = fc.constantFrom(
		'a',
		': ',
		'- ',
		'\n',
		'  ',
		'[',
		']',
		'{',
		'}',
		'&x ',
		'*x',
		'!',
		'"',
		"'",
		'|',
		'>',
		'#',
		'?',
		',',
		'\t',
		'---\n',
		'é',
	);
	fc.assert(
		fc.property(fc.array(piece, {maxLength: 40}), pieces => {
			t.true(refusal(pieces.join('')).every(sentence => sentence.startsWith('file.yaml')));
		}),
		{numRuns: 500},
	);
});
