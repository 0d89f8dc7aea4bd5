/**
 * Changes that a batch leans on without holding them: merged is not landed, so what a message mentions, or what moves a path that a rule
 * asks about, is looked up on all refs. Also whether it is live already, under this id or another, since the service may be younger than
 * the code.
 */
import type {Change, Note} from '../../../gate/facts.ts';
import type {LandedFind, Probe} from '../contract.ts';
import {type Place, present} from './git.ts';
import {type Commit, changeOf, isSha} from './git-log.ts';
import type {Limits} from './git-process.ts';
import {type History, historyOf} from './history.ts';
import {knownByGit} from './look-through.ts';

export type Known = {readonly known: readonly Change[]; readonly landedChanges: readonly LandedFind[]; readonly notes: readonly Note[]};

const foundMax = 50;
const idsMax = 100;
const atOnceMax = 8;
const samePatchMax = 20;

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

/** What may be a commit that a message mentions. A word of letters alone is a word. */
function mentionedShas(changes: readonly Change[]): string[] {
	const found = new Set<string>();
	for (const {message = ''} of changes) {
		for (const [sha] of message.matchAll(/\b[0-9a-f]{7,40}\b/g)) if (found.size < idsMax && /\d/.test(sha)) found.add(sha);
	}
	return [...found];
}

type Asked = {
	readonly ids: readonly string[];
	readonly shas: readonly string[];
	readonly probes: readonly Probe[];
	readonly inBatch: ReadonlySet<string>;
};

/** The commits that are asked about in one history, with all that carry the same Change-Id. */
async function foundIn(history: History, {ids, shas, probes, inBatch}: Asked): Promise<{shas: string[]; complete: boolean}> {
	const {place} = history;
	const paths = probes.filter(probe => probe.repository === place.repository).map(probe => probe.path);
	const moved = paths.length === 0 ? {shas: [], complete: true} : await history.touching(paths, 'added');
	const named = shas.flatMap(sha => {
		const all = history.bySha(sha);
		// A short one that fits several commits stands for none of them.
		return all.length === 1 ? all : [];
	});
	const direct = [...history.byChangeId(ids), ...named, ...moved.shas.slice(0, foundMax)];
	const all = [...new Set(direct)].filter(sha => !inBatch.has(sha));
	return {shas: all.slice(0, foundMax), complete: moved.complete && moved.shas.length <= foundMax && all.length <= foundMax};
}

/** A path by which the same patch could be found: one that it adds or deletes is touched by the fewest. */
const tellingPath = ({paths = []}: Change): string[] => {
	const path = paths.find(({kind}) => kind !== 'modified') ?? paths[0];
	return path === undefined ? [] : [path.path];
};

type Landed = {readonly commit: Commit; readonly as: Commit; readonly revertedBy: string | null};

/** The same patches among what is live: landed again under another id. */
async function samePatches(history: History, commits: readonly Commit[], heads: readonly string[]) {
	const paths = [...new Set(commits.slice(0, samePatchMax).flatMap(tellingPath))].sort();
	const same = new Map<string, string[]>();
	if (paths.length === 0) return {same, ids: new Map<string, string>()};
	const own = commits.slice(0, samePatchMax).map(({sha}) => sha);
	const touched = await history.touching(paths, 'any');
	const live = touched.shas.filter(sha => !own.includes(sha) && heads.some(head => history.has(head, sha) === true));
	const ids = await history.patchIds([...own, ...live]);
	for (const sha of own) {
		const id = ids.get(sha);
		if (id !== undefined)
			same.set(
				sha,
				live.filter(other => ids.get(other) === id),
			);
	}
	return {same, ids};
}

function findOf({commit, as, revertedBy}: Landed, group: string, patchId: string | undefined): LandedFind {
	const {repository, branch, changeId, subject} = as;
	return {
		...{group, repository, sha: commit.sha, source: 'git'},
		...(branch === undefined ? {} : {branch}),
		...(changeId === undefined ? {} : {changeId}),
		...(patchId === undefined ? {} : {patchId}),
		...(subject === undefined ? {} : {subject}),
		...(revertedBy === null ? {} : {revertedBy}),
	};
}

/** On which groups the commits are live: themselves, as a pick that says so, or as the same patch. */
export async function landedIn(history: History, commits: readonly Commit[]): Promise<Known> {
	const {place} = history;
	const heads = [...new Set(place.landed.map(each => each.sha))].filter(isSha);
	const isLiveOn = (head: string, sha: string): boolean => history.has(head, sha) === true;
	const open = commits.filter(({sha}) => heads.some(head => !isLiveOn(head, sha) || history.revertedIn(head, sha) !== null));
	const {same, ids} = await samePatches(history, open, heads);
	const others = [...new Set([...same.values()].flat())];
	const twins = new Map((await history.read(others)).map(commit => [commit.sha, commit]));
	const short = (sha: string | null): string | null => sha?.slice(0, 10) ?? null;
	// What was picked is told under the name by which it is asked for.
	const pickedOn = (head: string, commit: Commit): Landed[] => {
		const picks = history.pickedIn(head, commit.sha);
		const standing = picks.find(pick => history.revertedIn(head, pick) === null);
		const by = standing === undefined ? short(history.revertedIn(head, picks[0] ?? '')) : null;
		return picks.length === 0 ? [] : [{commit, as: commit, revertedBy: by}];
	};
	const landedOn = (head: string, commit: Commit): Landed[] => {
		const {sha} = commit;
		const own = isLiveOn(head, sha) ? [{commit, as: commit, revertedBy: short(history.revertedIn(head, sha))}] : pickedOn(head, commit);
		if (own.some(({revertedBy}) => revertedBy === null)) return own;
		// Taken back, it may have landed again under another id, as that of 2015 did.
		const again = (same.get(sha) ?? []).flatMap(other => {
			const twin = twins.get(other);
			return twin && isLiveOn(head, other) ? [{commit: twin, as: twin, revertedBy: short(history.revertedIn(head, other))}] : [];
		});
		return [...own, ...again];
	};
	const found = new Map<string, LandedFind>();
	const liveOn = new Map<string, number>();
	for (const {group, sha: head} of place.landed) {
		for (const commit of commits) {
			for (const landed of landedOn(head, commit)) {
				found.set(`${group} ${landed.commit.sha}`, findOf(landed, group, ids.get(landed.commit.sha)));
				const isItself = landed.commit === commit && landed.revertedBy === null && isLiveOn(head, commit.sha);
				if (isItself) liveOn.set(commit.sha, (liveOn.get(commit.sha) ?? 0) + 1);
			}
		}
	}
	const known = commits
		.filter(({sha}) => place.landed.length === 0 || liveOn.get(sha) !== place.landed.length)
		.map(commit => {
			const patchId = ids.get(commit.sha);
			return {...changeOf(commit), ...(patchId === undefined ? {} : {patchId})};
		});
	return {known, landedChanges: [...found.values()], notes: []};
}

/** What a reader of the answer must know of this history. */
function notesOn(history: History, {ids}: Asked, complete: boolean): Note[] {
	const {head, landed, repository: about} = history.place;
	const notes: Note[] = [];
	if (!complete)
		notes.push({
			about,
			text: `not every change that the batch leans on could be looked up in ${head.path} (time, or more than ${foundMax})`,
		});
	if (ids.length > 0 && !history.hasChangeIds)
		notes.push({about, text: `no commit in ${head.path} carries a Change-Id: a footer that names one cannot be found there`});
	for (const sha of new Set(landed.map(each => each.sha))) {
		if (history.has(head.sha, sha) !== false || history.has(sha, head.sha) !== false) continue;
		const text = `commit ${sha.slice(0, 10)}, which is live, is no part of what is checked out in ${head.path}: the branch was rewritten, or is another one`;
		notes.push({about, text, remedy: `git -C ${head.path} log --oneline ${head.sha.slice(0, 10)}..${sha.slice(0, 10)}   # what would go`});
	}
	return notes;
}

async function knownIn(history: History, asked: Asked): Promise<Known> {
	const {shas, complete} = await foundIn(history, asked);
	const notes = notesOn(history, asked, complete);
	if (shas.length === 0) return {known: [], landedChanges: [], notes};
	const commits = (await history.read(shas)).map(({branch: _own, ...commit}): Commit => {
		const branch = history.branchOf(commit.sha);
		return branch === undefined ? commit : {...commit, branch};
	});
	return {...(await landedIn(history, commits)), notes};
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

const isShaIn = (found: readonly Known[], sha: string): boolean =>
	found.some(({known, landedChanges}) => [...known, ...landedChanges].some(change => change.sha?.startsWith(sha)));

const nothingKnown: Known = {known: [], landedChanges: [], notes: []};

export type LookedUp = Known & {
	/** The histories that were read, for more questions. */
	readonly histories: readonly History[];
};

/**
 * Looks up what the batch mentions and what the service's rules ask about, in every checkout that brings something new; what is mentioned
 * and not found there, in the unchanged ones too. Never throws for a slow one.
 */
export async function lookUpKnown(
	{places, unchanged}: {readonly places: readonly Place[]; readonly unchanged: readonly Place[]},
	changes: readonly Change[],
	probes: readonly Probe[],
	{limits, cacheDir}: {readonly limits: Limits; readonly cacheDir: string | null},
): Promise<LookedUp> {
	const ids = mentionedIds(changes);
	const inBatch = new Set(changes.flatMap(change => change.sha ?? []));
	const asked: Asked = {ids, shas: mentionedShas(changes), probes, inBatch};
	const isAsked = ids.length > 0 || probes.length > 0 || asked.shas.length > 0;
	if (!isAsked) return {known: [], landedChanges: [], notes: [], histories: []};
	const histories: History[] = [];
	const near = await inTurns(places, async (place): Promise<Known> => {
		const history = await historyOf(place, cacheDir, limits);
		if (history === null) return knownByGit(place, ids, probes, inBatch, limits);
		histories.push(history);
		return knownIn(history, asked);
	});
	const open = ids.filter(id => !isFoundIn(near, id));
	// Digits alone are mostly a date or a task, for which not every checkout is asked.
	const openShas = asked.shas.filter(sha => /[a-f]/.test(sha) && !isShaIn(near, sha) && ![...inBatch].some(own => own.startsWith(sha)));
	const far = await inTurns(open.length + openShas.length === 0 ? [] : unchanged, async (place): Promise<Known> => {
		const byId = open.length === 0 ? nothingKnown : await knownByGit(place, open, [], inBatch, limits);
		const isNamed = openShas.length > 0 && (await present(place.head.path, openShas, limits)).length > 0;
		if (!isNamed && byId.known.length + byId.landedChanges.length === 0) return byId;
		// Only a checkout that has one of them is worth its whole history, which knows it under other ids too.
		const history = await historyOf(place, cacheDir, limits);
		if (history === null) return byId;
		histories.push(history);
		return knownIn(history, {...asked, ids: open, shas: openShas, probes: []});
	});
	const all = [...near, ...far];
	return {
		known: all.flatMap(each => each.known),
		landedChanges: all.flatMap(each => each.landedChanges),
		notes: all.flatMap(each => each.notes),
		histories,
	};
}
