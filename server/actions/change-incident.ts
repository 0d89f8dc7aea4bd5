/** What people say an incident is now: mitigated, resolved, closed, open again, or none at all. */
import type {Incident} from '../../gate/facts.ts';
import type {Actor} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import {type Deps, writing} from './deps.ts';
import {asked, madeBefore} from './once.ts';

export type IncidentStatus = Incident['status'];
export type IncidentChange = {
	readonly incident: string;
	readonly status: IncidentStatus;
	readonly reason: string;
	readonly actor: Actor;
	readonly idempotencyKey: string;
};

export function changeIncident(deps: Deps, change: IncidentChange): Promise<{id: string; status: IncidentStatus}> {
	return writing(deps, async stores => {
		const incident = await stores.incidents.get(change.incident);
		if (!incident) throw new AppError('not-found', `There is no incident ${change.incident.slice(0, 100)}.`);
		const {idempotencyKey, ...question} = change;
		if ((await madeBefore(stores, idempotencyKey, 'status', question)) !== null) return {id: incident.id, status: change.status};
		stores.say({
			...{kind: 'incident_changed', source: 'human', actor: change.actor, idempotencyKey},
			...{service: incident.service, deploy: incident.deploy, attempt: incident.attempt, incident: incident.id},
			text: `${incident.id} is ${change.status.replaceAll('_', ' ')} (was ${incident.status.replaceAll('_', ' ')}): ${change.reason}`,
			data: {status: change.status, was: incident.status, ...asked('status', question)},
		});
		await stores.incidents.setStatus(incident.id, change.status);
		return {id: incident.id, status: change.status};
	});
}
