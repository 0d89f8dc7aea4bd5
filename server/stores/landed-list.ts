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

/** Why a change is in the answer: it has the name itself, or it is the same change as one that has it. */
export type NamedBy = 'commit' | 'change-id' | 'patch-id' | 'same change-id' | 'same patch';

export type ChangeWithPlaces = {
	readonly change: Change;
	readonly named: NamedBy;
	/** Live ones first, then the newest. */
	readonly places: readonly LandedPlace[];
	/** Deploys whose batch has it, newest first. */
	readonly deploys: readonly string[];
	/** Services whose deploys have it in a batch. */
	readonly batches: readonly string[];
};

/** A change that is live on a group, as its list shows it. */
export type LandedPick = {
	readonly repository: string;
	readonly branch: string | null;
	readonly sha: string | null;
	readonly changeId: string | null;
	readonly subject: string | null;
	readonly since: Instant;
	/** `D-2026-0001/1`. */
	readonly deploy: string | null;
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

async function startingWith(sql: Knex, column: string, name: string, atMost: number): Promise<ChangeRow[]> {
	const query = sql<ChangeRow>('changes').orderBy('key').limit(atMost);
	for (const [left = '', operator = '', right = ''] of beginning(column, name)) query.where(left, operator, right);
	return query;
}

const fromRow = ({key, body}: ChangeRow) => ({key, change: publicChange(JSON.parse(body) as Change)});

/** Changes that a commit, a patch-id or a Change-Id names, whole or shortened, as they were read. */
export async function changesNamed(
	sql: Knex,
	named: string,
	atMost = changesMax,
): Promise<{key: string; change: Change; named: NamedBy}[]> {
	const {column, name} = spelled(named);
	if (column === 'change_id')
		return (await startingWith(sql, column, name, atMost)).map(row => ({...fromRow(row), named: 'change-id' as const}));
	const [commits, patches] = await Promise.all([startingWith(sql, 'sha', name, atMost), startingWith(sql, 'patch_id', name, atMost)]);
	return [
		...commits.map(row => ({...fromRow(row), named: 'commit' as const})),
		...patches.filter(({key}) => !commits.some(other => other.key === key)).map(row => ({...fromRow(row), named: 'patch-id' as const})),
	].slice(0, atMost);
}

/** The same changes under other names: picked to another branch, or landed again. Ids count within one repository. */
async function sameAs(
	sql: Knex,
	found: readonly {key: string; change: Change}[],
): Promise<{key: string; change: Change; named: NamedBy}[]> {
	const known = new Set(found.map(({key}) => key));
	const related: {key: string; change: Change; named: NamedBy}[] = [];
	for (const {column, field, named} of [
		{column: 'change_id', field: 'changeId', named: 'same change-id'},
		{column: 'patch_id', field: 'patchId', named: 'same patch'},
	] as const) {
		const ids = [...new Set(found.flatMap(({change}) => change[field] ?? []))];
		if (ids.length === 0) continue;
		const rows = await sql<ChangeRow>('changes').whereIn(column, ids).orderBy('key').limit(changesMax);
		for (const row of rows) {
			const one = fromRow(row);
			const isSame = found.some(({change}) => change.repository === one.change.repository && change[field] === one.change[field]);
			if (known.has(row.key) || !isSame) continue;
			known.add(row.key);
			related.push({...one, named});
		}
	}
	return related;
}

const byStanding = (a: LandedPlace, b: LandedPlace): number =>
	Number(a.until !== null) - Number(b.until !== null) || (a.since < b.since ? 1 : a.since > b.since ? -1 : 0);

/** Where each change of that name is or was live, and which deploys have it in their batch. */
export async function findLanded(sql: Knex, named: string, service?: string): Promise<ChangeWithPlaces[]> {
	const byName = await changesNamed(sql, named);
	if (byName.length === 0) return [];
	const found = [...byName, ...(await sameAs(sql, byName))].slice(0, changesMax);
	const keys = found.map(({key}) => key);
	const places = sql<PlaceRow>('landed_changes').whereIn('change_key', keys).orderBy('id', 'desc').limit(placesMax);
	const batches = sql('deploy_changes')
		.join('deploys', 'deploys.id', 'deploy_changes.deploy')
		.whereIn('deploy_changes.change_key', keys)
		.orderBy('deploys.created_at', 'desc')
		.limit(placesMax)
		.select('deploy_changes.deploy', 'deploy_changes.change_key', 'deploys.service');
	if (service !== undefined) {
		places.where({service});
		batches.where('deploys.service', service);
	}
	const [placeRows, batchRows] = await Promise.all([places, batches as Promise<{deploy: string; change_key: string; service: string}[]>]);
	return found.map(({key, change, named: namedBy}) => ({
		change,
		named: namedBy,
		places: placeRows
			.filter(row => row.change_key === key)
			.map(row => ({
				...{service: row.service, group: row.group_name, since: row.since, until: row.gone_at},
				...{deploy: row.deploy, attempt: row.attempt, revertedBy: row.reverted_by},
			}))
			.sort(byStanding),
		deploys: [...new Set(batchRows.filter(row => row.change_key === key).map(({deploy}) => deploy))].slice(0, deploysMax),
		batches: [...new Set(batchRows.filter(row => row.change_key === key).map(row => row.service))],
	}));
}

/** What is live on a group through deploys, newest first, and how many there are in all. */
export async function picksOf(sql: Knex, service: string, group: string, atMost: number): Promise<{picks: LandedPick[]; total: number}> {
	const live = () => sql('landed_changes').where('service', service).andWhere('group_name', group).whereNull('gone_at');
	const [rows, counted] = await Promise.all([
		live()
			.join('changes', 'changes.key', 'landed_changes.change_key')
			.orderBy('landed_changes.id', 'desc')
			.limit(atMost)
			.select('landed_changes.since', 'landed_changes.deploy', 'landed_changes.attempt', 'changes.body') as Promise<
			{since: string; deploy: string | null; attempt: number | null; body: string}[]
		>,
		live().count<{many: number | string}[]>({many: '*'}),
	]);
	const picks = rows.map(({since, deploy, attempt, body}) => {
		const {repository, branch, sha, changeId, subject} = publicChange(JSON.parse(body) as Change);
		return {
			...{repository, branch: branch ?? null, sha: sha ?? null, changeId: changeId ?? null, subject: subject ?? null},
			...{since, deploy: deploy === null ? null : `${deploy}/${attempt ?? 1}`},
		};
	});
	return {picks, total: Number(counted[0]?.many ?? picks.length)};
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
