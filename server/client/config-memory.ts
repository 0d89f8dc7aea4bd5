/**
 * Parsing YAML is the dearest thing that a quick check does, so the parsed file is kept beside the spool. It counts only while the text is
 * the same to the letter; where it is absent, damaged or cannot be written, the file is parsed.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {isMap} from './changes/json-file.ts';
import {writeWhole} from './whole-file.ts';

const placeOf = (dir: string, file: string) => join(dir, `parsed-${encodeURIComponent(file).slice(-200)}.json`);

/** What this very text was parsed to before, or null. */
export function rememberedConfig(dir: string, file: string, text: string): {readonly value: unknown} | null {
	try {
		const kept: unknown = JSON.parse(readFileSync(placeOf(dir, file), 'utf8'));
		return isMap(kept) && kept['text'] === text ? {value: kept['value']} : null;
	} catch {
		// Nothing is lost but a few milliseconds.
		return null;
	}
}

/** Keeps what a text was parsed to, in one step. */
export function rememberConfig(dir: string, file: string, text: string, value: unknown): void {
	try {
		writeWhole(placeOf(dir, file), JSON.stringify({text, value}), {durable: false});
	} catch {
		// A read-only home is no reason to say anything: the file is parsed each time.
	}
}
