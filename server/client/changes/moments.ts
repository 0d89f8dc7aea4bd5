/** The two neighbours of now: what groups would run when the train goes on, and when it goes back. Which commits these are, not yet what is in them. */
import type {Target} from '../../../gate/facts.ts';
import type {ChangesConfig} from '../../config.ts';
import type {LandedAnswer, LandedHead, PastHead} from '../contract.ts';
import type {Place} from './git.ts';
import {isSha} from './git-log.ts';
import {git, type Limits} from './git-process.ts';
import {compareVersions} from './wiki-versions.ts';

export type MomentHead = Target & {
	/** The checkout in which its contents can be looked up; null: there is none here. */
	readonly place: Place | null;
};

export type Moment = {
	readonly moment: 'next' | 'previous';
	readonly name: string;
	readonly groups: readonly string[];
	readonly heads: readonly MomentHead[];
	/** Said where it is not known which commit it is. */
	readonly missing?: string;
};

/** Something staged, with the version that it belongs to; null: it is common to all. */
export type StagedHead = MomentHead & {readonly version: string | null};

const refsMax = 2000;

const versionOf = (branch: string | null | undefined): string | null => /(?:^|\/)(\d[\w.-]*)$/.exec(branch ?? '')?.[1] ?? null;

/** A staged version that nobody runs and that is newer than all that run: the nearest of them. */
function nextStaged(staged: readonly StagedHead[], live: readonly string[]): string | null {
	const [newest] = live;
	if (newest === undefined) return null;
	const waiting = [...new Set(staged.flatMap(({version}) => version ?? []))].filter(version => compareVersions(version, newest) > 0);
	return waiting.sort(compareVersions)[0] ?? null;
}

/** The version that a group ran before the one that it runs, as the ledger has it; else the newest one that is staged and older. */
function versionBefore(group: string, version: string, history: readonly PastHead[], staged: readonly StagedHead[]): string | null {
	const past = history
		.filter(head => head.group === group)
		.flatMap(({branch}) => versionOf(branch) ?? [])
		.find(each => compareVersions(each, version) < 0);
	if (past !== undefined) return past;
	const older = staged.flatMap(each => each.version ?? []).filter(each => compareVersions(each, version) < 0);
	return older.sort(compareVersions).at(-1) ?? null;
}

/** The neighbours of a stage folder: versions that it holds, or that the ledger remembers. */
export function momentsOfVersions(
	staged: readonly StagedHead[],
	{versions, live}: {readonly versions: Readonly<Record<string, string>>; readonly live: readonly string[]},
	{groups, history}: LandedAnswer,
): Moment[] {
	const headsOf = (version: string): MomentHead[] =>
		staged.filter(each => each.version === null || each.version === version).map(({version: _version, ...head}) => head);
	const next = nextStaged(staged, live);
	const moments: Moment[] = next === null ? [] : [{moment: 'next', name: `wmf/${next}`, groups, heads: headsOf(next)}];
	const before = new Map<string, string[]>();
	for (const [group, version] of Object.entries(versions)) {
		const previous = versionBefore(group, version, history, staged);
		if (previous !== null) before.set(previous, [...(before.get(previous) ?? []), group]);
	}
	for (const [version, of] of before) {
		const isStaged = staged.some(each => each.version === version);
		const remembered = history.filter(head => of.includes(head.group ?? '') && versionOf(head.branch) === version);
		const heads = isStaged ? headsOf(version) : newestOf(remembered).map(head => ({...targetOf(head), place: null}));
		const missing = isStaged ? {} : {missing: `the version ${version} is no longer staged here`};
		moments.push({moment: 'previous', name: `wmf/${version}`, groups: of, heads, ...missing});
	}
	return moments;
}

const targetOf = ({repository, branch, sha}: PastHead | LandedHead): Target => ({repository, ...(branch ? {branch} : {}), sha});

/** One head a repository: the first, which is the newest. */
const newestOf = (heads: readonly PastHead[]): PastHead[] => [
	...new Map([...heads].reverse().map(head => [head.repository, head])).values(),
];

/** Where a group was before its last move: what moved then goes back, the rest stays. */
function beforeLastMove(group: string, places: readonly Place[], landed: LandedAnswer): MomentHead[] {
	const heads = landed.landed.filter(head => head.group === group);
	const last = heads
		.map(({since}) => since ?? '')
		.sort()
		.at(-1);
	if (!last) return [];
	const placeOf = (repository: string): Place | null => places.find(place => place.repository === repository) ?? null;
	const isSame = (head: LandedHead) => (past: PastHead) =>
		past.group === group && past.repository === head.repository && past.sha !== head.sha && (past.since ?? '') < last;
	let isMoved = false;
	const all = heads.map((head): MomentHead => {
		const before = head.since === last ? landed.history.find(isSame(head)) : undefined;
		if (before !== undefined) isMoved = true;
		return {...targetOf(before ?? head), place: placeOf(head.repository)};
	});
	return isMoved ? all : [];
}

function previousOfCheckouts(places: readonly Place[], landed: LandedAnswer): Moment[] {
	const moments = new Map<string, Moment>();
	for (const group of landed.groups) {
		const heads = beforeLastMove(group, places, landed);
		const moved = heads.find(head => !landed.landed.some(now => now.group === group && now.sha === head.sha));
		if (!moved) continue;
		const here = landed.landed.find(now => now.group === group && now.repository === moved.repository);
		const name = moved.branch !== undefined && moved.branch !== here?.branch ? moved.branch : moved.sha.slice(0, 10);
		const key = JSON.stringify(heads.map(({repository, sha}) => [repository, sha]).sort());
		const before = moments.get(key);
		moments.set(key, {moment: 'previous', name, heads, groups: [...(before?.groups ?? []), group]});
	}
	return [...moments.values()];
}

type Named = {readonly name: string; readonly sha: string};

/** The newest version among the refs, or null where a group runs it, or something newer. */
async function nextRef(place: Place, pattern: string, limits: Limits): Promise<Named | {readonly missing: string} | null> {
	const answer = await git(place.head.path, ['for-each-ref', `--count=${refsMax}`, '--format=%(objectname) %(refname)', pattern], limits);
	if (answer.exit !== 0) return {missing: `git could not list ${pattern} in ${place.head.path}`};
	const found = answer.stdout
		.toString('utf8')
		.split('\n')
		.flatMap((line): Named[] => {
			const [sha, ref = ''] = line.split(' ');
			return isSha(sha) ? [{sha, name: ref.replace(/^refs\/(?:heads|tags|remotes\/[^/]+)\//, '')}] : [];
		})
		.sort((one, other) => compareVersions(other.name, one.name));
	const [newest] = found;
	if (newest === undefined) return {missing: `«next: ${pattern}» matches no ref in ${place.head.path}`};
	const running = [place.branch, ...place.landed.map(({branch}) => branch ?? null)].filter(branch => branch !== null);
	const isNewer = running.every(branch => versionOf(branch) === null || compareVersions(newest.name, branch) > 0);
	const isLive = running.includes(newest.name) || place.landed.some(({sha}) => sha === newest.sha);
	return isNewer && !isLive ? newest : null;
}

/** The neighbours of plain checkouts: the ref that each names as next, and where each group was before its last move. */
export async function momentsOfCheckouts(
	config: ChangesConfig & {from: 'git'},
	places: readonly Place[],
	landed: LandedAnswer,
	limits: Limits,
): Promise<Moment[]> {
	const next = new Map<string, Moment>();
	const found = await Promise.all(
		config.checkouts.map(async ({next: pattern}, index) => {
			const place = places[index];
			return pattern === undefined || place === undefined ? null : {place, ref: await nextRef(place, pattern, limits)};
		}),
	);
	for (const [index, each] of found.entries()) {
		if (each === null || each.ref === null) continue;
		const {place, ref} = each;
		const own = config.checkouts[index]?.groups ?? [];
		const groups = own.length > 0 ? own : landed.groups;
		const isMissing = 'missing' in ref;
		const name = isMissing ? (config.checkouts[index]?.next ?? '') : ref.name;
		const before = next.get(name);
		const heads = isMissing ? [] : [{repository: place.repository, branch: ref.name, sha: ref.sha, place}];
		next.set(name, {
			...{moment: 'next', name, groups: [...new Set([...(before?.groups ?? []), ...groups])], heads: [...(before?.heads ?? []), ...heads]},
			...(isMissing ? {missing: ref.missing} : {}),
		});
	}
	return [...next.values(), ...previousOfCheckouts(places, landed)];
}
