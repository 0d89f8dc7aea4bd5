/** One look at a deploy's stage: judge, and while a finding may still be decided, wait for the next readings and judge again. */
import {evaluate} from '../../gate/evaluate.ts';
import type {Facts} from '../../gate/facts.ts';
import type {Verdict} from '../../gate/verdict.ts';
import type {ServiceConfig, StageConfig} from '../config.ts';
import {gatherFacts, lookAt} from '../facts.ts';
import type {CheckRequest} from '../schemas/check.ts';
import {type Deps, reading, writing} from './deps.ts';
import {leaseMs, plus, type Recognised} from './recognise-deploy.ts';

/** What a hook's caller sees while a look goes on. */
export type Progress = {readonly text: string; readonly remainingMs: number};
export type Judged = {readonly verdict: Verdict; readonly facts: Facts};

// A look wakes at least this often, so that its lease is renewed and late callers are counted.
const tickMs = 1000;
// The answer must be written, sent and printed before the caller's own limit.
const answerMs = 1000;

/** How long a look may last, from the caller's deadline. */
export const lookMs = (deadlineMs: number): number => Math.max(0, deadlineMs - answerMs);

export type LookPlace = {
	readonly service: ServiceConfig;
	readonly stage: StageConfig;
	readonly request: CheckRequest;
	readonly recognised: Recognised;
};

const twinNote = (request: CheckRequest) => ({
	about: request.host,
	text: `Two machines call themselves ${request.host}; the later call counts`,
	remedy: 'Give each host its own name, or pass --host NAME in its hook',
});

/** Judges once, with the facts of now. */
export async function judge(deps: Deps, {service, stage, request, recognised}: LookPlace, final: boolean): Promise<Judged> {
	const stores = reading(deps);
	const attempt = (await stores.deploys.get(recognised.attempt)) ?? recognised.attempt;
	const look = lookAt(service, stage, attempt, await stores.deploys.calls(attempt), recognised.look.row.started_at, final);
	const notes = recognised.twins ? [...request.notes, twinNote(request)] : request.notes;
	const facts = await gatherFacts(deps, {
		service,
		stage,
		batch: recognised.batch,
		known: request.known,
		landedChanges: request.landedChanges,
		holdings: request.holdings,
		notes,
		look,
	});
	return {verdict: evaluate(service.policy, facts), facts};
}

const waitForReadings = async (deps: Deps, service: string, forMs: number): Promise<void> => {
	const abort = new AbortController();
	await Promise.race([deps.clock.sleep(forMs, abort.signal), ...deps.signals(service).map(reader => reader.waitForNext(abort.signal))]);
	abort.abort();
};

/** Goes on until nothing is undecided, or the deadline comes; then the verdict is made from what is known. */
export async function look(deps: Deps, place: LookPlace, untilMs: number, onProgress: (progress: Progress) => void): Promise<Judged> {
	const {row} = place.recognised.look;
	let leasedAtMs = deps.clock.monotonicMs();
	for (;;) {
		const remainingMs = untilMs - deps.clock.monotonicMs();
		const judged = await judge(deps, place, remainingMs <= 0);
		if (remainingMs <= 0 || !judged.verdict.undecided || judged.verdict.verdict === 'rollback' || judged.verdict.verdict === 'hold')
			return judged;
		const undecided = judged.verdict.findings.find(finding => finding.undecided);
		onProgress({text: undecided?.because ?? 'looking', remainingMs: Math.round(remainingMs)});
		await waitForReadings(deps, place.service.name, Math.min(tickMs, remainingMs));
		if (deps.clock.monotonicMs() - leasedAtMs > leaseMs / 3) {
			leasedAtMs = deps.clock.monotonicMs();
			await writing(deps, async stores => stores.deploys.renewLook(row, plus(stores.at, leaseMs)));
		}
	}
}
