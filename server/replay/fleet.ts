/**
 * The fleet of a story: it serves requests and writes logs at the story's own pace, and fails by rule. What a host throws follows from
 * the files on it, not from the time of day, and the same story gives the same lines in every run.
 */
import {appendFileSync, mkdirSync} from 'node:fs';
import {dirname} from 'node:path';
import {logFileSignals} from '../config/describe-signal.ts';
import type {LogFileConfig, LogFileSignalConfig} from '../config.ts';
import {codeStamp, faultsOn} from './host-code.ts';
import {type Line, logLine} from './log-text.ts';
import {randomFor} from './random.ts';
import type {Fault, Story} from './story.ts';

const tickMs = 25;
/** A second is written once it is over, and a little later than that, as real logs come. */
const behindMs = 200;

export type Fleet = {
	/** Goes on writing until it is stopped; `nowMs` is the story's time. */
	start(nowMs: () => number): void;
	/** Writes every second up to this time that is not written yet. */
	writeUntil(untilMs: number): void;
	/** Hosts on which a fault shows now, with its name. */
	failing(): readonly {readonly host: string; readonly fault: string}[];
	/** Throws what stopped it, where something did. */
	stop(): void;
};

type Quota = {readonly per10Seconds: number; readonly second: number; readonly host: number};

/** So many of a rate per 10 s fall into this second, staggered over the hosts. */
const dueIn = ({per10Seconds, second, host}: Quota): number => {
	const until = (seconds: number): number => Math.floor(((seconds + host * 0.37) * per10Seconds) / 10);
	return until(second + 1) - until(second);
};

/** Writes for all hosts of the service into the logs of its signals. */
export function createFleet(story: Story, folder: string): Fleet {
	const {traffic, service, faults} = story;
	const hosts = [...service.hosts.canaries, ...service.hosts.baseline];
	const startMs = Date.parse(story.start);
	let writtenSecond = Math.floor(startMs / 1000) - traffic.historySeconds;
	let stamp: string | null = null;
	let failing = new Map<string, readonly Fault[]>();
	let timer: NodeJS.Timeout | null = null;
	let failure: unknown = null;
	for (const {log, exposure} of logFileSignals(service.signals))
		for (const one of [log, exposure]) if (one) mkdirSync(dirname(one.path), {recursive: true});

	const lookAtCode = (): void => {
		const now = codeStamp(folder);
		if (now === stamp) return;
		stamp = now;
		failing = new Map(hosts.map(host => [host, faultsOn(folder, host, faults)]));
	};
	const writeUntil = (untilMs: number): void => {
		lookAtCode();
		const texts = new Map<string, string[]>();
		const write = (log: LogFileConfig, line: Line): void => {
			const lines = texts.get(log.path) ?? [];
			lines.push(logLine(line, log, traffic));
			texts.set(log.path, lines);
		};
		const last = Math.floor(untilMs / 1000) - 1;
		for (; writtenSecond <= last; writtenSecond += 1)
			for (const [index, host] of hosts.entries())
				writeSecond({story, host, index, second: writtenSecond, faults: failing.get(host) ?? []}, write);
		for (const [path, lines] of texts) appendFileSync(path, lines.join(''));
	};
	return {
		writeUntil,
		start(nowMs) {
			timer = setInterval(() => {
				try {
					writeUntil(nowMs() - behindMs);
				} catch (error) {
					failure ??= error;
				}
			}, tickMs);
		},
		failing: () => [...failing].flatMap(([host, found]) => found.map(({name}) => ({host, fault: name}))),
		stop() {
			if (timer) clearInterval(timer);
			if (failure !== null) throw failure;
		},
	};
}

type HostSecond = {
	readonly story: Story;
	readonly host: string;
	readonly index: number;
	readonly second: number;
	readonly faults: readonly Fault[];
};

function writeSecond({story, host, index, second, faults}: HostSecond, write: (log: LogFileConfig, line: Line) => void): void {
	const {traffic, service} = story;
	const random = randomFor(traffic.seed, second, index);
	const requests = dueIn({per10Seconds: traffic.requestsPer10Seconds, second, host: index});
	for (let number = 0; number < requests; number += 1) {
		const request = Math.floor(random() * 2 ** 40)
			.toString(16)
			.padStart(10, '0');
		const atMs = second * 1000 + Math.floor(((number + random()) * 999) / requests);
		const fault = faults.find(({share}) => random() < share);
		const chance = random();
		const message = fault?.message ?? (chance < traffic.errorShare ? messageFor(traffic.errorMessages, random()) : null);
		for (const signal of logFileSignals(service.signals)) {
			if (signal.exposure)
				write(signal.exposure, {atMs, host, level: 'INFO', channel: 'request', message: message === null ? '200' : '500', request});
			const isHere = fault === undefined || fault.signal === null || fault.signal === signal.name;
			if (message !== null && isHere) write(signal.log, {atMs, host, message, request, ...errorWords(signal)});
		}
	}
	const notices = dueIn({per10Seconds: traffic.noticesPer10Seconds, second, host: index});
	for (let number = 0; number < notices; number += 1) {
		const line = {
			atMs: second * 1000 + Math.floor(random() * 1000),
			host,
			level: 'INFO',
			channel: 'notice',
			message: traffic.noticeMessage,
			request: Math.floor(random() * 2 ** 40)
				.toString(16)
				.padStart(10, '0'),
		};
		for (const signal of logFileSignals(service.signals)) write(signal.log, line);
	}
}

const messageFor = (messages: readonly string[], random: number): string => messages[Math.floor(random * messages.length)] ?? '';

/** A level and channel that the signal counts. */
const errorWords = ({match}: LogFileSignalConfig): Pick<Line, 'level' | 'channel'> => ({
	level: (match.levels[0] ?? 'ERROR').toUpperCase(),
	channel: match.channels[0] ?? 'exception',
});
