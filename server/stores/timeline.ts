/**
 * The timeline: append-only, hash-chained.
 *
 *     hash = sha256(hash before \n seq \n kind \n happened_at \n recorded_at \n sha256(payload))
 *
 * The payload is the canonical text of everything else that was said. `redact` erases it and keeps its sha256, so the chain still
 * verifies; what identifies a row (seq, kind, times) stays readable.
 */
import type {Knex} from 'knex';
import type {Instant} from '../../gate/facts.ts';
import type {EventKind, NewEvent, TimelineEvent} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import {canonical, sha256} from '../canonical.ts';
import type {Transaction} from './database.ts';
import {knownEvents, saysTheSame} from './known-events.ts';
import {rowsOf} from './rows.ts';

// Far below what either engine binds in one statement (SQLite 32,766, PostgreSQL 65,535).
const rowsPerInsert = 400;
const verifyPageRows = 2000;
/** What the first event follows. */
const noHash = '0'.repeat(64);

type Row = {
	seq: number | string;
	kind: string;
	happened_at: string;
	recorded_at: string;
	service: string | null;
	deploy: string | null;
	attempt: number | null;
	incident: string | null;
	idempotency_key: string;
	payload: string | null;
	payload_sha256: string;
	hash: string;
};

type Payload = Omit<NewEvent, 'kind' | 'happenedAt'>;

const payloadOf = ({kind: _kind, happenedAt: _happenedAt, ...payload}: NewEvent): string => canonical(payload);

const chain = (before: string, row: Pick<Row, 'seq' | 'kind' | 'happened_at' | 'recorded_at' | 'payload_sha256'>): string =>
	sha256([before, row.seq, row.kind, row.happened_at, row.recorded_at, row.payload_sha256].join('\n'));

const erased = (row: Row): Payload => ({
	source: 'human',
	actor: {kind: 'system', name: 'redacted'},
	precision: 'ms',
	text: 'redacted',
	data: {},
	service: row.service,
	deploy: row.deploy,
	attempt: row.attempt,
	incident: row.incident,
	idempotencyKey: row.idempotency_key,
});

function fromRow(row: Row): TimelineEvent {
	const payload = row.payload === null ? erased(row) : (JSON.parse(row.payload) as Payload);
	return {
		...payload,
		kind: row.kind as EventKind,
		happenedAt: row.happened_at,
		seq: Number(row.seq),
		recordedAt: row.recorded_at,
		hash: row.hash,
		redacted: row.payload === null,
	};
}

export type EventFilter = {deploy?: string; attempt?: number; incident?: string; service?: string; from?: Instant; to?: Instant};

export type Appended = {
	readonly stored: number;
	readonly duplicates: number;
	/** Keys under which something else is stored: their events were not stored. */
	readonly conflicts: readonly string[];
	readonly head: {readonly seq: number; readonly hash: string};
};

/** What `verify` found: the first row that does not fit, or the head of a chain that does. */
export type ChainReport =
	| {readonly intact: true; readonly events: number; readonly redacted: number; readonly head: string}
	| {readonly intact: false; readonly seq: number; readonly problem: string};

// Written out rather than built by Knex, whose multi-row form costs more than the insert itself; every engine reads it.
const insertColumns: readonly (keyof Row)[] = [
	...(['seq', 'kind', 'happened_at', 'recorded_at', 'service', 'deploy', 'attempt', 'incident'] as const),
	...(['idempotency_key', 'payload', 'payload_sha256', 'hash'] as const),
];
const marks = (count: number): string => new Array(count).fill('?').join(',');
const insertText = (rows: number): string =>
	`insert into events (${insertColumns.join(',')}) values ${new Array(rows).fill(`(${marks(insertColumns.length)})`).join(',')}`;

/** The row that follows on a head; moves the head. */
function nextRow(head: Transaction['head'], event: NewEvent, recordedAt: Instant): Row {
	const payload = payloadOf(event);
	const row: Row = {
		seq: head.seq + 1,
		kind: event.kind,
		happened_at: event.happenedAt,
		recorded_at: recordedAt,
		service: event.service,
		deploy: event.deploy,
		attempt: event.attempt,
		incident: event.incident,
		idempotency_key: event.idempotencyKey,
		payload,
		payload_sha256: sha256(payload),
		hash: '',
	};
	row.hash = chain(head.hash, row);
	head.seq += 1;
	head.hash = row.hash;
	return row;
}

/**
 * Adds several senders' events at the end of the chain, in the order given, and answers each: an event whose idempotency key is stored
 * already is skipped and counted, or named where something else is stored under it, and each head is the one after that sender's events.
 * It moves `transaction.head`, so several calls in one transaction follow each other.
 */
export async function appendBatches(
	transaction: Transaction,
	batches: readonly (readonly NewEvent[])[],
	recordedAt: Instant,
): Promise<Appended[]> {
	const {sql, head} = transaction;
	const known = await knownEvents(
		sql,
		batches.flatMap(events => events.map(event => event.idempotencyKey)),
	);
	const rows: Row[] = [];
	const answers = batches.map(events => {
		const before = rows.length;
		const conflicts: string[] = [];
		for (const event of events) {
			const stored = known.get(event.idempotencyKey);
			if (stored !== undefined && !saysTheSame(stored, event)) conflicts.push(event.idempotencyKey);
			if (stored !== undefined) continue;
			const row = nextRow(head, event, recordedAt);
			known.set(event.idempotencyKey, row);
			rows.push(row);
		}
		const stored = rows.length - before;
		return {stored, duplicates: events.length - stored - conflicts.length, conflicts, head: {...head}};
	});
	for (let index = 0; index < rows.length; index += rowsPerInsert) {
		const some = rows.slice(index, index + rowsPerInsert);
		await sql.raw(
			insertText(some.length),
			some.flatMap(row => insertColumns.map(column => row[column])),
		);
	}
	if (rows.length > 0) await sql.raw('update chain_head set seq = ?, hash = ? where id = 1', [head.seq, head.hash]);
	return answers;
}

/** Adds one sender's events at the end of the chain; see appendBatches. */
export async function appendEvents(transaction: Transaction, events: readonly NewEvent[], recordedAt: Instant): Promise<Appended> {
	const [answer] = await appendBatches(transaction, [events], recordedAt);
	return answer ?? {stored: 0, duplicates: 0, conflicts: [], head: {...transaction.head}};
}

/** The event of that key, or null. */
export async function findByKey(sql: Knex, idempotencyKey: string): Promise<TimelineEvent | null> {
	const row = await sql<Row>('events').where({idempotency_key: idempotencyKey}).first();
	return row ? fromRow(row) : null;
}

/** Events that fit every part of the filter, by happened_at then seq; `from` is in, `to` is out. `behind` is the place of the last one seen. */
export async function findEvents(
	sql: Knex,
	filter: EventFilter,
	atMost = 10_000,
	behind: {readonly happenedAt: Instant; readonly seq: number} | null = null,
): Promise<TimelineEvent[]> {
	const query = sql<Row>('events').orderBy('happened_at').orderBy('seq').limit(atMost);
	if (behind !== null) query.whereRaw('(happened_at, seq) > (?, ?)', [behind.happenedAt, behind.seq]);
	if (filter.deploy !== undefined) query.where('deploy', filter.deploy);
	if (filter.attempt !== undefined) query.where('attempt', filter.attempt);
	if (filter.incident !== undefined) query.where('incident', filter.incident);
	if (filter.service !== undefined) query.where('service', filter.service);
	if (filter.from !== undefined) query.where('happened_at', '>=', filter.from);
	if (filter.to !== undefined) query.where('happened_at', '<', filter.to);
	return (await query).map(fromRow);
}

/** The newest events as they were recorded, newest first. */
export async function newestEvents(sql: Knex, atMost: number): Promise<TimelineEvent[]> {
	return (await sql<Row>('events').orderBy('seq', 'desc').limit(atMost)).map(fromRow);
}

/** Whom events touch, without what they say: the newest so many after a number, oldest first. */
export async function tracesAfter(
	sql: Knex,
	seq: number,
	atMost: number,
): Promise<{seq: number; recordedAt: Instant; service: string | null; deploy: string | null; incident: string | null}[]> {
	const rows = await sql<Row>('events')
		.where('seq', '>', seq)
		.orderBy('seq', 'desc')
		.limit(atMost)
		.select('seq', 'recorded_at', 'service', 'deploy', 'incident');
	return rows
		.map(row => ({
			...{seq: Number(row.seq), recordedAt: row.recorded_at, service: row.service, deploy: row.deploy, incident: row.incident},
		}))
		.reverse();
}

export async function chainHead(sql: Knex): Promise<{seq: number; hash: string}> {
	const row = await sql<{id: number; seq: number | string; hash: string}>('chain_head').where({id: 1}).first();
	return {seq: Number(row?.seq ?? 0), hash: row?.hash ?? noHash};
}

/** Erases text, actor and data of one event for good, and says so in a new one. */
export async function redactEvent(
	transaction: Transaction,
	seq: number,
	notice: (event: TimelineEvent) => NewEvent,
	recordedAt: Instant,
): Promise<void> {
	const row = await transaction.sql<Row>('events').where({seq}).first();
	if (!row) throw new AppError('not-found', `There is no event ${seq}; the newest is ${transaction.head.seq}.`);
	if (row.payload === null) throw new AppError('conflict', `Event ${seq} is redacted already.`);
	await transaction.sql<Row>('events').where({seq}).update({payload: null});
	await appendEvents(transaction, [notice(fromRow(row))], recordedAt);
}

function problemOf(row: Row, expectedSeq: number, before: string): string | null {
	if (Number(row.seq) !== expectedSeq) return `event ${expectedSeq} is missing: after it comes ${row.seq}`;
	if (chain(before, row) !== row.hash) return 'its hash does not follow from the event before it, its kind, its times and its payload';
	if (row.payload === null) return null;
	if (sha256(row.payload) !== row.payload_sha256) return 'its payload was changed after it was recorded';
	const payload = JSON.parse(row.payload) as Payload;
	const columns: readonly (readonly [unknown, unknown])[] = [
		[payload.service, row.service],
		[payload.deploy, row.deploy],
		[payload.attempt, row.attempt],
		[payload.incident, row.incident],
		[payload.idempotencyKey, row.idempotency_key],
	];
	return columns.every(([said, stored]) => said === stored) ? null : 'the columns it is found by differ from its payload';
}

/** Walks the whole chain in pages. With `expectedHead`, the hash must occur in the chain: printed heads can be held against it later. */
export async function verifyChain(sql: Knex, expectedHead?: string): Promise<ChainReport> {
	const stored = await chainHead(sql);
	let before = noHash;
	let seq = 0;
	let redacted = 0;
	let seen = expectedHead === undefined || expectedHead === noHash;
	for (;;) {
		const rows = await sql<Row>('events').where('seq', '>', seq).andWhere('seq', '<=', stored.seq).orderBy('seq').limit(verifyPageRows);
		if (rows.length === 0) break;
		for (const row of rows) {
			const problem = problemOf(row, seq + 1, before);
			if (problem) return {intact: false, seq: seq + 1, problem};
			seq = Number(row.seq);
			before = row.hash;
			if (row.payload === null) redacted += 1;
			if (row.hash === expectedHead) seen = true;
		}
	}
	if (seq !== stored.seq || before !== stored.hash)
		return {
			intact: false,
			seq: seq + 1,
			problem: `the chain ends at event ${seq}, but its head says ${stored.seq}: the newest events are gone`,
		};
	const [beyond] = await rowsOf<{count: number | string}>(
		sql,
		'select count(*) as count from events where seq > (select seq from chain_head where id = 1)',
	);
	if (Number(beyond?.count ?? 0) > 0)
		return {
			intact: false,
			seq: seq + 1,
			problem: `${beyond?.count} rows stand behind the head of the chain: they were not written by Signalbox`,
		};
	if (!seen)
		return {
			intact: false,
			seq,
			problem: `the head ${expectedHead?.slice(0, 80)} that was given is nowhere in this chain: events were taken away or rewritten since it was printed`,
		};
	return {intact: true, events: seq, redacted, head: before};
}
