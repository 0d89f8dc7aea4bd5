/**
 * Parses the lines that MediaWiki writes to exception.log, fatal.log and error.log.
 *
 * The format is Wikimedia's (operations/mediawiki-config, wmf-config/logging.php), written by MediaWiki's LineFormatter:
 * `%datetime% [%extra.reqId%] %extra.host% %extra.wiki% %extra.mwversion% %channel% %level_name%: %message% %context% %exception%`.
 * Until 2016 it had neither the request nor the version. Messages may hold line breaks, and exceptions bring lines of their own.
 */
import {lineTimeReader, noTime} from './line-time.ts';
import {isHostName, type LineParser} from './log-line.ts';

export const noHead = 'The line does not begin with DATE TIME [REQUEST] HOST WIKI VERSION CHANNEL LEVEL: as MediaWiki writes it.';

const startPattern = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d)(?= ))?(?= |$)/;
/** Frames of a stack trace, what LineFormatter puts in front of one, and what PHP prints of a fatal error. */
const continuedPattern = /^(?:\s|#\d+[ :]|\[(?:Exception|Error) |Caused by: \[|(?:Stack|Back)trace:|Stack trace:|$)/i;
const levelPattern = /^(?:DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY):$/i;
const requestPattern = /^\[([^\s[\]%]{1,128})\]/;
/** The head is short; only this much of a line is searched for it. */
const headCharsMax = 1024;
const contextTries = 8;

/** @param zone - of times that carry none; null refuses them. */
export function mediawikiLineParser(zone: string | null): LineParser {
	const readTime = lineTimeReader(zone);
	return ({text}, nowMs) => {
		const start = startPattern.exec(text);
		if (!start) return continuedPattern.test(text) ? {continued: true} : {refused: noTime};
		const time = readTime(start[0], nowMs);
		if ('refused' in time) return time;
		const head = readHead(text, start[0].length);
		if (head === null) return {refused: noHead};
		const {message, context} = splitContext(text.slice(head.end));
		const request = head.request ?? requestPattern.exec(message)?.[1] ?? exceptionId(context);
		return {at: time.at, host: head.host, level: head.level, channel: head.channel, message, request};
	};
}

type Head = {
	readonly request: string | null;
	readonly host: string;
	readonly channel: string;
	readonly level: string;
	/** Where the message begins. */
	readonly end: number;
};

function readHead(text: string, from: number): Head | null {
	const words: string[] = [];
	let position = from + 1;
	// Request, host, wiki, version, channel, level: at most six words.
	while (words.length < 6 && position < Math.min(text.length, headCharsMax)) {
		const space = text.indexOf(' ', position);
		const end = space === -1 ? text.length : space;
		words.push(text.slice(position, end));
		position = end + 1;
		if (levelPattern.test(words.at(-1) ?? '')) break;
	}
	const level = words.pop();
	if (level === undefined || !levelPattern.test(level)) return null;
	const bracketed = words[0]?.startsWith('[') === true ? words.shift() : undefined;
	const host = words[0];
	const channel = words.at(-1);
	if (words.length < 3 || words.length > 4 || host === undefined || channel === undefined || !isHostName(host)) return null;
	const request = bracketed === undefined ? null : (requestPattern.exec(bracketed)?.[1] ?? null);
	return {request, host, channel, level: level.slice(0, -1), end: position};
}

/** The context is a JSON object at the end of the line. A message may hold braces too, so the first that parses is it. */
function splitContext(text: string): {readonly message: string; readonly context: unknown} {
	const line = text.trim();
	if (!line.endsWith('}')) return {message: line, context: null};
	let brace = line.startsWith('{') ? 0 : line.indexOf(' {') + 1;
	for (let tries = 0; tries < contextTries && (brace > 0 || line.startsWith('{')); tries += 1) {
		const context = parseObject(line.slice(brace));
		if (context !== null) return {message: line.slice(0, brace).trim(), context};
		const next = line.indexOf(' {', brace);
		if (next === -1) break;
		brace = next + 1;
	}
	return {message: line, context: null};
}

function parseObject(text: string): object | null {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' ? value : null;
	} catch (error) {
		if (error instanceof SyntaxError) return null;
		throw error;
	}
}

/** Exceptions carry the id that the reader of the error page was shown: in 2015 the only id of a request. */
function exceptionId(context: unknown): string | null {
	if (typeof context !== 'object' || context === null || !('exception_id' in context)) return null;
	const id = context.exception_id;
	return typeof id === 'string' && id !== '' && id.length <= 128 ? id : null;
}
