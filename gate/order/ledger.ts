/** Ledger: how a change stands on a group, or on what a group would run at a neighbouring moment. */
import type {Facts, LandedChange, Target} from '../facts.ts';
import {type Standing, standingOf} from './identity.ts';

/** A group, or a neighbour under its `placeOf` name, with what is known of it. */
export type Place = {
	readonly name: string;
	readonly heads: readonly Target[];
	readonly changes: readonly LandedChange[];
	/** A neighbour only tells what belongs to its version; the rest stands there as it does on these groups. */
	readonly elseAs: readonly string[];
	readonly isUnknown: boolean;
};

/** The name under which a neighbour is judged: no group can have it, since no group has a line break in its name that a person could type. */
export const placeOf = ({moment, name}: {moment: string; name: string}): string => `${moment}\n${name}`;

export function placesOf(facts: Facts): Place[] {
	const groups = facts.landed.map(({group, heads, changes}): Place => ({name: group, heads, changes, elseAs: [], isUnknown: false}));
	const neighbours = (facts.neighbours ?? []).map(
		(neighbour): Place => ({
			name: placeOf(neighbour),
			heads: neighbour.heads,
			changes: neighbour.changes,
			elseAs: neighbour.groups,
			isUnknown: neighbour.missing !== undefined,
		}),
	);
	return [...groups, ...neighbours];
}

/** What the ledger asks of whoever knows names and families. */
export type Families = {
	familyOf(landed: LandedChange): number;
	named(name: string): readonly number[];
	/** Families that take a family back, by the messages that are known. */
	revertersOf(family: number): readonly number[];
	/** Any repository of a family. */
	repositoryOf(family: number): string | undefined;
};

type Entries = ReadonlyMap<number, readonly LandedChange[]>;
const revertersMax = 50;

const newest = (entries: readonly LandedChange[]): string =>
	entries.reduce((latest, {since = ''}) => (since > latest ? since : latest), '');

/** Whether a version's own contents say something about a repository. */
function speaksOf(places: readonly Place[]): (repository: string | undefined) => boolean {
	const repositories = new Set(places.flatMap(({heads, changes}) => [...heads, ...changes].map(({repository}) => repository)));
	return repository => repository === undefined || repositories.has(repository);
}

/** Answers how a family stands on a place, each asked once. */
export function openLedger(places: readonly Place[], families: Families) {
	const ledger = new Map<string, Map<number, LandedChange[]>>();
	const answers = new Map<string, Map<number, Standing>>();
	const unknown = new Set(places.filter(({isUnknown}) => isUnknown).map(({name}) => name));
	const neighbours = new Map(
		places.filter(({elseAs}) => elseAs.length > 0).map(place => [place.name, {elseAs: place.elseAs, speaks: speaksOf([place])}]),
	);
	for (const {name, changes} of places) {
		const entries = ledger.get(name) ?? new Map<number, LandedChange[]>();
		for (const landed of changes) {
			const family = families.familyOf(landed);
			const own = entries.get(family);
			if (own === undefined) entries.set(family, [landed]);
			else own.push(landed);
		}
		ledger.set(name, entries);
		answers.set(name, new Map());
	}
	const isTakenBackLater = (name: string, family: number, entries: Entries): string | null => {
		const since = newest((entries.get(family) ?? []).filter(({revertedBy}) => revertedBy === undefined));
		if (since === '') return null;
		for (const reverter of families.revertersOf(family).slice(0, revertersMax)) {
			const landed = entries.get(reverter) ?? [];
			// The ledger did not join the two: a live revert that came later took it out all the same.
			if (landed.length > 0 && newest(landed) > since && standing(name, reverter).state === 'live') {
				return landed.at(-1)?.sha ?? landed.at(-1)?.changeId ?? '';
			}
		}
		return null;
	};
	const answerOf = (name: string, family: number, entries: Entries): Standing => {
		const neighbour = neighbours.get(name);
		if (neighbour !== undefined && !neighbour.speaks(families.repositoryOf(family))) {
			const states = neighbour.elseAs.map(group => standing(group, family));
			return states.find(({state}) => state === 'live') ?? states[0] ?? {state: 'unknown'};
		}
		if (unknown.has(name)) return {state: 'unknown'};
		const revertNamed = (revert: string) =>
			families
				.named(revert)
				.flatMap(named => entries.get(named) ?? [])
				.at(-1);
		return standingOf(entries.get(family) ?? [], revertNamed);
	};
	function standing(name: string, family: number): Standing {
		const entries = ledger.get(name);
		const settled = answers.get(name);
		if (entries === undefined || settled === undefined) return {state: 'unknown'};
		const known = settled.get(family);
		if (known !== undefined) return known;
		const answer = answerOf(name, family, entries);
		// Set before the reverts are asked, so that two that take each other back do not ask for ever.
		settled.set(family, answer);
		const by = answer.state === 'live' ? isTakenBackLater(name, family, entries) : null;
		if (answer.state !== 'live' || by === null) return answer;
		const reverted: Standing = {state: 'reverted', landed: answer.landed, by};
		settled.set(family, reverted);
		return reverted;
	}
	return standing;
}
