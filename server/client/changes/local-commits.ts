/** Commits that only stand in a checkout and were never proposed: they are on its branch, and not on the branch that it follows. */
import type {Change, LandedChange, Note} from '../../../gate/facts.ts';
import {keptBackText, publicLabel} from '../../../gate/passage/kept-back.ts';
import type {CheckoutConfig} from '../../config.ts';
import {isPlainRef} from '../config-changes.ts';
import type {Place} from './git.ts';
import {isSha} from './git-log.ts';
import {git, type Limits} from './git-process.ts';
import {hasRef} from './head-file.ts';

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

const marking =
	(said: 'public' | undefined) =>
	(change: Change): Change => ({
		...change,
		review: {source: 'git', local: true},
		...(said === 'public' ? {labels: [publicLabel]} : {}),
	});

/** Marks what was never proposed, and counts it. Its subject is not repeated: it may be a hole that is not closed everywhere yet. */
export function withLocal(
	changes: readonly Change[],
	local: ReadonlySet<string>,
	{path, repository, localCommits: said}: CheckoutConfig,
): {changes: Change[]; notes: Note[]} {
	const isLocal = ({sha}: Change): boolean => sha !== undefined && local.has(sha);
	const marked = changes.map(change => (isLocal(change) ? marking(said)(change) : change));
	const count = changes.filter(isLocal).length;
	const text = `${count} ${count === 1 ? 'commit' : 'commits'} of ${path} stand there alone: never proposed to ${repository}`;
	return {changes: marked, notes: count === 0 ? [] : [{about: repository, text}]};
}

/** Tells the words of local commits that were found beside the batch: by their names on other refs, as live already, in a neighbour of now. */
export type LocalWords = {
	/** With the mark that it was never proposed. */
	mark(change: Change): Change;
	/** Without its subject, which is all that it has of its words. */
	hide<Told extends LandedChange>(change: Told): Told;
};

/** Looks at the checkouts of what was found. One that cannot tell in time tells of none. */
export async function localWords(places: readonly Place[], found: readonly LandedChange[], limits: Limits): Promise<LocalWords> {
	const repositories = new Set(found.flatMap(({repository, sha}) => (sha === undefined ? [] : [repository])));
	const asked = places.filter(({repository}) => repositories.has(repository));
	const local = new Map<string, 'public' | undefined>();
	for (const {head, branch, landed, localCommits: said} of asked) {
		const tips = [...new Set([head.sha, ...landed.map(({sha}) => sha)])].filter(isSha);
		for (const sha of await localCommits(head.path, branch ?? undefined, tips, limits)) local.set(sha, said);
	}
	const isLocal = ({sha}: LandedChange): boolean => sha !== undefined && local.has(sha);
	return {
		mark: change => (isLocal(change) ? marking(local.get(change.sha ?? ''))(change) : change),
		hide: change =>
			isLocal(change) && local.get(change.sha ?? '') === undefined && change.subject !== undefined
				? {...change, subject: keptBackText}
				: change,
	};
}
