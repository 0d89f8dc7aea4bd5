/**
 * Questions to the history of a checkout: which commits carry a Change-Id, which are part of what is live, which were taken back, which
 * bring the same patch. Answered from what was read of it before (commit-index.ts), so that only new commits cost anything.
 */
import {createHash} from 'node:crypto';
import {type Kept, keep, reachable, readHistory} from './commit-index.ts';
import type {Place} from './git.ts';
import {type Commit, isSha, logArguments, readLog} from './git-log.ts';
import {git, gitPatchIds, globOf, type Limits} from './git-process.ts';

export type Touched = {readonly shas: readonly string[]; readonly complete: boolean};

export type History = {
	readonly place: Place;
	/** Commits that carry one of these Change-Ids, whole or shortened. */
	byChangeId(ids: readonly string[]): string[];
	/** Commits whose id begins so. */
	bySha(sha: string): string[];
	/** Whether a commit is part of another one's history; null where that other one is not here. */
	has(head: string, sha: string): boolean | null;
	/** The commit of this history that took that one out and stands; null: it stands itself. Reverted is not there, a reverted revert is. */
	revertedIn(head: string, sha: string): string | null;
	/** Commits of that history that say they were picked from this one. */
	pickedIn(head: string, sha: string): string[];
	/** The branch whose ref leads to this commit. */
	branchOf(sha: string): string | undefined;
	/** Commits on any ref that touched one of these paths; `added`: those alone that added or deleted one. */
	touching(paths: readonly string[], which: 'any' | 'added'): Promise<Touched>;
	/** Commits with their messages and paths, those that are not here left out. */
	read(shas: readonly string[]): Promise<Commit[]>;
	patchIds(shas: readonly string[]): Promise<ReadonlyMap<string, string>>;
	/** The history ends early: a shallow clone, or a very long one. */
	readonly cut: boolean;
	readonly hasChangeIds: boolean;
	/** Writes what was learnt beside the commits. */
	remember(): void;
};

const touchedMax = 200;
const readMax = 200;
const revertDepthMax = 8;
const refsWalkedMax = 300;

/** The branch that a ref stands for; undefined for what is none, such as a tag. */
const branchNameOf = (ref: string): string | undefined => /^refs\/(?:heads|remotes\/[^/]+)\/(.+)$/.exec(ref)?.[1];

const shortOf = (name: string): string => name.slice(0, name.startsWith('I') ? 9 : 7).toLowerCase();

/** What takes back or was picked from what, by the beginning of the name that it was given. */
function byTarget(said: ReadonlyMap<number, readonly string[]>): Map<string, {name: string; place: number}[]> {
	const found = new Map<string, {name: string; place: number}[]>();
	for (const [place, targets] of said) {
		for (const name of targets) {
			const list = found.get(shortOf(name));
			if (list === undefined) found.set(shortOf(name), [{name, place}]);
			else list.push({name, place});
		}
	}
	return found;
}

/** The places of all commits by Change-Id, and the sorted ids for shortened ones. */
function idsOf({changeIds}: Kept) {
	const places = new Map<string, number[]>();
	for (const [place, id] of changeIds.entries()) {
		if (id === null) continue;
		const key = id.toLowerCase();
		const list = places.get(key);
		if (list === undefined) places.set(key, [place]);
		else list.push(place);
	}
	return (id: string): number[] => {
		const key = id.toLowerCase();
		const whole = places.get(key);
		if (whole !== undefined || key.length === 41) return whole ?? [];
		return [...places].flatMap(([known, list]) => (known.startsWith(key) ? list : []));
	};
}

function graphOf(kept: Kept, places: (id: string) => number[]) {
	const reached = new Map<string, Uint8Array | null>();
	const within = (head: string): Uint8Array | null => {
		const found = reached.get(head);
		if (found !== undefined) return found;
		const places = reachable(kept, [head]);
		reached.set(head, places);
		return places;
	};
	const reverters = byTarget(kept.reverts);
	const picks = byTarget(kept.picked);
	const standingRevert = (sha: string, inside: Uint8Array, depth: number): number | null => {
		const place = kept.placeOf.get(sha);
		if (place === undefined || depth > revertDepthMax) return null;
		const id = kept.changeIds[place];
		// A revert may name the commit on the branch that this one was picked from.
		const own = id ? [id, ...places(id).flatMap(at => kept.shas[at] ?? [])] : [sha];
		const said = own.flatMap(name => reverters.get(shortOf(name)) ?? []);
		const names = (name: string): boolean => own.some(each => each.toLowerCase().startsWith(name.toLowerCase()));
		for (const {name, place: by} of said) {
			// What came before it cannot have taken it back: the same Change-Id may have landed again since.
			if (inside[by] !== 1 || !names(name) || by <= place) continue;
			if (standingRevert(kept.shas[by] ?? '', inside, depth + 1) === null) return by;
		}
		return null;
	};
	return {within, picks, standingRevert};
}

type ByGit = Pick<History, 'touching' | 'read' | 'patchIds' | 'remember'>;

/** What only git can tell; what costs much is kept beside the commits. */
function byGit(kept: Kept, place: Place, dir: string | null, limits: Limits): ByGit {
	const {path} = place.head;
	const named = place.branch === null ? {repository: place.repository} : {repository: place.repository, branch: place.branch};
	let isNew = false;
	return {
		async touching(paths, which) {
			const question = createHash('sha256')
				.update([which, ...paths].join('\0'))
				.digest('hex')
				.slice(0, 32);
			const before = kept.asked.get(question);
			if (before?.key === kept.key) return {shas: before.shas, complete: before.shas.length <= touchedMax};
			const filter = which === 'added' ? ['--diff-filter=AD'] : [];
			const log = ['log', '--format=%H', '--no-renames', '--no-decorate', `--max-count=${touchedMax + 1}`, ...filter, '--all'];
			const isGlob = paths.some(each => each.includes('*'));
			const answer = isGlob
				? await git(path, [...log, '--', ...paths.map(globOf)], limits, undefined, 'glob')
				: await git(path, [...log, '--', ...paths], limits);
			const shas = answer.stdout.toString('latin1').split('\n').filter(isSha);
			if (answer.exit !== 0) return {shas, complete: false};
			kept.asked.delete(question);
			kept.asked.set(question, {key: kept.key, shas});
			isNew = true;
			return {shas: shas.slice(0, touchedMax), complete: shas.length <= touchedMax};
		},
		async read(shas) {
			if (shas.length === 0) return [];
			const input = `${shas.slice(0, readMax).join('\n')}\n`;
			const answer = await git(path, [...logArguments(readMax), '--no-walk=unsorted', '--ignore-missing', '--stdin'], limits, input);
			return readLog(answer.stdout, named);
		},
		async patchIds(shas) {
			const missing = shas.filter(sha => !kept.patchIds.has(sha)).slice(0, readMax);
			if (missing.length > 0) {
				const log = ['log', '-p', '--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', '--no-decorate', '--format=commit %H'];
				const answer = await gitPatchIds(path, [...log, '--no-walk=unsorted', ...missing, '--'], limits);
				for (const sha of answer.exit === 0 ? missing : []) kept.patchIds.set(sha, '');
				for (const line of answer.stdout.toString('latin1').split('\n')) {
					const [id, sha] = line.split(' ');
					if (isSha(sha) && id) kept.patchIds.set(sha, id);
				}
				isNew = true;
			}
			// A merge has none, which is known too.
			return new Map(shas.flatMap(sha => (kept.patchIds.get(sha) ? [[sha, kept.patchIds.get(sha) ?? '']] : [])));
		},
		remember() {
			if (isNew && dir !== null) keep(dir, path, kept);
			isNew = false;
		},
	};
}

/** The history of a checkout, or null where it could not be read in time. */
export async function historyOf(place: Place, dir: string | null, limits: Limits): Promise<History | null> {
	const kept = await readHistory(place, dir, limits);
	if (kept === null) return null;
	const places = idsOf(kept);
	const {within, picks, standingRevert} = graphOf(kept, places);
	// What a forced push left behind is kept with the rest, and is on no branch any more.
	const onSomeRef = reachable(kept, kept.tips);
	const isThere = (sha: string): boolean => onSomeRef?.[kept.placeOf.get(sha) ?? -1] === 1;
	const shasOf = (list: readonly number[]): string[] => list.flatMap(at => kept.shas[at] ?? []);
	return {
		place,
		...{cut: kept.cut, hasChangeIds: kept.changeIds.some(id => id !== null)},
		byChangeId: ids => [...new Set(ids.flatMap(id => shasOf(places(id))))].filter(isThere),
		bySha: sha => (sha.length === 40 ? [sha] : kept.shas.filter(each => each.startsWith(sha))).filter(isThere),
		has(head, sha) {
			const at = kept.placeOf.get(sha);
			const inside = within(head);
			return inside === null ? null : at !== undefined && inside[at] === 1;
		},
		revertedIn(head, sha) {
			const inside = within(head);
			const by = inside === null ? null : standingRevert(sha, inside, 0);
			return by === null ? null : (kept.shas[by] ?? null);
		},
		pickedIn(head, sha) {
			const inside = within(head);
			return (picks.get(shortOf(sha)) ?? []).flatMap(({name, place: at}) =>
				sha.startsWith(name) && inside?.[at] === 1 ? (kept.shas[at] ?? []) : [],
			);
		},
		branchOf(sha) {
			const at = kept.placeOf.get(sha);
			if (at === undefined) return undefined;
			if (within(place.head.sha)?.[at] === 1) return place.branch ?? undefined;
			const ref = kept.refs.slice(0, refsWalkedMax).find(([name, tip]) => branchNameOf(name) !== undefined && within(tip)?.[at] === 1);
			return ref === undefined ? undefined : branchNameOf(ref[0]);
		},
		...byGit(kept, place, dir, limits),
	};
}
