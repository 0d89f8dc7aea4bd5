/** Closes a deploy because a person or an announcement says that it ended. "Finished" is not success: what was seen decides that. */
import type {AttemptOutcome} from '../../gate/lifecycle.ts';
import type {Actor, EventSource} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import type {DeployAttempt} from '../stores/deploys.ts';
import {findByKey} from '../stores/timeline.ts';
import {type Deps, type Writing, writing} from './deps.ts';
import {nameService} from './name-service.ts';

export type Ending = {
	readonly actor: Actor;
	readonly source: EventSource;
	readonly outcome: AttemptOutcome;
	readonly text: string;
	readonly idempotencyKey?: string;
};

/** Closes one attempt in the transaction at hand. A stop that nobody went on from is not made good by the word "finished". */
export async function closeAttempt(stores: Writing, attempt: DeployAttempt, ending: Ending): Promise<AttemptOutcome> {
	const outcome = attempt.state === 'stopped' && ending.outcome === 'finished' ? 'unknown' : ending.outcome;
	await stores.deploys.setState(attempt, 'closed', outcome, stores.at);
	stores.say({
		...{kind: outcome === 'aborted' ? 'deploy_aborted' : 'deploy_finished', source: ending.source, actor: ending.actor},
		...{service: attempt.service, deploy: attempt.deploy, attempt: attempt.attempt, incident: attempt.incident},
		...{text: `${attempt.deploy}/${attempt.attempt} is closed (${outcome}): ${ending.text}`, data: {outcome}},
		...(ending.idempotencyKey === undefined ? {} : {idempotencyKey: ending.idempotencyKey}),
	});
	return outcome;
}

export type FinishRequest = {
	readonly service: string;
	readonly actor: Actor;
	readonly text: string;
	readonly idempotencyKey: string;
	/** Only this one; every open one of the service unless said. */
	readonly deploy?: string;
};

type Closed = {readonly deploy: string; readonly attempt: number; readonly outcome: AttemptOutcome};

async function closedBefore(stores: Writing, deploy: string, idempotencyKey: string): Promise<{closed: Closed[]}> {
	const last = (await stores.deploys.attemptsOf(deploy)).at(-1);
	if (last === undefined) throw new AppError('not-found', `There is no deploy ${deploy.slice(0, 100)}.`);
	const before = await findByKey(stores.transaction.sql, `${idempotencyKey} ${deploy}/${last.attempt}`);
	if (before === null || last.outcome === null) throw new AppError('conflict', `${deploy} is closed already.`);
	return {closed: [{deploy, attempt: last.attempt, outcome: last.outcome}]};
}

/** `signalbox finish`: closes every open attempt of the service. Asked again with the same key, what it closed stays closed. */
export function finishDeploy(deps: Deps, request: FinishRequest): Promise<{closed: Closed[]}> {
	const service = nameService(deps.config, request.service);
	return writing(deps, async stores => {
		const all = await stores.deploys.open(service.name);
		const open = all.filter(({deploy}) => request.deploy === undefined || deploy === request.deploy);
		if (open.length === 0 && request.deploy !== undefined) return closedBefore(stores, request.deploy, request.idempotencyKey);
		if (open.length === 0) throw new AppError('conflict', `No deploy of ${service.name} is open: there is nothing to finish.`);
		const closed: Closed[] = [];
		for (const attempt of open) {
			const outcome = await closeAttempt(stores, attempt, {
				actor: request.actor,
				source: 'human',
				outcome: 'finished',
				text: request.text,
				idempotencyKey: `${request.idempotencyKey} ${attempt.deploy}/${attempt.attempt}`,
			});
			closed.push({deploy: attempt.deploy, attempt: attempt.attempt, outcome});
		}
		return {closed};
	});
}
