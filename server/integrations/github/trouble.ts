/** What went wrong with GitHub, as a value that says what to do next. */
import {AppError} from '../../app-error.ts';

export type Trouble =
	/** Nothing more is to be asked for so long. */
	| {readonly kind: 'limited'; readonly reason: string; readonly afterMs: number}
	/** It may work later. */
	| {readonly kind: 'away'; readonly reason: string}
	/** It will not, until somebody changes the token, its rights or the configuration. */
	| {readonly kind: 'refused'; readonly reason: string}
	/** It is not there, or this token may not see it: GitHub answers the same to both. */
	| {readonly kind: 'gone'; readonly reason: string};

type Told = {status: number | null; message: string; headers: Readonly<Record<string, unknown>>};

const saidMax = 300;
/** What GitHub asks for where it names no time. */
const usualPauseMs = 60_000;
/** Its limits are counted by the hour; whatever a header says, it is asked again then. */
const pauseMaxMs = 65 * 60_000;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

export function toldBy(error: unknown): Told {
	const about: Record<string, unknown> = isRecord(error) ? error : {};
	const response = isRecord(about['response']) ? about['response'] : null;
	const message = (error instanceof Error ? error.message : String(error))
		.replace(/ - https:\/\/docs\.github\.com\S*/, '')
		.slice(0, saidMax);
	return {
		// An error of the connection is given a status, too, but has no answer.
		status: response !== null && typeof about['status'] === 'number' ? about['status'] : null,
		...{message, headers: isRecord(response?.['headers']) ? response['headers'] : {}},
	};
}

function limitMs({message, headers}: Told, now: string): number | null {
	const retryAfter = Number(headers['retry-after']);
	if (headers['retry-after'] !== undefined && Number.isFinite(retryAfter)) return retryAfter * 1000;
	if (String(headers['x-ratelimit-remaining']) === '0') {
		const reset = Number(headers['x-ratelimit-reset']);
		return Number.isFinite(reset) ? Math.max(1000, reset * 1000 - Date.parse(now) + 1000) : usualPauseMs;
	}
	return /rate limit/i.test(message) ? usualPauseMs : null;
}

export function troubleOf(error: unknown, now: string): Trouble {
	const told = toldBy(error);
	const {status, message} = told;
	if (error instanceof AppError) return {kind: 'away', reason: error.message};
	if (status === null || status >= 500) return {kind: 'away', reason: status === null ? message : `GitHub answered ${status}: ${message}`};
	if (status === 403 || status === 429) {
		const afterMs = limitMs(told, now);
		if (afterMs !== null) return {kind: 'limited', reason: `GitHub limits its use (${message})`, afterMs: Math.min(afterMs, pauseMaxMs)};
	}
	if (status === 404 || status === 410 || status === 451) return {kind: 'gone', reason: `GitHub answered ${status}: ${message}`};
	if (status === 401) return {kind: 'refused', reason: 'GitHub does not take the token: see «token_file»'};
	if (status === 403) return {kind: 'refused', reason: `the token may not do that (${message}): docs/github.md says which rights it needs`};
	return {kind: 'refused', reason: `GitHub answered ${status}: ${message}`};
}
