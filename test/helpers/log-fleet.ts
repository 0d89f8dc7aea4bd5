/** A small fleet that logs: settings, lines and a clock whose hands a test may move. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import type {ExecutionContext} from 'ava';
import type {Instant} from '../../gate/facts.ts';
import type {Clock} from '../../server/clock.ts';
import type {LogFileConfig, LogFileSignalConfig} from '../../server/config.ts';

export const fleet = {canaries: ['mw1017', 'mw1018'], baseline: ['mw1100', 'mw1101', 'mw1102']};

export const logConfig = (file: string, more: Partial<LogFileConfig> = {}): LogFileConfig => ({
	path: file,
	format: 'mediawiki',
	zone: 'UTC',
	fields: {time: 'time', host: 'host', level: 'level', channel: 'channel', message: 'message', request: 'request'},
	...more,
});

export const signalConfig = (file: string, more: Partial<LogFileSignalConfig> = {}): LogFileSignalConfig => ({
	name: 'errors',
	counts: 'errors',
	required: true,
	source: 'log-file',
	log: logConfig(file),
	match: {levels: ['ERROR', 'CRITICAL'], channels: ['exception', 'error']},
	distinctRequests: false,
	exposure: null,
	lagMs: 5000,
	...more,
});

/** A line as MediaWiki writes it; `at` is milliseconds of the epoch. */
export const mediawikiLine = (at: number, host: string, {level = 'ERROR', request = 'Vss', text = 'Something broke'} = {}): string =>
	`${new Date(at).toISOString().slice(0, 23).replace('T', ' ')} [${request}] ${host} enwiki 1.27.0-wmf.3 exception ${level}: ${text}`;

export type HandClock = Clock & {set(at: Instant | number): void; advance(byMs: number): void};

/** Stands still until it is moved; sleeps take a moment of real time, however long they are said to be. */
export function handClock(start: Instant | number): HandClock {
	let nowMs = new Date(start).getTime();
	let monotonicMs = 0;
	return {
		now: () => new Date(nowMs).toISOString(),
		monotonicMs: () => monotonicMs,
		sleep: (_forMs, signal) =>
			new Promise(resolve => {
				if (signal?.aborted) return resolve();
				const done = () => {
					clearTimeout(timer);
					signal?.removeEventListener('abort', done);
					resolve();
				};
				const timer = setTimeout(done, 1);
				signal?.addEventListener('abort', done, {once: true});
			}),
		/** The wall clock is set, as an administrator would: the monotonic one does not notice. */
		set(at) {
			nowMs = new Date(at).getTime();
		},
		advance(byMs) {
			nowMs += byMs;
			monotonicMs += byMs;
		},
	};
}

export async function temporaryFolder(t: ExecutionContext): Promise<string> {
	const folder = await mkdtemp(path.join(tmpdir(), 'signalbox-logs-'));
	t.teardown(() => rm(folder, {recursive: true, force: true}));
	return folder;
}

/** Waits until it holds, at most ten seconds. */
export async function until(holds: () => boolean, what: string): Promise<void> {
	const deadline = Date.now() + 10_000;
	while (!holds()) {
		if (Date.now() > deadline) throw new Error(`Waited ten seconds in vain until ${what}`);
		await new Promise(resolve => setTimeout(resolve, 2));
	}
}
