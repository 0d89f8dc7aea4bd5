/** Asks a source for JSON. Whatever else comes (a login page, half an answer, a refusal, silence) is a SourceTrouble with its reason. */
import type {HttpSourceConfig} from '../../config.ts';
import {askOutward, type OutwardAnswer, OutwardError} from '../outward.ts';
import {type Credentials, readCredentials} from './credentials.ts';
import {quotable, SourceTrouble} from './source-trouble.ts';

export type JsonRequest = {
	/** Below the source's address: `/api/v1/query`. */
	readonly path: string;
	readonly method?: 'GET' | 'POST';
	readonly contentType?: string;
	readonly body?: string;
	readonly abort: AbortSignal;
};

export type JsonAnswer = {
	readonly value: unknown;
	/** The source's own clock, milliseconds; null where it does not tell. */
	readonly dateMs: number | null;
	readonly headers: Readonly<Record<string, string>>;
	readonly bytes: number;
};

export type JsonSource = {
	/** Host and port, for sentences. */
	readonly name: string;
	ask(request: JsonRequest): Promise<JsonAnswer>;
};

export type JsonSourceOptions = {
	/** What is said in an answer that is an error; null where nothing is. */
	readonly errorOf: (value: unknown) => string | null;
	readonly bytesMax?: number;
	/** The wall clock, for a Retry-After that is a date. */
	readonly nowMs: () => number;
};

const usualBytesMax = 16 * 1024 * 1024;
const retryAfterMaxMs = 600_000;

/** Seconds or a date (RFC 9110, 10.2.3). */
function retryAfterOf(header: string | undefined, nowMs: number): number | null {
	if (header === undefined) return null;
	const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
	return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), retryAfterMaxMs);
}

const isHtml = ({headers, text}: OutwardAnswer): boolean => (headers['content-type'] ?? '').includes('html') || /^\s*</.test(text);

function titleOf(text: string): string {
	const title = /<title[^>]*>([^<]{1,200})/i.exec(text)?.[1];
	return title === undefined ? '' : ` ("${quotable(title, 80)}")`;
}

/** What stands between this answer and its JSON; null where nothing does. `said` is the error that it names itself. */
function troubleOf(name: string, answer: OutwardAnswer, said: string | null, nowMs: number): SourceTrouble | null {
	const {status, headers, text} = answer;
	const retryAfterMs = retryAfterOf(headers['retry-after'], nowMs);
	const because = said === null ? '' : `: ${quotable(said, 600)}`;
	const trouble = (what: string, todo: string, isRefusal = false) =>
		new SourceTrouble(`${name} ${what}; ${todo}`, {retryAfterMs, isRefusal});
	if (status >= 300 && status < 400)
		return trouble(
			`answers ${status} and points to ${quotable(headers['location'] ?? 'nowhere', 100)}`,
			'redirects are not followed: write the final address under url',
		);
	if (status === 401) return trouble(`answers 401${because}`, 'check the file named under auth', true);
	if (status === 403) return trouble(`answers 403${because}`, 'let this user read what is asked for', true);
	if (status === 429) return trouble(`answers 429, too many requests${because}`, 'it is asked less often for a while');
	if (isHtml(answer) && said === null)
		return trouble(
			`answers ${status} with an HTML page${titleOf(text)} instead of JSON`,
			'check url and auth: a login or error page is in between',
		);
	if (status >= 400)
		return trouble(
			`answers ${status}${because || ` without a reason it can be read from`}`,
			status >= 500 ? 'see its own log' : 'check what is asked',
		);
	return null;
}

function parsed(text: string): {readonly value: unknown} | null {
	try {
		return {value: JSON.parse(text) as unknown};
	} catch {
		return null;
	}
}

/** One address that is asked with one set of credentials; they are read at the first request and again after a refusal. */
export function jsonSource(config: HttpSourceConfig, {errorOf, nowMs, bytesMax = usualBytesMax}: JsonSourceOptions): JsonSource {
	const name = URL.canParse(config.url) ? new URL(config.url).host : 'an address that is none';
	let credentials: Credentials | null = null;

	const exchange = async ({path, method = 'GET', contentType = 'application/json', body, abort}: JsonRequest): Promise<OutwardAnswer> => {
		if (abort.aborted) throw new SourceTrouble(`asking ${name} was given up`);
		credentials ??= readCredentials(config);
		const {headers, ca} = credentials;
		try {
			return await askOutward({
				...{url: `${config.url}${path}`, method, timeoutMs: config.timeoutMs, bytesMax, abort, ca},
				headers: {accept: 'application/json', ...headers, ...(body === undefined ? {} : {'content-type': contentType})},
				...(body === undefined ? {} : {body}),
			});
		} catch (error) {
			if (!(error instanceof OutwardError)) throw error;
			const todo = {
				timeout: 'it may be overloaded, or a longer timeout is needed',
				'too-large': 'narrow the query, or the hosts',
				unreachable: 'check url, ca_file and the network',
				aborted: 'nothing waits for it any more',
			}[error.kind];
			throw new SourceTrouble(`${quotable(error.message, 300)}; ${todo}`);
		}
	};
	return {
		name,
		async ask(request) {
			const answer = await exchange(request);
			const json = parsed(answer.text);
			const trouble = troubleOf(name, answer, json === null ? null : errorOf(json.value), nowMs());
			if (trouble?.isRefusal) credentials = null;
			if (trouble !== null) throw trouble;
			if (json === null)
				throw new SourceTrouble(
					answer.text.trim() === ''
						? `${name} answers ${answer.status} with nothing at all; see what stands between`
						: `${name} answers what is no JSON (${answer.text.length} characters, the last ones "${quotable(answer.text.slice(-30))}"); it may be cut off on the way`,
				);
			const dateMs = Date.parse(answer.headers['date'] ?? '');
			return {value: json.value, dateMs: Number.isNaN(dateMs) ? null : dateMs, headers: answer.headers, bytes: answer.text.length};
		},
	};
}
