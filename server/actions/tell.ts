/**
 * Who is told of what: called with all events of a transaction, so that no action can forget it. Notices are written with the events and
 * sent afterwards, by send-notices.ts.
 */
import {createHash} from 'node:crypto';
import type {Instant} from '../../gate/facts.ts';
import type {NewEvent} from '../../reports/events.ts';
import {isAskedFor, isNews, noticeKindOf, noticeOf} from '../../reports/notice.ts';
import type {NoticeTarget} from '../config.ts';
import type {Transaction} from '../stores/database.ts';
import {incidentStore} from '../stores/incidents.ts';
import {type NewNotice, outboxStore} from '../stores/outbox.ts';
import {findByKey} from '../stores/timeline.ts';
import type {Deps} from './deps.ts';

function isFor(target: NoticeTarget, event: NewEvent): boolean {
	const kind = noticeKindOf(event);
	if (kind === null || !isAskedFor(kind, event, target.about)) return false;
	return target.services === null || (event.service !== null && target.services.includes(event.service));
}

/** Mails of one incident, or of one deploy without one, stand together. The time keeps apart what two installations call by one name. */
function threadOf(event: NewEvent, incident: {readonly id: string; readonly openedAt: Instant} | null): string | null {
	if (incident !== null) return `${incident.id}.${Date.parse(incident.openedAt)}`;
	return event.deploy === null ? null : createHash('sha256').update(`${event.service} ${event.deploy}`).digest('hex').slice(0, 32);
}

/** Writes a notice for each event and each target that is to be told of it, in the transaction that holds the events. */
export async function tell(
	{config, newId}: Pick<Deps, 'config' | 'newId'>,
	transaction: Transaction,
	events: readonly NewEvent[],
	at: Instant,
): Promise<void> {
	const targets = [...config.notices.values()];
	const news = events.filter(event => isNews(event, at) && targets.some(target => isFor(target, event)));
	if (news.length === 0) return;
	const madeIn = newId();
	const incidents = incidentStore(transaction.sql);
	const notices: NewNotice[] = [];
	for (const event of news) {
		const stored = await findByKey(transaction.sql, event.idempotencyKey);
		// The key was used before, and this event is not in the timeline.
		if (stored?.recordedAt !== at || stored.kind !== event.kind) continue;
		const incident = event.incident === null ? null : await incidents.get(event.incident);
		const words = noticeOf(event, incident, transaction.head.hash);
		if (words === null) continue;
		const {service, deploy} = event;
		const about = {service, deploy, incident: event.incident, thread: threadOf(event, incident), madeIn, words};
		for (const target of targets.filter(each => isFor(each, event)))
			notices.push({...about, id: newId(), target: target.name, event: event.idempotencyKey});
	}
	await outboxStore(transaction.sql).add(notices, at);
}
