/** Who asks, for the headers of a request, and which certificates are trusted: both from files, read when they are needed. */
import {AppError} from '../../app-error.ts';
import {readSecret} from '../../config/secret.ts';
import type {AuthConfig, HttpSourceConfig} from '../../config.ts';
import {SourceTrouble} from './source-trouble.ts';

export type Credentials = {readonly headers: Readonly<Record<string, string>>; readonly ca: string | null};

function secretOf(auth: Exclude<AuthConfig, {kind: 'none'}>): string {
	const secret = readSecret(auth.file, auth.file);
	// Anything else would break out of the header, or is a file of another kind.
	if (secret === '' || !/^[\x20-\x7e]+$/.test(secret))
		throw new SourceTrouble(`${auth.file} must hold one line of ASCII${auth.kind === 'basic' ? ': USER:PASSWORD' : ''}`);
	if (auth.kind === 'basic' && !secret.includes(':')) throw new SourceTrouble(`${auth.file} must hold USER:PASSWORD`);
	return secret;
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

function authorization(auth: AuthConfig): string | null {
	if (auth.kind === 'none') return null;
	const secret = secretOf(auth);
	if (auth.kind === 'basic') return `Basic ${base64(secret)}`;
	if (auth.kind === 'bearer') return `Bearer ${secret}`;
	// An API key is written as Elasticsearch prints it: already encoded, or as ID:KEY.
	return `ApiKey ${secret.includes(':') ? base64(secret) : secret}`;
}

/** Throws SourceTrouble where a file cannot be read or does not hold what it should. */
export function readCredentials({auth, caFile}: HttpSourceConfig): Credentials {
	try {
		const said = authorization(auth);
		return {headers: said === null ? {} : {authorization: said}, ca: caFile === null ? null : readSecret(caFile, caFile)};
	} catch (error) {
		if (error instanceof AppError) throw new SourceTrouble(error.message);
		throw error;
	}
}
