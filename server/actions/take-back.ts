/**
 * Taking a deploy back: saying so (which opens the incident, and writes down what is owed), and whether it was done. The plan is in
 * plan-take-back.ts.
 */
import type {Actor, TimelineEvent} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import type {ServiceConfig} from '../config.ts';
import type {DeployAttempt} from '../stores/deploys.ts';
import {type Deps, reading, type Stores, writing} from './deps.ts';
import {endAsRolledBack, nameOf} from './know-rollback.ts';
import {restoreLanded} from './land.ts';
import {nameService} from './name-service.ts';
import {asked, madeBefore} from './once.ts';
import {openIncident} from './open-incident.ts';
import {attemptToTakeBack, planFor, planRollback as planService, type RollbackPlan, takeBackOf} from './plan-take-back.ts';
import {oweDebts} from './rollback-debts.ts';

export type {RollbackPlan, RollbackStep, RollbackTarget} from './plan-take-back.ts';

/** The plan alone: nothing is recorded. */
export const planRollback = async (deps: Deps, service: string, deploy: string | null, reason: string): Promise<RollbackPlan> =>
	planService(deps, nameService(deps.config, service), deploy, reason);

/** The plan for the attempt that this very request took back before, which may be back by now. */
async function declaredBefore(
	stores: Stores,
	service: ServiceConfig,
	{deploy, attempt, incident}: TimelineEvent,
	reason: string,
	planned: (taken: DeployAttempt) => ReturnType<typeof takeBackOf>,
) {
	const taken = deploy === null || attempt === null ? null : await stores.deploys.get({deploy, attempt});
	if (taken === null) throw new Error(`the decision to take ${deploy}/${attempt} back names no attempt that is stored`);
	return {...(await planFor(stores, service, taken, reason, await planned(taken))), incident};
}

/** Says that a deploy is taken back: the decision is an event, the incident opens, and the plan is the answer. */
export async function declareRollback(
	deps: Deps,
	request: {service: string; deploy: string | null; reason: string; actor: Actor; idempotencyKey: string},
): Promise<RollbackPlan> {
	const service = nameService(deps.config, request.service);
	// Most of the plan is read before the transaction, which keeps others waiting; what moved meanwhile is planned anew.
	const seen = await attemptToTakeBack(reading(deps), service, request.deploy).catch(() => null);
	const early = seen === null ? null : await takeBackOf(deps, service, seen);
	const planned = async (attempt: DeployAttempt) =>
		early !== null && seen !== null && nameOf(seen) === nameOf(attempt) ? early : takeBackOf(deps, service, attempt);
	return writing(deps, async stores => {
		const {idempotencyKey, ...question} = request;
		const before = await madeBefore(stores, idempotencyKey, 'rollback', question);
		if (before !== null) return declaredBefore(stores, service, before, request.reason, planned);
		const attempt = await attemptToTakeBack(stores, service, request.deploy);
		const incident = await openIncident(stores, attempt, {
			...{by: 'human', status: 'open', source: 'human', actor: request.actor},
			...{what: request.reason, text: `${nameOf(attempt)} is taken back: ${request.reason}`},
		});
		const about = {service: service.name, deploy: attempt.deploy, attempt: attempt.attempt, incident};
		stores.say({
			...about,
			kind: 'decision',
			source: 'human',
			actor: request.actor,
			text: `Decided to take ${nameOf(attempt)} back: ${request.reason}`,
			data: asked('rollback', question),
			idempotencyKey,
		});
		const plan = await planFor(stores, service, {...attempt, incident}, request.reason, await planned(attempt));
		await oweDebts(stores, incident, plan.debts, request.actor);
		return {...plan, incident};
	});
}

export type RollbackResult = {
	readonly incident: string;
	readonly actor: Actor;
	readonly phase: 'started' | 'ended';
	readonly verified: boolean | null;
	readonly detail: string;
	readonly idempotencyKey: string;
};

/** What became of an attempt at taking back, as whoever ran it reports; each attempt is counted. */
export function reportRollback(deps: Deps, result: RollbackResult): Promise<void> {
	return writing(deps, async stores => {
		const incident = await stores.incidents.get(result.incident);
		if (!incident) throw new AppError('not-found', `There is no incident ${result.incident}.`);
		const {idempotencyKey, ...question} = result;
		if ((await madeBefore(stores, idempotencyKey, 'rollback result', question)) !== null) return;
		const {service, deploy, id} = incident;
		const about = {service, deploy, attempt: incident.attempt, incident: id, idempotencyKey};
		const attempt = incident.deploy === null ? null : await stores.deploys.get({deploy: incident.deploy, attempt: incident.attempt ?? 1});
		if (result.phase === 'started') {
			stores.say({
				...about,
				kind: 'rollback_started',
				source: 'human',
				actor: result.actor,
				text: `Rollback started: ${result.detail}`,
				data: asked('rollback result', question),
			});
			return;
		}
		const kind = result.verified === false ? 'rollback_failed' : 'rollback_finished';
		stores.say({
			...about,
			kind,
			source: 'human',
			actor: result.actor,
			text: `Rollback ${result.verified === true ? 'verified by commit' : result.verified === false ? 'not at its target' : 'ended, target not verified'}: ${result.detail}`,
			data: {verified: result.verified, ...asked('rollback result', question)},
		});
		await stores.incidents.addRollback(incident.id, {
			at: stores.at,
			by: result.actor,
			from: attempt?.targets ?? [],
			to: [],
			verified: result.verified === null ? null : result.verified ? 'yes' : 'no',
			detail: result.detail,
		});
		if (result.verified && attempt) await endAsRolledBack(stores, attempt);
		if (result.verified && attempt) await restoreLanded(stores, deps.config.services.get(attempt.service), attempt);
	});
}
