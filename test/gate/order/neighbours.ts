import test from 'ava';
import type {Change, Facts, Neighbour} from '../../../gate/facts.ts';
import {judgeOrder, orderLimitsOf} from '../../../gate/rules/patch-order.ts';
import {change, factsWith} from '../../helpers/quiet-day.ts';

const limits = orderLimitsOf({});
const id = (digit: string): string => `I${digit.repeat(40)}`;
const feature = change('aaaa1111', {repository: 'ext', branch: 'master', changeId: id('a')});
const picked = change('a3a31111', {repository: 'ext', branch: 'wmf/3', changeId: id('a')});
const config = change('cccc1111', {repository: 'config', branch: 'master', message: `Use it\n\nDepends-On: ${id('a')}\n`});
const groups = ['group0', 'group1'];
const landed = (changeIds: readonly string[]) =>
	groups.map(group => ({
		group,
		version: '3',
		heads: [
			{repository: 'ext', branch: 'wmf/3', sha: '3'.repeat(40)},
			{repository: 'config', branch: 'master', sha: 'c'.repeat(40)},
		],
		changes: changeIds.map(changeId => ({repository: 'ext', changeId})),
	}));
const neighbour = (moment: 'next' | 'previous', changeIds: readonly string[], more: Partial<Neighbour> = {}): Neighbour => ({
	moment,
	name: moment === 'next' ? 'wmf/4' : 'wmf/2',
	groups,
	heads: [{repository: 'ext', branch: moment === 'next' ? 'wmf/4' : 'wmf/2', sha: '4'.repeat(40)}],
	changes: changeIds.map(changeId => ({repository: 'ext', changeId})),
	holdings: [],
	...more,
});
const facts = (changes: readonly Change[], neighbours: readonly Neighbour[], difference: Partial<Facts> = {}): Facts =>
	factsWith({
		groups,
		batch: {changes, atomic: false, targets: [], rollback: 'no'},
		landed: landed([id('a')]),
		known: [feature],
		neighbours,
		...difference,
	});
const findings = (given: Facts, rules = limits) => judgeOrder(given, rules);
const because = (given: Facts, rules = limits) =>
	findings(given, rules)
		.filter(({outcome}) => outcome !== 'pass')
		.map(({outcome, because: why}) => [outcome, why]);

test('both neighbours carry what the config needs: nothing is said', t => {
	t.deepEqual(because(facts([config], [neighbour('next', [id('a')]), neighbour('previous', [id('a')])])), []);
});

test('the next train branch will not carry it: a warning, with the pick for that branch', t => {
	const given = facts([config], [neighbour('next', [])]);
	t.deepEqual(because(given), [['warn', 'The next train branch wmf/4 will not carry ext aaaa111, which config cccc111 needs.']]);
	t.is(findings(given)[1]?.remedy, `On wmf/4 of ext: git cherry-pick ${feature.sha}`);
	t.deepEqual(because(given, {...limits, neighbours: 'hold'})[0]?.[0], 'hold');
	t.deepEqual(because(given, {...limits, neighbours: 'off'}), []);
});

test('the version to go back to lacks it: a warning about tonight', t => {
	const given = facts([config], [neighbour('previous', [])]);
	t.deepEqual(because(given), [['warn', 'If group0, group1 goes back to wmf/2, it will lack ext aaaa111, which config cccc111 needs.']]);
	t.regex(findings(given)[1]?.remedy ?? '', /^Take config cccc111 back before wmf\/2 comes back, or on wmf\/2 of ext: git cherry-pick/);
});

test('what is missing now is said now; the next branch needs its own pick all the same', t => {
	const given = facts([config], [neighbour('next', []), neighbour('previous', [])], {landed: landed([])});
	t.deepEqual(
		because(given).map(([outcome, why]) => [outcome, why?.split(' ').slice(0, 3).join(' ')]),
		[
			['hold', 'config cccc111 must'],
			['warn', 'The next train'],
		],
	);
});

test('a pick to the branch of this version is not judged on the others, and brings them nothing', t => {
	t.deepEqual(because(facts([picked, config], [neighbour('next', [])], {landed: landed([])})), [
		['warn', 'The next train branch wmf/4 will not carry ext aaaa111, which config cccc111 needs.'],
	]);
	const needy = {...picked, message: `x\n\nDepends-On: ${id('b')}\n`};
	const other = change('bbbb1111', {repository: 'ext', branch: 'master', changeId: id('b')});
	t.deepEqual(
		because(
			facts([needy], [neighbour('next', []), neighbour('next', [], {heads: [], name: 'wmf/5'})], {
				known: [other],
				landed: landed([id('b')]),
			}),
		),
		[],
	);
});

test('what does not belong to the version stands there as it does now', t => {
	const earlier = change('dddd1111', {repository: 'config', branch: 'master', changeId: id('d')});
	const later = change('eeee1111', {repository: 'config', branch: 'master', message: `x\n\nDepends-On: ${id('d')}\n`});
	const live = landed([]).map(group => ({...group, changes: [{repository: 'config', changeId: id('d')}]}));
	t.deepEqual(because(facts([later], [neighbour('next', []), neighbour('previous', [])], {known: [earlier], landed: live})), []);
	t.deepEqual(because(facts([earlier, later], [neighbour('next', [])], {known: []})), []);
});

test('a rule of paths is asked there too', t => {
	const exclusive = [{name: 'move', old_repository: 'ext', old_path: 'old.js', new_repository: 'config', new_path: 'new.js'}];
	const adding = change('eeee1111', {repository: 'config', branch: 'master', paths: [{path: 'new.js', kind: 'added'}]});
	const rules = {...limits, exclusive};
	const gone = groups.map(group => ({group, repository: 'ext', path: 'old.js', present: false}));
	const at = (present: boolean | {missing: string}) =>
		neighbour('previous', [], {holdings: [{group: 'wmf/2', repository: 'ext', path: 'old.js', present}]});
	t.deepEqual(because(facts([adding], [at(false)], {holdings: gone}), rules), []);
	t.deepEqual(because(facts([adding], [at(true)], {holdings: gone}), rules), [
		['warn', 'If group0, group1 goes back to wmf/2, it will have ext old.js, beside which config eeee111 must not be.'],
	]);
	t.deepEqual(because(facts([adding], [at({missing: 'no such branch'})], {holdings: gone}), rules), [
		['warn', 'If group0, group1 goes back to wmf/2: whether config eeee111 stands there cannot be told: no such branch.'],
	]);
});

test('a neighbour that could not be looked at is a warning with the reason, where something is asked of it', t => {
	const away = neighbour('next', [], {missing: 'wmf/4 is not cut yet', heads: []});
	t.deepEqual(because(facts([config], [away])), [['warn', 'The next train branch wmf/4 could not be looked at: wmf/4 is not cut yet.']]);
	t.deepEqual(because(facts([config], [away]), {...limits, neighbours: 'hold'})[0]?.[0], 'unknown');
	t.deepEqual(because(facts([change('ffff1111', {repository: 'config', branch: 'master'})], [away])), []);
});

test('a change for other groups than those of the neighbour is not judged there', t => {
	const scoped = {...config, groups: ['group0']};
	t.deepEqual(because(facts([scoped], [neighbour('next', [], {groups: ['group1']})])), []);
	t.is(because(facts([scoped], [neighbour('next', [], {groups: ['group0']})])).length, 1);
});
