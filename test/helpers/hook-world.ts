/**
 * A real service in a process of its own, machines that call its hook as it is installed there, and the pages of `docs/` that say how.
 * A machine is a folder: a `PATH` with the one file of the hook, a `node` that knows this machine's name and `/etc`, and nothing else of ours.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {connect, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import type {ExecutionContext} from 'ava';
import {parse} from 'yaml';
import type {TimelineEvent} from '../../reports/events.ts';
import {systemClock} from '../../server/clock.ts';
import {sshdEnvironment} from './scap-caller.ts';

export const root = process.cwd();
/** The one file that a target needs, as it is built. */
export const builtHook = path.join(root, 'dist/signalbox-check.cjs');

export function temporaryFolder(t: ExecutionContext): string {
	const folder = mkdtempSync(path.join(tmpdir(), 'signalbox-hooks-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true, maxRetries: 5, retryDelay: 50}));
	return folder;
}

/** Waits until it holds, at most 20 s. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
	const endMs = systemClock.monotonicMs() + 20_000;
	while (!(await holds())) {
		if (systemClock.monotonicMs() > endMs) throw new Error(`Waited 20 s in vain until ${what}.`);
		await systemClock.sleep(25);
	}
}

/** A port that is free now. */
export const freePort = (): Promise<number> =>
	new Promise((resolve, reject) => {
		const server = createServer();
		server.once('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const address = server.address();
			const port = typeof address === 'object' && address !== null ? address.port : 0;
			server.close(() => resolve(port));
		});
	});

export type Page = {
	readonly text: string;
	/** The blocks of code of one language, in their order. */
	blocks(language: string): string[];
	/** The text of the one YAML block that begins with this key, and has the other one below it. */
	yamlText(key: string, below?: string): string;
	/** That block, parsed. */
	yaml(key: string, below?: string): unknown;
};

/** A page of `docs/`, so that a test runs what stands there and not a copy of it. */
export function documented(name: string): Page {
	const text = readFileSync(path.join(root, 'docs', name), 'utf8');
	const found = [...text.matchAll(/^( *)```(\w+)\n([\s\S]*?)\n\1```$/gm)].map(([, indent = '', language = '', code = '']) => ({
		language,
		code: code
			.split('\n')
			.map(line => line.slice(indent.length))
			.join('\n'),
	}));
	const blocks = (language: string) => found.filter(block => block.language === language).map(({code}) => code);
	const yamlText = (key: string, below?: string): string => {
		const having = blocks('yaml').filter(code => code.startsWith(`${key}:`) && (below === undefined || code.includes(`\n  ${below}:`)));
		const [only] = having;
		if (only === undefined || having.length > 1) {
			throw new Error(
				`${having.length} blocks of docs/${name} begin with ${key}${below ? ` and have ${below}` : ''}; the test expects one.`,
			);
		}
		return only;
	};
	return {text, blocks, yamlText, yaml: (key, below) => parse(yamlText(key, below))};
}

export type Machine = {
	readonly name: string;
	/** What sshd gives, and nothing of ours. */
	readonly env: Record<string, string>;
	readonly home: string;
	/** Its `/etc/signalbox.yaml`. */
	configure(yaml: string): void;
};

const machineScript = ({name, etc, machineId}: {name: string; etc: string; machineId: string}): string => `'use strict';
const os = require('node:os');
const fs = require('node:fs');
os.hostname = () => ${JSON.stringify(name)};
const own = new Map([['/etc/signalbox.yaml', ${JSON.stringify(path.join(etc, 'signalbox.yaml'))}], ['/etc/machine-id', ${JSON.stringify(machineId)}]]);
for (const call of ['existsSync', 'statSync', 'readFileSync', 'openSync']) {
	const real = fs[call];
	fs[call] = (file, ...rest) => real(own.get(file) ?? file, ...rest);
}
`;

/** Installs the hook as docs/scap.md says, on a machine of this name. Two machines may share a name; their ids differ. */
export function machine(folder: string, name: string, {id = name, lang}: {id?: string; lang?: string} = {}): Machine {
	const place = path.join(folder, 'machines', id);
	const [bin, lib, etc, home] = ['bin', 'lib', 'etc', 'home'].map(each => path.join(place, each)) as [string, string, string, string];
	for (const each of [bin, lib, etc, home]) mkdirSync(each, {recursive: true});
	cpSync(builtHook, path.join(lib, 'signalbox-check.cjs'));
	chmodSync(path.join(lib, 'signalbox-check.cjs'), 0o755);
	symlinkSync(path.join(lib, 'signalbox-check.cjs'), path.join(bin, 'signalbox'));
	const machineId = path.join(etc, 'machine-id');
	writeFileSync(machineId, `${id}\n`);
	const script = path.join(place, 'machine.cjs');
	writeFileSync(script, machineScript({name, etc, machineId}));
	writeFileSync(path.join(bin, 'node'), `#!/bin/sh\nexec '${process.execPath}' --require '${script}' "$@"\n`, {mode: 0o755});
	const env = sshdEnvironment({user: 'deploy-service', home, searchPath: `${bin}:/usr/bin:/bin`, ...(lang === undefined ? {} : {lang})});
	return {name, env, home, configure: yaml => writeFileSync(path.join(etc, 'signalbox.yaml'), yaml)};
}

export type RunningService = {
	readonly url: string;
	readonly log: () => string;
	/** Ends it as a power cut would. */
	kill(): Promise<void>;
	/** It is there and says nothing, like a machine out of memory; `resume` ends that. */
	pause(): void;
	resume(): void;
	/** Starts it again on the same port and the same data. */
	restart(): Promise<void>;
	events(): Promise<TimelineEvent[]>;
	get(route: string): Promise<unknown>;
};

const command = path.join(root, 'dist/server/cli.js');

/** `signalbox serve` with this configuration, in a process of its own; ended with the test. */
export async function serve(t: ExecutionContext, folder: string, yaml: string): Promise<RunningService> {
	const port = await freePort();
	const file = path.join(folder, 'service.yaml');
	writeFileSync(file, yaml);
	let child: ChildProcess | null = null;
	let ended: Promise<unknown> = Promise.resolve();
	let log = '';
	const url = `http://localhost:${port}`;
	const get = async (route: string): Promise<unknown> => (await fetch(`http://127.0.0.1:${port}${route}`)).json();
	const start = async (): Promise<void> => {
		const env = {PATH: process.env['PATH'], HOME: folder, SIGNALBOX_DATA: path.join(folder, 'data')};
		const started = spawn(process.execPath, [command, 'serve', '--config', file, '--port', String(port)], {env, cwd: folder});
		child = started;
		ended = new Promise(resolve => started.on('exit', resolve));
		for (const stream of [started.stdout, started.stderr]) stream.on('data', (text: Buffer) => (log += text.toString()));
		await until(`the service listens; it said: ${log}`, async () => {
			if (started.exitCode !== null) throw new Error(`The service ended with ${started.exitCode}: ${log}`);
			return fetch(`http://127.0.0.1:${port}/healthz`).then(
				({ok}) => ok,
				() => false,
			);
		});
	};
	const kill = async (): Promise<void> => {
		child?.kill('SIGKILL');
		await ended;
	};
	t.teardown(kill);
	await start();
	return {
		url,
		get,
		kill,
		restart: start,
		pause: () => void child?.kill('SIGSTOP'),
		resume: () => void child?.kill('SIGCONT'),
		log: () => log,
		events: async () => {
			const {events} = (await get('/api/v1/events')) as {events: TimelineEvent[]};
			return events;
		},
	};
}

export type Ran = {readonly exit: number | null; readonly stdout: string; readonly stderr: string};

/** Runs the whole command (`flush`, `allow`, …) as a person would on the service's machine. */
export function signalbox(folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
	return new Promise(resolve => {
		const child = spawn(process.execPath, [command, ...args], {cwd: folder, env: {PATH: process.env['PATH'], HOME: folder, ...env}});
		const said = {stdout: '', stderr: ''};
		child.stdout.on('data', (text: Buffer) => (said.stdout += text.toString()));
		child.stderr.on('data', (text: Buffer) => (said.stderr += text.toString()));
		child.on('close', exit => resolve({exit, ...said}));
	});
}

/** Says one thing as scap does: one connection, no newline, no answer read. */
export const announce = (port: number, message: string): Promise<void> =>
	new Promise((resolve, reject) => {
		const socket = connect({host: '127.0.0.1', port});
		socket.on('error', reject);
		socket.on('close', () => resolve());
		socket.resume();
		socket.end(message);
	});
