/**
 * Rule: one file, one pure function from facts to findings, with its limits declared beside it.
 * A policy is a list of rules with their limits settled: see policy.ts.
 */
import type {Facts} from './facts.ts';
import type {Evidence, Outcome} from './verdict.ts';

/** What a rule returns; evaluate adds the rule's name and fills what is left out. */
export type RawFinding = {
	readonly outcome: Outcome;
	readonly because: string;
	readonly evidence?: readonly Evidence[];
	readonly remedy?: string | null;
	readonly undecided?: true;
	readonly data?: Readonly<Record<string, unknown>>;
};

/** How one limit is written in a policy, checked and explained. `ms` limits are written as `30s`, `5m` or `2h`. */
export type LimitSpec =
	| {readonly type: 'number'; readonly default: number; readonly min: number; readonly max: number; readonly why: string}
	| {readonly type: 'ms'; readonly default: number; readonly min: number; readonly max: number; readonly why: string}
	| {readonly type: 'choice'; readonly default: string; readonly of: readonly string[]; readonly why: string}
	| {readonly type: 'flag'; readonly default: boolean; readonly why: string}
	/** A list of records of text fields; `fields` says which are needed. */
	| {
			readonly type: 'records';
			readonly default: readonly Readonly<Record<string, string>>[];
			readonly fields: Readonly<Record<string, 'required' | 'optional'>>;
			/** What is wrong with a record whose fields are all there, each problem with its field. */
			readonly problemsOf?: (record: Readonly<Record<string, string>>) => readonly {readonly field: string; readonly text: string}[];
			readonly why: string;
	  };

export type LimitSpecs = Readonly<Record<string, LimitSpec>>;

/** The settled limits that belong to the specs. */
export type Limits<Specs extends LimitSpecs> = {
	readonly [Name in keyof Specs]: Specs[Name]['default'] extends number
		? number
		: Specs[Name]['default'] extends boolean
			? boolean
			: Specs[Name]['default'] extends string
				? string
				: readonly Readonly<Record<string, string>>[];
};

export type Rule<Specs extends LimitSpecs = LimitSpecs> = {
	readonly name: string;
	/** One sentence: what goes wrong without it. */
	readonly why: string;
	/** Stages it judges unless the policy names others; `every` is each stage of the service. */
	readonly stages: 'every' | readonly string[];
	/** A precondition holds at the deploy's first stage only; later it warns, since a non-zero exit then takes the deploy back. */
	readonly precondition: boolean;
	readonly limits: Specs;
	check(facts: Facts, limits: Limits<Specs>): readonly RawFinding[];
};

/** Declares a rule; the type of its limits follows from their specs. */
export const rule = <const Specs extends LimitSpecs>(declared: Rule<Specs>): Rule<Specs> => declared;
