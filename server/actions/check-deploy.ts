/**
 * The gate's door: a hook asks about a stage, and gets one verdict.
 *
 * Recognise (one transaction) -> look (reads only) -> answer (one transaction: verdict, state, events, incident). Many hosts that ask
 * at once share one look: the first owns it, the others wait for its verdict, also when they asked another process.
 */
import {answered} from '../../gate/lifecycle.ts';
import {exitCodeOf, type Finding, type Verdict} from '../../gate/verdict.ts';
import type {EventKind} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import {canaryStageIndex} from '../facts.ts';
import {withReviews} from '../reviews/with-reviews.ts';
import type {CheckRequest} from '../schemas/check.ts';
import type {DeployAttempt} from '../stores/deploys.ts';
import type {StoredVerdict} from '../stores/verdicts.ts';
import {plus} from './choose-look.ts';
import {type Deps, reading, type Stores, type Writing, writing} from './deps.ts';
import {incidentTitle} from './incident-title.ts';
import {noteRollbackEnd} from './know-rollback.ts';
import {type Judged, judge, type LookPlace, look, lookMs, type Progress} from './look.ts';
import {nameService, nameStage} from './name-service.ts';
import {openIncident} from './open-incident.ts';
import {recogniseDeploy} from './recognise-deploy.ts';

/** The contract's JSON, with `attempt` and `exit` beside it. */
export type CheckResult = {
	readonly verdict: Verdict['verdict'];
	readonly service: string;
	readonly deploy: string;
	readonly attempt: number;
	readonly stage: string;
	readonly at: string;
	readonly findings: readonly Finding[];
	readonly incident: string | null;
	readonly url: string | null;
	readonly exit: number;
};

const gateActor = {kind: 'system', name: 'signalbox'} as const;
const pollMs = 100;

const eventKindOf: Readonly<Record<Verdict['verdict'], EventKind>> = {
	go: 'gate_passed',
	hold: 'gate_failed',
	rollback: 'gate_failed',
	blind: 'gate_no_data',
};

const forced = (request: CheckRequest): Finding => ({
	rule: 'force',
	outcome: 'warn',
	because: `Passed without a look, by --force of ${request.actor.name}: ${request.reason ?? ''}`,
	evidence: [],
	remedy: null,
});

/** The verdict of this look where another caller gave it first: whose time was shorter, or who took over from an owner thought dead. */
async function givenMeanwhile(stores: Stores, {recognised}: LookPlace): Promise<StoredVerdict | null> {
	const newest = await stores.deploys.newestLook(recognised.look.row, recognised.look.row.stage);
	return newest?.verdict_id ? stores.verdicts.get(newest.verdict_id) : null;
}

/** An undecided go is watched; what the same stage says later, decided, ends that. A rollback is watched by its signals alone. */
async function setWatch(stores: Writing, {service, stage}: LookPlace, attempt: DeployAttempt, {verdict, undecided}: Verdict) {
	const isCanaryStage = service.stages[canaryStageIndex(service)]?.name === stage.name;
	if (verdict === 'go' && undecided && !attempt.rollback) await stores.deploys.setWatch(attempt, 'watching');
	else if (isCanaryStage && attempt.watch !== null) await stores.deploys.setWatch(attempt, null);
}

type Concluded = {readonly verdict: Verdict; readonly incident: string | null};

/** Writes one look's verdict and what follows from it; one look has one verdict, so a second one is dropped for the first. */
async function store(deps: Deps, stores: Writing, place: LookPlace, judged: Judged): Promise<Concluded> {
	const {service, stage, request, recognised} = place;
	const {verdict, facts} = judged;
	const attempt = (await stores.deploys.get(recognised.attempt)) ?? recognised.attempt;
	const given = await givenMeanwhile(stores, place);
	if (given && request.mode !== 'force') return {verdict: given.verdict, incident: attempt.incident};
	const id = deps.newId();
	const stages = service.stages.map(({name}) => name);
	const answer = answered(stage.name, verdict.verdict, recognised.attempt, attempt, stages);
	await stores.verdicts.add(id, attempt, verdict, facts);
	await stores.deploys.setStageVerdict(attempt, stage.name, verdict.verdict, stores.at);
	await stores.deploys.endLook(recognised.look.row, id);
	// A late answer about an attempt that was closed meanwhile is kept, and changes nothing.
	if (attempt.state !== 'closed') await stores.deploys.setState(attempt, answer.state, answer.outcome, stores.at);
	await setWatch(stores, place, attempt, verdict);
	const about = {service: service.name, deploy: attempt.deploy, attempt: attempt.attempt, incident: attempt.incident};
	const kind: EventKind = request.mode === 'force' ? 'gate_overridden' : eventKindOf[verdict.verdict];
	const actor = request.mode === 'force' ? request.actor : gateActor;
	const reason = verdict.findings[0]?.because ?? 'no rule judges this stage';
	stores.say({
		...{...about, kind, source: 'gate', actor, text: `${stage.name}: ${verdict.verdict}. ${reason}`},
		data: {
			verdict: verdict.verdict,
			stage: stage.name,
			id,
			stop: answer.stop,
			// For whoever is told of it: what to do about the finding that decided.
			...(typeof verdict.findings[0]?.remedy === 'string' ? {remedy: verdict.findings[0].remedy} : {}),
			...(request.mode === 'force' ? {reason: request.reason} : {}),
		},
	});
	let incident = attempt.incident;
	if (answer.opensIncident) {
		incident = await openIncident(stores, attempt, {
			...{by: 'gate', status: 'open', source: 'gate', actor: gateActor},
			...{what: incidentTitle(verdict.findings[0], stage.name), text: `the gate says roll back at ${stage.name}: ${reason}`},
		});
	}
	if (answer.state === 'closed' && attempt.state !== 'closed' && attempt.rollback) await noteRollbackEnd(stores, service, attempt);
	return {verdict, incident};
}

const resultOf = (deps: Deps, place: LookPlace, verdict: Verdict, incident: string | null): CheckResult => {
	const {deploy, attempt} = place.recognised.attempt;
	const base = deps.baseUrl();
	return {
		...{
			verdict: verdict.verdict,
			service: place.service.name,
			deploy,
			attempt,
			stage: verdict.stage,
			at: verdict.at,
			findings: verdict.findings,
			incident,
		},
		...{url: base === null ? null : `${base}/deploys/${deploy}`, exit: exitCodeOf[verdict.verdict]},
	};
};

/** Who waits for the answer: told how far it is, and asked whether anybody is still there. */
export type Asker = {readonly onProgress: (progress: Progress) => void; readonly hasLeft: () => boolean};

/** Waits for the verdict of a look that somebody else makes; null when that one gave up, or this caller's time is over. */
async function join(deps: Deps, place: LookPlace, untilMs: number, {onProgress, hasLeft}: Asker): Promise<StoredVerdict | null> {
	const stores = reading(deps);
	const {row} = place.recognised.look;
	for (;;) {
		const newest = await stores.deploys.newestLook(row, row.stage);
		if (newest?.verdict_id) return stores.verdicts.get(newest.verdict_id);
		const remainingMs = untilMs - deps.clock.monotonicMs();
		if (remainingMs <= 0 || !newest || newest.lease_until < deps.clock.now()) return null;
		// An hour's deadline must not keep those waiting who hung up long ago; the look itself is its owner's, and goes on.
		if (hasLeft()) throw new AppError('conflict', 'The caller left before the verdict; asking again joins the same look.');
		onProgress({text: 'another host asked first: one look for all', remainingMs: Math.round(remainingMs)});
		await deps.clock.sleep(Math.min(pollMs, remainingMs));
	}
}

async function conclude(deps: Deps, place: LookPlace, judged: Judged): Promise<CheckResult> {
	const {verdict, incident} = await writing(deps, stores => store(deps, stores, place, judged));
	return resultOf(deps, place, verdict, incident);
}

/** The verdict that another caller gave to this look. */
async function knownResult(deps: Deps, place: LookPlace): Promise<CheckResult> {
	const stores = reading(deps);
	const given = await givenMeanwhile(stores, place);
	if (!given) return conclude(deps, place, await judge(deps, place, true));
	const attempt = await stores.deploys.get(place.recognised.attempt);
	return resultOf(deps, place, given.verdict, attempt?.incident ?? null);
}

async function forceThrough(deps: Deps, place: LookPlace): Promise<CheckResult> {
	const {facts} = await judge(deps, place, true);
	const verdict: Verdict = {verdict: 'go', stage: place.stage.name, at: facts.at, findings: [forced(place.request)], undecided: false};
	return conclude(deps, place, {verdict, facts});
}

const giveUpLook = (deps: Deps, place: LookPlace): Promise<void> =>
	writing(deps, stores => stores.deploys.renewLook(place.recognised.look.row, plus(stores.at, -1)));

async function ownLook(deps: Deps, place: LookPlace, untilMs: number, onProgress: (progress: Progress) => void): Promise<CheckResult> {
	try {
		if (place.request.mode === 'force') return await forceThrough(deps, place);
		// A rollback is never held, so nothing is worth waiting for.
		if (place.recognised.batch.rollback !== 'no') return await conclude(deps, place, await judge(deps, place, true));
		const judged = await look(deps, place, untilMs, onProgress);
		return judged === null ? await knownResult(deps, place) : await conclude(deps, place, judged);
	} catch (error) {
		// Those who wait for this look must not wait for its lease.
		await giveUpLook(deps, place).catch((second: unknown) => deps.log(`a look could not be given up: ${String(second)}`));
		throw error;
	}
}

/** Asks the gate. `onProgress` is called at each look while nothing is decided; who `hasLeft` no longer waits for others' looks. */
export async function checkDeploy(
	deps: Deps,
	asked: CheckRequest,
	onProgress: (progress: Progress) => void = () => {},
	hasLeft: () => boolean = () => false,
): Promise<CheckResult> {
	const startedMs = deps.clock.monotonicMs();
	const service = nameService(deps.config, asked.service);
	const stage = nameStage(service, asked.stage);
	if (asked.mode === 'force' && !asked.reason)
		throw new AppError('invalid', '--force needs a reason: add --reason TEXT, which is kept for the post-mortem.');
	const request = await withReviews(deps, service, asked, {limitMs: asked.deadlineMs / 4, footers: asked.mode === 'check'});
	const untilMs = startedMs + lookMs(request.deadlineMs);
	for (;;) {
		const recognised = await writing(deps, stores => recogniseDeploy(deps, stores, service, stage, request));
		const place: LookPlace = {service, stage, request, recognised};
		if (recognised.look.kind === 'own') return await ownLook(deps, place, untilMs, onProgress);
		const stored = await join(deps, place, recognised.look.kind === 'known' ? Number.POSITIVE_INFINITY : untilMs, {onProgress, hasLeft});
		if (stored) {
			const attempt = await reading(deps).deploys.get(recognised.attempt);
			return resultOf(deps, place, stored.verdict, attempt?.incident ?? null);
		}
		if (deps.clock.monotonicMs() >= untilMs) {
			// This caller must answer before the look's owner does: from the same readings, and kept as that look's verdict.
			return await conclude(deps, place, await judge(deps, place, true));
		}
		// The owner died: its look is left behind without a verdict, and the next one is ours.
		await giveUpLook(deps, place);
	}
}
