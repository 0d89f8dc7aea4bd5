/** The first half of a check: which deploy this is, who asked, what is out because of it, and whether a look must be made. */
import type {Batch, Change, Target} from '../../gate/facts.ts';
import {isOut, type Recognition, recognise} from '../../gate/lifecycle.ts';
import {publicChange} from '../../gate/passage/kept-back.ts';
import {AppError} from '../app-error.ts';
import {canonical, sha256} from '../canonical.ts';
import type {ServiceConfig, StageConfig} from '../config.ts';
import type {CheckRequest} from '../schemas/check.ts';
import type {AttemptKey, Call, DeployAttempt, LookRow} from '../stores/deploys.ts';
import {findByKey} from '../stores/timeline.ts';
import {chooseLook} from './choose-look.ts';
import type {Deps, Writing} from './deps.ts';
import {keepContents} from './keep-contents.ts';
import {nameOf, noteRollback, rollbackKind, takenBack} from './know-rollback.ts';
import {correctLanded, land, noteSeenBack, noteVersions} from './land.ts';
import {payDebts} from './rollback-debts.ts';

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

/** Changes of a deploy that its list is searched by. */
const searchedMax = 50;
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

const isSame =
	({deploy, attempt}: AttemptKey) =>
	(other: AttemptKey): boolean =>
		other.deploy === deploy && other.attempt === attempt;

/** Closes the attempts that this question ends, and returns them as they were. */
async function closeOthers(
	{stores, service, request}: Place,
	closes: Recognition['closes'],
	candidates: readonly DeployAttempt[],
): Promise<DeployAttempt[]> {
	const found: DeployAttempt[] = [];
	for (const {attempt, outcome} of closes) {
		const whole = candidates.find(isSame(attempt));
		if (!whole) continue;
		found.push(whole);
		if (runsSomethingElse(whole, request.live)) {
			await noteSeenBack(stores, whole, request.host);
			continue;
		}
		await stores.deploys.setState(attempt, 'closed', outcome, stores.at);
		stores.say({
			...{service: service.name, deploy: attempt.deploy, attempt: attempt.attempt, incident: whole.incident},
			...{kind: 'deploy_finished', source: 'gate', actor: signalbox},
			...{text: `${nameOf(attempt)} is closed: ${outcome}`, data: {outcome}},
		});
	}
	return found;
}

/** What a deploy brings, in order. Asked about again, less may be new, since part of it has landed: what it brought stays known. */
async function keepBatch(
	stores: Writing,
	deploy: string,
	changes: CheckRequest['batch']['changes'],
	isNew = false,
): Promise<readonly Change[]> {
	const stored = isNew ? [] : await stores.changes.batchOf(deploy);
	if (stored.length >= changes.length) return stored;
	await stores.changes.setBatch(deploy, await stores.changes.ensure(changes), isNew);
	await stores.deploys.setSearch(
		deploy,
		changes
			.slice(0, searchedMax)
			.map(publicChange)
			.map(({id, subject, changeId}) => [id, changeId, subject].filter(Boolean).join(' ')),
	);
	return changes;
}

type Going = {readonly attempt: DeployAttempt; readonly changes: readonly Change[]};

async function openAttempt(
	{stores, service, request}: Place,
	fingerprint: string,
	rollbackKind: Batch['rollback'],
	attemptNumber: number,
	found: readonly DeployAttempt[],
): Promise<Going> {
	const {id: deploy, targets, isNew} = await stores.deploys.ensure(service.name, fingerprint, request.batch.targets, stores.at);
	const key = {deploy, attempt: attemptNumber};
	const back = rollbackKind === 'no' ? null : await takenBack(stores, service, request, deploy, found);
	const opening = {...key, service: service.name, fingerprint, targets, rollbackKind, actor: request.actor};
	const opened = await stores.deploys.openAttempt({...opening, takesBack: back === null ? null : nameOf(back)}, stores.at);
	const changes = await keepBatch(stores, deploy, request.batch.changes, isNew);
	const what = request.batch.changes.length === 1 ? '1 change' : `${request.batch.changes.length} changes`;
	stores.say({
		...{kind: 'deploy_started', source: 'gate', actor: request.actor, service: service.name, ...key},
		text: `${nameOf(key)} of ${service.name} opened at stage ${request.stage}: ${rollbackKind === 'no' ? what : `a rollback (${rollbackKind})`}`,
		data: {targets: request.batch.targets, rollback: rollbackKind, host: request.host},
	});
	if (back) await noteRollback(stores, request, opened, back);
	return {attempt: opened, changes};
}

/** What reviewers and tests say moves on while a deploy is asked about again: the newest word counts, what else was kept stays. */
function withNewestReview(kept: readonly Change[], asked: readonly Change[]): readonly Change[] {
	const newest = new Map(asked.map(change => [`${change.repository} ${change.sha ?? change.id}`, change]));
	return kept.map(change => {
		const {review, labels} = newest.get(`${change.repository} ${change.sha ?? change.id}`) ?? {};
		return {...change, ...(review === undefined ? {} : {review}), ...(labels === undefined ? {} : {labels})};
	});
}

const batchOf = ({service, request}: Place, {attempt, changes}: Going): Batch => ({
	...{changes: withNewestReview(changes, request.batch.changes), atomic: request.batch.atomic ?? service.atomic},
	...(request.batch.perFile === undefined ? {} : {perFile: request.batch.perFile}),
	...{targets: request.batch.targets, rollback: attempt.rollbackKind},
});

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
	const batch = batchOf(place, {attempt, changes: await keepBatch(stores, attempt.deploy, request.batch.changes)});
	return {attempt, batch, look: await chooseLook(place.deps, stores, request, attempt, 'resent')};
}

/**
 * What a host runs before anything of this deploy is out is what was really live; later it only tells what nobody knew yet. Whether an
 * attempt was changed by that.
 */
async function correct({stores, service, stage, request}: Place): Promise<boolean> {
	const gone = await correctLanded(stores, service, request.live, stage.name !== 'before');
	for (const attempt of gone) await noteSeenBack(stores, attempt, request.host);
	return gone.length > 0;
}

async function noteProceeding({stores, service, stage, request}: Place, attempt: DeployAttempt, refused: Recognition['proceededOver']) {
	if (!refused) return;
	await stores.deploys.setState(attempt, 'open', null, stores.at);
	stores.say({
		...{service: service.name, deploy: attempt.deploy, attempt: attempt.attempt, incident: attempt.incident},
		...{kind: 'gate_overridden', source: 'deployer', actor: request.actor},
		text: `Went on to ${stage.name} although ${refused.stage} said ${refused.verdict}`,
		data: {stage: stage.name, refused: refused.stage, verdict: refused.verdict},
	});
}

/** The attempt as this question leaves it. */
function asAsked({stores, stage}: Place, attempt: DeployAttempt, {late, proceededOver}: Recognition, isFirstCall: boolean): DeployAttempt {
	const asked = {stage: stage.name, askedAt: stores.at, verdict: null, verdictAt: null};
	return {
		...attempt,
		...(late ? {} : {activeAt: stores.at}),
		...(proceededOver ? {state: 'open', outcome: null, activeAt: stores.at, closedAt: null} : {}),
		stages: isFirstCall ? [...attempt.stages, asked] : attempt.stages,
	};
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
	const before = await stores.deploys.candidates(service.name, fingerprint);
	const [last] = before.filter(isMine).sort((a, b) => b.attempt - a.attempt);
	const {again, isTwin} = callerOf(last ? await stores.deploys.calls(last) : [], request);
	// Further hosts of a deploy that is under way run what it has not reached yet, which corrects nothing.
	const mayCorrect = !last || last.state === 'closed' || (again && stage.name === 'before');
	const isChanged = mayCorrect && (await correct(place));
	const candidates = isChanged ? await stores.deploys.candidates(service.name, fingerprint) : before;
	const mine = candidates.filter(isMine);
	const current = mine.find(({state}) => state !== 'closed');
	const kind = current && request.mode !== 'rollback' ? current.rollbackKind : await rollbackKind(stores, service, request, mine);
	const question = {fingerprint, stage: stage.name, rollback: kind !== 'no', at: stores.at, again};
	const recognition = recognise(
		candidates,
		question,
		service.stages.map(({name}) => name),
	);
	const found = await closeOthers(place, recognition.closes, candidates);
	const continued = recognition.continues === null ? undefined : candidates.find(isSame(recognition.continues));
	const going = continued
		? {attempt: continued, changes: await keepBatch(stores, continued.deploy, request.batch.changes)}
		: await openAttempt(place, fingerprint, kind, recognition.attemptNumber, found);
	const {attempt} = going;
	const isFirstCall = await stores.deploys.recordCall(attempt, stage.name, request.host, request.machine, stores.at);
	// Who opens an attempt has touched it.
	if (continued && !recognition.late) await stores.deploys.touch(attempt, stores.at);
	await noteProceeding(place, attempt, recognition.proceededOver);
	stores.say({
		...{service: service.name, deploy: attempt.deploy, attempt: attempt.attempt, incident: attempt.incident},
		...{kind: isFirstCall ? 'stage_started' : 'gate_check', source: 'deployer', actor: request.actor},
		// A caller whose clock is ahead asked now, and not in the future.
		happenedAt: [request.askedAt, stores.at].sort()[0] ?? stores.at,
		text: `${request.host} asked about ${stage.name}`,
		data: {stage: stage.name, host: request.host, machine: request.machine, mode: request.mode},
		idempotencyKey: request.idempotencyKey,
	});
	const batch = batchOf(place, going);
	await payDebts(stores, service.name, request);
	if (isFirstCall) await keepContents(stores, service.name, request);
	await noteVersions(stores, service, request.beside.versions);
	if (!recognition.late) await land(stores, service, stage, attempt, batch);
	const asked = asAsked(place, attempt, recognition, isFirstCall);
	// A twin makes a look of its own, so that the warning about it is heard.
	const caller = continued && (again || isTwin) ? 'again' : 'new';
	return {attempt: asked, batch, look: await chooseLook(deps, stores, request, asked, continued ? caller : 'first')};
}
