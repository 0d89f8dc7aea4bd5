/** GitHub, as it is written in the configuration: where action items become issues, and what its repositories are called here. */
import {resolve} from 'node:path';
import type {GithubConfig, IssuePlace} from '../config.ts';
import {namesMax} from './names.ts';
import {entries, fields, isWritten, neededText, type Place, text, textOrNull, texts} from './place.ts';

const usualApi = 'https://api.github.com';
const labelsMax = 20;
const repositoryName = /^[\w.-]{1,100}\/[\w.-]{1,100}$/;

function checkRepository(place: Place, written: string): void {
	if (!repositoryName.test(written)) place.complain(place.path, `«${written.slice(0, 60)}» must be a repository as owner/name`);
}

function readApi(place: Place): string {
	const written = text(place, usualApi);
	const url = URL.canParse(written) ? new URL(written) : null;
	if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '')
		place.complain(place.path, `«api_url» must be the address of the API, such as ${usualApi}, not «${written.slice(0, 60)}»`);
	return written.replace(/\/+$/, '');
}

function readPlace(at: (key: 'action_items' | 'labels') => Place): IssuePlace {
	const repository = textOrNull(at('action_items'));
	if (repository !== null) checkRepository(at('action_items'), repository);
	return {repository, labels: texts(at('labels'), labelsMax, {single: true})};
}

/** Null where nothing is written: then nothing is asked of GitHub. Paths are relative to `folder`. */
export function readGithub(place: Place, folder: string, services: readonly string[]): GithubConfig | null {
	if (!isWritten(place)) return null;
	const at = fields(place, ['api_url', 'token_file', 'ca_file', 'action_items', 'labels', 'services', 'repositories']);
	const usual = readPlace(at);
	const ownPlaces = entries(at('services'), namesMax).map((entry): [string, IssuePlace] => {
		const name = String(entry.path.at(-1));
		if (!services.includes(name)) entry.complain(entry.path, `there is no service «${name.slice(0, 60)}»`);
		const own = fields(entry, ['action_items', 'labels']);
		const read = readPlace(own);
		return [name, {repository: read.repository ?? usual.repository, labels: isWritten(own('labels')) ? read.labels : usual.labels}];
	});
	const called = entries(at('repositories'), namesMax).map((entry): [string, string] => {
		const repository = String(entry.path.at(-1));
		checkRepository(entry, repository);
		return [repository.toLowerCase(), neededText(entry)];
	});
	const caFile = textOrNull(at('ca_file'));
	return {
		apiUrl: readApi(at('api_url')),
		tokenFile: resolve(folder, neededText(at('token_file'))),
		caFile: caFile === null ? null : resolve(folder, caFile),
		...{usual, services: new Map(ownPlaces), repositories: new Map(called)},
	};
}
