/**
 * The outbox: notices that wait for their target, one row a notice and target. A row is claimed by a lease, so that two processes do not
 * send it at once; whoever dies with a lease leaves it to the next, who sends it again by the same id.
 */
import type {Knex} from 'knex';
import type {Instant} from '../../gate/facts.ts';
import {foldedOver, type NoticeKind, type NoticeWords} from '../../reports/notice.ts';

export type NoticeState = 'waiting' | 'sent' | 'failed' | 'given_up';
export const noticeStates: readonly NoticeState[] = ['waiting', 'sent', 'failed', 'given_up'];

type Row = {
	position: number;
	id: string;
	target: string;
	about: NoticeKind;
	event: string;
	made_in: string;
	thread: string | null;
	service: string | null;
	incident: string | null;
	deploy: string | null;
	words: string | null;
	made_at: string;
	since: string;
	due_at: string;
	state: NoticeState;
	message: string | null;
	attempts: number;
	tried_at: string | null;
	ended_at: string | null;
	reason: string | null;
	delivered: string;
	lease_until: string | null;
	lease_by: string | null;
};

export type NewNotice = {
	readonly id: string;
	readonly target: string;
	/** The idempotency key of its event. */
	readonly event: string;
	/** Names the transaction. */
	readonly madeIn: string;
	/** Mails of one thread stand together. */
	readonly thread: string | null;
	readonly service: string | null;
	readonly incident: string | null;
	readonly deploy: string | null;
	readonly words: NoticeWords;
};

export type StoredNotice = Omit<NewNotice, 'words' | 'event' | 'madeIn'> & {
	/** Where it stands among all, for paging. */
	readonly position: number;
	readonly about: NoticeKind;
	/** Null: its event was redacted. */
	readonly words: NoticeWords | null;
	readonly madeAt: Instant;
	readonly since: Instant;
	readonly dueAt: Instant;
	readonly state: NoticeState;
	/** The id by which it is sent. */
	readonly message: string | null;
	readonly attempts: number;
	readonly triedAt: Instant | null;
	readonly endedAt: Instant | null;
	readonly reason: string | null;
	readonly delivered: readonly string[];
};

export type OutboxTarget = {
	readonly target: string;
	readonly waiting: number;
	readonly failed: number;
	readonly oldestWaitingAt: Instant | null;
	/** Why the one that waits or failed last has not arrived. */
	readonly reason: string | null;
};

export type NoticeFilter = {readonly state?: NoticeState; readonly target?: string; readonly before?: number};

/** Notices folded into one message, at most; the rest waits for the next. */
const groupMax = 500;
const rowsPerInsert = 100;
const reasonMax = 1000;

const fromRow = (row: Row): StoredNotice => ({
	...{position: Number(row.position), id: row.id, target: row.target, about: row.about, thread: row.thread},
	...{service: row.service, incident: row.incident, deploy: row.deploy},
	words: row.words === null ? null : (JSON.parse(row.words) as NoticeWords),
	...{madeAt: row.made_at, since: row.since, dueAt: row.due_at, state: row.state, message: row.message, attempts: row.attempts},
	...{triedAt: row.tried_at, endedAt: row.ended_at, reason: row.reason, delivered: JSON.parse(row.delivered) as string[]},
});

const toRow = (notice: NewNotice, at: Instant): Omit<Row, 'position'> => ({
	...{id: notice.id, target: notice.target, about: notice.words.about, event: notice.event, made_in: notice.madeIn},
	...{thread: notice.thread, service: notice.service, incident: notice.incident, deploy: notice.deploy},
	...{words: JSON.stringify(notice.words), made_at: at, since: at, due_at: at, state: 'waiting', message: null, attempts: 0},
	...{tried_at: null, ended_at: null, reason: null, delivered: '[]', lease_until: null, lease_by: null},
});

/** What became of an attempt, as the outbox keeps it. */
export type NoticeEnd =
	| {readonly state: 'sent'; readonly reason: string | null; readonly delivered: readonly string[]}
	| {readonly state: 'failed'; readonly reason: string; readonly delivered: readonly string[]}
	| {readonly state: 'waiting'; readonly reason: string; readonly dueAt: Instant; readonly delivered: readonly string[]};

export const outboxStore = (sql: Knex) => {
	const heads = async (targets: readonly string[]): Promise<Row[]> => {
		if (targets.length === 0) return [];
		const firsts = (await sql<Row>('notices')
			.where({state: 'waiting'})
			.whereIn('target', [...targets])
			.groupBy('target')
			.min({position: 'position'})) as {position: number | string}[];
		const positions = firsts.map(({position}) => Number(position));
		return sql<Row>('notices').whereIn('position', positions).orderBy('position');
	};
	const isDue = (row: Row, at: Instant): boolean => row.due_at <= at && (row.lease_until === null || row.lease_until <= at);

	/** Those that go out with this one: as they went out before, else all that wait where they are many, else those of its transaction. */
	const groupOf = async (head: Row): Promise<Row[]> => {
		const waiting = sql<Row>('notices').where({state: 'waiting', target: head.target}).orderBy('position').limit(groupMax);
		if (head.message !== null) return waiting.where({message: head.message});
		const all = await waiting.whereNull('message');
		if (all.length > foldedOver) return all;
		return all.filter(row => row.made_in === head.made_in && row.thread === head.thread);
	};

	return {
		/** Adds notices; one that is there already for this event and target is left as it is. */
		async add(notices: readonly NewNotice[], at: Instant): Promise<void> {
			for (let index = 0; index < notices.length; index += rowsPerInsert) {
				const rows = notices.slice(index, index + rowsPerInsert).map(notice => toRow(notice, at));
				await sql('notices').insert(rows).onConflict(['target', 'event']).ignore();
			}
		},
		/** Targets whose first waiting notice is due and in nobody's hands. */
		async dueTargets(targets: readonly string[], at: Instant): Promise<string[]> {
			return (await heads(targets)).filter(row => isDue(row, at)).map(({target}) => target);
		},
		/** Takes what is due first for a target, with all that goes out with it; empty where nothing is, or another process has it. */
		async claim(target: string, by: string, at: Instant, leaseUntil: Instant): Promise<StoredNotice[]> {
			const [head] = await heads([target]);
			if (!head || !isDue(head, at)) return [];
			const group = await groupOf(head);
			const message = head.message ?? head.id;
			const claimed = {message, lease_until: leaseUntil, lease_by: by, tried_at: at, attempts: head.attempts + 1};
			await sql<Row>('notices')
				.whereIn(
					'position',
					group.map(({position}) => position),
				)
				.update(claimed);
			return group.map(row => fromRow({...row, ...claimed}));
		},
		/** What became of a message, unless another process took it over meanwhile. */
		async end(message: string, by: string, end: NoticeEnd, at: Instant): Promise<void> {
			await sql<Row>('notices')
				.where({message, lease_by: by, state: 'waiting'})
				.update({
					...{state: end.state, reason: end.reason?.slice(0, reasonMax) ?? null, delivered: JSON.stringify(end.delivered)},
					...{lease_until: null, lease_by: null, ended_at: end.state === 'waiting' ? null : at},
					...(end.state === 'waiting' ? {due_at: end.dueAt} : {}),
				});
		},
		async get(id: string): Promise<StoredNotice | null> {
			const row = await sql<Row>('notices').where({id}).first();
			return row ? fromRow(row) : null;
		},
		/** Newest first. */
		async list(atMost: number, {state, target, before}: NoticeFilter = {}): Promise<StoredNotice[]> {
			const query = sql<Row>('notices').orderBy('position', 'desc').limit(atMost);
			if (state !== undefined) query.where({state});
			if (target !== undefined) query.where({target});
			if (before !== undefined) query.where('position', '<', before);
			return (await query).map(fromRow);
		},
		/** Due now, with all days before it once more. Those of one message are sent as one again. */
		async sendAgain(notice: StoredNotice, at: Instant): Promise<void> {
			const again = {state: 'waiting', due_at: at, since: at, attempts: 0, ended_at: null, lease_until: null, lease_by: null} as const;
			const query = sql<Row>('notices').whereIn('state', ['waiting', 'failed', 'given_up']);
			await (notice.message === null ? query.where({id: notice.id}) : query.where({message: notice.message})).update(again);
		},
		async giveUp(notice: StoredNotice, reason: string, at: Instant): Promise<void> {
			const query = sql<Row>('notices').whereIn('state', ['waiting', 'failed']);
			await (notice.message === null ? query.where({id: notice.id}) : query.where({message: notice.message})).update({
				...{state: 'given_up', reason: reason.slice(0, reasonMax), ended_at: at, lease_until: null, lease_by: null},
			});
		},
		/** The words that repeat an event which was redacted go too. */
		async forget(event: string): Promise<void> {
			await sql<Row>('notices').where({event}).update({words: null});
		},
		/** What waits for targets that are not configured any more, since before `since`, is failed. */
		async failOthers(targets: readonly string[], since: Instant, at: Instant): Promise<void> {
			await sql<Row>('notices')
				.where({state: 'waiting'})
				.whereNotIn('target', [...targets])
				.andWhere('since', '<', since)
				.update({state: 'failed', reason: 'the configuration has no such target any more', ended_at: at});
		},
		/** Removes what ended before an instant. */
		async prune(before: Instant): Promise<void> {
			await sql<Row>('notices').whereIn('state', ['sent', 'given_up']).andWhere('ended_at', '<', before).delete();
		},
		/** How each target stands that has anything waiting or failed. */
		async standing(): Promise<OutboxTarget[]> {
			const counted = (await sql<Row>('notices')
				.whereIn('state', ['waiting', 'failed'])
				.groupBy('target', 'state')
				.orderBy('target')
				.select('target', 'state')
				.count({count: '*'})
				.min({oldest: 'made_at'})
				.max({position: 'position'})) as unknown as {target: string; state: string; count: number | string; oldest: string}[];
			const targets = [...new Set(counted.map(({target}) => target))];
			return Promise.all(
				targets.map(async target => {
					const of = (state: string) => counted.find(row => row.target === target && row.state === state);
					const tried = await sql<Row>('notices')
						.where({target})
						.whereIn('state', ['waiting', 'failed'])
						.whereNotNull('reason')
						.orderBy('tried_at', 'desc', 'last')
						.orderBy('position', 'desc')
						.first();
					return {
						...{target, waiting: Number(of('waiting')?.count ?? 0), failed: Number(of('failed')?.count ?? 0)},
						...{oldestWaitingAt: of('waiting')?.oldest ?? null, reason: tried?.reason ?? null},
					};
				}),
			);
		},
	};
};
