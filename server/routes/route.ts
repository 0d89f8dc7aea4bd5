/**
 * The table of routes: what is answered, to whom, and how it is described. The app is mounted from it, the OpenAPI document is made from
 * it, and a test walks every route with every role.
 */
import express, {type Express, type Request, type RequestHandler, type Response} from 'express';
import {AppError} from '../app-error.ts';
import {type Access, callerOf, may, nobody} from '../caller.ts';
import type {ApiDoc} from '../schemas/api-doc.ts';
import {withKey} from '../schemas/idempotency.ts';

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

/** A form that another site posts is no JSON; what is sent without a type is not read. */
const jsonOnly: RequestHandler = (request, _response, next) => {
	if (!request.is('application/json')) throw new AppError('media', 'Send JSON, with the header Content-Type: application/json.');
	next();
};

const keyed =
	(schema: ApiDoc['body']): RequestHandler =>
	(request, _response, next) => {
		request.body = withKey(request.body, request.get('idempotency-key'), schema);
		next();
	};

const reader = ({body, doc}: Route): readonly RequestHandler[] => {
	if (body === undefined) return [];
	if ('json' in body) return [jsonOnly, express.json({limit: body.json}), keyed(doc?.body)];
	return [express.urlencoded({limit: body.form, extended: false, parameterLimit: 1000})];
};

/** Answers what an address does not do with what it does. */
const otherMethods = (methods: readonly Method[]): RequestHandler => {
	const allowed = [...methods.flatMap(method => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])), 'OPTIONS'].join(', ');
	return (request, response) => {
		response.set('allow', allowed);
		if (request.method !== 'OPTIONS')
			throw new AppError('method', `${request.method.slice(0, 20)} is not done at ${request.path.slice(0, 200)}; ${allowed} are.`);
		response.status(204).end();
	};
};

/** Mounts the routes in their order. */
export function mount(app: Express, routes: readonly Route[]): void {
	for (const route of routes)
		app[route.method](route.path, guard(route), ...reader(route), async (request: Request, response: Response) => {
			await route.answer(request, response);
		});
	for (const path of new Set(routes.map(route => route.path)))
		app.all(path, otherMethods(routes.filter(route => route.path === path).map(({method}) => method)));
}
