import {type FileHandle, open} from 'node:fs/promises';
import type {Clock} from '../../clock.ts';
import {type CutGuard, cutGuard} from './cut-guard.ts';
import {type LineCounts, type LineCutter, lineCutter} from './line-cutter.ts';
import type {CutLine} from './log-line.ts';

export type FollowCounts = LineCounts & {rotations: number; truncations: number};

export type SourceOptions = {
	readonly clock: Clock;
	readonly counts: FollowCounts;
	readonly onLine: (line: CutLine) => void;
	/** Where to begin. */
	readonly startAt: (handle: FileHandle, size: number) => Promise<number>;
	readonly stopped: AbortSignal;
	/** What is read goes through this buffer, which all sources of one follower share: they are read one after the other. */
	readonly buffer: Buffer;
};

/** One open file, read on from where reading has come to, under whatever name it goes by now. */
export class FileSource {
	readonly device: bigint;
	readonly inode: bigint;
	readonly startedAt: number;
	readonly #handle: FileHandle;
	readonly #options: SourceOptions;
	readonly #guard: CutGuard = cutGuard();
	readonly #cutter: LineCutter;
	#offset: number;
	#grewAtMs: number;

	static async open(path: string, options: SourceOptions): Promise<FileSource> {
		const handle = await open(path, 'r');
		try {
			const {dev, ino, size} = await handle.stat({bigint: true});
			return new FileSource(handle, {device: dev, inode: ino, offset: await options.startAt(handle, Number(size))}, options);
		} catch (error) {
			await handle.close();
			throw error;
		}
	}

	private constructor(
		handle: FileHandle,
		{device, inode, offset}: {readonly device: bigint; readonly inode: bigint; readonly offset: number},
		options: SourceOptions,
	) {
		this.#handle = handle;
		this.#options = options;
		this.device = device;
		this.inode = inode;
		this.startedAt = offset;
		this.#offset = offset;
		this.#grewAtMs = options.clock.monotonicMs();
		this.#cutter = lineCutter(options.onLine, options.counts, offset > 0);
	}

	/** Reads all there is. A file that was emptied under its writer is read from its first byte again. */
	async readToEnd(): Promise<void> {
		const {buffer} = this.#options;
		while (!this.#options.stopped.aborted) {
			const guarded = this.#guard.length();
			const {bytesRead} = await this.#handle.read(buffer, 0, buffer.length, this.#offset - guarded);
			const bytes = buffer.subarray(0, bytesRead);
			if (!this.#guard.stands(bytes)) {
				this.#options.counts.truncations += 1;
				this.#cutter.flush();
				this.#guard.clear();
				this.#offset = 0;
				continue;
			}
			if (bytesRead === guarded) return;
			this.#offset += bytesRead - guarded;
			this.#grewAtMs = this.#options.clock.monotonicMs();
			this.#guard.passed(bytes);
			this.#cutter.feed(bytes.subarray(guarded));
		}
	}

	/** Milliseconds since it grew last. */
	quietMs(): number {
		return this.#options.clock.monotonicMs() - this.#grewAtMs;
	}

	/** True where no folder names the file any more: only this descriptor keeps its space on the disk. */
	async isDeleted(): Promise<boolean> {
		return (await this.#handle.stat()).nlink === 0;
	}

	/** Gives out a last line without a line break: nothing more will come of it. */
	async finish(): Promise<void> {
		this.#cutter.flush();
		await this.close();
	}

	close(): Promise<void> {
		return this.#handle.close();
	}
}
