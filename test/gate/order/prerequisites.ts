import test from 'ava';
import type {Change, Facts, Prerequisite} from '../../../gate/facts.ts';
import {explainOrder, judgeOrder, orderLimitsOf} from '../../../gate/rules/patch-order.ts';
import {change, factsWith} from '../../helpers/quiet-day.ts';

const limits = orderLimitsOf({});
const filled = (more: Partial<Prerequisite> = {}): Prerequisite => ({
	name: 'table-filled',
	text: 'the table oathauth_devices is filled',
	met: true,
	...more,
});
const asking = (line: string, more: Partial<Change> = {}): Change => change('bbbb1111', {message: `Change\n\n${line}\n`, ...more});
const facts = (changes: readonly Change[], prerequisites?: readonly Prerequisite[]): Facts =>
	factsWith({batch: {changes, atomic: false, targets: [], rollback: 'no'}, ...(prerequisites === undefined ? {} : {prerequisites})});
const check = (changes: readonly Change[], prerequisites?: readonly Prerequisite[], rules = limits) =>
	judgeOrder(facts(changes, prerequisites), rules);
const outcomes = (...args: Parameters<typeof check>) => check(...args).map(({outcome}) => outcome);

test('a prerequisite that is met passes, in any case', t => {
	t.deepEqual(outcomes([asking('Prerequisite: Table-Filled')], [filled()]), ['pass']);
	t.deepEqual(explainOrder(facts([asking('Prerequisite: Table-Filled')], [filled()]), limits).footers[0]?.status, 'resolved');
});

test('one that is not met holds, with the command that ticks it and who may', t => {
	const [finding] = check(
		[asking('Prerequisite: table-filled')],
		[filled({met: false, by: 'probe', at: '2026-03-02T10:00:00.000Z', reason: '12 rows of 900'})],
	);
	t.is(finding?.outcome, 'hold');
	t.is(finding?.because, 'app bbbb111 needs table-filled on east, west, and it is not met.');
	t.is(finding?.remedy, 'When it is met: signalbox prerequisite met table-filled --service app --reason TEXT');
	const evidence = finding?.evidence?.map(({label, text}) => `${label}: ${text}`) ?? [];
	t.true(evidence.includes('link: prerequisite table-filled (the table oathauth_devices is filled), asked for by line 3 of its message'));
	t.true(evidence.includes('said: probe, 2026-03-02T10:00:00.000Z: 12 rows of 900'));
	t.true(evidence.some(line => line.startsWith('who: Whoever may deploy')));
});

test('each group is asked for itself, and its own answer weighs more than the shared one', t => {
	const both = [filled({group: 'east', met: true}), filled({group: 'west', met: false})];
	const [finding] = check([asking('Prerequisite: table-filled')], both);
	t.is(finding?.because, 'app bbbb111 needs table-filled on west, and it is not met.');
	t.regex(finding?.remedy ?? '', /--service app --group west --reason TEXT$/);
	t.deepEqual(outcomes([asking('Prerequisite: table-filled', {groups: ['east']})], both), ['pass']);
	t.deepEqual(outcomes([asking('Prerequisite: table-filled')], [filled({met: false}), filled({group: 'east'}), filled({group: 'west'})]), [
		'pass',
	]);
	t.deepEqual(outcomes([asking('Prerequisite: table-filled')], [filled({group: 'east'})]), ['unknown']);
});

test('what nobody can tell is unknown, and says why', t => {
	const [finding] = check([asking('Prerequisite: table-filled')], [filled({met: {missing: 'the probe timed out'}})]);
	t.is(finding?.outcome, 'unknown');
	t.regex(finding?.because ?? '', /nobody can tell whether it is met: the probe timed out\.$/);
});

test('a name that nobody configured is a finding, with the names there are; several on a line are all asked', t => {
	const findings = check([asking('Prerequisite: table-filed, other')], [filled()]);
	t.deepEqual(
		findings.map(({outcome, because}) => [outcome, because]),
		[
			['unknown', 'app bbbb111 needs the prerequisite table-filed, which nobody configured.'],
			['unknown', 'app bbbb111 needs the prerequisite other, which nobody configured.'],
		],
	);
	t.is(findings[0]?.remedy, 'Configure table-filed, or correct the name (there are table-filled).');
	t.deepEqual(outcomes([asking('Prerequisite: x')], undefined, {...limits, unresolved: 'hold'}), ['hold']);
});

test('a policy asks for it by repository, path, branch, label and group', t => {
	const touching = (more: Partial<Change> = {}) => asking('', {paths: [{path: 'sql/a.sql', kind: 'added'}], ...more});
	const ruled = (more: Readonly<Record<string, string>>) => ({
		...limits,
		prerequisites: [{name: 'table-filled', repository: 'app', ...more}],
	});
	const unmet = [filled({met: false})];
	t.deepEqual(outcomes([touching()], unmet, ruled({})), ['hold']);
	t.deepEqual(outcomes([touching()], unmet, ruled({path: 'sql/**'})), ['hold']);
	t.deepEqual(outcomes([touching()], unmet, ruled({path: 'php/**'})), ['pass']);
	t.deepEqual(outcomes([touching()], unmet, ruled({branch: 'wmf/*'})), ['pass']);
	t.deepEqual(outcomes([touching({labels: ['schema']})], unmet, ruled({label: 'schema*'})), ['hold']);
	t.deepEqual(outcomes([touching({labels: []})], unmet, ruled({label: 'schema*'})), ['pass']);
	t.is(check([touching()], unmet, ruled({groups: 'west'}))[0]?.because, 'app bbbb111 needs table-filled on west, and it is not met.');
});

test('taking a change back needs nothing of what the change needed', t => {
	const revert = asking('This reverts commit aaaa1111000.', {paths: [{path: 'sql/a.sql', kind: 'deleted'}]});
	const rules = {...limits, prerequisites: [{name: 'table-filled', repository: 'app'}]};
	const known = change('aaaa1111');
	const prerequisites = [filled({met: false})];
	const findings = judgeOrder({...facts([revert], prerequisites), known: [known]}, rules);
	t.deepEqual(
		findings.map(({outcome}) => outcome),
		['pass'],
	);
});

test('what has to be added is asked for its prerequisites too', t => {
	const id = `I${'a'.repeat(40)}`;
	const provider = change('aaaa1111', {changeId: id, branch: 'master', message: 'x\n\nPrerequisite: table-filled\n'});
	const findings = judgeOrder({...facts([asking(`Depends-On: ${id}`)], [filled({met: false})]), known: [provider]}, limits);
	t.true(findings.some(({because}) => because === 'app aaaa111 needs table-filled on east, west, and it is not met.'));
});
