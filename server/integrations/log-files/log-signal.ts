/** A signal that is read from a log file of this machine: errors counted in one log, requests perhaps in another. */
import type {Instant, Missing, Signal} from '../../../gate/facts.ts';
import type {Clock} from '../../clock.ts';
import {exposureUnitOf} from '../../config/describe-signal.ts';
import type {LogFileConfig, LogFileSignalConfig} from '../../config.ts';
import {newBell} from '../bell.ts';
import {bucketMs, type ClosedBucket, createBuckets} from './buckets.ts';
import type {ArmHosts} from './host-names.ts';
import {lineParser} from './line-parser.ts';
import type {LogEvent} from './log-line.ts';
import {type LogDiagnosis, type LogStream, type LogStreamOptions, openLogStream} from './log-stream.ts';
import {type MatchedSlice, matchedCounter} from './matched-counter.ts';
import {lagOf, signalProof} from './signal-proof.ts';
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

/** Throws an AppError where the configuration names a zone that is none. What is wrong with the file is part of the proof. */
export function openLogSignal(config: LogFileSignalConfig, hosts: ArmHosts, options: LogSignalOptions): LogSignal {
	// A zone that is none is said before any file is open.
	for (const log of [config.log, config.exposure]) if (log) lineParser(log);
	const clock = steadyClock(options.clock);
	const buckets = createBuckets({
		hosts,
		lagMs: config.lagMs,
		exposureUnit: exposureUnitOf(config),
		distinctRequests: config.distinctRequests,
	});
	const matches = matcher(config.match);
	const onBaseline = matchedCounter();
	const bell = newBell();
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
		return openLogStream({...options, log, hosts, lagMs: config.lagMs, clock, onEvent, onLook});
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
		bell.ring();
	};
	const errors = open(config.log, (event, place) => {
		const counts = matches(event);
		if (counts) matched += 1;
		if (counts && place.arm === 'baseline') onBaseline.add(event.at);
		buckets.add(event, place, counts);
	});
	const requests = config.exposure === null ? null : open(config.exposure, (event, place) => buckets.addRequest(event.at, place));
	const streams = requests ? [errors, requests] : [errors];
	return {
		name: config.name,
		ready: Promise.all(streams.map(stream => stream.ready)).then(() => undefined),
		signal: from => ({
			name: config.name,
			counts: config.counts,
			exposureUnit: exposureUnitOf(config),
			source: `file:${config.log.path}`,
			required: config.required,
			bucketMs,
			buckets: buckets.since(Date.parse(from)),
			proof: signalProof({
				hosts,
				errors,
				requests,
				onBaseline,
				matchedBefore: options.matchedBefore ?? [],
				nowMs: Date.parse(clock.now()),
				isReading: looked < streams.length,
			}),
		}),
		waitForNext: bell.next,
		diagnose: () => ({
			source: `file:${config.log.path}`,
			log: errors.diagnose(),
			exposure: requests?.diagnose() ?? null,
			matched,
			lagMs: lagOf(errors, hosts, Date.parse(clock.now())),
			tooOld: buckets.tooOld(),
			note,
		}),
		async stop() {
			await Promise.all(streams.map(stream => stream.stop()));
			bell.ring();
		},
	};
}

/** Any of the levels and any of the channels, in capitals or not; an empty list is any. */
function matcher({levels, channels}: LogFileSignalConfig['match']): (event: LogEvent) => boolean {
	const wanted = [levels, channels].map(names => new Set(names.map(name => name.toLowerCase())));
	return ({level, channel}) =>
		[level, channel].every((name, index) => {
			const names = wanted[index];
			return names === undefined || names.size === 0 || (name !== null && names.has(name.toLowerCase()));
		});
}
