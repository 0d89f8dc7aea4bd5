/** The real process around a check. */
import {fstatSync} from 'node:fs';
import {systemClock} from '../clock.ts';
import type {CheckIo, Interruption} from './check.ts';
import type {Sink} from './output.ts';

/** Streams are opened when they are first asked for, which is after git and the service were set to work. */
function sinkOf(open: () => NodeJS.WriteStream): Sink {
	let opened: NodeJS.WriteStream | null = null;
	const stream = (): NodeJS.WriteStream => {
		// Whoever reads us may be gone; the exit code still tells.
		opened ??= open().on('error', () => undefined);
		return opened;
	};
	return {
		get isTerminal() {
			return stream().isTTY === true;
		},
		write: text => new Promise(resolve => stream().write(text, () => resolve())),
	};
}

/** Both streams end in the same pipe or file, as scap has it: what one says stands between what the other says. */
function areMerged(): boolean {
	try {
		const [stdout, stderr] = [fstatSync(1), fstatSync(2)];
		return stdout.ino === stderr.ino && stdout.dev === stderr.dev && !stdout.isCharacterDevice();
	} catch {
		// A stream that is closed holds nothing that could stand in between.
		return false;
	}
}

/** Streams, environment and signals of this process; its clock counts from the start of the process. */
export function processIo(): CheckIo {
	const interrupted = new Promise<Interruption>(resolve => {
		for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
	});
	return {
		stdout: sinkOf(() => process.stdout),
		stderr: sinkOf(() => process.stderr),
		merged: areMerged(),
		env: process.env,
		cwd: process.cwd(),
		clock: systemClock,
		startedMs: 0,
		interrupted,
	};
}
