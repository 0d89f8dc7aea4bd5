/** `signalbox check` of the full command: the hook's client, which here also has the embedded store. */
import {runCheck} from '../client/check.ts';
import type {Settings} from '../client/config.ts';
import type {Transport} from '../client/contract.ts';
import {httpTransport} from '../client/http.ts';
import {processIo} from '../client/process-io.ts';
import {systemClock} from '../clock.ts';
import {type Command, configFor} from './command.ts';

type Embedded = {readonly transport: Transport; close(): Promise<void>};

/** A service of this command's own on the database of the configuration; it neither watches nor listens beyond loopback. */
async function embeddedTransport(file: string | undefined): Promise<Embedded> {
	const {startService} = await import('../main.ts');
	const log = (text: string): void => void process.stderr.write(`signalbox: ${text}\n`);
	const io = {env: process.env, cwd: process.cwd(), isTerminal: false, out: log, err: log};
	const service = await startService({config: configFor({config: file}, io), clock: systemClock, log, polls: false, port: 0});
	return {transport: httpTransport(service.url), close: () => service.close()};
}

/** Runs a check with whichever store the configuration names. */
export async function runFullCheck(args: readonly string[]): Promise<number> {
	let embedded: Embedded | null = null;
	const at = args.indexOf('--config');
	const named = at >= 0 ? args[at + 1] : args.find(word => word.startsWith('--config='))?.slice('--config='.length);
	try {
		return await runCheck(args, processIo(), {
			transport: async (settings: Settings) => {
				if (settings.url !== null) return httpTransport(settings.url);
				embedded = await embeddedTransport(named);
				return embedded.transport;
			},
		});
	} finally {
		await (embedded as Embedded | null)?.close();
	}
}

export const command: Command = {
	summary: 'ask the gate: what hooks run',
	help: 'signalbox check --help',
	run: args => runFullCheck(args),
};
