/** The first half of a check: which deploy this is, who asked, what is out because of it, and whether a look must be made. */
import type {Batch, Change, Target} from '../../gate/facts.ts';
import {isOut, type Recognition, recognise} from '../../gate/lifecycle.ts';
import {AppError} from '../app-error.ts';
import {canonical, sha256} from '../canonical.ts';
import type {ServiceConfig, StageConfig} from '../config.ts';
import type {CheckRequest} from '../schemas/check.ts';
import type {Call, DeployAttempt, LookRow} from '../stores/deploys.ts';
import {findByKey} from '../stores/timeline.ts';
import {chooseLook} from './choose-look.ts';
import type {Deps, Writing} from './deps.ts';
import {nameOf, noteRollback, rollbackKind, takenBack} from './know-rollback.ts';
import {correctLanded, land, noteSeenBack} from './land.ts';

export type Recognised = {
	readonly attempt: DeployAttempt;
	readonly batch: Batch;
	/** `own`: this call makes the look. `join`: another one is making it. `known`: its verdict stands. */
	readonly look: {readonly kind: 'own' | 'join' | 'known'; readonly row: LookRow};
};

type Place = {
	readonly deps: Deps;
	readonly stores: Writing;
	readonly service: ServiceConfig;
	readonly stage: StageConfig;
	readonly request: CheckRequest;
};

const signalbox = {kind: 'system', name: 'signalbox'} as const;

/** Fingerprint of a deploy: its service's target commits, whatever the order in which the checkouts were read. */
export const fingerprintOf = (targets: readonly Target[]): string =>
	sha256(canonical(targets.map(({repository, branch, sha}) => `${repository} ${branch ?? ''} ${sha}`).sort()));

/** The asking host runs something else than this stopped attempt brought: it was taken back, and nobody said so. */
const runsSomethingElse = (attempt: DeployAttempt, live: readonly Target[]): boolean =>
	attempt.state === 'stopped' &&
	isOut(attempt) &&
	live.some(seen =>
		attempt.targets.some(
			target => target.repository === seen.repository && (target.branch ?? '') === (seen.branch ?? '') && target.sha !== seen.sha,
		),
	);

/** Closes the attempts that this question ends, and returns them as they were. */
async function closeOthers({stores, service, request}: Place, closes: Recognition['closes']): Promise<DeployAttempt[]> {
	const found: DeployAttempt[] = [];
	for (const {attempt, outcome} of closes) {
		const whole = await stores.deploys.get(attempt);
		if (!whole) continue;
		found.push(whole);
		if (runsSomethingElse(whole, request.live)) {
			await noteSeenBack(stores, whole, request.host);
			continue;
		}
		await stores.deploys.setState(attempt, 'closed', outcome, stores.at);
		await stores.say({
			...{service: service.name, deploy: attempt.deploy, attempt: attempt.attempt, incident: whole.incident},
			...{kind: 'deploy_finished', source: 'gate', actor: signalbox},
			...{text: `${nameOf(attempt)} is closed: ${outcome}`, data: {outcome}},
		});
	}
	return found;
}

/** What a deploy brings, in order. Asked about again, less may be new, since part of it has landed: what it brought stays known. */
async function keepBatch(stores: Writing, deploy: string, changes: CheckRequest['batch']['changes']): Promise<readonly Change[]> {
	const stored = await stores.changes.batchOf(deploy);
	if (stored.length >= changes.length) return stored;
	await stores.changes.setBatch(deploy, await stores.changes.ensure(changes));
	return changes;
}

async function openAttempt(
	{stores, service, request}: Place,
	fingerprint: string,
	kind: Batch['rollback'],
	attemptNumber: number,
	found: readonly DeployAttempt[],
): Promise<DeployAttempt> {
	const deploy = await stores.deploys.ensure(service.name, fingerprint, request.batch.targets, stores.at);
	const key = {deploy, attempt: attemptNumber};
	const back = kind === 'no' ? null : await takenBack(stores, service, request, deploy, found);
	await stores.deploys.openAttempt(key, service.name, kind, back === null ? null : nameOf(back), request.actor, stores.at);
	await keepBatch(stores, deploy, request.batch.changes);
	const opened = await stores.deploys.get(key);
	if (!opened) throw new Error(`attempt ${nameOf(key)} was not stored`);
	const what = request.batch.changes.length === 1 ? '1 change' : `${request.batch.changes.length} changes`;
	await stores.say({
		...{kind: 'deploy_started', source: 'gate', actor: request.actor, service: service.name, ...key},
		text: `${nameOf(key)} of ${service.name} opened at stage ${request.stage}: ${kind === 'no' ? what : `a rollback (${kind})`}`,
		data: {targets: request.batch.targets, rollback: kind, host: request.host},
	});
	if (back) await noteRollback(stores, request, opened, back);
	return opened;
}

async function batchOf({stores, service, request}: Place, attempt: DeployAttempt): Promise<Batch> {
	const changes = await keepBatch(stores, attempt.deploy, request.batch.changes);
	return {changes, atomic: request.batch.atomic ?? service.atomic, targets: request.batch.targets, rollback: attempt.rollbackKind};
}

/** A machine without an id cannot be told from another one. */
const isOtherMachine = (one: string, other: string): boolean => one !== other && one !== '' && other !== '';

const callerOf = (calls: readonly Call[], {stage, host, machine}: CheckRequest) => ({
	again: calls.some(call => call.stage === stage && call.host === host && call.machine === machine),
	isTwin: calls.some(call => call.host === host && isOtherMachine(call.machine, machine)),
});

/** A question that is stored already was sent again: it gets the answer of the first time, and changes nothing. */
async function resumed(place: Place): Promise<Recognised | null> {
	const {stores, service, stage, request} = place;
	const event = await findByKey(stores.transaction.sql, request.idempotencyKey);
	if (event === null) return null;
	const {deploy, attempt: number, data} = event;
	const isTheSame = event.service === service.name && data['stage'] === stage.name && data['host'] === request.host;
	const attempt = isTheSame && deploy !== null && number !== null ? await stores.deploys.get({deploy, attempt: number}) : null;
	if (!attempt || attempt.fingerprint !== fingerprintOf(request.batch.targets))
		throw new AppError(
			'conflict',
			`The idempotency key ${request.idempotencyKey} was used for something else: send each question with a key of its own.`,
		);
	const batch = await batchOf(place, attempt);
	return {attempt, batch, look: await chooseLook(place.deps, stores, request, attempt, 'resent')};
}

/** What a host runs before anything of this deploy is out is what was really live; later it only tells what nobody knew yet. */
async function correct({stores, service, stage, request}: Place): Promise<void> {
	for (const attempt of await correctLanded(stores, service, request.live, stage.name !== 'before'))
		await noteSeenBack(stores, attempt, request.host);
}

async function noteProceeding({stores, service, stage, request}: Place, attempt: DeployAttempt, refused: Recognition['proceededOver']) {
	if (!refused) return;
	await stores.deploys.setState(attempt, 'open', null, stores.at);
	await stores.say({
		...{service: service.name, deploy: attempt.deploy, attempt: attempt.attempt, incident: attempt.incident},
		...{kind: 'gate_overridden', source: 'deployer', actor: request.actor},
		text: `Went on to ${stage.name} although ${refused.stage} said ${refused.verdict}`,
		data: {stage: stage.name, refused: refused.stage, verdict: refused.verdict},
	});
}

/** Runs inside one transaction. */
export async function recogniseDeploy(
	deps: Deps,
	stores: Writing,
	service: ServiceConfig,
	stage: StageConfig,
	request: CheckRequest,
): Promise<Recognised> {
	const place: Place = {deps, stores, service, stage, request};
	const known = await resumed(place);
	if (known) return known;
	const fingerprint = fingerprintOf(request.batch.targets);
	const isMine = (attempt: DeployAttempt): boolean => attempt.fingerprint === fingerprint;
	const mineNow = async () =>
		(await stores.deploys.candidates(service.name, fingerprint)).filter(isMine).sort((a, b) => b.attempt - a.attempt);
	const [last] = await mineNow();
	const {again, isTwin} = callerOf(last ? await stores.deploys.calls(last) : [], request);
	// Further hosts of a deploy that is under way run what it has not reached yet, which corrects nothing.
	if (!last || last.state === 'closed' || (again && stage.name === 'before')) await correct(place);
	const candidates = await stores.deploys.candidates(service.name, fingerprint);
	const mine = candidates.filter(isMine);
	const going = mine.find(({state}) => state !== 'closed');
	const kind = going && request.mode !== 'rollback' ? going.rollbackKind : await rollbackKind(stores, service, request, mine);
	const question = {fingerprint, stage: stage.name, rollback: kind !== 'no', at: stores.at, again};
	const recognition = recognise(
		candidates,
		question,
		service.stages.map(({name}) => name),
	);
	const found = await closeOthers(place, recognition.closes);
	const continued = recognition.continues === null ? null : await stores.deploys.get(recognition.continues);
	const attempt = continued ?? (await openAttempt(place, fingerprint, kind, recognition.attemptNumber, found));
	const isFirstCall = await stores.deploys.recordCall(attempt, stage.name, request.host, request.machine, stores.at);
	if (!recognition.late) await stores.deploys.touch(attempt, stores.at);
	await noteProceeding(place, attempt, recognition.proceededOver);
	await stores.say({
		...{service: service.name, deploy: attempt.deploy, attempt: attempt.attempt, incident: attempt.incident},
		...{kind: isFirstCall ? 'stage_started' : 'gate_check', source: 'deployer', actor: request.actor, happenedAt: request.askedAt},
		text: `${request.host} asked about ${stage.name}`,
		data: {stage: stage.name, host: request.host, machine: request.machine, mode: request.mode},
		idempotencyKey: request.idempotencyKey,
	});
	const batch = await batchOf(place, attempt);
	if (!recognition.late) await land(stores, service, stage, attempt, batch);
	const current = (await stores.deploys.get(attempt)) ?? attempt;
	// A twin makes a look of its own, so that the warning about it is heard.
	const caller = continued && (again || isTwin) ? 'again' : 'new';
	return {attempt: current, batch, look: await chooseLook(deps, stores, request, current, caller)};
}
