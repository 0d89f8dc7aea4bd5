/** The processes of a story: each in a group of its own, so that none survives it, whatever ends it. */
import {type ChildProcess, spawn} from 'node:child_process';

const outputMax = 4 * 1024 * 1024;
const graceMs = 5000;

export type RunOptions = {
	readonly input?: string;
	readonly env?: Readonly<Record<string, string>>;
	readonly limitMs: number;
	/** Called with what it prints, as it comes. */
	readonly onText?: (text: string) => void;
};

/** How a command ended; `exit` is 128 and more where a signal ended it, as a shell counts. */
export type Ended = {readonly exit: number; readonly output: string};

export type Background = {
	/** Resolves with the first match in what it prints; rejects when it ends before. */
	says(pattern: RegExp): Promise<RegExpExecArray>;
	readonly ended: Promise<number>;
	output(): string;
};

export type Children = {
	run(command: string, args: readonly string[], options: RunOptions): Promise<Ended>;
	start(command: string, args: readonly string[]): Background;
	/** Ends all that still run, and waits for it. */
	end(): Promise<void>;
};

const signalNumbers: Readonly<Record<string, number>> = {SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15};

/** Everything that is started gets `env` and works in `cwd`. */
export function createChildren(cwd: string, env: Readonly<Record<string, string | undefined>>): Children {
	const running = new Set<ChildProcess>();
	const kill = (child: ChildProcess, signal: NodeJS.Signals): void => {
		if (child.pid === undefined) return;
		try {
			process.kill(-child.pid, signal);
		} catch (error) {
			// Gone already is what was wanted.
			if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
		}
	};
	const killAll = (): void => {
		for (const child of running) kill(child, 'SIGKILL');
	};
	process.on('exit', killAll);

	const launch = (command: string, args: readonly string[], more: Readonly<Record<string, string>>, onText: (text: string) => void) => {
		const child = spawn(command, args, {cwd, env: {...env, ...more}, detached: true, stdio: ['pipe', 'pipe', 'pipe']});
		running.add(child);
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding('utf8');
			stream.on('data', onText);
		}
		// A command that does not read what it is given has still run.
		child.stdin.on('error', () => child.stdin.destroy());
		const ended = new Promise<number>((resolve, reject) => {
			child.once('error', error => {
				running.delete(child);
				reject(error);
			});
			child.once('close', (code, signal) => {
				running.delete(child);
				resolve(code ?? 128 + (signalNumbers[signal ?? ''] ?? 0));
			});
		});
		return {child, ended};
	};

	return {
		async run(command, args, {input = '', env: more = {}, limitMs, onText}) {
			let output = '';
			const {child, ended} = launch(command, args, more, text => {
				if (output.length < outputMax) output += text;
				onText?.(text);
			});
			child.stdin.end(input);
			const timer = setTimeout(() => kill(child, 'SIGKILL'), limitMs);
			try {
				return {exit: await ended, output};
			} finally {
				clearTimeout(timer);
			}
		},
		start(command, args) {
			let output = '';
			const listeners = new Set<() => void>();
			const {child, ended} = launch(command, args, {}, text => {
				if (output.length < outputMax) output += text;
				for (const listener of listeners) listener();
			});
			child.stdin.end();
			// Who does not wait for its end must not be thrown at by it.
			ended.catch(() => undefined);
			const says = (pattern: RegExp): Promise<RegExpExecArray> =>
				new Promise((resolve, reject) => {
					const look = (): void => {
						const match = pattern.exec(output);
						if (!match) return;
						listeners.delete(look);
						resolve(match);
					};
					listeners.add(look);
					look();
					ended.then(exit => reject(new Error(`${command} ended with exit ${exit}: ${output.slice(-2000)}`)), reject);
				});
			return {says, ended, output: () => output};
		},
		async end() {
			const left = [...running];
			for (const child of left) kill(child, 'SIGTERM');
			const timer = setTimeout(killAll, graceMs);
			await Promise.all(
				left.map(child =>
					child.exitCode !== null || child.signalCode !== null ? null : new Promise(resolve => child.once('close', resolve)),
				),
			);
			clearTimeout(timer);
			process.off('exit', killAll);
		},
	};
}
