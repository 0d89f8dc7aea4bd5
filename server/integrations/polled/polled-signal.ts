/** A signal that is read by asking a source every few seconds: one question at a time, less often while it fails. */
import type {Instant, Missing, Signal, SignalProof} from '../../../gate/facts.ts';
import type {Proof, SignalReader} from '../../actions/deps.ts';
import type {Clock} from '../../clock.ts';
import {exposureUnitOf, sourceOf} from '../../config/describe-signal.ts';
import type {SignalConfig} from '../../config.ts';
import {newBell} from '../bell.ts';
import {bucketMs, type ClosedBucket} from '../log-files/buckets.ts';
import type {ArmHosts} from '../log-files/host-names.ts';
import {instant, latest} from '../log-files/log-stream.ts';
import type {MatchedSlice} from '../log-files/matched-counter.ts';
import {bucketBook} from './bucket-book.ts';
import {freshProof, matchedProof, troubleProof} from './checks.ts';
import type {PolledSource} from './polled-source.ts';
import {quotable, SourceTrouble} from './source-trouble.ts';

export type PolledSignalOptions = {
	readonly clock: Clock;
	/** Handed each bucket as it is closed, and again when late data changes it. */
	readonly onBuckets?: (buckets: readonly ClosedBucket[]) => void;
	/** Told when the source begins to fail, with the reason, and null when it answers again. */
	readonly onTrouble?: (reason: string | null) => void;
	readonly pollMs?: number;
	/** Baseline matches known from stored readings, for while the source cannot count its day itself. */
	readonly matchedBefore?: readonly MatchedSlice[];
};

export type PolledSignal = SignalReader & {
	/** The first answer came, or the first failure, or five seconds passed. */
	readonly ready: Promise<void>;
};

const dayMs = 86_400_000;
const usualPollMs = 5000;
const readyMaxMs = 5000;
const backOffMaxMs = 60_000;
/** One failed question among good ones is no news: the next comes soon. */
const graceMs = 15_000;
/** How often a whole window is read again, for data that came later than the lag allows. */
const longEveryMs = 60_000;
const dayEveryMs = 600_000;
const dayAgainMs = 60_000;

export function openPolledSignal(config: SignalConfig, hosts: ArmHosts, source: PolledSource, options: PolledSignalOptions): PolledSignal {
	return new Polling(config, hosts, source, options);
}

class Polling implements PolledSignal {
	readonly name: string;
	readonly ready: Promise<void>;
	readonly #config: SignalConfig;
	readonly #hosts: ArmHosts;
	readonly #source: PolledSource;
	readonly #options: PolledSignalOptions;
	readonly #book: ReturnType<typeof bucketBook>;
	readonly #bell = newBell();
	readonly #stop = new AbortController();
	readonly #running: Promise<void>;
	readonly #heard = new Map<string, number>();
	readonly #startedAt: Instant;
	/** Why the last question failed; null where it did not. */
	#trouble: string | null = 'it was not asked yet';
	#doubt: string | null = null;
	#becomeReady: () => void = () => undefined;
	#failures = 0;
	#answeredMs: number | null = null;
	#longMs = Number.NEGATIVE_INFINITY;
	#day: {readonly count: number} | Missing = {missing: 'the day was not counted yet'};
	#dayMs = Number.NEGATIVE_INFINITY;
	#pageNotBeforeMs = Number.NEGATIVE_INFINITY;
	/** Why an older window cannot be read, while the newest can. */
	#pageTrouble: string | null = null;

	constructor(config: SignalConfig, hosts: ArmHosts, source: PolledSource, options: PolledSignalOptions) {
		this.name = config.name;
		this.#config = config;
		this.#hosts = hosts;
		this.#source = source;
		this.#options = options;
		this.#book = bucketBook({lagMs: config.lagMs});
		this.#startedAt = options.clock.now();
		this.ready = new Promise(resolve => {
			this.#becomeReady = resolve;
		});
		this.#running = this.#run();
		// Nobody who starts waits long for a source that says nothing: what it cannot tell is missing.
		void options.clock.sleep(readyMaxMs, this.#stop.signal).then(() => this.#becomeReady());
	}

	signal(from: Instant): Signal {
		return {
			name: this.name,
			counts: this.#config.counts,
			exposureUnit: exposureUnitOf(this.#config),
			source: sourceOf(this.#config),
			required: this.#config.required,
			bucketMs,
			buckets: this.#book.since(Date.parse(from)),
			proof: this.#proof(),
		};
	}

	waitForNext(abort: AbortSignal): Promise<void> {
		return this.#bell.next(abort);
	}

	async prove(): Promise<readonly Proof[]> {
		const {clock} = this.#options;
		const proof = this.#proof();
		const own = await this.#source.prove(Date.parse(clock.now()), this.#stop.signal);
		return [
			...own,
			troubleProof(this.#trouble, this.#answeredMs === null ? null : clock.monotonicMs() - this.#answeredMs),
			matchedProof(proof.matchedOnBaseline, this.#config.counts),
			freshProof(proof.lagMs, this.#config.lagMs),
		];
	}

	async stop(): Promise<void> {
		this.#stop.abort();
		await this.#running;
		this.#bell.ring();
	}

	#proof(): SignalProof {
		const {canaries, baseline} = this.#hosts;
		const newestOf = (hosts: readonly string[]): number | null => latest(hosts.map(host => this.#heard.get(host) ?? null));
		const newestMs = newestOf([...canaries, ...baseline]);
		const failure = this.#failure();
		return {
			matchedOnBaseline: this.#matched(),
			newestAt: {canary: instant(newestOf(canaries)), baseline: instant(newestOf(baseline))},
			canaries: canaries.map(host => ({host, newestAt: instant(this.#heard.get(host) ?? null)})),
			lagMs:
				newestMs === null
					? {missing: this.#trouble ?? 'nothing of a configured host was found'}
					: Math.max(0, Date.parse(this.#options.clock.now()) - newestMs),
			...(failure === null ? {} : {failure}),
		};
	}

	#failure(): string | null {
		const isGraced = this.#answeredMs !== null && this.#options.clock.monotonicMs() - this.#answeredMs <= graceMs;
		if (this.#trouble !== null && !isGraced) return this.#trouble;
		return this.#doubt;
	}

	/** By the source's own count of the day; while it has none, by what was stored earlier and what was counted since. */
	#matched(): SignalProof['matchedOnBaseline'] {
		if ('count' in this.#day && this.#day.count > 0) return {count: this.#day.count, withinMs: dayMs};
		const dayAgo = new Date(Date.parse(this.#options.clock.now()) - dayMs).toISOString();
		const before = (this.#options.matchedBefore ?? []).filter(({since, until}) => since >= dayAgo && until <= this.#startedAt);
		// What was stored before the start is not counted a second time.
		const ownFrom = before.length > 0 ? this.#startedAt : dayAgo;
		let count = before.reduce((sum, slice) => sum + slice.count, 0);
		for (const {baseline} of this.#book.since(Date.parse(ownFrom))) if ('count' in baseline) count += baseline.count;
		return count > 0 || 'count' in this.#day ? {count, withinMs: dayMs} : this.#day;
	}

	async #run(): Promise<void> {
		const {clock, pollMs = usualPollMs} = this.#options;
		const {signal} = this.#stop;
		while (!signal.aborted) {
			const restMs = await this.#poll();
			if (signal.aborted) break;
			this.#settle();
			this.#becomeReady();
			// While it is left alone for long, what it cannot tell becomes missing in time.
			const untilMs = clock.monotonicMs() + Math.max(pollMs, restMs);
			for (let leftMs = Math.max(pollMs, restMs); leftMs > 0 && !signal.aborted; leftMs = untilMs - clock.monotonicMs()) {
				await clock.sleep(Math.min(leftMs, pollMs), signal);
				if (leftMs > pollMs) this.#settle();
			}
		}
		this.#becomeReady();
	}

	#settle(): void {
		const closed = this.#book.close(Date.parse(this.#options.clock.now()), this.#trouble ?? this.#pageTrouble);
		if (closed.length === 0) return;
		this.#options.onBuckets?.(closed);
		this.#bell.ring();
	}

	/** Asks once. Returns how long the source is to be left alone, milliseconds. */
	async #poll(): Promise<number> {
		const {clock} = this.#options;
		try {
			const askedMs = clock.monotonicMs();
			const isLong = askedMs - this.#longMs >= longEveryMs;
			await this.#read(this.#book.next(Date.parse(clock.now()), isLong));
			if (isLong) this.#longMs = askedMs;
		} catch (error) {
			return this.#failed(error);
		}
		if (this.#failures > 0) this.#options.onTrouble?.(null);
		this.#failures = 0;
		this.#trouble = null;
		this.#answeredMs = clock.monotonicMs();
		// What is known now is closed before anything else is asked.
		this.#settle();
		this.#becomeReady();
		await this.#aside();
		return 0;
	}

	#failed(error: unknown): number {
		if (this.#stop.signal.aborted) return 0;
		const {pollMs = usualPollMs, onTrouble} = this.#options;
		const isKnown = error instanceof SourceTrouble;
		this.#trouble = this.#told(error);
		if (isKnown && this.#failures === 0) onTrouble?.(this.#trouble);
		this.#failures += 1;
		const backOffMs = Math.min(backOffMaxMs, pollMs * 2 ** (this.#failures - 1));
		return Math.max(backOffMs, isKnown ? (error.retryAfterMs ?? 0) : 0);
	}

	async #read(window: {readonly fromMs: number; readonly toMs: number}): Promise<void> {
		const nowMs = Date.parse(this.#options.clock.now());
		const answer = await this.#source.read(window, nowMs, this.#stop.signal);
		for (const [host, atMs] of answer.heard) if (atMs > (this.#heard.get(host) ?? Number.NEGATIVE_INFINITY)) this.#heard.set(host, atMs);
		this.#doubt = answer.doubt;
		this.#book.put(answer.buckets, answer.settledMs);
	}

	/** What need not be known at once: an older window, and the count of the day. Its failures do not make the newest window doubtful. */
	async #aside(): Promise<void> {
		const {clock} = this.#options;
		const nowMs = clock.monotonicMs();
		const page = nowMs >= this.#pageNotBeforeMs ? this.#book.page(Date.parse(clock.now())) : null;
		try {
			if (page !== null) await this.#read(page);
			this.#pageTrouble = null;
		} catch (error) {
			this.#pageTrouble = this.#told(error);
			this.#pageNotBeforeMs = nowMs + longEveryMs;
		}
		const every = 'count' in this.#day && this.#day.count > 0 ? dayEveryMs : dayAgainMs;
		if (nowMs - this.#dayMs < every || this.#stop.signal.aborted) return;
		this.#dayMs = nowMs;
		try {
			this.#day = {count: await this.#source.countDay(Date.parse(clock.now()), this.#stop.signal)};
		} catch (error) {
			const reason = this.#told(error);
			if ('missing' in this.#day) this.#day = {missing: `the matches of the last day cannot be counted: ${reason}`};
		}
	}

	/** The sentence of a failure. One that is a fault of ours is logged whole. */
	#told(error: unknown): string {
		if (error instanceof SourceTrouble) return error.message;
		const {message, stack} = error instanceof Error ? error : new Error(String(error));
		const reason = `reading it failed: ${quotable(message)}`;
		this.#options.onTrouble?.(`${reason}\n${stack ?? ''}`);
		return reason;
	}
}
