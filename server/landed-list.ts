/** What is live where, gathered: per group of a service, and for one change wherever it is. */
import {nearest} from '../gate/nearest.ts';
import {branchVersion, isRun} from '../gate/order/version-branch.ts';
import type {LandedInput} from '../templates/landed-page.ts';
import {type Deps, reading} from './actions/deps.ts';
import {nameService} from './actions/name-service.ts';
import {AppError} from './app-error.ts';
import {type GroupsOfService, type Standing, standingsOf} from './landed-standing.ts';
import {filled, typedIn, withProblems} from './lists.ts';
import {landedPageSchema} from './schemas/lists.ts';
import {parse} from './schemas/parse.ts';
import type {Head} from './stores/landed.ts';
import {
	type ChangeWithPlaces,
	findLanded,
	type HeadOfService,
	headsNamed,
	type LandedPick,
	movesOf,
	picksOf,
} from './stores/landed-list.ts';

const movesMax = 200;

type Asked = {
	readonly service?: string | undefined;
	readonly group?: string | undefined;
	readonly change?: string | undefined;
	readonly page?: number | undefined;
};

/** A change wherever it is live, or was: as it was read, as the head of a group, and how it stands on each group. */
export type LandedChangeAnswer = {
	readonly changes: readonly ChangeWithPlaces[];
	readonly heads: readonly HeadOfService[];
	readonly standings: readonly Standing[];
};

async function groupsOf(deps: Deps, service: string): Promise<GroupsOfService> {
	const {landed, landedVersions} = reading(deps);
	const [heads, versions] = await Promise.all([landed.heads(service), landedVersions.of(service)]);
	return {
		...{service, groups: deps.config.services.get(service)?.groups ?? []},
		seen: new Set(heads.map(({group}) => group)),
		versions: new Map(versions.map(({group, version}) => [group, version])),
	};
}

export async function landedChange(deps: Deps, change: string, service?: string): Promise<LandedChangeAnswer> {
	const names = service === undefined ? [...deps.config.services.keys()] : [service];
	const [changes, heads, services] = await Promise.all([
		findLanded(deps.database.read, change, service),
		headsNamed(deps.database.read, change, service),
		Promise.all(names.map(name => groupsOf(deps, name))),
	]);
	// What belongs to a service of the past is found under its name; a name that nothing has is said to be wrong.
	if (service !== undefined && changes.length + heads.length === 0) nameService(deps.config, service);
	return {changes, heads, standings: standingsOf({changes, heads}, services)};
}

const picksMax = 200;

/** What one group runs. */
export type LandedGroupAnswer = {
	readonly service: string;
	readonly group: string;
	/** Null: nobody has told one. */
	readonly version: {readonly name: string; readonly since: string} | null;
	/** What its version's branches hold, a commit for each repository; without a version, all that it runs. */
	readonly heads: readonly Head[];
	/** What every version shares: the commits whose branch carries no version. Empty where no version is known. */
	readonly config: readonly Head[];
	/** Commits on branches of other versions, which wait there. */
	readonly others: readonly Head[];
	/** Changes that deploys brought on top, newest first. */
	readonly picks: readonly (LandedPick & {readonly isRun: boolean})[];
	/** How many of them there are in all. */
	readonly picksTotal: number;
};

export async function landedGroup(deps: Deps, serviceName: string, group: string): Promise<LandedGroupAnswer> {
	const service = nameService(deps.config, serviceName);
	const heads = await reading(deps).landed.heads(service.name);
	const groups = [...new Set([...service.groups, ...heads.map(head => head.group)])];
	if (!groups.includes(group)) throw new AppError('not-found', `${unknownGroup(service.name, group, groups)}.`);
	return runsOf(deps, service.name, group, heads);
}

async function runsOf(deps: Deps, service: string, group: string, heads: readonly Head[]): Promise<LandedGroupAnswer> {
	const [versions, {picks, total}] = await Promise.all([
		reading(deps).landedVersions.of(service),
		picksOf(deps.database.read, service, group, picksMax),
	]);
	const mine = heads.filter(head => head.group === group);
	const told = versions.find(one => one.group === group);
	const carried = (head: Head): string | null => (told === undefined ? null : branchVersion(head.branch, told.version));
	return {
		...{service, group, version: told === undefined ? null : {name: told.version, since: told.since}},
		heads: told === undefined ? mine : mine.filter(head => carried(head) === told.version),
		config: told === undefined ? [] : mine.filter(head => carried(head) === null),
		others: told === undefined ? [] : mine.filter(head => carried(head) !== null && carried(head) !== told.version),
		picks: picks.map(pick => ({...pick, isRun: isRun(pick.branch ?? undefined, told?.version)})),
		picksTotal: total,
	};
}

function unknownGroup(service: string, group: string, groups: readonly string[]): string {
	const near = nearest(group, groups);
	const hint = near === null ? '' : `; did you mean ${near}?`;
	return `${service} has no group called ${JSON.stringify(group)}${hint} Its groups are: ${groups.join(', ') || 'none'}`;
}

function checkedService(deps: Deps, service: string): string {
	try {
		return nameService(deps.config, service).name;
	} catch (error) {
		// As a filter's problem it begins with its field, and the page shows the form again.
		if (error instanceof AppError) throw new AppError('invalid', `service: ${error.message}`);
		throw error;
	}
}

type Found = Pick<LandedInput, 'service' | 'groups' | 'heads' | 'moves' | 'runs' | 'versions' | 'found'> & {readonly page: number};

async function find(deps: Deps, asked: Asked): Promise<Found> {
	const [only] = deps.config.services.keys();
	const service = asked.service === undefined ? (only ?? null) : checkedService(deps, asked.service);
	const page = asked.page ?? 1;
	if (asked.change !== undefined) {
		const found = await landedChange(deps, asked.change, asked.service);
		const groupsOf = [...deps.config.services.values()].map(({name, groups}) => ({service: name, groups}));
		return {service, groups: [], heads: [], moves: null, runs: null, versions: [], found: {name: asked.change, ...found, groupsOf}, page};
	}
	if (service === null) return {service, groups: [], heads: [], moves: null, runs: null, versions: [], found: null, page};
	const heads = await reading(deps).landed.heads(service);
	const configured = deps.config.services.get(service)?.groups ?? [];
	const groups = [...new Set([...configured, ...heads.map(({group}) => group)])];
	const {group} = asked;
	if (group !== undefined && !groups.includes(group)) {
		throw new AppError('invalid', `group: ${unknownGroup(service, group, groups)}`);
	}
	const moves = group === undefined ? null : await movesOf(deps.database.read, service, group, movesMax);
	const [versions, runs] = await Promise.all([
		reading(deps).landedVersions.of(service),
		group === undefined ? null : runsOf(deps, service, group, heads),
	]);
	return {service, groups, heads, moves, runs, versions, found: null, page};
}

export async function gatherLanded(deps: Deps, query: Readonly<Record<string, unknown>>): Promise<LandedInput> {
	const nothing: Found = {service: null, groups: [], heads: [], moves: null, runs: null, versions: [], found: null, page: 1};
	const {found: known, problems} = await withProblems<Found>(
		() => find(deps, parse(landedPageSchema, filled(query), 'The filter')),
		nothing,
	);
	const {service, groups, heads, moves, runs, versions, found, page} = known;
	return {
		...{now: deps.clock.now(), services: [...deps.config.services.keys()], typed: typedIn(query), problems, movesMax},
		...{service, groups, heads, moves, runs, versions, found, page},
	};
}
