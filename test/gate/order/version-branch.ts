import test from 'ava';
import fc from 'fast-check';
import {branchVersion, compareVersions, isAhead, isRun} from '../../../gate/order/version-branch.ts';

test('a branch carries a version where its last part is written as one', t => {
	t.is(branchVersion('wmf/1.27.0-wmf.4', '1.27.0-wmf.3'), '1.27.0-wmf.4');
	t.is(branchVersion('1.27.0-wmf.12', '1.27.0-wmf.3'), '1.27.0-wmf.12');
	for (const branch of ['master', 'main', 'REL1_43', 'wmf/1.27.0', undefined, '']) t.is(branchVersion(branch, '1.27.0-wmf.3'), null);
});

test('numbers in a version count as numbers', t => {
	const sorted = ['1.27.0-wmf.3', '1.27.0-wmf.4', '1.27.0-wmf.10', '1.28.0-wmf.1', '2.0.0-wmf.1'];
	t.deepEqual(sorted.toReversed().toSorted(compareVersions), sorted);
	t.is(compareVersions('1.2', '1.2'), 0);
	t.true(compareVersions('1.2', '1.2.1') < 0);
});

test('what was picked to a newer branch than a group runs is not there; an older one and one without a version may be', t => {
	t.true(isAhead('wmf/1.27.0-wmf.4', '1.27.0-wmf.3'));
	for (const branch of ['wmf/1.27.0-wmf.3', 'wmf/1.27.0-wmf.2', 'master', undefined]) t.false(isAhead(branch, '1.27.0-wmf.3'));
	t.false(isAhead('wmf/1.27.0-wmf.4', undefined));
	t.true(isRun('wmf/1.27.0-wmf.3', '1.27.0-wmf.3'));
	t.true(isRun('master', '1.27.0-wmf.3'));
	t.false(isRun('wmf/1.27.0-wmf.2', '1.27.0-wmf.3'));
});

test('versions are in one order, whatever they are', t => {
	const version = fc.string({unit: fc.constantFrom('0', '1', '9', '.', '-', 'a', 'wmf'), maxLength: 12});
	fc.assert(
		fc.property(version, version, (a, b) => {
			t.is(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a)), 0);
		}),
	);
});
