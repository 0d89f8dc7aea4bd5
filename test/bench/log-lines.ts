/** A log file followed from its first byte, parsed and counted into buckets, against Node's readline that only splits it. */
import {closeSync, createReadStream, openSync, statSync, writeSync} from 'node:fs';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {systemClock} from '../../server/clock.ts';
import {openLogSignal} from '../../server/integrations/log-files/log-signal.ts';
import {fleet, mediawikiLine, signalConfig} from '../helpers/log-fleet.ts';
import {compare, timed} from './measure.ts';
import {digits, type Line} from './table.ts';

const hosts = [...fleet.canaries, ...fleet.baseline];
const spanMs = 3_600_000;
const blockLines = 5000;

/** Lines of the last hour, evenly spread, up to this size. Returns how many there are. */
function writeLog(file: string, bytesMin: number): number {
	const endMs = Date.now() - 60_000;
	const text = 'Wikimedia\\Rdbms\\DBQueryError: A database query error has occurred. Function: User::load Query: SELECT user_id FROM user';
	const lineOf = (at: number, index: number) =>
		mediawikiLine(at, hosts[index % hosts.length] ?? '', {request: `V${index % 1_000_000}`, text});
	const lines = Math.ceil(bytesMin / (lineOf(endMs, 123_456).length + 1));
	const output = openSync(file, 'w');
	for (let from = 0; from < lines; from += blockLines) {
		const block = Array.from({length: Math.min(blockLines, lines - from)}, (_, step) =>
			lineOf(endMs - spanMs + Math.floor(((from + step) / lines) * spanMs), from + step),
		);
		writeSync(output, `${block.join('\n')}\n`);
	}
	closeSync(output);
	return lines;
}

async function followed(file: string, bytes: number, lines: number): Promise<void> {
	const signal = openLogSignal(signalConfig(file), fleet, {clock: systemClock, maxBackBytes: bytes});
	await signal.ready;
	const {matched} = signal.diagnose();
	await signal.stop();
	if (matched !== lines) throw new Error(`${matched} of ${lines} lines were counted`);
}

async function split(file: string, lines: number): Promise<void> {
	let count = 0;
	for await (const _line of createInterface({input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY})) count++;
	if (count !== lines) throw new Error(`readline gives ${count} of ${lines} lines`);
}

export async function benchLogLines(folder: string, quick: boolean): Promise<Line[]> {
	const file = path.join(folder, 'error.log');
	const lines = writeLog(file, quick ? 10_000_000 : 100_000_000);
	const {size} = statSync(file);
	const found = await compare({
		ours: () => timed(() => followed(file, size, lines)),
		baseline: () => timed(() => split(file, lines)),
		pairs: 3,
		warmUps: 1,
	});
	const speed = (ms: number) => `${digits(size / 1000 / ms)} MB/s`;
	const [low, high] = found.spread;
	return [
		{
			name: `log lines followed and counted, ${Math.round(size / 1e6)} MB`,
			value: speed(found.ours),
			baseline: `readline alone: ${speed(found.baseline)}`,
			ratio: 1 / found.ratio,
			spread: [1 / high, 1 / low],
			aim: null,
		},
	];
}
