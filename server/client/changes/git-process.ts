/**
 * Runs git for reading, on checkouts that belong to anybody. What a checkout's own configuration could start is switched off
 * (hooks, fsmonitor, signature programs, text converters, fetches), nothing is written, and each call ends by time and size.
 */
import type {ChildProcess, ChildProcessByStdio} from 'node:child_process';
import {realpathSync} from 'node:fs';
import {dirname} from 'node:path';
import type {Readable, Writable} from 'node:stream';
import {AppError} from '../../app-error.ts';

/** How long reading may take; `remainingMs` counts down by the monotonic clock. */
export type Limits = {remainingMs(): number};

export type GitAnswer = {
	/** Exit code; null where git was stopped at a limit. */
	readonly exit: number | null;
	readonly stdout: Buffer;
	readonly stderr: string;
	/** Which limit ended it. */
	readonly cut: 'time' | 'size' | null;
};

const callMsMax = 15_000;
const stderrBytesMax = 4096;
const bytesMax = 64 * 1024 * 1024;

/** Where git writes nothing and asks nobody. Variables that lead to another repository are taken out. */
function environment(path: string): NodeJS.ProcessEnv {
	const env = {...process.env};
	for (const name of Object.keys(env)) if (name.startsWith('GIT_')) delete env[name];
	return {
		...env,
		LC_ALL: 'C',
		GIT_OPTIONAL_LOCKS: '0',
		GIT_TERMINAL_PROMPT: '0',
		GIT_NO_LAZY_FETCH: '1',
		// A folder that is no checkout must not be taken for the one that it happens to lie in.
		GIT_CEILING_DIRECTORIES: dirname(path),
	};
}

/** Options before the command: they make what git prints and does independent of the configuration it finds. */
const fixed = [
	...['core.fsmonitor=false', 'core.hooksPath=/dev/null', 'protocol.allow=never', 'log.showSignature=false', 'log.showRoot=true'],
	...['i18n.logOutputEncoding=UTF-8', 'diff.algorithm=myers', 'diff.noprefix=false', 'diff.mnemonicPrefix=false', 'diff.context=3'],
].flatMap(setting => ['-c', setting]);

export const realPath = (path: string): string | null => {
	try {
		return realpathSync(path);
	} catch {
		return null;
	}
};

/** How paths behind `--` are read: as they stand, or as globs (`*` within a part of a path, `**` across them). */
export type Pathspecs = 'literal' | 'glob';

/** A path of the policy as git's glob, in which only the stars mean anything. */
export const globOf = (path: string): string => path.replace(/[\\?[\]]/g, '\\$&');

const argumentsFor = (path: string, pathspecs: Pathspecs = 'literal'): string[] => [
	...fixed,
	'-c',
	`safe.directory=${path}`,
	'--no-pager',
	`--${pathspecs}-pathspecs`,
	'-C',
	path,
];

type Child = ChildProcessByStdio<Writable | null, Readable, Readable>;

/** Collects what a git prints until it ends or meets a limit. Rejects with AppError only where git is not installed. */
function collect(child: Child, limits: Limits, kill: () => void): Promise<GitAnswer> {
	return new Promise((resolve, reject) => {
		const chunks: Buffer[] = [];
		let bytes = 0;
		let stderr = '';
		let cut: GitAnswer['cut'] = null;
		const stop = (why: 'time' | 'size') => {
			cut ??= why;
			kill();
		};
		const timer = setTimeout(() => stop('time'), Math.max(1, Math.min(callMsMax, limits.remainingMs())));
		child.stdout.on('data', (chunk: Buffer) => {
			bytes += chunk.length;
			if (bytes > bytesMax) stop('size');
			else chunks.push(chunk);
		});
		child.stderr.on('data', (chunk: Buffer) => {
			if (stderr.length < stderrBytesMax) stderr += chunk.toString('latin1');
		});
		child.on('error', error => {
			clearTimeout(timer);
			reject(
				new AppError('invalid', `git cannot be started (${error.message}): it must be installed where changes are read from checkouts`),
			);
		});
		child.on('close', exit => {
			clearTimeout(timer);
			resolve({exit: cut ? null : exit, stdout: Buffer.concat(chunks), stderr: stderr.slice(0, stderrBytesMax).trim(), cut});
		});
	});
}

/** Hands git its input. One that ended early closes it, and what is still written is of no use to anybody. */
function give(child: ChildProcess, input: string): void {
	child.stdin?.on('error', () => child.stdin?.destroy());
	child.stdin?.end(input);
}

/** Runs one git in a checkout. `path` must be a real path; every other argument must have been validated by the caller. */
export async function git(
	path: string,
	args: readonly string[],
	limits: Limits,
	input?: string,
	pathspecs: Pathspecs = 'literal',
): Promise<GitAnswer> {
	const {spawn} = process.getBuiltinModule('node:child_process');
	const all = [...argumentsFor(path, pathspecs), ...args];
	const options = {env: environment(path), windowsHide: true};
	// A pipe that nothing is written to would cost as much as the rest of the start.
	const child: Child =
		input === undefined
			? spawn('git', all, {...options, stdio: ['ignore', 'pipe', 'pipe']})
			: spawn('git', all, {...options, stdio: ['pipe', 'pipe', 'pipe']});
	give(child, input ?? '');
	return collect(child, limits, () => child.kill('SIGKILL'));
}

/** One shell for both: starting a process out of Node costs more than all that these do. The arguments are handed on, never parsed. */
const patchIdScript = 'git "$@" | git patch-id --stable';

/** Runs `git log -p` with these arguments into `git patch-id --stable`; only time limits it, since nothing is kept. */
export async function gitPatchIds(path: string, args: readonly string[], limits: Limits): Promise<GitAnswer> {
	const {spawn} = process.getBuiltinModule('node:child_process');
	const all = ['-c', patchIdScript, 'sh', ...argumentsFor(path), ...args];
	// A group of its own, so that all of it can be ended at once.
	const child = spawn('sh', all, {env: environment(path), stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true, detached: true});
	return collect(child, limits, () => {
		if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
	});
}

/** What may be asked over a network: no address that runs a command, no question to a person, and no password that stands in a file of git's. */
const remote = [
	...['protocol.allow=never', 'protocol.https.allow=always', 'protocol.http.allow=always', 'protocol.ssh.allow=always'],
	...['protocol.file.allow=always', 'core.askPass=true', 'core.fsmonitor=false', 'core.hooksPath=/dev/null'],
	...['core.sshCommand=ssh -o BatchMode=yes -o ConnectTimeout=10', 'http.lowSpeedLimit=1', 'http.lowSpeedTime=15', 'safe.directory=*'],
].flatMap(setting => ['-c', setting]);

/** Asks another repository; `args` must have been validated. It stands in no checkout, so that none of them can say how that is done. */
export async function gitRemote(args: readonly string[], limits: Limits): Promise<GitAnswer> {
	const {spawn} = process.getBuiltinModule('node:child_process');
	// Its helpers (ssh, the one for https) hold the pipes too: all of them end together.
	const child = spawn('git', [...remote, '--no-pager', ...args], {
		...{cwd: '/', env: environment('/nowhere'), stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true, detached: true},
	});
	return collect(child, limits, () => {
		if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
	});
}
