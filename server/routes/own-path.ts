/** Addresses on this service, to come back to: never one that leads elsewhere. */
import type {Request} from 'express';

const lengthMax = 2000;

/** The path as it may stand in a link or redirect; `/` for what is none, or leads to another host. */
export function safePath(written: unknown): string {
	if (typeof written !== 'string' || written.length > lengthMax || !/^\/[\x21-\x7e]*$/.test(written)) return '/';
	// A browser reads a backslash as a slash, and what begins with two of them as a host.
	if (/^\/[/\\]/.test(written) || written.includes('\\')) return '/';
	const base = 'http://here.invalid';
	if (!URL.canParse(written, base)) return '/';
	const url = new URL(written, base);
	return url.origin === base && !url.pathname.startsWith('//') ? `${url.pathname}${url.search}` : '/';
}

/** Where this request was sent to. */
export const ownPath = (request: Request): string => safePath(request.originalUrl);
