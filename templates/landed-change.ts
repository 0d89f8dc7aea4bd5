/** Where one change is live, or was: on which groups, since when, by which deploy, and what took it out. */
import type {Change, Instant} from '../gate/facts.ts';
import {plainText} from '../reports/plain-text.ts';
import {sayDateTime, sayList, shortSha} from '../reports/say.ts';
import type {ChangePlaceView, CommitView, LandedPage} from './list-views.ts';
import type {Pill} from './views.ts';

export type LandedHead = {
	readonly group: string;
	readonly repository: string;
	readonly branch?: string;
	readonly sha: string;
	readonly since: Instant;
	readonly until: Instant | null;
	readonly deploy: string | null;
	readonly attempt: number | null;
};

export type LandedSpot = {
	readonly service: string;
	readonly group: string;
	readonly since: Instant;
	readonly until: Instant | null;
	readonly deploy: string | null;
	readonly attempt: number | null;
	readonly revertedBy: string | null;
};

export type LandedStanding = {
	readonly service: string;
	readonly group: string;
	readonly state: 'live' | 'reverted' | 'gone' | 'not-live' | 'not-known';
	readonly at: Instant | null;
	/** `D-2026-0001/1`. */
	readonly deploy: string | null;
	readonly because: string | null;
};

type HeadOfService = LandedHead & {readonly service: string};

/** What is known of a change that somebody asked for. */
export type FoundChange = {
	readonly name: string;
	readonly changes: readonly {
		readonly change: Change;
		readonly named: string;
		readonly places: readonly LandedSpot[];
		readonly deploys: readonly string[];
	}[];
	readonly heads: readonly HeadOfService[];
	/** How it stands on each group. */
	readonly standings: readonly LandedStanding[];
	/** The groups of every service that it is or was live on, in their order. */
	readonly groupsOf: readonly {readonly service: string; readonly groups: readonly string[]}[];
};

export const landedPills = {
	differs: {tone: 'watch', letter: '≠', word: 'Differs'},
	same: {tone: 'good', letter: '=', word: 'Same'},
	live: {tone: 'good', letter: 'L', word: 'Live'},
	gone: {tone: 'unknown', letter: 'G', word: 'Gone'},
	reverted: {tone: 'bad', letter: 'R', word: 'Reverted'},
	notLive: {tone: 'watch', letter: 'N', word: 'Not live'},
	notKnown: {tone: 'unknown', letter: '?', word: 'Not known'},
} as const satisfies Readonly<Record<string, Pill>>;

export function deployLink({deploy, attempt}: Pick<LandedHead, 'deploy' | 'attempt'>): CommitView['deploy'] {
	if (deploy === null) return null;
	const isLater = attempt !== null && attempt > 1;
	return {
		href: `/deploys/${encodeURIComponent(deploy)}${isLater ? `?attempt=${attempt}` : ''}`,
		text: plainText(isLater ? `${deploy}/${attempt}` : deploy),
	};
}

export const landedTime = (at: Instant): {iso: Instant; text: string} => ({iso: at, text: sayDateTime(at)});

const standingPills: Readonly<Record<LandedStanding['state'], Pill>> = {
	live: landedPills.live,
	reverted: landedPills.reverted,
	gone: landedPills.gone,
	'not-live': landedPills.notLive,
	'not-known': landedPills.notKnown,
};
const standingsShown = 100;

/** `D-2026-0001/2`, as whoever brought something is written. */
export function attemptLink(name: string | null): CommitView['deploy'] {
	const [deploy, attempt] = name?.split('/') ?? [];
	return deploy === undefined || deploy === '' ? null : deployLink({deploy, attempt: Number(attempt ?? 1)});
}

/** A row for each group, where it is live and where not. */
export function standingsView({standings}: FoundChange): LandedPage['standings'] {
	return standings.slice(0, standingsShown).map(({service, group, state, at, deploy, because}) => ({
		pill: standingPills[state],
		service: plainText(service),
		group: plainText(group),
		said: plainText(state === 'live' ? `since ${sayDateTime(at ?? '')}` : `${because ?? ''}${at === null ? '' : `, ${sayDateTime(at)}`}`),
		deploy: attemptLink(deploy),
		unseen: state === 'live' ? 'no deploy that was seen' : '',
	}));
}

function placeView(spot: LandedSpot, standings: readonly LandedStanding[]): ChangePlaceView {
	// Live by the ledger, and yet not run: it waits on the branch of another version.
	const waits =
		spot.until === null && standings.some(one => one.service === spot.service && one.group === spot.group && one.state === 'not-live');
	const pill = waits
		? landedPills.notLive
		: spot.until === null
			? landedPills.live
			: spot.revertedBy === null
				? landedPills.gone
				: landedPills.reverted;
	const by = spot.revertedBy === null ? '' : `, reverted by ${spot.revertedBy.length > 12 ? shortSha(spot.revertedBy) : spot.revertedBy}`;
	const until = waits ? 'waits on its branch' : spot.until === null ? 'now' : `until ${sayDateTime(spot.until)}${by}`;
	return {
		...{pill, service: plainText(spot.service), group: plainText(spot.group), since: landedTime(spot.since)},
		...{until: plainText(until), deploy: deployLink(spot)},
	};
}

/** Heads that are the commit itself, as changes: where a group came to it without a deploy that was seen. */
export function changesView({changes, heads, standings}: FoundChange): LandedPage['changes'] {
	const known = changes.map(({change, named, places, deploys}) => {
		const sameCommit = heads.filter(
			head =>
				head.repository === change.repository &&
				head.sha === change.sha &&
				!places.some(place => place.service === head.service && place.group === head.group),
		);
		return {
			short: plainText(change.sha === undefined ? change.id : shortSha(change.sha)),
			full: plainText(change.sha ?? change.id),
			repository: plainText(change.repository),
			branch: change.branch === undefined ? null : plainText(change.branch),
			subject: plainText(change.subject ?? ''),
			same: named.startsWith('same ') ? plainText(named.replace('same', 'The same')) : null,
			places: [...places, ...sameCommit.map(head => ({...head, revertedBy: null}))].map(spot => placeView(spot, standings)),
			deploys: deploys.map(deploy => ({href: `/deploys/${encodeURIComponent(deploy)}`, text: plainText(deploy)})),
		};
	});
	const others = heads.filter(head => !changes.some(({change}) => change.repository === head.repository && change.sha === head.sha));
	const byCommit = new Map<string, HeadOfService[]>();
	for (const head of others)
		byCommit.set(`${head.repository} ${head.sha}`, [...(byCommit.get(`${head.repository} ${head.sha}`) ?? []), head]);
	const bare = [...byCommit.values()].flatMap(([head, ...more]) =>
		head === undefined
			? []
			: [
					{
						short: plainText(shortSha(head.sha)),
						full: plainText(head.sha),
						repository: plainText(head.repository),
						branch: head.branch === undefined ? null : plainText(head.branch),
						subject: '',
						same: null,
						places: [head, ...more].map(one => placeView({...one, revertedBy: null}, standings)),
						deploys: [],
					},
				],
	);
	return [...known, ...bare];
}

/** `every group of mediawiki`, or `group0 of mediawiki, not on group1 and group2`. */
function liveOn(service: string, live: ReadonlySet<string>, all: readonly string[]): string {
	const known = [...all.filter(group => live.has(group)), ...[...live].filter(group => !all.includes(group))];
	const others = all.filter(group => !live.has(group));
	if (others.length === 0) return known.length === 1 ? `${known[0] ?? ''} of ${service}` : `every group of ${service}`;
	return `${sayList(known)} of ${service}, not on ${sayList(others.slice(0, 6))}`;
}

export function changeSentence({name, changes, heads, standings, groupsOf}: FoundChange): LandedPage['sentence'] {
	const places = [...changes.flatMap(({places: spots}) => spots), ...heads.map(head => ({...head, revertedBy: null}))];
	const waits = (service: string, group: string): boolean =>
		standings.some(one => one.service === service && one.group === group && one.state === 'not-live');
	const live = places.filter(({service, group, until}) => until === null && !waits(service, group));
	if (live.length > 0) {
		const services = [...new Set(live.map(({service}) => service))].slice(0, 4);
		const said = services.map(service => {
			const groups = new Set(live.filter(place => place.service === service).map(({group}) => group));
			return liveOn(service, groups, groupsOf.find(one => one.service === service)?.groups ?? []);
		});
		return {
			tone: said.some(text => text.includes(', not on ')) ? 'watch' : 'good',
			text: plainText(`${name} is live on ${said.join('; ')}.`),
		};
	}
	if (places.some(({until}) => until === null))
		return {tone: 'watch', text: plainText(`${name} waits on its branch, which no group runs now.`)};
	if (places.length > 0) {
		const reverted = places.some(({revertedBy}) => revertedBy !== null);
		return {tone: 'bad', text: plainText(`${name} was live, and is not any more${reverted ? ': it was reverted' : ''}.`)};
	}
	if (changes.length > 0) return {tone: 'watch', text: plainText(`${name} is known, and live on no group: merged is not landed.`)};
	return {tone: 'unknown', text: plainText(`Nothing is known here of ${name}.`)};
}
