/**
 * Finding: what one rule says of the facts. Verdict: the worst finding, with all findings.
 * The exit code of `signalbox check` follows from the verdict: 3 before 1 before 4 before 0.
 */
import type {Instant} from './facts.ts';

export type Outcome = 'pass' | 'warn' | 'unknown' | 'hold' | 'rollback';

/** One measured or observed thing behind a finding: a short label and what was seen, as finished words. */
export type Evidence = {readonly label: string; readonly text: string};

/** The data of a pass that looked at nothing, since nothing for it is configured: kept with the verdict, and no line on a terminal. */
export const notAsked = {kind: 'not-asked'} as const;

export type Finding = {
	readonly rule: string;
	readonly outcome: Outcome;
	/** One sentence: what is the case. Under 100 characters where it can be, since it becomes the first line. */
	readonly because: string;
	readonly evidence: readonly Evidence[];
	/** The command or step that mends it; null where there is nothing to do. */
	readonly remedy: string | null;
	/** More looks may still decide this one: go on looking until the deadline, and watch afterwards. */
	readonly undecided?: true;
	/** The outcome before a precondition, an override or a rollback softened it to `warn`. */
	readonly softened?: {readonly from: Outcome; readonly why: string};
	/** The finding for machines: edges, ratios, limits. Shape by rule; additions only. */
	readonly data?: Readonly<Record<string, unknown>>;
};

export type VerdictWord = 'go' | 'blind' | 'hold' | 'rollback';

export type Verdict = {
	readonly verdict: VerdictWord;
	readonly stage: string;
	readonly at: Instant;
	/** Worst first. */
	readonly findings: readonly Finding[];
	/** At least one finding could still be decided by another look. */
	readonly undecided: boolean;
};

/** Exit codes of every command that judges. 2, wrong usage or configuration, is never a verdict. */
export const exitCodeOf: Readonly<Record<VerdictWord, number>> = {go: 0, hold: 1, rollback: 3, blind: 4};

const severity: Readonly<Record<Outcome, number>> = {pass: 0, warn: 1, unknown: 2, hold: 3, rollback: 4};

/** Sorts worst first; equal outcomes keep the policy's order. */
export const bySeverity = (a: Finding, b: Finding): number => severity[b.outcome] - severity[a.outcome];
