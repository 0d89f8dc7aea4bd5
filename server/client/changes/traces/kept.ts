/**
 * The last traces on disk, so that the next stage of a deploy, or the same question asked again, looks at nothing twice. They count only while
 * everything that they follow from is the same: every ref, what is live, the batch, the patterns. Damaged or absent, they are made anew.
 */
import {createHash} from 'node:crypto';
import {readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {shippedPatterns} from '../../../../gate/order/moves/shipped-patterns.ts';
import {isOwn, writeWhole} from '../../whole-file.ts';
import {git, type Limits} from '../git-process.ts';
import {isMap} from '../json-file.ts';
import {inTurns} from '../known.ts';
import type {TraceAnswer, TraceQuestion} from '../traces.ts';

/** Raised where the readers change what they find, so that what an older one found is not taken for it. */
const readersVersion = 1;
const bytesMax = 16 * 1024 * 1024;

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** Stands for everything that the traces follow from; null where git could not tell in time. */
export async function traceKey({places, changes, known, patterns}: TraceQuestion, limits: Limits): Promise<string | null> {
	const refs = await inTurns(places, ({head}) => git(head.path, ['for-each-ref', '--format=%(objectname) %(refname)'], limits));
	if (refs.some(({exit}) => exit !== 0)) return null;
	return hashOf([
		readersVersion,
		shippedPatterns,
		patterns,
		places.map(({head, repository, branch, landed}, index) => [head, repository, branch, landed, refs[index]?.stdout.toString('latin1')]),
		[...changes, ...known].map(({id, sha, repository}) => [id, sha, repository]),
		changes.length,
	]);
}

const fileOf = (dir: string, {places}: TraceQuestion): string =>
	join(dir, `traces-${hashOf(places.map(({head}) => head.path)).slice(0, 16)}.json`);

const isAnswer = (value: unknown): value is TraceAnswer =>
	isMap(value) &&
	Array.isArray(value['known']) &&
	Array.isArray(value['landedChanges']) &&
	isMap(value['traces']) &&
	['names', 'uses', 'blobs', 'unread'].every(key => isMap(value['traces']) && Array.isArray(value['traces'][key]));

/** What was found for this key before, or null. */
export function keptTraces(dir: string, question: TraceQuestion, key: string): TraceAnswer | null {
	try {
		const file = fileOf(dir, question);
		if (!isOwn(file) || statSync(file).size > bytesMax) return null;
		const kept: unknown = JSON.parse(readFileSync(file, 'utf8'));
		return isMap(kept) && kept['key'] === key && isAnswer(kept['answer']) ? kept['answer'] : null;
	} catch {
		// Nothing is lost but time.
		return null;
	}
}

/** Keeps an answer in one step. */
export function keepTraces(dir: string, question: TraceQuestion, key: string, answer: TraceAnswer): void {
	const text = JSON.stringify({key, answer});
	if (text.length > bytesMax) return;
	try {
		writeWhole(fileOf(dir, question), text, {durable: false});
	} catch {
		// A read-only home is no reason to say anything: the traces are read each time.
	}
}
