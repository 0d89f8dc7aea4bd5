import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {provePerSignal} from '../../../../server/integrations/log-files/doctor.ts';
import type {ArmHosts} from '../../../../server/integrations/log-files/host-names.ts';
import {fleet, handClock, logConfig, mediawikiLine, signalConfig, temporaryFolder} from '../../../helpers/log-fleet.ts';

const start = Date.parse('2026-03-02T10:00:00.000Z');
const line = (seconds: number, host: string, level = 'ERROR') => `${mediawikiLine(start + seconds * 1000, host, {level})}\n`;
const everybody = [...fleet.canaries, ...fleet.baseline];

async function prove(t: ExecutionContext, text: string | null, {hosts = fleet as ArmHosts, zone = 'UTC' as string | null} = {}) {
	const file = path.join(await temporaryFolder(t), 'error.log');
	if (text !== null) await writeFile(file, text);
	const config = signalConfig(file, {log: logConfig(file, {zone})});
	const [proven] = await provePerSignal([{config, hosts}], handClock(start));
	const checks = proven?.checks ?? [];
	// It goes into terminals and pipes.
	for (const {text, remedy} of checks) t.regex(`${text}${remedy ?? ''}`, /^[\x20-\x7e]*$/);
	return {file, checks, failed: checks.filter(({ok}) => ok !== true)};
}

test('a living signal passes every check', async t => {
	const {checks, failed} = await prove(t, everybody.map(host => line(-10, host)).join(''));
	t.deepEqual(failed, []);
	t.true(checks.length >= 6);
	t.true(checks.some(({text}) => text.includes('matched 3 errors on the baseline')));
});

test('a file that is not there fails, and nothing else is said of it', async t => {
	const {checks, file} = await prove(t, null);
	t.is(checks.length, 1);
	t.is(checks[0]?.ok, false);
	t.true(checks[0]?.text.startsWith(`${file} is not there since`));
	t.truthy(checks[0]?.remedy);
});

test('no canary within a day fails, naming those never seen and the hosts that look alike', async t => {
	const hosts = {canaries: ['mw1017.codfw.wmnet', 'mw1018.codfw.wmnet'], baseline: fleet.baseline};
	const names = ['mw1017.eqiad.wmnet', 'mw1018.eqiad.wmnet', 'db1', ...fleet.baseline];
	const {failed} = await prove(t, names.map(host => line(-10, host)).join(''), {hosts});
	t.is(failed.length, 1);
	t.is(failed[0]?.ok, false);
	t.regex(failed[0]?.text ?? '', /No canary host appeared in .* within a day.*: mw1017.codfw.wmnet, mw1018.codfw.wmnet\./);
	t.regex(failed[0]?.remedy ?? '', /look alike: mw1017.eqiad.wmnet, mw1018.eqiad.wmnet\. Write/);
});

test('short and full names are one host', async t => {
	const hosts = {canaries: ['mw1017.eqiad.wmnet', 'mw1018.eqiad.wmnet'], baseline: fleet.baseline};
	t.deepEqual((await prove(t, everybody.map(host => line(-10, host)).join(''), {hosts})).failed, []);
});

test('a canary that was heard more than a day ago was not heard', async t => {
	const text = line(-90_000, 'mw1017') + fleet.baseline.map(host => line(-10, host)).join('');
	const {failed} = await prove(t, text);
	t.is(failed.length, 1);
	t.regex(failed[0]?.text ?? '', /No canary host appeared/);
});

test('one silent canary of two is a warning', async t => {
	const {failed} = await prove(t, ['mw1017', ...fleet.baseline].map(host => line(-10, host)).join(''));
	t.like(failed, {length: 1, 0: {ok: 'warn'}});
	t.regex(failed[0]?.text ?? '', /1 of 2 canary hosts did not appear .*: mw1018\./);
});

test('a query that matches nothing on the baseline fails', async t => {
	const {failed} = await prove(t, everybody.map(host => line(-10, host, 'INFO')).join(''));
	t.is(failed.length, 1);
	t.regex(
		failed[0]?.text ?? '',
		/\(levels ERROR, CRITICAL; channels exception, error\) matched nothing on the baseline within a day, among 5 events/,
	);
});

test('an old newest event is late, then dead', async t => {
	const late = await prove(t, everybody.map(host => line(-600, host)).join(''));
	t.like(late.failed, {length: 1, 0: {ok: 'warn'}});
	t.regex(late.failed[0]?.text ?? '', /is 10 min old, with 5 s allowed/);
	const dead = await prove(t, everybody.map(host => line(-7200, host)).join(''));
	t.like(dead.failed, {length: 1, 0: {ok: false}});
});

test('refused lines are a share, with the first of them in printable characters', async t => {
	const good = everybody
		.map(host => line(-10, host))
		.join('')
		.repeat(4);
	const {failed} = await prove(t, `${good}b\u001b]0;own\u0007 ${'x'.repeat(300)}\n`);
	t.like(failed, {length: 1, 0: {ok: 'warn'}});
	t.regex(failed[0]?.text ?? '', /1 of 21 lines of .* \(4\.8 %\) cannot be counted\. The line has no time\. First: b\?\]0;own\? x+\.\.\.$/);
	const zoneless = await prove(t, good, {zone: null});
	t.true(zoneless.failed.some(({ok, text}) => ok === false && text.includes('The time has no zone')));
});
