import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {readArguments, usage} from '../../../server/client/arguments.ts';
import {readSettings} from '../../../server/client/config.ts';
import {configure, run, temporaryFolder} from '../../helpers/client-world.ts';

const needed = ['--service', 'app', '--stage', 'before'];

test('the command line is read as documented', t => {
	t.deepEqual(readArguments(['check', ...needed, 'abc1234', '--deadline', '55', '--json', '--url=http://x', 'def5678']), {
		service: 'app',
		stage: 'before',
		named: ['abc1234', 'def5678'],
		mode: 'check',
		reason: null,
		deadlineMs: 55_000,
		config: null,
		url: 'http://x',
		json: true,
		host: null,
	});
	t.is(readArguments(['--help']), 'help');
	t.like(readArguments([...needed, '--force', '--reason', 'x']), {mode: 'force', reason: 'x', deadlineMs: 25_000});
	t.like(readArguments([...needed, '--rollback']), {mode: 'rollback'});
});

for (const [argv, sentence] of [
	[['--servce', 'app'], /there is no option --servce; did you mean --service\?/],
	[['--service', 'app'], /--stage is missing/],
	[['--stage', 'x'], /--service is missing/],
	[['--service', '--stage', 'x'], /--service needs a value/],
	[['--service'], /--service needs a value/],
	[[...needed, '--force'], /--force needs --reason/],
	[[...needed, '--force', '--rollback', '--reason', 'x'], /exclude each other/],
	[[...needed, '--deadline', 'soon'], /--deadline is a number of seconds from 2 to 3600, not "soon"/],
	[[...needed, '--deadline', '1'], /from 2 to 3600/],
	[[...needed, '--rollback=yes'], /--rollback takes no value/],
	[[...needed, '--reason', ' '], /--reason is empty/],
] as const) {
	test(`«${argv.join(' ')}» is answered with one sentence`, t => {
		t.throws(() => readArguments(argv), {message: sentence, name: 'AppError'});
	});
}

test('help shows an example and needs no configuration', async t => {
	const ran = await run(temporaryFolder(t), ['check', '--help']);
	t.deepEqual(ran, {exit: 0, stdout: usage, stderr: ''});
	t.regex(usage, /Example.*\n +signalbox check --service/);
	t.regex(usage, /^[\n\x20-\x7e]+$/);
});

test('without a service or store it ends with what to write and why', async t => {
	const folder = temporaryFolder(t);
	configure(folder, 'listen: 8420\n');
	const {exit, stderr} = await run(folder, needed);
	t.is(exit, 2);
	t.regex(stderr, /write "url: http:\/\/HOST:8420" into it, or "store: embedded".*three targets must not make three private stores/);
});

const settingsOf = (folder: string, yaml: string, more: {config?: string; env?: Record<string, string>} = {}) => {
	configure(folder, yaml);
	return readSettings({config: more.config ?? null, url: null, service: 'app'}, {env: {HOME: folder, ...more.env}, cwd: folder});
};

test('only its own keys are read, each kind of changes among them', async t => {
	const folder = temporaryFolder(t);
	const read = (changes: string) =>
		settingsOf(
			folder,
			`url: http://gate:1\nspool: /var/spool/x\nunreachable: go\nlisten: {port: 1}\nservices:\n  app:\n    policy: {rules: {}}\n    changes: ${changes}\n  b: {}\n`,
		);
	t.deepEqual(await read('{from: names}'), {
		file: join(folder, 'signalbox.yaml'),
		store: null,
		token: null,
		url: 'http://gate:1/',
		unreachable: 'go',
		spoolDir: '/var/spool/x',
		changes: {from: 'names'},
	});
	const changes = async (text: string) => (await read(text)).changes;
	t.deepEqual(await changes('{from: git, checkouts: [{path: /srv/a, repository: a, branch: live, landed: refs/tags/x, groups: [g]}]}'), {
		from: 'git',
		checkouts: [{path: '/srv/a', repository: 'a', branch: 'live', landed: 'refs/tags/x', groups: ['g']}],
	});
	t.deepEqual(await changes('{from: deployment-info, file: /f, stage_dir: /s}'), {from: 'deployment-info', file: '/f', stageDir: '/s'});
	// Paths are relative to the file, whatever the current folder is, and a checkout is called as its folder is: as the service has it.
	t.deepEqual(await changes('{from: git, checkouts: [{path: srv/app}]}'), {
		from: 'git',
		checkouts: [{path: join(folder, 'srv/app'), repository: 'app', branch: null, landed: null, groups: []}],
	});
	t.deepEqual(await changes('{from: rev-path}'), {from: 'rev-path', repository: null});
	t.deepEqual(await changes('{from: file, file: /f}'), {from: 'file', file: '/f'});
});

for (const [yaml, sentence] of [
	['url: http://x\nunreacheable: go\n', /signalbox\.yaml:2: there is no key «unreacheable»; did you mean «unreachable»\?/],
	['url: http://x\nunreachable: maybe\n', /signalbox\.yaml:2: «unreachable» is hold or go, not "maybe"/],
	[
		'url: http://x\nservices:\n  app:\n    chnages: {from: git}\n',
		/yaml:4: there is no key «chnages» in «services\.app»; did you mean «changes»/,
	],
	['url: http://x\nservices:\n  app:\n    changes:\n      from: gti\n', /yaml:5: «from» is one of git, .* not "gti"/],
	[
		'url: http://x\nservices:\n  app:\n    changes:\n      from: git\n      checkouts:\n        - path: /a\n          repositry: a\n',
		/yaml:8: there is no key «repositry».*did you mean «repository»/,
	],
	[
		'url: http://x\nservices:\n  app:\n    changes: {from: git, checkouts: [{path: /a, repository: a, landed: --upload-pack=x}]}\n',
		/«landed» must be a ref/,
	],
	['url: http://x\nservices: [app]\n', /«services» must be a map/],
	['url: ftp://x\n', /must begin with http:\/\/ or https:\/\//],
	['url: http://me:secret@x\n', /must not carry a name or password/],
	['url: "http://x\n', /signalbox\.yaml:\d+: /],
	['url: http://x\nurl: http://y\n', /signalbox\.yaml:2: .*unique/],
] as const) {
	test(`the configuration ${JSON.stringify(yaml.slice(0, 60))} is refused with its place, also the second time`, async t => {
		const folder = temporaryFolder(t);
		await t.throwsAsync(settingsOf(folder, yaml), {message: sentence, name: 'AppError'});
		await t.throwsAsync(settingsOf(folder, yaml), {message: sentence, name: 'AppError'});
	});
}

test('a file that is remembered counts only while its text is the same, and a damaged memory does not count', async t => {
	const folder = temporaryFolder(t);
	t.is((await settingsOf(folder, 'url: http://one\n')).url, 'http://one/');
	t.is((await settingsOf(folder, 'url: http://one\n')).url, 'http://one/');
	t.is((await settingsOf(folder, 'url: http://two\n')).url, 'http://two/');
	const memory = join(folder, '.local/state/signalbox', `parsed-${encodeURIComponent(join(folder, 'signalbox.yaml'))}.json`);
	writeFileSync(memory, '{"text": "url: http://two\\n", "val');
	t.is((await settingsOf(folder, 'url: http://two\n')).url, 'http://two/');
});

test('a mistake in a file that is remembered for another service is still named with its line', async t => {
	const folder = temporaryFolder(t);
	const yaml = 'url: http://x\nservices:\n  app: {}\n  other:\n    changes: {from: gti}\n';
	await settingsOf(folder, yaml);
	await t.throwsAsync(readSettings({config: null, url: null, service: 'other'}, {env: {HOME: folder}, cwd: folder}), {
		message: /signalbox\.yaml:5: «from»/,
	});
});

test('the file is --config, then $SIGNALBOX_CONFIG, then ./signalbox.yaml', async t => {
	const folder = temporaryFolder(t);
	mkdirSync(join(folder, 'etc'));
	writeFileSync(join(folder, 'etc', 'a.yaml'), 'url: http://a\n');
	writeFileSync(join(folder, 'etc', 'b.yaml'), 'url: http://b\n');
	const here = 'url: http://here\n';
	t.is((await settingsOf(folder, here)).url, 'http://here/');
	t.is((await settingsOf(folder, here, {env: {SIGNALBOX_CONFIG: 'etc/a.yaml'}})).url, 'http://a/');
	t.is((await settingsOf(folder, here, {env: {SIGNALBOX_CONFIG: 'etc/a.yaml'}, config: 'etc/b.yaml'})).url, 'http://b/');
	await t.throwsAsync(settingsOf(folder, here, {config: 'etc/c.yaml'}), {
		message: /there is no configuration file .*c\.yaml, which --config names/,
	});
});
