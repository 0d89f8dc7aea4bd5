import {randomUUID} from 'node:crypto';
import {type Command, type Io, need, parseCommand, personOf, printJson, withApi} from './command.ts';

const options = {service: {type: 'string'}, text: {type: 'string', default: 'said by hand'}} as const;

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values} = parseCommand(args, options);
	const service = need(values.service, '--service', '--service mediawiki');
	return withApi(values, io, async api => {
		const body = {actor: personOf(io.env), text: values.text, idempotencyKey: randomUUID()};
		const result = await api.post<{closed: {deploy: string; attempt: number; outcome: string}[]}>(
			`/services/${encodeURIComponent(service)}/closures`,
			body,
		);
		if (values.json) printJson(io, result);
		else io.out(result.closed.map(({deploy, attempt, outcome}) => `${deploy}/${attempt} is closed: ${outcome}\n`).join(''));
		return 0;
	});
}

export const command: Command = {
	summary: 'close the open deploy of a service',
	help: `Usage: signalbox finish --service S [--text TEXT]

Closes every open deploy of the service. Finished is not success: the outcome follows from what was seen.

Example: signalbox finish --service mediawiki --text 'window is over'`,
	run,
};
