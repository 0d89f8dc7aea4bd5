/** What may be wrong on the client's side: its clock, its name, whose the checkout is and what it is set to do, how much goes out. */
import {execFileSync} from 'node:child_process';
import {appendFileSync, chmodSync, existsSync, mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {systemClock} from '../../../server/clock.ts';
import {changeId, commit, configure, git, playService, repository, run, temporaryFolder} from '../../helpers/client-world.ts';
import {type Machine, machine, type RunningService, serve} from '../../helpers/hook-world.ts';
import {runAsScap3} from '../../helpers/scap-caller.ts';

type World = {readonly folder: string; readonly app: string; readonly service: RunningService; on(name: string, id?: string): Machine};

/** A real service whose deploy host has one checkout; only the order of changes is judged. */
async function world(t: ExecutionContext): Promise<World> {
	const folder = temporaryFolder(t);
	const app = repository(path.join(folder, 'app'));
	commit(app, 'One', {a: '1'});
	const changes = {from: 'git', checkouts: [{path: app, repository: 'app'}]};
	const policy = {rules: {'canary-errors': 'off', 'signals-alive': 'off'}};
	const services = {app: {stages: ['before', 'canaries', 'production'], hosts: {canaries: ['c1'], baseline: ['b1']}, changes, policy}};
	const service = await serve(t, folder, JSON.stringify({services}));
	return {
		folder,
		app,
		service,
		on(name, id = name) {
			const host = machine(folder, name, {id});
			host.configure(`url: ${service.url}\n`);
			return host;
		},
	};
}

const check = ({folder}: World, {env}: Machine, options: string) =>
	runAsScap3({commandLine: `signalbox check --service app ${options}`, env, cwd: folder});

test('a clock that steps back in the middle changes no deadline, and what was spooled in the wrong order is sent all the same', async t => {
	const folder = temporaryFolder(t);
	commit(repository(path.join(folder, 'app')), 'One', {a: '1'});
	const service = await playService(t);
	let nowMs = Date.parse('2026-03-02T10:00:00.000Z');
	// Each look at the clock finds it an hour earlier.
	const now = (): string => {
		nowMs -= 3_600_000;
		return new Date(nowMs).toISOString();
	};
	const clock = {...systemClock, now};
	configure(folder, 'url: http://127.0.0.1:1\nservices: {app: {changes: {from: git, checkouts: [{path: app, repository: app}]}}}\n');
	const asked = ['--service', 'app', '--stage', 'before', '--deadline', '6'];
	const startedMs = systemClock.monotonicMs();
	t.is((await run(folder, asked, {clock})).exit, 4);
	t.is((await run(folder, asked, {clock})).exit, 4);
	t.true(systemClock.monotonicMs() - startedMs < 12_000);
	configure(folder, `url: ${service.url}\nservices: {app: {changes: {from: git, checkouts: [{path: app, repository: app}]}}}\n`);
	t.is((await run(folder, asked, {clock})).exit, 0);
	t.is(service.events.size, 2);
});

test('two machines with one name are both heard, and it is said that they share it and what to do', async t => {
	const here = await world(t);
	const [one, two] = [here.on('c1', 'first-c1'), here.on('c1', 'second-c1')];
	t.is((await check(here, one, '--stage canaries')).exitCode, 0);
	const {exitCode, output} = await check(here, two, '--stage canaries --json');
	t.is(exitCode, 0);
	const events = await here.service.events();
	const machines = events.filter(({text}) => text === 'c1 asked about canaries').map(({data}) => data['machine']);
	t.is(new Set(machines).size, 2);
	t.false(machines.includes(null));
	t.true(JSON.parse(output).exit === 0);
	// Asked once more, it is judged with both known.
	const again = await check(here, two, '--stage canaries');
	t.regex(again.output, /Two machines call themselves c1/);
	t.regex(again.output, /do: Give each host its own name, or pass --host NAME/);
});

test('a checkout that belongs to another user is read', async t => {
	const here = await world(t);
	const host = here.on('deploy1003');
	// Git's own way to test this: every folder is taken for another user's.
	const bin = path.join(host.home, '../bin/git');
	writeFileSync(
		bin,
		'#!/bin/sh\nexport GIT_TEST_ASSUME_DIFFERENT_OWNER=1\nexec /usr/bin/env -S PATH=/usr/local/bin:/usr/bin:/bin git "$@"\n',
	);
	chmodSync(bin, 0o755);
	t.throws(() => execFileSync(bin, ['-C', here.app, 'log'], {stdio: 'pipe', env: {...host.env}}), {message: /dubious ownership/});
	const {exitCode, output} = await check(here, host, '--stage before --json');
	t.is(exitCode, 0, output);
	t.deepEqual(
		JSON.parse(output).notes.filter((note: {text: string}) => note.text.includes('could not')),
		[],
	);
	const events = await here.service.events();
	t.true(JSON.stringify(events).includes(git(here.app, 'rev-parse', 'HEAD')));
});

test('nothing that a checkout is configured to start is ever started', async t => {
	const here = await world(t);
	const ran = path.join(here.folder, 'ran');
	const evil = path.join(here.folder, 'evil');
	writeFileSync(evil, `#!/bin/sh\necho "$0 $*" >> '${ran}'\nexit 1\n`, {mode: 0o755});
	const hooks = path.join(here.folder, 'evil-hooks');
	mkdirSync(hooks);
	for (const hook of ['post-checkout', 'pre-auto-gc', 'reference-transaction', 'post-index-change']) {
		writeFileSync(path.join(hooks, hook), `#!/bin/sh\necho ${hook} >> '${ran}'\n`, {mode: 0o755});
	}
	commit(here.app, `Two\n\nChange-Id: ${changeId('a')}\nDepends-On: ${changeId('b')}\n`, {
		b: '2',
		'.gitattributes': '* diff=evil filter=evil\n',
	});
	const names = ['log', 'rev-parse', 'rev-list', 'cat-file', 'merge-base', 'patch-id', 'show'].map(name => `\t${name} = !${evil}`);
	appendFileSync(
		path.join(here.app, '.git/config'),
		`
[core]
	fsmonitor = ${evil}
	hooksPath = ${hooks}
	pager = ${evil}
	sshCommand = ${evil}
	editor = ${evil}
	alternateRefsCommand = ${evil}
[pager]
	log = ${evil}
[alias]
${names.join('\n')}
[log]
	showSignature = true
[gpg]
	program = ${evil}
[diff]
	external = ${evil}
[diff "evil"]
	textconv = ${evil}
	command = ${evil}
[filter "evil"]
	clean = ${evil}
	smudge = ${evil}
[credential]
	helper = !${evil}
[remote "origin"]
	url = ext::${evil} %S
	promisor = true
	partialclonefilter = blob:none
[protocol]
	allow = always
[extensions]
	partialClone = origin
`,
	);
	const {exitCode, output} = await check(here, here.on('deploy1003'), '--stage before');
	t.true(exitCode === 0 || exitCode === 4, output);
	t.regex(output, /Ibbbbbbbb/);
	t.false(existsSync(ran));
	// The same checkout does start things for whoever reads it without care.
	const careless = ['-C', here.app, '-c', 'safe.directory=*', '-c', 'core.pager=cat'];
	try {
		execFileSync('git', [...careless, 'status'], {stdio: 'ignore'});
		execFileSync('git', [...careless, 'log', '-p', '--ext-diff'], {stdio: 'ignore'});
	} catch (error) {
		t.true(error instanceof Error);
	}
	t.true(existsSync(ran));
});

test('a batch of 3,000 commits is read, bounded, sent and judged well within the deadline, and said to be cut', async t => {
	const here = await world(t);
	const host = here.on('deploy1003');
	t.is((await check(here, host, '--stage before')).exitCode, 0);
	t.is((await check(here, host, '--stage production')).exitCode, 0);
	const commits = Array.from({length: 3000}, (_, index) => {
		const message = `Change ${index}\n\n${'Because. '.repeat(20)}\n\nChange-Id: I${index.toString(16).padStart(40, '0')}\n`;
		return [
			`commit refs/heads/main\ncommitter Ada <ada@example.org> ${1_700_000_000 + index} +0000\ndata ${message.length}\n${message}`,
			index === 0 ? `from ${git(here.app, 'rev-parse', 'HEAD')}\n` : '',
			`M 100644 inline file-${index % 50}\ndata ${String(index).length}\n${index}\n`,
		].join('');
	});
	execFileSync('git', ['-C', here.app, 'fast-import', '--quiet', '--force'], {input: commits.join('')});
	const {exitCode, output, durationMs, ascii} = await check(here, host, '--stage before --deadline 25');
	t.is(exitCode, 0, output);
	t.true(ascii);
	t.true(durationMs < 25_000, `${durationMs} ms`);
	t.regex(output, /more than 1000 new changes: only the newest 1000 were read/);
});

test('a name that means nothing here ends with exit 2 and the names that could be meant', async t => {
	const here = await world(t);
	const host = here.on('deploy1003');
	const head = git(here.app, 'rev-parse', 'HEAD');
	const near = `${head.slice(0, 9)}${head[9] === '0' ? '1' : '0'}`;
	for (const name of [near, changeId('c'), 'master', 'app@0000000']) {
		const {exitCode, shown} = await check(here, host, `--stage before ${name}`);
		t.is(exitCode, 2, shown);
		t.regex(shown, new RegExp(`^signalbox: the change "${name}" was not found in .*app; (did you mean|new there: )`));
	}
	const mistyped = await check(here, host, '--stage befor');
	t.is(mistyped.exitCode, 2);
	t.regex(mistyped.shown, /^signalbox: .*befor.*before/);
});

test('a configuration that is nested without end is refused in a sentence', async t => {
	for (const text of [`services: ${'['.repeat(100_000)}`, `services: ${'{a: '.repeat(20_000)}1${'}'.repeat(20_000)}`]) {
		const folder = temporaryFolder(t);
		configure(folder, text);
		const {exit, stderr} = await run(folder, ['--service', 'app', '--stage', 'before', '--deadline', '5']);
		t.is(exit, 2);
		t.regex(stderr, /signalbox\.yaml.*nested far deeper than any configuration needs/);
		t.notRegex(stderr, /call stack/);
	}
});
