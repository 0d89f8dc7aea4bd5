/**
 * The four ways in which a line of the log reaches us, each read into the same SalLine: as seen in the channel, as the wiki page holds it,
 * as the search index holds it, and as a tool sends it over TCP. A line is hostile: patterns are anchored and bounded, lengths are checked
 * first, control characters are taken out.
 */
import type {Instant} from '../../../gate/facts.ts';
import {readManual} from './read-reason.ts';
import {lineBytesMax, type SalLine, type SalParse} from './sal-line.ts';
import {recogniseShape} from './shapes.ts';

type Sender = {
	readonly nick: string;
	readonly actor: string;
	readonly host: string | null;
	readonly message: string;
	/** wm-bot repeats what anyone says in a cloud channel. */
	readonly relayed: boolean;
	readonly project?: string;
};

/** From about then on the log shows `user@host` as the nick of what logmsgbot repeats; before, it was part of the text. */
const nickLeftTheText: Instant = '2017-01-01T00:00:00.000Z';

/** `2026-06-02` and `08:04:00` as an instant, or null where no calendar has such a time. */
export function instantOf(date: string, time: string): Instant | null {
	const at = new Date(`${date}T${time}.000Z`);
	if (Number.isNaN(at.getTime())) return null;
	return at.toISOString() === `${date}T${time}.000Z` ? at.toISOString() : null;
}

/** Why a text is too long to be a line of the log; null when it is not. */
function tooLong(text: string): string | null {
	const bytes = text.length > lineBytesMax ? text.length : Buffer.byteLength(text);
	return bytes > lineBytesMax ? `The line has ${bytes} bytes or more; a log line has at most ${lineBytesMax}.` : null;
}

const withoutControls = (text: string): string => text.replace(/\t/g, ' ').replace(/\p{Cc}/gu, '');

/** `user@host rest`: how every tool begins what it sends to the bot. */
function userAtHost(text: string): {user: string; host: string; rest: string} | null {
	const match = /^([^\s@]{1,64})@([^\s@]{1,255})(?: (.*))?$/.exec(text);
	return match ? {user: match[1] ?? '', host: match[2] ?? '', rest: match[3] ?? ''} : null;
}

/** What the bot `logmsgbot` repeats: its first `user@host` is who did it. Without one, the bot itself speaks. */
function fromLogmsgbot(text: string, nickIsUser: boolean): Sender {
	const found = userAtHost(text);
	if (!found) return {nick: 'logmsgbot', actor: 'logmsgbot', host: null, message: text, relayed: false};
	const nick = nickIsUser ? `${found.user}@${found.host}` : 'logmsgbot';
	return {nick, actor: found.user, host: found.host, message: found.rest.trim(), relayed: false};
}

/** What `wm-bot` repeats from a cloud channel: user@host, then the project, then the text. */
function fromWmBot(text: string): Sender {
	const found = userAtHost(text);
	if (!found) return {nick: 'wm-bot', actor: 'wm-bot', host: null, message: text, relayed: true};
	const [, project, message] = /^(\S{1,200}) +(.*)$/.exec(found.rest) ?? [];
	const sender = {nick: `wmbot~${found.user}@${found.host}`, actor: found.user, host: found.host, relayed: true};
	return project === undefined || message === undefined ? {...sender, message: found.rest} : {...sender, message, project};
}

/** Whose line it is where the log already shows a nick: on the wiki page and in the search index. */
function fromShownNick(nick: string, text: string): Sender {
	if (nick === 'logmsgbot') return fromLogmsgbot(text, false);
	const relayed = nick.startsWith('wmbot~');
	const found = userAtHost(relayed ? nick.slice('wmbot~'.length) : nick);
	return {nick, actor: found?.user ?? nick, host: found?.host ?? null, message: text, relayed};
}

const once = <Value>(values: readonly Value[]): Value[] => [...new Set(values)];

/** Only a tool's line has a tool's shape: what a person types, and what wm-bot repeats, can say anything. */
function finish(sender: Sender, at: Instant, precision: 's' | 'min'): SalParse {
	const message = sender.message.trim();
	if (message === '') return {refused: 'The message is empty.'};
	const found = recogniseShape(message);
	const shape = sender.relayed ? 'toolforge' : sender.host === null ? 'manual' : found.shape;
	const line: SalLine = {
		at,
		precision,
		nick: sender.nick,
		actor: sender.actor,
		host: sender.host,
		shape,
		message,
		tasks: once([...message.matchAll(/\bT\d+\b/g)].map(([task]) => task)),
		changes: once([...message.matchAll(/\[\[gerrit:(\d{1,9})[|\]]/g)].map(match => Number(match[1]))),
		durationSeconds: shape === found.shape ? found.durationSeconds : null,
		fields: {
			...(shape === 'manual' ? readManual(message) : shape === found.shape ? found.fields : {}),
			...(sender.project === undefined ? {} : {project: sender.project}),
			...(/(?:^|\s)#releng\b/.test(message) ? {duplicate_to: 'releng'} : {}),
		},
	};
	return {line};
}

/** `[2026-06-02 08:04:00] <+logmsgbot> !log deployer1@deploy2002 Started …`: one line of a channel's log, times in UTC. */
export function parseChannelLine(text: string): SalParse {
	const long = tooLong(text);
	if (long) return {refused: long};
	const match = /^\[(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})\] <[+@%&~]?([^<>\s@~]{1,64})> (.*)$/.exec(withoutControls(text));
	if (!match) return {refused: 'It is not a channel line: `[YYYY-MM-DD HH:MM:SS] <sender> text` was expected.'};
	const [, date = '', time = '', nick = '', said = ''] = match;
	const at = instantOf(date, time);
	if (!at) return {refused: `There is no such time: ${date} ${time}.`};
	const logged = /^!log\b ?(.*)$/.exec(said)?.[1]?.trim();
	if (logged === undefined) return {refused: 'It is talk, not a !log line.'};
	if (nick === 'logmsgbot') return finish(fromLogmsgbot(logged, at >= nickLeftTheText), at, 's');
	if (nick === 'wm-bot') return finish(fromWmBot(logged), at, 's');
	return finish({nick, actor: nick, host: null, message: logged, relayed: false}, at, 's');
}

/** The date of a heading `== 2026-06-02 ==` of the wiki page; null for every other line. */
export function wikiDate(text: string): string | null {
	const date = /^={2,3} ?(\d{4}-\d{2}-\d{2}) ?={2,3}\s*$/.exec(text)?.[1];
	return date !== undefined && instantOf(date, '00:00:00') !== null ? date : null;
}

/** Undoes what stashbot does for wikitext: `{{!}}` for a pipe, `<nowiki>` around lone braces. Doubled braces were never escaped. */
const withoutEscapes = (text: string): string =>
	text.replace(/\{\{!\}\}|<nowiki>([^<]{0,8192})<\/nowiki>/g, (_all, inside: string | undefined) => inside ?? '|');

/** `* 08:04 deployer1@deploy2002: Started …`: one row of the wiki page under the heading of its date. Precise to the minute. */
export function parseWikiRow(text: string, date: string): SalParse {
	const long = tooLong(text);
	if (long) return {refused: long};
	const row = withoutControls(text).replace(/^\* ?\{\{(?:safe)?subst:SAL entry\|1=(.*)\}\}$/, '* $1');
	const match = /^\* ?(\d{2}:\d{2}) ([^\s:]{1,320}): ?(.*)$/.exec(row);
	if (!match) return {refused: 'It is not a row of the page: `* HH:MM nick: message` was expected.'};
	const [, time = '', nick = '', said = ''] = match;
	const at = instantOf(date, `${time}:00`);
	if (!at) return {refused: `There is no such time: ${date} ${time}.`};
	return finish(fromShownNick(nick, withoutEscapes(said)), at, 'min');
}

/** A document of the search index behind sal.toolforge.org: `@timestamp`, `nick`, `message`. Other fields are not needed. */
export function parseDocument(document: unknown): SalParse {
	if (typeof document !== 'object' || document === null) return {refused: 'It is not a document: a JSON object was expected.'};
	const source = '_source' in document && typeof document._source === 'object' && document._source !== null ? document._source : document;
	const time = '@timestamp' in source ? source['@timestamp'] : undefined;
	const nick = 'nick' in source ? source.nick : undefined;
	const message = 'message' in source ? source.message : undefined;
	if (typeof time !== 'string' || typeof nick !== 'string' || typeof message !== 'string') {
		return {refused: 'The document lacks `@timestamp`, `nick` or `message` as text.'};
	}
	const long = tooLong(message) ?? tooLong(nick);
	if (long) return {refused: long};
	const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(\.\d{1,9})?(?:Z|\+00:00)$/.exec(time);
	const at = match ? instantOf(match[1] ?? '', match[2] ?? '') : null;
	if (!at) return {refused: `The document's time ${JSON.stringify(time.slice(0, 40))} is not ISO 8601 in UTC.`};
	const shownNick = withoutControls(nick).trim();
	if (!/^[^\s:]{1,320}$/.test(shownNick)) return {refused: 'The document has no usable nick.'};
	return finish(fromShownNick(shownNick, withoutControls(message).trim()), at, 's');
}

/** `!log USER@HOST MESSAGE`: what a tool sends to tcpircbot. It carries no time, so the time it came in stands for it. */
export function parseAnnouncement(text: string, receivedAt: Instant): SalParse {
	const long = tooLong(text);
	if (long) return {refused: long};
	const logged = /^!log\b ?(.*)$/.exec(withoutControls(text).trim())?.[1]?.trim();
	if (logged === undefined) return {refused: 'It is not an announcement: `!log USER@HOST MESSAGE` was expected.'};
	return finish(fromLogmsgbot(logged, true), receivedAt, 's');
}
