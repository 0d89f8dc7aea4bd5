import {type ChainReport, verifyChain} from '../stores/timeline.ts';
import {type Command, type Io, parseCommand, printJson, withApi} from './command.ts';
import {onDatabase} from './on-database.ts';

const options = {head: {type: 'string'}, database: {type: 'boolean'}} as const;

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values} = parseCommand(args, options);
	const question = values.head === undefined ? '/chain' : `/chain?head=${encodeURIComponent(values.head)}`;
	const report = values.database
		? await onDatabase(values, io, ({database}) => verifyChain(database.read, values.head))
		: await withApi(values, io, api => api.get<ChainReport>(question));
	if (values.json) printJson(io, report);
	else if (report.intact) io.out(`The chain is whole: ${report.events} events, ${report.redacted} redacted, head ${report.head}\n`);
	else io.out(`The chain is broken at event ${report.seq}: ${report.problem}\n`);
	return report.intact ? 0 : 1;
}

export const command: Command = {
	summary: 'check that no event was changed or taken away',
	help: `Usage: signalbox verify [--head HASH] [--database]

Asks the service; with --database it looks at the database itself, where the configuration says it is, whether the service runs or not.
With --head, a hash printed earlier (reports carry one) must occur in the chain. Exit 1 when the chain is broken.

Example: signalbox verify --head 5f0c...`,
	run,
};
