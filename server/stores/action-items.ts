/** Action items: one row each as they stand, and every change that people made or tried to make appended beside it. */
import type {Knex} from 'knex';
import type {Instant} from '../../gate/facts.ts';
import type {Actor} from '../../reports/events.ts';
import type {ActionItem, ItemContents, ItemStatus, ItemTracker} from '../../reports/meeting-items.ts';
import {nextNumber} from './deploys.ts';

type Row = {
	id: string;
	incident: string;
	position: number;
	parent: string | null;
	contents: string;
	status: ItemStatus;
	due: string | null;
	origin: ActionItem['from'];
	proposal: string | null;
	version: number;
	tracker: string | null;
	changed_at: string;
	changed_by: string;
};
type UpdateRow = {
	item: string;
	seq: number;
	op_id: string;
	base_version: number;
	version: number | null;
	outcome: ItemUpdate['outcome'];
	contents: string;
	author: string;
	at: string;
};

/** One change, whatever came of it. */
export type ItemUpdate = {
	readonly seq: number;
	readonly opId: string;
	readonly baseVersion: number;
	readonly version: number | null;
	readonly outcome: 'accepted' | 'same' | 'conflict';
	readonly contents: ItemContents;
	readonly author: Actor;
	readonly at: Instant;
};

export type ItemFilter = {
	readonly incident?: string;
	readonly statuses?: readonly ItemStatus[];
	readonly from?: ActionItem['from'];
};

const listMax = 2000;

const fromRow = (row: Row): ActionItem => ({
	...(JSON.parse(row.contents) as ItemContents),
	...{id: row.id, incident: row.incident, position: row.position, parent: row.parent, from: row.origin, version: row.version},
	status: row.status,
	proposal: row.proposal === null ? null : (JSON.parse(row.proposal) as ActionItem['proposal']),
	tracker: row.tracker === null ? null : (JSON.parse(row.tracker) as ItemTracker),
	...{changedAt: row.changed_at, changedBy: (JSON.parse(row.changed_by) as Actor).name},
});

const updateFromRow = (row: UpdateRow): ItemUpdate => ({
	...{seq: row.seq, opId: row.op_id, baseVersion: row.base_version, version: row.version, outcome: row.outcome},
	...{contents: JSON.parse(row.contents) as ItemContents, author: JSON.parse(row.author) as Actor, at: row.at},
});

const contentsOf = ({task, owner, text, due, kind, doneWhen, status, reason}: ItemContents): ItemContents => ({
	...{task, owner, text, due, kind, doneWhen, status, reason},
});

export const actionItemStore = (sql: Knex) => {
	const addUpdate = async (item: string, update: ItemUpdate): Promise<void> => {
		const row: UpdateRow = {
			...{item, seq: update.seq, op_id: update.opId, base_version: update.baseVersion, version: update.version},
			...{outcome: update.outcome, contents: JSON.stringify(update.contents), author: JSON.stringify(update.author), at: update.at},
		};
		await sql('action_item_updates').insert(row);
	};
	const get = async (id: string): Promise<ActionItem | null> => {
		const row = await sql<Row>('action_items').where({id}).first();
		return row ? fromRow(row) : null;
	};
	/** The place of the next update of an item; who holds it holds the item until the transaction ends. */
	const nextSeq = (item: string): Promise<number> => nextNumber(sql, `updates of ${item}`);
	/** Stores an update and, where it was accepted, what the item says from now on. */
	const update = async (item: string, change: ItemUpdate): Promise<void> => {
		await addUpdate(item, change);
		if (change.version === null) return;
		const {contents, version, at, author} = change;
		await sql('action_items')
			.where({id: item})
			.update({
				...{contents: JSON.stringify(contents), status: contents.status, due: contents.due, version},
				...{changed_at: at, changed_by: JSON.stringify(author)},
			});
	};
	return {
		get,
		/** By incident, then in the order in which they were added. */
		async list(filter: ItemFilter = {}, atMost = listMax): Promise<ActionItem[]> {
			const query = sql<Row>('action_items').orderBy('incident').orderBy('position').limit(atMost);
			if (filter.incident !== undefined) query.where('incident', filter.incident);
			if (filter.from !== undefined) query.where('origin', filter.from);
			if (filter.statuses) query.whereIn('status', [...filter.statuses]);
			return (await query).map(fromRow);
		},
		/** What a tracker says of the item; null: it is in none. No change by a person, so the version stays. */
		async setTracker(id: string, tracker: ItemTracker | null): Promise<void> {
			await sql('action_items')
				.where({id})
				.update({tracker: tracker === null ? null : JSON.stringify(tracker)});
		},
		/**
		 * Sets the status as a change like any other, with the author's name; answers false where it had that status already, or is not there.
		 * `opId` makes it once: the same again changes nothing. `reason` belongs to `not_doing`.
		 */
		async setStatus(
			id: string,
			change: {status: ItemStatus; reason?: string | null; author: Actor; at: Instant; opId: string},
		): Promise<boolean> {
			const seq = await nextSeq(id);
			const item = await get(id);
			const known = await sql<UpdateRow>('action_item_updates').where({item: id, op_id: change.opId}).first();
			if (!item || known || item.status === change.status) return false;
			const contents = {...contentsOf(item), status: change.status, reason: change.status === 'not_doing' ? (change.reason ?? null) : null};
			await update(id, {
				...{seq, opId: change.opId, baseVersion: item.version, version: item.version + 1, outcome: 'accepted', contents},
				...{author: change.author, at: change.at},
			});
			return true;
		},
		nextSeq,
		update,
		async add(
			item: Omit<ActionItem, 'tracker' | 'changedBy' | 'changedAt' | 'version'>,
			author: Actor,
			at: Instant,
			opId: string,
		): Promise<void> {
			const contents = contentsOf(item);
			const row: Row = {
				...{id: item.id, incident: item.incident, position: item.position, parent: item.parent, contents: JSON.stringify(contents)},
				...{status: item.status, due: item.due, origin: item.from, version: 1, tracker: null},
				proposal: item.proposal === null ? null : JSON.stringify(item.proposal),
				...{changed_at: at, changed_by: JSON.stringify(author)},
			};
			await sql('action_items').insert(row);
			const seq = await nextSeq(item.id);
			await addUpdate(item.id, {seq, opId, baseVersion: 0, version: 1, outcome: 'accepted', contents, author, at});
		},
		/** Whoever calls it is alone at the debts of the incident until the transaction ends. */
		holdDebts: async (incident: string): Promise<void> => void (await nextNumber(sql, `debts of ${incident}`)),
		/** The number of the next item of an incident, from 1. */
		nextPosition: (incident: string): Promise<number> => nextNumber(sql, `action items of ${incident}`),
		async count(incident: string): Promise<number> {
			const row = await sql('action_items').where({incident}).count({count: '*'}).first();
			return Number(row?.['count'] ?? 0);
		},
		async byOp(item: string, opId: string): Promise<ItemUpdate | null> {
			const row = await sql<UpdateRow>('action_item_updates').where({item, op_id: opId}).first();
			return row ? updateFromRow(row) : null;
		},
		async atVersion(item: string, version: number): Promise<ItemUpdate | null> {
			const row = await sql<UpdateRow>('action_item_updates').where({item, version}).first();
			return row ? updateFromRow(row) : null;
		},
		/** Newest first. */
		async updates(item: string, atMost: number): Promise<ItemUpdate[]> {
			return (await sql<UpdateRow>('action_item_updates').where({item}).orderBy('seq', 'desc').limit(atMost)).map(updateFromRow);
		},
		/** The ids that were added by one form; null where it was never seen. */
		async addition(incident: string, opId: string): Promise<{readonly items: readonly string[]; readonly typed: string} | null> {
			const row = await sql<{incident: string; op_id: string; items: string; typed: string}>('action_item_additions')
				.where({incident, op_id: opId})
				.first();
			return row ? {items: JSON.parse(row.items) as string[], typed: row.typed} : null;
		},
		async keepAddition(
			incident: string,
			addition: {opId: string; items: readonly string[]; typed: string; author: Actor; at: Instant},
		): Promise<void> {
			const {opId, items, typed, author, at} = addition;
			await sql('action_item_additions').insert({
				...{incident, op_id: opId, items: JSON.stringify(items), typed, author: JSON.stringify(author), at},
			});
		},
	};
};
