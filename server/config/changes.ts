/** Where the changes of a service are read, as it is written in the configuration. */
import {basename, resolve} from 'node:path';
import {isMap} from '../../gate/limits.ts';
import {isMirrorUrl, isPlainRef, isRefPattern, mirrorRule} from '../client/config-changes.ts';
import type {ChangesConfig, CheckoutConfig, MirrorConfig} from '../config.ts';
import {knownGroups} from './names.ts';
import {choice, entryOf, fields, isWritten, items, neededText, type Place, text, textOrNull} from './place.ts';

const checkoutsMax = 500;
const mirrorsMax = 50;
const kinds = ['git', 'deployment-info', 'rev-path', 'file', 'names'] as const;

/** `local_commits: public`, or nothing. */
function readLocalCommits(place: Place): {localCommits?: 'public'} {
	return choice(place, ['public', 'private'], 'private') === 'public' ? {localCommits: 'public'} : {};
}

function readNext(place: Place): {next?: string} {
	const next = textOrNull(place);
	if (next !== null && !isRefPattern(next))
		place.complain(place.path, '«next» must be a ref or a pattern of refs, as in refs/remotes/origin/wmf/*');
	return next === null ? {} : {next};
}

function readMirrors(place: Place): {mirrors?: MirrorConfig[]} {
	if (!isWritten(place)) return {};
	const mirrors = items(place, mirrorsMax).map((item): MirrorConfig => {
		const at = fields(item, ['repository', 'url', 'ref']);
		const mirror = {repository: neededText(at('repository')), url: neededText(at('url')), ref: text(at('ref'), 'HEAD')};
		if (mirror.url !== '' && !isMirrorUrl(mirror.url)) item.complain([...item.path, 'url'], mirrorRule);
		if (!isPlainRef(mirror.ref)) item.complain([...item.path, 'ref'], '«ref» must be a ref, as in refs/heads/master');
		return mirror;
	});
	return {mirrors};
}

function readCheckout(place: Place, folder: string, groups: readonly string[]): CheckoutConfig {
	const at = fields(place, ['path', 'repository', 'branch', 'landed', 'groups', 'next', 'local_commits']);
	const path = resolve(folder, neededText(at('path')));
	return {
		...readNext(at('next')),
		...readLocalCommits(at('local_commits')),
		path,
		repository: text(at('repository'), basename(path)),
		branch: textOrNull(at('branch')),
		landed: textOrNull(at('landed')),
		groups: isWritten(at('groups')) ? knownGroups(at('groups'), groups) : groups,
	};
}

function readGit(place: Place, folder: string, groups: readonly string[]): ChangesConfig {
	const at = fields(place, ['from', 'checkouts', 'mirrors']);
	const listed = items(at('checkouts'), checkoutsMax);
	if (listed.length === 0) place.complain(place.path, '«from: git» needs «checkouts», a list with the path of each checkout');
	const checkouts = listed.map(item => readCheckout(item, folder, groups));
	for (const [index, {path}] of checkouts.entries()) {
		const first = checkouts.findIndex(other => other.path === path);
		if (first < index)
			place.complain([...place.path, 'checkouts', index], `the checkout ${path} stands here twice; name its groups in one entry`);
	}
	return {from: 'git', checkouts, ...readMirrors(at('mirrors'))};
}

function readDeploymentInfo(place: Place, folder: string): ChangesConfig {
	const at = fields(place, ['from', 'file', 'stage_dir', 'wikiversions', 'dblists', 'local_commits', 'mirrors']);
	const stageDir = textOrNull(at('stage_dir'));
	const [wikiversions, dblists] = [textOrNull(at('wikiversions')), textOrNull(at('dblists'))];
	return {
		...{from: 'deployment-info', file: resolve(folder, neededText(at('file')))},
		stageDir: stageDir === null ? null : resolve(folder, stageDir),
		...(wikiversions === null ? {} : {wikiversions: resolve(folder, wikiversions)}),
		...(dblists === null ? {} : {dblists: resolve(folder, dblists)}),
		...readLocalCommits(at('local_commits')),
		...readMirrors(at('mirrors')),
	};
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
		case 'deployment-info':
			return readDeploymentInfo(place, folder);
		case 'rev-path': {
			const at = fields(place, ['from', 'repository', 'mirrors']);
			return {from, repository: textOrNull(at('repository')), ...readMirrors(at('mirrors'))};
		}
		case 'file':
			return {from, file: resolve(folder, neededText(fields(place, ['from', 'file'])('file')))};
		default:
			if (from === 'names') fields(place, ['from']);
			return {from: 'names'};
	}
}
