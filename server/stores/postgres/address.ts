/** The address of a PostgreSQL database, and what of it may be shown. */
import {AppError} from '../../app-error.ts';

/** Throws AppError `invalid` where it is none; what it is called in the sentence is `what`, and its text is never shown: it may hold a password. */
export function parsePostgresUrl(text: string, what: string): string {
	const wanted = 'such as postgres://signalbox@db.example.org/signalbox';
	if (!/^postgres(?:ql)?:\/\//.test(text))
		throw new AppError('invalid', `${what} is no address of PostgreSQL: it must begin with postgres://, ${wanted}.`);
	if (!URL.canParse(text))
		throw new AppError(
			'invalid',
			`${what} cannot be read: it must be an address ${wanted}, with what is special in a password percent-encoded.`,
		);
	return text;
}

/** What to call it in a sentence: without its password, and without settings, among which one may stand too. */
export function nameOf(url: string): string {
	const {username, host, pathname, searchParams} = new URL(url);
	const socket = searchParams.get('host') ?? '';
	return `postgres://${username === '' ? '' : `${username}@`}${host || socket}${pathname}`;
}
