/** Opens an incident for a deploy attempt, in the transaction of what caused it. One deploy, at most one incident. */
import type {Incident} from '../../gate/facts.ts';
import type {Actor, EventSource} from '../../reports/events.ts';
import type {DeployAttempt} from '../stores/deploys.ts';
import type {Writing} from './deps.ts';

export type IncidentCause = {
	readonly by: 'gate' | 'human' | 'alert';
	readonly status: Extract<Incident['status'], 'suspected' | 'open'>;
	readonly source: EventSource;
	readonly actor: Actor;
	/** What happened, as the words after the service in the title: `errors on canaries`. */
	readonly what: string;
	/** The sentence of the event. */
	readonly text: string;
};

/** The incident of the attempt: the one it has, raised to `open` where it was only suspected, or a new one. */
export async function openIncident(stores: Writing, attempt: DeployAttempt, cause: IncidentCause): Promise<string> {
	const about = {service: attempt.service, deploy: attempt.deploy, attempt: attempt.attempt};
	if (attempt.incident !== null) {
		const known = await stores.incidents.get(attempt.incident);
		if (known?.status === 'suspected' && cause.status === 'open') {
			await stores.incidents.setStatus(attempt.incident, 'open');
			stores.say({
				...about,
				kind: 'incident_changed',
				source: cause.source,
				actor: cause.actor,
				incident: attempt.incident,
				text: `${attempt.incident} is open: ${cause.text}`,
			});
		}
		return attempt.incident;
	}
	const key = {deploy: attempt.deploy, attempt: attempt.attempt};
	const title = `${stores.at.slice(0, 10)} ${attempt.service}: ${cause.what}`;
	const opening = {service: attempt.service, key, title, status: cause.status, openedBy: cause.by, at: stores.at};
	const id = await stores.incidents.open({...opening, about: cause.text});
	if (id === null) {
		// Another transaction was first; the attempt as it was read here is older than that.
		const raced = await stores.deploys.get(key);
		return raced?.incident ?? '';
	}
	await stores.deploys.setIncident(key, id);
	stores.say({
		...about,
		kind: 'incident_opened',
		source: cause.source,
		actor: cause.actor,
		incident: id,
		text: `${id} ${cause.status === 'open' ? 'opened' : 'suspected'}: ${cause.text}`,
	});
	return id;
}
