import {createHash} from 'node:crypto';

const sorted = (_key: string, value: unknown): unknown =>
	value !== null && typeof value === 'object' && !Array.isArray(value)
		? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
		: value;

/** JSON text with the keys of every object in code-unit order: equal values give equal bytes. */
export const canonical = (value: unknown): string => JSON.stringify(value, sorted);

/** sha256 of a text's UTF-8 bytes, hex. */
export const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
