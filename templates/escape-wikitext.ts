/**
 * Hostile text as one line of wikitext that shows exactly what was written: no template, link, tag, table, list, heading, signature or
 * magic word begins in it. Characters become numeric references, which MediaWiki prints and never parses; `<nowiki>` could be ended from inside.
 */
import {plainText} from '../reports/plain-text.ts';

const reference = (character: string): string => `&#${character.codePointAt(0) ?? 0};`;

/** These mean something wherever they stand; the last one is the underscore that Japanese magic words are written with. */
const always = /[&<>[\]{}|~\uFF3F]/g;

/** These mean something only in pairs, so that `don't` and `new_error` stay readable; at an edge the neighbour is not known. */
const inPairs = /(['_!])(?=\1|$)|(?<=^|')'|(?<=^|_)_|(?<=^|!)!/g;

/** What a line may begin with: lists, headings, rules; a plus and a minus follow on a table's pipe. */
const atStart = /^[*#:;=+-]/;

/** Words that become a link when a number follows (RFC 1149): their last letter is said by its number. */
const magicLink = /(RF|PMI|ISB)([CDN])(?=[\s\p{Zs}])/giu;

/** The colon of an address (`https://…`, `mailto:a@b`): every scheme that MediaWiki links ends with a letter. */
const ofAddress = /(?<=\p{L}):(?=\S)/gu;

export function escapeWikitext(text: string): string {
	const plain = plainText(text);
	const first = atStart.test(plain) ? reference(plain.charAt(0)) : '';
	return `${first}${plain
		.slice(first === '' ? 0 : 1)
		.replaceAll(always, reference)
		.replaceAll(inPairs, reference)
		.replaceAll(magicLink, (_whole, begin: string, end: string) => `${begin}${reference(end)}`)
		.replaceAll(ofAddress, reference)}`;
}
