/** Errors as people and programs read them: application/problem+json, or a page. A bug says no more than that, and is logged whole. */
import type {ErrorRequestHandler, Response} from 'express';
import {AppError, statusOf} from './app-error.ts';

export type Problem = {
	readonly type: 'about:blank';
	readonly title: string;
	readonly status: number;
	readonly detail: string;
	readonly problems: readonly string[];
};

const titles: Readonly<Record<number, string>> = {
	400: 'The request cannot be read',
	401: 'Sign-in is needed',
	403: 'Not allowed',
	404: 'Not found',
	405: 'Not done at this address',
	409: 'Conflict',
	413: 'Too large',
	415: 'The body cannot be read',
	422: 'Wrong input',
	429: 'Too many requests',
	500: 'Internal error',
	503: 'Not available now',
};

const problem = (status: number, detail: string, problems: readonly string[] = []): Problem => ({
	type: 'about:blank',
	title: titles[status] ?? 'Error',
	status,
	detail,
	problems,
});

/** What Express says of a request that it cannot take: a body too large, no JSON, an address that is no text. */
const isRequestError = (error: unknown): error is Error & {status: number} =>
	error instanceof Error && 'status' in error && typeof error.status === 'number' && error.status >= 400 && error.status < 500;

function requestProblem({status, message}: {status: number; message: string}): Problem {
	const said = message.slice(0, 200);
	if (/^too many parameters/.test(message)) return problem(413, 'The form has more fields than this address takes.');
	if (status === 413) return problem(413, 'The body is larger than this address takes; send less at a time.');
	if (status === 415) return problem(415, `The body must be in UTF-8, and packed as it says: ${said}.`);
	if (/^Failed to decode/.test(message))
		return problem(400, 'The address is not encoded as addresses are: a percent sign needs two hexadecimal digits.');
	return problem(400, `The body is no JSON: ${said}`);
}

/** What to tell whoever asked. `log` is called with the cause of anything that is not a person's mistake. */
export function problemOf(error: unknown, log: (text: string) => void): Problem {
	if (error instanceof AppError) {
		if (error.code === 'unavailable') log(`${error.message} ${error.problems.join(' ')}`);
		return problem(statusOf[error.code], error.message, error.problems);
	}
	if (isRequestError(error)) return requestProblem(error);
	log(error instanceof Error ? (error.stack ?? error.message) : String(error));
	return problem(500, 'A bug in Signalbox. Its cause is in the log of the service; nothing of this request was stored.');
}

/** What is not available now is worth asking again soon: the database comes back by itself. */
const retryAfterSeconds = 5;

const hintAtRetry = (response: Response, {status}: Problem): void => {
	if (status === 503) response.set('Retry-After', String(retryAfterSeconds));
};

export const sendProblem = (response: Response, found: Problem): void => {
	hintAtRetry(response, found);
	response.status(found.status).type('application/problem+json').send(JSON.stringify(found));
};

/** The last handler: JSON for programs, the given page for people. */
export const errorHandler =
	(log: (text: string) => void, sendPage: (found: Problem, response: Response) => void): ErrorRequestHandler =>
	(error, request, response, next) => {
		if (response.headersSent) {
			log(error instanceof Error ? (error.stack ?? error.message) : String(error));
			next(error);
			return;
		}
		const found = problemOf(error, log);
		if (found.status === 401) response.set('www-authenticate', 'Bearer');
		if (/^\/api(?:\/|$)/.test(request.path) || !request.accepts('html')) sendProblem(response, found);
		else {
			hintAtRetry(response, found);
			sendPage(found, response);
		}
	};
