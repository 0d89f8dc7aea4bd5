import test from 'ava';
import type {Change, Facts, PathChange} from '../../../gate/facts.ts';
import {explainOrder, judgeOrder, orderLimitsOf} from '../../../gate/rules/patch-order.ts';
import {change, factsWith} from '../../helpers/quiet-day.ts';

const limits = orderLimitsOf({});
const paths = (kind: PathChange['kind'], ...names: string[]): PathChange[] => names.map(path => ({path, kind}));
const holding = (repository: string, path: string, present: boolean | {missing: string}) =>
	['east', 'west'].map(group => ({group, repository, path, present}));
const facts = (changes: readonly Change[], difference: Partial<Facts> = {}): Facts =>
	factsWith({batch: {changes, atomic: false, targets: [], rollback: 'no'}, ...difference});

const needs = {
	...limits,
	needs: [{name: 'schema', repository: 'app', path: 'read.php', provider_repository: 'lib', provider_path: 'schema.json'}],
};
const consumer = change('cccc1111', {paths: paths('modified', 'read.php')});
const bringer = change('aaaa1111', {repository: 'lib', paths: paths('added', 'schema.json')});
const outcomes = (given: Facts, rules: typeof limits = needs) => judgeOrder(given, rules).map(({outcome}) => outcome);

test('needs by path: what is there passes, brought earlier passes, brought later or nowhere holds', t => {
	t.deepEqual(outcomes(facts([consumer], {holdings: holding('lib', 'schema.json', true)})), ['pass']);
	t.deepEqual(outcomes(facts([bringer, consumer], {holdings: holding('lib', 'schema.json', false)})), ['pass']);
	const [late] = judgeOrder(facts([consumer, bringer], {holdings: holding('lib', 'schema.json', false)}), needs);
	t.is(late?.because, 'app cccc111 must come after lib aaaa111, which stands behind it in this batch.');
	t.is(late?.remedy, 'Deploy in this order: aaaa1111 cccc1111');
	t.is(late?.data?.['edge'], 'needs');
	t.is(late?.evidence?.[0]?.text, 'needs rule schema: schema.json must be in lib before read.php comes into app');
	const [lacking] = judgeOrder(facts([consumer], {holdings: holding('lib', 'schema.json', false)}), needs);
	t.is(lacking?.because, 'app cccc111 must wait: lib has no schema.json on east, west.');
	t.is(lacking?.remedy, 'Deploy first a change that brings schema.json to lib.');
	t.is(
		judgeOrder(facts([consumer], {known: [bringer], holdings: holding('lib', 'schema.json', false)}), needs)[0]?.data?.['kind'],
		'missing',
	);
	t.is(judgeOrder(facts([consumer], {holdings: holding('lib', 'schema.json', {missing: 'git timed out'})}), needs)[0]?.outcome, 'unknown');
});

test('needs by path: without a look, the ledger says that what brings it is live, or not', t => {
	const landed = (changeIds: readonly string[]) =>
		['east', 'west'].map(group => ({group, heads: [], changes: changeIds.map(changeId => ({repository: 'lib', changeId}))}));
	const known = [{...bringer, changeId: `I${'a'.repeat(40)}`}];
	t.deepEqual(outcomes(facts([consumer], {known, landed: landed([`I${'a'.repeat(40)}`])})), ['pass']);
	t.deepEqual(outcomes(facts([consumer], {known, landed: landed([])})), ['hold']);
	t.deepEqual(
		outcomes(
			facts([change('dddd1111', {paths: paths('deleted', 'read.php')})], {
				landed: [...landed([]), {group: 'lib', heads: [], changes: [{repository: 'lib'}]}],
			}),
		),
		['pass'],
	);
});

test('branch and label leave a rule to the changes that have them; labels that nobody tells are unknown', t => {
	const only = (more: Readonly<Record<string, string>>) => ({...needs, needs: needs.needs.map(record => ({...record, ...more}))});
	const holdings = holding('lib', 'schema.json', false);
	t.deepEqual(outcomes(facts([consumer], {holdings}), only({branch: 'live'})), ['hold']);
	t.deepEqual(outcomes(facts([consumer], {holdings}), only({branch: 'wmf/*'})), ['pass']);
	t.deepEqual(outcomes(facts([{...consumer, labels: ['topic:search']}], {holdings}), only({label: 'topic:*'})), ['hold']);
	t.deepEqual(outcomes(facts([{...consumer, labels: ['other']}], {holdings}), only({label: 'topic:*'})), ['pass']);
	const [unclear] = judgeOrder(facts([consumer], {holdings}), only({label: 'topic:*'}));
	t.is(unclear?.outcome, 'unknown');
	t.is(unclear?.because, 'app cccc111: its labels are not known, so rule schema cannot be judged.');
	const exclusive = [{name: 'x', old_repository: 'lib', old_path: 'old', new_repository: 'app', new_path: 'new', branch: 'wmf/*'}];
	const adding = change('eeee1111', {paths: paths('added', 'new')});
	const there = {holdings: holding('lib', 'old', true)};
	t.deepEqual(outcomes(facts([adding], there), {...limits, exclusive}), ['pass']);
	t.deepEqual(outcomes(facts([{...adding, branch: 'wmf/1.27.0-wmf.3'}], {...there, landed: []}), {...limits, exclusive}), ['hold']);
});

test('the same two changes can need opposite orders, and the finding says by which kind', t => {
	const drain = [{name: 'flag', repository: 'lib', path: 'flag', reader_repository: 'app', reader_path: 'read.php'}];
	const adding = [
		change('cccc1111', {paths: paths('added', 'read.php')}),
		change('aaaa1111', {repository: 'lib', paths: paths('added', 'flag')}),
	];
	const leaving = [
		change('cccc1111', {paths: paths('deleted', 'read.php')}),
		change('aaaa1111', {repository: 'lib', paths: paths('deleted', 'flag')}),
	];
	const rules = {
		...limits,
		drain,
		needs: [{name: 'flag', repository: 'app', path: 'read.php', provider_repository: 'lib', provider_path: 'flag'}],
	};
	const coming = judgeOrder(facts(adding, {holdings: [...holding('lib', 'flag', false), ...holding('app', 'read.php', false)]}), rules);
	t.deepEqual([coming[0]?.data?.['edge'], coming[0]?.data?.['order']], ['needs', ['aaaa1111', 'cccc1111']]);
	const going = judgeOrder(
		facts(leaving.toReversed(), {holdings: [...holding('lib', 'flag', true), ...holding('app', 'read.php', true)]}),
		rules,
	);
	t.deepEqual([going[0]?.data?.['edge'], going[0]?.data?.['order']], ['drain', ['cccc1111', 'aaaa1111']]);
});

test('file by file: inside one change the old owner leaves before the new one comes, and the order that works is said', t => {
	const exclusive = [{name: 'move', old_repository: 'app', old_path: 'old.js', new_repository: 'app', new_path: 'new.js'}];
	const both = (...given: PathChange[]) => change('cccc1111', {paths: given});
	const files = [...paths('added', 'new.js'), ...paths('modified', 'between.js'), ...paths('deleted', 'old.js')];
	const perFile = (given: readonly PathChange[], atomic = false): Facts => ({
		...facts([both(...given)], {holdings: holding('app', 'old.js', true)}),
		batch: {changes: [both(...given)], atomic, perFile: true, targets: [], rollback: 'no'},
	});
	const rules = {...limits, exclusive};
	const [finding] = judgeOrder(perFile(files), rules);
	t.is(finding?.outcome, 'hold');
	t.is(finding?.because, 'app cccc111: inside it new.js must go out after old.js, which stands behind it.');
	t.is(finding?.remedy, 'Sync the files of cccc1111 in this order: between.js, old.js, new.js.');
	t.deepEqual(outcomes(perFile(files.toReversed()), rules), ['pass']);
	t.deepEqual(outcomes(perFile(files, true), rules), ['pass']);
	t.deepEqual(outcomes(facts([both(...files)], {holdings: holding('app', 'old.js', true)}), rules), ['pass']);
});

test('file by file: a new file that requires another goes out after it', t => {
	const rules = {
		...limits,
		needs: [{name: 'load', repository: 'app', path: 'load.php', provider_repository: 'app', provider_path: 'class.php'}],
	};
	const batch = (...given: PathChange[]): Facts => ({
		...facts([], {holdings: holding('app', 'class.php', false)}),
		batch: {changes: [change('cccc1111', {paths: given})], atomic: false, perFile: true, targets: [], rollback: 'no'},
	});
	const [finding] = judgeOrder(batch(...paths('modified', 'load.php'), ...paths('added', 'class.php')), rules);
	t.is(finding?.remedy, 'Sync the files of cccc1111 in this order: class.php, load.php.');
	t.deepEqual(outcomes(batch(...paths('added', 'class.php'), ...paths('modified', 'load.php')), rules), ['pass']);
});

test('file by file: where no order of the files works, that is said', t => {
	const record = (path: string, provider: string) => ({
		name: path,
		repository: 'app',
		path,
		provider_repository: 'app',
		provider_path: provider,
	});
	const findings = judgeOrder(
		{
			...facts([], {holdings: [...holding('app', 'x', false), ...holding('app', 'y', false)]}),
			batch: {changes: [change('cccc1111', {paths: paths('added', 'x', 'y')})], atomic: false, perFile: true, targets: [], rollback: 'no'},
		},
		{...limits, needs: [record('x', 'y'), record('y', 'x')]},
	);
	t.is(findings[0]?.remedy, 'No order of the files of cccc1111 works: sync them in one instant, or split the change.');
});

test('what is added to a batch follows the rules of what is added in turn', t => {
	const rules = {
		...limits,
		exclusive: [{name: 'move', old_repository: 'lib', old_path: 'old', new_repository: 'app', new_path: 'new'}],
	};
	const id = `I${'b'.repeat(40)}`;
	const asked = change('cccc1111', {message: `x\n\nDepends-On: ${id}\n`});
	const middle = change('bbbb1111', {changeId: id, branch: 'master', paths: paths('added', 'new')});
	const removal = change('aaaa1111', {repository: 'lib', branch: 'master', paths: paths('deleted', 'old')});
	const given = facts([asked], {known: [middle, removal], holdings: holding('lib', 'old', true)});
	const {complete, works, missing} = explainOrder(given, rules);
	t.deepEqual(complete, ['aaaa1111', 'bbbb1111', 'cccc1111']);
	t.true(works);
	t.deepEqual(
		missing.map(({id: name}) => name),
		['bbbb1111', 'aaaa1111'],
	);
	const [finding] = judgeOrder(given, rules);
	t.regex(
		finding?.remedy ?? '',
		/^On the branch of lib that east, west run: git cherry-pick aaaa1111\w+; then on live of app: git cherry-pick bbbb1111/,
	);
	const evidence = finding?.evidence?.map(({label, text}) => `${label}: ${text}`) ?? [];
	t.is(evidence[0], 'chain: app cccc111 after app bbbb111 after lib aaaa111');
	t.true(evidence.some(line => line.startsWith('link: exclusive rule move: old must be out of lib')));
	const stuck = explainOrder({...given, known: [middle]}, rules);
	t.false(stuck.works);
	t.true(stuck.problems.some(({because}) => because === 'app bbbb111 must wait: lib still has old on east, west.'));
});

test('a record whose repository nothing here knows is said once, with what was meant', t => {
	const rules = {
		...limits,
		exclusive: [{name: 'a', old_repository: 'ap', old_path: 'x', new_repository: 'app', new_path: 'y'}],
		drain: [{name: 'b', repository: 'app', path: 'x', reader_repository: 'zzz', reader_path: 'y'}],
	};
	const findings = judgeOrder(facts([consumer]), rules);
	t.deepEqual(
		findings.map(({outcome}) => outcome),
		['pass', 'warn'],
	);
	t.deepEqual(
		findings[1]?.evidence?.map(({label, text}) => `${label}: ${text}`),
		['exclusive a: old_repository ap (did you mean app?)', 'drain b: reader_repository zzz'],
	);
});

test('a glob that matches nothing is no error', t => {
	const rules = {
		...limits,
		exclusive: [{name: 'a', old_repository: 'app', old_path: 'no/**/such/*', new_repository: 'app', new_path: 'nor/*/this'}],
	};
	t.deepEqual(outcomes(facts([consumer]), rules), ['pass']);
});
