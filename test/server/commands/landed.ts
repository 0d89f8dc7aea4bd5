/** What is landed, at the terminal. */
import {execFileSync} from 'node:child_process';
import {rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {call} from '../../helpers/cli.ts';
import {changeId, commit, git, repository} from '../../helpers/client-world.ts';
import {batchTo, type ServiceUnderTest, serviceUnderTest, sha, temporaryFolder, usualService} from '../../helpers/service.ts';

const versions = {test: '1.2.0-rc.4', canary: '1.2.0-rc.4', default: '1.2.0-rc.3'};

const landed = (service: ServiceUnderTest, args: readonly string[]) =>
	call(
		['landed', '--service', 'app', '--config', path.join(service.folder, 'signalbox.yaml'), '--url', service.url, ...args],
		service.folder,
	);

/** `a` is everywhere; `b` came to the first two groups, and was picked to the branch of their version. */
async function started(t: ExecutionContext): Promise<ServiceUnderTest> {
	const service = await serviceUnderTest(t);
	const a = batchTo('a1b2c3d', {changeId: `I${'e'.repeat(40)}`, patchId: '7'.repeat(40)});
	for (const stage of ['before', 'testservers', 'canaries', 'production']) await service.ask(stage, {...a, beside: {versions}});
	for (const stage of ['before', 'testservers', 'canaries']) await service.ask(stage, batchTo('b1b2c3d'));
	return service;
}

test('a group is listed with its version, its commits and what deploys brought', async t => {
	const service = await started(t);
	const {code, stdout} = await landed(service, ['--group', 'canary']);
	t.is(code, 0);
	t.regex(stdout, /^canary of app runs 1\.2\.0-rc\.4 since \d{4}-/);
	t.regex(stdout, /Shared by every version:\n {2}app b1b2c3d, since .*Z, D-2026-0002/);
	t.regex(
		stdout,
		/Brought by deploys, newest first \(2 of 2\):\n {2}app b1b2c3d Change b1b2c3d, since .*, D-2026-0002\/1\n {2}app a1b2c3d/,
	);
	const json = JSON.parse((await landed(service, ['--group', 'canary', '--json'])).stdout) as {picksTotal: number; version: {name: string}};
	t.like(json, {picksTotal: 2, version: {name: '1.2.0-rc.4'}});
	t.regex((await landed(service, [])).stdout, /test of app runs[\s\S]*canary of app runs[\s\S]*default of app runs 1\.2\.0-rc\.3/);
});

test('a change is shown where it is live and where not, and the exit code says so of one group', async t => {
	const service = await started(t);
	for (const name of ['b1b2c3d', sha('b1b2c3d')]) {
		const {code, stdout} = await landed(service, [name]);
		t.is(code, 0, name);
		t.regex(stdout, /is live on 2 of 3 groups/, name);
		t.regex(stdout, /app canary: live since .*Z, by D-2026-0002\/1/, name);
		t.regex(stdout, /app default: not live; no deploy brought it there/, name);
	}
	t.is((await landed(service, ['--group', 'canary', 'b1b2c3d'])).code, 0);
	t.is((await landed(service, ['--group', 'default', 'b1b2c3d'])).code, 1);
	for (const name of [`I${'e'.repeat(40)}`, `I${'e'.repeat(9)}`, '7'.repeat(40)])
		t.is((await landed(service, ['--group', 'default', name])).code, 0, name);
});

test('a change that nothing is known of is said to be that, and not to be elsewhere', async t => {
	const service = await started(t);
	const {code, stdout} = await landed(service, ['--group', 'canary', 'fffffff']);
	t.is(code, 4);
	t.regex(stdout, /Nothing is known here of fffffff/);
	t.regex(stdout, /app canary: not known; no deploy that was seen has it/);
	const bare = await serviceUnderTest(t);
	t.is((await landed(bare, ['--group', 'canary', 'a1b2c3d'])).code, 4);
	t.regex((await landed(bare, ['--group', 'canary'])).stdout, /Nothing is known of what canary of app runs/);
});

test('a change that was reverted says by what', async t => {
	const service = await started(t);
	const message = `Revert "it"\n\nThis reverts commit ${sha('a1b2c3d')}.\n`;
	for (const stage of ['before', 'testservers', 'canaries']) await service.ask(stage, batchTo('c1b2c3d', {message}));
	const {code, stdout} = await landed(service, ['--group', 'canary', 'a1b2c3d']);
	t.is(code, 1);
	t.regex(stdout, /app canary: not live; reverted by c1b2c3d, .*Z \(it came with D-2026-0001\/1\)/);
});

test('wrong names are named, with the nearest right one', async t => {
	const service = await started(t);
	for (const [args, problem] of [
		[['--group', 'canarie'], /no group called "canarie"; did you mean canary\?/],
		[['--group', 'canarie', 'a1b2c3d'], /did you mean canary\?/],
		[['nothing'], /a commit of 7 digits or more/],
		[['a1b2c3d', 'b1b2c3d'], /One change at a time/],
	] as const) {
		const {code, stderr} = await landed(service, args);
		t.is(code, 2);
		t.regex(stderr, problem);
	}
	const other = await call(['landed', '--service', 'ap', '--url', service.url], service.folder);
	t.is(other.code, 2);
	t.regex(other.stderr, /Did you mean app\?/);
});

/** Two checkouts whose tag says what is live, and a store that has seen no deploy. */
function checkouts(t: ExecutionContext) {
	const folder = temporaryFolder(t);
	const at = repository(path.join(folder, 'lib'));
	const base = commit(at, `Base\n\nChange-Id: ${changeId('a')}\n`, {base: '1'});
	const gone = commit(at, `Add the table\n\nChange-Id: ${changeId('b')}\n`, {table: '1'});
	git(at, 'revert', '--no-edit', 'HEAD');
	const revert = git(at, 'rev-parse', 'HEAD');
	git(at, 'tag', 'live');
	const waiting = commit(at, `Add the view\n\nChange-Id: ${changeId('c')}\n`, {view: '1'});
	const source = {from: 'git', checkouts: [{path: 'lib', repository: 'lib', landed: 'refs/tags/live', groups: ['test', 'canary']}]};
	const config = {store: 'embedded', data: 'data', services: {app: {...usualService, changes: source}}};
	writeFileSync(path.join(folder, 'signalbox.yaml'), JSON.stringify(config));
	const env = {PATH: process.env['PATH'] ?? '', HOME: folder};
	return {at, base, gone, revert, waiting, ask: (...args: string[]) => call(['landed', '--service', 'app', ...args], folder, env)};
}

test('git itself is asked on a host with the checkouts: live, reverted, not there, and since when is not made up', async t => {
	const {at, base, gone, revert, waiting, ask} = checkouts(t);
	const live = await ask('--group', 'test', base.slice(0, 8));
	t.is(live.code, 0, live.stderr);
	t.regex(live.stdout, /app test: live; in lib \w{7}, which test runs: since when is not known/);
	t.is((await ask('--group', 'test', changeId('a'))).code, 0);
	const reverted = await ask('--group', 'test', changeId('b'));
	t.is(reverted.code, 1);
	t.true(reverted.stdout.includes(`app test: not live; reverted by ${revert.slice(0, 7)} in lib`), reverted.stdout);
	const later = await ask('--group', 'canary', waiting);
	t.is(later.code, 1);
	t.regex(later.stdout, /app canary: not live; not in lib \w{7}, which canary runs/);
	const all = JSON.parse((await ask(gone, '--json')).stdout) as {standings: {group: string; state: string; source: string}[]};
	t.deepEqual(
		all.standings.map(({group, state, source}) => [group, state, source]),
		[
			['test', 'reverted', 'git'],
			['canary', 'reverted', 'git'],
			// No checkout says what this group runs.
			['default', 'not-known', 'ledger'],
		],
	);
	t.is((await ask('--group', 'test', 'f'.repeat(40))).code, 4);
	const patch = git(at, 'log', '-1', '-p', '--format=commit %H', base);
	const id = execFileSync('git', ['patch-id', '--stable'], {input: `${patch}\n`, encoding: 'utf8'}).slice(0, 40);
	const byPatch = await ask('--group', 'test', id);
	t.is(byPatch.code, 0, byPatch.stdout);
});

test('the same patch under another id is live where that one is, and a checkout that is away is said', async t => {
	const {at, ask} = checkouts(t);
	git(at, 'checkout', '-q', '-b', 'other', 'live~2');
	const twin = commit(at, `Add the view, once more\n\nChange-Id: ${changeId('d')}\n`, {view: '1'});
	git(at, 'checkout', '-q', 'main');
	t.is((await ask('--group', 'test', twin)).code, 1);
	git(at, 'tag', '-f', 'live', 'main');
	t.is((await ask('--group', 'test', twin)).code, 0);
	rmSync(at, {recursive: true});
	const away = await ask('--group', 'test', twin);
	t.is(away.code, 4);
	t.regex(away.stdout, /note: git was not asked: there is no checkout at \S+lib/);
});

test('a service without versions is listed without a word of them', async t => {
	const service = await serviceUnderTest(t);
	await service.ask('before', batchTo('a1b2c3d'));
	await service.ask('testservers', batchTo('a1b2c3d'));
	const {stdout} = await landed(service, ['--group', 'test']);
	t.regex(stdout, /^test of app runs:\n {2}app a1b2c3d/);
	t.notRegex(stdout, /version/);
});
