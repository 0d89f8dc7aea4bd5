import test from 'ava';
import type {Change, Facts} from '../../../gate/facts.ts';
import {explainOrder, judgeOrder, orderLimitsOf} from '../../../gate/rules/patch-order.ts';
import {change, factsWith} from '../../helpers/quiet-day.ts';

const limits = orderLimitsOf({});
const id = (digit: string): string => `I${digit.repeat(40)}`;
const footers = (lines: string, more: Partial<Change> = {}): Change => change('bbbb1111', {message: `Change\n\n${lines}\n`, ...more});
const provider = change('aaaa1111', {changeId: id('a')});
/** The provider is live on the test wikis alone. */
const facts = (changes: readonly Change[], difference: Partial<Facts> = {}): Facts =>
	factsWith({
		groups: ['testwikis', 'group1'],
		batch: {changes, atomic: false, targets: [], rollback: 'no'},
		known: [provider],
		wikis: {testwikidatawiki: 'testwikis', enwiki: 'group1'},
		landed: ['testwikis', 'group1'].map(group => ({
			group,
			heads: [{repository: 'app', branch: 'live', sha: '0'.repeat(40)}],
			changes: group === 'testwikis' ? [{repository: 'app', changeId: id('a')}] : [],
		})),
		...difference,
	});
const outcomes = (changes: readonly Change[], difference: Partial<Facts> = {}, rules = limits) =>
	judgeOrder(facts(changes, difference), rules).map(({outcome}) => outcome);
const depends = `Depends-On: ${id('a')}`;

test('a change is judged against every group, and one that says its groups or wikis against those alone', t => {
	t.deepEqual(outcomes([footers(depends)]), ['hold']);
	t.deepEqual(outcomes([footers(`${depends}\nGroups: testwikis`)]), ['pass']);
	t.deepEqual(outcomes([footers(`${depends}\nWikis: testwikidatawiki`)]), ['pass']);
	t.deepEqual(outcomes([footers(`${depends}\nWikis: testwikidatawiki enwiki`)]), ['hold']);
	t.deepEqual(outcomes([footers(depends, {groups: ['testwikis']})]), ['pass']);
	const [pass] = judgeOrder(facts([footers(`${depends}\nGroups: testwikis`)]), limits);
	t.deepEqual(pass?.evidence, [{label: 'app bbbb111', text: 'judged on its own groups alone: testwikis'}]);
});

test('a group or wiki that nobody knows is said with what was meant, and the change is judged everywhere', t => {
	for (const line of ['Groups: testwikis gruop1', 'Wikis: testwikidatawiki nowiki']) {
		const findings = judgeOrder(facts([footers(`${depends}\n${line}`)]), limits);
		t.deepEqual(
			findings.map(({outcome}) => outcome),
			['hold', 'warn'],
		);
		t.regex(
			findings[1]?.because ?? '',
			/^app bbbb111, line 4, names the (group|wiki) \w+, which is not known here: it was judged on every group\.$/,
		);
		t.is(explainOrder(facts([footers(line)]), limits).footers.at(-1)?.status, 'unresolved');
	}
	const [, finding] = judgeOrder(facts([footers(`${depends}\nGroups: gruop1`)]), limits);
	t.regex(finding?.remedy ?? '', /did you mean group1\?/);
});

test('a policy can scope what lies in a folder, where all paths of a change do', t => {
	const rules = {...limits, scopes: [{name: 'test wikis', repository: 'app', path: 'test/**', groups: 'testwikis'}]};
	const touching = (...paths: string[]) => footers(depends, {paths: paths.map(path => ({path, kind: 'modified'}))});
	t.deepEqual(outcomes([touching('test/a', 'test/b/c')], {}, rules), ['pass']);
	t.deepEqual(outcomes([touching('test/a', 'other')], {}, rules), ['hold']);
	t.deepEqual(outcomes([touching()], {}, rules), ['hold']);
});

test('what concerns other groups than those of the deploy stands in nothing here', t => {
	const change1 = footers(`${depends}\nGroups: testwikis`);
	t.deepEqual(outcomes([change1], {groups: ['group1'], landed: facts([]).landed}), ['pass']);
});

test('a provider that is for the test wikis brings nothing to the others', t => {
	const scoped = {...provider, message: 'x\n\nGroups: testwikis\n'};
	const findings = judgeOrder(facts([scoped, footers(depends)], {known: []}), limits);
	t.is(findings[0]?.outcome, 'hold');
	t.is(findings[0]?.because, 'app bbbb111 must come after app aaaa111, which this batch does not bring to group1.');
});
