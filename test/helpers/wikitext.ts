/**
 * A small model of how MediaWiki reads a page: which constructs open in each line, what stands where, and what a reader sees. It knows what an
 * attacker would use, and reads the source as MediaWiki does: constructs first, references (`&#123;`) as plain characters only afterwards.
 */

const schemes = [
	...['bitcoin:', 'ftp://', 'ftps://', 'geo:', 'git://', 'gopher://', 'http://', 'https://', 'irc://', 'ircs://', 'magnet:', 'mailto:'],
	...['mms://', 'news:', 'nntp://', 'redis://', 'sftp://', 'sip:', 'sips:', 'sms:', 'ssh://', 'svn://', 'tel:', 'telnet://', 'urn:'],
	...['worldwind://', 'xmpp:'],
].join('|');

/** What opens inside a line, wherever it stands. */
const inline: readonly (readonly [string, RegExp])[] = [
	['template', /\{\{/g],
	['argument or template end', /\}\}/g],
	['table start', /\{\|/g],
	['language variant', /-\{|\}-/g],
	['link', /\[\[|\]\]/g],
	['external link', new RegExp(`\\[(?:${schemes}|//)`, 'gi')],
	['bare address', new RegExp(`(?:${schemes})[^\\][<>"\\u0000-\\u0020\\u007F\\p{Zs}]`, 'giu')],
	['quotes', /''+/g],
	['tag', /<[/!]?[a-z-]/gi],
	['signature', /~{3,}/g],
	['magic word', /__[\p{L}]+__|\uFF3F[\p{L}]+\uFF3F/gu],
	['magic link', /\b(?:RFC|PMID|ISBN)(?:[\t ]|\p{Zs}|&nbsp;|&#0*160;|&#x0*a0;)+[\dX]/giu],
	['cell', /\|\||!!/g],
];

/** What a line is by its first characters. */
function kindOf(line: string): string {
	if (line === '') return 'blank';
	if (line.startsWith('{|')) return 'table';
	if (line.startsWith('|}')) return 'table end';
	if (line.startsWith('|-')) return 'row';
	if (line.startsWith('|+')) return 'caption';
	if (line.startsWith('|')) return 'cell';
	if (line.startsWith('!')) return 'head cell';
	const heading = /^(={1,6}).+?\1\s*$/.exec(line)?.[1];
	if (heading !== undefined) return `heading ${heading.length}`;
	if (/^-{4}/.test(line)) return 'rule';
	if (/^[*#:;]/.test(line)) return `list ${/^[*#:;]+/.exec(line)?.[0] ?? ''}`;
	return line.startsWith(' ') ? 'preformatted' : 'paragraph';
}

const isCell = (kind: string): boolean => kind === 'cell' || kind === 'head cell' || kind === 'caption';

/** A reference as the character that it names; anything else that begins with an ampersand stays. */
const named: Readonly<Record<string, string>> = {amp: '&', lt: '<', gt: '>', quot: '"'};
const resolve = (text: string): string =>
	text.replaceAll(
		/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi,
		(whole, decimal: string | undefined, hex: string | undefined, name: string | undefined) =>
			name === undefined
				? String.fromCodePoint(decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal))
				: (named[name] ?? whole),
	);

export type WikiLine = {
	readonly kind: string;
	/** What opens in it, in the order of the list above. */
	readonly opens: readonly string[];
	/** How many cells its pipes make of it; 0 outside tables. */
	readonly cells: number;
	/** What a reader sees: without the marks of the line's beginning and without quotes. */
	readonly text: string;
};

export function readWikiLine(line: string): WikiLine {
	const kind = kindOf(line);
	const opens = inline.flatMap(([name, pattern]) => (line.match(pattern) ?? []).map(found => `${name} ${found}`));
	const inner = isCell(kind) ? line.replace(/^(?:\|\+|[|!])/, '') : line;
	const parts = inner.split('|');
	const seen = (isCell(kind) ? (parts.at(-1) ?? '') : inner)
		.replace(/^[*#:;]+/, '')
		.replace(/^(={1,6})(.+?)\1\s*$/, '$2')
		.replaceAll(/''+/g, '')
		.replaceAll(/<\/?code>/g, '');
	return {kind, opens, cells: isCell(kind) ? parts.length : 0, text: resolve(seen).trim()};
}

export const readWikitext = (text: string): readonly WikiLine[] => text.split('\n').map(readWikiLine);

/** What is wrong with the tables of a page: one that is not closed, cells outside, rows of different widths. Empty: nothing. */
export function tableFaults(text: string): string[] {
	const faults: string[] = [];
	let widths: number[] | null = null;
	/** Columns that cells of rows before still cover, and for how many rows. */
	let covered = 0;
	for (const [index, line] of text.split('\n').entries()) {
		const {kind} = readWikiLine(line);
		const at = `line ${index + 1}`;
		if (kind === 'table') {
			if (widths !== null) faults.push(`${at}: a table within a table`);
			widths = [];
			covered = 0;
		} else if (widths === null) {
			if (isCell(kind) || kind === 'row' || kind === 'table end') faults.push(`${at}: a ${kind} outside a table`);
		} else if (kind === 'table end') {
			const [first] = widths;
			if (widths.some(width => width !== first)) faults.push(`${at}: rows of ${widths.join(', ')} cells`);
			widths = null;
		} else if (kind === 'row') {
			widths.push(covered > 0 ? 1 : 0);
			covered = Math.max(0, covered - 1);
		} else if (kind === 'cell' || kind === 'head cell') {
			const rows = Number(/rowspan="(\d+)"/.exec(line)?.[1] ?? 1);
			const columns = Number(/colspan="(\d+)"/.exec(line)?.[1] ?? 1);
			if (rows > 1) covered = rows - 1;
			widths[widths.length - 1] = (widths.at(-1) ?? 0) + columns;
		} else if (kind !== 'caption') faults.push(`${at}: a ${kind} inside a table`);
	}
	return widths === null ? faults : [...faults, 'the last table is not closed'];
}
