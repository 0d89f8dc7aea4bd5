/** Writes a file in one step: whoever reads it sees the old content or the new one, never half of it. */
import {closeSync, fsyncSync, lstatSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';

function discard(file: string): void {
	try {
		rmSync(file, {force: true});
	} catch {
		// What went wrong before is told; a temporary file that stays is found by its age.
	}
}

/** Whether a file was written by whoever runs this, or by root, and by nobody else: what others could have written is not believed. */
export function isOwn(file: string): boolean {
	const {uid, mode} = lstatSync(file);
	const own = process.getuid?.();
	return (mode & 0o170000) === 0o100000 && (own === undefined || ((uid === own || uid === 0) && (mode & 0o022) === 0));
}

/** Makes sure that what was renamed or removed in a folder stays so. */
export function syncFolder(dir: string): void {
	const folder = openSync(dir, 'r');
	try {
		fsyncSync(folder);
	} finally {
		closeSync(folder);
	}
}

/** Writes through a temporary file, readable by its owner alone; with `durable` it is on disk before this returns. Throws what the disk says. */
export function writeWhole(file: string, text: string, {durable}: {readonly durable: boolean}): void {
	const temporary = `${file}.${process.pid}.new`;
	mkdirSync(dirname(file), {recursive: true, mode: 0o700});
	try {
		// Made anew, so that nothing is written through a link that somebody laid there.
		discard(temporary);
		const opened = openSync(temporary, 'wx', 0o600);
		try {
			writeFileSync(opened, text);
			if (durable) fsyncSync(opened);
		} finally {
			closeSync(opened);
		}
		renameSync(temporary, file);
	} catch (error) {
		discard(temporary);
		throw error;
	}
	if (durable) syncFolder(dirname(file));
}
