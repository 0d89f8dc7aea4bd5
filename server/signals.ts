/** Opens the signals of every service, and stores each closed bucket as a reading. */
import type {Proof, SignalReader} from './actions/deps.ts';
import type {Clock} from './clock.ts';
import type {Config, LogFileSignalConfig, ServiceConfig, SignalConfig} from './config.ts';
import {elasticsearchSource} from './integrations/elasticsearch/elasticsearch-source.ts';
import {bucketMs, type ClosedBucket} from './integrations/log-files/buckets.ts';
import {proveSignal} from './integrations/log-files/doctor.ts';
import {openLogSignal} from './integrations/log-files/log-signal.ts';
import type {MatchedSlice} from './integrations/log-files/matched-counter.ts';
import {openPolledSignal} from './integrations/polled/polled-signal.ts';
import {prometheusSource} from './integrations/prometheus/prometheus-source.ts';
import type {Database} from './stores/database.ts';
import {type NewReading, readingStore} from './stores/readings.ts';

export type SignalsOptions = {
	readonly config: Config;
	readonly clock: Clock;
	readonly database: Database;
	readonly log: (text: string) => void;
	/** False for a command that only borrows the store: the service writes the readings. */
	readonly stores: boolean;
};

export type Signals = {
	of(service: string): readonly SignalReader[];
	close(): Promise<void>;
};

const flushMs = 1000;
const dayMs = 86_400_000;

/** Collects closed buckets and writes them together, each at most a second after it was closed. */
function readingWriter({clock, database, log}: SignalsOptions) {
	const waiting = new Map<string, NewReading>();
	const abort = new AbortController();
	const flush = async (): Promise<void> => {
		if (waiting.size === 0) return;
		const batch = [...waiting.values()];
		waiting.clear();
		try {
			await database.transact(({sql}) => readingStore(sql).put(batch, clock.now()));
		} catch (error) {
			// Kept, unless a newer state of the bucket came meanwhile, and written with the next ones.
			for (const reading of batch) {
				const key = `${reading.service} ${reading.signal} ${reading.bucket.at}`;
				if (!waiting.has(key)) waiting.set(key, reading);
			}
			log(`readings could not be stored: ${error instanceof Error ? error.message : String(error)}`);
		}
	};
	const loop = async (): Promise<void> => {
		while (!abort.signal.aborted) {
			await clock.sleep(flushMs, abort.signal);
			await flush();
		}
	};
	const running = loop();
	return {
		add: (reading: NewReading) => void waiting.set(`${reading.service} ${reading.signal} ${reading.bucket.at}`, reading),
		async close() {
			abort.abort();
			await running;
			await flush();
		},
	};
}

type Opened = SignalReader & {readonly ready: Promise<void>};
type OpenedWith = {
	readonly clock: Clock;
	readonly onBuckets?: (buckets: readonly ClosedBucket[]) => void;
	readonly onTrouble: (reason: string | null) => void;
	readonly matchedBefore?: readonly MatchedSlice[];
};

function openLog(config: LogFileSignalConfig, {hosts}: ServiceConfig, options: OpenedWith): Opened {
	const signal = openLogSignal(config, hosts, options);
	const {clock} = options;
	return {
		name: signal.name,
		ready: signal.ready,
		signal: from => signal.signal(from),
		waitForNext: abort => signal.waitForNext(abort),
		prove: async (): Promise<readonly Proof[]> => proveSignal(signal, {config, hosts}, Date.parse(clock.now())).checks,
		stop: () => signal.stop(),
	};
}

function openOne(config: SignalConfig, service: ServiceConfig, options: OpenedWith): Opened {
	if (config.source === 'log-file') return openLog(config, service, options);
	const nowMs = () => Date.parse(options.clock.now());
	const source =
		config.source === 'elasticsearch' ? elasticsearchSource(config, service.hosts, nowMs) : prometheusSource(config, service.hosts, nowMs);
	return openPolledSignal(config, service.hosts, source, options);
}

export async function openSignals(options: SignalsOptions): Promise<Signals> {
	const {config, clock, database, log} = options;
	const writer = options.stores ? readingWriter(options) : null;
	const readers = new Map<string, SignalReader[]>();
	const ready: Promise<void>[] = [];
	for (const service of config.services.values()) {
		const mine: SignalReader[] = [];
		readers.set(service.name, mine);
		for (const signal of service.signals) {
			const now = clock.now();
			const dayAgo = new Date(Date.parse(now) - dayMs).toISOString();
			const stored = await readingStore(database.read).baselineCount(service.name, signal.name, dayAgo);
			const opened = openOne(signal, service, {
				clock,
				onTrouble: reason => log(`signal ${signal.name} of ${service.name}: ${reason ?? 'it is answered again'}`),
				...(stored.since === null ? {} : {matchedBefore: [{count: stored.count, since: stored.since, until: now}]}),
				...(writer === null
					? {}
					: {
							onBuckets: buckets => {
								for (const {bucket} of buckets) writer.add({service: service.name, signal: signal.name, bucketMs, bucket});
							},
						}),
			});
			mine.push(opened);
			ready.push(opened.ready);
		}
	}
	await Promise.all(ready);
	return {
		of: service => readers.get(service) ?? [],
		async close() {
			await Promise.all([...readers.values()].flat().map(reader => reader.stop()));
			await writer?.close();
		},
	};
}
