/**
 * Runs a hook the way scap does (4.283.0, seen by running it): without a shell on a target, under `sh -c` on the deploy host; stdout and
 * stderr one real pipe, read 4 KiB at a time and each piece decoded by itself; killed at the limit, with its output lost; over only when
 * nobody holds the pipe any more. What would crash scap is reported as a crash.
 */
import {execFile, spawn} from 'node:child_process';
import {closeSync, constants, mkdtempSync, openSync, readSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import {systemClock} from '../../server/clock.ts';

export type ScapResult = {
	/** scap knows pass and fail only; why is for the test. `crashed`: scap itself dies, and the deploy with it. */
	readonly status: 'passed' | 'failed' | 'timed-out' | 'crashed';
	/** scap never shows it. Null after a signal, a timeout or a crash. */
	readonly exitCode: number | null;
	/** What the check printed, both streams as one; empty after a timeout, when scap throws it away. */
	readonly output: string;
	/** What of it the deployer sees: nothing of a check that passed. */
	readonly shown: string;
	readonly durationMs: number;
	/** Why scap would have crashed; null when it would not. */
	readonly crashed: string | null;
	/** Whether all that was read was ASCII. Whether a split character is read split depends on the moment; with ASCII it cannot happen. */
	readonly ascii: boolean;
};

type Call = {
	readonly env: Readonly<Record<string, string>>;
	readonly cwd: string;
	/** 30 s for a scap3 check unless `timeout:` says otherwise, 120 s for the other two, fixed. */
	readonly timeoutMs?: number;
};

const readBytes = 4096;
const pollMs = 2;

/** Splits like Python's `shlex.split`: quotes and backslashes, and nothing else that a shell would do. Throws on an open quote. */
export function splitCommandLine(commandLine: string): string[] {
	const words: string[] = [];
	let word: string | null = null;
	let quote = '';
	for (let index = 0; index < commandLine.length; index += 1) {
		const character = commandLine.charAt(index);
		const next = commandLine.charAt(index + 1);
		if (quote !== '') {
			// Within double quotes a backslash escapes a double quote and itself; within single quotes it is a letter.
			if (character === quote) quote = '';
			else if (quote === '"' && character === '\\' && (next === '"' || next === '\\')) {
				word += next;
				index += 1;
			} else word += character;
		} else if (character === '"' || character === "'") {
			quote = character;
			word ??= '';
		} else if (character === '\\') {
			if (next === '') throw new Error('No escaped character');
			word = (word ?? '') + next;
			index += 1;
		} else if (/[ \t\r\n]/.test(character)) {
			if (word !== null) words.push(word);
			word = null;
		} else word = (word ?? '') + character;
	}
	if (quote !== '') throw new Error('No closing quotation');
	if (word !== null) words.push(word);
	return words;
}

/** What sshd gives a command on a target, and no variable more: no `SIGNALBOX_URL`, perhaps no language. `searchPath` must lead to node. */
export function sshdEnvironment({
	user,
	home,
	searchPath,
	lang,
}: {
	user: string;
	home: string;
	searchPath: string;
	lang?: string;
}): Record<string, string> {
	return {
		PATH: searchPath,
		HOME: home,
		USER: user,
		LOGNAME: user,
		SHELL: '/bin/sh',
		SSH_CLIENT: '192.0.2.10 51234 22',
		SSH_CONNECTION: '192.0.2.10 51234 192.0.2.20 22',
		...(lang === undefined ? {} : {LANG: lang}),
	};
}

/**
 * What scap adds for a check of the service under `root`, deploying `revision`. Before the first deploy nothing was current or done,
 * so those two are absent then. The check runs in `cacheDir`.
 */
export function scap3Environment({root, revision, current, done}: {root: string; revision: string; current?: string; done?: string}): {
	env: Record<string, string>;
	cacheDir: string;
} {
	const cacheDir = `${root}-cache`;
	const revisions = path.join(cacheDir, 'revs');
	return {
		cacheDir,
		env: {
			SCAP_REVS_DIR: revisions,
			SCAP_FINAL_PATH: root,
			SCAP_REV_PATH: path.join(revisions, revision),
			...(current === undefined ? {} : {SCAP_CURRENT_REV_DIR: path.join(revisions, current)}),
			...(done === undefined ? {} : {SCAP_DONE_REV_DIR: path.join(revisions, done)}),
		},
	};
}

type Pipe = {readonly reader: number; readonly writer: number; remove(): void};

/** A named pipe: what Node itself would give a child is a socket, and is read in larger pieces. */
async function openPipe(): Promise<Pipe> {
	const folder = mkdtempSync(path.join(tmpdir(), 'scap-caller-'));
	const name = path.join(folder, 'output');
	await promisify(execFile)('mkfifo', [name]);
	const reader = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
	const writer = openSync(name, constants.O_WRONLY);
	return {
		reader,
		writer,
		remove() {
			closeSync(reader);
			rmSync(folder, {recursive: true});
		},
	};
}

/** One read of at most 4 KiB: its bytes, `empty` when there is nothing yet, `closed` when nobody holds the other end. */
function readOnce(reader: number, buffer: Buffer): Buffer | 'empty' | 'closed' {
	try {
		const bytes = readSync(reader, buffer, 0, readBytes, null);
		return bytes === 0 ? 'closed' : buffer.subarray(0, bytes);
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 'empty';
		throw error;
	}
}

type Ending = {readonly code: number | null} | {readonly startError: string};

/** Reads until the pipe is closed by all who hold it, piece by piece as scap does. Says why it stopped. */
async function readToEnd(
	reader: number,
	outOfTime: () => boolean,
): Promise<{output: string; ascii: boolean; stopped: 'closed' | 'timed-out' | {crashed: string}}> {
	const strict = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});
	const buffer = Buffer.alloc(readBytes);
	let output = '';
	let ascii = true;
	while (!outOfTime()) {
		const piece = readOnce(reader, buffer);
		if (piece === 'closed') return {output, ascii, stopped: 'closed'};
		if (piece === 'empty') {
			await systemClock.sleep(pollMs);
			continue;
		}
		ascii &&= piece.every(byte => byte < 128);
		try {
			output += strict.decode(piece);
		} catch {
			const crashed = `UnicodeDecodeError in a read of ${piece.length} bytes that ends with ${piece.subarray(-8).toString('hex')}`;
			return {output: '', ascii, stopped: {crashed}};
		}
	}
	// What was printed is thrown away.
	return {output: '', ascii, stopped: 'timed-out'};
}

async function run(argv: readonly string[], {env, cwd}: Call, timeoutMs: number): Promise<ScapResult> {
	const pipe = await openPipe();
	const startedMs = systemClock.monotonicMs();
	const leftMs = () => Math.max(0, startedMs + timeoutMs - systemClock.monotonicMs());
	const [command = '', ...rest] = argv;
	// stdin is the ssh session's: open, and silent. A hook that reads it waits for ever.
	const child = spawn(command, rest, {env: {...env}, cwd, stdio: ['pipe', pipe.writer, pipe.writer]});
	closeSync(pipe.writer);
	const ended = new Promise<Ending>(resolve => {
		child.on('error', error => resolve({startError: error.message}));
		child.on('exit', code => resolve({code}));
	});
	const stopWaiting = new AbortController();
	try {
		const {output, ascii, stopped} = await readToEnd(pipe.reader, () => leftMs() === 0);
		// It may have closed its output and go on working; scap waits for it.
		const ending = stopped === 'closed' ? await Promise.race([ended, systemClock.sleep(leftMs(), stopWaiting.signal)]) : undefined;
		const nothing = {exitCode: null, output: '', shown: '', durationMs: systemClock.monotonicMs() - startedMs, ascii};
		if (typeof stopped === 'object') return {...nothing, status: 'crashed', crashed: stopped.crashed};
		if (ending === undefined) return {...nothing, status: 'timed-out', crashed: null};
		if ('startError' in ending) return {...nothing, status: 'crashed', crashed: ending.startError};
		const passed = ending.code === 0;
		return {...nothing, status: passed ? 'passed' : 'failed', exitCode: ending.code, output, shown: passed ? '' : output, crashed: null};
	} finally {
		stopWaiting.abort();
		// scap kills the process that it started, and only that one: a shell's child lives on.
		child.kill('SIGKILL');
		child.stdin?.destroy();
		pipe.remove();
	}
}

/** A check of `scap/checks.yaml`: on a target, no shell. Exit 0 passes; everything else is the same failure. */
export async function runAsScap3({commandLine, timeoutMs = 30_000, ...call}: Call & {readonly commandLine: string}): Promise<ScapResult> {
	let argv: string[];
	try {
		argv = splitCommandLine(commandLine);
	} catch (error) {
		return {status: 'crashed', exitCode: null, output: '', shown: '', durationMs: 0, crashed: `ValueError: ${String(error)}`, ascii: true};
	}
	return run(argv, call, timeoutMs);
}

/** The same check on all targets of a group, at once, each with its own environment. */
export const runOnTargets = (calls: ReadonlyArray<Call & {readonly commandLine: string}>): Promise<ScapResult[]> =>
	Promise.all(calls.map(call => runAsScap3(call)));

/** The commands of one stage of a supervision rule: on the deploy host, under a shell, all at once, 120 s each. */
export const runAsSupervisionRule = ({
	commands,
	timeoutMs = 120_000,
	...call
}: Call & {readonly commands: readonly string[]}): Promise<ScapResult[]> =>
	Promise.all(commands.map(command => run(['/bin/sh', '-c', command], call, timeoutMs)));

/**
 * `testservers_check_cmd_baremetal` or `testservers_check_cmd_k8s` of scap.cfg: one command a line, under a shell, all at once, 120 s each.
 * The first is told the test servers, and is not run where there are none.
 */
export async function runAsTestserversCheck({
	setting,
	baremetalTestservers,
	env,
	...call
}: Call & {readonly setting: string; readonly baremetalTestservers: readonly string[] | null}): Promise<ScapResult[]> {
	if (baremetalTestservers !== null && baremetalTestservers.length === 0) return [];
	const commands = setting
		.split('\n')
		.map(line => line.trim())
		.filter(line => line !== '');
	const told = baremetalTestservers === null ? {} : {BAREMETAL_TESTSERVERS: baremetalTestservers.join(',')};
	return runAsSupervisionRule({...call, commands, env: {...env, ...told}});
}
