/** An action item is to become an issue: said here, in the database first; made by sync-trackers.ts, which nobody waits for. */
import type {Actor} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import type {Config, IssuePlace} from '../config.ts';
import type {TrackerState} from '../stores/trackers.ts';
import {type Deps, writing} from './deps.ts';

export type TrackRequest = {readonly item: string; readonly actor: Actor; readonly idempotencyKey: string};
export type Tracked = {
	readonly item: string;
	readonly incident: string;
	readonly state: TrackerState;
	readonly repository: string;
	/** Null until it is made. */
	readonly url: string | null;
	readonly reason: string | null;
};

/** Where the action items of a service become issues; null where the configuration names no place. */
export function issuePlaceOf({github}: Pick<Config, 'github'>, service: string): (IssuePlace & {readonly repository: string}) | null {
	if (github === null) return null;
	const place = github.services.get(service) ?? github.usual;
	return place.repository === null ? null : {repository: place.repository, labels: place.labels};
}

const nowhere = (service: string): AppError =>
	new AppError(
		'conflict',
		`Nothing says where the action items of ${service} become issues: write github.action_items: owner/name into the configuration (docs/github.md).`,
	);

/** Asked again, nothing happens twice; what could not be made or was lost is tried once more. */
export function trackActionItem(deps: Deps, {item: id, actor, idempotencyKey}: TrackRequest): Promise<Tracked> {
	return writing(deps, async stores => {
		const item = await stores.actionItems.get(id);
		const incident = item === null ? null : await stores.incidents.get(item.incident);
		if (!item || !incident) throw new AppError('not-found', `There is no action item ${id.slice(0, 100)}.`);
		const before = await stores.trackers.get(id);
		const place = issuePlaceOf(deps.config, incident.service);
		if (before === null || before.state === 'failed' || before.state === 'lost') {
			if (place === null) throw nowhere(incident.service);
			const isNew = await stores.sayOnce({
				...{kind: 'follow_up', source: 'human', actor, service: incident.service, incident: incident.id, idempotencyKey},
				...{deploy: incident.deploy, attempt: incident.attempt},
				text: `${item.id} is to become an issue in ${place.repository}`,
				data: {item: item.id, repository: place.repository},
			});
			if (isNew) await stores.trackers.want({item: id, ...place, askedBy: actor}, stores.at);
		}
		const tracker = await stores.trackers.get(id);
		if (tracker === null) throw new AppError('conflict', 'The idempotency key was used for something else; send it with a key of its own.');
		return {
			...{item: id, incident: incident.id, state: tracker.state, repository: tracker.repository, reason: tracker.reason},
			url: item.tracker?.url ?? null,
		};
	});
}
