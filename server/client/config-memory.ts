/**
 * Parsing YAML is the dearest thing that a quick check does, so the parsed file is kept beside the spool. It counts only while the text is
 * the same to the letter; where it is absent, damaged or cannot be written, the file is parsed.
 */
import {mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {isMap} from './changes/json-file.ts';

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
	const place = placeOf(dir, file);
	const temporary = `${place}.${process.pid}.new`;
	try {
		mkdirSync(dir, {recursive: true, mode: 0o700});
		writeFileSync(temporary, JSON.stringify({text, value}), {mode: 0o600});
		renameSync(temporary, place);
	} catch {
		// A read-only home is no reason to say anything: the file is parsed each time.
		rmSync(temporary, {force: true});
	}
}
