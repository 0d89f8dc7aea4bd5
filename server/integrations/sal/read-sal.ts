/** Reads a file of the log: the log of a channel, a wiki page, or documents of the search index, one JSON object a line. */
import type {NewEvent} from '../../../reports/events.ts';
import {AppError} from '../../app-error.ts';
import {meaningFor} from './meaning-for.ts';
import {parseChannelLine, parseDocument, parseWikiRow, wikiDate} from './parse-line.ts';
import {lineBytesMax, type SalLine, type SalParse} from './sal-line.ts';
import {occurrenceCounter, toEvent} from './to-event.ts';

export type SalFormat = 'channel' | 'wiki' | 'documents';

/** A line that became no event: its number in the file from 1, why, and how it begins. */
export type RefusedLine = {readonly line: number; readonly reason: string; readonly begins: string};

export type SalReading = {
	readonly format: SalFormat;
	/** Oldest first; lines of one minute in the order in which they were written. */
	readonly events: readonly NewEvent[];
	readonly refused: readonly RefusedLine[];
};

export const salBytesMax = 50 * 1024 * 1024;
export const salLinesMax = 200_000;
/** A document wraps its message in JSON, which may spend six bytes on one. */
const documentBytesMax = 8 * lineBytesMax;
const beginsLength = 80;
const linesLookedAt = 200;

async function gather(input: string | AsyncIterable<Uint8Array | string>): Promise<Buffer> {
	const refuse = () => new AppError('too-large', `The log is larger than ${salBytesMax} bytes. Split it by month and import the parts.`);
	if (typeof input === 'string') {
		if (input.length > salBytesMax || Buffer.byteLength(input) > salBytesMax) throw refuse();
		return Buffer.from(input);
	}
	const chunks: Uint8Array[] = [];
	let bytes = 0;
	for await (const chunk of input) {
		const part = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
		bytes += part.byteLength;
		if (bytes > salBytesMax) throw refuse();
		chunks.push(part);
	}
	return Buffer.concat(chunks);
}

type NumberedLine = {readonly number: number; readonly text: string};

/** Cuts the file into lines that are not blank. A line that is too long or is not UTF-8 is refused by itself; the rest is read. */
function linesOf(bytes: Buffer, refused: RefusedLine[]): NumberedLine[] {
	const strict = new TextDecoder('utf-8', {fatal: true});
	const lines: NumberedLine[] = [];
	for (let start = 0, number = 1; start < bytes.length; number += 1) {
		if (number > salLinesMax) {
			throw new AppError('too-large', `The log has more than ${salLinesMax} lines. Split it by month and import the parts.`);
		}
		const newline = bytes.indexOf(10, start);
		const end = newline === -1 ? bytes.length : newline;
		const raw = bytes.subarray(start, end);
		start = end + 1;
		const begins = raw.subarray(0, beginsLength).toString('utf8');
		if (raw.length > documentBytesMax) {
			refused.push({line: number, reason: `The line has ${raw.length} bytes; a log line has at most ${lineBytesMax}.`, begins});
			continue;
		}
		try {
			const text = strict.decode(raw).trimEnd();
			if (text !== '') lines.push({number, text});
		} catch {
			refused.push({line: number, reason: 'The line is not UTF-8.', begins});
		}
	}
	return lines;
}

const isHeading = (text: string): boolean => /^={1,6}[^=].{0,200}={1,6}$/.test(text);

const looksLike: Readonly<Record<SalFormat, (text: string) => boolean>> = {
	channel: text => /^\[\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\] </.test(text),
	wiki: text => /^\* ?(?:\d{2}:\d{2} |\{\{(?:safe)?subst:SAL)/.test(text) || wikiDate(text) !== null,
	documents: text => /^\{ ?"/.test(text),
};

/** The format that most of the first lines have. */
function formatOf(lines: readonly NumberedLine[]): SalFormat {
	const first = lines.slice(0, linesLookedAt);
	const votes = (['channel', 'wiki', 'documents'] as const).map(format => ({
		format,
		count: first.filter(({text}) => looksLike[format](text)).length,
	}));
	const best = votes.reduce((most, vote) => (vote.count > most.count ? vote : most));
	if (best.count > 0) return best.format;
	throw new AppError(
		'invalid',
		'This is no log that can be read. Expected are channel lines (`[2026-06-02 08:04:00] <nick> !log text`), a wiki page (`== 2026-06-02 ==`, then `* 08:04 nick: text`), or one JSON document a line with `@timestamp`, `nick` and `message`.',
	);
}

function parseJsonLine(text: string): SalParse {
	try {
		return parseDocument(JSON.parse(text));
	} catch {
		return {refused: 'The line is not JSON.'};
	}
}

/** A parser for the lines of one file in their order: on the wiki page a row's date stands in the heading above it. */
function parserFor(format: SalFormat): (text: string) => SalParse | null {
	if (format === 'channel') return parseChannelLine;
	if (format === 'documents') return parseJsonLine;
	let date: string | null = null;
	return text => {
		if (isHeading(text)) {
			date = wikiDate(text);
			return date === null ? {refused: 'The heading is not a date like `== 2026-06-02 ==`; rows under it have no date.'} : null;
		}
		return date === null
			? {refused: 'No date stands above this row: a heading `== 2026-06-02 ==` was expected.'}
			: parseWikiRow(text, date);
	};
}

/**
 * Reads a whole log and makes an event of every line. The format is found out unless it is given. Every line that is not blank and not the
 * heading of a date becomes an event or a refusal: nothing is dropped silently. `announcedAs` leads from names in announcements to services.
 * Throws AppError when the input is larger than 50 MB or 200,000 lines, or is no log at all; an empty one has no events.
 */
export async function readSal(
	input: string | AsyncIterable<Uint8Array | string>,
	options: {readonly format?: SalFormat; readonly announcedAs?: ReadonlyMap<string, string>} = {},
): Promise<SalReading> {
	const refused: RefusedLine[] = [];
	const lines = linesOf(await gather(input), refused);
	if (lines.length === 0 && refused.length === 0) return {format: options.format ?? 'channel', events: [], refused};
	const format = options.format ?? formatOf(lines);
	const parse = parserFor(format);
	const parsed: SalLine[] = [];
	for (const {number, text} of lines) {
		const result = parse(text);
		if (result === null) continue;
		if ('line' in result) parsed.push(result.line);
		else refused.push({line: number, reason: result.refused, begins: text.slice(0, beginsLength)});
	}
	// The page is written newest first. Sorting is stable, so lines of one time stay in the order in which they were written.
	if (format === 'wiki') parsed.reverse();
	parsed.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
	const occurrence = occurrenceCounter();
	const announcedAs = options.announcedAs ?? new Map<string, string>();
	const events = parsed.map(line =>
		toEvent(line, {source: 'sal_import', occurrence: occurrence(line), service: meaningFor(line, announcedAs).service}),
	);
	return {format, events, refused: refused.sort((a, b) => a.line - b.line)};
}
