/**
 * Cursor: a place in a list, as text that nobody needs to understand. It names the last row that was seen rather than a number of rows,
 * so that rows that come meanwhile neither repeat nor hide others.
 */
import {AppError} from './app-error.ts';
import {sha256} from './canonical.ts';

export type ListPlace = {
	/** Whether the rows before it or behind it are wanted, as the list is read. */
	readonly towards: 'next' | 'previous';
	/** The sorting columns of the row, in their order. */
	readonly key: readonly (string | number)[];
};

const lengthMax = 600;
const sumLength = 12;

/** Over the list's name too: the cursor of one list is no place in another. */
const sumOf = (list: string, place: unknown): string => sha256(`${list}\n${JSON.stringify(place)}`).slice(0, sumLength);

export const cursorText = (list: string, {towards, key}: ListPlace): string =>
	Buffer.from(JSON.stringify([towards, key, sumOf(list, [towards, key])])).toString('base64url');

const unusable = (): AppError =>
	new AppError(
		'invalid',
		'after: this is no place in the list. Use the `next` of an answer as it was given, or leave it out to begin at the beginning.',
	);

function parsed(text: string): unknown {
	try {
		return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown;
	} catch {
		// Whatever it is, it is none of ours; the caller says so.
		return null;
	}
}

/** The place that a cursor names. `kinds` are those of the key's columns; anything else than a cursor of this very list is an AppError. */
export function readCursor(list: string, text: string, kinds: readonly ('string' | 'number')[]): ListPlace {
	if (text.length > lengthMax) throw unusable();
	const read = parsed(text);
	if (!Array.isArray(read) || read.length !== 3) throw unusable();
	const [towards, key, sum]: unknown[] = read;
	if ((towards !== 'next' && towards !== 'previous') || !Array.isArray(key) || sum !== sumOf(list, [towards, key])) throw unusable();
	const fits = (value: unknown, index: number): value is string | number =>
		typeof value === kinds[index] && (typeof value === 'number' ? Number.isSafeInteger(value) : !/\p{Cc}/u.test(String(value)));
	if (key.length !== kinds.length || !key.every(fits)) throw unusable();
	return {towards, key};
}
