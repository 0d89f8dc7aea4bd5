/**
 * Looking things up with git alone, where no history of the checkout is kept: in the many that bring nothing new, and for names on the
 * command line.
 */
import type {LandedFind, Probe} from '../contract.ts';
import type {Place} from './git.ts';
import {type Commit, changeOf, isSha, logArguments, readLog} from './git-log.ts';
import {git, type Limits} from './git-process.ts';
import type {Known} from './known.ts';

const foundMax = 50;
const revertRoundsMax = 4;

/** The branch that a ref stands for; undefined for what is none, such as a tag or a bare commit. */
const branchOf = (ref: string): string | undefined => /^refs\/(?:heads|remotes\/[^/]+)\/(.+)$/.exec(ref)?.[1];

/** Names the branch of each commit: the checkout's own where it is part of what is checked out, else the one that it was found on. */
export async function onTheirBranches(place: Place, commits: readonly Commit[], limits: Limits): Promise<Commit[]> {
	if (commits.length === 0) return [];
	const missing = await missingFrom(place, commits, place.head.sha, limits);
	return commits.map(({branch: own, ...commit}) => {
		const branch = missing === null || missing.has(commit.sha) ? branchOf(commit.source) : own;
		return branch === undefined ? commit : {...commit, branch};
	});
}

type Found = {readonly commits: readonly Commit[]; readonly complete: boolean};

async function find(place: Place, revisions: readonly string[], limits: Limits): Promise<Found> {
	const answer = await git(place.head.path, [...logArguments(foundMax + 1), ...revisions], limits);
	const named = place.branch === null ? {repository: place.repository} : {repository: place.repository, branch: place.branch};
	const commits = readLog(answer.stdout, named);
	const complete = answer.exit === 0 && commits.length <= foundMax;
	return {commits: await onTheirBranches(place, commits.slice(0, foundMax), limits), complete};
}

/** Commits on all refs whose message carries one of these Change-Ids. */
export async function findByChangeId(place: Place, ids: readonly string[], limits: Limits): Promise<Found> {
	if (ids.length === 0) return {commits: [], complete: true};
	const found = await find(place, ['--all', '--fixed-strings', ...ids.map(id => `--grep=Change-Id: ${id}`), '--'], limits);
	// A message may also quote the footer of another change.
	return {...found, commits: found.commits.filter(commit => ids.some(id => commit.changeId?.startsWith(id)))};
}

/** One commit by its id, wherever it is. */
export const findBySha = (place: Place, sha: string, limits: Limits): Promise<Found> => find(place, ['--max-count=1', sha, '--'], limits);

function findByPath(place: Place, probes: readonly Probe[], limits: Limits): Promise<Found> {
	const paths = probes.filter(probe => probe.repository === place.repository).map(probe => probe.path);
	if (paths.length === 0) return Promise.resolve({commits: [], complete: true});
	return find(place, ['--all', '--diff-filter=AD', '--', ...paths], limits);
}

/** Which of the commits are not reachable from `landed`. */
async function missingFrom(place: Place, commits: readonly Commit[], landed: string, limits: Limits): Promise<Set<string> | null> {
	const answer = await git(place.head.path, ['rev-list', ...commits.map(commit => commit.sha), `^${landed}`, '--'], limits);
	return answer.exit === 0 ? new Set(answer.stdout.toString('latin1').split('\n')) : null;
}

/**
 * The reverts among what is live: by reverted commit, the commit that took it out. A revert that was itself reverted takes nothing out.
 * The messages are those that `git revert` and Gerrit write.
 */
async function revertsOf(place: Place, commits: readonly Commit[], landed: string, limits: Limits): Promise<Map<string, Commit>> {
	const reverters = new Map<string, Commit[]>();
	let open = commits.map(commit => commit.sha);
	const oldest = commits.map(commit => commit.committedAt ?? '').sort()[0];
	for (let round = 0; round < revertRoundsMax && open.length > 0; round++) {
		const since = oldest ? [`--since=${oldest}`] : [];
		const patterns = open.map(sha => `--grep=This reverts commit ${sha}`);
		const {commits: found} = await find(place, [...since, '--fixed-strings', ...patterns, landed, '--'], limits);
		for (const sha of open) {
			const by = found.filter(commit => commit.message?.includes(`This reverts commit ${sha}`));
			if (by.length > 0) reverters.set(sha, by);
		}
		open = found.map(commit => commit.sha).filter(sha => !reverters.has(sha));
	}
	const standing = (sha: string, depth: number): Commit | null =>
		depth > revertRoundsMax ? null : (reverters.get(sha)?.find(by => standing(by.sha, depth + 1) === null) ?? null);
	return new Map(
		commits.flatMap(({sha}) => {
			const by = standing(sha, 0);
			return by ? [[sha, by] as const] : [];
		}),
	);
}

/** Says of the commits found in one checkout on which groups they are live. */
export async function sortByGroup(place: Place, commits: readonly Commit[], limits: Limits): Promise<Known> {
	const landedChanges: LandedFind[] = [];
	const liveOn = new Map<string, number>();
	const heads = [...new Set(place.landed.map(each => each.sha))].filter(isSha);
	for (const sha of heads) {
		const missing = await missingFrom(place, commits, sha, limits);
		if (missing === null) continue;
		const live = commits.filter(commit => !missing.has(commit.sha));
		const reverts = live.length > 0 ? await revertsOf(place, live, sha, limits) : new Map<string, Commit>();
		for (const {group} of place.landed.filter(each => each.sha === sha)) {
			for (const commit of live) {
				const revert = reverts.get(commit.sha);
				const {repository, branch, changeId, subject} = commit;
				landedChanges.push({
					group,
					repository,
					sha: commit.sha,
					...(branch === undefined ? {} : {branch}),
					...(changeId === undefined ? {} : {changeId}),
					...(subject === undefined ? {} : {subject}),
					source: 'git',
					...(revert === undefined ? {} : {revertedBy: revert.id}),
				});
				if (revert === undefined) liveOn.set(commit.sha, (liveOn.get(commit.sha) ?? 0) + 1);
			}
		}
	}
	const known = commits.filter(commit => place.landed.length === 0 || liveOn.get(commit.sha) !== place.landed.length).map(changeOf);
	return {known, landedChanges, notes: []};
}

export async function knownByGit(
	place: Place,
	ids: readonly string[],
	probes: readonly Probe[],
	inBatch: ReadonlySet<string>,
	limits: Limits,
) {
	const found = await Promise.all([findByChangeId(place, ids, limits), findByPath(place, probes, limits)]);
	const commits = new Map<string, Commit>();
	for (const commit of found.flatMap(each => each.commits)) if (!inBatch.has(commit.sha)) commits.set(commit.sha, commit);
	const notes = found.every(each => each.complete)
		? []
		: [
				{
					about: place.repository,
					text: `not every change that the batch leans on could be looked up in ${place.head.path} (time, or more than ${foundMax})`,
				},
			];
	if (commits.size === 0) return {known: [], landedChanges: [], notes};
	const sorted = await sortByGroup(place, [...commits.values()].slice(0, foundMax), limits);
	return {...sorted, notes};
}
