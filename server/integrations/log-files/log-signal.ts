/** A signal that is read from a log file of this machine: errors counted in one log, requests perhaps in another. */
import type {Instant, Missing, Signal, SignalProof} from '../../../gate/facts.ts';
import type {Clock} from '../../clock.ts';
import type {LogFileConfig, SignalConfig} from '../../config.ts';
import {bucketMs, type ClosedBucket, createBuckets} from './buckets.ts';
import type {ArmHosts} from './host-names.ts';
import type {LogEvent} from './log-line.ts';
import {instant, type LogDiagnosis, type LogStream, type LogStreamOptions, latest, openLogStream} from './log-stream.ts';
import {type MatchedSlice, matchedCounter} from './matched-counter.ts';
import {steadyClock} from './steady-clock.ts';

export type LogSignalOptions = {
	readonly clock: Clock;
	/** Handed each bucket as it is closed, and again when late lines change it. After a restart recent ones come once more. */
	readonly onBuckets?: (buckets: readonly ClosedBucket[]) => void;
	/** Milliseconds of the clock between two looks at the file. */
	readonly pollMs?: number;
	readonly maxBackBytes?: number;
	/** Baseline matches known from stored readings, for the part of the day that is no longer in the file. */
	readonly matchedBefore?: readonly MatchedSlice[];
};

export type LogSignalDiagnosis = {
	readonly source: string;
	readonly log: LogDiagnosis;
	readonly exposure: LogDiagnosis | null;
	/** Events that count, of hosts of either arm. */
	readonly matched: number;
	readonly lagMs: number | Missing;
	/** Lines older than the history of buckets. */
	readonly tooOld: number;
	/** The latest note that a bucket carries: more requests than are told apart. */
	readonly note: string | null;
};

export type LogSignal = {
	readonly name: string;
	/** What the file held at the start has been read. */
	readonly ready: Promise<void>;
	/** Closed buckets that begin at `from` or later, as far back as memory goes (three hours), and the proof of life as of now. */
	signal(from: Instant): Signal;
	/** Resolves when a bucket was closed or made anew, or on abort; it never rejects. */
	waitForNext(abort: AbortSignal): Promise<void>;
	diagnose(): LogSignalDiagnosis;
	stop(): Promise<void>;
};

const dayMs = 86_400_000;

/** Throws an AppError where the configuration names a zone that is none. What is wrong with the file is part of the proof. */
export function openLogSignal(config: SignalConfig, hosts: ArmHosts, options: LogSignalOptions): LogSignal {
	const clock = steadyClock(options.clock);
	const buckets = createBuckets({
		hosts,
		lagMs: config.lagMs,
		exposureUnit: exposureUnitOf(config),
		distinctRequests: config.distinctRequests,
	});
	const matches = matcher(config.match);
	const onBaseline = matchedCounter();
	const waiting = new Set<() => void>();
	let matched = 0;
	let note: string | null = null;
	let looked = 0;

	const open = (log: LogFileConfig, onEvent: LogStreamOptions['onEvent']): LogStream => {
		let first = true;
		const onLook = () => {
			if (first) looked += 1;
			first = false;
			settle();
		};
		const {pollMs, maxBackBytes} = options;
		return openLogStream({log, hosts, lagMs: config.lagMs, clock, pollMs, maxBackBytes, onEvent, onLook});
	};
	const settle = () => {
		// A log that was not read to its end yet is not silent.
		if (looked < streams.length) return;
		buckets.knownFrom(Math.max(...streams.map(stream => stream.knownFromMs())));
		const troubles = {log: errors.missing(), exposure: requests?.missing() ?? null};
		const closed = buckets.close(Date.parse(clock.now()), troubles);
		if (closed.length === 0) return;
		note = closed.findLast(bucket => bucket.note !== undefined)?.note ?? note;
		options.onBuckets?.(closed);
		for (const wake of [...waiting]) wake();
	};
	const errors = open(config.log, (event, place) => {
		const counts = matches(event);
		if (counts) matched += 1;
		if (counts && place.arm === 'baseline') onBaseline.add(event.at);
		buckets.add(event, place, counts);
	});
	const requests = config.exposure && open(config.exposure, (event, place) => buckets.addRequest(event.at, place));
	const streams = requests ? [errors, requests] : [errors];
	const newestOf = (names: readonly string[]) => latest(names.map(host => errors.newestMs(host)));
	const source = `file:${config.log.path}`;

	const proof = (): SignalProof => {
		const nowMs = Date.parse(clock.now());
		const missing = looked < streams.length ? `${config.log.path} is still being read` : errors.missing();
		const failure = missing ?? failureOf(errors) ?? (requests && (requests.missing() ?? failureOf(requests)));
		const count = onBaseline.within(dayMs, nowMs, {ownFromMs: errors.completeFromMs(), before: options.matchedBefore ?? []});
		return {
			matchedOnBaseline: missing === null ? {count, withinMs: dayMs} : {missing},
			newestAt: {canary: instant(newestOf(hosts.canaries)), baseline: instant(newestOf(hosts.baseline))},
			canaries: hosts.canaries.map(host => ({host, newestAt: instant(errors.newestMs(host))})),
			lagMs: lag(),
			...(failure ? {failure} : {}),
		};
	};
	const lag = (): number | Missing => {
		const newestMs = newestOf([...hosts.canaries, ...hosts.baseline]);
		if (newestMs === null) return {missing: errors.missing() ?? `no line of a configured host was read in ${config.log.path}`};
		return Math.max(0, Date.parse(clock.now()) - newestMs);
	};
	return {
		name: config.name,
		ready: Promise.all(streams.map(stream => stream.ready)).then(() => undefined),
		signal: from => ({
			name: config.name,
			counts: config.counts,
			exposureUnit: exposureUnitOf(config),
			source,
			required: config.required,
			bucketMs,
			buckets: buckets.since(Date.parse(from)),
			proof: proof(),
		}),
		waitForNext: abort => waitFor(waiting, abort),
		diagnose: () => ({
			source,
			log: errors.diagnose(),
			exposure: requests?.diagnose() ?? null,
			matched,
			lagMs: lag(),
			tooOld: buckets.tooOld(),
			note,
		}),
		async stop() {
			await Promise.all(streams.map(stream => stream.stop()));
			for (const wake of [...waiting]) wake();
		},
	};
}

const exposureUnitOf = (config: SignalConfig): Signal['exposureUnit'] => (config.exposure === null ? 'host-seconds' : 'requests');

/** Any of the levels and any of the channels, in capitals or not; an empty list is any. */
function matcher({levels, channels}: SignalConfig['match']): (event: LogEvent) => boolean {
	const wanted = [levels, channels].map(names => new Set(names.map(name => name.toLowerCase())));
	return ({level, channel}) =>
		[level, channel].every((name, index) => {
			const names = wanted[index];
			return names === undefined || names.size === 0 || (name !== null && names.has(name.toLowerCase()));
		});
}

/** What makes a log that can be read an answer in part only; null where nothing does. */
function failureOf(stream: LogStream): string | null {
	const {path, refused, events, ambiguous} = stream.diagnose();
	const refusedLines = refused.reduce((sum, {count}) => sum + count, 0);
	const most = refused[0];
	if (most && refusedLines > events) {
		return `${refusedLines} of ${refusedLines + events} lines of ${path} cannot be counted. ${most.reason}`;
	}
	return ambiguous[0] === undefined ? null : `Hosts in ${path} cannot be told apart: ${ambiguous[0]}`;
}

function waitFor(waiting: Set<() => void>, abort: AbortSignal): Promise<void> {
	if (abort.aborted) return Promise.resolve();
	return new Promise(resolve => {
		const wake = () => {
			waiting.delete(wake);
			abort.removeEventListener('abort', wake);
			resolve();
		};
		waiting.add(wake);
		abort.addEventListener('abort', wake, {once: true});
	});
}
