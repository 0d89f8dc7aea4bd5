/** How often somebody may ask. The gate itself is never limited: a thousand hosts of one deploy ask at once, through one token or address. */
import type {Request, RequestHandler, Response} from 'express';
import {ipKeyGenerator, rateLimit} from 'express-rate-limit';
import {AppError} from '../app-error.ts';
import {callerOf} from '../caller.ts';
import {foundOf} from './find-caller.ts';

const minuteMs = 60_000;

/** Requests in a minute. */
export type Limits = {
	/** Attempts to sign in, from one address. */
	readonly signIns: number;
	/** Requests to the API and forms of nobody known, from one address. */
	readonly strangers: number;
	/** Writes of one person or token. */
	readonly writes: number;
	/** Pages that one person reads. */
	readonly pages: number;
};

export const usualLimits: Limits = {signIns: 20, strangers: 300, writes: 6000, pages: 1200};

/** What hooks ask, and what is answered before anybody is asked who they are. */
const isFree = ({path}: Request): boolean =>
	path === '/api/v1/checks' || path === '/healthz' || /^\/api\/v1\/services\/[^/]+\/landed$/.test(path);
const isRead = ({method}: Request): boolean => method === 'GET' || method === 'HEAD';
const isApi = ({path}: Request): boolean => path.startsWith('/api/');
const isSignIn = ({path}: Request): boolean => /^\/sign-in\/./i.test(path);

type Limit = {
	readonly most: number;
	readonly what: string;
	counts(request: Request, response: Response): boolean;
	key(response: Response): string;
};

const byAddress = (response: Response): string => ipKeyGenerator(foundOf(response).address || 'unknown');

const limiter = ({most, what, counts, key}: Limit): RequestHandler =>
	rateLimit({
		...{windowMs: minuteMs, limit: most, standardHeaders: false, legacyHeaders: false},
		keyGenerator: (_request, response) => key(response),
		skip: (request, response) => !counts(request, response),
		handler(_request, response, next) {
			response.set('retry-after', String(minuteMs / 1000));
			next(new AppError('too-many', `${what}: more than ${most} in a minute. Nothing of this request was done; try again in a minute.`));
		},
	});

/** To be asked after the caller is known. */
export const limitsFor = ({signIns, strangers, writes, pages}: Limits): readonly RequestHandler[] =>
	[
		{
			...{most: signIns, what: 'Too many attempts to sign in from this address', key: byAddress},
			counts: (request: Request) => isSignIn(request) || (request.path === '/sign-in' && !isRead(request)),
		},
		{
			...{most: strangers, what: 'Too many requests from this address without a sign-in', key: byAddress},
			counts: (request: Request, response: Response) =>
				callerOf(response).kind === 'nobody' && !isFree(request) && (isApi(request) || !isRead(request)),
		},
		{
			...{most: writes, what: 'Too many writes', key: (response: Response) => foundOf(response).key},
			counts: (request: Request, response: Response) =>
				['person', 'token'].includes(callerOf(response).kind) && !isFree(request) && !isRead(request),
		},
		{
			...{most: pages, what: 'Too many pages', key: (response: Response) => foundOf(response).key},
			counts: (request: Request, response: Response) =>
				['person', 'nobody'].includes(callerOf(response).kind) && !isFree(request) && !isApi(request) && isRead(request),
		},
	].map(limiter);
