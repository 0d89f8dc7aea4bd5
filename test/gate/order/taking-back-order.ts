import test from 'ava';
import type {Change, Facts, LandedChange} from '../../../gate/facts.ts';
import {explainOrder, judgeOrder, orderLimitsOf} from '../../../gate/rules/patch-order.ts';
import {change, factsWith} from '../../helpers/quiet-day.ts';

const limits = orderLimitsOf({});
const id = (digit: string): string => `I${digit.repeat(40)}`;
const named = (digit: string, needs: readonly string[] = [], more: Partial<Change> = {}): Change =>
	change(`${digit.repeat(4)}1111`, {
		changeId: id(digit),
		message: `Change ${digit}\n\n${needs.map(other => `Depends-On: ${id(other)}\n`).join('')}`,
		...more,
	});
const revertOf = (name: string, of: string): Change => change(name, {message: `Revert "x"\n\nThis reverts ${of}.\n`});
const landedAs = ({repository, sha, changeId}: Change): LandedChange => ({repository, sha: sha ?? '', changeId: changeId ?? ''});
const base = named('a');
const middle = named('b', ['a']);
const top = named('c', ['b']);
const beside = named('d', ['a']);
const all = [base, middle, top, beside];
const facts = (
	changes: readonly Change[],
	east: readonly Change[] = all,
	west: readonly Change[] = all,
	difference: Partial<Facts> = {},
): Facts =>
	factsWith({
		batch: {changes, atomic: false, targets: [], rollback: 'no'},
		known: all,
		landed: [
			{group: 'east', heads: [], changes: east.map(landedAs)},
			{group: 'west', heads: [], changes: west.map(landedAs)},
		],
		...difference,
	});
const evidence = (given: Facts) => judgeOrder(given, limits)[0]?.evidence?.map(({label, text}) => `${label}: ${text}`) ?? [];

test('all that stands on what is taken back is one finding, listed per group, dependents first', t => {
	const given = facts([revertOf('eeee1111', `commit ${base.sha}`)], all, [base, beside]);
	const findings = judgeOrder(given, limits);
	t.is(findings.length, 1);
	t.is(findings[0]?.outcome, 'hold');
	t.is(findings[0]?.because, 'app eeee111 takes back what 3 live changes stand on: app cccc111, app bbbb111, app dddd111.');
	t.is(
		findings[0]?.remedy,
		'Take back first, in this order: app cccc111, app bbbb111, app dddd111: dependents go before what they stand on.',
	);
	const lines = evidence(given);
	t.true(lines.includes('stands on it on east: app cccc111, app bbbb111, app dddd111'), lines.join('\n'));
	t.true(lines.includes('stands on it on west: app dddd111'));
	t.deepEqual(findings[0]?.data?.['standing'], [
		{group: 'east', many: 3},
		{group: 'west', many: 1},
	]);
});

test('a batch of reverts goes backwards: dependents first, whatever their order was', t => {
	const reverts = [
		revertOf('1111aaaa', `commit ${base.sha}`),
		revertOf('2222aaaa', `change ${id('b')}`),
		revertOf('3333aaaa', 'commit cccc1111'),
		revertOf('4444aaaa', `change ${id('d')}`),
	];
	const {order, works} = explainOrder(facts(reverts), limits);
	t.true(works);
	t.true(order.indexOf('3333aaaa') < order.indexOf('2222aaaa'));
	t.true(order.indexOf('2222aaaa') < order.indexOf('1111aaaa'));
	t.true(order.indexOf('4444aaaa') < order.indexOf('1111aaaa'));
	const [finding] = judgeOrder(facts(reverts), limits);
	t.is(finding?.outcome, 'hold');
	const inOrder = order.flatMap(name => reverts.filter(revert => revert.id === name));
	t.is(judgeOrder(facts(inOrder), limits)[0]?.outcome, 'pass');
});

test('a revert whose target nobody knows, or that fits several, says that what stands on it cannot be told', t => {
	const stranger = judgeOrder(facts([revertOf('eeee1111', 'commit 9999999abc')]), limits);
	t.deepEqual(stranger.map(({outcome, because}) => [outcome, because]).slice(1), [
		['warn', 'app eeee111 takes back 9999999abc, which nothing here knows: what stands on it cannot be told.'],
	]);
	const twins = [named('a', [], {sha: 'abcdef1'.padEnd(40, '0')}), named('b', [], {sha: 'abcdef1'.padEnd(40, '1')})];
	const several = judgeOrder({...facts([revertOf('eeee1111', 'commit abcdef1')]), known: twins, landed: []}, limits);
	t.true(
		several.some(({because}) => because === 'app eeee111 takes back abcdef1, which 2 changes go by: what stands on it cannot be told.'),
	);
});

test('a landed revert that the ledger did not join to its target takes it out all the same; its own revert brings it back', t => {
	const revert = revertOf('eeee1111', `commit ${base.sha}`);
	const again = revertOf('ffff1111', `commit ${revert.sha}`);
	const at = (hour: number): string => `2026-03-02T0${hour}:00:00.000Z`;
	const landed = (changes: readonly (readonly [Change, number])[]) =>
		['east', 'west'].map(group => ({
			group,
			heads: [],
			changes: changes.map(([one, hour]) => ({
				...landedAs(one),
				...(one.changeId === undefined ? {changeId: `I${one.id.padEnd(40, '0')}`} : {}),
				since: at(hour),
			})),
		}));
	const given = (changes: readonly (readonly [Change, number])[]) =>
		facts([middle], [], [], {known: [base, revert, again], landed: landed(changes)});
	t.is(judgeOrder(given([[base, 1]]), limits)[0]?.outcome, 'pass');
	const [taken] = judgeOrder(
		given([
			[base, 1],
			[revert, 2],
		]),
		limits,
	);
	t.is(taken?.because, 'app bbbb111 must come after app aaaa111, which was taken back on east, west.');
	t.is(
		judgeOrder(
			given([
				[base, 1],
				[revert, 2],
				[again, 3],
			]),
			limits,
		)[0]?.outcome,
		'pass',
	);
	t.is(
		judgeOrder(
			given([
				[base, 3],
				[revert, 2],
			]),
			limits,
		)[0]?.outcome,
		'pass',
	);
});

test('a cherry-pick is the change that it was picked from, where that is known', t => {
	const original = change('aaaa1111', {branch: 'master', sha: 'a1'.repeat(20)});
	const pick = change('9999aaaa', {message: `x\n\n(cherry picked from commit ${'a1'.repeat(20)})\n`});
	const consumer = change('bbbb1111', {message: `x\n\nDepends-On: ${'a1'.repeat(20)}\n`});
	t.is(judgeOrder(facts([pick, consumer], [], [], {known: [original]}), limits)[0]?.outcome, 'pass');
	t.is(judgeOrder(facts([consumer, pick], [], [], {known: [original]}), limits)[0]?.outcome, 'hold');
	const landed = ['east', 'west'].map(group => ({group, heads: [], changes: [{repository: 'app', sha: pick.sha ?? ''}]}));
	t.is(judgeOrder(facts([consumer], [], [], {known: [original, pick], landed}), limits)[0]?.outcome, 'pass');
	t.is(judgeOrder(facts([pick, consumer], [], [], {known: []}), limits)[0]?.outcome, 'pass');
});

test('a force-pushed branch: the old commit is live, the Change-Id says that it is the same', t => {
	const pushed = {...base, sha: '7'.repeat(40)};
	const landed = ['east', 'west'].map(group => ({
		group,
		heads: [],
		changes: [{repository: 'app', sha: base.sha ?? '', changeId: id('a')}],
	}));
	t.is(judgeOrder(facts([middle], [], [], {known: [pushed], landed}), limits)[0]?.outcome, 'pass');
	const byOldSha = change('5555aaaa', {message: `x\n\nDepends-On: ${base.sha}\n`});
	t.is(judgeOrder(facts([byOldSha], [], [], {known: [pushed], landed}), limits)[0]?.outcome, 'pass');
});

test('landed twice is there; reverted once of two is there too', t => {
	const twice = ['east', 'west'].map(group => ({
		group,
		heads: [],
		changes: [
			{...landedAs(base), revertedBy: 'd'.repeat(40)},
			{...landedAs(base), sha: '8'.repeat(40)},
		],
	}));
	t.is(judgeOrder(facts([middle], [], [], {landed: twice}), limits)[0]?.outcome, 'pass');
});
