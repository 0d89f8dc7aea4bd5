import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {systemClock} from '../../../server/clock.ts';
import {
	runAsScap3,
	runAsSupervisionRule,
	runAsTestserversCheck,
	runOnTargets,
	scap3Environment,
	splitCommandLine,
	sshdEnvironment,
} from '../../helpers/scap-caller.ts';

const searchPath = `${path.dirname(process.execPath)}:/usr/bin:/bin`;
const env = sshdEnvironment({user: 'deploy-service', home: '/', searchPath});

/** A folder with a script `check.cjs` of these lines, gone after the test. */
function script(t: ExecutionContext, ...lines: readonly string[]): string {
	const folder = mkdtempSync(path.join(tmpdir(), 'scap-hook-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	writeFileSync(path.join(folder, 'check.cjs'), lines.join('\n'));
	return folder;
}

const isAlive = (id: number): boolean => {
	try {
		return process.kill(id, 0);
	} catch {
		return false;
	}
};

/** The process id that a script wrote down, as soon as it is there. The process is ended after the test. */
async function idFrom(t: ExecutionContext, file: string): Promise<number> {
	const deadlineMs = systemClock.monotonicMs() + 20_000;
	while (systemClock.monotonicMs() < deadlineMs) {
		try {
			const id = Number(readFileSync(file, 'utf8'));
			if (id > 0) {
				t.teardown(() => {
					if (isAlive(id)) process.kill(id, 'SIGKILL');
				});
				return id;
			}
		} catch (error) {
			t.is(error instanceof Error && 'code' in error ? error.code : error, 'ENOENT');
		}
		await systemClock.sleep(5);
	}
	throw new Error(`No process wrote its id to ${file}.`);
}

const writesItsId = "require('fs').writeFileSync('id', String(process.pid));";
const hangs = 'setInterval(() => {}, 1000);';

test('a command line is split like shlex does, and nothing is expanded', t => {
	t.deepEqual(splitCommandLine('signalbox check --service ores  --stage before'), [
		'signalbox',
		'check',
		'--service',
		'ores',
		'--stage',
		'before',
	]);
	t.deepEqual(splitCommandLine(`a 'b c' "d \\" \\\\ \\n $HOME" e\\ f '' x'y'z`), ['a', 'b c', 'd " \\ \\n $HOME', 'e f', '', 'xyz']);
	t.deepEqual(splitCommandLine('a && b > c *'), ['a', '&&', 'b', '>', 'c', '*']);
	t.throws(() => splitCommandLine(`a 'b`), {message: 'No closing quotation'});
	t.deepEqual(splitCommandLine(' \t\n'), []);
});

test('exit 0 passes, and the deployer sees nothing of what was printed', async t => {
	const cwd = script(t, "console.log('all is well');");
	t.like(await runAsScap3({commandLine: 'node check.cjs', env, cwd}), {status: 'passed', exitCode: 0, output: 'all is well\n', shown: ''});
});

for (const code of [1, 2, 3, 4]) {
	test(`exit ${code} fails, and everything printed is shown in the order of printing`, async t => {
		const cwd = script(t, "const say = require('fs').writeSync;", `say(1, 'a'); say(2, 'b'); say(1, 'c'); process.exit(${code});`);
		t.like(await runAsScap3({commandLine: 'node check.cjs', env, cwd}), {status: 'failed', exitCode: code, shown: 'abc'});
	});
}

test('the environment is what sshd and scap give, and nothing else', async t => {
	const cwd = script(t, 'console.log(JSON.stringify(process.env));');
	const {env: added, cacheDir} = scap3Environment({root: '/srv/deployment/ores', revision: 'a'.repeat(40)});
	const {output} = await runAsScap3({commandLine: 'node check.cjs', env: {...env, ...added}, cwd});
	t.deepEqual(Object.keys(JSON.parse(output) as object).toSorted(), [
		...['HOME', 'LOGNAME', 'PATH', 'SCAP_FINAL_PATH', 'SCAP_REVS_DIR', 'SCAP_REV_PATH', 'SHELL', 'SSH_CLIENT', 'SSH_CONNECTION', 'USER'],
	]);
	t.is(path.basename(added['SCAP_REV_PATH'] ?? ''), 'a'.repeat(40));
	t.is(cacheDir, '/srv/deployment/ores-cache');
	const later = scap3Environment({root: '/srv/deployment/ores', revision: 'b', current: 'a', done: 'a'});
	t.is(later.env['SCAP_CURRENT_REV_DIR'], '/srv/deployment/ores-cache/revs/a');
});

test('a character of many bytes in one write is read as it was written', async t => {
	const cwd = script(t, "require('fs').writeSync(1, 'caf\u00e9 \u2014 ok');");
	t.like(await runAsScap3({commandLine: 'node check.cjs', env, cwd}), {status: 'passed', output: 'caf\u00e9 \u2014 ok', ascii: false});
});

test('a character that is split over two writes crashes scap', async t => {
	const cwd = script(
		t,
		"const {writeSync} = require('fs'); const dash = Buffer.from('\u2014');",
		'writeSync(1, dash.subarray(0, 1)); setTimeout(() => writeSync(1, dash.subarray(1)), 1500);',
	);
	const result = await runAsScap3({commandLine: 'node check.cjs', env, cwd});
	t.is(result.status, 'crashed');
	t.regex(result.crashed ?? '', /UnicodeDecodeError/);
});

test('a character that lies across 4 KiB of one write crashes scap, and ASCII of that length does not', async t => {
	const across = script(t, "require('fs').writeSync(1, 'x'.repeat(4095) + '\u2014');");
	t.is((await runAsScap3({commandLine: 'node check.cjs', env, cwd: across})).status, 'crashed');
	const ascii = script(t, "require('fs').writeSync(1, 'x'.repeat(50_000));");
	t.like(await runAsScap3({commandLine: 'node check.cjs', env, cwd: ascii}), {status: 'passed', output: 'x'.repeat(50_000), ascii: true});
});

test('bytes that are not UTF-8 crash scap', async t => {
	const cwd = script(t, "require('fs').writeSync(1, Buffer.from([0x63, 0xe9, 0x0a])); process.exit(1);");
	t.is((await runAsScap3({commandLine: 'node check.cjs', env, cwd})).status, 'crashed');
});

test('a check that hangs is killed at the limit, and what it said is lost', async t => {
	const cwd = script(t, writesItsId, "console.log('so far so good');", hangs);
	const running = runAsScap3({commandLine: 'node check.cjs', env, cwd, timeoutMs: 2500});
	const id = await idFrom(t, path.join(cwd, 'id'));
	t.like(await running, {status: 'timed-out', output: '', shown: ''});
	const deadlineMs = systemClock.monotonicMs() + 10_000;
	while (isAlive(id) && systemClock.monotonicMs() < deadlineMs) await systemClock.sleep(5);
	t.false(isAlive(id));
});

const leavesChild = (forMs: number): string =>
	`require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, ${forMs})'], {stdio: 'inherit', detached: true}).unref(); process.exit(0);`;

test('a background child that keeps the pipe open holds the check until it lets go', async t => {
	const result = await runAsScap3({commandLine: 'node check.cjs', env, cwd: script(t, leavesChild(900))});
	t.is(result.status, 'passed');
	t.true(result.durationMs >= 900, `${result.durationMs} ms`);
});

test('a background child that never lets go makes the check time out, although it said 0', async t => {
	t.is((await runAsScap3({commandLine: 'node check.cjs', env, cwd: script(t, leavesChild(4000)), timeoutMs: 700})).status, 'timed-out');
});

test('a child that takes no part in the output holds nothing', async t => {
	const cwd = script(
		t,
		"require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 4000)'], {stdio: 'ignore', detached: true}).unref();",
		'process.exit(0);',
	);
	t.like(await runAsScap3({commandLine: 'node check.cjs', env, cwd, timeoutMs: 3500}), {status: 'passed'});
});

test('a command that is not there, and an open quote, crash scap', async t => {
	const cwd = script(t);
	t.is((await runAsScap3({commandLine: 'no-such-command-anywhere', env, cwd})).status, 'crashed');
	t.is((await runAsScap3({commandLine: "node 'check.cjs", env, cwd})).status, 'crashed');
});

test('stdin stays open and silent, so a hook that reads it waits in vain', async t => {
	const cwd = script(t, "process.stdin.on('end', () => console.log('ended')).resume();");
	t.is((await runAsScap3({commandLine: 'node check.cjs', env, cwd, timeoutMs: 700})).status, 'timed-out');
});

test('the targets of a group ask at the same time', async t => {
	// Each waits until all three are there; one after another they would never meet.
	const cwd = script(
		t,
		"const {readdirSync, writeFileSync} = require('fs'); writeFileSync('here-' + process.env.SSH_CLIENT, '');",
		"setInterval(() => readdirSync('.').filter(name => name.startsWith('here-')).length === 3 && process.exit(0), 5);",
	);
	const calls = ['one', 'two', 'three'].map(name => ({
		commandLine: 'node check.cjs',
		env: {...env, SSH_CLIENT: name},
		cwd,
		timeoutMs: 20_000,
	}));
	t.deepEqual(
		(await runOnTargets(calls)).map(result => result.status),
		['passed', 'passed', 'passed'],
	);
});

test('a supervision rule runs under a shell, and its commands run at once', async t => {
	const cwd = script(t, "process.exit(process.argv[2] === 'yes' ? 0 : 1);");
	const results = await runAsSupervisionRule({
		commands: ['answer=yes; exec node check.cjs $answer', 'node check.cjs no || exit 7'],
		env,
		cwd,
	});
	t.deepEqual(
		results.map(({status, exitCode}) => [status, exitCode]),
		[
			['passed', 0],
			['failed', 7],
		],
	);
});

for (const [command, outlives] of [
	['node check.cjs; exit $?', true],
	['exec node check.cjs', false],
] as const) {
	test(`under a shell a hung \`${command}\` ${outlives ? 'outlives' : 'ends at'} the limit`, async t => {
		const cwd = script(t, writesItsId, hangs);
		const running = runAsSupervisionRule({commands: [command], env, cwd, timeoutMs: 2500});
		const id = await idFrom(t, path.join(cwd, 'id'));
		t.is((await running)[0]?.status, 'timed-out');
		const deadlineMs = systemClock.monotonicMs() + (outlives ? 200 : 10_000);
		while (isAlive(id) && systemClock.monotonicMs() < deadlineMs) await systemClock.sleep(5);
		t.is(isAlive(id), outlives);
	});
}

test('the check of the test servers is told which they are, one command a line', async t => {
	const cwd = script(t, 'console.log(process.argv[2], process.env.BAREMETAL_TESTSERVERS);');
	const setting = '\n  node check.cjs a\n\n  exec node check.cjs b\n';
	const told = await runAsTestserversCheck({setting, baremetalTestservers: ['mwdebug1001', 'mwdebug1002'], env, cwd});
	t.deepEqual(
		told.map(result => result.output),
		['a mwdebug1001,mwdebug1002\n', 'b mwdebug1001,mwdebug1002\n'],
	);
	const kubernetes = await runAsTestserversCheck({setting: 'node check.cjs c', baremetalTestservers: null, env, cwd});
	t.is(kubernetes[0]?.output, 'c undefined\n');
	t.deepEqual(await runAsTestserversCheck({setting, baremetalTestservers: [], env, cwd}), []);
});
