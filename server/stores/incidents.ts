/** Incidents, the attempts at taking a deploy back, and the reports drafted of them. */
import type {Knex} from 'knex';
import type {Incident, Instant, Target} from '../../gate/facts.ts';
import type {Actor} from '../../reports/events.ts';
import type {AttemptKey} from './deploys.ts';
import {nextNumber} from './deploys.ts';
import {searchText} from './search-text.ts';

type Status = Incident['status'];
export type IncidentRow = {
	id: string;
	service: string;
	deploy: string | null;
	attempt: number | null;
	title: string;
	status: Status;
	opened_by: 'gate' | 'human' | 'alert';
	opened_at: string;
	normal_at: string | null;
	about: string;
};
type RollbackRow = {
	id: number;
	incident: string;
	at: string;
	by: string;
	from_targets: string;
	to_targets: string;
	verified: 'yes' | 'no' | null;
	detail: string;
};

export type StoredIncident = Omit<Incident, 'url'> & {
	readonly service: string;
	readonly deploy: string | null;
	readonly attempt: number | null;
	readonly openedBy: 'gate' | 'human' | 'alert';
	readonly normalAt: Instant | null;
};

type AttemptTimes = {attempt_opened_at: string | null; attempt_closed_at: string | null};

/** When it began and ended, as far as that is known, and its deploy's attempt with it. */
export type IncidentTimes = {
	readonly openedAt: Instant;
	readonly normalAt: Instant | null;
	readonly attemptOpenedAt: Instant | null;
	readonly attemptClosedAt: Instant | null;
};

export type RollbackAttempt = {
	readonly at: Instant;
	readonly by: Actor;
	readonly from: readonly Target[];
	readonly to: readonly Target[];
	readonly verified: 'yes' | 'no' | null;
	readonly detail: string;
};

export const incidentFromRow = (row: IncidentRow): StoredIncident => ({
	id: row.id,
	service: row.service,
	deploy: row.deploy,
	attempt: row.attempt,
	title: row.title,
	status: row.status,
	openedBy: row.opened_by,
	openedAt: row.opened_at,
	normalAt: row.normal_at,
});

const titleMax = 250;
const aboutMax = 1000;

/** Changes what an incident is searched by, and the searched text with it. */
async function retell(sql: Knex, id: string, told: {readonly title?: string; readonly about?: string}): Promise<void> {
	const row = await sql<IncidentRow>('incidents').where({id}).first();
	if (!row) return;
	const {service, deploy, title, about} = {...row, ...told};
	await sql('incidents')
		.where({id})
		.update({...told, search: searchText([id, service, deploy, title, about])});
}

export const incidentStore = (sql: Knex) => ({
	/** Opens an incident for an attempt, which has at most one: null where it has one already. */
	async open(incident: {
		service: string;
		key: AttemptKey | null;
		title: string;
		status: Status;
		openedBy: IncidentRow['opened_by'];
		at: Instant;
		/** One sentence of its cause, for the list and its search. */
		about?: string;
	}): Promise<string | null> {
		const year = incident.at.slice(0, 4);
		const id = `INC-${year}-${String(await nextNumber(sql, `incident ${year}`)).padStart(4, '0')}`;
		const deploy = incident.key?.deploy ?? null;
		const about = (incident.about ?? '').slice(0, aboutMax);
		const row = {
			...{about, search: searchText([id, incident.service, deploy, incident.title, about])},
			...{id, service: incident.service, deploy, attempt: incident.key?.attempt ?? null},
			...{title: incident.title.slice(0, titleMax), status: incident.status, opened_by: incident.openedBy, opened_at: incident.at},
		};
		const inserted = (await sql('incidents').insert(row).onConflict(['deploy', 'attempt']).ignore().returning('id')) as unknown[];
		return inserted.length > 0 ? id : null;
	},
	async get(id: string): Promise<StoredIncident | null> {
		const row = await sql<IncidentRow>('incidents').where({id}).first();
		return row ? incidentFromRow(row) : null;
	},
	/** Newest first. */
	async list(atMost: number, filter: {service?: string; statuses?: readonly Status[]} = {}): Promise<StoredIncident[]> {
		const query = sql<IncidentRow>('incidents').orderBy('opened_at', 'desc').orderBy('id', 'desc').limit(atMost);
		if (filter.service !== undefined) query.where('service', filter.service);
		if (filter.statuses) query.whereIn('status', [...filter.statuses]);
		return (await query).map(incidentFromRow);
	},
	/** Incidents of a service that were opened in that time, each with its deploy's attempt; `from` is in, `to` is out. */
	async times(service: string, from: Instant, to: Instant): Promise<IncidentTimes[]> {
		const rows = await sql<IncidentRow & AttemptTimes>('incidents')
			.leftJoin('attempts', join => join.on('attempts.deploy', 'incidents.deploy').andOn('attempts.attempt', 'incidents.attempt'))
			.where('incidents.service', service)
			.andWhere('incidents.opened_at', '>=', from)
			.andWhere('incidents.opened_at', '<', to)
			.select(
				'incidents.opened_at',
				'incidents.normal_at',
				'attempts.opened_at as attempt_opened_at',
				'attempts.closed_at as attempt_closed_at',
			);
		return (rows as (IncidentRow & AttemptTimes)[]).map(row => ({
			...{openedAt: row.opened_at, normalAt: row.normal_at},
			...{attemptOpenedAt: row.attempt_opened_at, attemptClosedAt: row.attempt_closed_at},
		}));
	},
	async setStatus(id: string, status: Status, normalAt?: Instant): Promise<void> {
		await sql('incidents')
			.where({id})
			.update({status, ...(normalAt === undefined ? {} : {normal_at: normalAt})});
	},
	async setTitle(id: string, title: string): Promise<void> {
		await retell(sql, id, {title: title.slice(0, titleMax)});
	},
	/** What is known of it by now, in a sentence or two, for the list and its search. */
	async setAbout(id: string, about: string): Promise<void> {
		await retell(sql, id, {about: about.slice(0, aboutMax)});
	},
	async addRollback(incident: string, attempt: RollbackAttempt): Promise<void> {
		await sql('rollbacks').insert({
			...{incident, at: attempt.at, by: JSON.stringify(attempt.by), verified: attempt.verified, detail: attempt.detail},
			...{from_targets: JSON.stringify(attempt.from), to_targets: JSON.stringify(attempt.to)},
		});
	},
	/** Oldest first. */
	async rollbacks(incident: string): Promise<RollbackAttempt[]> {
		const rows = await sql<RollbackRow>('rollbacks').where('incident', incident).orderBy('id');
		return rows.map(row => ({
			...{at: row.at, by: JSON.parse(row.by) as Actor, verified: row.verified, detail: row.detail},
			...{from: JSON.parse(row.from_targets) as Target[], to: JSON.parse(row.to_targets) as Target[]},
		}));
	},
	/** Keeps a drafted report; the same text again is not a new version. */
	async keepReport(incident: string, template: string, body: string, sha256: string, at: Instant): Promise<number> {
		const newest = await sql<{version: number; sha256: string}>('reports').where('incident', incident).orderBy('version', 'desc').first();
		if (newest?.sha256 === sha256) return newest.version;
		const version = (newest?.version ?? 0) + 1;
		await sql('reports').insert({incident, version, template, made_at: at, sha256, body});
		return version;
	},
});
