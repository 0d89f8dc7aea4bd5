/** What is live where, gathered: per group of a service, and for one change wherever it is. */
import {nearest} from '../gate/nearest.ts';
import type {LandedInput} from '../templates/landed-page.ts';
import {type Deps, reading} from './actions/deps.ts';
import {nameService} from './actions/name-service.ts';
import {AppError} from './app-error.ts';
import {filled, typedIn, withProblems} from './lists.ts';
import {landedPageSchema} from './schemas/lists.ts';
import {parse} from './schemas/parse.ts';
import {type ChangeWithPlaces, findLanded, type HeadOfService, headsNamed, movesOf} from './stores/landed-list.ts';

const movesMax = 200;

type Asked = {
	readonly service?: string | undefined;
	readonly group?: string | undefined;
	readonly change?: string | undefined;
	readonly page?: number | undefined;
};

/** A change wherever it is live, or was: as it was read, and as the head of a group. */
export type LandedChangeAnswer = {readonly changes: readonly ChangeWithPlaces[]; readonly heads: readonly HeadOfService[]};

export async function landedChange(deps: Deps, change: string, service?: string): Promise<LandedChangeAnswer> {
	const [changes, heads] = await Promise.all([
		findLanded(deps.database.read, change, service),
		headsNamed(deps.database.read, change, service),
	]);
	return {changes, heads};
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

type Found = Pick<LandedInput, 'service' | 'groups' | 'heads' | 'moves' | 'found'> & {readonly page: number};

async function find(deps: Deps, asked: Asked): Promise<Found> {
	const [only] = deps.config.services.keys();
	const service = asked.service === undefined ? (only ?? null) : checkedService(deps, asked.service);
	const page = asked.page ?? 1;
	if (asked.change !== undefined) {
		const found = await landedChange(deps, asked.change, asked.service);
		const groupsOf = [...deps.config.services.values()].map(({name, groups}) => ({service: name, groups}));
		return {service, groups: [], heads: [], moves: null, found: {name: asked.change, ...found, groupsOf}, page};
	}
	if (service === null) return {service, groups: [], heads: [], moves: null, found: null, page};
	const heads = await reading(deps).landed.heads(service);
	const configured = deps.config.services.get(service)?.groups ?? [];
	const groups = [...new Set([...configured, ...heads.map(({group}) => group)])];
	const {group} = asked;
	if (group !== undefined && !groups.includes(group)) {
		const near = nearest(group, groups);
		throw new AppError(
			'invalid',
			`group: ${service} has none called ${JSON.stringify(group)}${near === null ? '' : `; did you mean ${near}?`} Its groups are: ${groups.join(', ') || 'none'}`,
		);
	}
	const moves = group === undefined ? null : await movesOf(deps.database.read, service, group, movesMax);
	return {service, groups, heads, moves, found: null, page};
}

export async function gatherLanded(deps: Deps, query: Readonly<Record<string, unknown>>): Promise<LandedInput> {
	const nothing: Found = {service: null, groups: [], heads: [], moves: null, found: null, page: 1};
	const {found: known, problems} = await withProblems<Found>(
		() => find(deps, parse(landedPageSchema, filled(query), 'The filter')),
		nothing,
	);
	const {service, groups, heads, moves, found, page} = known;
	return {
		...{now: deps.clock.now(), services: [...deps.config.services.keys()], typed: typedIn(query), problems, movesMax},
		...{service, groups, heads, moves, found, page},
	};
}
