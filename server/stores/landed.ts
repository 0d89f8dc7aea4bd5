/**
 * What is live on each group: heads (the commit each repository is at) and changes (which arrived, when, through which deploy).
 * Rows are never deleted: a head that was replaced has `until`, a change that left has `gone_at`.
 */
import type {Knex} from 'knex';
import type {Change, Instant, LandedChange, Target} from '../../gate/facts.ts';
import {publicChange} from '../../gate/passage/kept-back.ts';
import type {AttemptKey} from './deploys.ts';
import {bringBack, markReverted} from './landed-reverts.ts';

const rowsAtOnce = 200;

export type HeadRow = {
	id: number;
	service: string;
	group_name: string;
	repository: string;
	branch: string;
	sha: string;
	since: string;
	until: string | null;
	deploy: string | null;
	attempt: number | null;
};
type ChangeRow = {
	id: number;
	service: string;
	group_name: string;
	change_key: string;
	since: string;
	deploy: string | null;
	attempt: number | null;
	gone_at: string | null;
	reverted_by: string | null;
	body: string;
};

export type Head = Target & {
	readonly group: string;
	readonly since: Instant;
	readonly until: Instant | null;
	readonly deploy: string | null;
	readonly attempt: number | null;
};

export const headFromRow = (row: HeadRow): Head => ({
	group: row.group_name,
	repository: row.repository,
	...(row.branch === '' ? {} : {branch: row.branch}),
	sha: row.sha,
	since: row.since,
	until: row.until,
	deploy: row.deploy,
	attempt: row.attempt,
});

function changeFromRow(row: ChangeRow): LandedChange {
	const {repository, branch, sha, changeId, patchId, subject} = publicChange(JSON.parse(row.body) as Change);
	const revertedBy = row.reverted_by ?? (row.gone_at === null ? null : 'taken back');
	return {
		repository,
		...(branch === undefined ? {} : {branch}),
		...(sha === undefined ? {} : {sha}),
		...(changeId === undefined ? {} : {changeId}),
		...(patchId === undefined ? {} : {patchId}),
		...(subject === undefined ? {} : {subject}),
		since: row.since,
		...(row.deploy === null ? {} : {deploy: `${row.deploy}/${row.attempt ?? 1}`}),
		source: 'ledger',
		...(revertedBy === null ? {} : {revertedBy}),
	};
}

export const landedStore = (sql: Knex) => ({
	/** What is live now, all groups of a service. */
	async heads(service: string): Promise<Head[]> {
		return (await sql<HeadRow>('landed_heads').where({service}).whereNull('until').orderBy('id')).map(headFromRow);
	},
	/** Heads of the past and present, newest first. */
	async history(service: string, atMost = 200): Promise<Head[]> {
		return (await sql<HeadRow>('landed_heads').where({service}).orderBy('id', 'desc').limit(atMost)).map(headFromRow);
	},
	/** Newest first, all that matters when one service's ledger is asked; `gone` ones are in it, marked. */
	async changes(service: string, group: string, atMost = 20_000): Promise<LandedChange[]> {
		const rows = await sql<ChangeRow>('landed_changes')
			.join('changes', 'changes.key', 'landed_changes.change_key')
			.where({service, group_name: group})
			.orderBy('landed_changes.id', 'desc')
			.limit(atMost)
			.select('landed_changes.*', 'changes.body');
		return (rows as ChangeRow[]).map(changeFromRow);
	},
	/** Puts a group's repositories at these commits; returns those that moved. */
	async moveHeads(
		service: string,
		group: string,
		targets: readonly Target[],
		by: AttemptKey | null,
		at: Instant,
	): Promise<{from: string | null; to: Target}[]> {
		const moved: {from: string | null; to: Target}[] = [];
		for (const target of targets) {
			const place = {service, group_name: group, repository: target.repository, branch: target.branch ?? ''};
			const current = await sql<HeadRow>('landed_heads').where(place).whereNull('until').first();
			if (current?.sha === target.sha) continue;
			if (current) await sql('landed_heads').where({id: current.id}).update({until: at});
			await sql('landed_heads').insert({...place, sha: target.sha, since: at, deploy: by?.deploy ?? null, attempt: by?.attempt ?? null});
			moved.push({from: current?.sha ?? null, to: target});
		}
		return moved;
	},
	/** Notes that these changes are live on a group from now on; those that are already stay as they are. */
	async addChanges(service: string, group: string, keys: readonly string[], by: AttemptKey, at: Instant): Promise<void> {
		const live = await sql<{change_key: string; gone_at: string | null}>('landed_changes')
			.where('service', service)
			.andWhere('group_name', group)
			.whereNull('gone_at')
			.whereIn('change_key', [...keys])
			.select('change_key');
		const known = new Set(live.map(row => row.change_key));
		const rows = keys
			.filter(key => !known.has(key))
			.map(change_key => ({service, group_name: group, change_key, since: at, deploy: by.deploy, attempt: by.attempt}));
		for (let index = 0; index < rows.length; index += 80) await sql('landed_changes').insert(rows.slice(index, index + 80));
	},
	/** Notes that what a deploy attempt brought to a group, in one repository, is gone from it. */
	async removeBroughtBy(key: AttemptKey, group: string, repository: string, at: Instant): Promise<void> {
		const rows = await sql<{
			id: number;
			service: string;
			change_key: string;
			deploy: string;
			attempt: number;
			group_name: string;
			gone_at: string | null;
		}>('landed_changes')
			.where({deploy: key.deploy, attempt: key.attempt, group_name: group})
			.whereNull('gone_at')
			.whereIn('change_key', sql('changes').where({repository}).select('key'))
			.select('id', 'service', 'change_key');
		for (let index = 0; index < rows.length; index += rowsAtOnce)
			await sql('landed_changes')
				.whereIn(
					'id',
					rows.slice(index, index + rowsAtOnce).map(({id}) => id),
				)
				.update({gone_at: at});
		const keys = rows.map(({change_key}) => change_key);
		const [first] = rows;
		// A revert among them had taken something out, which is there again.
		if (first) await bringBack(sql, {service: first.service, group}, keys, null, at);
	},
	/** Who moved this place since it was at that commit before now: nobody where it was never there. */
	async movedSince(service: string, group: string, {repository, branch, sha}: Target): Promise<AttemptKey[]> {
		const place = {service, group_name: group, repository, branch: branch ?? ''};
		const last = await sql<HeadRow>('landed_heads')
			.where({...place, sha})
			.orderBy('id', 'desc')
			.first();
		if (!last) return [];
		const rows = await sql<HeadRow>('landed_heads').where(place).andWhere('id', '>', last.id).whereNotNull('deploy').orderBy('id');
		return rows.flatMap(row => (row.deploy === null || row.attempt === null ? [] : [{deploy: row.deploy, attempt: row.attempt}]));
	},
	/** Marks landed changes whose commit or Change-Id is named by a revert that landed, `by` this attempt. `references` are full or short. */
	markReverted: (
		place: {readonly service: string; readonly group: string},
		references: readonly string[],
		revertedBy: string,
		by: AttemptKey | null,
		at: Instant,
	): Promise<void> => markReverted(sql, place, references, revertedBy, by, at),
	/** Where each group was before an attempt moved it: what taking it back must restore. */
	async before(
		service: string,
		key: AttemptKey,
	): Promise<{group: string; repository: string; branch: string; from: string | null; to: string}[]> {
		const moved = await sql<HeadRow>('landed_heads').where({service, deploy: key.deploy, attempt: key.attempt}).orderBy('id');
		const result = [];
		for (const row of moved) {
			const previous = await sql<HeadRow>('landed_heads')
				.where({service, group_name: row.group_name, repository: row.repository, branch: row.branch})
				.andWhere('id', '<', row.id)
				.orderBy('id', 'desc')
				.first();
			result.push({group: row.group_name, repository: row.repository, branch: row.branch, from: previous?.sha ?? null, to: row.sha});
		}
		return result;
	},
});
