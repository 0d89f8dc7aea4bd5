/** Sends back what somebody typed into a form that cannot be taken now: nothing typed is lost, and one button sends it again. */
import type {Request, Response} from 'express';
import type {Instant} from '../../gate/facts.ts';
import {type PostedField, sendAgainPage} from '../../templates/send-again-page.ts';
import {AppError} from '../app-error.ts';
import {callerOf} from '../caller.ts';
import {ownPath} from './own-path.ts';
import {sendPage} from './send-page.ts';

/** These prove something, and are no text that anybody typed. */
const secretField = /csrf|secret|token|passw|^link$/i;

function fieldsOf(body: unknown): PostedField[] {
	if (typeof body !== 'object' || body === null) return [];
	return Object.entries(body as Readonly<Record<string, unknown>>).flatMap(([name, value]) =>
		secretField.test(name) ? [] : (Array.isArray(value) ? value : [value]).map(each => ({name, value: String(each)})),
	);
}

/** `why` is the sentence of who has no right to it; null where the form itself is stale. */
export function sendFormAgain(
	request: Request,
	response: Response,
	{status, why, now}: {status: 401 | 403; why: string | null; now: Instant},
): void {
	const caller = callerOf(response);
	if (!request.accepts('html'))
		throw new AppError(
			status === 401 ? 'unauthenticated' : 'forbidden',
			why ?? 'The field csrf is stale: take it from a page that was just loaded.',
		);
	if (status === 401) response.set('www-authenticate', 'Bearer');
	response.set('cache-control', 'no-store');
	const person = caller.role === null ? null : caller.name;
	sendPage(
		response,
		'pages/send-again.hbs',
		sendAgainPage({now, person, why, action: ownPath(request), fields: fieldsOf(request.body)}),
		status,
	);
}
