/** `signalbox check` of the full command: the hook's client, which here also has the embedded store. */
import {usage} from '../client/arguments.ts';
import {runCheck} from '../client/check.ts';
import type {Settings} from '../client/config.ts';
import {httpTransport} from '../client/http.ts';
import {processIo} from '../client/process-io.ts';
import {systemClock} from '../clock.ts';
import {newSecret} from '../secret.ts';
import {type Command, configFor} from './command.ts';

/** Closing is good manners only: what was acknowledged is on disk. The caller waits for the exit code, and may kill us for waiting. */
const closeMsMax = 300;

export type Embedded = {readonly url: string; readonly token: string; close(): Promise<void>};

/** A service of this command's own on the database of the configuration; it neither watches nor listens beyond loopback. */
export async function openEmbedded({file}: Pick<Settings, 'file'>): Promise<Embedded> {
	const {startService} = await import('../main.ts');
	const log = (text: string): void => void process.stderr.write(`signalbox: ${text}\n`);
	const io = {env: process.env, cwd: process.cwd(), isTerminal: false, out: log, err: log};
	const config = configFor(file === null ? {} : {config: file}, io);
	const insider = newSecret();
	const service = await startService({config, clock: systemClock, log, polls: false, port: 0, insider});
	return {
		url: service.url,
		token: insider,
		close: () => Promise.race([service.close(), systemClock.sleep(closeMsMax)]),
	};
}

/** Runs a check with whichever store the configuration names. */
export async function runFullCheck(args: readonly string[]): Promise<number> {
	const opened: Embedded[] = [];
	try {
		return await runCheck(args, processIo(), {
			transport: async settings => {
				if (settings.url !== null) return httpTransport(settings.url, settings.token);
				const embedded = await openEmbedded(settings);
				opened.push(embedded);
				return httpTransport(embedded.url, {value: embedded.token});
			},
		});
	} finally {
		for (const {close} of opened) await close();
	}
}

export const command: Command = {
	summary: 'ask the gate: what hooks run',
	help: usage.trimEnd(),
	run: args => runFullCheck(args),
};
