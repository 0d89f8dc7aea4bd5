import type {FileHandle} from 'node:fs/promises';
import {lineCutter, noLines} from './line-cutter.ts';
import type {CutLine} from './log-line.ts';

const probeBytes = 128 * 1024;

/**
 * Where to begin in a file of `size` bytes: not more than `maxBackBytes` before its end and, where times can be told, not
 * much before the first line of `backFromMs`. Halves the rest until it is small; lines are about in the order of their times.
 */
export async function startOffset(
	handle: FileHandle,
	size: number,
	limits: {
		readonly maxBackBytes: number;
		readonly backFromMs: number | null;
		readonly timeOf: ((line: CutLine) => number | null) | null;
	},
): Promise<number> {
	const {maxBackBytes, backFromMs, timeOf} = limits;
	let low = Math.max(0, size - maxBackBytes);
	if (backFromMs === null || timeOf === null) return low;
	let high = size;
	while (high - low > probeBytes) {
		const middle = Math.floor((low + high) / 2);
		const time = await firstTimeFrom(handle, middle, timeOf);
		if (time !== null && time < backFromMs) low = middle;
		else high = middle;
	}
	return low;
}

async function firstTimeFrom(handle: FileHandle, offset: number, timeOf: (line: CutLine) => number | null): Promise<number | null> {
	const buffer = Buffer.allocUnsafe(probeBytes);
	const {bytesRead} = await handle.read(buffer, 0, probeBytes, offset);
	let first: number | null = null;
	const cutter = lineCutter(
		line => {
			first ??= timeOf(line);
		},
		noLines(),
		true,
	);
	cutter.feed(buffer.subarray(0, bytesRead));
	return first;
}
