import {randomUUID} from 'node:crypto';
import {nearest} from '../../gate/nearest.ts';
import {AppError} from '../app-error.ts';
import {type Command, type Io, need, parseCommand, personOf, withApi} from './command.ts';

const options = {as: {type: 'string', default: 'resolved'}, reason: {type: 'string'}} as const;
const statuses = ['suspected', 'open', 'mitigated', 'resolved', 'closed', 'not_an_incident'];

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseCommand(args, options);
	const id = need(positionals[0], 'An incident', "signalbox resolve INC-2026-0001 --reason 'all wikis are back'");
	const reason = need(values.reason, '--reason', "--reason 'all wikis are back'");
	const status = values.as.replaceAll('-', '_');
	if (!statuses.includes(status)) {
		const near = nearest(status, statuses);
		throw new AppError(
			'invalid',
			`There is no status ${JSON.stringify(values.as)}.${near === null ? '' : ` Did you mean ${near}?`} They are: ${statuses.join(', ')}.`,
		);
	}
	return withApi(values, io, async api => {
		const body = {status, reason, actor: personOf(io.env), idempotencyKey: randomUUID()};
		const answer = await api.post<{id: string; status: string}>(`/incidents/${encodeURIComponent(id)}/statuses`, body);
		io.out(values.json ? `${JSON.stringify(answer)}\n` : `${answer.id} is ${answer.status.replaceAll('_', ' ')}.\n`);
		return 0;
	});
}

export const command: Command = {
	summary: 'say what an incident is now: resolved, mitigated, not an incident',
	help: `Usage: signalbox resolve INCIDENT --reason TEXT [--as resolved]

  --as STATUS    suspected, open, mitigated, resolved (the default), closed, not_an_incident

Only an open incident holds deploys. Always recorded.

Example: signalbox resolve INC-2026-0001 --reason 'all wikis are back, caches are purged'`,
	run,
};
