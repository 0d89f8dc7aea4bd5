/** How a configuration says where the changes of a service are read: the `changes:` of a service, strictly. */
import {basename, dirname, resolve} from 'node:path';
import type {ChangesConfig, CheckoutConfig} from '../config.ts';
import type {ConfigFile} from './config.ts';

type Path = readonly (string | number)[];

/** Keys that belong to each place changes are read from. */
const keysOf = {
	git: ['checkouts'],
	'deployment-info': ['file', 'stage_dir'],
	'rev-path': ['repository'],
	file: ['file'],
	names: [],
} as const;
const checkoutKeys = ['path', 'repository', 'branch', 'landed', 'groups'];
const checkoutsMax = 1000;

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

function checkout(file: ConfigFile, path: Path): CheckoutConfig {
	file.onlyKeys(path, checkoutKeys);
	const landed = optionalText(file, path, 'landed');
	if (landed !== null && !isPlainRef(landed))
		throw file.problem([...path, 'landed'], `«landed» must be a ref or commit, as in refs/tags/live`);
	const groups = file.map(path)['groups'] ?? [];
	if (!Array.isArray(groups) || !groups.every(group => typeof group === 'string')) {
		throw file.problem([...path, 'groups'], '«groups» must be a list of names');
	}
	const place = pathIn(file, neededText(file, path, 'path'));
	return {
		path: place,
		repository: optionalText(file, path, 'repository') ?? basename(place),
		branch: optionalText(file, path, 'branch'),
		landed,
		groups,
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
			return {from, checkouts: checkouts(file, path)};
		case 'deployment-info': {
			const stageDir = optionalText(file, path, 'stage_dir');
			return {from, file: pathIn(file, neededText(file, path, 'file')), stageDir: stageDir === null ? null : pathIn(file, stageDir)};
		}
		case 'rev-path':
			return {from, repository: optionalText(file, path, 'repository')};
		case 'file':
			return {from, file: pathIn(file, neededText(file, path, 'file'))};
		case 'names':
			return {from};
	}
}
