/**
 * The life of a deploy, as a pure function: what is known, and a question, in; what it means, out.
 *
 * A deploy is known again by service and fingerprint (the target commits per repository) and its newest attempt. Nobody passes an id.
 * docs/deploys.md draws these states. The server only carries out what `recognise`, `answered` and `idleAttempts` say.
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
	/** Null until it is closed. */
	readonly outcome: AttemptOutcome | null;
	readonly rollback: boolean;
	readonly activeAt: Instant;
	/** In the order in which they were first asked about. */
	readonly stages: readonly StageState[];
	/** Until when the lease of an unfinished look runs; a look whose owner died is over by then. Null: no look goes on. */
	readonly lookUntil: Instant | null;
};

export type Question = {
	readonly fingerprint: string;
	readonly stage: string;
	/** Its content, or `--rollback`, says that something is taken back. */
	readonly rollback: boolean;
	readonly at: Instant;
	/** This caller has asked about this stage of the newest attempt before; otherwise it is one of many that ask the same. */
	readonly again: boolean;
};

export type Recognition = {
	/** Null: a new attempt, with the number given. */
	readonly continues: Attempt | null;
	readonly attemptNumber: number;
	/** The attempt is closed and stays so: this caller is late, and is answered as the others were. */
	readonly late: boolean;
	/** Open attempts that this question ends. */
	readonly closes: readonly {readonly attempt: Attempt; readonly outcome: AttemptOutcome}[];
	/** The deploy goes on although this stage said no: somebody decided that, and that is an event. */
	readonly proceededOver: StageState | null;
};

/** Hosts that ask about the same stage within this time of its verdict ask the same question. */
export const sameQuestionMs = 60_000;
/** A host that was slow may still ask about a stage of a closed attempt for so long. */
export const lateCallMs = 30 * 60_000;

const newest = (attempts: readonly Attempt[]): Attempt | null =>
	attempts.reduce<Attempt | null>((best, attempt) => (best === null || attempt.attempt > best.attempt ? attempt : best), null);

/** Whether the code of this attempt is anywhere: any stage but `before` is asked about once its code is there. */
export const isOut = (attempt: Pick<Attempt, 'stages'>): boolean => attempt.stages.some(({stage}) => stage !== 'before');

const msBetween = (from: Instant, to: Instant): number => Date.parse(to) - Date.parse(from);

/** One of many hosts that ask the same: another one was answered a moment ago. */
function asksWithTheOthers(attempt: Attempt, {stage, at, again}: Question): boolean {
	const answeredAt = attempt.stages.find(known => known.stage === stage)?.verdictAt ?? null;
	return !again && answeredAt !== null && msBetween(answeredAt, at) < sameQuestionMs;
}

/** A question that a closed attempt still answers: it never opens again for it. */
function isLate(mine: Attempt, question: Question, isFirst: boolean, isAlone: boolean): boolean {
	if (isFirst) return isAlone && mine.outcome !== 'superseded' && asksWithTheOthers(mine, question);
	const wasAnswered = mine.stages.some(({stage, verdict}) => stage === question.stage && verdict !== null);
	return !question.again && wasAnswered && msBetween(mine.activeAt, question.at) < lateCallMs;
}

/** Whether the first stage of a stopped attempt is asked about as part of it: with the others, or by further hosts once the code is out. */
const asksFurther = (mine: Attempt, question: Question): boolean => asksWithTheOthers(mine, question) || (!question.again && isOut(mine));

function proceededOver(mine: Attempt, question: Question, stages: readonly string[]): StageState | null {
	if (mine.state !== 'stopped') return null;
	const asked = stages.indexOf(question.stage);
	const isEarlier = ({stage}: StageState): boolean => stages.indexOf(stage) < asked;
	// The first stage of further hosts comes after everything that the hosts before them were asked.
	const goesOn = asked === 0 && !asksWithTheOthers(mine, question);
	return mine.stages.findLast(stage => stage.verdict !== null && stage.verdict !== 'go' && (goesOn || isEarlier(stage))) ?? null;
}

/**
 * Which attempt a question belongs to.
 *
 * `attempts` are those of this service that are not closed, and the newest one of this fingerprint even when it is closed.
 * `stages` are the service's, in order. The first stage asked again after a stop or a close begins attempt n+1, and so does a stage
 * that a closed attempt was never asked about; a late host's question stays with the closed attempt; another batch's question ends
 * the attempts that were open. What is taken back is never the attempt that brought it.
 */
export function recognise(attempts: readonly Attempt[], question: Question, stages: readonly string[]): Recognition {
	const mine = newest(attempts.filter(attempt => attempt.fingerprint === question.fingerprint));
	const open = attempts.filter(attempt => attempt.state !== 'closed');
	const isFirst = stages.indexOf(question.stage) === 0;
	const isSame = mine !== null && (mine.rollback || !question.rollback);
	if (isSame && mine.state === 'closed' && isLate(mine, question, isFirst, open.length === 0))
		return {continues: mine, attemptNumber: mine.attempt, late: true, closes: [], proceededOver: null};
	const ending = (attempt: Attempt): AttemptOutcome => {
		if (attempt.fingerprint === question.fingerprint) return 'repeated';
		return question.rollback && isOut(attempt) ? 'rolled-back' : 'superseded';
	};
	const closing = (ended: readonly Attempt[]) => ended.map(attempt => ({attempt, outcome: ending(attempt)}));
	const goesOn = isSame && (mine.state === 'open' || (mine.state === 'stopped' && (!isFirst || asksFurther(mine, question))));
	if (!goesOn) return {continues: null, attemptNumber: (mine?.attempt ?? 0) + 1, late: false, closes: closing(open), proceededOver: null};
	return {
		continues: mine,
		attemptNumber: mine.attempt,
		late: false,
		closes: closing(open.filter(attempt => attempt !== mine)),
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

type Standing = Pick<Attempt, 'rollback' | 'state' | 'outcome'>;

/**
 * What an answer makes of the attempt, which stood at `asked` when the look began and stands at `now` today. A rollback is never
 * stopped, and ends with its last stage whatever was seen. What was closed meanwhile stays closed, and a stop that came meanwhile
 * (from another stage, the watcher or an announcement) is not undone by a look that began before it.
 */
export function answered(stage: string, verdict: VerdictWord, asked: Standing, now: Standing, stages: readonly string[]): Answer {
	const passes = verdict === 'go' || now.rollback;
	const said = {stop: !passes, opensIncident: !passes && verdict === 'rollback'};
	if (now.state === 'closed') return {...said, state: 'closed', outcome: now.outcome};
	if (!passes) return {...said, state: 'stopped', outcome: null};
	if (!now.rollback && now.state === 'stopped' && asked.state !== 'stopped') return {...said, state: 'stopped', outcome: null};
	const isLast = stages.indexOf(stage) === stages.length - 1;
	return {...said, state: isLast ? 'closed' : 'open', outcome: isLast ? 'completed' : null};
}

/** Attempts that nobody asked about for `idleCloseMs`; a look that is going on keeps its attempt open as long as its lease runs. */
export const idleAttempts = (attempts: readonly Attempt[], now: Instant, idleCloseMs: number): readonly Attempt[] =>
	attempts.filter(
		({state, activeAt, lookUntil}) =>
			state !== 'closed' && (lookUntil === null || lookUntil <= now) && msBetween(activeAt, now) >= idleCloseMs,
	);
