/** Opens the post-mortem form of an incident, in the transaction of the first thing that is written in it. */
import type {Actor} from '../../reports/events.ts';
import {questionSet} from '../../reports/meeting.ts';
import {AppError} from '../app-error.ts';
import type {StoredIncident} from '../stores/incidents.ts';
import type {StoredMeeting} from '../stores/meetings.ts';
import type {Sayable, Stores, Writing} from './deps.ts';

/** The incident, or a 404. */
export async function knownIncident(stores: Stores, id: string): Promise<StoredIncident> {
	const incident = await stores.incidents.get(id);
	if (!incident) throw new AppError('not-found', `There is no incident ${id.slice(0, 100)}.`);
	return incident;
}

/** What an event of the meeting is about. Routine: the report says what was answered, the timeline only that it was. */
export const aboutMeeting = (
	incident: StoredIncident,
	author: Actor,
): Pick<Sayable, 'source' | 'actor' | 'service' | 'deploy' | 'attempt' | 'incident'> => ({
	...{source: 'meeting', actor: author, service: incident.service, deploy: incident.deploy, attempt: incident.attempt},
	incident: incident.id,
});

/** The meeting of the incident; the first to write opens it. */
export async function openMeeting(stores: Writing, incident: StoredIncident, author: Actor): Promise<StoredMeeting> {
	const known = await stores.meetings.get(incident.id);
	if (known) return known;
	const meeting: StoredMeeting = {id: `M-${incident.id}`, incident: incident.id, questionSet, openedAt: stores.at, openedBy: author};
	if (await stores.meetings.open(meeting)) {
		stores.say({
			...aboutMeeting(incident, author),
			...{kind: 'note', text: `The post-mortem form of ${incident.id} was opened.`, data: {meeting: meeting.id, questionSet}},
		});
		return meeting;
	}
	const raced = await stores.meetings.get(incident.id);
	if (!raced) throw new Error(`the meeting of ${incident.id} is neither new nor there`);
	return raced;
}
