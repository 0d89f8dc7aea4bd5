/**
 * Taking a deploy back: saying so (which opens the incident), the exact commands for now, and whether it was done.
 * Reverting is deploying backwards: dependents first, on the deploy host first, reviewed afterwards.
 */
import type {Change, Target} from '../../gate/facts.ts';
import {isOut} from '../../gate/lifecycle.ts';
import {explainOrder, orderLimitsOf} from '../../gate/rules/patch-order.ts';
import type {Actor, TimelineEvent} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import type {CheckoutConfig, ServiceConfig} from '../config.ts';
import type {DeployAttempt} from '../stores/deploys.ts';
import {type Deps, reading, type Stores, writing} from './deps.ts';
import {endAsRolledBack, nameOf} from './know-rollback.ts';
import {restoreLanded} from './land.ts';
import {nameService} from './name-service.ts';
import {asked, madeBefore} from './once.ts';
import {openIncident} from './open-incident.ts';

export type RollbackStep = {readonly command: string; readonly why: string};
/** A checkout and the commit whose contents it must have afterwards. */
export type RollbackTarget = {readonly path: string; readonly repository: string; readonly sha: string};
export type RollbackPlan = {
	readonly service: string;
	readonly deploy: string;
	readonly attempt: number;
	readonly incident: string | null;
	/** Where to run it; null where the configuration names no deploy host. */
	readonly host: string | null;
	readonly steps: readonly RollbackStep[];
	readonly targets: readonly RollbackTarget[];
	readonly sideEffects: readonly string[];
	/** What is owed afterwards. */
	readonly debt: readonly string[];
};

const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
const short = (sha: string | undefined): string => (sha ?? '').slice(0, 7);
const baseName = (repository: string): string => repository.split('/').at(-1) ?? repository;

const checkoutOf = (service: ServiceConfig, {repository, branch}: Pick<Target, 'repository' | 'branch'>): CheckoutConfig | null =>
	service.changes.from === 'git'
		? (service.changes.checkouts.find(
				checkout => checkout.repository === repository && (checkout.branch === null || branch === undefined || checkout.branch === branch),
			) ?? null)
		: null;

/** The attempt named, or the newest one of the service that is out and is no rollback itself. */
async function attemptToTakeBack(stores: Stores, service: ServiceConfig, deploy: string | null): Promise<DeployAttempt> {
	const recent = deploy === null ? await stores.deploys.recent(50, service.name) : (await stores.deploys.attemptsOf(deploy)).reverse();
	const found = recent.find(attempt => attempt.service === service.name && isOut(attempt) && !attempt.rollback);
	if (found) return found;
	throw new AppError(
		'not-found',
		deploy === null
			? `Nothing of ${service.name} is out that could be taken back: no deploy has been asked about after \`before\`.`
			: `${deploy} is no deploy of ${service.name} that is out; \`signalbox rollback --service ${service.name} --plan\` names the newest.`,
	);
}

/** The commit each checkout was at before this attempt. */
async function previousHeads(stores: Stores, service: ServiceConfig, attempt: DeployAttempt): Promise<Map<string, string>> {
	const previous = new Map<string, string>();
	for (const head of await stores.landed.heads(service.name)) previous.set(`${head.repository} ${head.branch ?? ''}`, head.sha);
	for (const moved of await stores.landed.before(service.name, attempt))
		if (moved.from !== null) previous.set(`${moved.repository} ${moved.branch}`, moved.from);
	return previous;
}

/**
 * The batch in the order in which it should have gone out, by the newest facts that were judged: taken back, that is walked backwards,
 * so that no step leaves two owners of one thing, or a reader without what it reads.
 */
async function goodOrder(stores: Stores, service: ServiceConfig, attempt: DeployAttempt): Promise<Change[]> {
	const batch = await stores.changes.batchOf(attempt.deploy);
	const facts = (await stores.verdicts.of(attempt)).at(-1)?.facts;
	const settled = service.policy.rules.find(({rule}) => rule.name === 'patch-order');
	if (!facts || !settled) return batch;
	const places = new Map(explainOrder(facts, orderLimitsOf(settled.limits)).order.map((id, place) => [id, place]));
	return places.size === 0 ? batch : batch.toSorted((a, b) => (places.get(a.id) ?? 0) - (places.get(b.id) ?? 0));
}

/** One `git revert` for each run of changes of one checkout, newest first: dependents before what they stand on. */
function revertSteps(service: ServiceConfig, batch: readonly Change[]): RollbackStep[] {
	const runs: {checkout: CheckoutConfig; changes: Change[]}[] = [];
	for (const change of [...batch].reverse()) {
		const checkout = checkoutOf(service, change);
		// What is no commit would reach a shell as words of its own.
		if (checkout === null || change.sha === undefined || !/^[0-9a-f]{7,64}$/i.test(change.sha)) continue;
		const last = runs.at(-1);
		if (last?.checkout.path === checkout.path) last.changes.push(change);
		else runs.push({checkout, changes: [change]});
	}
	return runs.map(({checkout, changes}) => ({
		command: `git -C ${quote(checkout.path)} revert --no-edit ${changes.map(change => change.sha).join(' ')}`,
		why: `takes ${changes.map(change => `${baseName(change.repository)} ${short(change.sha)}`).join(', ')} out again`,
	}));
}

async function planFor(stores: Stores, service: ServiceConfig, attempt: DeployAttempt, reason: string): Promise<RollbackPlan> {
	const batch = await goodOrder(stores, service, attempt);
	const previous = await previousHeads(stores, service, attempt);
	const targets: RollbackTarget[] = [];
	const previousShas: string[] = [];
	for (const target of attempt.targets) {
		const sha = previous.get(`${target.repository} ${target.branch ?? ''}`);
		if (sha === undefined || sha === target.sha) continue;
		previousShas.push(sha);
		const checkout = checkoutOf(service, target);
		if (checkout !== null) targets.push({path: checkout.path, repository: target.repository, sha});
	}
	const words: Readonly<Record<string, string>> = {deploy: nameOf(attempt), service: service.name, reason, previous: previousShas[0] ?? ''};
	const fill = (command: string): string =>
		command.replace(/\{(deploy|service|reason|previous)\}/g, (_whole, word: string) => quote(words[word] ?? ''));
	const steps = [
		...revertSteps(service, batch),
		...service.rollback.commands.map(command => ({command: fill(command), why: 'puts that live'})),
	];
	const fix = attempt.incident === null ? 'the incident' : attempt.incident;
	return {
		...{service: service.name, deploy: attempt.deploy, attempt: attempt.attempt, incident: attempt.incident, host: service.deployHost},
		steps,
		targets,
		sideEffects: service.rollback.sideEffects,
		debt: [
			...batch
				.filter(change => checkoutOf(service, change) !== null)
				.map(
					change =>
						`Push the revert of ${baseName(change.repository)} ${short(change.sha)}${change.changeId === undefined ? '' : ` (${change.changeId.slice(0, 9)})`} for review, and tell its author`,
				),
			`Name the fix: a footer \`Fixes-Incident: ${fix}\` lets it pass while the incident is open`,
		],
	};
}

/** The plan alone: nothing is recorded. */
export async function planRollback(deps: Deps, serviceName: string, deploy: string | null, reason: string): Promise<RollbackPlan> {
	const service = nameService(deps.config, serviceName);
	const stores = reading(deps);
	return planFor(stores, service, await attemptToTakeBack(stores, service, deploy), reason);
}

/** The plan for the attempt that this very request took back before, which may be back by now. */
async function declaredBefore(stores: Stores, service: ServiceConfig, {deploy, attempt, incident}: TimelineEvent, reason: string) {
	const taken = deploy === null || attempt === null ? null : await stores.deploys.get({deploy, attempt});
	if (taken === null) throw new Error(`the decision to take ${deploy}/${attempt} back names no attempt that is stored`);
	return {...(await planFor(stores, service, taken, reason)), incident};
}

/** Says that a deploy is taken back: the decision is an event, the incident opens, and the plan is the answer. */
export function declareRollback(
	deps: Deps,
	request: {service: string; deploy: string | null; reason: string; actor: Actor; idempotencyKey: string},
): Promise<RollbackPlan> {
	const service = nameService(deps.config, request.service);
	return writing(deps, async stores => {
		const {idempotencyKey, ...question} = request;
		const before = await madeBefore(stores, idempotencyKey, 'rollback', question);
		if (before !== null) return declaredBefore(stores, service, before, request.reason);
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
		const plan = await planFor(stores, service, {...attempt, incident}, request.reason);
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
		if (result.verified && attempt) await restoreLanded(stores, attempt);
	});
}
