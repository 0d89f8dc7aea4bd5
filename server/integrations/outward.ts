/**
 * Asking other systems over HTTP, bounded in time and size; what goes wrong is one error with a sentence for people. Redirects are not
 * followed: a password must not travel to where an answer points.
 */
import {Agent as HttpAgent} from 'node:http';
import {Agent as HttpsAgent} from 'node:https';
import fetch, {AbortError, FetchError} from 'node-fetch';

export type OutwardRequest = {
	readonly url: string;
	readonly method?: 'GET' | 'POST';
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string;
	/** For the whole exchange, from the first byte asked to the last one read. */
	readonly timeoutMs: number;
	readonly bytesMax: number;
	/** Given up early: the service stops, or nobody waits any more. */
	readonly abort?: AbortSignal;
	/** Certificates to trust instead of the machine's, as PEM text. */
	readonly ca?: string | null;
};

export type OutwardAnswer = {readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly text: string};

/** It could not be asked, or did not answer whole. */
export class OutwardError extends Error {
	readonly kind: 'timeout' | 'too-large' | 'unreachable' | 'aborted';
	/** What it answered before the rest failed to come; null where not even that was heard. */
	readonly status: number | null;

	constructor(kind: OutwardError['kind'], message: string, status: number | null = null) {
		super(message);
		this.name = 'OutwardError';
		this.kind = kind;
		this.status = status;
	}
}

const plainAgent = new HttpAgent({keepAlive: true, maxSockets: 16});
const agents = new Map<string, HttpsAgent>();

/** One agent for each set of certificates, so that connections are used again. */
function agentFor(url: string, ca: string | null): HttpAgent | HttpsAgent {
	if (!url.startsWith('https:')) return plainAgent;
	const found = agents.get(ca ?? '') ?? new HttpsAgent({keepAlive: true, maxSockets: 16, ...(ca === null ? {} : {ca})});
	agents.set(ca ?? '', found);
	return found;
}

function outwardError(error: unknown, request: OutwardRequest, isOver: boolean, status: number | null): OutwardError {
	const host = URL.canParse(request.url) ? new URL(request.url).host : 'an address that is none';
	if (isOver) return new OutwardError('timeout', `${host} did not answer within ${request.timeoutMs / 1000} s`, status);
	if (error instanceof AbortError) return new OutwardError('aborted', `asking ${host} was given up`, status);
	if (error instanceof FetchError && error.type === 'max-size')
		return new OutwardError('too-large', `${host} answered more than ${request.bytesMax} bytes`, status);
	const cause =
		error instanceof FetchError && error.code !== undefined ? error.code : error instanceof Error ? error.message : String(error);
	return new OutwardError('unreachable', `${host} cannot be asked: ${cause}`, status);
}

/** Asks once. Any status is an answer; no whole answer is an OutwardError. */
export async function askOutward(request: OutwardRequest): Promise<OutwardAnswer> {
	const {url, method = 'GET', headers = {}, body, timeoutMs, bytesMax, abort, ca = null} = request;
	const stop = new AbortController();
	let isOver = false;
	let status: number | null = null;
	const timer = setTimeout(() => {
		isOver = true;
		stop.abort();
	}, timeoutMs);
	const giveUp = (): void => stop.abort();
	abort?.addEventListener('abort', giveUp, {once: true});
	try {
		const answer = await fetch(url, {
			...{method, headers, redirect: 'manual', size: bytesMax, signal: stop.signal, agent: agentFor(url, ca)},
			...(body === undefined ? {} : {body}),
		});
		status = answer.status;
		return {status, headers: Object.fromEntries(answer.headers), text: await answer.text()};
	} catch (error) {
		throw outwardError(error, request, isOver, status);
	} finally {
		clearTimeout(timer);
		abort?.removeEventListener('abort', giveUp);
	}
}
