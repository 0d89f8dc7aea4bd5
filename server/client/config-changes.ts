/** How a configuration says where the changes of a service are read: the `changes:` of a service, strictly. */
import {basename, dirname, resolve} from 'node:path';
import type {ChangesConfig, CheckoutConfig, MirrorConfig} from '../config.ts';
import type {ConfigFile} from './config.ts';

type Path = readonly (string | number)[];

/** Keys that belong to each place changes are read from. */
const keysOf = {
	git: ['checkouts', 'mirrors'],
	'deployment-info': ['file', 'stage_dir', 'wikiversions', 'dblists', 'local_commits', 'mirrors'],
	'rev-path': ['repository', 'mirrors'],
	file: ['file'],
	names: [],
} as const;
const checkoutKeys = ['path', 'repository', 'branch', 'landed', 'groups', 'next', 'local_commits'];
const checkoutsMax = 1000;
const mirrorsMax = 50;

const isPlace = (word: unknown): word is keyof typeof keysOf => typeof word === 'string' && Object.hasOwn(keysOf, word);

function optionalText(file: ConfigFile, path: Path, key: string): string | null {
	const value = file.map(path)[key];
	if (value === undefined || value === null) return null;
	if (typeof value !== 'string' || value === '') throw file.problem([...path, key], `«${key}» must be text`);
	return value;
}

function neededText(file: ConfigFile, path: Path, key: string): string {
	const value = optionalText(file, path, key);
	if (value === null) throw file.problem(path, `«${key}» is missing in «${path.join('.')}»`);
	return value;
}

/** A path is relative to the folder of the file that it stands in, as for the service. */
const pathIn = (file: ConfigFile, path: string): string => resolve(dirname(file.name), path);

/** A branch, ref or commit that git cannot take for an option or a range. */
export const isPlainRef = (ref: string): boolean => ref.length <= 255 && /^[A-Za-z0-9@][\w./@{}^~+#-]*$/.test(ref) && !ref.includes('..');

/** A ref, or a pattern of refs as `git for-each-ref` takes them. */
export const isRefPattern = (pattern: string): boolean => isPlainRef(pattern.replaceAll('*', 'x'));

/** An address is shown to whoever looks, so what opens it stands elsewhere: in git's credential helper, in the keys of ssh. */
export const hasSecret = (url: string): boolean => /^https?:\/\/[^/]*@/i.test(url) || /^ssh:\/\/[^/@]*:[^/]*@/i.test(url);

/** What `git ls-remote` may be given: no option, and none of git's addresses that run a command. */
export const isMirrorUrl = (url: string): boolean =>
	url.length <= 1000 &&
	!/[\s\p{Cc}]/u.test(url) &&
	!url.includes('::') &&
	!hasSecret(url) &&
	(/^(?:https?|ssh|file):\/\/[^-]/.test(url) || /^[A-Za-z0-9][\w.@-]*:(?!\/\/)[^:-]/.test(url) || url.startsWith('/'));

/** How the address of a mirror is written, for whoever wrote it otherwise. */
export const mirrorRule =
	'«url» must be an address of https, http, ssh or file, host:path, or an absolute path, without a name or password for https (it would be shown; git asks its credential helper)';

function localCommits(file: ConfigFile, path: Path): {localCommits?: 'public'} {
	const said = optionalText(file, path, 'local_commits');
	if (said !== null && said !== 'private' && said !== 'public')
		throw file.problem([...path, 'local_commits'], '«local_commits» is public or private');
	return said === 'public' ? {localCommits: 'public'} : {};
}

function mirror(file: ConfigFile, path: Path): MirrorConfig {
	file.onlyKeys(path, ['repository', 'url', 'ref']);
	const url = neededText(file, path, 'url');
	if (!isMirrorUrl(url)) throw file.problem([...path, 'url'], mirrorRule);
	const ref = optionalText(file, path, 'ref') ?? 'HEAD';
	if (!isPlainRef(ref)) throw file.problem([...path, 'ref'], '«ref» must be a ref, as in refs/heads/master');
	return {repository: neededText(file, path, 'repository'), url, ref};
}

function mirrors(file: ConfigFile, path: Path): {mirrors?: MirrorConfig[]} {
	const list = file.map(path)['mirrors'];
	if (list === undefined || list === null) return {};
	if (!Array.isArray(list)) throw file.problem([...path, 'mirrors'], '«mirrors» must be a list of {repository, url, ref}');
	if (list.length > mirrorsMax) throw file.problem([...path, 'mirrors'], `more than ${mirrorsMax} mirrors`);
	return {mirrors: list.map((_, index) => mirror(file, [...path, 'mirrors', index]))};
}

function checkout(file: ConfigFile, path: Path): CheckoutConfig {
	file.onlyKeys(path, checkoutKeys);
	const landed = optionalText(file, path, 'landed');
	if (landed !== null && !isPlainRef(landed))
		throw file.problem([...path, 'landed'], `«landed» must be a ref or commit, as in refs/tags/live`);
	const groups = file.map(path)['groups'] ?? [];
	if (!Array.isArray(groups) || !groups.every(group => typeof group === 'string')) {
		throw file.problem([...path, 'groups'], '«groups» must be a list of names');
	}
	const next = optionalText(file, path, 'next');
	if (next !== null && !isRefPattern(next))
		throw file.problem([...path, 'next'], '«next» must be a ref or a pattern of refs, as in refs/remotes/origin/wmf/*');
	const place = pathIn(file, neededText(file, path, 'path'));
	return {
		path: place,
		repository: optionalText(file, path, 'repository') ?? basename(place),
		branch: optionalText(file, path, 'branch'),
		landed,
		groups,
		...(next === null ? {} : {next}),
		...localCommits(file, path),
	};
}

function checkouts(file: ConfigFile, path: Path): CheckoutConfig[] {
	const list = file.map(path)['checkouts'];
	if (!Array.isArray(list) || list.length === 0) throw file.problem(path, '«checkouts» must be a list of {path, repository}');
	if (list.length > checkoutsMax) throw file.problem(path, `more than ${checkoutsMax} checkouts`);
	return list.map((_, index) => checkout(file, [...path, 'checkouts', index]));
}

/** Reads one `changes:` map; throws AppError with file and line for what is wrong in it. */
export function changesOf(file: ConfigFile, path: Path): ChangesConfig {
	const places = Object.keys(keysOf);
	const from = file.map(path)['from'];
	if (from === undefined) throw file.problem(path, `«from» is missing in «${path.join('.')}»; it is one of ${places.join(', ')}`);
	if (!isPlace(from)) throw file.problem([...path, 'from'], `«from» is one of ${places.join(', ')}, not ${JSON.stringify(from)}`);
	file.onlyKeys(path, ['from', ...keysOf[from]]);
	switch (from) {
		case 'git':
			return {from, checkouts: checkouts(file, path), ...mirrors(file, path)};
		case 'deployment-info': {
			const [stageDir, wikiversions, dblists] = (['stage_dir', 'wikiversions', 'dblists'] as const).map(key => {
				const said = optionalText(file, path, key);
				return said === null ? null : pathIn(file, said);
			});
			return {
				...{from, file: pathIn(file, neededText(file, path, 'file')), stageDir: stageDir ?? null},
				...(wikiversions ? {wikiversions} : {}),
				...(dblists ? {dblists} : {}),
				...localCommits(file, path),
				...mirrors(file, path),
			};
		}
		case 'rev-path':
			return {from, repository: optionalText(file, path, 'repository'), ...mirrors(file, path)};
		case 'file':
			return {from, file: pathIn(file, neededText(file, path, 'file'))};
		case 'names':
			return {from};
	}
}
