import {type Command, type Io, need, parseCommand, personOf, printJson, withApi} from './command.ts';

const options = {reason: {type: 'string'}} as const;

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseCommand(args, options);
	const seq = need(positionals[0], 'An event number', "signalbox redact 17 --reason 'a password in a log line'");
	const reason = need(values.reason, '--reason', "--reason 'a password in a log line'");
	return withApi(values, io, async api => {
		const answer = await api.post<{redacted: number}>(`/events/${encodeURIComponent(seq)}/redaction`, {reason, actor: personOf(io.env)});
		if (values.json) printJson(io, answer);
		else io.out(`Event ${answer.redacted} is erased for good; its place in the chain stays, and the chain still verifies.\n`);
		return 0;
	});
}

export const command: Command = {
	summary: 'erase what one event says, for a leaked secret',
	help: `Usage: signalbox redact EVENT --reason TEXT

The text, actor and data of the event are gone for good. That it was there, when, and that it was redacted stay. Copies in backups are not reached.

Example: signalbox redact 17 --reason 'a password in a log line'`,
	run,
};
