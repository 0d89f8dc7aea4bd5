/** Events by their idempotency keys: what is stored already, and whether it is what is sent now. */
import type {Knex} from 'knex';
import type {NewEvent} from '../../reports/events.ts';
import {canonical} from '../canonical.ts';
import {rowsOf} from './rows.ts';

// Far below what either engine binds in one statement.
const keysPerQuery = 400;

type Known = {readonly idempotency_key: string; readonly kind: string; readonly payload: string | null};
type Said = Pick<NewEvent, 'source' | 'actor' | 'text' | 'data' | 'service'>;

/** The events of these keys that are stored, by key. */
export async function knownEvents(sql: Knex, keys: readonly string[]): Promise<Map<string, Known>> {
	const known = new Map<string, Known>();
	for (let index = 0; index < keys.length; index += keysPerQuery) {
		const some = keys.slice(index, index + keysPerQuery);
		const rows = await rowsOf<Known>(
			sql,
			`select idempotency_key, kind, payload from events where idempotency_key in (${some.map(() => '?').join(',')})`,
			some,
		);
		for (const row of rows) known.set(row.idempotency_key, row);
	}
	return known;
}

/**
 * Whether an event says what is stored under its key. When it happened and where it belongs to (deploy, attempt, incident) are not compared:
 * the same line is known to the minute in one source and to the second in another, and where it belongs is found out when it comes in.
 * What was erased cannot be told apart any more.
 */
export function saysTheSame({kind, payload}: Known, event: NewEvent): boolean {
	if (payload === null) return true;
	const content = ({source, actor, text, data, service}: Said): string => canonical({source, actor, text, data, service});
	return kind === event.kind && content(JSON.parse(payload) as Said) === content(event);
}
