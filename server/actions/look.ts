/** One look at a deploy's stage: judge, and while a finding may still be decided, wait for the next readings and judge again. */
import {evaluate} from '../../gate/evaluate.ts';
import type {Facts, Note} from '../../gate/facts.ts';
import type {Finding, Verdict} from '../../gate/verdict.ts';
import type {ServiceConfig, StageConfig} from '../config.ts';
import {gatherFacts, isFirstStage, lookAt} from '../facts.ts';
import {usualProbeMs} from '../prerequisites.ts';
import type {CheckRequest} from '../schemas/check.ts';
import type {Call, LookRow} from '../stores/deploys.ts';
import {leaseMs, plus} from './choose-look.ts';
import {type Deps, reading, writing} from './deps.ts';
import type {Recognised} from './recognise-deploy.ts';

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

/** Two machines of one name cannot be told apart in a log: which of them is the canary is not known. */
function twinNotes(calls: readonly Call[]): Note[] {
	const machines = new Map<string, Set<string>>();
	for (const {host, machine} of calls) if (machine !== '') machines.set(host, (machines.get(host) ?? new Set()).add(machine));
	return [...machines].flatMap(([host, known]) =>
		known.size < 2
			? []
			: [
					{
						about: host,
						text: `${known.size === 2 ? 'Two' : known.size} machines call themselves ${host}; the later call counts`,
						remedy: 'Give each host its own name, or pass --host NAME in its hook',
					},
				],
	);
}

/** Judges once, with the facts of now. */
export async function judge(deps: Deps, {service, stage, request, recognised}: LookPlace, final: boolean): Promise<Judged> {
	const stores = reading(deps);
	const [stored, calls] = await Promise.all([stores.deploys.get(recognised.attempt), stores.deploys.calls(recognised.attempt)]);
	const attempt = stored ?? recognised.attempt;
	const look = lookAt(service, stage, attempt, calls, recognised.look.row.started_at, final);
	const facts = await gatherFacts(deps, {
		service,
		stage,
		first: isFirstStage(service, stage, attempt),
		batch: recognised.batch,
		known: request.known,
		landedChanges: request.landedChanges,
		holdings: request.holdings,
		beside: request.beside,
		notes: [...request.notes, ...twinNotes(calls)],
		look,
		// What passes whatever is found waits for nobody.
		probeMs: request.mode === 'check' && recognised.batch.rollback === 'no' ? Math.min(usualProbeMs, request.deadlineMs / 4) : 0,
		...(request.actor.kind === 'person' ? {deployer: request.actor.name} : {}),
	});
	return {verdict: evaluate(service.policy, facts), facts};
}

const waitForReadings = async (deps: Deps, service: string, forMs: number): Promise<void> => {
	const abort = new AbortController();
	await Promise.race([deps.clock.sleep(forMs, abort.signal), ...deps.signals(service).map(reader => reader.waitForNext(abort.signal))]);
	abort.abort();
};

/** Whether waiting could change the answer: not for a rollback, and not where an override lets pass whatever is found. */
function isWaitedFor(finding: Finding, {batch, overrides, at}: Facts): boolean {
	if (finding.undecided !== true || batch.rollback !== 'no') return false;
	return !overrides.some(({rule, until}) => until > at && (rule === undefined || rule === finding.rule));
}

/** Whether another caller of this look, whose time was shorter, has given its verdict. */
async function isEnded(deps: Deps, row: LookRow): Promise<boolean> {
	const newest = await reading(deps).deploys.newestLook(row, row.stage);
	return newest !== null && newest.verdict_id !== null;
}

/**
 * Goes on until nothing is undecided, or the deadline comes; then the verdict is made from what is known. Null: another caller gave this
 * look's verdict meanwhile.
 */
export async function look(
	deps: Deps,
	place: LookPlace,
	untilMs: number,
	onProgress: (progress: Progress) => void,
): Promise<Judged | null> {
	const {row} = place.recognised.look;
	let leasedAtMs = deps.clock.monotonicMs();
	for (;;) {
		const remainingMs = untilMs - deps.clock.monotonicMs();
		const judged = await judge(deps, place, remainingMs <= 0);
		const {verdict, facts} = judged;
		if (remainingMs <= 0 || !verdict.undecided || verdict.verdict === 'rollback' || verdict.verdict === 'hold') return judged;
		const undecided = verdict.findings.find(finding => isWaitedFor(finding, facts));
		if (!undecided) return judge(deps, place, true);
		onProgress({text: undecided.because, remainingMs: Math.round(remainingMs)});
		await waitForReadings(deps, place.service.name, Math.min(tickMs, remainingMs));
		if (await isEnded(deps, row)) return null;
		if (deps.clock.monotonicMs() - leasedAtMs > leaseMs / 3) {
			leasedAtMs = deps.clock.monotonicMs();
			await writing(deps, async stores => stores.deploys.renewLook(row, plus(stores.at, leaseMs)));
		}
	}
}
