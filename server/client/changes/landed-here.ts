/**
 * Where one change is live as git itself tells it: whether a commit, a Change-Id or a patch is in what each group runs of the checkouts of
 * this host. The service's ledger knows since when; only the history knows what came before it.
 */
import type {Change} from '../../../gate/facts.ts';
import type {LandedHead} from '../contract.ts';
import type {Place} from './git.ts';
import {isSha} from './git-log.ts';
import {gitPatchIds, type Limits} from './git-process.ts';
import {type History, historyOf} from './history.ts';
import {inTurns, landedIn} from './known.ts';

export type LandedHere = {
	readonly group: string;
	readonly state: 'live' | 'reverted' | 'not-live';
	/** The commit that the group runs of that repository. */
	readonly head: Pick<LandedHead, 'repository' | 'sha'>;
	/** The commit by which it is there; null: it is not. */
	readonly sha: string | null;
	readonly revertedBy: string | null;
};

export type HereAnswer = {
	readonly standings: readonly LandedHere[];
	/** The commits that go by the name, on any ref. */
	readonly changes: readonly Change[];
	/** What could not be looked at, as sentences. */
	readonly notes: readonly string[];
};

const commitsMax = 50;
/** A patch-id is found by reading patches: of each checkout the newest this many that are live. */
const patchesMax = 2000;

/** Commits whose patch has this id, among the newest that are live; null: there was no time. */
async function byPatchId({head, landed}: Place, id: string, limits: Limits): Promise<string[] | null> {
	const heads = [...new Set([head.sha, ...landed.map(({sha}) => sha)])].filter(isSha);
	const log = ['log', '-p', '--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', '--no-decorate', '--format=commit %H'];
	const answer = await gitPatchIds(head.path, [...log, `--max-count=${patchesMax}`, '--ignore-missing', ...heads, '--'], limits);
	if (answer.exit !== 0) return null;
	const lines = answer.stdout.toString('latin1').split('\n');
	return lines.flatMap(line => (line.startsWith(`${id} `) ? [line.slice(id.length + 1)] : []));
}

type Found = {readonly history: History; readonly shas: readonly string[]; readonly notes: readonly string[]};

async function findIn(place: Place, name: string, {limits, cacheDir}: HereOptions): Promise<Found | {readonly notes: readonly string[]}> {
	const history = await historyOf(place, cacheDir, limits);
	if (history === null) return {notes: [`the history of ${place.head.path} could not be read in time`]};
	history.remember();
	const named = name.startsWith('I') ? history.byChangeId([name]) : history.bySha(name);
	const here = named.length > 0 && !name.startsWith('I') ? await history.read(named) : [];
	// Forty digits fit every history; only those of a commit that is there are one.
	const shas = name.startsWith('I') ? named : here.map(({sha}) => sha);
	if (shas.length > 0 || !/^[0-9a-f]{40}$/.test(name)) return {history, shas: shas.slice(0, commitsMax), notes: []};
	const patches = await byPatchId(place, name, limits);
	const notes = patches === null ? [`there was no time to look for a patch of that id in ${place.head.path}`] : [];
	return {history, shas: (patches ?? []).slice(0, commitsMax), notes};
}

async function standingsIn(history: History, shas: readonly string[]): Promise<{standings: LandedHere[]; notes: string[]}> {
	const {place} = history;
	const commits = shas.length === 0 ? [] : await history.read(shas);
	const {landedChanges} = await landedIn(history, commits);
	const notes: string[] = [];
	const standings = place.landed.flatMap(({group, repository, sha: head}): LandedHere[] => {
		const about = {group, head: {repository, sha: head}};
		const mine = landedChanges.filter(change => change.group === group);
		const live = mine.find(({revertedBy}) => revertedBy === undefined);
		if (live !== undefined) return [{...about, state: 'live', sha: live.sha ?? null, revertedBy: null}];
		const [gone] = mine;
		if (gone !== undefined) return [{...about, state: 'reverted', sha: gone.sha ?? null, revertedBy: gone.revertedBy ?? null}];
		if (history.has(head, head) !== true) {
			notes.push(`commit ${head.slice(0, 10)}, which ${group} runs of ${repository}, is not in ${place.head.path}`);
			return [];
		}
		if (history.cut) {
			notes.push(`the history in ${place.head.path} is cut short: what came before cannot be seen`);
			return [];
		}
		return [{...about, state: 'not-live', sha: null, revertedBy: null}];
	});
	return {standings, notes};
}

export type HereOptions = {readonly limits: Limits; readonly cacheDir: string | null};

/**
 * Looks for a commit (7 digits or more), a Change-Id or a patch-id (40 digits) in every place. `not-live` is said only of groups that run a
 * repository in which the change was found on some ref, and whose history is whole.
 */
export async function landedHere(places: readonly Place[], name: string, options: HereOptions): Promise<HereAnswer> {
	const asked = name.startsWith('I') ? name : name.toLowerCase();
	const found = await inTurns(places, place => findIn(place, asked, options));
	const notes = found.flatMap(each => each.notes);
	const there = found.flatMap(each => ('history' in each ? [each] : []));
	const repositories = new Set(there.filter(({shas}) => shas.length > 0).map(({history}) => history.place.repository));
	const standings: LandedHere[] = [];
	const changes: Change[] = [];
	for (const {history, shas} of there) {
		if (!repositories.has(history.place.repository)) continue;
		const answer = await standingsIn(history, shas);
		standings.push(...answer.standings);
		notes.push(...answer.notes);
		changes.push(
			...(shas.length === 0 ? [] : await history.read(shas))
				.map(commit => ({...commit, branch: history.branchOf(commit.sha)}))
				.map(knownAs),
		);
	}
	return {standings, changes, notes: [...new Set(notes)]};
}

function knownAs({id, repository, sha, subject, changeId, branch}: Omit<Change, 'branch'> & {readonly branch: string | undefined}): Change {
	return {
		...{id, repository},
		...(sha === undefined ? {} : {sha}),
		...(subject === undefined ? {} : {subject}),
		...(changeId === undefined ? {} : {changeId}),
		...(branch === undefined ? {} : {branch}),
	};
}
