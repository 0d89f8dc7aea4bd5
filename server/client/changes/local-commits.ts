/** Commits that only stand in a checkout and were never proposed: they are on its branch, and not on the branch that it follows. */
import type {Change, Note} from '../../../gate/facts.ts';
import type {CheckoutConfig} from '../../config.ts';
import {isPlainRef} from '../config-changes.ts';
import {isSha} from './git-log.ts';
import {git, type Limits} from './git-process.ts';
import {hasRef} from './head-file.ts';

/** Of a change whose text is none for public pages. */
export const privateLabel = 'security';

/** Those among the revisions that the branch of `origin` lacks; none where there is no such branch, since then nobody can tell. */
export async function localCommits(
	path: string,
	branch: string | undefined,
	revisions: readonly string[],
	limits: Limits,
): Promise<ReadonlySet<string>> {
	if (branch === undefined || !isPlainRef(branch)) return new Set();
	const upstream = `refs/remotes/origin/${branch}`;
	if (hasRef(path, upstream) === false) return new Set();
	const answer = await git(path, ['rev-list', '--no-merges', ...revisions, `^${upstream}`, '--'], limits);
	return new Set(answer.exit === 0 ? answer.stdout.toString('latin1').split('\n').filter(isSha) : []);
}

/** Marks what was never proposed, and counts it. Its subject is not repeated: it may be a hole that is not closed everywhere yet. */
export function withLocal(
	changes: readonly Change[],
	local: ReadonlySet<string>,
	{path, repository, localCommits: kept}: CheckoutConfig,
): {changes: Change[]; notes: Note[]} {
	const isLocal = ({sha}: Change): boolean => sha !== undefined && local.has(sha);
	const marked = changes.map(change =>
		isLocal(change)
			? {...change, review: {source: 'git', local: true as const}, ...(kept === 'private' ? {labels: [privateLabel]} : {})}
			: change,
	);
	const count = changes.filter(isLocal).length;
	const text = `${count} ${count === 1 ? 'commit' : 'commits'} of ${path} stand there alone: never proposed to ${repository}`;
	return {changes: marked, notes: count === 0 ? [] : [{about: repository, text}]};
}
