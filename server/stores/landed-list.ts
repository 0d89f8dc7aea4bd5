/** What is landed, asked from the other side: the moves of one group, and where a change is live. */
import type {Knex} from 'knex';
import type {Change, Instant} from '../../gate/facts.ts';
import {publicChange} from '../../gate/passage/kept-back.ts';
import {type Head, type HeadRow, headFromRow} from './landed.ts';

type ChangeRow = {key: string; body: string};
type PlaceRow = {
	service: string;
	group_name: string;
	change_key: string;
	since: string;
	deploy: string | null;
	attempt: number | null;
	gone_at: string | null;
	reverted_by: string | null;
};

/** Where a change is or was live. */
export type LandedPlace = {
	readonly service: string;
	readonly group: string;
	readonly since: Instant;
	/** Null: it is live. */
	readonly until: Instant | null;
	readonly deploy: string | null;
	readonly attempt: number | null;
	readonly revertedBy: string | null;
};

export type ChangeWithPlaces = {
	readonly change: Change;
	/** Live ones first, then the newest. */
	readonly places: readonly LandedPlace[];
	/** Deploys whose batch has it, newest first. */
	readonly deploys: readonly string[];
};

export type HeadOfService = Head & {readonly service: string};

const changesMax = 50;
const placesMax = 500;
const deploysMax = 20;

/** The moves of one group, newest first. */
export async function movesOf(sql: Knex, service: string, group: string, atMost: number): Promise<Head[]> {
	const rows = await sql<HeadRow>('landed_heads').where({service, group_name: group}).orderBy('id', 'desc').limit(atMost);
	return rows.map(headFromRow);
}

/** Everything whose column begins so. A range rather than `like`, which no engine takes an index for; after the last digit comes `g`. */
const beginning = (column: string, name: string) => [
	[column, '>=', name],
	[column, '<', `${name}g`],
];

const spelled = (name: string): {readonly column: 'sha' | 'change_id'; readonly name: string} =>
	/^i/i.test(name) ? {column: 'change_id', name: `I${name.slice(1).toLowerCase()}`} : {column: 'sha', name: name.toLowerCase()};

/** Changes that a commit or a Change-Id names, whole or shortened, as they were read. */
export async function changesNamed(sql: Knex, named: string, atMost = changesMax): Promise<{key: string; change: Change}[]> {
	const {column, name} = spelled(named);
	const query = sql<ChangeRow>('changes').orderBy('key').limit(atMost);
	for (const [left = '', operator = '', right = ''] of beginning(column, name)) query.where(left, operator, right);
	return (await query).map(({key, body}) => ({key, change: publicChange(JSON.parse(body) as Change)}));
}

const byStanding = (a: LandedPlace, b: LandedPlace): number =>
	Number(a.until !== null) - Number(b.until !== null) || (a.since < b.since ? 1 : a.since > b.since ? -1 : 0);

/** Where each change of that name is or was live, and which deploys have it in their batch. */
export async function findLanded(sql: Knex, named: string, service?: string): Promise<ChangeWithPlaces[]> {
	const found = await changesNamed(sql, named);
	if (found.length === 0) return [];
	const keys = found.map(({key}) => key);
	const places = sql<PlaceRow>('landed_changes').whereIn('change_key', keys).orderBy('id', 'desc').limit(placesMax);
	const batches = sql('deploy_changes')
		.join('deploys', 'deploys.id', 'deploy_changes.deploy')
		.whereIn('deploy_changes.change_key', keys)
		.orderBy('deploys.created_at', 'desc')
		.limit(placesMax)
		.select('deploy_changes.deploy', 'deploy_changes.change_key');
	if (service !== undefined) {
		places.where({service});
		batches.where('deploys.service', service);
	}
	const [placeRows, batchRows] = await Promise.all([places, batches as Promise<{deploy: string; change_key: string}[]>]);
	return found.map(({key, change}) => ({
		change,
		places: placeRows
			.filter(row => row.change_key === key)
			.map(row => ({
				...{service: row.service, group: row.group_name, since: row.since, until: row.gone_at},
				...{deploy: row.deploy, attempt: row.attempt, revertedBy: row.reverted_by},
			}))
			.sort(byStanding),
		deploys: [...new Set(batchRows.filter(row => row.change_key === key).map(({deploy}) => deploy))].slice(0, deploysMax),
	}));
}

/** Groups that are or were at that commit itself, live ones first: also where no deploy was seen that brought it. */
export async function headsNamed(sql: Knex, named: string, service?: string): Promise<HeadOfService[]> {
	const {column, name} = spelled(named);
	if (column !== 'sha') return [];
	const query = sql<HeadRow>('landed_heads').orderBy('id', 'desc').limit(placesMax);
	for (const [left = '', operator = '', right = ''] of beginning('sha', name)) query.where(left, operator, right);
	if (service !== undefined) query.where({service});
	const rows = (await query).map(row => ({...headFromRow(row), service: row.service}));
	return rows.sort((a, b) => Number(a.until !== null) - Number(b.until !== null));
}
