/**
 * The table of routes: what is answered, to whom, and how it is described. The app is mounted from it, the OpenAPI document is made from
 * it, and a test walks every route with every role.
 */
import express, {type Express, type Request, type RequestHandler, type Response} from 'express';
import {AppError} from '../app-error.ts';
import {type Access, callerOf, may, nobody} from '../caller.ts';
import type {ApiDoc} from '../schemas/api-doc.ts';

export type Method = 'get' | 'post' | 'put' | 'delete';

export type Route = {
	readonly method: Method;
	/** As Express writes it: `/deploys/:deploy`. */
	readonly path: string;
	/** The lowest role that is answered. */
	readonly access: Access;
	/** What may be sent, and how much of it at most; nothing is read where it is not said. */
	readonly body?: {readonly json: string} | {readonly form: string};
	/** Set for routes of the HTTP API, which are described to programs; pages have none. */
	readonly doc?: ApiDoc;
	answer(request: Request, response: Response): void | Promise<void>;
};

/** Answers who has no right to a route: 401 where a sign-in would help, 403 where it would not. */
const guard =
	({access}: Route): RequestHandler =>
	(_request, response, next) => {
		const caller = callerOf(response);
		if (!may(caller, access)) {
			if (caller.role === null || caller === nobody)
				throw new AppError('unauthenticated', 'Sign in first: this needs a person, or a token.');
			throw new AppError('forbidden', `This needs the role ${access}; ${caller.name} is ${caller.role}.`);
		}
		next();
	};

const reader = ({body}: Route): readonly RequestHandler[] => {
	if (body === undefined) return [];
	return [
		'json' in body ? express.json({limit: body.json}) : express.urlencoded({limit: body.form, extended: false, parameterLimit: 1000}),
	];
};

/** Mounts the routes in their order. */
export function mount(app: Express, routes: readonly Route[]): void {
	for (const route of routes)
		app[route.method](route.path, guard(route), ...reader(route), async (request: Request, response: Response) => {
			await route.answer(request, response);
		});
}
