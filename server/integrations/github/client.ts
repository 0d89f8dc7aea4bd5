/**
 * GitHub's REST API through Octokit, as its makers document it: requests one after another, pauses between writes, what it says of its
 * limits honoured, a User-Agent, conditional requests. Every exchange goes through the one bounded door for other systems.
 */
import {retry} from '@octokit/plugin-retry';
import {throttling} from '@octokit/plugin-throttling';
import {Octokit} from '@octokit/rest';
import {askOutward, OutwardError} from '../outward.ts';

export type GithubAccess = {
	/** Without a slash at the end. */
	readonly apiUrl: string;
	/** Read at each request, so that a new token needs no restart. */
	readonly token: () => string;
	readonly ca: () => string | null;
};

const requestMs = 10_000;
const answerBytesMax = 8 * 1024 * 1024;
/** A limit that ends this soon is waited for; for anything longer the whole work is put off. */
const waitedForS = 3;
const retriesMax = 2;

class GivenUp extends Error {
	constructor(message: string) {
		super(message);
		// Octokit's plugins try anything again but this.
		this.name = 'AbortError';
	}
}

type FetchOptions = {
	readonly method?: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string;
	readonly signal?: AbortSignal;
};

/** What Octokit takes for `fetch`: bounded in time and size, with the token, and without following redirects. */
const boundedFetch =
	({apiUrl, token, ca}: GithubAccess) =>
	async (url: string, {method = 'GET', headers = {}, body, signal}: FetchOptions = {}): Promise<Response> => {
		// The token goes to the API alone, whatever address an answer named, and however a repository's name leads upwards.
		if (!URL.canParse(url) || !new URL(url).href.startsWith(`${new URL(apiUrl).href.replace(/\/+$/, '')}/`))
			throw new GivenUp(`GitHub named an address outside ${apiUrl}`);
		if (method !== 'GET' && method !== 'POST') throw new GivenUp(`${method} is not asked of GitHub`);
		try {
			const {
				status,
				headers: said,
				text,
			} = await askOutward({
				...{url, method, headers: {...headers, authorization: `Bearer ${token()}`}, ca: ca()},
				...{timeoutMs: requestMs, bytesMax: answerBytesMax},
				...(body === undefined ? {} : {body}),
				...(signal === undefined ? {} : {abort: signal}),
			});
			const isEmpty = status === 204 || status === 205 || status === 304;
			return new Response(isEmpty ? null : text, {status: status < 200 ? 502 : status, headers: said});
		} catch (error) {
			if (error instanceof OutwardError && error.kind === 'aborted') throw new GivenUp(error.message);
			throw error;
		}
	};

const quiet = (): void => undefined;
const Api = Octokit.plugin(retry, throttling);

export type GithubApi = InstanceType<typeof Api>;

export function githubApi(access: GithubAccess): GithubApi {
	const isShort = (retryAfterS: number, retryCount: number): boolean => retryCount < 1 && retryAfterS <= waitedForS;
	return new Api({
		...{baseUrl: access.apiUrl, userAgent: 'signalbox'},
		request: {fetch: boundedFetch(access)},
		log: {debug: quiet, info: quiet, warn: quiet, error: quiet},
		retry: {retries: retriesMax, doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451]},
		throttle: {
			// Clients of one API share its pauses.
			id: access.apiUrl,
			onRateLimit: (retryAfterS, _options, _octokit, retryCount) => isShort(retryAfterS, retryCount),
			onSecondaryRateLimit: (retryAfterS, _options, _octokit, retryCount) => isShort(retryAfterS, retryCount),
		},
	});
}
