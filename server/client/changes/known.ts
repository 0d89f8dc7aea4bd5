/**
 * Changes that a batch leans on without holding them: merged is not landed, so what a message mentions, or what moves a path that a rule
 * asks about, is looked up on all refs. Also whether it is live already, since the service may be younger than the code.
 */
import type {Change, Note} from '../../../gate/facts.ts';
import type {LandedFind, Probe} from '../contract.ts';
import type {Place} from './git.ts';
import {type Commit, changeOf, isSha, logArguments, readLog} from './git-log.ts';
import {git, type Limits} from './git-process.ts';

export type Known = {readonly known: readonly Change[]; readonly landedChanges: readonly LandedFind[]; readonly notes: readonly Note[]};

const foundMax = 50;
const idsMax = 100;
const revertRoundsMax = 4;
const atOnceMax = 8;

/** Change-Ids that the messages mention in any way, their own left out: the gate reads the footers, this only looks things up. */
export function mentionedIds(changes: readonly Change[]): string[] {
	const own = new Set(changes.flatMap(change => change.changeId ?? []));
	const found = new Set<string>();
	for (const change of changes) {
		for (const [id] of (change.message ?? '').matchAll(/\bI[0-9a-f]{8,40}\b/g)) {
			if (found.size < idsMax && ![...own].some(each => each.startsWith(id))) found.add(id);
		}
	}
	return [...found];
}

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
					...(revert === undefined ? {} : {revertedBy: revert.id}),
				});
				if (revert === undefined) liveOn.set(commit.sha, (liveOn.get(commit.sha) ?? 0) + 1);
			}
		}
	}
	const known = commits.filter(commit => place.landed.length === 0 || liveOn.get(commit.sha) !== place.landed.length).map(changeOf);
	return {known, landedChanges, notes: []};
}

async function knownIn(place: Place, ids: readonly string[], probes: readonly Probe[], inBatch: ReadonlySet<string>, limits: Limits) {
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

/** Works through a list a few at a time: each is a git of its own, on a machine that is busy deploying. */
export async function inTurns<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
	const results: Result[] = [];
	for (let next = 0; next < items.length; next += atOnceMax) {
		results.push(...(await Promise.all(items.slice(next, next + atOnceMax).map(work))));
	}
	return results;
}

const isFoundIn = (found: readonly Known[], id: string): boolean =>
	found.some(({known, landedChanges}) => [...known, ...landedChanges].some(change => change.changeId?.startsWith(id)));

/**
 * Looks up what the batch mentions and what the service's rules ask about, in every checkout that brings something new; what is mentioned
 * and not found there, in the unchanged ones too. Never throws for a slow one.
 */
export async function lookUpKnown(
	{places, unchanged}: {readonly places: readonly Place[]; readonly unchanged: readonly Place[]},
	changes: readonly Change[],
	probes: readonly Probe[],
	limits: Limits,
): Promise<Known> {
	const ids = mentionedIds(changes);
	const inBatch = new Set(changes.flatMap(change => change.sha ?? []));
	if (ids.length === 0 && probes.length === 0) return {known: [], landedChanges: [], notes: []};
	const near = await inTurns(places, place => knownIn(place, ids, probes, inBatch, limits));
	const open = ids.filter(id => !isFoundIn(near, id));
	const far = open.length === 0 ? [] : await inTurns(unchanged, place => knownIn(place, open, [], inBatch, limits));
	const all = [...near, ...far];
	return {
		known: all.flatMap(each => each.known),
		landedChanges: all.flatMap(each => each.landedChanges),
		notes: all.flatMap(each => each.notes),
	};
}
