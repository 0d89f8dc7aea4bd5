/** Gerrit, as it is written in the configuration: one, or a list of several. */
import {resolve} from 'node:path';
import type {GerritConfig} from '../config.ts';
import {readUrl} from './http-source.ts';
import {namesMax} from './names.ts';
import {duration, entries, fields, isWritten, items, neededText, type Place, textOrNull} from './place.ts';

const usualTimeoutMs = 3000;
const gerritsMax = 20;

function readGerrit(place: Place, folder: string): GerritConfig {
	const at = fields(place, ['url', 'user', 'password_file', 'ca_file', 'timeout', 'repositories']);
	const [user, passwordFile, caFile] = [textOrNull(at('user')), textOrNull(at('password_file')), textOrNull(at('ca_file'))];
	if ((user === null) !== (passwordFile === null))
		place.complain(place.path, `«${user === null ? 'password_file' : 'user'}» stands alone: «user» and «password_file» go together`);
	const called = entries(at('repositories'), namesMax).map((entry): [string, string] => [String(entry.path.at(-1)), neededText(entry)]);
	return {
		url: readUrl(at('url')),
		user,
		passwordFile: passwordFile === null ? null : resolve(folder, passwordFile),
		caFile: caFile === null ? null : resolve(folder, caFile),
		timeoutMs: duration(at('timeout'), usualTimeoutMs, 100, 30_000),
		repositories: new Map(called),
	};
}

/** None where nothing is written: then nothing is asked of any Gerrit. Paths are relative to `folder`. */
export function readGerrits(place: Place, folder: string): GerritConfig[] {
	if (!isWritten(place)) return [];
	const places = Array.isArray(place.value) ? items(place, gerritsMax) : [place];
	const all = places.map(each => readGerrit(each, folder));
	for (const [index, {url}] of all.entries()) {
		if (url !== '' && all.findIndex(other => other.url === url) < index) place.complain(place.path, `the Gerrit ${url} stands here twice`);
	}
	return all;
}
