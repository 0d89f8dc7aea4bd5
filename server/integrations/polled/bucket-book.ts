/**
 * The buckets of a source that is asked again and again: what is to be read next, what may be closed, and what changed since. Pure: the
 * time of day is handed in, and nothing is read.
 *
 * A bucket is closed when the answer that held it knew both arms beyond its end and the lag allowance. One that could not be read by
 * then is closed as missing, with the reason, and made anew when a later answer has it. Missing is never 0.
 */
import type {Bucket, Instant} from '../../../gate/facts.ts';
import {bucketMs, type ClosedBucket} from '../log-files/buckets.ts';

/** Whole buckets: the start of the first one, and the end of the last. Milliseconds. */
export type Window = {readonly fromMs: number; readonly toMs: number};

export type BookOptions = {
	readonly lagMs: number;
	/** How much longer than its closing time an unread bucket is waited for. */
	readonly silentMs?: number;
	/** The longest window that is asked for at once. */
	readonly windowMs?: number;
	/** How far back it is read at the start, and after a silence. */
	readonly catchUpMs?: number;
	readonly historyMs?: number;
};

export type BucketBook = {
	/** The newest window: what is not closed yet, and as much before it as late data may change; `isLong` reads a whole window again. */
	next(nowMs: number, isLong: boolean): Window;
	/** An older window that was never read to its end, newest first; null where there is none. */
	page(nowMs: number): Window | null;
	/** What a source said of each bucket of a window, and up to when it knows both arms. */
	put(buckets: readonly Bucket[], settledMs: number): void;
	/** Closes what can be closed. `trouble`: why the rest cannot be read; null: it can. Returns what was closed or made anew, oldest first. */
	close(nowMs: number, trouble: string | null): readonly ClosedBucket[];
	/** Closed buckets that begin at `fromMs` or later, oldest first. */
	since(fromMs: number): readonly Bucket[];
};

type Entry = {
	/** As it was read last; null: never. */
	read: Bucket | null;
	/** Whether it was read to its end. */
	isWhole: boolean;
	changed: boolean;
	closed: ClosedBucket | null;
	sent: string;
};

const minuteMs = 60_000;
const indexOf = (atMs: number): number => Math.floor(atMs / bucketMs);
const startOf = (index: number): Instant => new Date(index * bucketMs).toISOString();
/** The reason why something is missing may change every second, and is no news. */
const newsOf = (bucket: Bucket): string => JSON.stringify(bucket, (key, value: unknown) => (key === 'missing' ? '' : value));

export function bucketBook(options: BookOptions): BucketBook {
	return new Book(options);
}

class Book implements BucketBook {
	readonly #options: Required<BookOptions>;
	readonly #entries = new Map<number, Entry>();
	/** The oldest bucket that is answered for: set at the first question. */
	#first: number | null = null;

	constructor(options: BookOptions) {
		this.#options = {silentMs: 30_000, windowMs: 10 * minuteMs, catchUpMs: 30 * minuteMs, historyMs: 180 * minuteMs, ...options};
	}

	next(nowMs: number, isLong: boolean): Window {
		const {lagMs, windowMs} = this.#options;
		this.#begin(nowMs);
		// Hosts whose clock is a little ahead are read as well.
		const last = indexOf(nowMs + bucketMs);
		const oldest = Math.max(this.#first ?? last, last + 1 - Math.ceil(windowMs / bucketMs));
		const again = indexOf(nowMs - 2 * lagMs - 2 * bucketMs);
		let first = isLong ? oldest : Math.max(oldest, again);
		for (let index = oldest; index < first; index += 1) if (!this.#entries.get(index)?.isWhole) first = index;
		return {fromMs: first * bucketMs, toMs: (last + 1) * bucketMs};
	}

	page(nowMs: number): Window | null {
		const {windowMs, catchUpMs} = this.#options;
		this.#begin(nowMs);
		const size = Math.ceil(windowMs / bucketMs);
		const newest = indexOf(nowMs + bucketMs) - size;
		const oldest = Math.max(this.#first ?? 0, indexOf(nowMs - catchUpMs));
		for (let index = newest; index >= oldest; index -= 1) {
			if (this.#entries.get(index)?.isWhole) continue;
			return {fromMs: Math.max(oldest, index + 1 - size) * bucketMs, toMs: (index + 1) * bucketMs};
		}
		return null;
	}

	put(buckets: readonly Bucket[], settledMs: number): void {
		for (const bucket of buckets) {
			const entry = this.#entry(indexOf(Date.parse(bucket.at)));
			entry.read = bucket;
			entry.changed = true;
			if (Date.parse(bucket.at) + bucketMs + this.#options.lagMs <= settledMs) entry.isWhole = true;
		}
	}

	close(nowMs: number, trouble: string | null): readonly ClosedBucket[] {
		this.#begin(nowMs);
		this.#forget(nowMs);
		const {lagMs, silentMs} = this.#options;
		const closed: ClosedBucket[] = [];
		const last = indexOf(nowMs - lagMs) - 1;
		for (let index = this.#first ?? last + 1; index <= last; index += 1) {
			const entry = this.#entry(index);
			const isLate = (index + 1) * bucketMs + lagMs + silentMs <= nowMs;
			const bucket = this.#settled(index, entry, isLate, trouble);
			if (bucket !== null) closed.push(...this.#close(entry, bucket));
		}
		return closed;
	}

	since(fromMs: number): readonly Bucket[] {
		return [...this.#entries]
			.filter(([index, {closed}]) => closed !== null && index * bucketMs >= fromMs)
			.sort(([a], [b]) => a - b)
			.flatMap(([, {closed}]) => (closed ? [closed.bucket] : []));
	}

	#begin(nowMs: number): void {
		this.#first ??= indexOf(nowMs - this.#options.catchUpMs);
	}

	#entry(index: number): Entry {
		const known = this.#entries.get(index);
		if (known) return known;
		const entry: Entry = {read: null, isWhole: false, changed: false, closed: null, sent: ''};
		this.#entries.set(index, entry);
		return entry;
	}

	/** Null where there is nothing to close: not yet, or nothing new. */
	#settled(index: number, entry: Entry, isLate: boolean, trouble: string | null): Bucket | null {
		if (entry.isWhole && entry.read !== null) {
			if (!entry.changed) return null;
			entry.changed = false;
			return entry.read;
		}
		// Without trouble it is about to be read: after a pause of the process, or by a page.
		if (!isLate || entry.closed !== null || trouble === null) return null;
		return {at: startOf(index), canary: {missing: trouble}, baseline: {missing: trouble}};
	}

	#close(entry: Entry, bucket: Bucket): ClosedBucket[] {
		const sent = newsOf(bucket);
		if (entry.closed !== null && entry.sent === sent) return [];
		entry.sent = sent;
		entry.closed = {bucket, revision: (entry.closed?.revision ?? 0) + 1};
		return [entry.closed];
	}

	/** Drops what is older than the history, and what a clock that was ahead for a while made of time that has not come. */
	#forget(nowMs: number): void {
		const oldest = indexOf(nowMs - this.#options.historyMs);
		const latest = indexOf(nowMs + 2 * bucketMs);
		for (const index of this.#entries.keys()) if (index < oldest || index > latest) this.#entries.delete(index);
		const first = Math.max(this.#first ?? oldest, oldest);
		this.#first = first > latest ? indexOf(nowMs - this.#options.catchUpMs) : first;
	}
}
