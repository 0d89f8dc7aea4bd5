/** Meetings and what was typed in their fields: updates are appended, the newest accepted one is what a field says. */
import type {Knex} from 'knex';
import type {Instant} from '../../gate/facts.ts';
import type {Actor} from '../../reports/events.ts';
import type {Answer} from '../../reports/meeting.ts';
import {nextNumber} from './deploys.ts';

type MeetingRow = {id: string; incident: string; question_set: string; opened_at: string; opened_by: string};
type UpdateRow = {
	meeting: string;
	seq: number;
	op_id: string;
	field: string;
	base_version: number;
	version: number | null;
	outcome: 'accepted' | 'same' | 'conflict';
	text: string;
	generated: string | null;
	author: string;
	at: string;
};

export type StoredMeeting = {
	readonly id: string;
	readonly incident: string;
	readonly questionSet: string;
	readonly openedAt: Instant;
	readonly openedBy: Actor;
};

/** One save, whatever came of it. */
export type FieldUpdate = {
	/** Order among all updates of the meeting. */
	readonly seq: number;
	readonly opId: string;
	readonly field: string;
	readonly baseVersion: number;
	/** What the field's version became by it; null where the field did not change. */
	readonly version: number | null;
	/** `same`: the field said that already. `conflict`: somebody else had changed it since. */
	readonly outcome: UpdateRow['outcome'];
	readonly text: string;
	/** What the data said to whoever saved; null where it said nothing. */
	readonly generated: string | null;
	readonly author: Actor;
	readonly at: Instant;
};

const meetingFromRow = (row: MeetingRow): StoredMeeting => ({
	...{id: row.id, incident: row.incident, questionSet: row.question_set, openedAt: row.opened_at},
	openedBy: JSON.parse(row.opened_by) as Actor,
});

const updateFromRow = (row: UpdateRow): FieldUpdate => ({
	...{seq: row.seq, opId: row.op_id, field: row.field, baseVersion: row.base_version, version: row.version, outcome: row.outcome},
	...{text: row.text, generated: row.generated, author: JSON.parse(row.author) as Actor, at: row.at},
});

export const meetingStore = (sql: Knex) => ({
	/** The meeting of an incident, which has at most one. */
	async get(incident: string): Promise<StoredMeeting | null> {
		const row = await sql<MeetingRow>('meetings').where({incident}).first();
		return row ? meetingFromRow(row) : null;
	},
	/** False where the incident has a meeting already: another transaction was first. */
	async open(meeting: StoredMeeting): Promise<boolean> {
		const row: MeetingRow = {
			...{id: meeting.id, incident: meeting.incident, question_set: meeting.questionSet},
			...{opened_at: meeting.openedAt, opened_by: JSON.stringify(meeting.openedBy)},
		};
		const inserted = (await sql('meetings').insert(row).onConflict('incident').ignore().returning('id')) as unknown[];
		return inserted.length > 0;
	},
	/**
	 * The place of the next update. Who holds it holds the meeting until the transaction ends, so what is read after it is what the update
	 * follows on.
	 */
	nextSeq: (meeting: string): Promise<number> => nextNumber(sql, `updates of ${meeting}`),
	async add(meeting: string, update: FieldUpdate): Promise<void> {
		const row: UpdateRow = {
			...{meeting, seq: update.seq, op_id: update.opId, field: update.field, base_version: update.baseVersion, version: update.version},
			...{outcome: update.outcome, text: update.text, generated: update.generated, author: JSON.stringify(update.author), at: update.at},
		};
		await sql('meeting_updates').insert(row);
	},
	async byOp(meeting: string, field: string, opId: string): Promise<FieldUpdate | null> {
		const row = await sql<UpdateRow>('meeting_updates').where({meeting, field, op_id: opId}).first();
		return row ? updateFromRow(row) : null;
	},
	/** The update of that version, or the newest accepted one; null where there is none. */
	async current(meeting: string, field: string, version?: number): Promise<FieldUpdate | null> {
		const query = sql<UpdateRow>('meeting_updates').where({meeting, field, outcome: 'accepted'}).orderBy('version', 'desc');
		if (version !== undefined) query.where({version});
		const row = await query.first();
		return row ? updateFromRow(row) : null;
	},
	/** Newest first. */
	async updates(meeting: string, field: string, atMost: number): Promise<FieldUpdate[]> {
		const rows = await sql<UpdateRow>('meeting_updates').where({meeting, field}).orderBy('seq', 'desc').limit(atMost);
		return rows.map(updateFromRow);
	},
	/** How many saves a field has seen, those that lost included. */
	async countUpdates(meeting: string, field: string): Promise<number> {
		const row = await sql('meeting_updates').where({meeting, field}).count({count: '*'}).first();
		return Number(row?.['count'] ?? 0);
	},
	/** What each field says now, by field. */
	async answers(meeting: string): Promise<Answer[]> {
		const newest = sql('meeting_updates').where({meeting, outcome: 'accepted'}).groupBy('field').max('seq');
		const rows = await sql<UpdateRow>('meeting_updates').where({meeting}).whereIn('seq', newest).orderBy('field');
		return rows.map(row => {
			const {field, text, author, at, generated, version} = updateFromRow(row);
			return {field, text, version: version ?? 0, by: author.name, at, generated};
		});
	},
});
