import {readSettings} from '../client/config.ts';
import {flushSpool} from '../client/spool.ts';
import {type Command, type Io, parseCommand, printJson, withApi} from './command.ts';

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values} = parseCommand(args, {});
	// Where this user's checks put their events, which is not always where the service has its data.
	const {spoolDir} = await readSettings({config: values.config ?? null, url: values.url ?? null, service: ''}, io);
	return withApi(values, io, async api => {
		const result = await flushSpool(spoolDir, async events => void (await api.post('/events', {events})));
		if (values.json) printJson(io, result);
		else {
			io.out(
				result.sent + result.left === 0
					? `Nothing waits in ${spoolDir}.\n`
					: `${result.sent} ${result.sent === 1 ? 'event' : 'events'} sent, ${result.left} still ${result.left === 1 ? 'waits' : 'wait'} in ${spoolDir}.\n`,
			);
			for (const problem of result.problems) io.err(`${problem}\n`);
		}
		return result.left > 0 ? 4 : 0;
	});
}

export const command: Command = {
	summary: 'send the events that waited for the service',
	help: `Usage: signalbox flush [--config FILE]

Each event is stored once, however often it is sent.

Example: signalbox flush`,
	run,
};
