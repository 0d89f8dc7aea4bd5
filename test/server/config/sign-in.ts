import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {AppError} from '../../../server/app-error.ts';
import {loadConfig} from '../../../server/config/load.ts';
import {parseRange, rangesOf} from '../../../server/config/sign-in.ts';

function load(t: ExecutionContext, text: string) {
	const cwd = mkdtempSync(path.join(tmpdir(), 'signalbox-sign-in-'));
	t.teardown(() => rmSync(cwd, {recursive: true, force: true}));
	writeFileSync(path.join(cwd, 'signalbox.yaml'), text);
	return loadConfig({file: 'signalbox.yaml', env: {}, cwd, rules: []});
}

function refused(t: ExecutionContext, text: string): readonly string[] {
	const error = t.throws(() => load(t, text), {instanceOf: AppError});
	return error === undefined || error.problems.length > 0 ? (error?.problems ?? []) : [error.message];
}

test('what is not written has its default, and what is written stands', t => {
	t.deepEqual(load(t, 'sign_in: {}\n').signIn, {links: true, thisMachine: null, sessionMs: 30 * 86_400_000, proxy: null});
	const whole =
		'sign_in:\n  links: false\n  this_machine: viewer\n  session: 8h\n  proxy: {header: X-Remote-User, from: [127.0.0.1/32, "::1"], role: editor}\n';
	t.deepEqual(load(t, whole).signIn, {
		...{links: false, thisMachine: 'viewer', sessionMs: 8 * 3_600_000},
		proxy: {header: 'x-remote-user', from: ['127.0.0.1/32', '::1'], role: 'editor'},
	});
	t.is(load(t, 'sign_in: {this_machine: none}\n').signIn?.thisMachine, null);
	t.is(load(t, '').signIn, null);
});

const wrong: readonly (readonly [string, RegExp])[] = [
	['sign_in: {link: true}\n', /line 1: there is no key «link»; did you mean «links»\?/],
	['sign_in: {links: maybe}\n', /«links» must be true or false/],
	['sign_in: {this_machine: root}\n', /«this_machine» must be none or viewer or editor or deployer or admin/],
	['sign_in: {session: 10s}\n', /«session» must be a time from 1m to 366d/],
	['sign_in: true\n', /«sign_in» must be a map/],
	['sign_in:\n  proxy: {header: X-User}\n', /line 2: «proxy» needs «from»/],
	['sign_in: {proxy: {header: X-User, from: [0.0.0.0/0]}}\n', /is every machine there is/],
	['sign_in: {proxy: {header: X-User, from: ["::/0"]}}\n', /is every machine there is/],
	['sign_in: {proxy: {header: X-User, from: [10.0.0.300]}}\n', /«10\.0\.0\.300» is no address or range/],
	['sign_in: {proxy: {header: X-User, from: [gate.example]}}\n', /is no address or range/],
	['sign_in: {proxy: {header: Authorization, from: [10.0.0.1]}}\n', /«header» cannot be authorization/],
	['sign_in: {proxy: {header: X-Forwarded-User, from: [10.0.0.1]}}\n', /«header» cannot be x-forwarded-user/],
	['sign_in: {proxy: {header: "X User", from: [10.0.0.1]}}\n', /must be the name of a header/],
	['sign_in: {proxy: {header: X-User, from: [10.0.0.1], role: king}}\n', /«role» must be viewer or editor or deployer or admin/],
];
for (const [text, sentence] of wrong) {
	test(`refused, with its line: ${text.trim()}`, t => {
		const [problem = '', ...more] = refused(t, text);
		t.regex(problem, sentence);
		t.regex(problem, /^signalbox\.yaml line [12]: /);
		t.deepEqual(more, []);
	});
}

test('a range holds what its bits say, in both families', t => {
	t.deepEqual(parseRange('10.1.2.0/24'), {address: '10.1.2.0', bits: 24, family: 'ipv4'});
	t.deepEqual(parseRange('fd00::/8'), {address: 'fd00::', bits: 8, family: 'ipv6'});
	for (const none of ['', '10.0.0.1/33', 'fd00::/129', '10.0.0.1/', '10.0.0.1/-1', '1.2.3', '10.0.0.1/24x'])
		t.is(parseRange(none), null, none);
	const ranges = rangesOf(['10.1.2.0/24', 'fd00::/8']);
	t.true(ranges.check('10.1.2.255', 'ipv4'));
	t.false(ranges.check('10.1.3.0', 'ipv4'));
	t.true(ranges.check('fd12::1', 'ipv6'));
});
