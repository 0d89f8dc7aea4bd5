/** The last landed states on disk: with them a rollback is known by its content while the service is away. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {readLandedAnswer} from './answers.ts';
import type {LandedAnswer} from './contract.ts';
import {writeWhole} from './whole-file.ts';

const fileOf = (dir: string, service: string) => join(dir, `landed-${encodeURIComponent(service).slice(0, 200)}.json`);
const bytesMax = 16 * 1024 * 1024;

function textOf(file: string): string | null {
	try {
		const text = readFileSync(file, 'utf8');
		return text.length <= bytesMax ? text : null;
	} catch {
		// Absent or unreadable is the same here: nothing is remembered.
		return null;
	}
}

/** What the service last said, or null where nothing was kept or what was kept is damaged. */
export function rememberedLanded(dir: string, service: string): LandedAnswer | null {
	try {
		const text = textOf(fileOf(dir, service));
		return text === null ? null : readLandedAnswer(JSON.parse(text), 'the file');
	} catch {
		// A damaged file is replaced at the next answer.
		return null;
	}
}

/** Keeps an answer, in one step: a reader sees the old one or the new one. Returns a sentence where it cannot. */
export function rememberLanded(dir: string, answer: LandedAnswer): string | null {
	const file = fileOf(dir, answer.service);
	const text = JSON.stringify(answer);
	if (textOf(file) === text) return null;
	try {
		writeWhole(file, text, {durable: false});
		return null;
	} catch (error) {
		return `what is live cannot be kept in ${dir}: ${error instanceof Error ? error.message : String(error)}`;
	}
}
