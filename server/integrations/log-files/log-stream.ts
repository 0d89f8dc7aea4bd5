/** One log that is followed, with its lines parsed, its hosts known, and everything counted that a doctor may ask for. */
import type {Instant} from '../../../gate/facts.ts';
import type {LogFileConfig} from '../../config.ts';
import type {FollowCounts} from './file-source.ts';
import {type FileState, follow} from './follow.ts';
import {type Arm, type ArmHosts, hostNames, type Place} from './host-names.ts';
import {lineParser} from './line-parser.ts';
import {futureAllowanceMs} from './line-time.ts';
import type {CutLine, LogEvent} from './log-line.ts';
import type {SteadyClock} from './steady-clock.ts';

export const fromFuture = 'The time is more than two minutes ahead of the clock of this machine.';

/** One reason for which lines were refused; `example` is the first of them, shortened and in printable ASCII. */
export type Refused = {readonly reason: string; readonly count: number; readonly example: string};

export type LogDiagnosis = {
	readonly path: string;
	readonly file: FileState;
	/** From when on everything in the log is known; null while nothing was read. */
	readonly completeFrom: Instant | null;
	readonly counts: FollowCounts;
	/** Lines that are events; those of hosts in neither arm among them. */
	readonly events: number;
	readonly continued: number;
	readonly refused: readonly Refused[];
	/** Configured hosts, with the newest event of each at any level; null: none in what was read. */
	readonly hosts: readonly {readonly host: string; readonly arm: Arm; readonly newestAt: Instant | null}[];
	readonly otherHosts: {readonly events: number; readonly names: readonly string[]};
	readonly ambiguous: readonly string[];
	/** Of any host of either arm. */
	readonly newestAt: Instant | null;
};

export type LogStream = {
	readonly path: string;
	readonly ready: Promise<void>;
	/** Why the file cannot be read now; null where it can. */
	missing(): string | null;
	/** From when on everything in the log is known, milliseconds; null while nothing was read. */
	completeFromMs(): number | null;
	/** From here on buckets are whole: minus infinity where the file was read from its first byte, infinity while nothing was read. */
	knownFromMs(): number;
	newestMs(host: string): number | null;
	diagnose(): LogDiagnosis;
	stop(): Promise<void>;
};

export type LogStreamOptions = {
	readonly log: LogFileConfig;
	readonly hosts: ArmHosts;
	/** How late lines may come: what comes this soon after the place where reading began may lack its neighbours. */
	readonly lagMs: number;
	readonly clock: SteadyClock;
	readonly pollMs?: number | undefined;
	readonly maxBackBytes?: number | undefined;
	readonly onEvent: (event: LogEvent, place: Place) => void;
	readonly onLook: () => void;
};

const dayMs = 86_400_000;
const otherNamesMax = 200;
const exampleCharsMax = 160;

/** Throws an AppError where the log's zone is none. */
export function openLogStream(options: LogStreamOptions): LogStream {
	const {log, hosts, lagMs, clock} = options;
	const parse = lineParser(log);
	const names = hostNames(hosts);
	const heard = heardHosts(hosts);
	const refused = refusedLines();
	const otherNames = new Set<string>();
	let events = 0;
	let continued = 0;
	let otherEvents = 0;
	let firstMs: number | null = null;

	const onLine = (line: CutLine) => {
		if (line.text.trim() === '') return;
		const nowMs = clock.steadyMs();
		const event = parse(line, nowMs);
		if ('continued' in event) {
			continued += 1;
			return;
		}
		if ('refused' in event) return refused.add(event.refused, line.text);
		if (event.at > nowMs + futureAllowanceMs) return refused.add(fromFuture, line.text);
		events += 1;
		firstMs ??= event.at;
		const place = names.place(event.host);
		if (place) {
			heard.hear(place.host, event.at);
			options.onEvent(event, place);
		} else {
			otherEvents += 1;
			if (otherNames.size < otherNamesMax) otherNames.add(event.host);
		}
	};
	const timeOf = (line: CutLine) => {
		const event = parse(line, clock.steadyMs());
		return 'at' in event ? event.at : null;
	};
	const follower = follow({...options, path: log.path, backMs: dayMs, timeOf, onLine});
	const completeFromMs = () => (firstMs === null || follower.fromFirstByte() ? firstMs : firstMs + lagMs);
	const missing = () => {
		const state = follower.state();
		return 'missing' in state ? state.missing : null;
	};
	return {
		path: log.path,
		ready: follower.ready,
		missing,
		completeFromMs,
		knownFromMs: () => (follower.fromFirstByte() ? Number.NEGATIVE_INFINITY : (completeFromMs() ?? Number.POSITIVE_INFINITY)),
		newestMs: heard.newestMs,
		diagnose: () => ({
			path: log.path,
			file: follower.state(),
			completeFrom: instant(completeFromMs()),
			counts: {...follower.counts},
			events,
			continued,
			refused: refused.list(),
			hosts: heard.list(),
			otherHosts: {events: otherEvents, names: [...otherNames]},
			ambiguous: names.ambiguous(),
			newestAt: instant(heard.newestOfAll()),
		}),
		stop: () => follower.stop(),
	};
}

/** Reasons are few: parsers never quote the line in them. */
function refusedLines() {
	const byReason = new Map<string, {count: number; readonly example: string}>();
	return {
		add(reason: string, text: string): void {
			const known = byReason.get(reason);
			if (known) known.count += 1;
			else byReason.set(reason, {count: 1, example: printable(text)});
		},
		list: (): Refused[] => [...byReason].map(([reason, {count, example}]) => ({reason, count, example})).sort((a, b) => b.count - a.count),
	};
}

function heardHosts(hosts: ArmHosts) {
	const newest = new Map<string, number>();
	const newestMs = (host: string): number | null => newest.get(host) ?? null;
	const arms = [
		{arm: 'canary' as const, hosts: hosts.canaries},
		{arm: 'baseline' as const, hosts: hosts.baseline},
	];
	return {
		hear(host: string, atMs: number): void {
			if (atMs > (newest.get(host) ?? Number.NEGATIVE_INFINITY)) newest.set(host, atMs);
		},
		newestMs,
		newestOfAll: (): number | null => latest([...newest.values()]),
		list: () => arms.flatMap(({arm, hosts}) => hosts.map(host => ({host, arm, newestAt: instant(newestMs(host))}))),
	};
}

/** The latest of some times; null where there is none. */
export const latest = (times: readonly (number | null)[]): number | null =>
	times.reduce((newest, time) => (time !== null && (newest === null || time > newest) ? time : newest), null);

/** Milliseconds as it is written down. */
export function instant(atMs: number): Instant;
export function instant(atMs: number | null): Instant | null;
export function instant(atMs: number | null): Instant | null {
	return atMs === null ? null : new Date(atMs).toISOString();
}

/** A piece of a log on a terminal or in a pipe: ASCII, one line, short. */
export function printable(text: string): string {
	const shown = text.slice(0, exampleCharsMax).replace(/[^\x20-\x7e]/g, '?');
	return text.length > exampleCharsMax ? `${shown}...` : shown;
}
