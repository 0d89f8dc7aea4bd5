/** Action items that are to become issues, and those that are: what is asked next of the tracker, and when. */
import type {Knex} from 'knex';
import type {Instant} from '../../gate/facts.ts';
import type {Actor} from '../../reports/events.ts';

/** `lost`: it was there and is not found any more. `failed`: it could not be made, until somebody changes something. */
export type TrackerState = 'wanted' | 'linked' | 'lost' | 'failed';

type Row = {
	item: string;
	system: string;
	state: TrackerState;
	repository: string;
	number: number | null;
	labels: string;
	asked_by: string;
	asked_at: string;
	since: string;
	due_at: string;
	attempts: number;
	reason: string | null;
	etag: string | null;
	issue_state: 'open' | 'closed' | null;
	lease_until: string | null;
	lease_by: string | null;
};

export type StoredTracker = {
	readonly item: string;
	readonly state: TrackerState;
	/** `owner/name`. */
	readonly repository: string;
	/** Null until the issue is made. */
	readonly number: number | null;
	readonly labels: readonly string[];
	readonly askedBy: Actor;
	readonly askedAt: Instant;
	/** From when on the days are counted after which it is given up. */
	readonly since: Instant;
	readonly dueAt: Instant;
	readonly attempts: number;
	readonly reason: string | null;
	readonly etag: string | null;
	readonly issueState: 'open' | 'closed' | null;
};

export type TrackerChange = Partial<
	Pick<StoredTracker, 'state' | 'repository' | 'number' | 'dueAt' | 'attempts' | 'reason' | 'etag' | 'issueState'>
>;

const reasonMax = 1000;
const etagMax = 255;

const fromRow = (row: Row): StoredTracker => ({
	...{item: row.item, state: row.state, repository: row.repository, number: row.number, labels: JSON.parse(row.labels) as string[]},
	...{askedBy: JSON.parse(row.asked_by) as Actor, askedAt: row.asked_at, since: row.since, dueAt: row.due_at, attempts: row.attempts},
	...{reason: row.reason, etag: row.etag, issueState: row.issue_state},
});

export const trackerStore = (sql: Knex) => ({
	async get(item: string): Promise<StoredTracker | null> {
		const row = await sql<Row>('trackers').where({item}).first();
		return row ? fromRow(row) : null;
	},
	/** Those of these items that have one. */
	async of(items: readonly string[]): Promise<StoredTracker[]> {
		return (
			await sql<Row>('trackers')
				.whereIn('item', [...items])
				.orderBy('item')
		).map(fromRow);
	},
	/** Asks for an issue. What failed or was lost is asked for again; what is wanted or linked stays as it is. */
	async want(wanted: {item: string; repository: string; labels: readonly string[]; askedBy: Actor}, at: Instant): Promise<void> {
		const row: Omit<Row, 'item'> = {
			...{system: 'github', state: 'wanted', repository: wanted.repository, number: null, labels: JSON.stringify(wanted.labels)},
			...{asked_by: JSON.stringify(wanted.askedBy), asked_at: at, since: at, due_at: at, attempts: 0, reason: null},
			...{etag: null, issue_state: null, lease_until: null, lease_by: null},
		};
		await sql('trackers')
			.insert({item: wanted.item, ...row})
			.onConflict('item')
			.ignore();
		// The first attempt's time stays: whatever was made since then is looked for before another issue is made.
		const {asked_at: _first, ...again} = row;
		await sql<Row>('trackers').where({item: wanted.item}).whereIn('state', ['failed', 'lost']).update(again);
	},
	/** Those that are due and in nobody's hands, the oldest first. */
	async due(at: Instant, atMost: number): Promise<StoredTracker[]> {
		const rows = await sql<Row>('trackers')
			.where('due_at', '<=', at)
			.whereNot('state', 'failed')
			.andWhere(free => free.whereNull('lease_until').orWhere('lease_until', '<=', at))
			.orderBy('due_at')
			.orderBy('item')
			.limit(atMost);
		return rows.map(fromRow);
	},
	/** Takes one that is due; null where another process was quicker. */
	async claim(item: string, by: string, at: Instant, leaseUntil: Instant): Promise<StoredTracker | null> {
		const row = await sql<Row>('trackers').where({item}).andWhere('due_at', '<=', at).first();
		if (!row || (row.lease_until !== null && row.lease_until > at)) return null;
		const claimed = {lease_until: leaseUntil, lease_by: by, attempts: row.attempts + 1};
		await sql<Row>('trackers').where({item}).update(claimed);
		return fromRow({...row, ...claimed});
	},
	/** What was found out, by whoever holds the lease; answers whether that was so. */
	async end(item: string, by: string, change: TrackerChange): Promise<boolean> {
		const {state, repository, number, dueAt, attempts, reason, etag, issueState} = change;
		const changed = await sql<Row>('trackers')
			.where({item, lease_by: by})
			.update({
				...(state === undefined ? {} : {state}),
				...(repository === undefined ? {} : {repository}),
				...(number === undefined ? {} : {number}),
				...(dueAt === undefined ? {} : {due_at: dueAt}),
				...(attempts === undefined ? {} : {attempts}),
				...(reason === undefined ? {} : {reason: reason?.slice(0, reasonMax) ?? null}),
				...(etag === undefined ? {} : {etag: etag === null || etag.length > etagMax ? null : etag}),
				...(issueState === undefined ? {} : {issue_state: issueState}),
				...{lease_until: null, lease_by: null},
			});
		return changed > 0;
	},
});
