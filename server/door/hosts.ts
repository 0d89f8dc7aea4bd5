/**
 * Which requests are meant for this service at all: those that call it by a name of its own (a name that an attacker points at this
 * machine is not), and, where they write, those that no page of another site sent.
 */
import type {Request, RequestHandler} from 'express';
import {AppError} from '../app-error.ts';
import type {Config} from '../config.ts';

const loopbackName = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const reads = ['GET', 'HEAD'];
const methods = [...reads, 'POST', 'PUT', 'DELETE'];

/** The name in a Host header, without its port; null where it is no name. */
export const hostName = (host: string | undefined): string | null =>
	/^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::\d{1,5})?$/.exec(host?.toLowerCase() ?? '')?.[1] ?? null;

export const isLoopbackName = (host: string | undefined): boolean => loopbackName.test(hostName(host) ?? '');

/** Sockets of this machine's own loopback, also where IPv4 comes in the clothes of IPv6. */
export const isLoopbackAddress = (address: string | undefined): boolean => /^(?:::1|(?:::ffff:)?127(?:\.\d{1,3}){3})$/.test(address ?? '');

/** Names beside the loopback ones; without a sign-in there are none. */
function ownNames({signIn, url, listen}: Config): readonly string[] {
	if (signIn === null) return [];
	const listened = listen.host.includes(':') ? `[${listen.host}]` : listen.host.toLowerCase();
	return [...(url === null ? [] : [new URL(url).hostname]), ...(/^(?:0\.0\.0\.0|\[::\])$/.test(listened) ? [] : [listened])];
}

/**
 * Whether a page of another site sent this: a browser says from where it writes. Behind the name of `url` only pages of `url` itself
 * may write: one of the same name without TLS is anybody's on the way.
 */
function isFromElsewhere({headers}: Request, url: URL | null): boolean {
	const {origin, host} = headers;
	const site = headers['sec-fetch-site'];
	if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
	if (origin === undefined || origin === url?.origin) return false;
	return origin !== `http://${host}` || (url !== null && hostName(host) === url.hostname && !isLoopbackName(host));
}

/** Refuses what is not meant for this service, before anything else is asked. */
export function meantForUs(config: Config): RequestHandler {
	const names = ownNames(config);
	const url = config.signIn === null || config.url === null ? null : new URL(config.url);
	return (request, _response, next) => {
		const name = hostName(request.headers.host);
		if (name === null || !(loopbackName.test(name) || names.includes(name)))
			throw new AppError(
				'forbidden',
				config.signIn === null
					? 'Signalbox answers on this machine only: ask it as localhost or 127.0.0.1.'
					: 'Signalbox does not know itself by this name: ask it by the one in `url:` of its configuration.',
			);
		// No other method has a route, and Express would answer OPTIONS by itself.
		if (!methods.includes(request.method)) throw new AppError('not-found', `Nothing is answered to ${request.method} here.`);
		// No name here holds it, and PostgreSQL takes it in no text.
		if (request.url.includes('%00')) throw new AppError('not-found', 'There is nothing at an address with a null character in it.');
		if (!reads.includes(request.method) && isFromElsewhere(request, url))
			throw new AppError('forbidden', 'A page of another site may not write here.');
		next();
	};
}
