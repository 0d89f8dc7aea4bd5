/**
 * Counts events into windows of event time, on the canaries host by host and on the baseline as one. Pure: the time of day is
 * handed in, and nothing is read.
 *
 * When a bucket is closed (design.md, Promises; research on canaries, (e) "Late or missing"): when the newest event of both arms is past
 * its end plus the lag allowance, or when the clock or anything newer is `silentMs` further than that. What an arm said nothing
 * about is then known to be quiet only where it spoke both before and after, not long apart; otherwise it is missing, never 0.
 * A late line, or an arm that speaks again soon enough, makes the bucket anew, with the next revision.
 */
import type {Bucket, Count, Instant, Missing} from '../../../gate/facts.ts';
import {type BucketCell, bucketCell} from './bucket-cell.ts';
import type {Arm, ArmHosts, Place} from './host-names.ts';

export const bucketMs = 10_000;

/** A bucket as it was closed or made anew. Revisions count from 1 within one process. */
export type ClosedBucket = {readonly bucket: Bucket; readonly revision: number; readonly note?: string};

export type BucketOptions = {
	readonly hosts: ArmHosts;
	readonly lagMs: number;
	/** Host-seconds: each host of an arm is exposed for the whole of each bucket. */
	readonly exposureUnit: 'requests' | 'host-seconds';
	readonly distinctRequests: boolean;
	/** How much further than its closing time everything else must be before a silent arm is given up. */
	readonly silentMs?: number;
	/** A silence between two lines of one arm that is longer than this is not taken for quiet. */
	readonly quietMs?: number;
	readonly historyMs?: number;
};

/** Why a log can tell nothing now, where it cannot: becomes the reason of missing buckets. */
export type Troubles = {readonly log: string | null; readonly exposure: string | null};

export type Buckets = {
	/** An event of the log, whether it counts or not. */
	add(event: {readonly at: number; readonly request: string | null}, place: Place, counts: boolean): void;
	/** A request, where the exposure is counted by requests. */
	addRequest(atMs: number, place: Place): void;
	/** Says from when on everything is known. Older buckets are neither closed nor given out. */
	knownFrom(atMs: number): void;
	/** Closes what can be closed. Returns what was closed or made anew since the last call, oldest first. */
	close(nowMs: number, troubles: Troubles): readonly ClosedBucket[];
	/** Closed buckets that begin at `fromMs` or later, oldest first. */
	since(fromMs: number): readonly Bucket[];
	/** Lines of hosts of either arm that were older than the history. */
	tooOld(): number;
};

type Kind = 'line' | 'request';
/** One arm in one log. */
type Speaker = {readonly kind: Kind; readonly arm: Arm};
type Entry = {
	readonly cell: BucketCell;
	changed: boolean;
	/** Arms that were missing when it was closed, and that may still turn out to have been quiet only. */
	readonly silent: Set<Arm>;
	/** Speakers whose log could not be read when it was closed, with the reason: silence of theirs never turns into quiet. */
	readonly lost: Map<Speaker, string>;
	closed: ClosedBucket | null;
	sent: string;
};

const hourMs = 3_600_000;
/** How long the request ids of a bucket are remembered, so that a late line of a known request does not count again. */
const idsRememberedMs = 300_000;
const indexOf = (atMs: number): number => Math.floor(atMs / bucketMs);
const startOf = (index: number): Instant => new Date(index * bucketMs).toISOString();

export function createBuckets(options: BucketOptions): Buckets {
	return new BucketCounter(options);
}

class BucketCounter implements Buckets {
	readonly #options: Required<BucketOptions>;
	readonly #speakers: readonly Speaker[];
	readonly #entries = new Map<number, Entry>();
	readonly #newest = new Map<Speaker, number>();
	/** The first bucket that may be closed even when nothing was said in it. */
	#first: number | null = null;
	#knownFromMs = Number.NEGATIVE_INFINITY;
	#newestMs = Number.NEGATIVE_INFINITY;
	#tooOld = 0;
	/** Where each arm spoke since the last closing: only near there a silence may have ended. */
	readonly #spoken = new Map<Arm, {from: number; to: number}>();

	constructor(options: BucketOptions) {
		this.#options = {silentMs: 30_000, quietMs: 600_000, historyMs: 3 * hourMs, ...options};
		const kinds: readonly Kind[] = options.exposureUnit === 'requests' ? ['line', 'request'] : ['line'];
		this.#speakers = kinds.flatMap(kind => [
			{kind, arm: 'canary'},
			{kind, arm: 'baseline'},
		]);
	}

	add(event: {readonly at: number; readonly request: string | null}, place: Place, counts: boolean): void {
		const entry = this.#entryOf(event.at, {kind: 'line', arm: place.arm});
		if (entry === null) return;
		const ids = this.#options.distinctRequests && event.at > this.#newestMs - idsRememberedMs;
		entry.cell.addLine(place, {atMs: event.at, counts, request: ids ? event.request : null});
	}

	addRequest(atMs: number, place: Place): void {
		this.#entryOf(atMs, {kind: 'request', arm: place.arm})?.cell.addRequest(place, atMs);
	}

	knownFrom(atMs: number): void {
		this.#knownFromMs = atMs;
	}

	close(nowMs: number, troubles: Troubles): readonly ClosedBucket[] {
		this.#first ??= indexOf(Math.max(nowMs, this.#knownFromMs));
		this.#forget(nowMs);
		const {lagMs, silentMs, historyMs} = this.#options;
		const horizonMs = Math.max(nowMs, this.#newestMs);
		const heardMs = Math.min(...this.#speakers.map(speaker => this.#newestOf(speaker)));
		const last = indexOf(Math.max(heardMs - lagMs, horizonMs - lagMs - silentMs)) - 1;
		const first = Math.max(this.#first, indexOf(horizonMs - historyMs), Math.ceil(this.#knownFromMs / bucketMs));
		const closed: ClosedBucket[] = [];
		for (let index = first; index <= last; index += 1) {
			const made = this.#settle(index, troubles);
			if (made) closed.push(made);
		}
		this.#spoken.clear();
		return closed;
	}

	since(fromMs: number): readonly Bucket[] {
		return [...this.#entries]
			.filter(([index, {closed}]) => closed !== null && index * bucketMs >= fromMs)
			.sort(([a], [b]) => a - b)
			.flatMap(([, {closed}]) => (closed ? [closed.bucket] : []));
	}

	tooOld(): number {
		return this.#tooOld;
	}

	#newestOf({kind, arm}: Speaker): number {
		const known = this.#speakers.find(speaker => speaker.kind === kind && speaker.arm === arm);
		return (known && this.#newest.get(known)) ?? Number.NEGATIVE_INFINITY;
	}

	#entryOf(atMs: number, {kind, arm}: Speaker): Entry | null {
		if (atMs < this.#newestMs - this.#options.historyMs) {
			this.#tooOld += 1;
			return null;
		}
		const speaker = this.#speakers.find(other => other.kind === kind && other.arm === arm);
		if (speaker) this.#newest.set(speaker, Math.max(this.#newestOf(speaker), atMs));
		this.#newestMs = Math.max(this.#newestMs, atMs);
		const index = indexOf(atMs);
		this.#first = Math.min(this.#first ?? index, index);
		const entry = this.#entry(index);
		entry.changed = true;
		const spoken = this.#spoken.get(arm);
		this.#spoken.set(arm, {from: Math.min(spoken?.from ?? index, index), to: Math.max(spoken?.to ?? index, index)});
		return entry;
	}

	#entry(index: number): Entry {
		const known = this.#entries.get(index);
		if (known) return known;
		const entry: Entry = {cell: bucketCell(), changed: true, silent: new Set(), lost: new Map(), closed: null, sent: ''};
		this.#entries.set(index, entry);
		return entry;
	}

	/** Drops what is older than the history, and what a clock that was ahead for a while made of time that has not come. */
	#forget(nowMs: number): void {
		const {historyMs, silentMs} = this.#options;
		const newestMs = this.#newestMs === Number.NEGATIVE_INFINITY ? nowMs : this.#newestMs;
		const oldest = indexOf(newestMs - historyMs);
		const latest = indexOf(Math.max(newestMs, nowMs));
		const idsFrom = indexOf(newestMs - idsRememberedMs);
		for (const [index, {cell}] of this.#entries) {
			if (index < oldest || index > latest) this.#entries.delete(index);
			else if (index < idsFrom) cell.forgetIds();
		}
		// While no line comes at all, the clock alone makes buckets: they too are bounded.
		const tooMany = this.#entries.size - 2 * Math.ceil((historyMs + silentMs) / bucketMs);
		if (tooMany <= 0) return;
		const indexes = [...this.#entries.keys()].sort((one, other) => one - other);
		for (const index of indexes.slice(0, tooMany)) this.#entries.delete(index);
	}

	#settle(index: number, troubles: Troubles): ClosedBucket | null {
		const entry = this.#entry(index);
		if (!entry.changed && !this.#mayHaveHealed(index, entry)) return null;
		const bucket = this.#make(index, entry, troubles);
		entry.changed = false;
		// The reason why something is missing may change every second, and is no news.
		const sent = JSON.stringify(bucket, (key, value: unknown) => (key === 'missing' ? '' : value));
		if (entry.closed && entry.sent === sent) return null;
		entry.sent = sent;
		const note = entry.cell.note();
		entry.closed = {bucket, revision: (entry.closed?.revision ?? 0) + 1, ...(note === null ? {} : {note})};
		return entry.closed;
	}

	#mayHaveHealed(index: number, {silent}: Entry): boolean {
		const steps = Math.ceil(this.#options.quietMs / bucketMs);
		return [...silent].some(arm => {
			const spoken = this.#spoken.get(arm);
			return spoken !== undefined && index >= spoken.from - steps && index <= spoken.to + steps;
		});
	}

	#make(index: number, entry: Entry, troubles: Troubles): Bucket {
		const {canaries, baseline} = this.#options.hosts;
		const {cell} = entry;
		const canary = this.#missing(index, 'canary', troubles);
		const base = this.#missing(index, 'baseline', troubles);
		entry.silent.clear();
		if (canary) entry.silent.add('canary');
		if (base) entry.silent.add('baseline');
		return {
			at: startOf(index),
			canary: canary ?? {hosts: Object.fromEntries(canaries.map(host => [host, this.#count(cell, {arm: 'canary', host}, 1)]))},
			baseline: base ?? this.#count(cell, {arm: 'baseline', host: ''}, baseline.length),
		};
	}

	#count(cell: BucketCell, place: Place, hosts: number): Count {
		const exposure = this.#options.exposureUnit === 'requests' ? cell.requests(place) : (hosts * bucketMs) / 1000;
		return {count: cell.count(place), exposure};
	}

	#missing(index: number, arm: Arm, troubles: Troubles): Missing | null {
		const hosts = arm === 'canary' ? this.#options.hosts.canaries : this.#options.hosts.baseline;
		const name = arm === 'canary' ? 'the canaries' : 'the baseline';
		if (hosts.length === 0) return {missing: `no host is configured for ${name}`};
		const {cell, lost} = this.#entry(index);
		for (const speaker of this.#speakers) {
			if (speaker.arm !== arm || cell.spokeAt(speaker.kind, arm) !== null) continue;
			const before = lost.get(speaker);
			if (before !== undefined) return {missing: before};
			const silence = this.#silence(index, speaker);
			if (silence === null) continue;
			const trouble = speaker.kind === 'line' ? troubles.log : troubles.exposure;
			if (trouble !== null) lost.set(speaker, trouble);
			const what = speaker.kind === 'line' ? 'line' : 'request';
			return {missing: trouble ?? `no ${what} from ${name} (${named(hosts)}) ${silence}`};
		}
		return null;
	}

	/** For a bucket in which it said nothing: null where it spoke before and after, not long apart; otherwise since when it is silent. */
	#silence(index: number, speaker: Speaker): string | null {
		const spoke = (at: number) => this.#entries.get(at)?.cell.spokeAt(speaker.kind, speaker.arm) ?? null;
		const steps = Math.ceil(this.#options.quietMs / bucketMs);
		let before: number | null = null;
		for (let step = 1; step <= steps && before === null; step += 1) before = spoke(index - step);
		const newestMs = this.#newestOf(speaker);
		const beganMs = index * bucketMs;
		if (before === null) {
			if (newestMs === Number.NEGATIVE_INFINITY) return 'in all that was read';
			return newestMs < beganMs ? `since ${new Date(newestMs).toISOString()}` : `in the ${this.#options.quietMs / 60_000} minutes before`;
		}
		if (newestMs >= beganMs) {
			for (let step = 1; step <= steps; step += 1) {
				const next = spoke(index + step);
				if (next !== null && next - before <= this.#options.quietMs) return null;
			}
		}
		return `since ${new Date(before).toISOString()}`;
	}
}

const named = (hosts: readonly string[]): string =>
	hosts.length > 3 ? `${hosts.slice(0, 3).join(', ')} and ${hosts.length - 3} more` : hosts.join(', ');
