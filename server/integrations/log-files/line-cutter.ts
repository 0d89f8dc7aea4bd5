/** Cuts bytes into lines, whatever the chunks they come in. Holds at most one unfinished line, and of it only what is kept. */
import {isUtf8} from 'node:buffer';
import type {CutLine} from './log-line.ts';

/** How much of a line is kept; the rest of it is skipped, and counted. */
export const keptBytesMax = 64 * 1024;

export type LineCounts = {lines: number; cutLines: number; skippedBytes: number; latin1Lines: number};

export type LineCutter = {
	/** The chunk may be reused once this returns. */
	feed(chunk: Uint8Array): void;
	/** Gives out the unfinished line: nothing more will come of it. */
	flush(): void;
};

export const noLines = (): LineCounts => ({lines: 0, cutLines: 0, skippedBytes: 0, latin1Lines: 0});

const newline = 10;

/**
 * @param counts - is counted up; shared by all cutters of one file.
 * @param inMiddle - the bytes may begin within a line, so what comes before the first line break is dropped.
 */
export function lineCutter(onLine: (line: CutLine) => void, counts: LineCounts, inMiddle = false): LineCutter {
	let partial: Buffer | null = null;
	let keptBytes = 0;
	let skippedBytes = 0;
	let dropping = inMiddle;

	const give = (bytes: Buffer, skipped: number) => {
		const kept = bytes.subarray(0, keptBytesMax);
		const cutBytes = skipped + bytes.length - kept.length;
		counts.lines += 1;
		counts.skippedBytes += cutBytes;
		if (cutBytes > 0) counts.cutLines += 1;
		onLine({text: decode(cutBytes > 0 ? withoutHalfCharacter(kept) : kept, counts), cut: cutBytes > 0});
	};
	const keep = (bytes: Buffer) => {
		const wanted = keptBytes === 0 && skippedBytes === 0 ? withoutLeadingNuls(bytes) : bytes;
		partial ??= Buffer.allocUnsafe(keptBytesMax);
		const copied = wanted.copy(partial, keptBytes);
		keptBytes += copied;
		skippedBytes += wanted.length - copied;
	};
	const finish = () => {
		const bytes = partial?.subarray(0, keptBytes);
		const skipped = skippedBytes;
		keptBytes = 0;
		skippedBytes = 0;
		if (dropping) dropping = false;
		else if (bytes !== undefined && bytes.length > 0) give(bytes, skipped);
	};
	return {
		feed(chunk) {
			const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
			let from = 0;
			while (from < bytes.length) {
				const found = bytes.indexOf(newline, from);
				const end = found === -1 ? bytes.length : found;
				if (found !== -1 && keptBytes === 0 && skippedBytes === 0 && !dropping) {
					const whole = withoutLeadingNuls(bytes.subarray(from, end));
					if (whole.length > 0) give(whole, 0);
				} else {
					keep(bytes.subarray(from, end));
					if (found !== -1) finish();
				}
				from = end + 1;
			}
		},
		flush: finish,
	};
}

/** A writer that keeps its place in a file which was emptied under it leaves a hole of zeros before its next line. */
function withoutLeadingNuls(bytes: Buffer): Buffer {
	let from = 0;
	while (from < bytes.length && bytes[from] === 0) from += 1;
	return from === 0 ? bytes : bytes.subarray(from);
}

/** UTF-8 where the line is that, else Latin-1, in which every byte is a character. */
function decode(bytes: Buffer, counts: LineCounts): string {
	const ends = bytes.at(-1) === 13 ? bytes.subarray(0, -1) : bytes;
	if (isUtf8(ends)) return ends.toString('utf8').replace(/^\uFEFF/, '');
	counts.latin1Lines += 1;
	return ends.toString('latin1');
}

/** A cut may go through a character of up to four bytes; its first bytes would make the whole line look like Latin-1. */
function withoutHalfCharacter(bytes: Buffer): Buffer {
	for (let back = 1; back <= Math.min(4, bytes.length); back += 1) {
		const byte = bytes[bytes.length - back] ?? 0;
		if (byte < 0x80) return bytes;
		if (byte >= 0xc0) return bytes.subarray(0, -back);
	}
	return bytes;
}
