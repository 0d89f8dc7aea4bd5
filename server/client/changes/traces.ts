/**
 * Traces: what links changes of different repositories though nobody said so. A file that leaves one and enters another, a name that is
 * registered here and was there, a variable whose reader is still live. The gate judges (gate/order/moves); this looks. What there was no
 * time to look at is told, never passed over.
 */
import type {Change, NameTrace, Traces} from '../../../gate/facts.ts';
import {type NamePattern, type Pattern, readPatterns} from '../../../gate/order/moves/patterns.ts';
import {shippedPatterns} from '../../../gate/order/moves/shipped-patterns.ts';
import type {LandedFind} from '../contract.ts';
import type {Place} from './git.ts';
import {type Commit, logArguments, readLog} from './git-log.ts';
import {git, type Limits} from './git-process.ts';
import {inTurns} from './known.ts';
import {onTheirBranches, sortByGroup} from './look-through.ts';
import {blobSteps, pairedSteps, recentMoves, traceBlobs, windowAround, withoutCutOff} from './traces/blob-moves.ts';
import {keepTraces, keptTraces, traceKey} from './traces/kept.ts';
import {traceNames} from './traces/name-traces.ts';
import {isAskable} from './traces/objects.ts';
import {type Uses, usesIn, type Wanted, type WantedBlob} from './traces/uses.ts';

export type TraceQuestion = {
	readonly places: readonly Place[];
	/** The batch and what else is known, with the ids under which they stand among the facts. */
	readonly changes: readonly Change[];
	readonly known: readonly Change[];
	/** The team's own patterns, beside those that are shipped. */
	readonly patterns: readonly NamePattern[];
};

/** Evidence, and the changes that were found to be part of it and were not known before. */
export type TraceAnswer = {readonly traces: Traces; readonly known: readonly Change[]; readonly landedChanges: readonly LandedFind[]};

const nothing: TraceAnswer = {traces: {names: [], uses: [], blobs: [], unread: []}, known: [], landedChanges: []};
const placesMax = 200;
const foundMax = 30;
const namesMax = 2000;
const usesMax = 2000;
const pathsMax = 50;
const commitsPerPlaceMax = 40;

const keyOf = ({kind, name}: Wanted): string => `${kind} ${name}`;
const shaKey = ({repository, sha}: {readonly repository: string; readonly sha?: string}): string => `${repository} ${sha}`;

/** What a batch does to names that somebody elsewhere may care about. */
function wantedNames(names: readonly NameTrace[], batch: ReadonlySet<string>): Wanted[] {
	const told = names.filter(({change, does}) => batch.has(change) && (does === 'registers' || does === 'unregisters'));
	// What goes is asked for first: its readers break.
	const sorted = [...told.filter(({does}) => does === 'unregisters'), ...told.filter(({does}) => does === 'registers')];
	return [...new Map(sorted.map(({kind, name}) => [keyOf({kind, name}), {kind, name}])).values()];
}

async function namesOfAll(places: readonly Place[], changes: readonly Change[], patterns: readonly Pattern[], limits: Limits) {
	const byPlace = new Map<Place, Change[]>();
	for (const change of changes) {
		const near = places.filter(place => place.repository === change.repository);
		const place = near.find(each => each.branch === (change.branch ?? each.branch)) ?? near[0];
		if (place) byPlace.set(place, [...(byPlace.get(place) ?? []), change]);
	}
	const traced = await inTurns([...byPlace], ([place, own]) => traceNames(place, own, patterns, limits));
	return {names: traced.flatMap(each => each.names), unread: traced.flatMap(each => each.unread)};
}

/** Commits on any ref that touch a place where a wanted name stands: one of them may be the removal that is merged and not live. */
async function touching(place: Place, uses: Uses, since: string | null, limits: Limits): Promise<Commit[]> {
	const paths = [
		...new Set(uses.uses.filter(({repository, kind}) => repository === place.repository && kind !== 'blob').map(({path}) => path)),
	];
	const asked = paths.filter(isAskable).slice(0, pathsMax);
	if (asked.length === 0) return [];
	const sinceThen = since === null ? [] : [`--since=${since}`];
	const args = [...logArguments(commitsPerPlaceMax), '--all', '--no-merges', ...sinceThen, '--', ...asked];
	const {stdout} = await git(place.head.path, args, limits);
	return readLog(stdout, place.branch === null ? {repository: place.repository} : {repository: place.repository, branch: place.branch});
}

/** A log that was asked about some files tells those files alone of each commit: one that is found has all of its own. */
async function whole(place: Place, commits: readonly Commit[], limits: Limits): Promise<Commit[]> {
	const input = `${commits.map(({sha}) => sha).join('\n')}\n`;
	const {stdout} = await git(place.head.path, [...logArguments(commits.length), '--no-walk=unsorted', '--stdin'], limits, input);
	const paths = new Map(readLog(stdout, {repository: place.repository}).map(commit => [commit.sha, commit.paths ?? []]));
	return commits.map(commit => ({...commit, paths: paths.get(commit.sha) ?? commit.paths ?? []}));
}

/** Gives commits that were found the ids and branches of known changes, and says where they are live. */
async function asKnown(places: readonly Place[], commits: readonly Commit[], taken: ReadonlySet<string>, limits: Limits) {
	const ids = new Set(taken);
	const known: Change[] = [];
	const landedChanges: LandedFind[] = [];
	for (const place of places) {
		const own = commits
			.filter(commit => commit.repository === place.repository)
			.filter(commit => !known.some(each => each.sha === commit.sha));
		if (own.length === 0) continue;
		const placed = await onTheirBranches(place, await whole(place, own, limits), limits);
		// What is live everywhere is history: it is in the code that is looked at.
		const sorted = await sortByGroup(place, placed, limits);
		// Cut short, it cannot tell what is live, and nothing is said rather than that it is not.
		if (limits.remainingMs() <= 0) continue;
		landedChanges.push(...sorted.landedChanges);
		for (const change of sorted.known) {
			const id = ids.has(change.id) ? `${change.repository}@${change.sha}` : change.id;
			ids.add(id);
			known.push({...change, id});
		}
	}
	return {known, landedChanges};
}

const newTo = (known: readonly Change[]) => {
	const keys = new Set(known.map(shaKey));
	return (commit: Commit): boolean => !keys.has(shaKey(commit)) && Boolean(keys.add(shaKey(commit)));
};

/** Looks at the files of the batch for moves, and finds their other halves among recent commits of every checkout. */
async function moves({places, changes, known}: TraceQuestion, limits: Limits) {
	const batch = new Set(changes);
	const steps = blobSteps(await withoutCutOff(places, [...changes, ...known], limits));
	const window = windowAround(changes);
	const wanted = new Set(steps.filter(({change}) => batch.has(change)).map(({blob}) => blob));
	const recent = window === null ? [] : await inTurns(wanted.size > 0 ? places : [], place => recentMoves(place, wanted, window, limits));
	const isNew = newTo([...changes, ...known]);
	const commits = recent.flatMap(each => each.commits).filter(isNew);
	const paired = pairedSteps([...steps, ...blobSteps(commits)], batch);
	const used = new Set(paired.map(({change}) => change));
	return {paired, commits: commits.filter(commit => used.has(commit)).slice(0, foundMax), unread: recent.flatMap(each => each.unread)};
}

type Half = {
	readonly names: readonly NameTrace[];
	readonly uses: Uses;
	readonly commits: readonly Commit[];
	readonly unread: readonly string[];
};

/** Names of the batch, where they stand in what is live, and the commits on other refs that touch them there. */
async function standing(
	question: TraceQuestion,
	patterns: readonly Pattern[],
	blobs: readonly WantedBlob[],
	limits: Limits,
): Promise<Half> {
	const {places, changes, known} = question;
	const traced = await namesOfAll(places, [...changes, ...known], patterns, limits);
	const names = wantedNames(traced.names, new Set(changes.map(({id}) => id)));
	const all = names.length + blobs.length === 0 ? [] : await inTurns(places, place => usesIn(place, {names, blobs}, patterns, limits));
	const uses: Uses = {
		uses: all.flatMap(each => each.uses),
		looked: all.flatMap(each => each.looked),
		unread: all.flatMap(each => each.unread),
	};
	const since = windowAround(changes)?.from ?? null;
	const isNew = newTo([...changes, ...known]);
	const commits = (await inTurns(places, place => touching(place, uses, since, limits))).flat().filter(isNew);
	return {names: traced.names, uses, commits, unread: [...traced.unread, ...uses.unread]};
}

const does = (traces: readonly NameTrace[], wanted: ReadonlySet<string>): NameTrace[] => traces.filter(trace => wanted.has(keyOf(trace)));

/**
 * Reads the traces of a batch, or takes what was found before where nothing has changed since. Links are between repositories, so one alone has
 * none. Never throws for what git cannot tell.
 */
export async function readTraces(question: TraceQuestion, limits: Limits, cacheDir: string | null = null): Promise<TraceAnswer> {
	const places = question.places.slice(0, placesMax);
	if (new Set(places.map(({repository}) => repository)).size < 2 || question.changes.length === 0) return nothing;
	const key = cacheDir === null ? null : await traceKey(question, limits);
	const kept = cacheDir === null || key === null ? null : keptTraces(cacheDir, question, key);
	if (kept !== null) return kept;
	const answer = await look(question, places, limits);
	// What there was no time for may be looked at the next time.
	if (cacheDir !== null && key !== null && limits.remainingMs() > 0) keepTraces(cacheDir, question, key, answer);
	return answer;
}

async function look(question: TraceQuestion, places: readonly Place[], limits: Limits): Promise<TraceAnswer> {
	const {changes, known} = question;
	const {patterns, problems} = readPatterns([...shippedPatterns, ...question.patterns]);
	const moved = await moves({...question, places}, limits);
	const ids = new Set([...changes, ...known].map(({id}) => id));
	const movers = await asKnown(places, moved.commits, ids, limits);
	const withMovers = [...known, ...movers.known];
	const given = new Set([...changes, ...known]);
	const halves = [...moved.paired.filter(({change}) => given.has(change)), ...blobSteps(movers.known)];
	const steps = pairedSteps(halves, new Set(changes));
	const blobs = await traceBlobs(places, steps, limits);
	const repositoryOf = new Map([...changes, ...withMovers].map(change => [change.id, change.repository]));
	const wantedBlobs = blobs.map(({blob, path, change}) => ({blob, path, repository: repositoryOf.get(change) ?? ''}));
	const half = await standing({...question, places, known: withMovers}, patterns, wantedBlobs, limits);
	const wanted = new Set(wantedNames(half.names, new Set(changes.map(({id}) => id))).map(keyOf));
	const near = await namesOfAll(places, half.commits, patterns, limits);
	const telling = new Set(does(near.names, wanted).map(({change}) => change));
	const touchers = await asKnown(
		places,
		half.commits.filter(({id}) => telling.has(id)).slice(0, foundMax),
		new Set([...ids, ...movers.known.map(({id}) => id)]),
		limits,
	);
	const found = await namesOfAll(places, touchers.known, patterns, limits);
	const unread = [
		...problems,
		...(question.places.length > placesMax ? [`only ${placesMax} of ${question.places.length} checkouts were looked at for links`] : []),
		...[...moved.unread, ...half.unread, ...near.unread],
	];
	return {
		traces: {
			names: [...does(half.names, wanted), ...does(found.names, wanted)].slice(0, namesMax),
			uses: half.uses.uses.slice(0, usesMax),
			blobs,
			looked: half.uses.uses.length > usesMax ? [] : half.uses.looked,
			unread: [...new Set(unread)].slice(0, 50),
		},
		known: [...movers.known, ...touchers.known],
		landedChanges: [...movers.landedChanges, ...touchers.landedChanges],
	};
}
