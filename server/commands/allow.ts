import {randomUUID} from 'node:crypto';
import {parseDuration} from '../../gate/duration.ts';
import {AppError} from '../app-error.ts';
import {type Command, type Io, need, parseCommand, personOf, printJson, withApi} from './command.ts';

const options = {
	service: {type: 'string'},
	rule: {type: 'string'},
	for: {type: 'string', default: '30m'},
	reason: {type: 'string'},
} as const;

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values} = parseCommand(args, options);
	const service = need(values.service, '--service', '--service mediawiki');
	const reason = need(values.reason, '--reason', "--reason 'the fix of the open incident'");
	const forMs = parseDuration(values.for);
	if (forMs === null) throw new AppError('invalid', `--for ${JSON.stringify(values.for)} is no duration; write 30m or 2h.`);
	return withApi(values, io, async api => {
		const body = {service, rule: values.rule ?? null, forMs, reason, actor: personOf(io.env), idempotencyKey: randomUUID()};
		const allowed = await api.post<{rule: string | null; until: string}>('/overrides', body);
		if (values.json) printJson(io, allowed);
		else
			io.out(
				`Allowed until ${allowed.until.slice(0, 19)}Z: ${allowed.rule ?? 'every rule'} of ${service} warns and stops nothing. Recorded with its reason.\n`,
			);
		return 0;
	});
}

export const command: Command = {
	summary: 'let a rule (or all) only warn for a while, ahead of the hook',
	help: `Usage: signalbox allow --service S [--rule R] [--for 30m] --reason TEXT

Always recorded. Lasts from one minute to 24 hours.

Example: signalbox allow --service mediawiki --rule open-incident --for 30m --reason 'fix for INC-2026-0001'`,
	run,
};
