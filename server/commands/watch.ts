import {setTimeout as sleep} from 'node:timers/promises';
import type {TimelineEvent} from '../../reports/events.ts';
import {calmText} from '../client/output.ts';
import {type Command, type Io, need, parseCommand, printJson, wholeList, withApi} from './command.ts';

const options = {once: {type: 'boolean'}} as const;
const pollMs = 1000;

type DeployAnswer = {attempts: {attempt: number; state: string; outcome: string | null; incident: string | null; watch: string | null}[]};

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseCommand(args, options);
	const deploy = need(positionals[0], 'A deploy', 'signalbox watch D-2026-0001');
	return withApi(values, io, async api => {
		const seen = new Set<number>();
		for (;;) {
			const {attempts} = await api.get<DeployAnswer>(`/deploys/${encodeURIComponent(deploy)}`);
			const events = await wholeList<TimelineEvent>(api, `/events?deploy=${encodeURIComponent(deploy)}`, 'events');
			for (const event of events.filter(({seq}) => !seen.has(seq))) {
				seen.add(event.seq);
				if (values.json) printJson(io, event);
				else io.out(`${event.happenedAt.slice(11, 19)}  ${event.kind.padEnd(17)} ${calmText(event.text)}\n`);
			}
			const newest = attempts.at(-1);
			if (values.once || (newest?.state === 'closed' && newest.watch !== 'watching')) {
				if (!values.json)
					io.out(`${deploy}/${newest?.attempt ?? 1} is ${newest?.state ?? 'unknown'}${newest?.outcome ? `: ${newest.outcome}` : ''}\n`);
				return 0;
			}
			await sleep(pollMs);
		}
	});
}

export const command: Command = {
	summary: 'look on at a deploy: its events as they come',
	help: `Usage: signalbox watch DEPLOY [--once]

Ends when the deploy is closed and its evidence is decided.

Example: signalbox watch D-2026-0001`,
	run,
};
