/** The `signalbox` command: this process around runCli. */
import {asciiOf, terminalText} from './client/output.ts';
import type {Io} from './commands/command.ts';
import {runCli} from './run-cli.ts';

/** Lines quote log lines, commit messages and what git said: nothing in them steers a terminal, and into a pipe goes ASCII alone. */
const linesFor = (stream: NodeJS.WriteStream, text: string): string => (stream.isTTY === true ? terminalText(text) : asciiOf(text));

/** Documents are written as they are. */
const processIo: Io = {
	env: process.env,
	cwd: process.cwd(),
	isTerminal: process.stdout.isTTY === true,
	out: (text, kind) => void process.stdout.write(kind === 'document' ? text : linesFor(process.stdout, text)),
	err: text => void process.stderr.write(linesFor(process.stderr, text)),
	input: process.stdin,
};

// A reader that went away (`| head`) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
	if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await runCli(process.argv.slice(2), processIo);
