// Runs before anything is installed, so it is plain JavaScript with nothing but Node in it.
// `npm start`, `npm test`, `npm run build`, `npm run bench` and `npm run evaluate:moves` all come through here: inside a git checkout it
// installs and builds
// what is missing or out of date, from the lockfile, under a lock, and says so. Outside a checkout it installs nothing.
import {spawn, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';

const top = resolve(fileURLToPath(new URL('..', import.meta.url)));
const at = (...parts) => join(top, ...parts);
const sources = ['gate', 'reports', 'templates', 'server', 'test', 'package-lock.json', 'tsconfig.json'];
const lockWaitMs = 15 * 60 * 1000;

const say = text => process.stderr.write(`signalbox: ${text}\n`);
const sha256 = data => createHash('sha256').update(data).digest('hex');
const readIf = file => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/** Every source file under a path, sorted, fixtures left out: they are read in place and never compiled. */
function filesUnder(path) {
	if (!existsSync(path)) return [];
	if (statSync(path).isFile()) return [path];
	return readdirSync(path, {withFileTypes: true})
		.sort((a, b) => (a.name < b.name ? -1 : 1))
		.flatMap(entry => (entry.name === 'fixtures' ? [] : filesUnder(join(path, entry.name))));
}

function sourceHash() {
	const hash = createHash('sha256');
	for (const file of sources.flatMap(name => filesUnder(at(name)))) hash.update(file).update('\0').update(readFileSync(file)).update('\0');
	return `${process.platform} ${hash.digest('hex')}`;
}

// The native modules are Node-API, one build for Node 20 to 24, so the Node version is not part of what must match.
const lockHash = () => `${process.platform} ${process.arch} ${sha256(readFileSync(at('package-lock.json')))}`;
const installedStamp = at('node_modules', '.signalbox-installed');
const builtStamp = at('dist', '.signalbox-built');
const isInstalled = () => readIf(installedStamp) === lockHash();
const isBuilt = () => readIf(builtStamp) === sourceHash();

function run(command, args, options = {}) {
	const {status, signal, error} = spawnSync(command, args, {cwd: top, stdio: 'inherit', ...options});
	if (error) say(`${command} could not be started: ${error.message}`);
	return error ? 1 : signal ? 1 : (status ?? 1);
}

function mustRun(what, command, args, options) {
	const status = run(command, args, options);
	if (status !== 0) {
		say(`${what} failed (exit ${status}); what it printed stands above.`);
		process.exit(status);
	}
}

function install() {
	say('installing what package-lock.json names (npm ci; the database driver may compile for a minute) ...');
	// What npm prints goes to standard error: standard output belongs to the command that follows.
	mustRun('npm ci', 'npm', ['ci', '--no-audit', '--no-fund'], {stdio: ['ignore', 2, 2]});
	writeFileSync(installedStamp, lockHash());
}

function build() {
	say('building ...');
	rmSync(at('dist'), {recursive: true, force: true});
	const bin = name => at('node_modules', '.bin', name);
	mustRun('tsc', bin('tsc'), []);
	mustRun('tsc for the browser', bin('tsc'), ['-p', 'templates/assets']);
	mustRun('esbuild', bin('esbuild'), [
		'dist/server/client/main.js',
		...['--bundle', '--platform=node', '--target=node20', '--format=cjs', '--minify'],
		...['--legal-comments=none', '--log-level=warning', '--outfile=dist/signalbox-check.cjs', '--banner:js=#!/usr/bin/env node'],
	]);
	writeFileSync(builtStamp, sourceHash());
}

function holderIsAlive(lock) {
	const pid = Number(readIf(join(lock, 'pid')));
	// No pid yet: its owner is between making the folder and writing into it, unless that was long ago.
	if (!pid) return existsSync(lock) && Date.now() - statSync(lock).mtimeMs < 10_000;
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return error.code === 'EPERM';
	}
}

async function underLock(work) {
	const lock = join(tmpdir(), `signalbox-setup-${sha256(top).slice(0, 16)}.lock`);
	for (let waitedMs = 0; ; waitedMs += 500) {
		try {
			mkdirSync(lock);
			break;
		} catch (error) {
			if (error.code !== 'EEXIST') throw error;
			if (!holderIsAlive(lock)) rmSync(lock, {recursive: true, force: true});
			else if (waitedMs === 0) say(`another process is installing or building here; waiting for it (${lock})`);
			else if (waitedMs > lockWaitMs) {
				say(`gave up waiting for ${lock}; remove that folder when nothing is installing here.`);
				process.exit(1);
			}
			await sleep(500);
		}
	}
	writeFileSync(join(lock, 'pid'), String(process.pid));
	try {
		await work();
	} finally {
		rmSync(lock, {recursive: true, force: true});
	}
}

async function makeReady({force = false} = {}) {
	if (!existsSync(at('.git'))) {
		if (existsSync(at('dist', 'server', 'cli.js'))) return;
		say(
			`${top} is no git checkout and holds no build, and nothing is installed outside a checkout: clone the repository, or unpack a release.`,
		);
		process.exit(2);
	}
	if (!force && isInstalled() && isBuilt()) return;
	await underLock(() => {
		if (!isInstalled()) install();
		if (force || !isBuilt()) build();
	});
}

/** The last step, which may run for months: signals are passed on, and its exit code is ours. */
function become(args) {
	const child = spawn(process.execPath, args, {cwd: top, stdio: 'inherit'});
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
	return new Promise(done => child.on('close', (code, signal) => done(signal ? 1 : (code ?? 1))));
}

const [command = 'start', ...rest] = process.argv.slice(2);
const steps = {
	build: () => 0,
	start: () => become([at('dist', 'server', 'cli.js'), 'serve', ...rest]),
	test: () =>
		run(at('node_modules', '.bin', 'biome'), ['check', '--error-on-warnings']) ||
		become([at('dist', 'test', 'helpers', 'with-postgres.js'), at('node_modules', 'ava', 'entrypoints', 'cli.mjs'), ...rest]),
	bench: () => become([at('dist', 'test', 'bench', 'main.js'), ...rest]),
	'evaluate:moves': () => become([at('dist', 'test', 'evaluate', 'moves.js'), ...rest]),
};
if (!Object.hasOwn(steps, command)) {
	say(`there is no step «${command}»; the steps are ${Object.keys(steps).join(', ')}.`);
	process.exit(2);
}
await makeReady({force: command === 'build'});
process.exitCode = await steps[command]();
