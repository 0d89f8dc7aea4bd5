import test from 'ava';
import fc from 'fast-check';
import {stableOrder} from '../../../gate/order/stable-order.ts';

const pairsOf = (count: number) =>
	fc.array(
		fc.tuple(fc.nat({max: count - 1}), fc.nat({max: count - 1})).filter(([a, b]) => a !== b),
		{maxLength: 40},
	);

test('what is in order already stays as it is', t => {
	t.deepEqual(
		stableOrder(4, [
			[0, 1],
			[1, 3],
		]),
		{order: [0, 1, 2, 3], rings: []},
	);
	t.deepEqual(stableOrder(0, []), {order: [], rings: []});
});

test('only what must wait is moved back', t => {
	t.deepEqual(stableOrder(4, [[3, 0]]).order, [1, 2, 3, 0]);
});

test('is a permutation that satisfies every pair when there is no ring', t => {
	fc.assert(
		fc.property(
			fc
				.integer({min: 2, max: 12})
				.chain(count => fc.tuple(fc.constant(count), pairsOf(count), fc.array(fc.nat(), {minLength: count, maxLength: count}))),
			([count, raw, keys]) => {
				// A hidden order makes the pairs acyclic.
				const pairs = raw.map(([a, b]) =>
					(keys[a] ?? 0) < (keys[b] ?? 0) || (keys[a] === keys[b] && a < b) ? ([a, b] as const) : ([b, a] as const),
				);
				const {order, rings} = stableOrder(count, pairs);
				t.deepEqual(
					[...order].sort((a, b) => a - b),
					Array.from({length: count}, (_, index) => index),
				);
				t.deepEqual(rings, []);
				for (const [first, second] of pairs) t.true(order.indexOf(first) < order.indexOf(second));
				const again = stableOrder(
					count,
					pairs.map(([first, second]) => [order.indexOf(first), order.indexOf(second)] as const),
				);
				t.deepEqual(
					again.order,
					Array.from({length: count}, (_, index) => index),
				);
			},
		),
	);
});

test('with any pairs at all it is a permutation, and each ring is one', t => {
	fc.assert(
		fc.property(
			fc.integer({min: 2, max: 10}).chain(count => fc.tuple(fc.constant(count), pairsOf(count))),
			([count, pairs]) => {
				const {order, rings} = stableOrder(count, pairs);
				t.is(new Set(order).size, count);
				t.is(order.length, count);
				for (const ring of rings) {
					t.true(ring.length > 1);
					for (const [index, from] of ring.entries()) {
						const to = ring[(index + 1) % ring.length];
						t.true(pairs.some(([first, second]) => first === from && second === to));
					}
				}
				const broken = pairs.some(([first, second]) => order.indexOf(first) > order.indexOf(second));
				t.is(rings.length > 0, broken);
			},
		),
	);
});

test('a ring of 1,000 is reported whole', t => {
	const {rings, order} = stableOrder(
		1000,
		Array.from({length: 1000}, (_, index) => [index, (index + 1) % 1000] as const),
	);
	t.deepEqual(rings, [order]);
	t.is(order.length, 1000);
});

test('5,000 rings of two cost no more than their number', t => {
	const pairs = Array.from({length: 10_000}, (_, index) => [index, index ^ 1] as const);
	const {order, rings} = stableOrder(10_000, pairs);
	t.is(order.length, 10_000);
	t.is(rings.length, 20);
});
