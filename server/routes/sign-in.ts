/** Coming in and going out. Opening a link shows a button and changes nothing: whatever looks at links ahead does not use them up. */
import type {Request, Response} from 'express';
import {signInPage} from '../../templates/sign-in-page.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {linkIsVoid, signIn} from '../actions/sign-in.ts';
import {signOut} from '../actions/sign-out.ts';
import {AppError} from '../app-error.ts';
import {callerOf} from '../caller.ts';
import {sessionsOf} from '../config/sign-in.ts';
import type {Cookies} from '../door/cookies.ts';
import {foundOf} from '../door/find-caller.ts';
import {hashOf, isSecret} from '../secret.ts';
import {safePath} from './own-path.ts';
import type {Route} from './route.ts';
import {sendPage} from './send-page.ts';

const body = {form: '16kb'};

type Shown = {readonly status: number; readonly secret: string | null; readonly problem: string | null; readonly typed: string};

/** The way on, as a query; a link that leads to the board carries none. */
const onward = (to: string): string => (to === '/' ? '' : `?to=${encodeURIComponent(to)}`);

async function usableLink(deps: Deps, secret: string) {
	if (!isSecret(secret) || !sessionsOf(deps.config).links) return null;
	const link = await reading(deps).links.usable(hashOf(secret), deps.clock.now());
	if (!link) return null;
	if (link.person === null) return (await reading(deps).people.admins({disabledToo: true})) > 0 ? null : {person: null};
	const person = await reading(deps).people.get(link.person);
	return person === null || person.disabledAt !== null ? null : {person};
}

async function showSignIn(deps: Deps, request: Request, response: Response, {status, secret, problem, typed}: Shown): Promise<void> {
	const to = safePath(request.query['to']);
	const link = secret === null ? null : await usableLink(deps, secret);
	const caller = callerOf(response);
	// Whoever sees this address later, in a history or a cache, must not see a link that works.
	response.set('cache-control', 'no-store');
	const view = signInPage({
		now: deps.clock.now(),
		link: link === null || secret === null ? null : {action: `/sign-in/${secret}${onward(to)}`, person: link.person, typed},
		problem: problem ?? (secret !== null && link === null ? `${linkIsVoid} Ask for a new one.` : null),
		links: sessionsOf(deps.config).links,
		proxy: deps.config.signIn?.proxy?.header !== undefined && deps.config.signIn.proxy.header !== null,
		to,
		person: caller.kind === 'person' ? caller.name : null,
	});
	sendPage(response, 'pages/sign-in.hbs', view, secret !== null && link === null ? 404 : status);
}

async function useLink(deps: Deps, cookies: Cookies, request: Request, response: Response): Promise<void> {
	const secret = String(request.params['secret']);
	const {links, sessionMs} = sessionsOf(deps.config);
	const typed = typeof request.body?.name === 'string' ? request.body.name : '';
	try {
		if (!isSecret(secret) || !links) throw new AppError('not-found', linkIsVoid);
		const {session} = await signIn(deps, {secret, name: typed, sessionMs, before: foundOf(response).session});
		cookies.setSession(response, session, sessionMs);
	} catch (error) {
		if (!(error instanceof AppError) || error.code === 'unavailable') throw error;
		const problem = error.code === 'invalid' ? error.message : null;
		await showSignIn(deps, request, response, {status: 422, secret, problem, typed});
		return;
	}
	response.set('cache-control', 'no-store').redirect(303, safePath(request.query['to']));
}

/** The secret in what somebody pasted: the whole link, or its end. */
const secretIn = (text: unknown): string | null =>
	typeof text === 'string' ? (/^(?:\S*\/sign-in\/)?([A-Za-z0-9_-]{43})(?:[?#]\S*)?$/.exec(text.trim())?.[1] ?? null) : null;

export const signInRoutes = (deps: Deps, cookies: Cookies): readonly Route[] => [
	{
		...{method: 'get', path: '/sign-in', access: 'anyone'},
		async answer(request, response) {
			const to = safePath(request.query['to']);
			if (callerOf(response).kind === 'person' && to !== '/') return response.redirect(303, to);
			await showSignIn(deps, request, response, {status: 200, secret: null, problem: null, typed: ''});
		},
	},
	{
		...{method: 'post', path: '/sign-in', access: 'anyone', body},
		async answer(request, response) {
			const secret = secretIn(request.body?.link);
			const to = safePath(request.body?.to);
			if (secret !== null) return response.redirect(303, `/sign-in/${secret}${onward(to)}`);
			const problem = 'This is no sign-in link: it ends with 43 letters, digits, _ and -.';
			await showSignIn(deps, request, response, {status: 422, secret: null, problem, typed: ''});
		},
	},
	{
		...{method: 'get', path: '/sign-in/:secret', access: 'anyone'},
		async answer(request, response) {
			await showSignIn(deps, request, response, {status: 200, secret: String(request.params['secret']), problem: null, typed: ''});
		},
	},
	{
		...{method: 'post', path: '/sign-in/:secret', access: 'anyone', body},
		answer: (request, response) => useLink(deps, cookies, request, response),
	},
	{
		...{method: 'post', path: '/sign-out', access: 'viewer', body},
		async answer(_request, response) {
			const {session} = foundOf(response);
			if (session !== null) await signOut(deps, session);
			cookies.clearSession(response);
			response.redirect(303, '/sign-in');
		},
	},
];
