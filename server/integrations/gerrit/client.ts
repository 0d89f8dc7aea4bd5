/**
 * Gerrit's REST API as its documentation has it (Documentation/rest-api.txt): JSON behind `)]}'`, basic authentication below `/a/`. Every
 * exchange goes through the one bounded door for other systems, and what goes wrong is one error that says what to do next.
 */
import {AppError} from '../../app-error.ts';
import {askOutward, OutwardError} from '../outward.ts';

export type GerritAccess = {
	/** Without a slash at the end. */
	readonly url: string;
	readonly user: string | null;
	/** Read at each request, so that a new one needs no restart; null: there is no user. */
	readonly password: () => string | null;
	readonly ca: () => string | null;
	readonly timeoutMs: number;
};

export type GerritTrouble =
	/** Nothing more is to be asked for so long. */
	| 'limited'
	/** It may work later. */
	| 'away'
	/** It will not, until somebody changes the configuration, the password or its rights. */
	| 'refused'
	/** It is not there, or may not be seen: Gerrit answers the same to both. */
	| 'gone';

export class GerritError extends Error {
	readonly kind: GerritTrouble;
	readonly afterMs: number;

	constructor(kind: GerritTrouble, message: string, afterMs = 0) {
		super(message);
		this.name = 'GerritError';
		this.kind = kind;
		this.afterMs = afterMs;
	}
}

const answerBytesMax = 16 * 1024 * 1024;
/** What is waited where it names no time. */
const usualPauseMs = 30_000;
const pauseMaxMs = 10 * 60_000;
const saidMax = 200;
const magic = ")]}'";

export const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);

/** `Retry-After`: seconds, or a date (RFC 9110). */
function pauseMs(said: string | undefined, now: string): number {
	if (said === undefined) return usualPauseMs;
	const ms = /^\d{1,9}$/.test(said.trim()) ? Number(said) * 1000 : Date.parse(said) - Date.parse(now);
	return Number.isFinite(ms) ? Math.min(pauseMaxMs, Math.max(1000, ms)) : usualPauseMs;
}

/** The first line of what it says: Gerrit answers mistakes in plain text, and things in front of it with pages. */
function saidOf(text: string): string {
	const line = text.trimStart().startsWith('<') ? '' : (text.trim().split('\n', 1)[0] ?? '');
	return line === '' ? '' : `: ${line.slice(0, saidMax)}`;
}

function checkStatus(status: number, headers: Readonly<Record<string, string>>, text: string, access: GerritAccess, now: string): void {
	const host = hostOf(access.url);
	if (status >= 200 && status < 300) return;
	if (status >= 300 && status < 400)
		throw new GerritError('refused', `${host} sends on to another address (a sign-in, as a rule): is «url» where Gerrit's API begins?`);
	if (status === 429 || status === 503)
		throw new GerritError('limited', `${host} asks for a pause (${status}${saidOf(text)})`, pauseMs(headers['retry-after'], now));
	if (status === 401) throw new GerritError('refused', `${host} does not take user and password: see «user» and «password_file» of gerrit`);
	if (status === 403) throw new GerritError('refused', `${host} does not let ${access.user ?? 'a stranger'} see that${saidOf(text)}`);
	if (status === 404) throw new GerritError('gone', `${host} knows no such change: it may be private, or not exist`);
	if (status >= 500) throw new GerritError('away', `${host} answered ${status}${saidOf(text)}`);
	throw new GerritError('refused', `${host} answered ${status}${saidOf(text)}`);
}

function jsonOf(text: string, host: string): unknown {
	const content = text.trimStart();
	if (content.startsWith('<'))
		throw new GerritError('refused', `${host} answers with a page instead of JSON: is «url» where Gerrit's API begins, such as …/r?`);
	const json = content.startsWith(magic) ? content.slice(magic.length) : content;
	try {
		return JSON.parse(json);
	} catch {
		throw new GerritError('away', `${host} answered with JSON that ends in the middle, or is none (${content.length} characters)`);
	}
}

/** Asks once; `path` begins with a slash. Throws GerritError. `now` is only needed to understand a date in `Retry-After`. */
export async function askGerrit(access: GerritAccess, path: string, now: string, abort: AbortSignal): Promise<unknown> {
	const host = hostOf(access.url);
	try {
		const password = access.password();
		const signed = access.user !== null && password !== null;
		const secret = signed ? Buffer.from(`${access.user}:${password}`, 'utf8').toString('base64') : null;
		const {status, headers, text} = await askOutward({
			url: `${access.url}${signed ? '/a' : ''}${path}`,
			headers: {accept: 'application/json', 'user-agent': 'signalbox', ...(secret === null ? {} : {authorization: `Basic ${secret}`})},
			...{timeoutMs: access.timeoutMs, bytesMax: answerBytesMax, abort, ca: access.ca()},
		});
		checkStatus(status, headers, text, access, now);
		return jsonOf(text, host);
	} catch (error) {
		if (error instanceof GerritError) throw error;
		if (error instanceof OutwardError || error instanceof AppError) throw new GerritError('away', error.message);
		throw error;
	}
}
