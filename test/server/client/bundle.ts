import {spawn} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {isBuiltin} from 'node:module';
import {join} from 'node:path';
import test from 'ava';
import {build} from 'esbuild';
import {systemClock} from '../../../server/clock.ts';
import {changeId, commit, configure, playService, repository, temporaryFolder} from '../../helpers/client-world.ts';

async function bundle(folder: string): Promise<{file: string; inputs: string[]; outside: string[]}> {
	const file = join(folder, 'signalbox-check.cjs');
	const {metafile} = await build({
		entryPoints: [join(process.cwd(), 'dist/server/client/main.js')],
		bundle: true,
		platform: 'node',
		target: 'node20',
		format: 'cjs',
		minifyWhitespace: true,
		minifySyntax: true,
		outfile: file,
		metafile: true,
		logLevel: 'silent',
	});
	const outside = Object.values(metafile.outputs).flatMap(output => output.imports.filter(each => each.external).map(each => each.path));
	return {file, inputs: Object.keys(metafile.inputs), outside};
}

type Ended = {code: number | null; stdout: string; stderr: string; tookMs: number};

function start(file: string, argv: readonly string[], cwd: string, env: Record<string, string> = {}) {
	const startedMs = performance.now();
	const child = spawn(process.execPath, [file, ...argv], {
		cwd,
		env: {PATH: process.env['PATH'], HOME: cwd, ...env},
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const ended = new Promise<Ended>(resolve => {
		const out = {stdout: '', stderr: ''};
		child.stdout.on('data', chunk => {
			out.stdout += chunk;
		});
		child.stderr.on('data', chunk => {
			out.stderr += chunk;
		});
		child.on('close', code => resolve({code, ...out, tookMs: performance.now() - startedMs}));
	});
	return {child, ended};
}

test('the bundle is one file of node:* alone: no zod, no fetch, no native module', async t => {
	const {file, inputs, outside} = await bundle(temporaryFolder(t));
	t.deepEqual(
		outside.filter(name => !isBuiltin(name)),
		[],
	);
	t.deepEqual(
		inputs.filter(name => name.includes('node_modules') && !name.includes('node_modules/yaml/')),
		[],
	);
	const text = readFileSync(file, 'utf8');
	t.notRegex(text, /\.node["'`]|\bfetch\(|ZodError/);
});

test('it runs alone in an empty folder, against a service over HTTP', async t => {
	const folder = temporaryFolder(t);
	const service = await playService(t);
	const {file} = await bundle(folder);
	const empty = join(folder, 'empty');
	mkdirSync(empty);
	const help = await start(file, ['--help'], empty).ended;
	t.like(help, {code: 0, stderr: ''});
	const lost = await start(file, ['--service', 'app', '--stage', 'before'], empty, {SIGNALBOX_CONFIG: ''}).ended;
	t.is(lost.code, 2);
	const app = repository(join(empty, 'app'));
	commit(app, `A bad change\n\nChange-Id: ${changeId('a')}\n`, {a: '1'});
	configure(
		empty,
		`url: ${service.url}\nspool: spool\nservices:\n  app:\n    changes: {from: git, checkouts: [{path: app, repository: app}]}\n`,
	);
	const held = await start(file, ['check', '--service', 'app', '--stage', 'before'], empty).ended;
	t.is(held.code, 1);
	t.regex(held.stdout, /is bad/);
	t.is(service.questions[0]?.batch.changes[0]?.changeId, changeId('a'));
});

test('a hung git does not keep it beyond its deadline, nor does a signal have to wait', async t => {
	const folder = temporaryFolder(t);
	const service = await playService(t);
	const {file} = await bundle(folder);
	const bin = join(folder, 'bin');
	mkdirSync(bin);
	const started = join(folder, 'git-was-started');
	writeFileSync(join(bin, 'git'), `#!/bin/sh\n: > '${started}'\nexec sleep 60\n`);
	chmodSync(join(bin, 'git'), 0o755);
	commit(repository(join(folder, 'app')), 'One');
	configure(
		folder,
		`url: ${service.url}\nspool: spool\nservices:\n  app:\n    changes: {from: git, checkouts: [{path: app, repository: app}]}\n`,
	);
	const env = {PATH: `${bin}:${process.env['PATH']}`};
	const slow = await start(file, ['--service', 'app', '--stage', 'before', '--deadline', '8'], folder, env).ended;
	t.is(slow.code, 4);
	t.true(slow.tookMs < 8000, `${slow.tookMs} ms`);
	rmSync(started);
	const {child, ended} = start(file, ['--service', 'app', '--stage', 'before', '--deadline', '30'], folder, env);
	while (!existsSync(started) && child.exitCode === null) await systemClock.sleep(10);
	child.kill('SIGTERM');
	const interrupted = await ended;
	t.is(interrupted.code, 4);
	t.regex(interrupted.stderr, /interrupted/);
	t.true(interrupted.tookMs < 30_000, `${interrupted.tookMs} ms`);
});

test('a reader that is gone does not change the exit code', async t => {
	const folder = temporaryFolder(t);
	const service = await playService(t);
	const {file} = await bundle(folder);
	commit(repository(join(folder, 'app')), 'A worse change', {a: '1'});
	configure(
		folder,
		`url: ${service.url}\nspool: spool\nservices:\n  app:\n    changes: {from: git, checkouts: [{path: app, repository: app}]}\n`,
	);
	const {child, ended} = start(file, ['--service', 'app', '--stage', 'before'], folder);
	child.stdout.destroy();
	t.is((await ended).code, 3);
});
