/** The first half of a check: which deploy this is, who asked, what is out because of it, and whether a look must be made. */
import type {Batch, Change, Instant, Target} from '../../gate/facts.ts';
import {type Attempt, type AttemptOutcome, isOut, recognise} from '../../gate/lifecycle.ts';
import {canonical, sha256} from '../canonical.ts';
import type {ServiceConfig, StageConfig} from '../config.ts';
import type {CheckRequest} from '../schemas/check.ts';
import type {DeployAttempt, LookRow} from '../stores/deploys.ts';
import type {Deps, Writing} from './deps.ts';
import {correctLanded, land} from './land.ts';
import {openIncident} from './open-incident.ts';
import {revertedNames} from './reverted-names.ts';

/** An answer is given again, without a new look, to other hosts that ask within this time. */
const sameAnswerMs = 60_000;
/** A look whose owner does not renew it for this long is taken over. */
export const leaseMs = 10_000;

export type Recognised = {
	readonly attempt: DeployAttempt;
	readonly batch: Batch;
	/** `own`: this call makes the look. `join`: another one is making it. `known`: its verdict stands. */
	readonly look: {readonly kind: 'own' | 'join' | 'known'; readonly row: LookRow};
	/** Another machine of the same name asked about this stage. */
	readonly twins: boolean;
};

/** Fingerprint of a deploy: its service's target commits, whatever the order in which the checkouts were read. */
export const fingerprintOf = (targets: readonly Target[]): string =>
	sha256(canonical(targets.map(({repository, branch, sha}) => `${repository} ${branch ?? ''} ${sha}`).sort()));

export const plus = (instant: Instant, ms: number): Instant => new Date(Date.parse(instant) + ms).toISOString();
const signalbox = {kind: 'system', name: 'signalbox'} as const;
export const nameOf = ({deploy, attempt}: {deploy: string; attempt: number}): string => `${deploy}/${attempt}`;

/** Known by content: every target was live on these groups before and one of them is not now, or every change reverts a landed one. */
async function rollbackKind(stores: Writing, service: ServiceConfig, request: CheckRequest): Promise<Batch['rollback']> {
	if (request.mode === 'rollback') return 'said';
	const history = await stores.landed.history(service.name, 1000);
	const wasLive = (target: Target): boolean =>
		history.some(head => head.repository === target.repository && (head.branch ?? '') === (target.branch ?? '') && head.sha === target.sha);
	const isLive = (target: Target): boolean =>
		history.some(
			head =>
				head.until === null &&
				head.repository === target.repository &&
				(head.branch ?? '') === (target.branch ?? '') &&
				head.sha === target.sha,
		);
	const {targets, changes} = request.batch;
	const wasOutElsewhere = (await stores.deploys.open(service.name)).some(
		attempt => isOut(attempt) && fingerprintOf(attempt.targets) !== fingerprintOf(targets),
	);
	if (targets.length > 0 && targets.every(wasLive) && (targets.some(target => !isLive(target)) || wasOutElsewhere)) return 'by-content';
	const landedNames = new Set(history.map(head => head.sha));
	const reverts = changes.map(change => revertedNames(change));
	const groups = await Promise.all(service.groups.map(group => stores.landed.changes(service.name, group, 5000)));
	for (const change of groups.flat()) for (const name of [change.sha, change.changeId]) if (name !== undefined) landedNames.add(name);
	for (const attempt of await stores.deploys.open(service.name)) {
		if (!isOut(attempt)) continue;
		for (const change of await stores.changes.batchOf(attempt.deploy))
			for (const name of [change.sha, change.changeId]) if (name !== undefined) landedNames.add(name);
	}
	const names = [...landedNames];
	const isLanded = (reference: string): boolean => names.some(name => name.startsWith(reference));
	return changes.length > 0 && reverts.every(references => references.length > 0 && references.every(isLanded)) ? 'by-content' : 'no';
}

/** The attempt that a rollback takes back: one that is out now, or the newest whose commits are live. */
async function takenBack(stores: Writing, service: ServiceConfig, fingerprint: string): Promise<DeployAttempt | null> {
	const recent = await stores.deploys.recent(20, service.name);
	const candidates = recent.filter(attempt => attempt.fingerprint !== fingerprint && !attempt.rollback && isOut(attempt));
	return (
		candidates.find(attempt => attempt.state !== 'closed') ??
		candidates.find(attempt => attempt.outcome !== 'rolled-back') ??
		candidates[0] ??
		null
	);
}

/** The asking host runs something else than this stopped attempt brought: it was taken back, and nobody said so. */
const wasTakenBack = (attempt: DeployAttempt, live: readonly Target[]): boolean =>
	attempt.state === 'stopped' &&
	isOut(attempt) &&
	live.some(seen =>
		attempt.targets.some(
			target => target.repository === seen.repository && (target.branch ?? '') === (seen.branch ?? '') && target.sha !== seen.sha,
		),
	);

async function closeOthers(
	stores: Writing,
	closes: readonly {attempt: Attempt; outcome: AttemptOutcome}[],
	service: string,
	request: CheckRequest,
): Promise<void> {
	for (const {attempt, outcome: expected} of closes) {
		const whole = await stores.deploys.get(attempt);
		if (!whole) continue;
		const seenBack = wasTakenBack(whole, request.live);
		const outcome = seenBack ? 'rolled-back' : expected;
		await stores.deploys.setState(attempt, 'closed', outcome, stores.at);
		const about = {service, deploy: attempt.deploy, attempt: attempt.attempt};
		await stores.say({
			...about,
			kind: 'deploy_finished',
			source: 'gate',
			actor: signalbox,
			text: `${nameOf(attempt)} is closed: ${outcome}`,
			data: {outcome},
		});
		if (seenBack) {
			await openIncident(stores, whole, {
				...{
					by: 'gate',
					status: 'suspected',
					source: 'gate',
					actor: signalbox,
					what: `deploy ${nameOf(attempt)} was stopped and taken back`,
				},
				text: `${nameOf(attempt)} was stopped, and ${request.host} runs what was live before it: it was taken back`,
			});
		}
	}
}

/** A rollback that was seen or said: the incident of what it takes back opens, and the attempt is counted. */
async function noteRollback(
	stores: Writing,
	service: ServiceConfig,
	request: CheckRequest,
	opened: DeployAttempt,
	back: DeployAttempt,
): Promise<void> {
	const actor = request.actor;
	const seen = opened.rollbackKind === 'said' ? 'said with --rollback' : 'seen by its content';
	const incident = await openIncident(stores, back, {
		...{by: 'gate', status: 'open', source: 'gate', actor: signalbox},
		what: `deploy of ${nameOf(back)} taken back`,
		text: `${nameOf(back)} is being taken back by ${nameOf(opened)} (${seen})`,
	});
	await stores.incidents.addRollback(incident, {
		at: stores.at,
		by: actor,
		from: back.targets,
		to: opened.targets,
		verified: null,
		detail: `deploy ${nameOf(opened)}`,
	});
	const about = {service: service.name, deploy: back.deploy, attempt: back.attempt, incident};
	await stores.say({
		...about,
		kind: 'rollback_started',
		source: 'deployer',
		actor,
		text: `Taking ${nameOf(back)} back: ${nameOf(opened)}, ${seen}`,
		data: {by: nameOf(opened), ...(request.reason === null ? {} : {reason: request.reason})},
	});
}

async function openAttempt(
	stores: Writing,
	service: ServiceConfig,
	request: CheckRequest,
	fingerprint: string,
	kind: Batch['rollback'],
	attemptNumber: number,
): Promise<DeployAttempt> {
	const deploy = await stores.deploys.ensure(service.name, fingerprint, request.batch.targets, stores.at);
	const key = {deploy, attempt: attemptNumber};
	const back = kind === 'no' ? null : await takenBack(stores, service, fingerprint);
	await stores.deploys.openAttempt(key, service.name, kind, back === null ? null : nameOf(back), request.actor, stores.at);
	await stores.changes.setBatch(deploy, await stores.changes.ensure(request.batch.changes));
	const opened = await stores.deploys.get(key);
	if (!opened) throw new Error(`attempt ${nameOf(key)} was not stored`);
	const what = request.batch.changes.length === 1 ? '1 change' : `${request.batch.changes.length} changes`;
	await stores.say({
		...{kind: 'deploy_started', source: 'gate', actor: request.actor, service: service.name, ...key},
		text: `${nameOf(key)} of ${service.name} opened at stage ${request.stage}: ${kind === 'no' ? what : `a rollback (${kind})`}`,
		data: {targets: request.batch.targets, rollback: kind, host: request.host},
	});
	if (back) await noteRollback(stores, service, request, opened, back);
	return opened;
}

/** The batch as it was when the attempt opened: later, what is new since landed has shrunk by what this deploy itself landed. */
async function batchOf(stores: Writing, service: ServiceConfig, request: CheckRequest, attempt: DeployAttempt): Promise<Batch> {
	const stored = await stores.changes.batchOf(attempt.deploy);
	let changes: readonly Change[] = stored;
	if (stored.length < request.batch.changes.length) {
		await stores.changes.setBatch(attempt.deploy, await stores.changes.ensure(request.batch.changes));
		changes = request.batch.changes;
	}
	return {changes, atomic: request.batch.atomic ?? service.atomic, targets: request.batch.targets, rollback: attempt.rollbackKind};
}

async function chooseLook(
	stores: Writing,
	deps: Deps,
	request: CheckRequest,
	attempt: DeployAttempt,
	stage: StageConfig,
	isNewCaller: boolean,
	isResent: boolean,
): Promise<Recognised['look']> {
	const newest = await stores.deploys.newestLook(attempt, stage.name);
	if (newest && newest.verdict_id === null && newest.lease_until > stores.at) return {kind: 'join', row: newest};
	if (newest?.verdict_id && request.mode === 'check') {
		const verdictAt = attempt.stages.find(known => known.stage === stage.name)?.verdictAt;
		const isFresh = verdictAt !== null && verdictAt !== undefined && Date.parse(stores.at) - Date.parse(verdictAt) < sameAnswerMs;
		if (isResent || (isNewCaller && isFresh)) return {kind: 'known', row: newest};
	}
	const row: LookRow = {
		...{deploy: attempt.deploy, attempt: attempt.attempt, stage: stage.name, number: (newest?.number ?? 0) + 1},
		...{owner: deps.processId, started_at: stores.at, lease_until: plus(stores.at, leaseMs), verdict_id: null},
	};
	await stores.deploys.startLook(row);
	return {kind: 'own', row};
}

/** Runs inside one transaction. */
export async function recogniseDeploy(
	deps: Deps,
	stores: Writing,
	service: ServiceConfig,
	stage: StageConfig,
	request: CheckRequest,
): Promise<Recognised> {
	const fingerprint = fingerprintOf(request.batch.targets);
	const stageNames = service.stages.map(({name}) => name);
	const candidates = await stores.deploys.candidates(service.name, fingerprint);
	const continuing = candidates.find(attempt => attempt.fingerprint === fingerprint && attempt.state !== 'closed');
	// What a host runs before anything of this deploy is out is what was really live.
	if (!continuing && stage.name === 'before') await correctLanded(stores, service, request.live);
	const kind = continuing && request.mode !== 'rollback' ? continuing.rollbackKind : await rollbackKind(stores, service, request);
	const recognition = recognise(candidates, {fingerprint, stage: stage.name, host: request.host, rollback: kind !== 'no'}, stageNames);
	await closeOthers(stores, recognition.closes, service.name, request);
	const found = recognition.continues === null ? null : await stores.deploys.get(recognition.continues);
	const attempt = found ?? (await openAttempt(stores, service, request, fingerprint, kind, recognition.attemptNumber));
	const about = {service: service.name, deploy: attempt.deploy, attempt: attempt.attempt, incident: attempt.incident};
	const callsBefore = await stores.deploys.calls(attempt);
	const isFirstCall = await stores.deploys.recordCall(attempt, stage.name, request.host, request.machine, stores.at);
	await stores.deploys.touch(attempt, stores.at);
	if (recognition.proceededOver) {
		const {stage: refused, verdict} = recognition.proceededOver;
		await stores.deploys.setState(attempt, 'open', null, stores.at);
		await stores.say({
			...about,
			kind: 'gate_overridden',
			source: 'deployer',
			actor: request.actor,
			text: `Went on to ${stage.name} although ${refused} said ${verdict}`,
			data: {stage: stage.name, refused, verdict},
		});
	}
	const asked = await stores.say({
		...about,
		...{kind: isFirstCall ? 'stage_started' : 'gate_check', source: 'deployer', actor: request.actor, happenedAt: request.askedAt},
		...{
			text: `${request.host} asked about ${stage.name}`,
			data: {stage: stage.name, host: request.host, machine: request.machine, mode: request.mode},
		},
		idempotencyKey: request.idempotencyKey,
	});
	const batch = await batchOf(stores, service, request, attempt);
	await land(stores, service, stage, attempt, batch);
	const current = (await stores.deploys.get(attempt)) ?? attempt;
	const atThisStage = callsBefore.filter(call => call.stage === stage.name && call.host === request.host);
	const isNewCaller = !atThisStage.some(call => call.machine === request.machine);
	const look = await chooseLook(stores, deps, request, current, stage, isNewCaller, !asked);
	return {attempt: current, batch, look, twins: callsBefore.some(call => call.host === request.host && call.machine !== request.machine)};
}
