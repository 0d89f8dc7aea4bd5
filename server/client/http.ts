/** The service over HTTP. */
import type {NewEvent} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import {readLandedAnswer, readResult} from './answers.ts';
import {type CheckBody, type CheckResult, type Progress, type Transport, Trouble} from './contract.ts';
import {type Ask, exchange} from './exchange.ts';
import type {AnswerHead} from './http-answer.ts';
import type {TokenFound} from './token.ts';

type Taken = (text: string) => void;

/** Asks once; `onText` is handed the body of a good answer piece by piece. A refusal by the service is an AppError. */
async function askOnce(base: URL, ask: Ask, onText: Taken): Promise<void> {
	const decoder = new (process.getBuiltinModule('node:string_decoder').StringDecoder)('utf8');
	let head: AnswerHead = {status: 0, contentType: ''};
	let refusal = '';
	const take: Taken = text => {
		if (isGood(head)) onText(text);
		else refusal += text;
	};
	const onHead = (answer: AnswerHead) => {
		head = answer;
	};
	await exchange(base, ask, onHead, bytes => take(decoder.write(bytes)));
	take(decoder.end());
	if (!isGood(head)) throw refusalOf(head.status, head.contentType, refusal, base.host);
}

const isGood = ({status}: AnswerHead): boolean => status === 200 || status === 201 || status === 202;

const codes: Readonly<Record<number, AppError['code']>> = {
	404: 'not-found',
	409: 'conflict',
	413: 'too-large',
};

/** Not to be asked again, and no reason to think the service away: whoever asks is not let in. */
const shutOut: Readonly<Record<number, {readonly code: AppError['code']; readonly says: string; readonly remedy: string}>> = {
	401: {
		code: 'unauthenticated',
		says: 'does not know who asks',
		remedy: 'name a file with a token by «token_file», or set SIGNALBOX_TOKEN; an admin makes one with `signalbox token create`',
	},
	403: {
		code: 'forbidden',
		says: 'refuses this',
		remedy: '`signalbox token list` on the machine of the service shows what each token may do',
	},
};

/** Whether an error says that the service does not let this host in. */
export const isShutOut = (error: unknown): error is AppError =>
	error instanceof AppError && (error.code === 'unauthenticated' || error.code === 'forbidden');

/** The sentence of a problem document, and its problems; null where the text is none. */
function problemIn(text: string): {readonly sentence: string | null; readonly problems: readonly string[]} | null {
	const problem: unknown = JSON.parse(text);
	if (typeof problem !== 'object' || problem === null) return null;
	const {title, detail, problems} = problem as {title?: unknown; detail?: unknown; problems?: unknown};
	const sentence = typeof detail === 'string' ? detail : typeof title === 'string' ? title : null;
	return {sentence, problems: Array.isArray(problems) ? problems.filter(each => typeof each === 'string') : []};
}

function shutOutOf(status: number, isProblem: boolean, text: string, host: string): AppError | null {
	const kind = shutOut[status];
	if (kind === undefined) return null;
	let why = 'it gives no reason that Signalbox could have given, so something in front of it may want a sign-in';
	try {
		why = (isProblem ? problemIn(text)?.sentence : null) ?? why;
	} catch (error) {
		why = `its reason cannot be read (${error instanceof Error ? error.message : String(error)})`;
	}
	return new AppError(kind.code, `${host} ${kind.says}: ${why}`, [kind.remedy]);
}

/** 4xx with a problem document is the service's own sentence; every other status may be a proxy's, or pass by itself. */
function refusalOf(status: number, contentType: string, text: string, host: string): Error {
	const isProblem = contentType.startsWith('application/problem+json');
	const out = shutOutOf(status, isProblem, text, host);
	if (out !== null) return out;
	const again = status >= 500 || status === 408 || status === 425 || status === 429;
	if (again || !isProblem) return new Trouble(`${host} answers ${status}`);
	try {
		const problem = problemIn(text);
		if (problem === null) return new Trouble(`${host} answers ${status}`);
		return new AppError(codes[status] ?? 'invalid', problem.sentence ?? `the service answers ${status}`, problem.problems);
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

/** The transport to the service at this address; it shows the token with every question. */
export function httpTransport(url: string, found: TokenFound = null): Transport {
	const base = new URL(url);
	const tokenToShow = (): string | null => {
		if (found === null || 'value' in found) return found === null ? null : found.value;
		throw new AppError('unauthenticated', found.problem);
	};

	async function wholeText(ask: Omit<Ask, 'token'>): Promise<string> {
		const texts: string[] = [];
		await askOnce(base, {...ask, token: tokenToShow()}, text => void texts.push(text));
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
		const ask: Ask = {method: 'POST', path: '/api/v1/checks', body: JSON.stringify(body), signal, token: tokenToShow()};
		await askOnce(base, ask, text => {
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
