/**
 * The life of a deploy, as a pure function: what is known, and a question, in; what it means, out.
 *
 * A deploy is known again by service and fingerprint (the target commits per repository) and its newest attempt. Nobody passes an id.
 * docs/deploys.md draws these states. The server only carries out what `recognise`, `answered` and `closedBy` say.
 */
import type {Instant} from './facts.ts';
import type {VerdictWord} from './verdict.ts';

/** `open`: asked about and not ended. `stopped`: the last answer was not 0, and nobody has gone on since. */
export type AttemptState = 'open' | 'stopped' | 'closed';

/**
 * How an attempt ended. `completed`: its last stage went. `rolled-back`: it was taken back. `superseded`: the next deploy came.
 * `repeated`: asked again from the first stage. `unknown`: nobody called any more. `aborted`: announced as aborted or failed.
 * `finished`: said or announced, which is not success.
 */
export type AttemptOutcome = 'completed' | 'rolled-back' | 'superseded' | 'repeated' | 'unknown' | 'aborted' | 'finished';

export type StageState = {
	readonly stage: string;
	readonly askedAt: Instant;
	readonly verdict: VerdictWord | null;
	readonly verdictAt: Instant | null;
};

export type Attempt = {
	readonly deploy: string;
	readonly attempt: number;
	readonly fingerprint: string;
	readonly state: AttemptState;
	readonly rollback: boolean;
	readonly activeAt: Instant;
	/** In the order in which they were first asked about. */
	readonly stages: readonly StageState[];
	/** A look that waits for more readings is going on. */
	readonly looking: boolean;
};

export type Question = {readonly fingerprint: string; readonly stage: string; readonly host: string; readonly rollback: boolean};

export type Recognition = {
	/** Null: a new attempt, with the number given. */
	readonly continues: Attempt | null;
	readonly attemptNumber: number;
	/** Open attempts that this question ends. */
	readonly closes: readonly {readonly attempt: Attempt; readonly outcome: AttemptOutcome}[];
	/** A later stage is asked about although this stage said no: somebody went on, and that is an event. */
	readonly proceededOver: StageState | null;
};

const newest = (attempts: readonly Attempt[]): Attempt | null =>
	attempts.reduce<Attempt | null>((best, attempt) => (best === null || attempt.attempt > best.attempt ? attempt : best), null);

/** Whether the code of this attempt is anywhere: any stage but `before` is asked about once its code is there. */
export const isOut = (attempt: Pick<Attempt, 'stages'>): boolean => attempt.stages.some(({stage}) => stage !== 'before');

function proceededOver(attempt: Attempt, question: Question, stages: readonly string[]): StageState | null {
	if (attempt.state !== 'stopped') return null;
	const asked = stages.indexOf(question.stage);
	const refused = attempt.stages.filter(({verdict, stage}) => verdict !== null && verdict !== 'go' && stages.indexOf(stage) < asked);
	return refused.at(-1) ?? null;
}

/**
 * Which attempt a question belongs to.
 *
 * `attempts` are those of this service that are not closed, and the newest one of this fingerprint even when it is closed.
 * `stages` are the service's, in order. The first stage asked again after a stop or a close begins attempt n+1; any stage asked about
 * a closed attempt (a late call) does so too; another batch's question ends the attempts that were open.
 */
export function recognise(attempts: readonly Attempt[], question: Question, stages: readonly string[]): Recognition {
	const mine = newest(attempts.filter(attempt => attempt.fingerprint === question.fingerprint));
	const open = attempts.filter(attempt => attempt.state !== 'closed');
	const ending = (attempt: Attempt): AttemptOutcome => (question.rollback && isOut(attempt) ? 'rolled-back' : 'superseded');
	const others = open.filter(attempt => attempt.fingerprint !== question.fingerprint).map(attempt => ({attempt, outcome: ending(attempt)}));
	const repeated = open
		.filter(attempt => attempt.fingerprint === question.fingerprint)
		.map(attempt => ({attempt, outcome: 'repeated' as const}));
	const next = (mine?.attempt ?? 0) + 1;
	if (mine === null || mine.state === 'closed')
		return {continues: null, attemptNumber: next, closes: [...others, ...repeated], proceededOver: null};
	const isFirst = stages.indexOf(question.stage) === 0;
	if (isFirst && mine.state === 'stopped')
		return {continues: null, attemptNumber: next, closes: [...others, ...repeated], proceededOver: null};
	const older = repeated.filter(({attempt}) => attempt.attempt !== mine.attempt);
	return {
		continues: mine,
		attemptNumber: mine.attempt,
		closes: [...others, ...older],
		proceededOver: proceededOver(mine, question, stages),
	};
}

export type Answer = {
	readonly state: AttemptState;
	readonly outcome: AttemptOutcome | null;
	/** Recorded as a stop: a non-zero answer. */
	readonly stop: boolean;
	/** An incident opens with the verdict `rollback`. */
	readonly opensIncident: boolean;
};

/** What an answer makes of the attempt. A rollback is never stopped, and ends with its last stage whatever was seen. */
export function answered(stage: string, verdict: VerdictWord, attempt: {readonly rollback: boolean}, stages: readonly string[]): Answer {
	const isLast = stages.indexOf(stage) === stages.length - 1;
	if (verdict === 'go' || attempt.rollback)
		return {state: isLast ? 'closed' : 'open', outcome: isLast ? 'completed' : null, stop: false, opensIncident: false};
	return {state: 'stopped', outcome: null, stop: true, opensIncident: verdict === 'rollback'};
}

/** Attempts that nobody asked about for `idleCloseMs`; a look that is going on keeps its attempt open. */
export const idleAttempts = (attempts: readonly Attempt[], now: Instant, idleCloseMs: number): readonly Attempt[] =>
	attempts.filter(
		attempt => attempt.state !== 'closed' && !attempt.looking && Date.parse(now) - Date.parse(attempt.activeAt) >= idleCloseMs,
	);
