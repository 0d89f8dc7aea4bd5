/** Where the service says that changes are read. It has checked its own configuration, so mostly only the shape is looked at. */
import type {ChangesConfig, CheckoutConfig, MirrorConfig} from '../config.ts';
import {isMap, type JsonMap} from './changes/json-file.ts';
import {isMirrorUrl, isPlainRef, isRefPattern} from './config-changes.ts';

const listMax = 1000;

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value.slice(0, listMax) : []);
const texts = (value: unknown): string[] => list(value).filter(each => typeof each === 'string');
const textOr = <Other>(value: unknown, other: Other): string | Other => (typeof value === 'string' ? value : other);

function checkouts(value: unknown): CheckoutConfig[] {
	return list(value).flatMap(each => {
		if (!isMap(each)) return [];
		const {path, repository, branch, landed, groups, next, localCommits} = each;
		if (typeof path !== 'string' || typeof repository !== 'string') return [];
		return [
			{
				...{path, repository, branch: textOr(branch, null), landed: textOr(landed, null), groups: texts(groups)},
				...(typeof next === 'string' && isRefPattern(next) ? {next} : {}),
				...(localCommits === 'public' ? {localCommits: 'public' as const} : {}),
			},
		];
	});
}

/** An address becomes an argument of git here: what may run a command is left out, whoever sent it. */
function mirrors(config: JsonMap): {mirrors?: MirrorConfig[]} {
	const found = list(config['mirrors']).flatMap(each => {
		if (!isMap(each)) return [];
		const {repository, url, ref} = each;
		if (typeof repository !== 'string' || typeof url !== 'string' || typeof ref !== 'string') return [];
		return isMirrorUrl(url) && isPlainRef(ref) ? [{repository, url, ref}] : [];
	});
	return found.length === 0 ? {} : {mirrors: found};
}

/** Null where it says nothing that is understood here. */
export function changesConfig(value: unknown): ChangesConfig | null {
	if (!isMap(value)) return null;
	const {from, file, wikiversions, dblists, localCommits} = value;
	switch (from) {
		case 'git':
			return {from, checkouts: checkouts(value['checkouts']), ...mirrors(value)};
		case 'deployment-info':
			if (typeof file !== 'string') return null;
			return {
				...{from, file, stageDir: textOr(value['stageDir'], null)},
				...(typeof wikiversions === 'string' ? {wikiversions} : {}),
				...(typeof dblists === 'string' ? {dblists} : {}),
				...(localCommits === 'public' ? {localCommits} : {}),
				...mirrors(value),
			};
		case 'rev-path':
			return {from, repository: textOr(value['repository'], null), ...mirrors(value)};
		case 'file':
			return typeof file === 'string' ? {from, file} : null;
		case 'names':
			return {from};
		default:
			return null;
	}
}
