/** An announcement is recorded, and closes deploys. It is believed in what it says was begun or given up, and in no "Finished". */

import {isOut} from '../../gate/lifecycle.ts';
import type {NewEvent} from '../../reports/events.ts';
import type {AnnouncementMeaning} from '../integrations/sal/meaning-for.ts';
import type {DeployAttempt} from '../stores/deploys.ts';
import {type Deps, type Writing, writing} from './deps.ts';
import {closeAttempt} from './finish-deploy.ts';
import {openIncident} from './open-incident.ts';
import {restoreLanded} from './take-back.ts';

/** The open attempt that an announcement of this service is about: by its commit where it names one, else the newest. */
function attemptMeant(open: readonly DeployAttempt[], meaning: AnnouncementMeaning): DeployAttempt | null {
	const {sha7} = meaning;
	if (sha7 !== undefined) {
		const named = open.filter(attempt => attempt.targets.some(target => target.sha.startsWith(sha7)));
		if (named.length > 0) return named.at(-1) ?? null;
	}
	return open.at(-1) ?? null;
}

async function takenBack(stores: Writing, attempt: DeployAttempt, event: NewEvent, byPerson: boolean): Promise<void> {
	const reachedUsers = attempt.stages.some(({stage}) => stage !== 'before' && stage !== 'testservers');
	await openIncident(stores, attempt, {
		...{by: byPerson ? 'human' : 'alert', source: 'announcement', actor: event.actor},
		// Taken back from the test servers, no user saw it: that is worth a look, and holds nobody.
		status: reachedUsers ? 'open' : 'suspected',
		...{
			what: `deploy ${attempt.deploy}/${attempt.attempt} taken back`,
			text: `${attempt.deploy}/${attempt.attempt} is announced as being taken back: ${event.text}`,
		},
	});
	await restoreLanded(stores, attempt);
	await stores.deploys.setState(attempt, 'stopped', null, stores.at);
}

/** Stores the event with the deploy it is about, and does what follows from it, in one transaction. */
export function hearAnnouncement(deps: Deps, event: NewEvent, meaning: AnnouncementMeaning): Promise<void> {
	return writing(deps, async stores => {
		const open = meaning.service === null ? [] : await stores.deploys.open(meaning.service);
		const attempt = attemptMeant(open, meaning);
		const about =
			attempt === null
				? {service: meaning.service}
				: {service: meaning.service, deploy: attempt.deploy, attempt: attempt.attempt, incident: attempt.incident};
		const isNew = await stores.say({...event, ...about});
		if (!isNew || attempt === null || meaning.what === null) return;
		if (meaning.what === 'rolling-back' || meaning.what === 'rolled-back-by-person') {
			if (isOut(attempt)) await takenBack(stores, attempt, event, meaning.what === 'rolled-back-by-person');
			return;
		}
		const ending = {actor: event.actor, source: 'announcement', text: event.text} as const;
		if (meaning.what === 'finished') {
			const wasRollingBack = attempt.state === 'stopped' && attempt.incident !== null;
			await closeAttempt(stores, attempt, {...ending, outcome: wasRollingBack ? 'rolled-back' : 'finished'});
		} else if (meaning.what === 'aborted' || meaning.what === 'failed' || meaning.what === 'cancelled') {
			// What is out stays out, and nobody says where: the next look at the checkouts will.
			await closeAttempt(stores, attempt, {...ending, outcome: 'aborted'});
		}
	});
}
