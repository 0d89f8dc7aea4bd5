/** An announcement is recorded, and closes deploys. It is believed in what it says was begun or given up, and in no "Finished". */

import {isOut} from '../../gate/lifecycle.ts';
import type {NewEvent} from '../../reports/events.ts';
import type {AnnouncementMeaning} from '../integrations/sal/meaning-for.ts';
import type {DeployAttempt} from '../stores/deploys.ts';
import {findEvents} from '../stores/timeline.ts';
import {type Deps, type Writing, writing} from './deps.ts';
import {closeAttempt} from './finish-deploy.ts';
import {endAsRolledBack, nameOf} from './know-rollback.ts';
import {restoreLanded} from './land.ts';
import {openIncident} from './open-incident.ts';
import {oweForSeen} from './rollback-debts.ts';

const recentMax = 20;

/** The open attempt that an announcement of this service is about: by its commit where it names one, else the newest. */
function attemptMeant(open: readonly DeployAttempt[], meaning: AnnouncementMeaning): DeployAttempt | null {
	const {sha7} = meaning;
	if (sha7 !== undefined) {
		const named = open.filter(attempt => attempt.targets.some(target => target.sha.startsWith(sha7)));
		if (named.length > 0) return named.at(-1) ?? null;
	}
	return open.at(-1) ?? null;
}

/** A rollback may be announced after the attempt was closed: it is about the newest that is out and was not taken back. */
async function closedMeant(stores: Writing, service: string): Promise<DeployAttempt | null> {
	const recent = await stores.deploys.recent(recentMax, service);
	return recent.find(attempt => isOut(attempt) && !attempt.rollback && attempt.outcome !== 'rolled-back') ?? null;
}

async function takenBack(deps: Deps, stores: Writing, attempt: DeployAttempt, event: NewEvent, byPerson: boolean): Promise<void> {
	const service = deps.config.services.get(attempt.service);
	// A rollback that is itself taken back leaves what it was to mend as it was; its incident is that of the first deploy.
	if (attempt.rollback) return restoreLanded(stores, service, attempt);
	const reachedUsers = attempt.stages.some(({stage}) => stage !== 'before' && stage !== 'testservers');
	const text = `${nameOf(attempt)} is announced as being taken back: ${event.text}`;
	const incident = await openIncident(stores, attempt, {
		...{by: byPerson ? 'human' : 'alert', source: 'announcement', actor: event.actor},
		// Taken back from the test servers, no user saw it: that is worth a look, and holds nobody.
		status: reachedUsers ? 'open' : 'suspected',
		...{what: `deploy ${nameOf(attempt)} taken back`, text},
	});
	await restoreLanded(stores, service, {...attempt, incident});
	const counted = {at: event.happenedAt, by: event.actor, from: attempt.targets, to: [], verified: null};
	await stores.incidents.addRollback(incident, {...counted, detail: `announced: ${event.text}`});
	await oweForSeen(stores, attempt, {incident, reason: event.text, author: event.actor});
	if (attempt.state === 'closed') await endAsRolledBack(stores, attempt);
	else await stores.deploys.setState(attempt, 'stopped', null, stores.at);
}

/** Whether anybody said that this attempt is being taken back; that it was stopped alone does not say so. */
async function wasTakenBack(stores: Writing, {deploy, attempt}: DeployAttempt): Promise<boolean> {
	const events = await findEvents(stores.transaction.sql, {deploy, attempt});
	return events.some(({kind}) => kind === 'rollback_started');
}

/** Stores the event with the deploy it is about, and does what follows from it, in one transaction. */
export function hearAnnouncement(deps: Deps, event: NewEvent, meaning: AnnouncementMeaning): Promise<void> {
	return writing(deps, async stores => {
		const {service, what} = meaning;
		const isRollback = what === 'rolling-back' || what === 'rolled-back-by-person';
		const open = service === null ? null : attemptMeant(await stores.deploys.open(service), meaning);
		const attempt = open ?? (service !== null && isRollback ? await closedMeant(stores, service) : null);
		const about = attempt === null ? {service} : {service, deploy: attempt.deploy, attempt: attempt.attempt, incident: attempt.incident};
		const isNew = await stores.sayOnce({...event, ...about});
		if (!isNew || attempt === null || what === null) return;
		if (isRollback) {
			if (isOut(attempt)) await takenBack(deps, stores, attempt, event, what === 'rolled-back-by-person');
			return;
		}
		const ending = {actor: event.actor, source: 'announcement', text: event.text} as const;
		const isBack = await wasTakenBack(stores, attempt);
		if (what === 'finished') await closeAttempt(stores, attempt, {...ending, outcome: isBack ? 'rolled-back' : 'finished'});
		// What is out stays out, and nobody says where: the next look at the checkouts will.
		else if (what === 'aborted' || what === 'failed')
			await closeAttempt(stores, attempt, {...ending, outcome: isBack ? 'rolled-back' : 'aborted'});
		else if (what === 'cancelled') await closeAttempt(stores, attempt, {...ending, outcome: 'aborted'});
	});
}
