/** Takes events from outside into the timeline: acknowledged means on disk, and the same key twice is stored once. */
import type {Actor, NewEvent} from '../../reports/events.ts';
import {type Appended, appendEvents, redactEvent} from '../stores/timeline.ts';
import {type Deps, reading, writing} from './deps.ts';

const near = 12 * 60 * 60 * 1000;

/** An event that names a service but no incident belongs to the incident of that service that was going on when it happened. */
async function placed(deps: Deps, events: readonly NewEvent[]): Promise<NewEvent[]> {
	const services = new Set(
		events
			.filter(event => event.service !== null && event.incident === null && event.deploy === null && event.source === 'human')
			.map(event => event.service),
	);
	if (services.size === 0) return [...events];
	const open = await reading(deps).incidents.list(100, {statuses: ['suspected', 'open', 'mitigated']});
	return events.map(event => {
		if (event.incident !== null || event.deploy !== null || event.source !== 'human') return event;
		const found = open.find(
			incident => incident.service === event.service && Date.parse(event.happenedAt) - Date.parse(incident.openedAt) > -near,
		);
		return found ? {...event, incident: found.id, deploy: found.deploy, attempt: found.attempt} : event;
	});
}

export async function recordEvents(deps: Deps, events: readonly NewEvent[]): Promise<Appended> {
	const whole = await placed(deps, events);
	return deps.database.transact(transaction => appendEvents(transaction, whole, deps.clock.now()));
}

/** Erases what one event says, for a leaked secret; the chain still verifies. */
export function redact(deps: Deps, seq: number, reason: string, actor: Actor): Promise<void> {
	return writing(deps, stores =>
		redactEvent(
			stores.transaction,
			seq,
			event => ({
				...{
					kind: 'redacted',
					source: 'human',
					actor,
					happenedAt: stores.at,
					precision: 'ms',
					text: `Event ${seq} was redacted: ${reason}`,
					data: {seq},
				},
				...{
					service: event.service,
					deploy: event.deploy,
					attempt: event.attempt,
					incident: event.incident,
					idempotencyKey: `redact ${seq}`,
				},
			}),
			stores.at,
		),
	);
}
