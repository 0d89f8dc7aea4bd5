/**
 * The table of routes: what is answered, to whom, and how it is described. The app is mounted from it, the OpenAPI document is made from
 * it, and a test walks every route with every role.
 */
import express, {type Express, type Request, type RequestHandler, type Response} from 'express';
import {AppError} from '../app-error.ts';
import {type Access, type Caller, callerOf, may} from '../caller.ts';
import type {Clock} from '../clock.ts';
import type {ApiDoc} from '../schemas/api-doc.ts';
import {withKey} from '../schemas/idempotency.ts';
import {isSameSecret} from '../secret.ts';
import {ownPath} from './own-path.ts';
import {sendFormAgain} from './send-form-again.ts';

export type Method = 'get' | 'post' | 'put' | 'delete';

export type Route = {
	readonly method: Method;
	/** As Express writes it: `/deploys/:deploy`. */
	readonly path: string;
	/** The lowest role that is answered. */
	readonly access: Access;
	/**
	 * What may be sent, and how much of it at most; nothing is read where it is not said. A form is urlencoded, its fields are strings (or
	 * lists of them) in `request.body`, and it carries the hidden field `csrf`, which was looked at before the route is asked.
	 */
	readonly body?: {readonly json: string} | {readonly form: string};
	/**
	 * A token may be limited to some services. It writes only where a route says by this that it looks at the service itself, with
	 * `needMayWrite`; where nothing is said, such a token is refused.
	 */
	readonly scoped?: true;
	/** Set for routes of the HTTP API, which are described to programs; pages have none. */
	readonly doc?: ApiDoc;
	answer(request: Request, response: Response): void | Promise<void>;
};

const writes = ({method, access}: Route): boolean => method !== 'get' && access !== 'viewer' && access !== 'anyone';

/** Why this caller is not answered; null where they are. */
function refusalOf(route: Route, caller: Caller): AppError | null {
	if (!may(caller, route.access)) {
		if (caller.role === null) return new AppError('unauthenticated', 'Sign in first: this needs a person, or a token.');
		const help = caller.kind === 'machine' ? '; `this_machine` of «sign_in» gives it another role, or show a token' : '';
		return new AppError('forbidden', `This needs the role ${route.access}; ${caller.name} is ${caller.role}${help}.`);
	}
	if (caller.services !== null && writes(route) && route.scoped !== true)
		return new AppError('forbidden', `${caller.name} is limited to some services, and this belongs to none.`);
	return null;
}

/** Answers who has no right to a route: 401 where a sign-in would help, 403 where it would not; a page's reader is led to the sign-in. */
const guard =
	(route: Route): RequestHandler =>
	(request, response, next) => {
		const refusal = refusalOf(route, callerOf(response));
		if (refusal === null) next();
		// To a page for signing in go those who can show one; a live connection cannot.
		else if (refusal.code === 'unauthenticated' && route.method === 'get' && !route.path.startsWith('/api/') && request.accepts('html'))
			response.redirect(303, `/sign-in?to=${encodeURIComponent(ownPath(request))}`);
		else throw refusal;
	};

/** A form that another site posts is no JSON; what is sent without a type is not read. */
const jsonOnly: RequestHandler = (request, _response, next) => {
	if (request.method !== 'DELETE' && !request.is('application/json'))
		throw new AppError('media', 'Send JSON, with the header Content-Type: application/json.');
	next();
};

const keyed =
	(schema: ApiDoc['body']): RequestHandler =>
	(request, _response, next) => {
		request.body = withKey(request.body, request.get('idempotency-key'), schema);
		next();
	};

/** Answers what an address does not do with what it does. */
const otherMethods = (methods: readonly Method[]): RequestHandler => {
	const allowed = methods.flatMap(method => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])).join(', ');
	return (request, response) => {
		response.set('allow', allowed);
		throw new AppError('method', `${request.method} is not done at ${request.path.slice(0, 200)}; it takes ${allowed}.`);
	};
};

const formOnly: RequestHandler = (request, _response, next) => {
	if (!request.is('application/x-www-form-urlencoded'))
		throw new AppError('media', 'Send a form, with the header Content-Type: application/x-www-form-urlencoded.');
	next();
};

/** The field that only a page of ours could have put into the form, for this caller in this browser. */
function isOwnForm({csrf}: Caller, {body}: Request): boolean {
	const sent: unknown = body?.['csrf'];
	return csrf !== null && typeof sent === 'string' && isSameSecret(sent, csrf);
}

/** A form is read before its sender is refused: what was typed comes back with the refusal. */
const formGuard =
	(route: Route, clock: Clock): RequestHandler =>
	(request, response, next) => {
		const caller = callerOf(response);
		const refusal = refusalOf(route, caller);
		if (refusal !== null)
			sendFormAgain(request, response, {status: refusal.code === 'forbidden' ? 403 : 401, why: refusal.message, now: clock.now()});
		else if (route.access === 'anyone' || isOwnForm(caller, request)) next();
		else sendFormAgain(request, response, {status: 403, why: null, now: clock.now()});
	};

function handlersBefore(route: Route, clock: Clock): readonly RequestHandler[] {
	const {body, method, doc} = route;
	if (body !== undefined && 'form' in body)
		return [formOnly, express.urlencoded({limit: body.form, extended: false, parameterLimit: 1000}), formGuard(route, clock)];
	const read = body === undefined ? [] : [express.json({limit: body.json}), keyed(doc?.body)];
	return [guard(route), ...(method === 'get' ? [] : [jsonOnly]), ...read];
}

/** Mounts the routes in their order. */
export function mount(app: Express, routes: readonly Route[], clock: Clock): void {
	for (const route of routes)
		app[route.method](route.path, ...handlersBefore(route, clock), async (request: Request, response: Response) => {
			await route.answer(request, response);
		});
	// Behind all of them, and beside the table: who asks an address by another method is told which it takes.
	const otherwise = express.Router({caseSensitive: true});
	for (const path of new Set(routes.map(route => route.path)))
		otherwise.all(path, otherMethods(routes.filter(route => route.path === path).map(({method}) => method)));
	app.use(otherwise);
}
