/** What landed under another id is known again, what was taken back is not there, and what was read of a history is kept and stays right. */
import {execFile, execFileSync} from 'node:child_process';
import {chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {changesReader} from '../../../server/client/changes/read.ts';
import type {LandedAnswer} from '../../../server/client/contract.ts';
import type {ChangesConfig, CheckoutConfig} from '../../../server/config.ts';
import {changeId, commit, git, nothingLanded, repository, temporaryFolder} from '../../helpers/client-world.ts';

const fromGit = (path: string, more: Partial<CheckoutConfig> = {}): ChangesConfig => ({
	from: 'git',
	checkouts: [{path, repository: 'app', branch: null, landed: null, groups: [], ...more}],
});
const reading = (path: string, landed: LandedAnswer, cacheDir?: string, more: Partial<CheckoutConfig> = {}) =>
	changesReader({
		...{service: 'app', own: fromGit(path, more), named: [], env: {}, cwd: '/', limits: {remainingMs: () => 60_000}},
		...(cacheDir === undefined ? {} : {cacheDir}),
	}).read(landed);
const liveAt = (sha: string, groups = ['east']): LandedAnswer => ({
	...{...nothingLanded('app'), groups},
	landed: groups.map(group => ({group, repository: 'app', branch: null, sha})),
});

test('a change that landed again under a new id is live: its patch is the same', async t => {
	const app = repository(join(temporaryFolder(t), 'app'));
	const base = commit(app, 'Base', {a: '0\n'});
	git(app, 'checkout', '-q', '-b', 'other');
	const first = commit(app, `Move it\n\nChange-Id: ${changeId('1')}\n`, {'moved.js': 'x\n'});
	git(app, 'checkout', '-q', '-B', 'main', base);
	const live = commit(app, `Move it, again\n\nChange-Id: ${changeId('2')}\n`, {'moved.js': 'x\n'});
	commit(app, `New\n\nDepends-On: ${changeId('1')}\n`, {b: '1\n'});
	const {landedChanges, known} = await reading(app, liveAt(live));
	t.is(landedChanges.length, 1);
	t.like(landedChanges[0], {group: 'east', sha: live, changeId: changeId('2'), source: 'git'});
	t.is(known[0]?.sha, first);
	t.truthy(known[0]?.patchId);
	t.is(known[0]?.patchId, landedChanges[0]?.patchId);
});

test('a pick that names its commit is live as that commit, also where its patch differs', async t => {
	const app = repository(join(temporaryFolder(t), 'app'));
	const base = commit(app, 'Base', {a: '0\n'});
	git(app, 'checkout', '-q', '-b', 'other');
	const first = commit(app, 'Provide', {p: 'one\n'});
	git(app, 'checkout', '-q', '-B', 'main', base);
	const live = commit(app, `Provide\n\n(cherry picked from commit ${first})\n`, {p: 'two\n'});
	commit(app, `New\n\nDepends-On: ${first.slice(0, 12)}\n`, {b: '1\n'});
	const {landedChanges} = await reading(app, liveAt(live));
	t.deepEqual(
		landedChanges.map(({sha, revertedBy}) => [sha, revertedBy]),
		[[first, undefined]],
	);
});

test('taken back is not live, by commit, short commit and Change-Id; a revert of the revert is live again', async t => {
	for (const [how, expected] of [
		[(sha: string) => [`This reverts commit ${sha}.`], true],
		[(sha: string) => [`This reverts commit ${sha.slice(0, 9)}.`], true],
		[() => [`Reverts change ${changeId('1')}`], true],
		[(sha: string) => [`This reverts commit ${sha}.`, 'again'], false],
	] as const) {
		const app = repository(join(temporaryFolder(t), 'app'));
		commit(app, 'Base', {a: '0\n'});
		const first = commit(app, `Provide\n\nChange-Id: ${changeId('1')}\n`, {p: 'one\n'});
		let live = first;
		for (const line of how(first)) {
			const message = line === 'again' ? `Reapply\n\nThis reverts commit ${live}.` : `Revert "Provide"\n\n${line}`;
			live = commit(app, message, {p: line});
		}
		commit(app, `New\n\nDepends-On: ${changeId('1')}\n`, {b: '1\n'});
		const {landedChanges} = await reading(app, liveAt(live));
		t.is(landedChanges[0]?.sha, first);
		t.is(landedChanges[0]?.revertedBy !== undefined, expected, String(how));
	}
});

test('what landed, was taken back and landed anew under the same Change-Id is live', async t => {
	const app = repository(join(temporaryFolder(t), 'app'));
	const first = commit(app, `Provide\n\nChange-Id: ${changeId('1')}\n`, {p: 'one\n'});
	commit(app, `Revert "Provide"\n\nThis reverts commit ${first}.\n`, {p: 'none\n'});
	const live = commit(app, `Provide, anew\n\nChange-Id: ${changeId('1')}\n`, {p: 'three\n'});
	commit(app, `New\n\nDepends-On: ${changeId('1')}\n`, {b: '1\n'});
	const {landedChanges} = await reading(app, liveAt(live));
	t.deepEqual(landedChanges.map(({sha, revertedBy}) => [sha === live, revertedBy === undefined]).sort(), [
		[false, false],
		[true, true],
	]);
});

test('one Change-Id on 40 branches is found on all of them, each on its branch; of more than are looked at it is said', async t => {
	const app = repository(join(temporaryFolder(t), 'app'));
	const base = commit(app, 'Base', {a: '0\n'});
	const ref = (index: number) =>
		`commit refs/heads/rel/${index}\ncommitter A <a@b> ${1_700_000_000 + index} +0000\ndata ${String(48 + 5)}\nPick\n\nChange-Id: ${changeId('1')}\nfrom ${base}\n\n`;
	const branches = (from: number, to: number) => {
		const input = Array.from({length: to - from}, (_, index) =>
			ref(from + index).replace(/data \d+/, `data ${Buffer.byteLength(`Pick\n\nChange-Id: ${changeId('1')}`)}`),
		);
		execFileSync('git', ['-C', app, 'fast-import', '--quiet'], {input: input.join('')});
	};
	branches(0, 40);
	commit(app, `New\n\nDepends-On: ${changeId('1')}\n`, {b: '1\n'});
	const {known, notes} = await reading(app, liveAt(base));
	t.is(known.length, 40);
	t.is(new Set(known.map(({branch}) => branch)).size, 40);
	t.is(new Set(known.map(({id}) => id)).size, 40);
	t.false(notes.some(({text}) => text.includes('could be looked up')));
	branches(40, 70);
	const more = await reading(app, liveAt(base));
	t.true(more.notes.some(({text}) => text.includes('not every change that the batch leans on could be looked up')));
});

test('a repository without Change-Ids and a branch that was rewritten are said, not guessed about', async t => {
	const folder = temporaryFolder(t);
	const app = repository(join(folder, 'app'));
	const base = commit(app, 'Base', {a: '0\n'});
	const live = commit(app, 'Live, and rewritten away', {a: '1\n'});
	git(app, 'reset', '-q', '--hard', base);
	commit(app, `Pushed by force\n\nDepends-On: ${changeId('1')}\n`, {a: '2\n'});
	const {notes, changes} = await reading(app, liveAt(live));
	t.is(changes.length, 1);
	t.true(notes.some(({text}) => text.includes('no commit in') && text.includes('carries a Change-Id')));
	t.true(notes.some(({text, remedy}) => text.includes('the branch was rewritten') && remedy?.includes('log --oneline') === true));
});

test('what was read is kept, only added to, and read anew where the file is damaged', async t => {
	const folder = temporaryFolder(t);
	const [app, cache] = [repository(join(folder, 'app')), join(folder, 'cache')];
	const first = commit(app, `Provide\n\nChange-Id: ${changeId('1')}\n`, {p: '1\n'});
	commit(app, `New\n\nDepends-On: ${changeId('1')}\nDepends-On: ${changeId('3')}\n`, {b: '1\n'});
	const one = await reading(app, liveAt(first), cache);
	t.deepEqual(
		one.landedChanges.map(({sha}) => sha),
		[first],
	);
	const [name = ''] = readdirSync(cache);
	const file = join(cache, name);
	t.regex(name, /^history-[0-9a-f]{32}\.txt$/);
	// What comes later is found, with what was kept before it.
	git(app, 'checkout', '-q', '-b', 'side', first);
	const later = commit(app, `Later\n\nChange-Id: ${changeId('3')}\n`, {s: '1\n'});
	git(app, 'checkout', '-q', 'main');
	const two = await reading(app, liveAt(first), cache);
	t.deepEqual(
		two.known.map(({sha, branch}) => [sha, branch]),
		[[later, 'side']],
	);
	const right = readFileSync(file, 'utf8');
	for (const wrong of [
		'',
		'{',
		'{"format":1}\n',
		right.slice(0, right.length - 30),
		right.replace(/\n(\w+) \d+ /, '\n$1 99999 '),
		'\0'.repeat(1000),
	]) {
		writeFileSync(file, wrong);
		const again = await reading(app, liveAt(first), cache);
		t.deepEqual([again.known, again.landedChanges], [two.known, two.landedChanges]);
		t.is(readFileSync(file, 'utf8').length, right.length);
	}
	// A branch that is gone takes what was only on it along.
	git(app, 'branch', '-q', '-D', 'side');
	const gone = await reading(app, liveAt(first), cache);
	t.deepEqual(gone.known, []);
});

test('processes that read and write at once all get the right answer', async t => {
	const folder = temporaryFolder(t);
	const [app, cache] = [repository(join(folder, 'app')), join(folder, 'cache')];
	const first = commit(app, `Provide\n\nChange-Id: ${changeId('1')}\n`, {p: '1\n'});
	commit(app, `New\n\nDepends-On: ${changeId('1')}\n`, {b: '1\n'});
	const script = join(folder, 'read.mjs');
	const module = new URL('../../../server/client/changes/read.js', import.meta.url).href;
	const options = {service: 'app', own: fromGit(app), named: [], env: {}, cwd: '/', cacheDir: cache};
	writeFileSync(
		script,
		`import {changesReader} from ${JSON.stringify(module)};
		const reader = changesReader({...${JSON.stringify(options)}, limits: {remainingMs: () => 60000}});
		for (let round = 0; round < 5; round += 1) {
			const {landedChanges} = await reader.read(${JSON.stringify(liveAt(first))});
			console.log(landedChanges.map(({sha}) => sha).join());
		}`,
	);
	const run = promisify(execFile);
	const all = await Promise.all([1, 2, 3].map(() => run(process.execPath, [script])));
	t.deepEqual(new Set(all.flatMap(({stdout}) => stdout.trim().split('\n'))), new Set([first]));
	t.is(readdirSync(cache).length, 1);
});

test('a history that cannot be kept is read all the same', async t => {
	const folder = temporaryFolder(t);
	const app = repository(join(folder, 'app'));
	const first = commit(app, `Provide\n\nChange-Id: ${changeId('1')}\n`, {p: '1\n'});
	commit(app, `New\n\nDepends-On: ${changeId('1')}\n`, {b: '1\n'});
	writeFileSync(join(folder, 'no-folder'), '');
	const {landedChanges} = await reading(app, liveAt(first), join(folder, 'no-folder'));
	t.is(landedChanges[0]?.sha, first);
});

test('commits that only stand in the checkout are marked and counted, and private ones are not named', async t => {
	const folder = temporaryFolder(t);
	const origin = repository(join(folder, 'origin'));
	const base = commit(origin, 'Base', {a: '0\n'});
	const app = join(folder, 'app');
	git(folder, 'clone', '-q', origin, app);
	commit(origin, 'Reviewed', {a: '1\n'});
	git(app, 'pull', '-q', '--ff-only');
	commit(app, 'Close the hole in login', {s: '1\n'});
	const open = await reading(app, liveAt(base));
	t.deepEqual(
		open.changes.map(({subject, review, labels}) => [subject, review, labels]),
		[
			['Reviewed', undefined, undefined],
			['Close the hole in login', {source: 'git', local: true}, undefined],
		],
	);
	const closed = open;
	const told = await reading(app, liveAt(base), undefined, {localCommits: 'public'});
	t.deepEqual(told.changes[1]?.labels, ['public']);
	t.true(closed.notes.some(({text}) => text.startsWith('1 commit of')));
	t.false(JSON.stringify(closed.notes).includes('hole'));
	const named = changesReader({
		...{service: 'app', own: fromGit(app), named: [closed.changes[0]?.sha ?? '']},
		...{env: {}, cwd: '/', limits: {remainingMs: () => 60_000}},
	});
	const {notes} = await named.read(liveAt(base));
	t.true(notes.some(({text}) => text.includes('would ride along')));
	t.false(JSON.stringify(notes).includes('hole'));
});

test('local commits that are found beside the batch go without their words', async t => {
	const folder = temporaryFolder(t);
	const origin = repository(join(folder, 'origin'));
	const base = commit(origin, 'Base', {a: '0\n'});
	const app = join(folder, 'app');
	git(folder, 'clone', '-q', origin, app);
	const secret = commit(app, 'Close the hole in login', {s: '1\n'});
	const next = commit(app, `Build on it\n\nDepends-On: ${secret}`, {b: '1\n'});
	const found = await reading(app, liveAt(secret, ['one', 'two']));
	t.true(found.landedChanges.some(({sha, subject}) => sha === secret && subject === 'security patch'));
	t.notRegex(JSON.stringify(found), /hole/);
	const all = await reading(app, liveAt(base));
	t.deepEqual(
		all.changes.map(({sha, review}) => [sha, review]),
		[secret, next].map(sha => [sha, {source: 'git', local: true}]),
	);
});

test('a kept history that others could have written is not believed', async t => {
	const {isOwn} = await import('../../../server/client/whole-file.ts');
	const folder = temporaryFolder(t);
	const file = join(folder, 'history');
	writeFileSync(file, 'x', {mode: 0o600});
	t.true(isOwn(file));
	chmodSync(file, 0o666);
	t.false(isOwn(file));
	symlinkSync('/etc/hostname', join(folder, 'link'));
	t.false(isOwn(join(folder, 'link')));
});

test('a mirror is asked for the commit that is to come: there, behind since when, or why it cannot be told', async t => {
	const folder = temporaryFolder(t);
	const app = repository(join(folder, 'app'));
	const base = commit(app, 'Base', {a: '0\n'});
	for (const name of ['whole.git', 'late.git']) git(folder, 'clone', '-q', '--bare', app, join(folder, name));
	git(app, 'commit', '-q', '--allow-empty', '-m', 'First that it lacks');
	const since = new Date(Number(git(app, 'log', '-1', '--format=%ct')) * 1000).toISOString();
	const head = commit(app, 'New', {b: '1\n'});
	git(app, 'push', '-q', join(folder, 'whole.git'), 'main');
	mkdirSync(join(folder, 'empty'));
	const mirrors = [
		{repository: 'app', url: `file://${join(folder, 'whole.git')}`, ref: 'refs/heads/main'},
		{repository: 'app', url: join(folder, 'late.git'), ref: 'main'},
		{repository: 'app', url: join(folder, 'late.git'), ref: 'refs/heads/absent'},
		{repository: 'app', url: join(folder, 'empty'), ref: 'main'},
		{repository: 'app', url: 'http://127.0.0.1:1/app.git', ref: 'main'},
		{repository: 'other', url: join(folder, 'late.git'), ref: 'main'},
	];
	const own: ChangesConfig = {...fromGit(app), mirrors} as ChangesConfig;
	const reader = changesReader({service: 'app', own, named: [], env: {}, cwd: '/', limits: {remainingMs: () => 30_000}});
	const {beside, notes} = await reader.read(liveAt(base));
	const [whole, late, absent, empty, away] = beside.mirrors ?? [];
	t.deepEqual(whole, {repository: 'app', mirror: mirrors[0]?.url ?? '', ref: 'refs/heads/main', wanted: head, has: head});
	t.like(late, {has: base, behindSince: since});
	t.regex(JSON.stringify(absent?.has), /it has no refs\/heads\/absent/);
	t.regex(JSON.stringify(empty?.has), /it cannot be asked/);
	t.regex(JSON.stringify(away?.has), /it cannot be asked/);
	t.is(beside.mirrors?.length, 5);
	t.true(notes.some(({text}) => text.includes('brings nothing from a repository called other')));
});

test('an address that could run a command never comes to git', async t => {
	const {isMirrorUrl} = await import('../../../server/client/config-changes.ts');
	for (const url of [
		'ext::sh -c id',
		'ext::id',
		'--upload-pack=id',
		'-oProxyCommand=id:x',
		'ssh://-oProxyCommand=id/x',
		'fd::1',
		'a b',
		'x::y:z',
		'git@-h\n:x',
		// What would be shown to whoever looks at a finding.
		'https://robin:secret@gerrit.example/r/p',
		'https://token@github.com/o/r',
		'ssh://robin:secret@host/p',
	])
		t.false(isMirrorUrl(url), url);
	for (const url of ['https://gerrit.example/r/p', 'ssh://git@host:29418/p', 'file:///srv/git/p', '/srv/git/p', 'git@github.com:o/r.git'])
		t.true(isMirrorUrl(url), url);
});
