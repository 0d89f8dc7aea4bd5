/** Where another system is asked over HTTP: its address, how one proves who asks, and which certificates are trusted. */
import {resolve} from 'node:path';
import type {AuthConfig, HttpSourceConfig} from '../config.ts';
import {duration, fields, isWritten, neededText, type Place, textOrNull} from './place.ts';

export const httpSourceKeys = ['url', 'auth', 'ca_file', 'timeout'] as const;

const usualTimeoutMs = 5000;
const authFiles = {basic_file: 'basic', api_key_file: 'api-key', bearer_file: 'bearer'} as const;
const authKeys = ['basic_file', 'api_key_file', 'bearer_file'] as const;

/** An address of http or https, without name, password, `?` and `#`, and without the slash at its end. */
export function readUrl(place: Place): string {
	const written = neededText(place);
	if (written === '') return '';
	const url = URL.canParse(written) ? new URL(written) : null;
	if (url === null || !['http:', 'https:'].includes(url.protocol))
		place.complain(place.path, `«url» must be an address such as https://logs.example:9200, not «${written.slice(0, 60)}»`);
	else if (url.username !== '' || url.password !== '')
		place.complain(place.path, '«url» holds a name or password; write them into a file and name it under «auth»');
	else if (url.search !== '' || url.hash !== '') place.complain(place.path, '«url» must end with its path, without ? and #');
	else return url.href.replace(/\/+$/, '');
	return '';
}

/** `none`, or a map with one of the files. */
function readAuth(place: Place, folder: string): AuthConfig {
	if (!isWritten(place) || place.value === 'none') return {kind: 'none'};
	const at = fields(place, authKeys);
	const written = authKeys.filter(key => isWritten(at(key)));
	if (written.length > 1) place.complain(place.path, `«auth» names ${written.join(' and ')}; it takes one of them`);
	const key = written[0];
	const file = key === undefined ? null : textOrNull(at(key));
	return key === undefined || file === null ? {kind: 'none'} : {kind: authFiles[key], file: resolve(folder, file)};
}

/** Reads the keys of `httpSourceKeys`; what is not written is as in `usual`, where there is one. */
export function readHttpSource(
	at: (key: (typeof httpSourceKeys)[number]) => Place,
	folder: string,
	usual: HttpSourceConfig | null,
): HttpSourceConfig {
	const caFile = textOrNull(at('ca_file'));
	return {
		url: usual !== null && !isWritten(at('url')) ? usual.url : readUrl(at('url')),
		auth: usual !== null && !isWritten(at('auth')) ? usual.auth : readAuth(at('auth'), folder),
		caFile: caFile === null ? (usual?.caFile ?? null) : resolve(folder, caFile),
		timeoutMs: duration(at('timeout'), usual?.timeoutMs ?? usualTimeoutMs, 100, 60_000),
	};
}
