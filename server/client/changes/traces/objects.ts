/** Reads contents out of a checkout's objects, two processes for all of them: one for the sizes, one for what is small enough. */
import type {Place} from '../git.ts';
import {git, type Limits} from '../git-process.ts';

/** What `git cat-file --batch-check` says of one question; null: there is no such object here. */
export type ObjectInfo = {readonly id: string; readonly type: string; readonly bytes: number} | null;

const batchMax = 5000;

/** A question that git reads as one line. */
export const isAskable = (text: string): boolean => text !== '' && !/[\n\0]/.test(text);

/** Answers by question, such as `SHA:path`; null in place of the map: git could not say (time). */
export async function objectInfos(
	place: Place,
	questions: readonly string[],
	limits: Limits,
): Promise<ReadonlyMap<string, ObjectInfo> | null> {
	const asked = [...new Set(questions)].filter(isAskable).slice(0, batchMax);
	if (asked.length === 0) return new Map();
	const answer = await git(place.head.path, ['cat-file', '--batch-check'], limits, `${asked.join('\n')}\n`);
	if (answer.cut !== null) return null;
	const lines = answer.stdout.toString('utf8').split('\n');
	return new Map(
		asked.map((question, index): [string, ObjectInfo] => {
			const found = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(lines[index] ?? '');
			return [question, found ? {id: found[1] ?? '', type: found[2] ?? '', bytes: Number(found[3])} : null];
		}),
	);
}

/** The texts of blobs by id. What git did not hand out in time is left out. */
export async function readBlobs(place: Place, ids: readonly string[], limits: Limits): Promise<ReadonlyMap<string, string>> {
	const texts = new Map<string, string>();
	const asked = [...new Set(ids)];
	if (asked.length === 0) return texts;
	const {stdout} = await git(place.head.path, ['cat-file', '--batch'], limits, `${asked.join('\n')}\n`);
	for (let at = 0; at < stdout.length; ) {
		const lineEnd = stdout.indexOf(10, at);
		if (lineEnd === -1) break;
		const [id = '', , size] = stdout.toString('latin1', at, lineEnd).split(' ');
		const bytes = Number(size);
		if (!Number.isInteger(bytes)) {
			at = lineEnd + 1;
			continue;
		}
		const end = lineEnd + 1 + bytes;
		if (end > stdout.length) break;
		const content = stdout.subarray(lineEnd + 1, end);
		// A file with zero bytes in it is no source.
		if (!content.includes(0)) texts.set(id, content.toString('utf8'));
		at = end + 1;
	}
	return texts;
}
