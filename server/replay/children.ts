/** The processes of a story: each in a group of its own, so that none survives it, whatever ends it. */
import {type ChildProcess, spawn} from 'node:child_process';
import {AppError} from '../app-error.ts';

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
};

export type Children = {
	run(command: string, args: readonly string[], options: RunOptions): Promise<Ended>;
	/** Goes on beside the story; `onText` is handed what it prints. */
	start(command: string, args: readonly string[], onText: (text: string) => void): Background;
	/** Ends all that still run, and waits for it; nothing is started afterwards. */
	end(): Promise<void>;
};

const signalNumbers: Readonly<Record<string, number>> = {SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15};

/** Processes that are running, each the leader of its own group. */
class Groups {
	readonly #running = new Set<ChildProcess>();
	#isOver = false;
	readonly #killAll = (): void => this.signal('SIGKILL');

	constructor() {
		process.on('exit', this.#killAll);
	}

	launch(
		command: string,
		args: readonly string[],
		options: {readonly cwd: string; readonly env: NodeJS.ProcessEnv},
		onText: (text: string) => void,
	) {
		if (this.#isOver) throw new AppError('unavailable', 'The story is over; nothing is started any more.');
		const child = spawn(command, args, {...options, detached: true, stdio: ['pipe', 'pipe', 'pipe']});
		this.#running.add(child);
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding('utf8');
			stream.on('data', onText);
		}
		// A command that does not read what it is given has still run.
		child.stdin.on('error', () => child.stdin.destroy());
		const ended = new Promise<number>((resolve, reject) => {
			child.once('error', error => {
				this.#running.delete(child);
				reject(new AppError('unavailable', `${command} could not be started: ${error.message}`));
			});
			child.once('close', (code, signal) => {
				this.#running.delete(child);
				resolve(code ?? 128 + (signalNumbers[signal ?? ''] ?? 0));
			});
		});
		return {child, ended};
	}

	kill(child: ChildProcess, signal: NodeJS.Signals): void {
		if (child.pid === undefined) return;
		try {
			process.kill(-child.pid, signal);
		} catch (error) {
			// Gone already is what was wanted.
			if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
		}
	}

	signal(signal: NodeJS.Signals): void {
		for (const child of this.#running) this.kill(child, signal);
	}

	async end(): Promise<void> {
		this.#isOver = true;
		const left = [...this.#running];
		this.signal('SIGTERM');
		const timer = setTimeout(this.#killAll, graceMs);
		await Promise.all(left.map(child => new Promise(resolve => child.once('close', resolve))));
		clearTimeout(timer);
		process.off('exit', this.#killAll);
	}
}

/** Everything that is started gets `env` and works in `cwd`. */
export function createChildren(cwd: string, env: Readonly<Record<string, string | undefined>>): Children {
	const groups = new Groups();
	return {
		async run(command, args, {input = '', env: more = {}, limitMs, onText}) {
			let output = '';
			const {child, ended} = groups.launch(command, args, {cwd, env: {...env, ...more}}, text => {
				if (output.length < outputMax) output += text;
				onText?.(text);
			});
			child.stdin.end(input);
			const timer = setTimeout(() => groups.kill(child, 'SIGKILL'), limitMs);
			try {
				return {exit: await ended, output};
			} finally {
				clearTimeout(timer);
			}
		},
		start(command, args, onText) {
			let output = '';
			const listeners = new Set<() => void>();
			const {child, ended} = groups.launch(command, args, {cwd, env}, text => {
				if (output.length < outputMax) output += text;
				onText(text);
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
					const isOver = (exit: number) =>
						reject(new AppError('unavailable', `${args.join(' ').slice(0, 200)} ended with exit ${exit}: ${output.trim().slice(-2000)}`));
					ended.then(isOver, reject);
				});
			return {says, ended};
		},
		end: () => groups.end(),
	};
}
