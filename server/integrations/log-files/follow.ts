/**
 * Follows one growing file on this machine, by asking again and again: file notices do not work on every file system, and
 * a look every half second costs nothing. No line is lost or given twice when the file is rotated (renamed, with a new one
 * in its place) or vanishes for a while; when it is emptied under its writer (copytruncate), only what was written between
 * the last look and that moment is lost, as it is for everybody. Compressed and numbered siblings are not looked at.
 */
import {stat} from 'node:fs/promises';
import type {Instant} from '../../../gate/facts.ts';
import type {Clock} from '../../clock.ts';
import {FileSource, type FollowCounts} from './file-source.ts';
import {noLines} from './line-cutter.ts';
import type {CutLine} from './log-line.ts';
import {startOffset} from './start-offset.ts';

/** `missing` is a sentence without its full stop, ending with the instant since when: `/x/error.log is gone since …`. */
export type FileState = {readonly readableSince: Instant} | {readonly missing: string};

export type FollowOptions = {
	readonly path: string;
	readonly clock: Clock;
	/** Milliseconds of the clock between two looks. */
	readonly pollMs?: number | undefined;
	/** How much of the end of the file is read at the start, at most. */
	readonly maxBackBytes?: number | undefined;
	/** How far back in time reading starts, where `timeOf` can tell; milliseconds. */
	readonly backMs?: number | undefined;
	/** The time a line carries, milliseconds of the epoch; null where it carries none. */
	readonly timeOf?: (line: CutLine) => number | null;
	readonly onLine: (line: CutLine) => void;
	/** After each look, when all that there was has been read. */
	readonly onLook?: () => void;
};

export type Follower = {
	/** Resolves when the first look is over: what was there at the start has been read. */
	readonly ready: Promise<void>;
	state(): FileState;
	/** True where reading began at the file's first byte, so that nothing of it is unknown. */
	fromFirstByte(): boolean;
	readonly counts: Readonly<FollowCounts>;
	/** Closes all descriptors. */
	stop(): Promise<void>;
};

const defaultPollMs = 500;
const defaultBackBytes = 64 * 1024 * 1024;
const chunkBytes = 256 * 1024;
/** A rotated file is still read for a while: its writer may not have heard of the rotation yet. */
const quietBeforeCloseMs = 10_000;
const rotatedSourcesMax = 4;

/** Starts at once. Never rejects: what is wrong with the file is its state, in a sentence. */
export function follow(options: FollowOptions): Follower {
	const following = new Following(options);
	const {promise: ready, resolve: markReady} = later();
	const ended = following.run(markReady);
	return {
		ready,
		counts: following.counts,
		state: () => following.state,
		fromFirstByte: () => following.whole,
		stop() {
			following.stopped.abort();
			return ended;
		},
	};
}

class Following {
	readonly counts: FollowCounts = {...noLines(), rotations: 0, truncations: 0};
	readonly stopped = new AbortController();
	state: FileState;
	whole = true;
	readonly #options: FollowOptions;
	readonly #buffer = Buffer.allocUnsafe(chunkBytes);
	readonly #rotated: FileSource[] = [];
	#current: FileSource | null = null;
	#wasOpen = false;
	/** The file came into being while we looked, so all of it is new. */
	#isNew = false;

	constructor(options: FollowOptions) {
		this.#options = options;
		this.state = {missing: `${options.path} has not been read yet`};
	}

	async run(markReady: () => void): Promise<void> {
		const {path, clock, pollMs = defaultPollMs, onLook} = this.#options;
		while (!this.stopped.signal.aborted) {
			try {
				await this.#look();
			} catch (error) {
				this.state = {missing: missingReason(error, path, {before: this.state, wasOpen: this.#wasOpen, now: clock.now()})};
			}
			if (this.stopped.signal.aborted) break;
			markReady();
			onLook?.();
			await clock.sleep(pollMs, this.stopped.signal);
		}
		const open = [...this.#rotated, ...(this.#current ? [this.#current] : [])];
		await Promise.allSettled(open.map(source => source.close()));
		markReady();
	}

	async #look(): Promise<void> {
		const {path, clock} = this.#options;
		await this.#current?.readToEnd();
		await this.#readRotated();
		const named = await stat(path, {bigint: true}).catch(async (error: unknown) => {
			if (codeOf(error) === 'ENOENT') await this.#letGoOfDeleted();
			throw error;
		});
		if (!named.isFile()) throw new NotAFile(path);
		if (!this.#current || named.ino !== this.#current.inode || named.dev !== this.#current.device) await this.#change();
		if ('missing' in this.state) this.state = {readableSince: clock.now()};
	}

	/** Makes the file that now has the name the current one. */
	async #change(): Promise<void> {
		const next = await this.#open();
		const before = this.#current;
		const known = [before, ...this.#rotated].find(source => source?.device === next.device && source.inode === next.inode);
		if (known) await next.close();
		if (known && known === before) return;
		if (before) {
			// Between the last read and the new file's opening its writer may have added to it.
			await before.readToEnd();
			this.#rotated.push(before);
			this.counts.rotations += 1;
		}
		// It was renamed away and back: it goes on where it was.
		if (known) this.#rotated.splice(this.#rotated.indexOf(known), 1);
		this.#current = known ?? next;
		await this.#current.readToEnd();
	}

	async #open(): Promise<FileSource> {
		const {path, clock, onLine, maxBackBytes = defaultBackBytes, backMs, timeOf = null} = this.#options;
		const backFromMs = backMs === undefined ? null : Date.parse(clock.now()) - backMs;
		const source = await FileSource.open(path, {
			clock,
			onLine,
			counts: this.counts,
			stopped: this.stopped.signal,
			buffer: this.#buffer,
			startAt: async (handle, size) => (this.#isNew ? 0 : startOffset(handle, size, {maxBackBytes, backFromMs, timeOf})),
		});
		if (!this.#wasOpen) this.whole = source.startedAt === 0;
		this.#wasOpen = true;
		this.#isNew = true;
		return source;
	}

	async #readRotated(): Promise<void> {
		for (const source of [...this.#rotated]) {
			await source.readToEnd();
			if (source.quietMs() < quietBeforeCloseMs && this.#rotated.length <= rotatedSourcesMax) continue;
			this.#rotated.splice(this.#rotated.indexOf(source), 1);
			await source.finish();
		}
	}

	/** A file that is gone for good would keep its space on the disk for as long as it is open here. */
	async #letGoOfDeleted(): Promise<void> {
		this.#isNew = true;
		const source = this.#current;
		if (!source || source.quietMs() < quietBeforeCloseMs || !(await source.isDeleted())) return;
		this.#current = null;
		await source.finish();
	}
}

class NotAFile extends Error {
	constructor(path: string) {
		super(`${path} is not a regular file, and only such a file can be followed`);
		this.name = 'NotAFile';
	}
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** A state keeps the instant at which it began: the same trouble goes on. */
function missingReason(
	error: unknown,
	path: string,
	{before, wasOpen, now}: {readonly before: FileState; readonly wasOpen: boolean; readonly now: Instant},
): string {
	const reason = reasonOf(error, path, wasOpen);
	return 'missing' in before && before.missing.startsWith(`${reason} since `) ? before.missing : `${reason} since ${now}`;
}

function reasonOf(error: unknown, path: string, wasOpen: boolean): string {
	const code = codeOf(error);
	if (code === 'ENOENT') return wasOpen ? `${path} is gone` : `${path} is not there`;
	if (code === 'EACCES' || code === 'EPERM') return `${path} may not be read by the user of this process (permission denied)`;
	if (error instanceof NotAFile) return error.message;
	return `${path} cannot be read (${code || String(error)})`;
}

function later(): {readonly promise: Promise<void>; readonly resolve: () => void} {
	let resolve = () => {};
	const promise = new Promise<void>(done => {
		resolve = done;
	});
	return {promise, resolve};
}
