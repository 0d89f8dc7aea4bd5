/**
 * What scap3 promotes on this target. The commit is the basename of $SCAP_REV_PATH; what runs now is where $SCAP_CURRENT_REV_DIR leads:
 * before `promote` the old revision, after it the new one, and nothing before a first deploy. $SCAP_DONE_REV_DIR stays the old one to the end.
 */
import {basename} from 'node:path';
import {AppError} from '../../app-error.ts';
import type {LandedAnswer, LandedHead} from '../contract.ts';
import {headOf, newInCheckout} from './git.ts';
import {isSha} from './git-log.ts';
import {type Limits, realPath} from './git-process.ts';
import type {Read} from './read.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The commit that one of scap's links leads to, or null where scap says nothing. */
function shaBehind(folder: string | undefined): string | null {
	const path = folder ? realPath(folder) : null;
	const sha = path === null ? null : basename(path);
	return isSha(sha) ? sha : null;
}

/** Reads the revision that is promoted and, where its folder is a git checkout, what is new in it. Throws AppError without a revision. */
export async function readRevPath(repository: string, landed: LandedAnswer, env: Environment, limits: Limits): Promise<Read> {
	const folder = env['SCAP_REV_PATH'];
	if (!folder)
		throw new AppError('invalid', 'SCAP_REV_PATH is not set: «changes: {from: rev-path}» works in a check that scap runs on a target');
	const sha = basename(folder);
	if (!isSha(sha)) throw new AppError('invalid', `SCAP_REV_PATH is ${JSON.stringify(folder)}, which does not end in a whole commit id`);
	const liveNow = shaBehind(env['SCAP_CURRENT_REV_DIR']);
	const live = liveNow === null ? [] : [{repository, sha: liveNow}];
	const target = {repository, sha};
	// After `promote` the current revision is the new one already, and the one that was done before is what it replaces.
	const replaced = sha === liveNow ? shaBehind(env['SCAP_DONE_REV_DIR']) : liveNow;
	if (sha === replaced) return {targets: [target], changes: [], places: [], live, notes: []};
	const known = landed.landed.filter(head => head.repository === repository);
	// This host's own link is nearer to the truth than what the service last heard.
	const heads: LandedHead[] =
		replaced === null
			? known
			: (known.length > 0 ? known : [{group: '', repository, sha: replaced}]).map(head => ({...head, sha: replaced}));
	try {
		const head = await headOf(folder, limits);
		const checkout = {path: folder, repository, branch: null, landed: null, groups: []};
		const found = await newInCheckout(checkout, {...head, sha, branch: null}, heads, limits);
		return {targets: [target], changes: found.changes, places: [{...found.place, landed: known}], live, notes: found.notes};
	} catch (error) {
		if (!(error instanceof AppError)) throw error;
		const note = {about: repository, text: `only the commit is known, not its message: ${error.message}`};
		return {targets: [target], changes: [{id: sha.slice(0, 10), ...target}], places: [], live, notes: [note]};
	}
}
