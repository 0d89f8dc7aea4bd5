/** Where facts of patch order are read: the service and the hook read the same keys to the same end, and refuse the same mistakes. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {changesConfig} from '../../../server/client/answered-config.ts';
import {readSettings} from '../../../server/client/config.ts';
import {loadConfig} from '../../../server/config/load.ts';
import {temporaryFolder} from '../../helpers/service.ts';

function written(t: ExecutionContext, config: unknown): string {
	const cwd = temporaryFolder(t);
	writeFileSync(path.join(cwd, 'signalbox.yaml'), JSON.stringify(config, null, 1));
	return cwd;
}
const withChanges = (changes: unknown) => ({url: 'http://localhost:8420', services: {app: {groups: ['east'], changes}}});
const ofService = (cwd: string) => loadConfig({env: {}, cwd, rules: []});
const ofHook = (cwd: string) => readSettings({config: null, url: null, service: 'app'}, {env: {}, cwd});
const problemsOf = (error: Error | undefined): string =>
	[error?.message, ...(error && 'problems' in error && Array.isArray(error.problems) ? error.problems.map(String) : [])].join('\n');

const mirrors = [{repository: 'core', url: 'ssh://git@mirror.example/core', ref: 'refs/heads/master'}];

for (const [what, changes, expected] of [
	[
		'checkouts with what comes next and private commits',
		{from: 'git', checkouts: [{path: '/srv/core', groups: ['east'], next: 'refs/remotes/origin/wmf/*', local_commits: 'public'}], mirrors},
		{
			...{from: 'git', mirrors},
			checkouts: [
				{
					...{path: '/srv/core', repository: 'core', branch: null, landed: null, groups: ['east']},
					...{next: 'refs/remotes/origin/wmf/*', localCommits: 'public'},
				},
			],
		},
	],
	[
		'a stage folder with files of its own',
		{
			from: 'deployment-info',
			file: '/s/info.json',
			stage_dir: '/s',
			wikiversions: '/c/wikiversions.json',
			dblists: '/c/dblists',
			local_commits: 'private',
		},
		{from: 'deployment-info', file: '/s/info.json', stageDir: '/s', wikiversions: '/c/wikiversions.json', dblists: '/c/dblists'},
	],
	['a target of scap3 with mirrors', {from: 'rev-path', repository: 'core', mirrors}, {from: 'rev-path', repository: 'core', mirrors}],
] as const)
	test(`${what} are the same to the service, to the hook, and through the service's answer`, async t => {
		const cwd = written(t, withChanges(changes));
		const service = ofService(cwd).services.get('app')?.changes;
		t.deepEqual(service, expected as never);
		t.deepEqual((await ofHook(cwd)).changes, expected as never);
		t.deepEqual(changesConfig(JSON.parse(JSON.stringify(service))), expected as never);
	});

for (const [what, changes, message] of [
	[
		'a mirror that runs a command',
		{from: 'rev-path', mirrors: [{repository: 'a', url: 'ext::sh -c id'}]},
		/«url» must be an address of https/,
	],
	['a mirror without an address', {from: 'rev-path', mirrors: [{repository: 'a'}]}, /«url» is missing/],
	['a ref that is an option', {from: 'rev-path', mirrors: [{repository: 'a', url: '/a', ref: '--x'}]}, /«ref» must be a ref/],
	['what comes next as a range', {from: 'git', checkouts: [{path: '/a', next: 'a..b'}]}, /«next» must be a ref or a pattern/],
	[
		'local commits that are secret',
		{from: 'git', checkouts: [{path: '/a', local_commits: 'secret'}]},
		/«local_commits».*public|public.*private/,
	],
	['a misspelt key', {from: 'deployment-info', file: '/a', wikiversion: '/b'}, /wikiversion/],
] as const)
	test(`${what} is refused by both`, async t => {
		const cwd = written(t, withChanges(changes));
		t.regex(problemsOf(t.throws(() => ofService(cwd))), message);
		t.regex(problemsOf(await t.throwsAsync(ofHook(cwd))), message);
	});

test('an answer that is not the service’s brings no address to git that runs a command', t => {
	const url = 'ext::sh -c id';
	t.deepEqual(
		changesConfig({
			from: 'rev-path',
			mirrors: [
				{repository: 'a', url, ref: 'x'},
				{repository: 'a', url: '/a', ref: '-x'},
			],
		}),
		{
			...{from: 'rev-path', repository: null},
		},
	);
	t.deepEqual(changesConfig({from: 'git', checkouts: [{path: '/a', repository: 'a', next: '--exec=id'}]}), {
		from: 'git',
		checkouts: [{path: '/a', repository: 'a', branch: null, landed: null, groups: []}],
	});
});

test('one Gerrit or several are read, and what does not fit is said', async t => {
	const read = (gerrit: unknown) => ofService(written(t, {services: {}, gerrit}));
	const [one] = read({
		url: 'https://gerrit.example/r/',
		user: 'bot',
		password_file: '/p',
		timeout: '1s',
		repositories: {'a/b': 'b'},
	}).gerrits;
	t.like(one, {url: 'https://gerrit.example/r', user: 'bot', passwordFile: '/p', caFile: null, timeoutMs: 1000});
	t.is(one?.repositories.get('a/b'), 'b');
	t.is(read([{url: 'https://one.example'}, {url: 'https://two.example/r'}]).gerrits.length, 2);
	t.deepEqual(read(undefined).gerrits, []);
	const said = (gerrit: unknown): string => problemsOf(t.throws(() => read(gerrit)));
	t.regex(said({}), /«url» is missing/);
	t.regex(said({url: 'gerrit.example'}), /must be an address such as/);
	t.regex(said({url: 'https://a:b@gerrit.example'}), /holds a name or password/);
	t.regex(said({url: 'https://gerrit.example', user: 'bot'}), /«user» stands alone/);
	t.regex(said({url: 'https://gerrit.example', password: 'x'}), /secrets come from/);
	t.regex(said([{url: 'https://gerrit.example'}, {url: 'https://gerrit.example/'}]), /stands here twice/);
	t.truthy(await ofHook(written(t, {url: 'http://localhost:8420', gerrit: {url: 'https://g.example'}, services: {app: {}}})));
});
