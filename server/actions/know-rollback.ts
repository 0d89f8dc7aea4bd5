/**
 * A rollback is known by its content, without a flag: its target state was live on those groups before, or its changes only revert
 * landed ones. What it takes back gets its incident, and each attempt at it is counted.
 */
import type {Batch, Target} from '../../gate/facts.ts';
import {type AttemptOutcome, isOut} from '../../gate/lifecycle.ts';
import {netChanges} from '../../gate/order/net-changes.ts';
import type {ServiceConfig} from '../config.ts';
import type {CheckRequest} from '../schemas/check.ts';
import type {DeployAttempt} from '../stores/deploys.ts';
import type {Head} from '../stores/landed.ts';
import type {Writing} from './deps.ts';
import {openIncident} from './open-incident.ts';
import {revertedNames} from './reverted-names.ts';
import {oweForSeen} from './rollback-debts.ts';

const historyMax = 1000;
const landedMax = 5000;
const recentMax = 50;
/** A revert of a revert of a revert … this far. */
const revertDepthMax = 10;
const signalbox = {kind: 'system', name: 'signalbox'} as const;

export const nameOf = ({deploy, attempt}: {deploy: string; attempt: number}): string => `${deploy}/${attempt}`;

const isAt = (head: Head, group: string, target: Target): boolean =>
	head.group === group && head.repository === target.repository && (head.branch ?? '') === (target.branch ?? '') && head.sha === target.sha;

/** The groups that a deploy of this service reaches in the end. */
const finalGroups = (service: ServiceConfig): readonly string[] => {
	const groups = service.stages.at(-1)?.groups ?? [];
	return groups.length > 0 ? groups : service.groups;
};

/** Going again to what was taken back is no rollback, although it was live once: the reason why it was taken back may still be there. */
function wasTakenBackItself(attempts: readonly DeployAttempt[]): boolean {
	const ends: readonly (AttemptOutcome | null)[] = ['rolled-back', 'completed'];
	const last = attempts.filter(({outcome}) => ends.includes(outcome)).sort((a, b) => a.attempt - b.attempt);
	return last.at(-1)?.outcome === 'rolled-back';
}

/** Nothing is new any more, and what is live is what a rollback brought: asking about that again is asking about a rollback. */
function isAskedAgain({batch}: CheckRequest, mine: readonly DeployAttempt[]): boolean {
	const last = [...mine].sort((a, b) => a.attempt - b.attempt).at(-1);
	return batch.changes.length === 0 && last?.rollbackKind === 'by-content' && last.outcome !== 'rolled-back';
}

async function isFormerState(stores: Writing, service: ServiceConfig, targets: readonly Target[], mine: readonly DeployAttempt[]) {
	if (targets.length === 0 || wasTakenBackItself(mine)) return false;
	const history = await stores.landed.history(service.name, historyMax);
	const places = finalGroups(service).flatMap(group => targets.map(target => ({group, target})));
	if (!places.every(({group, target}) => history.some(head => isAt(head, group, target)))) return false;
	if (places.some(({group, target}) => !history.some(head => head.until === null && isAt(head, group, target)))) return true;
	const ids = new Set(mine.map(({deploy}) => deploy));
	// Live everywhere as far as the ledger knows; but something else is out, on a stage that reaches no group.
	return (await stores.deploys.open(service.name)).some(attempt => isOut(attempt) && !ids.has(attempt.deploy));
}

/**
 * Whether what these names stand for is itself a taking back, as far as is known: reverting that brings again what was taken back, and the
 * reason why it was may still be there.
 */
async function areReverts(stores: Writing, names: readonly string[], depth = 0): Promise<boolean> {
	if (names.length === 0 || depth >= revertDepthMax) return false;
	const named = await stores.landedNeeds.named(names, landedMax);
	for (const {change} of named) {
		const reverted = revertedNames(change);
		if (reverted.length > 0 && !(await areReverts(stores, reverted, depth + 1))) return true;
	}
	return false;
}

async function revertsOnlyLanded(stores: Writing, service: ServiceConfig, batch: CheckRequest['batch']): Promise<boolean> {
	if (batch.changes.length === 0) return false;
	// Reverted on the deploy host, both the change and its revert are new since landed: together they are what was live before.
	const reverts = netChanges(batch.changes, revertedNames).map(change => revertedNames(change));
	if (reverts.some(names => names.length === 0)) return false;
	const landed = await Promise.all(service.groups.map(group => stores.landed.changes(service.name, group, landedMax)));
	const names = new Set((await stores.landed.history(service.name, historyMax)).map(head => head.sha));
	const add = (change: {sha?: string | undefined; changeId?: string | undefined}) => {
		for (const name of [change.sha, change.changeId]) if (name !== undefined) names.add(name);
	};
	landed.flat().forEach(add);
	for (const attempt of await stores.deploys.open(service.name))
		if (isOut(attempt)) (await stores.changes.batchOf(attempt.deploy)).forEach(add);
	const all = [...names];
	if (!reverts.flat().every(reference => all.some(name => name.startsWith(reference)))) return false;
	return !(await areReverts(stores, reverts.flat()));
}

/** `mine`: every attempt there was at these very targets. */
export async function rollbackKind(
	stores: Writing,
	service: ServiceConfig,
	request: CheckRequest,
	mine: readonly DeployAttempt[],
): Promise<Batch['rollback']> {
	if (request.mode === 'rollback') return 'said';
	if (await isFormerState(stores, service, request.batch.targets, mine)) return 'by-content';
	if (isAskedAgain(request, mine)) return 'by-content';
	return (await revertsOnlyLanded(stores, service, request.batch)) ? 'by-content' : 'no';
}

/** The newest of these attempts that brought a change which this batch reverts. */
async function broughtReverted(stores: Writing, candidates: readonly DeployAttempt[], batch: CheckRequest['batch']) {
	const references = batch.changes.flatMap(change => revertedNames(change));
	if (references.length === 0) return null;
	for (const attempt of candidates) {
		const names = (await stores.changes.batchOf(attempt.deploy)).flatMap(({sha, changeId}) => [sha, changeId]);
		const targets = attempt.targets.map(({sha}) => sha);
		if ([...names, ...targets].some(name => references.some(reference => name?.startsWith(reference)))) return attempt;
	}
	return null;
}

/**
 * The attempt that a rollback to these targets takes back: the one whose changes it reverts, else the one that it found open and out,
 * else the newest whose commits are live instead, else the newest that is out and was not taken back yet.
 */
export async function takenBack(
	stores: Writing,
	service: ServiceConfig,
	request: CheckRequest,
	deploy: string,
	found: readonly DeployAttempt[],
): Promise<DeployAttempt | null> {
	const isCandidate = (attempt: DeployAttempt): boolean => !attempt.rollback && isOut(attempt);
	const candidates = (await stores.deploys.recent(recentMax, service.name)).filter(isCandidate);
	const reverted = await broughtReverted(stores, candidates, request.batch);
	if (reverted) return reverted;
	const wasOpen = found.filter(attempt => isCandidate(attempt)).at(-1);
	if (wasOpen) return wasOpen;
	const others = candidates.filter(attempt => attempt.deploy !== deploy);
	const {targets} = request.batch;
	const owners = (await stores.landed.heads(service.name)).filter(head =>
		targets.some(
			target => target.repository === head.repository && (target.branch ?? '') === (head.branch ?? '') && target.sha !== head.sha,
		),
	);
	const isOwner = (attempt: DeployAttempt) => owners.some(head => head.deploy === attempt.deploy && head.attempt === attempt.attempt);
	return others.find(isOwner) ?? others.find(({outcome}) => outcome !== 'rolled-back') ?? others[0] ?? null;
}

/** A rollback that was seen or said: the incident of what it takes back opens, and the attempt is counted. */
export async function noteRollback(stores: Writing, request: CheckRequest, opened: DeployAttempt, back: DeployAttempt): Promise<void> {
	const actor = request.actor;
	const seen = opened.rollbackKind === 'said' ? 'said with --rollback' : 'seen by its content';
	const incident = await openIncident(stores, back, {
		...{by: 'gate', status: 'open', source: 'gate', actor: signalbox},
		what: `deploy of ${nameOf(back)} taken back`,
		text: `${nameOf(back)} is being taken back by ${nameOf(opened)} (${seen})`,
	});
	await stores.incidents.addRollback(incident, {
		...{at: stores.at, by: actor, from: back.targets, to: opened.targets, verified: null},
		detail: `deploy ${nameOf(opened)}`,
	});
	stores.say({
		...{service: back.service, deploy: back.deploy, attempt: back.attempt, incident},
		...{kind: 'rollback_started', source: 'deployer', actor},
		text: `Taking ${nameOf(back)} back: ${nameOf(opened)}, ${seen}`,
		data: {by: nameOf(opened), ...(request.reason === null ? {} : {reason: request.reason})},
	});
	const reason = request.reason ?? `by ${nameOf(opened)}, ${seen}`;
	await oweForSeen(stores, back, {incident, reason, author: actor, reverts: request.batch.changes});
}

/** Closes an attempt as taken back; one that is closed keeps the time at which it was closed, and only its outcome is put right. */
export const endAsRolledBack = (stores: Writing, attempt: DeployAttempt): Promise<void> =>
	stores.deploys.setState(attempt, 'closed', 'rolled-back', attempt.closedAt ?? stores.at);

/** A rollback deploy passed its last stage: verified by commit, since that stage was asked about with its targets in place. */
export async function noteRollbackEnd(stores: Writing, service: ServiceConfig, rollback: DeployAttempt): Promise<void> {
	const [deploy, number] = (rollback.takesBack ?? '').split('/');
	if (deploy === undefined || deploy === '') return;
	const back = await stores.deploys.get({deploy, attempt: Number(number)});
	if (!back || back.incident === null) return;
	const heads = await stores.landed.heads(service.name);
	const isThere = (target: Target): boolean => finalGroups(service).every(group => heads.some(head => isAt(head, group, target)));
	// A rollback whose targets could not be read ended, and nobody can say where.
	const verified = rollback.targets.length === 0 ? null : rollback.targets.every(isThere);
	const where = {
		yes: 'every repository is at its target commit',
		no: 'a repository is not at its target commit',
		unknown: 'its target commits could not be read',
	};
	const word = verified === null ? 'unknown' : verified ? 'yes' : 'no';
	stores.say({
		...{service: service.name, deploy: back.deploy, attempt: back.attempt, incident: back.incident},
		...{kind: verified === false ? 'rollback_failed' : 'rollback_finished', source: 'gate', actor: signalbox},
		text: `${nameOf(back)} taken back by ${nameOf(rollback)}: ${where[word]}`,
		data: {verified, by: nameOf(rollback)},
	});
	await stores.incidents.addRollback(back.incident, {
		...{at: stores.at, by: rollback.actor, from: back.targets, to: rollback.targets, verified: word === 'unknown' ? null : word},
		detail: `deploy ${nameOf(rollback)} reached its last stage`,
	});
	if (verified !== false) await endAsRolledBack(stores, back);
}
