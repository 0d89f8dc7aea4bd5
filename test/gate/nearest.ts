import test from 'ava';
import fc from 'fast-check';
import {editDistance, nearest, suggestion} from '../../gate/nearest.ts';

test('a slip of the finger is one edit: a letter more, less, other, or swapped with its neighbour', t => {
	t.is(editDistance('cannaries', 'canaries'), 1);
	t.is(editDistance('canares', 'canaries'), 1);
	t.is(editDistance('canories', 'canaries'), 1);
	t.is(editDistance('canareis', 'canaries'), 1);
	t.is(editDistance('', 'abc'), 3);
});

test('the nearest right word is named, and a word that is like none of them is not forced', t => {
	const stages = ['before', 'testservers', 'canaries', 'production'];
	t.is(nearest('cannaries', stages), 'canaries');
	t.is(nearest('PRODUCTION', stages), 'production');
	t.is(nearest('rho-bad', ['alpha', 'rho_bad']), 'rho_bad');
	t.is(nearest('weather', stages), null);
	t.is(nearest('x', ['a']), null);
	t.is(nearest('x', []), null);
});

test('a suggestion ends a sentence: the near word, else what there is when that is short', t => {
	t.is(suggestion('hots', ['hosts', 'groups']), '; did you mean «hosts»?');
	t.is(suggestion('weather', ['hosts', 'groups']), '; known here: «hosts», «groups»');
	t.is(
		suggestion(
			'weather',
			Array.from({length: 30}, (_, index) => `name-number-${index}`),
		),
		'',
	);
});

test('the distance is symmetric, zero for equal words only, and at most the longer word', t => {
	fc.assert(
		fc.property(fc.string({maxLength: 12}), fc.string({maxLength: 12}), (a, b) => {
			const distance = editDistance(a, b);
			return distance === editDistance(b, a) && (distance === 0) === (a === b) && distance <= Math.max(a.length, b.length);
		}),
	);
	t.pass();
});

test('a word of a million letters costs no more than a short one', t => {
	const startedMs = performance.now();
	t.is(nearest('a'.repeat(1_000_000), ['canaries', 'b'.repeat(1_000_000)]), null);
	t.true(performance.now() - startedMs < 10_000);
});
