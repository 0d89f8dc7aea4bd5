/** Reads small JSON files that another tool writes; what is wrong is named with its place. */
import {readFileSync, statSync} from 'node:fs';
import {AppError} from '../../app-error.ts';

const bytesMax = 16 * 1024 * 1024;

export type JsonMap = Readonly<Record<string, unknown>>;

export const isMap = (value: unknown): value is JsonMap => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A field of a map that must be text, or absent where that is allowed. Throws AppError with the place. */
export function textOf(map: JsonMap, key: string, where: string, needed: true): string;
export function textOf(map: JsonMap, key: string, where: string, needed: false): string | undefined;
export function textOf(map: JsonMap, key: string, where: string, needed: boolean): string | undefined {
	const value = map[key];
	if (typeof value === 'string' && (value !== '' || !needed)) return value;
	if ((value === undefined || value === null) && !needed) return undefined;
	throw new AppError('invalid', `${where}.${key} must be ${needed ? 'a text that is not empty' : 'text'}`);
}

/** The content of a JSON file; throws AppError where it is absent, too big, or no JSON. */
export function readJsonFile(file: string): unknown {
	let text: string;
	try {
		const {size} = statSync(file);
		if (size > bytesMax) throw new AppError('too-large', `${file} has ${size} bytes; at most ${bytesMax} are read`);
		text = readFileSync(file, 'utf8');
	} catch (error) {
		if (error instanceof AppError) throw error;
		throw new AppError('invalid', `the changes cannot be read: ${error instanceof Error ? error.message : String(error)}`);
	}
	try {
		return JSON.parse(text);
	} catch (error) {
		throw new AppError('invalid', `${file} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
	}
}
