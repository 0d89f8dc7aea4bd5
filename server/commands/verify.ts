import type {ChainReport} from '../stores/timeline.ts';
import {type Command, type Io, parseCommand, printJson, withApi} from './command.ts';

const options = {head: {type: 'string'}} as const;

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values} = parseCommand(args, options);
	return withApi(values, io, async api => {
		const report = await api.get<ChainReport>(`/chain${values.head === undefined ? '' : `?head=${encodeURIComponent(values.head)}`}`);
		if (values.json) printJson(io, report);
		else if (report.intact) io.out(`The chain is whole: ${report.events} events, ${report.redacted} redacted, head ${report.head}\n`);
		else io.out(`The chain is broken at event ${report.seq}: ${report.problem}\n`);
		return report.intact ? 0 : 1;
	});
}

export const command: Command = {
	summary: 'check that no event was changed or taken away',
	help: `Usage: signalbox verify [--head HASH]

With --head, a hash printed earlier (reports carry one) must occur in the chain. Exit 1 when the chain is broken.

Example: signalbox verify --head 5f0c...`,
	run,
};
