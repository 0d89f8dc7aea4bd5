/**
 * Paths of the policy that match nothing. A rule whose path is misspelt looks like one whose path is gone, and would pass without a word.
 */
import type {Change, Holding, Note} from '../../../gate/facts.ts';
import {pathMatches} from '../../../gate/order/path-matches.ts';
import type {Probe} from '../contract.ts';
import type {Place} from './git.ts';
import type {Limits} from './git-process.ts';
import type {History} from './history.ts';
import {lookUpHoldings} from './holdings.ts';

const notesMax = 20;

export type Seen = {
	readonly places: readonly Place[];
	readonly histories: readonly History[];
	readonly probes: readonly Probe[];
	readonly holdings: readonly Holding[];
	readonly changes: readonly Change[];
};

/** Whether any change ever brought the path or took it out. */
async function isMoved({repository, path}: Probe, {histories, changes}: Seen): Promise<boolean> {
	const brings = (change: Change): boolean =>
		change.repository === repository && (change.paths ?? []).some(each => pathMatches(path, each.path));
	if (changes.some(brings)) return true;
	const there = histories.filter(({place}) => place.repository === repository);
	const moves = await Promise.all(there.map(history => history.touching([path], 'added')));
	// Where the history was not read whole, nobody can say that it never was there.
	return there.length === 0 || there.some(({cut}) => cut) || moves.some(({shas, complete}) => shas.length > 0 || !complete);
}

/** Whether it stands in what is checked out; null: that could not be looked up. */
async function isCheckedOut(probe: Probe, places: readonly Place[], limits: Limits): Promise<boolean | null> {
	const heads = places.map(place => ({...place, landed: [{group: '', repository: place.repository, sha: place.head.sha}]}));
	const rows = await Promise.all(heads.map(head => lookUpHoldings([head], [probe], [''], limits)));
	const present = rows.flat().map(each => each.present);
	return present.includes(true) ? true : present.every(each => each === false) ? false : null;
}

/** A note for each path of the policy that no file fits: none that is live or checked out, and none that a change ever moved. */
export async function unmatchedProbes(seen: Seen, limits: Limits): Promise<Note[]> {
	const isAbsent = ({repository, path}: Probe): boolean => {
		const rows = seen.holdings.filter(holding => holding.repository === repository && holding.path === path);
		return rows.some(({present}) => present === false) && rows.every(({present}) => present !== true);
	};
	const notes = seen.probes.filter(isAbsent).slice(0, notesMax);
	const found = await Promise.all(
		notes.map(async (probe): Promise<Note[]> => {
			const places = seen.places.filter(({repository}) => repository === probe.repository);
			if ((await isMoved(probe, seen)) || (await isCheckedOut(probe, places, limits)) !== false) return [];
			const text = `the policy names ${probe.path} of ${probe.repository}, which matches nothing here: no file that is live or checked out, and none that any change seen here ever brought or took out`;
			return [{about: probe.repository, text, remedy: 'correct the path in the policy, or take the record out if its work is done'}];
		}),
	);
	return found.flat();
}
