/** The service over HTTP. node:http alone: fetch would cost a third of the time that a whole check may take. */
import type {ClientRequest, IncomingMessage} from 'node:http';
import type {NewEvent} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import {readLandedAnswer, readResult} from './answers.ts';
import {type CheckBody, type CheckResult, type Progress, type Transport, Trouble} from './contract.ts';

type Ask = {readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: string; readonly signal: AbortSignal | undefined};

const answerBytesMax = 16 * 1024 * 1024;
/** A connection that is not there after this long will not come: the host is off, or a firewall swallows it. */
const connectMsMax = 5000;

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** What a failed connection means, for whoever reads it at night; the code for what is rare. */
function meaningOf(error: Error, host: string): string {
	const code = codeOf(error);
	if (code === 'ECONNREFUSED') return `nothing listens at ${host}`;
	if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the name of ${host} is not known here`;
	if (code === 'ECONNRESET' || code === 'EPIPE') return `${host} hung up`;
	return `${host}: ${code || error.message}`;
}

/** One exchange; `onText` is handed the body of a good answer piece by piece. */
class Exchange {
	/** The service took the connection; from then on silence means slow. */
	connected = false;
	readonly #base: URL;
	readonly #ask: Ask;

	constructor(base: URL, ask: Ask) {
		this.#base = base;
		this.#ask = ask;
	}

	#request(): ClientRequest {
		const {protocol, hostname, port, pathname} = this.#base;
		// Loaded only here, and not with import(), which would start the loader of ES modules inside the bundle for it.
		const {request} = protocol === 'https:' ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http');
		const {method, path, body} = this.#ask;
		return request({
			// Asking a name server for localhost may take as long as the whole check, and may lead to ::1 where nobody listens.
			host: hostname === 'localhost' ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, ''),
			port: port || (protocol === 'https:' ? 443 : 80),
			method,
			path: `${pathname.replace(/\/$/, '')}${path}`,
			agent: false,
			// Without TLS no name is needed, and working one out costs two milliseconds.
			...(protocol === 'https:' ? {} : {servername: ''}),
			headers: {
				host: this.#base.host,
				accept: 'application/x-ndjson, application/json, application/problem+json',
				connection: 'close',
				...(body === undefined ? {} : {'content-type': 'application/json', 'content-length': Buffer.byteLength(body)}),
			},
		});
	}

	async run(onText: (text: string) => void): Promise<void> {
		const {signal, body} = this.#ask;
		const request = this.#request();
		await new Promise<void>((resolve, reject) => {
			const fail = (message: string, alive = false) => {
				reject(new Trouble(message, alive));
				request.destroy();
			};
			const abort = () => fail(this.connected ? 'no answer in time' : `no connection to ${this.#base.host}`, this.connected);
			const timer = setTimeout(() => fail(`no connection to ${this.#base.host} within ${connectMsMax / 1000} s`), connectMsMax);
			const settle = () => {
				clearTimeout(timer);
				signal?.removeEventListener('abort', abort);
			};
			if (signal?.aborted) abort();
			signal?.addEventListener('abort', abort, {once: true});
			request.on('socket', socket => {
				const connected = () => {
					this.connected = true;
					clearTimeout(timer);
				};
				socket.once(this.#base.protocol === 'https:' ? 'secureConnect' : 'connect', connected);
			});
			request.on('error', error => fail(meaningOf(error, this.#base.host)));
			request.on('close', settle);
			request.on('response', response => this.#take(response, onText).then(resolve, reject));
			request.end(body);
		});
	}

	/** Reads an answer to its end. A refusal by the service is an AppError; anything that is not its answer is Trouble. */
	async #take(response: IncomingMessage, onText: (text: string) => void): Promise<void> {
		const status = response.statusCode ?? 0;
		const good = status === 200 || status === 201 || status === 202;
		let refusal = '';
		let bytes = 0;
		response.setEncoding('utf8');
		try {
			for await (const text of response) {
				bytes += text.length;
				if (bytes > answerBytesMax) throw new Trouble(`${this.#base.host} answers with more than ${answerBytesMax} bytes`);
				if (good) onText(text);
				else refusal += text;
			}
		} catch (error) {
			if (error instanceof Trouble || error instanceof AppError) throw error;
			// Cut off by our own deadline it was alive; cut off by the other side it was not.
			if (this.#ask.signal?.aborted) throw new Trouble('no answer in time', true);
			throw new Trouble(`${this.#base.host} broke off its answer (${codeOf(error) || 'closed'})`);
		}
		if (!good) throw refusalOf(status, response.headers['content-type'] ?? '', refusal, this.#base.host);
	}
}

const codes: Readonly<Record<number, AppError['code']>> = {
	401: 'forbidden',
	403: 'forbidden',
	404: 'not-found',
	409: 'conflict',
	413: 'too-large',
};

/** 4xx with a problem document is the service's own sentence; every other status may be a proxy's, or pass by itself. */
function refusalOf(status: number, contentType: string, text: string, host: string): Error {
	const again = status >= 500 || status === 408 || status === 425 || status === 429;
	if (again || !contentType.startsWith('application/problem+json')) return new Trouble(`${host} answers ${status}`);
	try {
		const problem: unknown = JSON.parse(text);
		if (typeof problem !== 'object' || problem === null) return new Trouble(`${host} answers ${status}`);
		const {title, detail, problems} = problem as {title?: unknown; detail?: unknown; problems?: unknown};
		const sentence = typeof detail === 'string' ? detail : typeof title === 'string' ? title : `the service answers ${status}`;
		const list = Array.isArray(problems) ? problems.filter(each => typeof each === 'string') : [];
		return new AppError(codes[status] ?? 'invalid', sentence, list);
	} catch (error) {
		return new Trouble(`${host} answers ${status}: ${error instanceof Error ? error.message : String(error)}`);
	}
}

function parsed(text: string, host: string): unknown {
	try {
		return JSON.parse(text);
	} catch (error) {
		throw new Trouble(
			`${host} answers with something that is no JSON (${error instanceof Error ? error.message : String(error)}); does the url lead to Signalbox?`,
		);
	}
}

/** The transport to the service at this address. */
export function httpTransport(url: string): Transport {
	const base = new URL(url);

	async function wholeText(ask: Ask): Promise<string> {
		const texts: string[] = [];
		await new Exchange(base, ask).run(text => texts.push(text));
		return texts.join('');
	}

	async function checkOnce(body: CheckBody, onProgress: (progress: Progress) => void, signal?: AbortSignal): Promise<CheckResult> {
		let rest = '';
		const results: CheckResult[] = [];
		const takeLine = (line: string) => {
			if (line.trim() === '') return;
			const value = parsed(line, base.host);
			if (typeof value !== 'object' || value === null) throw new Trouble(`${base.host} answers with a line that is no object`);
			if ('result' in value) results.push(readResult(value.result, base.host));
			else if ('progress' in value && typeof value.progress === 'object' && value.progress !== null && 'text' in value.progress) {
				const {text} = value.progress;
				const remainingMs = 'remainingMs' in value.progress ? value.progress.remainingMs : undefined;
				onProgress({text: String(text).slice(0, 500), ...(typeof remainingMs === 'number' ? {remainingMs} : {})});
			}
		};
		const exchange = new Exchange(base, {method: 'POST', path: '/api/v1/checks', body: JSON.stringify(body), signal});
		await exchange.run(text => {
			const lines = (rest + text).split('\n');
			rest = lines.pop() ?? '';
			for (const line of lines) takeLine(line);
		});
		takeLine(rest);
		const result = results.at(-1);
		if (!result) throw new Trouble(`${base.host} ended its answer without a result`);
		return result;
	}

	return {
		async landed(service, signal) {
			const text = await wholeText({method: 'GET', path: `/api/v1/services/${encodeURIComponent(service)}/landed`, signal});
			return readLandedAnswer(parsed(text, base.host), base.host);
		},
		check: checkOnce,
		async record(events: readonly NewEvent[], signal) {
			await wholeText({method: 'POST', path: '/api/v1/events', body: JSON.stringify({events}), signal});
		},
	};
}
