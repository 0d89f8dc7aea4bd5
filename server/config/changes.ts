/** Where the changes of a service are read, as it is written in the configuration. */
import {basename, resolve} from 'node:path';
import {isMap} from '../../gate/limits.ts';
import type {ChangesConfig, CheckoutConfig} from '../config.ts';
import {knownGroups} from './names.ts';
import {choice, entryOf, fields, isWritten, items, neededText, type Place, text, textOrNull} from './place.ts';

const checkoutsMax = 500;
const kinds = ['git', 'deployment-info', 'rev-path', 'file', 'names'] as const;

function readCheckout(place: Place, folder: string, groups: readonly string[]): CheckoutConfig {
	const at = fields(place, ['path', 'repository', 'branch', 'landed', 'groups']);
	const path = resolve(folder, neededText(at('path')));
	return {
		path,
		repository: text(at('repository'), basename(path)),
		branch: textOrNull(at('branch')),
		landed: textOrNull(at('landed')),
		groups: isWritten(at('groups')) ? knownGroups(at('groups'), groups) : groups,
	};
}

function readGit(place: Place, folder: string, groups: readonly string[]): ChangesConfig {
	const at = fields(place, ['from', 'checkouts']);
	const listed = items(at('checkouts'), checkoutsMax);
	if (listed.length === 0) place.complain(place.path, '«from: git» needs «checkouts», a list with the path of each checkout');
	const checkouts = listed.map(item => readCheckout(item, folder, groups));
	for (const [index, {path}] of checkouts.entries()) {
		const first = checkouts.findIndex(other => other.path === path);
		if (first < index)
			place.complain([...place.path, 'checkouts', index], `the checkout ${path} stands here twice; name its groups in one entry`);
	}
	return {from: 'git', checkouts};
}

/** Which keys there are depends on `from`; nothing written is `from: names`. Paths are relative to `folder`. */
export function readChanges(place: Place, folder: string, groups: readonly string[]): ChangesConfig {
	if (!isWritten(place)) return {from: 'names'};
	if (!isMap(place.value)) {
		fields(place, ['from']);
		return {from: 'names'};
	}
	// Read by hand, since which keys may stand beside it is not known yet.
	const said = Object.hasOwn(place.value, 'from') ? place.value['from'] : undefined;
	const from = choice(entryOf(place, 'from', said), kinds, null);
	switch (from) {
		case 'git':
			return readGit(place, folder, groups);
		case 'deployment-info': {
			const at = fields(place, ['from', 'file', 'stage_dir']);
			const stageDir = textOrNull(at('stage_dir'));
			return {from, file: resolve(folder, neededText(at('file'))), stageDir: stageDir === null ? null : resolve(folder, stageDir)};
		}
		case 'rev-path':
			return {from, repository: textOrNull(fields(place, ['from', 'repository'])('repository'))};
		case 'file':
			return {from, file: resolve(folder, neededText(fields(place, ['from', 'file'])('file')))};
		default:
			if (from === 'names') fields(place, ['from']);
			return {from: 'names'};
	}
}
