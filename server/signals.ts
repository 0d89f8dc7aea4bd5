/** Opens the signals of every service, and stores each closed bucket as a reading. */
import type {Proof, SignalReader} from './actions/deps.ts';
import type {Clock} from './clock.ts';
import type {Config, ServiceConfig, SignalConfig} from './config.ts';
import {bucketMs} from './integrations/log-files/buckets.ts';
import {proveSignal} from './integrations/log-files/doctor.ts';
import {type LogSignal, openLogSignal} from './integrations/log-files/log-signal.ts';
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

const readerOf = (signal: LogSignal, config: SignalConfig, service: ServiceConfig, clock: Clock): SignalReader => ({
	name: signal.name,
	signal: from => signal.signal(from),
	waitForNext: abort => signal.waitForNext(abort),
	prove: async (): Promise<readonly Proof[]> => proveSignal(signal, {config, hosts: service.hosts}, Date.parse(clock.now())).checks,
	stop: () => signal.stop(),
});

export async function openSignals(options: SignalsOptions): Promise<Signals> {
	const {config, clock, database} = options;
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
			const opened = openLogSignal(signal, service.hosts, {
				clock,
				...(stored.since === null ? {} : {matchedBefore: [{count: stored.count, since: stored.since, until: now}]}),
				...(writer === null
					? {}
					: {
							onBuckets: buckets => {
								for (const {bucket} of buckets) writer.add({service: service.name, signal: signal.name, bucketMs, bucket});
							},
						}),
			});
			mine.push(readerOf(opened, signal, service, clock));
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
