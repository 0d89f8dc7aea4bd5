/** Events as a list: a page at a time, oldest first, as they happened. */
import type {Knex} from 'knex';
import type {TimelineEvent} from '../../reports/events.ts';
import type {ListPlace} from '../cursor.ts';
import {type EventFilter, findEvents} from './timeline.ts';

/** What an event is placed by in its list. */
export const eventKey = ({happenedAt, seq}: TimelineEvent): ListPlace['key'] => [happenedAt, seq];
export const eventKeyKinds = ['string', 'number'] as const;

/** Those behind `place`, at most `limit`, and whether there are more. One that is recorded late, before a place that was passed, is not seen by going on. */
export async function listEvents(
	sql: Knex,
	filter: EventFilter,
	limit: number,
	place: ListPlace | null,
): Promise<{readonly rows: readonly TimelineEvent[]; readonly hasNext: boolean}> {
	const [happenedAt, seq] = place?.key ?? [];
	const behind = typeof happenedAt === 'string' && typeof seq === 'number' ? {happenedAt, seq} : null;
	const read = await findEvents(sql, filter, limit + 1, behind);
	return {rows: read.slice(0, limit), hasNext: read.length > limit};
}
