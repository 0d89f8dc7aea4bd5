/** Search: what a person typed is found as it stands, wherever it stands, in any case. The same on every engine. */

/** Enough for a title, a sentence and some names; a longer text is searched in its beginning. */
const lengthMax = 2000;

const folded = (text: string): string => text.normalize('NFC').toLowerCase();

/** The text that is kept to be searched in: every part on a line of its own, lower case. */
export const searchText = (parts: readonly (string | null)[]): string =>
	folded(parts.flatMap(part => (part === null || part === '' ? [] : [part])).join('\n'))
		// PostgreSQL takes no text with a zero in it.
		.replaceAll('\u0000', ' ')
		.slice(0, lengthMax);

/** The escape character of every `like` here: a backslash is one already, in some engines and not in others. */
export const likeEscape = '!';

/** The pattern that finds a typed text literally, for `column like ? escape '!'`. */
export const likePattern = (typed: string): string => `%${folded(typed).replaceAll(/[!%_]/g, character => `${likeEscape}${character}`)}%`;
