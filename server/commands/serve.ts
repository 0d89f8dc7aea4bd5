import {AppError} from '../app-error.ts';
import {storyClock, systemClock} from '../clock.ts';
import {startService} from '../main.ts';
import {storyNames} from '../replay/story-names.ts';
import {type Command, configFor, type Io, parseCommand} from './command.ts';

const options = {port: {type: 'string'}, clock: {type: 'string'}, speed: {type: 'string'}} as const;

function clockOf(start: string | undefined, speed: string | undefined) {
	if (start === undefined) return systemClock;
	if (Number.isNaN(Date.parse(start)))
		throw new AppError('invalid', `--clock ${JSON.stringify(start)} is no time; write it like 2026-03-02T15:00:00Z.`);
	const factor = Number(speed ?? '1');
	if (!(factor > 0 && factor <= 1000)) throw new AppError('invalid', '--speed is a number above 0, at most 1000.');
	return storyClock(new Date(Date.parse(start)).toISOString(), factor);
}

const untilStopped = (): Promise<string> =>
	new Promise(resolve => {
		for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(signal));
	});

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values} = parseCommand(args, options);
	const config = configFor(values, io);
	const clock = clockOf(values.clock, values.speed);
	const port = values.port === undefined ? config.listen.port : Number(values.port);
	if (!Number.isInteger(port) || port < 0 || port > 65_535)
		throw new AppError('invalid', `--port ${JSON.stringify(values.port)} is no port: a whole number from 0 (any free one) to 65535.`);
	const service = await startService({config, clock, log: text => io.err(`${clock.now()} ${text}\n`), polls: true, port});
	const names = [...config.services.keys()];
	io.out(`Signalbox is at ${service.url}\n`);
	io.out(`Database: ${service.deps.database.name}\n`);
	io.out(
		names.length > 0
			? `Configuration: ${config.file}; services: ${names.join(', ')}\n`
			: `No service is configured yet: write signalbox.yaml (docs/configuration.md), or see a whole deploy with \`npx signalbox replay ${storyNames()[0] ?? 'STORY'}\`.\n`,
	);
	const signal = await untilStopped();
	io.out(`Stopping on ${signal}.\n`);
	await service.close();
	return 0;
}

export const command: Command = {
	summary: 'run the service: HTTP, pages, watcher',
	help: `Usage: signalbox serve [--config FILE] [--port N]

  --port N           instead of PORT or \`listen:\`; 0 takes any free one
  --clock TIME       live by a clock that starts at TIME, for replaying a story
  --speed FACTOR     how fast that clock runs

Example: PORT=8420 SIGNALBOX_DATA=./data signalbox serve`,
	run,
};
