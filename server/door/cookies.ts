/**
 * The cookies: `signalbox_session` of whoever signed in by a link, and `signalbox_form`, by which the forms of everybody else are known
 * again. Scripts do not see them, other sites' pages do not send them, and with TLS no neighbouring host can set them.
 */
import {parse, type SerializeOptions, serialize} from 'cookie';
import type {Request, Response} from 'express';
import {isSecret} from '../secret.ts';

export type Cookies = {
	session(request: Request): string | null;
	setSession(response: Response, secret: string, forMs: number): void;
	clearSession(response: Response): void;
	form(request: Request): string | null;
	setForm(response: Response, secret: string): void;
};

export function cookiesFor(isSecure: boolean): Cookies {
	const prefix = isSecure ? '__Host-' : '';
	const names = {session: `${prefix}signalbox_session`, form: `${prefix}signalbox_form`};
	const options: SerializeOptions = {httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure};
	const read = (request: Request, name: string): string | null => {
		const value = parse(request.headers.cookie ?? '')[name];
		return value !== undefined && isSecret(value) ? value : null;
	};
	return {
		session: request => read(request, names.session),
		setSession: (response, secret, forMs) =>
			void response.append('set-cookie', serialize(names.session, secret, {...options, maxAge: Math.floor(forMs / 1000)})),
		clearSession: response => void response.append('set-cookie', serialize(names.session, '', {...options, maxAge: 0})),
		form: request => read(request, names.form),
		setForm: (response, secret) => void response.append('set-cookie', serialize(names.form, secret, options)),
	};
}
