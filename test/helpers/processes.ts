/** The shipped command as processes: `node server/signalbox.mjs …`, as people and hooks run it. */
import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process';
import path from 'node:path';
import type {ExecutionContext} from 'ava';

const entry = path.join(process.cwd(), 'server/signalbox.mjs');
const patienceMs = 40_000;

export type Run = {readonly code: number | null; readonly stdout: string; readonly stderr: string};
export type Running = {
	readonly child: ChildProcessWithoutNullStreams;
	readonly said: () => string;
	readonly done: Promise<Run>;
	/** Resolves when it has said this; rejects when it ends without. */
	until(pattern: RegExp): Promise<RegExpExecArray>;
};

export type RunOptions = {
	readonly folder: string;
	readonly env?: Readonly<Record<string, string>>;
	/** Given to standard input, which is then closed. */
	readonly input?: string;
};

/** Starts `signalbox …args` in the folder; it is killed when the test ends. */
export function start(t: ExecutionContext, args: readonly string[], {folder, env = {}, input}: RunOptions): Running {
	const bare = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(SIGNALBOX_|PORT$|NODE_)/.test(name)));
	const child = spawn(process.execPath, [entry, ...args], {cwd: folder, env: {...bare, USER: 'robin', ...env}});
	let stdout = '';
	let stderr = '';
	const listeners = new Set<() => void>();
	const tell = () => {
		for (const listener of [...listeners]) listener();
	};
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		stdout += text;
		tell();
	});
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		stderr += text;
		tell();
	});
	child.stdin.on('error', () => undefined);
	if (input !== undefined) child.stdin.end(input);
	let isDone = false;
	const done = new Promise<Run>(resolve => {
		child.once('close', code => {
			isDone = true;
			resolve({code, stdout, stderr});
			tell();
		});
	});
	t.teardown(async () => {
		if (!isDone) child.kill('SIGKILL');
		await done;
	});
	const until = (pattern: RegExp): Promise<RegExpExecArray> =>
		new Promise((resolve, reject) => {
			const fail = (why: string) => settle(() => reject(new Error(`${why} ${pattern}: ${stdout}\n${stderr}`)));
			const timer = setTimeout(() => fail('in time it did not say'), patienceMs);
			const settle = (how: () => void) => {
				clearTimeout(timer);
				listeners.delete(look);
				how();
			};
			const look = () => {
				const found = pattern.exec(stdout + stderr);
				if (found) settle(() => resolve(found));
				else if (isDone) fail('it ended without saying');
			};
			listeners.add(look);
			look();
		});
	return {child, said: () => stdout + stderr, done, until};
}

/** Runs it to its end. */
export const run = (t: ExecutionContext, args: readonly string[], options: RunOptions): Promise<Run> =>
	start(t, args, {input: '', ...options}).done;

/** A service on a free port. */
export async function serve(t: ExecutionContext, options: RunOptions): Promise<Running & {readonly url: string}> {
	const running = start(t, ['serve', '--port', '0'], options);
	const [, url = ''] = await running.until(/Signalbox is at (http:\S+)/);
	return {...running, url};
}
