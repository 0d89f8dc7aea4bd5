import test from 'ava';
import fc from 'fast-check';
import type {LandedChange, LandedGroup} from '../../../gate/facts.ts';
import {familiesOf, sameBy, standingOn} from '../../../gate/order/identity.ts';

const repository = 'WikimediaEvents';
const a1 = {
	repository,
	sha: '40fa25a380332248e779d488be9536047d7524eb',
	changeId: 'Ie486d5eb902b0dc0c76dcb85f2366fd4d655ba57',
	patchId: 'p1',
};
const again = {repository, sha: 'c0fd94423182', changeId: 'I90d5c30a', patchId: 'p1'};
const group = (...changes: LandedChange[]): LandedGroup => ({group: 'group2', heads: [], changes});

test('one change by sha, short sha, Change-Id or patch-id, within one repository', t => {
	t.is(sameBy(a1, {repository, sha: '40FA25A'}), 'sha');
	t.is(sameBy(a1, {repository, sha: '40fa25'}), null);
	t.is(sameBy(a1, {repository, sha: '0'.repeat(40), changeId: a1.changeId.toLowerCase()}), 'change-id');
	t.is(sameBy(a1, again), 'patch-id');
	t.is(sameBy(a1, {...a1, repository: 'CirrusSearch'}), null);
	t.is(sameBy({repository}, {repository}), null);
});

test('live, reverted, reverted twice, landed again, absent', t => {
	t.is(standingOn(group(a1), again).state, 'live');
	t.is(standingOn(group(), a1).state, 'absent');
	const reverted = {...a1, revertedBy: 'dc6e3f134d80'};
	t.deepEqual(standingOn(group(reverted), a1), {state: 'reverted', landed: reverted, by: 'dc6e3f134d80'});
	t.is(standingOn(group(reverted, {repository, sha: 'dc6e3f134d80a'}), a1).state, 'reverted');
	t.is(standingOn(group(reverted, {repository, sha: 'dc6e3f134d80a', revertedBy: 'eeeeeee1'}), a1).state, 'live');
	t.is(standingOn(group(reverted, again), a1).state, 'live');
});

test('reverts that name each other in a ring count as reverted', t => {
	const ring = group(
		{repository, sha: 'a'.repeat(40), revertedBy: 'b'.repeat(40)},
		{repository, sha: 'b'.repeat(40), revertedBy: 'a'.repeat(40)},
	);
	t.is(standingOn(ring, {repository, sha: 'a'.repeat(40)}).state, 'reverted');
});

test('families join directly and through others; a short sha that fits two commits joins neither', t => {
	const [x, y, z] = familiesOf([a1, again, {repository, sha: 'c0fd944231820'}]);
	t.is(x, y);
	t.is(y, z);
	const [short, one, two] = familiesOf([
		{repository, sha: 'abcdef1'},
		{repository, sha: 'abcdef12'.padEnd(40, '0')},
		{repository, sha: 'abcdef13'.padEnd(40, '0')},
	]);
	t.is(new Set([short, one, two]).size, 3);
});

test('families agree with the pairwise question for items that share ids', t => {
	const item = fc.record({
		repository: fc.constantFrom('a', 'b'),
		changeId: fc.constantFrom('I1', 'I2', 'I3'),
		patchId: fc.constantFrom('p1', 'p2', 'p3', 'p4'),
	});
	fc.assert(
		fc.property(fc.array(item, {maxLength: 12}), items => {
			const families = familiesOf(items);
			for (const [i, a] of items.entries()) {
				for (const [j, b] of items.entries()) if (sameBy(a, b) !== null) t.is(families[i], families[j]);
			}
			// And nothing is joined that no chain of equal ids joins.
			for (const family of new Set(families)) {
				const members = items.filter((_, index) => families[index] === family);
				const reached = new Set([members[0]]);
				for (const from of reached) for (const to of members) if (from !== undefined && sameBy(from, to) !== null) reached.add(to);
				t.is(reached.size, members.length);
			}
		}),
	);
});
