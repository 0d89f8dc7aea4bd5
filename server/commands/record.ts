import {randomUUID} from 'node:crypto';
import {createInterface} from 'node:readline';
import {Readable} from 'node:stream';
import {nearest} from '../../gate/nearest.ts';
import {eventKinds} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import {systemClock} from '../clock.ts';
import {type ReadTime, readTime} from '../read-time.ts';
import {type Api, type Command, type Io, need, parseCommand, personOf, printJson, withApi} from './command.ts';

const options = {
	service: {type: 'string'},
	incident: {type: 'string'},
	deploy: {type: 'string'},
	at: {type: 'string'},
	kind: {type: 'string', default: 'note'},
	key: {type: 'string'},
} as const;

/** When it happened: now unless said. */
function timeOf(text: string | undefined, now: string): ReadTime {
	if (text === undefined) return {at: now, precision: 'ms'};
	const read = readTime(text, now.slice(0, 10));
	if (read === null)
		throw new AppError('invalid', `--at ${JSON.stringify(text)} is no time; write 15:13, 15:13:07 or 2026-03-02T15:13:07Z (UTC).`);
	return read;
}

type Values = ReturnType<typeof parseCommand<typeof options>>['values'];
type Answer = {stored: number; duplicates: number; conflicts?: string[]; head: {seq: number; hash: string}};

async function recordOne(api: Api, values: Values, io: Io, text: string, key: string): Promise<void> {
	const time = timeOf(values.at, systemClock.now());
	const event = {
		...{kind: values.kind, source: 'human', actor: personOf(io.env), happenedAt: time.at, precision: time.precision, text, data: {}},
		...{service: values.service ?? null, deploy: values.deploy ?? null, incident: values.incident ?? null, idempotencyKey: key},
	};
	const answer = await api.post<Answer>('/events', {events: [event]});
	if ((answer.conflicts ?? []).length > 0)
		throw new AppError(
			'conflict',
			`Something else is recorded under the key ${JSON.stringify(key)}. Nothing was stored; give it a key of its own.`,
		);
	if (values.json) printJson(io, answer);
	else io.out(answer.stored === 1 ? `Recorded as event ${answer.head.seq}.\n` : 'It was recorded already; nothing was added.\n');
}

/** Each line is an event of its own, stored before the next one is read; with a key, the same lines again are the same events. */
async function recordLines(api: Api, values: Values, io: Io): Promise<void> {
	const input = io.input;
	if (input === undefined) throw new AppError('invalid', 'There is no standard input to read.');
	let number = 0;
	for await (const line of createInterface({input: Readable.from(input), crlfDelay: Number.POSITIVE_INFINITY})) {
		number += 1;
		if (line.trim() !== '') await recordOne(api, values, io, line, values.key === undefined ? randomUUID() : `${values.key} ${number}`);
	}
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
	return withApi(values, io, async api => {
		if (text === '-') await recordLines(api, values, io);
		else await recordOne(api, values, io, text, values.key ?? randomUUID());
		return 0;
	});
}

export const command: Command = {
	summary: 'add what you saw or did to the timeline',
	help: `Usage: signalbox record TEXT [--service S] [--incident ID] [--deploy ID] [--at 15:13] [--kind note]

  TEXT            what happened; - reads standard input, each line an event of its own
  --at TIME       when it happened, UTC; now unless said
  --kind KIND     note, detection, decision, diagnosis, mitigation, communication, ...
  --key KEY       the same key twice is stored once

Example: signalbox record --service mediawiki --at 15:14 --kind detection 'blank pages reported in the channel'`,
	run,
};
