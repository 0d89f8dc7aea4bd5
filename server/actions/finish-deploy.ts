/** Closes a deploy because a person or an announcement says that it ended. "Finished" is not success: what was seen decides that. */
import type {AttemptOutcome} from '../../gate/lifecycle.ts';
import type {Actor, EventSource} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import type {DeployAttempt} from '../stores/deploys.ts';
import {type Deps, type Writing, writing} from './deps.ts';
import {nameService} from './name-service.ts';
import {asked, madeBefore} from './once.ts';

export type Ending = {
	readonly actor: Actor;
	readonly source: EventSource;
	readonly outcome: AttemptOutcome;
	readonly text: string;
	readonly idempotencyKey?: string;
	/** Kept with the event, beside its outcome. */
	readonly data?: Readonly<Record<string, unknown>>;
};

/** A stop that nobody went on from is not made good by the word "finished". */
const endOf = (attempt: DeployAttempt, said: AttemptOutcome): AttemptOutcome =>
	attempt.state === 'stopped' && said === 'finished' ? 'unknown' : said;

/** Closes one attempt in the transaction at hand. */
export async function closeAttempt(stores: Writing, attempt: DeployAttempt, ending: Ending): Promise<AttemptOutcome> {
	const outcome = endOf(attempt, ending.outcome);
	await stores.deploys.setState(attempt, 'closed', outcome, stores.at);
	stores.say({
		...{kind: outcome === 'aborted' ? 'deploy_aborted' : 'deploy_finished', source: ending.source, actor: ending.actor},
		...{service: attempt.service, deploy: attempt.deploy, attempt: attempt.attempt, incident: attempt.incident},
		...{text: `${attempt.deploy}/${attempt.attempt} is closed (${outcome}): ${ending.text}`, data: {outcome, ...ending.data}},
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

export type Closed = {readonly deploy: string; readonly attempt: number; readonly outcome: AttemptOutcome};

async function openOnes(stores: Writing, service: string, deploy: string | undefined): Promise<DeployAttempt[]> {
	const all = await stores.deploys.open(service);
	const open = all.filter(attempt => deploy === undefined || attempt.deploy === deploy);
	if (open.length > 0) return open;
	if (deploy === undefined) throw new AppError('conflict', `No deploy of ${service} is open: there is nothing to finish.`);
	if ((await stores.deploys.attemptsOf(deploy)).length === 0)
		throw new AppError('not-found', `There is no deploy ${deploy.slice(0, 100)}.`);
	throw new AppError('conflict', `${deploy} is closed already.`);
}

/** `signalbox finish`: closes every open attempt of the service. Asked again with the same key, what it closed stays closed. */
export function finishDeploy(deps: Deps, request: FinishRequest): Promise<{closed: Closed[]}> {
	const service = nameService(deps.config, request.service);
	return writing(deps, async stores => {
		const {idempotencyKey, ...question} = request;
		const before = await madeBefore(stores, idempotencyKey, 'closure', question);
		if (before !== null)
			return {closed: (before.data['closed'] as Closed[]).map(({deploy, attempt, outcome}) => ({deploy, attempt, outcome}))};
		const open = await openOnes(stores, service.name, request.deploy);
		const closed = open.map(attempt => ({deploy: attempt.deploy, attempt: attempt.attempt, outcome: endOf(attempt, 'finished')}));
		for (const [index, attempt] of open.entries()) {
			await closeAttempt(stores, attempt, {
				...{actor: request.actor, source: 'human', outcome: 'finished', text: request.text},
				// The first of them stands for the request; the others are known by it.
				...(index === 0
					? {idempotencyKey, data: {closed, ...asked('closure', question)}}
					: {idempotencyKey: `${idempotencyKey} ${attempt.deploy}/${attempt.attempt}`}),
			});
		}
		return {closed};
	});
}
