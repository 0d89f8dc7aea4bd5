/**
 * How one change stands on each group: live, taken out (and by what), not live, or not known. Not live is said only where the ledger would
 * know: of a change that it has seen go out, on a group whose commits it knows.
 */
import type {Instant} from '../gate/facts.ts';
import {isAhead} from '../gate/order/version-branch.ts';
import type {ChangeWithPlaces, HeadOfService, LandedPlace} from './stores/landed-list.ts';

export type Standing = {
	readonly service: string;
	readonly group: string;
	readonly state: 'live' | 'reverted' | 'gone' | 'not-live' | 'not-known';
	/** Live: since when. Taken out: when. */
	readonly at: Instant | null;
	/** `D-2026-0001/1`: brought it. */
	readonly deploy: string | null;
	/** What took it out, or why it is not live or not known, as a sentence's end. */
	readonly because: string | null;
};

/** What is known of a service's groups. */
export type GroupsOfService = {
	readonly service: string;
	readonly groups: readonly string[];
	/** Groups of which any commit is known. */
	readonly seen: ReadonlySet<string>;
	/** Group -> the version it runs. */
	readonly versions: ReadonlyMap<string, string>;
};

type Spot = Omit<LandedPlace, 'attempt'> & {readonly attempt: number | null; readonly branch: string | undefined; readonly isHead: boolean};

const deployOf = ({deploy, attempt}: Spot): string | null => (deploy === null ? null : `${deploy}/${attempt ?? 1}`);

const shortName = (name: string): string => (/^[0-9a-f]{12,64}$/i.test(name) ? name.slice(0, 7) : name);

function standingOn(service: string, group: string, spots: readonly Spot[], known: boolean, of: GroupsOfService): Standing {
	const about = {service, group, at: null, deploy: null, because: null};
	const mine = spots.filter(spot => spot.service === service && spot.group === group);
	const version = of.versions.get(group);
	const [live] = mine.filter(({until, branch}) => until === null && !isAhead(branch, version));
	if (live) return {...about, state: 'live', at: live.since, deploy: deployOf(live)};
	const [ahead] = mine.filter(({until}) => until === null);
	if (ahead)
		return {...about, state: 'not-live', because: `it was picked to ${ahead.branch ?? 'a branch'}, and ${group} runs ${version ?? ''}`};
	// Where the ledger has the change itself, a checkout that moved on says nothing about what became of it.
	const brought = mine.filter(({isHead}) => !isHead);
	const [gone] = (brought.length > 0 ? brought : mine).toSorted((a, b) => ((a.until ?? '') < (b.until ?? '') ? 1 : -1));
	if (gone?.revertedBy)
		return {...about, state: 'reverted', at: gone.until, deploy: deployOf(gone), because: `reverted by ${shortName(gone.revertedBy)}`};
	if (gone) return {...about, state: 'gone', at: gone.until, deploy: deployOf(gone), because: 'the deploy that brought it was taken back'};
	if (!of.seen.has(group)) return {...about, state: 'not-known', because: `nothing is known of what ${group} runs`};
	if (known) return {...about, state: 'not-live', because: 'no deploy brought it there'};
	return {...about, state: 'not-known', because: 'no deploy that was seen has it: it may have come before that, or never'};
}

/** How a change, under all names that it has, stands on every group of these services. */
export function standingsOf(
	found: {readonly changes: readonly ChangeWithPlaces[]; readonly heads: readonly HeadOfService[]},
	services: readonly GroupsOfService[],
): Standing[] {
	const spots: Spot[] = [
		...found.changes.flatMap(({change, places}) => places.map(place => ({...place, branch: change.branch, isHead: false}))),
		...found.heads.map(head => ({...head, branch: head.branch, revertedBy: null, isHead: true})),
	];
	return services.flatMap(of => {
		const {service} = of;
		const known =
			found.changes.some(({batches}) => batches.includes(service)) ||
			spots.some(spot => spot.service === service && 'deploy' in spot && spot.deploy !== null);
		const groups = [...new Set([...of.groups, ...spots.filter(spot => spot.service === service).map(({group}) => group)])];
		return groups.map(group => standingOn(service, group, spots, known, of));
	});
}
