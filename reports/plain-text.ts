/**
 * Text from outside made fit for one line of a report: no control characters, no escape sequences, nothing that reorders what stands around it.
 * What is removed is shown in its place, so that a reader sees that something was there. Escaping for HTML or Markdown comes later and elsewhere.
 */

const lengthMax = 2000;

/** Marks, embeddings, overrides and isolates that change the direction of text, and characters that cannot be seen. */
const hiddenCharacters = /[\u00AD\u061C\u180E\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB]/g;

const codePoint = (character: string): string => `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`;

/** One control character: those below a space have a picture of their own. */
function controlPicture(character: string): string {
	const code = character.charCodeAt(0);
	if (code < 0x20) return String.fromCharCode(0x2400 + code);
	return codePoint(character);
}

/** Most texts are ASCII words with one space between: nothing in them is to be changed. */
const plainAlready = /^[!-~]+(?: [!-~]+)*$/;

/** One line of plain text, at most `max` characters; what was cut off is said by an ellipsis. */
export function plainText(text: string, max = lengthMax): string {
	if (text.length <= max && plainAlready.test(text)) return text;
	const cut = text.length > max ? `${text.slice(0, max - 1)}…` : text;
	return cut
		.replaceAll(/\p{Cs}/gu, '\uFFFD')
		.replaceAll(/[\t\n\r ]+/g, ' ')
		.replaceAll(/\p{Cc}/gu, controlPicture)
		.replaceAll(hiddenCharacters, codePoint)
		.trim();
}

/**
 * Text of several lines that a person typed, as it is stored: line ends are `\n`, and what a database cannot hold or a page would not
 * show (control characters, halves of characters) is shown in its place. Nothing else is changed but spaces at the ends.
 */
export const typedText = (text: string): string =>
	text
		.replaceAll(/\p{Cs}/gu, '\uFFFD')
		.replaceAll(/\r\n?|[\u2028\u2029]/g, '\n')
		.replaceAll('\t', '    ')
		.replaceAll(/[^\P{Cc}\n]/gu, controlPicture)
		// Begun only where a run of spaces begins: tried within it too, a long run would take the square of its length.
		.replaceAll(/(?<![^\S\n])[^\S\n]+$/gm, '')
		.replace(/^\n+/, '')
		.trimEnd();

/** Several lines fit for a report: as typed, without anything hidden. Not cut: it was bounded when it was stored. */
export const plainLines = (text: string): string => typedText(text).replaceAll(hiddenCharacters, codePoint);

/** The same for every string inside plain data: objects, arrays, null. Keys stay. */
export function plainData<T>(value: T): T {
	const cleaned = clean(value, 0);
	return cleaned as T;
}

/** Deeper than any report; a deeper value is dropped rather than followed. */
const depthMax = 12;

function clean(value: unknown, depth: number): unknown {
	if (typeof value === 'string') return plainText(value);
	if (value === null || typeof value !== 'object') return value;
	if (depth >= depthMax) return null;
	if (Array.isArray(value)) return value.map(item => clean(item, depth + 1));
	return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, clean(item, depth + 1)]));
}
