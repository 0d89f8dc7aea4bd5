/**
 * Policy: which rules, with which limits, for which service and stage; and whether `unknown` lets pass (it does not, unless said).
 *
 * As people write it (YAML, one map under `policy:` of a service, or a file of its own):
 *
 *     unknown: blind             # or `pass`: a finding that cannot tell does not stop the deploy
 *     undecided: watch           # or `hold`, or per stage: {canaries: hold}
 *     rules:
 *       patch-order: {stages: [before, canaries]}
 *       canary-errors: {alpha: 0.01, rho_bad: 3}
 */
import type {LimitSpecs, Limits, Rule} from './rule.ts';

/** A rule with its stages and limits settled. */
export type PolicyRule = {
	readonly rule: Rule;
	readonly stages: 'every' | readonly string[];
	readonly limits: Limits<LimitSpecs>;
};

export type Policy = {
	readonly unknown: 'blind' | 'pass';
	/** Per stage; a stage without an entry uses `default`. */
	readonly undecided: {readonly default: 'watch' | 'hold'; readonly stages: Readonly<Record<string, 'watch' | 'hold'>>};
	readonly rules: readonly PolicyRule[];
};

/** One thing that is wrong with a policy; `path` leads to the key, so that whoever holds the file can name its line. */
export type PolicyProblem = {readonly path: readonly (string | number)[]; readonly text: string};
