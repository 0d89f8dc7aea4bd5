/** The `signalbox` command: this process around runCli. */
import {asciiOf} from './client/output.ts';
import type {Io} from './commands/command.ts';
import {runCli} from './run-cli.ts';

/** What goes into a pipe is ASCII, except documents, which are written as they are. */
const processIo: Io = {
	env: process.env,
	cwd: process.cwd(),
	isTerminal: process.stdout.isTTY === true,
	out: (text, kind) => void process.stdout.write(process.stdout.isTTY === true || kind === 'document' ? text : asciiOf(text)),
	err: text => void process.stderr.write(process.stderr.isTTY === true ? text : asciiOf(text)),
	input: process.stdin,
};

// A reader that went away (`| head`) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
	if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await runCli(process.argv.slice(2), processIo);
