/** Hostile text as one line of Markdown that shows exactly what was written, and starts no list, heading, table cell, link or HTML. */
import {plainText} from '../reports/plain-text.ts';

/** Any ASCII punctuation may be escaped (CommonMark 0.31, section 2.4); these are the ones that mean something inside a line. */
const special = /[\\`*_[\]<>|~&$@]/g;

/** `max` is the length at which the text is cut, before it is escaped; the usual one of a line where it is not said. */
export function escapeMarkdown(text: string, max?: number): string {
	return plainText(text, max)
		.replaceAll(special, character => `\\${character}`)
		.replace(/^([#+=-])/, '\\$1')
		.replace(/^(\d{1,9})([.)])/, '$1\\$2');
}

/** Text inside a code span: fenced by more backticks than it holds anywhere. */
export function codeSpan(text: string): string {
	const plain = plainText(text).replaceAll('|', '\u2502');
	const longest = Math.max(0, ...(plain.match(/`+/g) ?? []).map(({length}) => length));
	const fence = '`'.repeat(longest + 1);
	const padded = plain === '' || plain.startsWith('`') || plain.endsWith('`') ? ` ${plain} ` : plain;
	return `${fence}${padded}${fence}`;
}
