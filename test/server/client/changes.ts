import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import fastCheck from 'fast-check';
import {readLog} from '../../../server/client/changes/git-log.ts';
import {mentionedIds} from '../../../server/client/changes/known.ts';
import {changesReader, type ReaderOptions} from '../../../server/client/changes/read.ts';
import type {LandedAnswer} from '../../../server/client/contract.ts';
import type {ChangesConfig} from '../../../server/config.ts';
import {changeId, commit, commitBytes, git, nothingLanded, repository, temporaryFolder} from '../../helpers/client-world.ts';

const checkout = (path: string, name = 'app') => ({path, repository: name, branch: null, landed: null, groups: []});
const fromGit = (...paths: string[]): ChangesConfig => ({
	from: 'git',
	checkouts: paths.map(path => checkout(path, path.split('/').at(-1))),
});

const reader = (own: ChangesConfig | null, more: Partial<ReaderOptions> = {}) =>
	changesReader({service: 'app', own, named: [], env: {}, cwd: '/', limits: {remainingMs: () => 60_000}, ...more});

const live = (heads: Record<string, string>, more: Partial<LandedAnswer> = {}, groups = ['east', 'west']): LandedAnswer => ({
	...nothingLanded('app'),
	landed: Object.entries(heads).flatMap(([name, sha]) => groups.map(group => ({group, repository: name, branch: null, sha}))),
	...more,
});

test('a message that is binary, or a megabyte long, is read to its limit, and its footers still count', async t => {
	const app = repository(join(temporaryFolder(t), 'app'));
	const base = commit(app, 'Base');
	commitBytes(app, Buffer.from(`Binary \xff\xfe\x01\n\n\x80\x81\nChange-Id: ${changeId('b')}\n`, 'latin1'));
	commit(app, `Long\n\n${'almost: a footer\n'.repeat(65_000)}\n\nDepends-On: ${changeId('d')}\nChange-Id: ${changeId('c')}\n`, {a: '2'});
	const {changes, notes} = await reader(fromGit(app)).read(live({app: base}));
	t.deepEqual(
		changes.map(each => each.changeId),
		[changeId('b'), changeId('c')],
	);
	t.true(changes[0]?.subject?.startsWith('Binary \ufffd'));
	t.true((changes[1]?.message?.length ?? 0) <= 64 * 1024 + 100);
	t.regex(changes[1]?.message ?? '', /bytes are left out here/);
	t.true(changes[1]?.message?.includes(`Depends-On: ${changeId('d')}`));
	t.true(notes.some(note => note.text.includes('longer than 64 KiB')));
});

test('a shallow clone that lacks what is live is noticed, with what to do', async t => {
	const folder = temporaryFolder(t);
	const origin = repository(join(folder, 'origin'));
	const base = commit(origin, 'Base', {a: '0'});
	for (const name of ['One', 'Two', 'Three']) commit(origin, name, {a: name});
	git(folder, 'clone', '-q', '--depth=1', `file://${origin}`, join(folder, 'app'));
	const {changes, notes} = await reader(fromGit(join(folder, 'app'))).read(live({app: base}));
	t.deepEqual(
		changes.map(each => each.subject),
		['Three'],
	);
	t.true(notes.some(note => note.text.includes('a shallow clone') && note.remedy?.endsWith('fetch --unshallow')));
});

test('a detached head, an empty commit and a merge are read as they are', async t => {
	const app = repository(join(temporaryFolder(t), 'app'));
	const base = commit(app, 'Base', {a: '0'});
	git(app, 'checkout', '-q', '-b', 'side');
	const side = commit(app, 'Side', {b: '1'});
	git(app, 'checkout', '-q', 'main');
	const empty = commit(app, 'Empty');
	git(app, 'merge', '-q', '--no-ff', '-m', 'Merge side', 'side');
	const head = git(app, 'rev-parse', 'HEAD');
	git(app, 'checkout', '-q', '--detach');
	const {changes, targets} = await reader(fromGit(app)).read(live({app: base}));
	t.deepEqual(changes.map(each => each.sha).sort(), [side, empty].sort());
	t.deepEqual(targets, [{repository: 'app', sha: head}]);
	t.deepEqual(changes.find(each => each.sha === empty)?.paths, []);
});

test('packed refs, a branch with a slash and a worktree are read as git itself reads them', async t => {
	const folder = temporaryFolder(t);
	const app = repository(join(folder, 'app'));
	const base = commit(app, 'Base');
	git(app, 'checkout', '-q', '-b', 'wmf/1.47.0-wmf.3');
	const head = commit(app, 'Fix', {a: '1'});
	git(app, 'worktree', 'add', '-q', '--detach', join(folder, 'tree'), head);
	git(app, 'pack-refs', '--all');
	const packed = await reader(fromGit(app)).read(live({app: base}));
	t.deepEqual(packed.targets, [{repository: 'app', branch: 'wmf/1.47.0-wmf.3', sha: head}]);
	const tree = await reader(fromGit(join(folder, 'tree'))).read(live({tree: base}));
	t.deepEqual(tree.targets, [{repository: 'tree', sha: head}]);
	t.deepEqual(
		tree.changes.map(each => each.subject),
		['Fix'],
	);
});

test('groups that are at different commits make everything new that one of them lacks', async t => {
	const app = repository(join(temporaryFolder(t), 'app'));
	const one = commit(app, 'One', {a: '1'});
	const two = commit(app, 'Two', {a: '2'});
	commit(app, 'Three', {a: '3'});
	const landed = {
		...nothingLanded('app'),
		landed: [
			{group: 'east', repository: 'app', sha: two},
			{group: 'west', repository: 'app', sha: one},
		],
	};
	const both = await reader(fromGit(app)).read(landed);
	t.deepEqual(
		both.changes.map(each => each.subject),
		['Two', 'Three'],
	);
	const east: ChangesConfig = {from: 'git', checkouts: [{...checkout(app), groups: ['east']}]};
	t.deepEqual(
		(await reader(east).read(landed)).changes.map(each => each.subject),
		['Three'],
	);
});

test('more than a thousand new changes are bounded, with a note', async t => {
	const app = repository(join(temporaryFolder(t), 'app'));
	const base = commit(app, 'Base');
	const stream = Array.from(
		{length: 1005},
		(_, index) =>
			`commit refs/heads/main\ncommitter A <a@b> ${1_700_000_000 + index} +0000\ndata 2\nx\n${index === 0 ? `from ${base}\n` : ''}\n`,
	);
	const {execFileSync} = await import('node:child_process');
	execFileSync('git', ['-C', app, 'fast-import', '--quiet'], {input: stream.join('')});
	const {changes, notes} = await reader(fromGit(app)).read(live({app: base}));
	t.is(changes.length, 1000);
	t.true(notes.some(note => note.text.includes('more than 1000')));
});

test('the same patch on another branch has the same patch-id', async t => {
	const app = repository(join(temporaryFolder(t), 'app'));
	const base = commit(app, 'Base', {a: '0\n'});
	const first = commit(app, 'Patch', {a: '1\n'});
	const {changes} = await reader(fromGit(app)).read(live({app: base}));
	git(app, 'checkout', '-q', '-b', 'pick', base);
	commit(app, 'Other', {z: '1\n'});
	git(app, 'cherry-pick', first);
	const again = await reader(fromGit(app)).read(live({app: base}));
	t.is(again.changes.at(-1)?.patchId, changes[0]?.patchId);
	t.not(again.changes.at(-1)?.sha, first);
});

test('what a message leans on is found on other refs, and told apart from what is live already or was reverted', async t => {
	const folder = temporaryFolder(t);
	const [app, other] = [repository(join(folder, 'app')), repository(join(folder, 'other'))];
	commit(other, `Landed long ago\n\nChange-Id: ${changeId('1')}\n`, {x: '1'});
	const taken = commit(other, `Landed and taken back\n\nChange-Id: ${changeId('2')}\n`, {x: '2'});
	const otherLive = commit(other, `Revert "Landed"\n\nThis reverts commit ${taken}.\n`, {x: '1'});
	git(other, 'checkout', '-q', '-b', 'master-of-all');
	commit(other, `Merged only\n\nChange-Id: ${changeId('3')}\n`, {x: '3'});
	git(other, 'checkout', '-q', 'main');
	const base = commit(app, 'Base');
	const ids = ['1', '2', '3'].map(digit => changeId(digit).slice(0, 12));
	commit(app, `New\n\ndepends on: ${ids.join(', ')}\nChange-Id: ${changeId('a')}\n`);
	const {known, landedChanges} = await reader(fromGit(app, other)).read(live({app: base, other: otherLive}));
	// Each is said to be on the branch that it is on, so that the remedy can be a pick.
	t.deepEqual(known.map(each => [each.subject, each.branch]).sort(), [
		['Landed and taken back', 'main'],
		['Merged only', 'master-of-all'],
	]);
	const onEast = landedChanges.filter(each => each.group === 'east');
	t.deepEqual(onEast.map(each => [each.subject, each.revertedBy]).sort(), [
		['Landed and taken back', otherLive.slice(0, 10)],
		['Landed long ago', undefined],
	]);
	t.is(landedChanges.length, 4);
});

test('probes are answered per group: present, gone, or missing with the reason', async t => {
	const folder = temporaryFolder(t);
	const app = repository(join(folder, 'app'));
	const old = commit(app, 'Old owner', {'lib/schema.js': 'x'});
	const gone = commit(app, 'Hand over', {'lib/schema.js': null});
	commit(app, 'More', {a: '1'});
	const landed: LandedAnswer = {
		...nothingLanded('app'),
		groups: ['east', 'west', 'north', 'south'],
		landed: [
			{group: 'east', repository: 'app', sha: old},
			{group: 'west', repository: 'app', sha: gone},
			{group: 'south', repository: 'app', sha: 'f'.repeat(40)},
		],
		probes: [
			{repository: 'app', path: 'lib/schema.js'},
			{repository: 'elsewhere', path: 'x'},
			{repository: 'app', path: 'lib'},
		],
	};
	const {holdings, known, landedChanges} = await reader(fromGit(app)).read(landed);
	const seen = Object.fromEntries(holdings.filter(each => each.path === 'lib/schema.js').map(each => [each.group, each.present]));
	t.is(seen['east'], true);
	t.is(seen['west'], false);
	t.regex(JSON.stringify(seen['north']), /nothing of app is known to be live on north/);
	t.regex(JSON.stringify(seen['south']), /commit ffffffffff, which is live, is not in/);
	t.true(
		holdings
			.filter(each => each.path === 'x')
			.every(each => typeof each.present === 'object' && /no checkout of elsewhere/.test(each.present.missing)),
	);
	t.is(holdings.find(each => each.path === 'lib' && each.group === 'east')?.present, true);
	t.false(
		known.some(each => each.sha === gone),
		'it is in the batch: east lacks it',
	);
	t.deepEqual(
		landedChanges.filter(each => each.group === 'east').map(each => each.subject),
		['Old owner'],
	);
});

test('named changes are chosen and ordered; what is not named would ride along; unknown names end it', async t => {
	const folder = temporaryFolder(t);
	const [app, other] = [repository(join(folder, 'app')), repository(join(folder, 'other'))];
	const base = commit(app, 'Base');
	const one = commit(app, `One\n\nChange-Id: ${changeId('e')}\n`, {a: '1'});
	const two = commit(app, 'Two', {a: '2'});
	const otherBase = commit(other, 'Other base');
	const three = commit(other, 'Three', {a: '3'});
	const landed = live({app: base, other: otherBase});
	const named = (...names: string[]) => reader(fromGit(app, other), {named: names}).read(landed);
	const read = await named(`other@${three.slice(0, 9)}`, changeId('e').slice(0, 9));
	t.deepEqual(
		read.changes.map(each => each.sha),
		[three, one],
	);
	t.true(read.notes.some(note => note.text.includes('Two') && note.text.includes('ride along')));
	t.deepEqual(
		(await named(two.slice(0, 7))).changes.map(each => each.sha),
		[two],
	);
	t.true((await named(base.slice(0, 10))).notes.some(note => note.text.includes('not among what is new')));
	const error = await t.throwsAsync(named('0123456789'), {message: /"0123456789" was not found in .*app, .*other/});
	t.is(error?.name, 'AppError');
	await t.throwsAsync(named('--upload-pack=evil'), {message: /was not found/});
});

test('without a checkout a name becomes a change; what is no name of a change is refused', async t => {
	const sha = 'a1'.repeat(20);
	const read = await reader({from: 'names'}, {named: [`lib@${sha}`, changeId('c')]}).read(nothingLanded('app'));
	t.deepEqual(read.changes, [
		{id: `lib@${sha}`, repository: 'lib', sha},
		{id: changeId('c'), repository: 'app', changeId: changeId('c')},
	]);
	t.deepEqual(read.targets, [{repository: 'lib', sha}]);
	await t.throwsAsync(reader({from: 'names'}, {named: ['latest']}).read(nothingLanded('app')), {message: /"latest" names no change/});
});

test('a scap3 target: the revision that is promoted, what runs now, and a first deploy', async t => {
	const folder = temporaryFolder(t);
	const work = repository(join(folder, 'work'));
	const old = commit(work, 'Old', {a: '1'});
	const fresh = commit(work, 'Fresh', {a: '2'});
	for (const sha of [old, fresh]) {
		git(folder, 'clone', '-q', work, join(folder, 'revs', sha));
		git(join(folder, 'revs', sha), 'checkout', '-q', '--detach', sha);
	}
	symlinkSync(join(folder, 'revs', old), join(folder, 'current'));
	const env = {SCAP_REV_PATH: join(folder, 'revs', fresh), SCAP_CURRENT_REV_DIR: join(folder, 'current')};
	const read = await reader(null, {env}).read(nothingLanded('app'));
	t.deepEqual(read.targets, [{repository: 'app', sha: fresh}]);
	t.deepEqual(read.live, [{repository: 'app', sha: old}]);
	t.deepEqual(
		read.changes.map(each => each.subject),
		['Fresh'],
	);
	// After promote the current revision is the new one, and the batch is still what came since the one before.
	const [current, done] = [join(folder, 'revs', fresh), join(folder, 'revs', old)];
	const promoted = await reader(null, {env: {...env, SCAP_CURRENT_REV_DIR: current, SCAP_DONE_REV_DIR: done}}).read(nothingLanded('app'));
	t.deepEqual(promoted.live, [{repository: 'app', sha: fresh}]);
	t.deepEqual(promoted.changes, read.changes);
	const isLive = await reader(null, {env: {...env, SCAP_CURRENT_REV_DIR: current, SCAP_DONE_REV_DIR: current}}).read(nothingLanded('app'));
	t.deepEqual(isLive.changes, []);
	const first = await reader(null, {env: {SCAP_REV_PATH: env.SCAP_REV_PATH}}).read(nothingLanded('app'));
	t.deepEqual(first.live, []);
	t.deepEqual(
		first.changes.map(each => each.subject),
		['Fresh'],
	);
	const plain = join(folder, 'plain', fresh);
	mkdirSync(plain, {recursive: true});
	const noGit = await reader(null, {env: {SCAP_REV_PATH: plain}}).read(nothingLanded('app'));
	t.deepEqual(noGit.changes, [{id: fresh.slice(0, 10), repository: 'app', sha: fresh}]);
	t.true(noGit.notes.some(note => note.text.includes('only the commit is known')));
	await t.throwsAsync(reader({from: 'rev-path', repository: null}, {env: {SCAP_REV_PATH: '/srv/deploy'}}).read(nothingLanded('app')), {
		message: /whole commit id/,
	});
});

test("scap's deployment-info.json: targets by version, changes where the commit is not live, messages from the stage folder", async t => {
	const folder = temporaryFolder(t);
	const echo = repository(join(folder, 'php-1.47.0-wmf.3', 'extensions', 'Echo'));
	const old = commit(echo, 'Old', {a: '1'});
	const fresh = commit(echo, 'Fresh', {a: '2'});
	const file = join(folder, 'deployment-info.json');
	const config = 'c'.repeat(40);
	writeFileSync(
		file,
		JSON.stringify({
			common: [{repo: 'operations/mediawiki-config', commit_ref: config}],
			versions: {
				'1.47.0-wmf.3': [
					{repo: 'mediawiki/extensions/Echo', commit_ref: fresh},
					{repo: 'mediawiki/extensions/Gone', branch: 'x', commit_ref: 'd'.repeat(40)},
				],
			},
		}),
	);
	const landed = live({'operations/mediawiki-config': config, 'mediawiki/extensions/Echo': old});
	const read = await reader({from: 'deployment-info', file, stageDir: folder}).read(landed);
	t.is(read.targets.length, 3);
	t.deepEqual(read.targets[1], {repository: 'mediawiki/extensions/Echo', branch: 'wmf/1.47.0-wmf.3', sha: fresh});
	t.deepEqual(
		read.changes.map(each => [each.repository, each.subject]),
		[
			['mediawiki/extensions/Echo', 'Fresh'],
			['mediawiki/extensions/Gone', undefined],
		],
	);
	writeFileSync(file, '{"versions": {"../..": [{"repo": "x", "commit_ref": "HEAD"}]}}');
	await t.throwsAsync(reader({from: 'deployment-info', file, stageDir: folder}).read(landed), {
		message: /versions\["\.\.\/\.\."\]\[0\]\.commit_ref must be a whole commit id/,
	});
});

test('a JSON file of changes is read strictly, and what is wrong is named with its place', async t => {
	const file = join(temporaryFolder(t), 'changes.json');
	const read = (content: unknown) => {
		writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
		return reader({from: 'file', file}).read(nothingLanded('app'));
	};
	const sha = 'e'.repeat(40);
	const good = await read({
		changes: [{id: 'x', repository: 'app', sha, committedAt: '2026-03-02T10:00:00+01:00', paths: [{path: 'a', kind: 'added'}]}],
		atomic: true,
	});
	t.deepEqual(good.targets, [{repository: 'app', sha}]);
	t.is(good.atomic, true);
	t.is(good.changes[0]?.committedAt, '2026-03-02T09:00:00.000Z');
	await t.throwsAsync(read('{"changes": ['), {message: /changes\.json is no JSON/});
	await t.throwsAsync(
		read({
			changes: [
				{id: 'x', repository: 'app'},
				{id: '', repository: 'app'},
			],
		}),
		{message: /changes\[1\]\.id must be/},
	);
	await t.throwsAsync(read({changes: [{id: 'x', repository: 'app', sha: 'abc'}]}), {message: /changes\[0\]\.sha must be a whole/});
	await t.throwsAsync(read({changes: [{id: 'x', repository: 'app', committedAt: '2026-03-02 10:00'}]}), {
		message: /must be a time with its zone/,
	});
	await t.throwsAsync(read({changes: [], target: []}), {message: /a key «target»/});
});

test('Change-Ids are found in any spelling of a footer, bounded, and never hang on hostile text', t => {
	const change = (message: string) => ({id: 'x', repository: 'app', changeId: changeId('a'), message});
	t.deepEqual(mentionedIds([change(`See ${changeId('b')}, DEPENDS-ON:${changeId('c').slice(0, 9)}; Change-Id: ${changeId('a')}`)]), [
		changeId('b'),
		changeId('c').slice(0, 9),
	]);
	t.is(mentionedIds([change(Array.from({length: 500}, (_, index) => `I${index.toString(16).padStart(40, '0')}`).join(' '))]).length, 100);
	const startedMs = performance.now();
	mentionedIds([change('I'.repeat(60_000)), change('depends-'.repeat(8000)), change('I0'.repeat(30_000))]);
	t.true(performance.now() - startedMs < 5000);
});

test('no bytes at all make the reader of a log throw', t => {
	fastCheck.assert(
		fastCheck.property(
			fastCheck.array(
				fastCheck.oneof(
					fastCheck.uint8Array({maxLength: 60}),
					fastCheck.constantFrom(...[':', '\0', '\n', `commit ${'a'.repeat(40)}\n`].map(text => Buffer.from(text))),
				),
			),
			parts => {
				const commits = readLog(Buffer.concat(parts), {repository: 'app'});
				t.true(commits.every(each => each.sha.length === 40));
			},
		),
		{numRuns: 300},
	);
	t.pass();
});
