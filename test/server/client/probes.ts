/** Paths that the policy asks about, as globs and misspelt; and what a message names in checkouts that bring nothing new. Real git throughout. */
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {changesReader} from '../../../server/client/changes/read.ts';
import type {LandedAnswer, Probe} from '../../../server/client/contract.ts';
import type {ChangesConfig} from '../../../server/config.ts';
import {changeId, commit, git, nothingLanded, repository, temporaryFolder} from '../../helpers/client-world.ts';

const groups = ['east', 'west'];
const read = (own: ChangesConfig, landed: Partial<LandedAnswer>) =>
	changesReader({service: 'app', own, named: [], env: {}, cwd: '/', limits: {remainingMs: () => 60_000}}).read({
		...nothingLanded('app'),
		groups,
		...landed,
	});
const fromGit = (path: string): ChangesConfig => ({
	from: 'git',
	checkouts: [{path, repository: 'app', branch: null, landed: null, groups: []}],
});
const liveAt = (sha: string, name = 'app') => groups.map(group => ({group, repository: name, branch: null, sha}));
const probesOf = (...paths: string[]): Probe[] => paths.map(path => ({repository: 'app', path}));

/** A repository in which `old/` was taken out long ago, and `lib/` is live. */
function place(t: ExecutionContext) {
	const app = repository(join(temporaryFolder(t), 'app'));
	commit(app, 'Base', {'lib/search/schema.js': 'x', 'lib/a[1].js': 'x', 'old/schema.js': 'x'});
	const base = commit(app, 'Take old out', {'old/schema.js': null});
	return {app, base};
}

test('a glob of the policy is there where any file of what runs matches it', async t => {
	const {app, base} = place(t);
	commit(app, 'More', {b: '1'});
	const probes = probesOf('lib/**/*.js', 'lib/*.js', '**/schema.js', 'lib/search', 'old/*.js', 'lib/*.css');
	const {holdings} = await read(fromGit(app), {landed: liveAt(base), probes});
	t.deepEqual(
		holdings.filter(({group}) => group === 'west').map(({path, present}) => [path, present]),
		[
			['lib/search', true],
			['lib/**/*.js', true],
			['lib/*.js', true],
			['**/schema.js', true],
			['old/*.js', false],
			['lib/*.css', false],
		],
	);
});

test('a change that takes out what a glob means is known, though it is merged on another branch', async t => {
	const {app, base} = place(t);
	git(app, 'checkout', '-q', '-b', 'removal');
	const removal = commit(app, 'Take the schema out', {'lib/search/schema.js': null});
	git(app, 'checkout', '-q', 'main');
	commit(app, 'More', {b: '1'});
	const {known} = await read(fromGit(app), {landed: liveAt(base), probes: probesOf('lib/search/**')});
	t.true(known.some(({sha}) => sha === removal));
});

test('a path of the policy that matches nothing anywhere is a note; one that was taken out, or comes, is none', async t => {
	const {app, base} = place(t);
	commit(app, 'More', {'fresh/new.js': '1'});
	const probes = probesOf('lib/**/*.js', 'old/schema.js', 'old/*.js', 'fresh/*.js', 'fresh/new.js', 'libb/**', 'lib/serach/schema.js');
	const {notes} = await read(fromGit(app), {landed: liveAt(base), probes});
	t.deepEqual(
		notes.map(({about, text}) => [about, /names (\S+) of app, which matches nothing here/.exec(text)?.[1]]),
		[
			['app', 'libb/**'],
			['app', 'lib/serach/schema.js'],
		],
	);
});

test('what cannot be looked at is not said to match nothing', async t => {
	const {app} = place(t);
	commit(app, 'More', {b: '1'});
	const {notes} = await read(fromGit(app), {landed: liveAt('f'.repeat(40)), probes: probesOf('libb/**', 'nothing.js')});
	t.false(notes.some(({text}) => text.includes('matches nothing')));
});

test('a commit that a message names is found in a checkout that brings nothing new, and so is its patch under another id', async t => {
	const folder = temporaryFolder(t);
	const lib = repository(join(folder, 'php-1.1.0', 'extensions', 'Lib'));
	commit(lib, 'Base', {base: '1'});
	const provider = commit(lib, `Add the table\n\nChange-Id: ${changeId('a')}\n`, {table: '1'});
	git(lib, 'checkout', '-q', '-b', 'wmf', 'HEAD~1');
	commit(lib, 'Other', {other: '1'});
	const again = commit(lib, `Add the table, picked by hand\n\nChange-Id: ${changeId('b')}\n`, {table: '1'});
	const app = repository(join(folder, 'php-1.1.0', 'extensions', 'App'));
	const old = commit(app, 'Base', {a: '1'});
	const fresh = commit(app, `Use the table\n\nDepends-On: ${provider}\n`, {a: '2'});
	const file = join(folder, 'deployment-info.json');
	const [library, application] = ['mediawiki/extensions/Lib', 'mediawiki/extensions/App'];
	const staged = [
		{repo: application, commit_ref: fresh},
		{repo: library, commit_ref: again},
	];
	writeFileSync(file, JSON.stringify({versions: {'1.1.0': staged}}));
	const from: ChangesConfig = {from: 'deployment-info', file, stageDir: folder};
	const {known, landedChanges} = await read(from, {landed: [...liveAt(old, application), ...liveAt(again, library)]});
	t.true(
		known.some(({sha}) => sha === provider),
		'it stands on a branch',
	);
	t.deepEqual(
		landedChanges.map(({group, sha}) => [group, sha]).sort(),
		groups.map(group => [group, again]),
	);
	t.is(new Set([...known, ...landedChanges].map(({patchId}) => patchId)).size, 1);
});
