import {randomUUID} from 'node:crypto';
import {nearest} from '../../gate/nearest.ts';
import {eventKinds} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import {type Command, type Io, need, parseCommand, personOf, withApi} from './command.ts';

const options = {
	service: {type: 'string'},
	incident: {type: 'string'},
	deploy: {type: 'string'},
	at: {type: 'string'},
	kind: {type: 'string', default: 'note'},
	key: {type: 'string'},
} as const;

/** `15:13`, `15:13:07`, or a whole time; the day of a bare time is today, UTC. */
export function readTime(text: string, now: Date): {at: string; precision: 'ms' | 's' | 'min'} {
	const bare = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
	const whole = bare ? `${now.toISOString().slice(0, 10)}T${(bare[1] ?? '').padStart(2, '0')}:${bare[2]}:${bare[3] ?? '00'}Z` : text;
	if (Number.isNaN(Date.parse(whole)))
		throw new AppError('invalid', `--at ${JSON.stringify(text)} is no time; write 15:13, 15:13:07 or 2015-10-26T15:13:07Z (UTC).`);
	return {at: new Date(Date.parse(whole)).toISOString(), precision: bare ? (bare[3] === undefined ? 'min' : 's') : 's'};
}

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseCommand(args, options);
	const text = need(positionals.join(' ').trim(), 'A text', "signalbox record 'saw blank pages on enwiki'");
	if (!eventKinds.some(kind => kind === values.kind)) {
		const near = nearest(values.kind, eventKinds);
		throw new AppError(
			'invalid',
			`There is no kind ${JSON.stringify(values.kind)}.${near === null ? '' : ` Did you mean ${near}?`} People mostly use note, detection, decision, diagnosis, mitigation.`,
		);
	}
	const time = values.at === undefined ? {at: new Date().toISOString(), precision: 'ms' as const} : readTime(values.at, new Date());
	return withApi(values, io, async api => {
		const event = {
			...{kind: values.kind, source: 'human', actor: personOf(io.env), happenedAt: time.at, precision: time.precision, text, data: {}},
			...{
				service: values.service ?? null,
				deploy: values.deploy ?? null,
				incident: values.incident ?? null,
				idempotencyKey: values.key ?? randomUUID(),
			},
		};
		const answer = await api.post<{stored: number; duplicates: number; head: {seq: number; hash: string}}>('/events', {events: [event]});
		io.out(
			values.json
				? `${JSON.stringify(answer)}\n`
				: answer.stored === 1
					? `Recorded as event ${answer.head.seq}.\n`
					: 'It was recorded already; nothing was added.\n',
		);
		return 0;
	});
}

export const command: Command = {
	summary: 'add what you saw or did to the timeline',
	help: `Usage: signalbox record TEXT [--service S] [--incident ID] [--deploy ID] [--at 15:13] [--kind note]

  --at TIME       when it happened, UTC; now unless said
  --kind KIND     note, detection, decision, diagnosis, mitigation, communication, ...
  --key KEY       the same key twice is stored once

Example: signalbox record --service mediawiki --at 15:14 --kind detection 'blank pages reported in the channel'`,
	run,
};
