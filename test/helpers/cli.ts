/** The command line inside this process: what it says and its exit code. */
import type {Io} from '../../server/commands/command.ts';
import {runCli} from '../../server/run-cli.ts';

export type Called = {readonly code: number; readonly stdout: string; readonly stderr: string};

/** Runs `signalbox …argv` as if in the folder, with these variables alone. */
export async function call(
	argv: readonly string[],
	folder: string,
	env: Readonly<Record<string, string>> = {},
	input = '',
): Promise<Called> {
	let stdout = '';
	let stderr = '';
	const io: Io = {
		...{env: {USER: 'robin', ...env}, cwd: folder, isTerminal: false},
		out(text) {
			stdout += text;
		},
		err(text) {
			stderr += text;
		},
		input: (async function* () {
			yield input;
		})(),
	};
	return {code: await runCli(argv, io), stdout, stderr};
}
