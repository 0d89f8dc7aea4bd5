import test from 'ava';
import fc from 'fast-check';
import type {Change} from '../../../gate/facts.ts';
import {netChanges} from '../../../gate/order/net-changes.ts';
import {change} from '../../helpers/quiet-day.ts';

const sha = (digit: string): string => digit.repeat(40);
const made = (digit: string): Change => change(digit, {sha: sha(digit)});
const revertOf = (digit: string, target: string): Change =>
	change(digit, {sha: sha(digit), message: `Revert\n\nThis reverts commit ${target}.\n`});
const revertsOf = ({message}: Change): string[] =>
	[...(message ?? '').matchAll(/reverts commit ([0-9a-f]+)/g)].map(([, found]) => found ?? '');
const left = (...changes: Change[]): string[] => netChanges(changes, revertsOf).map(({id}) => id);

test('a change and its revert in one batch leave nothing', t => {
	t.deepEqual(left(made('a'), made('b'), revertOf('c', sha('b')), revertOf('d', sha('a'))), []);
	t.deepEqual(left(made('a'), revertOf('b', sha('a').slice(0, 7))), []);
});

test('a revert of the revert brings the change back, and is itself what is left', t => {
	t.deepEqual(left(made('a'), revertOf('b', sha('a')), revertOf('c', sha('b'))), ['c']);
});

test('a revert of something outside the batch is left, and so is a revert before its change', t => {
	t.deepEqual(left(made('a'), revertOf('b', sha('9'))), ['a', 'b']);
	t.deepEqual(left(revertOf('b', sha('a')), made('a')), ['b', 'a']);
});

test('reverting a whole batch backwards always leaves nothing', t => {
	fc.assert(
		fc.property(fc.integer({min: 1, max: 30}), count => {
			const brought = Array.from({length: count}, (_, index) => change(`b${index}`, {sha: index.toString(16).padStart(40, '1')}));
			const reverts = brought
				.toReversed()
				.map(({sha: target}, index) => ({...revertOf('f', target ?? ''), sha: index.toString(16).padStart(40, '2')}));
			return netChanges([...brought, ...reverts], revertsOf).length === 0;
		}),
	);
	t.is(netChanges([], revertsOf).length, 0);
});
