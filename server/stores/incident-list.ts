/** Incidents as a list: filtered, searched, a page at a time, newest first. */
import type {Knex} from 'knex';
import type {Incident, Instant} from '../../gate/facts.ts';
import type {ListPlace} from '../cursor.ts';
import {type ListPage, pageOf} from './deploy-list.ts';
import {type IncidentRow, incidentFromRow, type StoredIncident} from './incidents.ts';
import {likeEscape, likePattern} from './search-text.ts';

export type IncidentFilter = {
	readonly service?: string | undefined;
	readonly status?: Incident['status'] | undefined;
	/** Opened then or later. */
	readonly since?: Instant | undefined;
	/** Opened before then. */
	readonly until?: Instant | undefined;
	/** Found in id, title, service, deploy and what is known of it, in any case. */
	readonly q?: string | undefined;
};

/** An incident as its list shows it. */
export type ListedIncident = StoredIncident & {
	/** One sentence of what is known of it; empty where nothing is. */
	readonly about: string;
	/** The newest version of its report that was given out; null: none was. */
	readonly reportVersion: number | null;
	/** Action items that are neither done nor given up. */
	readonly openItems: number;
};

/** What an incident is placed by in its list. */
export const incidentKey = ({openedAt, id}: StoredIncident): ListPlace['key'] => [openedAt, id];
export const incidentKeyKinds = ['string', 'string'] as const;

async function reportVersions(sql: Knex, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
	if (ids.length === 0) return new Map();
	const rows: {incident: string; version: number}[] = await sql('reports')
		.select('incident')
		.max({version: 'version'})
		.whereIn('incident', [...ids])
		.groupBy('incident');
	return new Map(rows.map(({incident, version}) => [incident, Number(version)]));
}

async function openItems(sql: Knex, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
	if (ids.length === 0) return new Map();
	const rows: {incident: string; count: number | string}[] = await sql('action_items')
		.select('incident')
		.count({count: '*'})
		.whereIn('incident', [...ids])
		.whereIn('status', ['agreed', 'open'])
		.groupBy('incident');
	return new Map(rows.map(({incident, count}) => [incident, Number(count)]));
}

/** Newest first. `place` is a row that was seen, whose followers (or those before it) are wanted. */
export async function listIncidents(
	sql: Knex,
	filter: IncidentFilter,
	limit: number,
	place: ListPlace | null,
): Promise<ListPage<ListedIncident>> {
	const backwards = place?.towards === 'previous';
	const direction = backwards ? 'asc' : 'desc';
	const query = sql<IncidentRow>('incidents')
		.limit(limit + 1)
		.orderBy('opened_at', direction)
		.orderBy('id', direction);
	if (place !== null) query.whereRaw(`(opened_at, id) ${backwards ? '>' : '<'} (?, ?)`, [...place.key]);
	if (filter.service !== undefined) query.where('service', filter.service);
	if (filter.status !== undefined) query.where('status', filter.status);
	if (filter.since !== undefined) query.where('opened_at', '>=', filter.since);
	if (filter.until !== undefined) query.where('opened_at', '<', filter.until);
	if (filter.q !== undefined) query.whereRaw(`search like ? escape '${likeEscape}'`, [likePattern(filter.q)]);
	const page = pageOf(await query, limit, place);
	const ids = page.rows.map(({id}) => id);
	const [versions, items] = await Promise.all([reportVersions(sql, ids), openItems(sql, ids)]);
	return {
		...page,
		rows: page.rows.map(row => ({
			...incidentFromRow(row),
			...{about: row.about, reportVersion: versions.get(row.id) ?? null, openItems: items.get(row.id) ?? 0},
		})),
	};
}

/** Whether there is any incident at all, of this service or of any. */
export async function anyIncident(sql: Knex, service?: string): Promise<boolean> {
	const query = sql<IncidentRow>('incidents').select('id');
	if (service !== undefined) query.where({service});
	return (await query.first()) !== undefined;
}
