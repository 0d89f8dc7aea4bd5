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
import {isMap, kindOf, type LimitValue, limitKey, type PolicyProblem, readLimit} from './limits.ts';
import {suggestion} from './nearest.ts';
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

export type {PolicyProblem} from './limits.ts';

type Path = readonly (string | number)[];
type Raw = Readonly<Record<string, unknown>>;
type Undecided = Policy['undecided'];

const undecidedWords = ['watch', 'hold'] as const;
const isUndecidedWord = (raw: unknown): raw is 'watch' | 'hold' => raw === 'watch' || raw === 'hold';
const stagesMax = 100;

/** Collects what is wrong, so that all of it is said at once. */
type Complain = (path: Path, text: string) => void;

function unknownKeys(raw: Raw, allowed: readonly string[], path: Path, complain: Complain): void {
	for (const key of Object.keys(raw)) {
		if (!allowed.includes(key)) complain([...path, key], `there is no key «${key.slice(0, 60)}»${suggestion(key, allowed)}`);
	}
}

const own = (raw: Raw, key: string): unknown => (Object.hasOwn(raw, key) ? raw[key] : undefined);

function readUnknown(raw: unknown, complain: Complain): Policy['unknown'] {
	if (raw === undefined || raw === null || raw === 'blind') return 'blind';
	if (raw === 'pass') return 'pass';
	complain(['unknown'], `must be blind or pass, not ${kindOf(raw)}`);
	return 'blind';
}

function readUndecided(raw: unknown, stages: readonly string[] | undefined, complain: Complain): Undecided {
	if (raw === undefined || raw === null) return {default: 'watch', stages: {}};
	if (isUndecidedWord(raw)) return {default: raw, stages: {}};
	if (!isMap(raw)) {
		complain(['undecided'], `must be watch, hold or a map of stages to one of them, not ${kindOf(raw)}`);
		return {default: 'watch', stages: {}};
	}
	const entries = Object.entries(raw).flatMap(([stage, word]): [string, 'watch' | 'hold'][] => {
		if (stages && stage !== 'default' && !stages.includes(stage))
			complain(['undecided', stage], `there is no stage «${stage.slice(0, 60)}»${suggestion(stage, [...stages, 'default'])}`);
		if (isUndecidedWord(word)) return [[stage, word]];
		complain(['undecided', stage], `must be ${undecidedWords.join(' or ')}, not ${kindOf(word)}`);
		return [];
	});
	const perStage = entries.filter(([stage]) => stage !== 'default');
	return {default: entries.find(([stage]) => stage === 'default')?.[1] ?? 'watch', stages: Object.fromEntries(perStage)};
}

function readStages(
	raw: unknown,
	path: Path,
	usual: PolicyRule['stages'],
	known: readonly string[] | undefined,
	complain: Complain,
): PolicyRule['stages'] {
	if (raw === undefined || raw === null) return usual;
	if (raw === 'every') return 'every';
	if (!Array.isArray(raw)) {
		complain(path, `must be every or a list of stages, not ${kindOf(raw)}`);
		return usual;
	}
	if (raw.length === 0) complain(path, 'names no stage; to turn the rule off write off in place of its limits');
	if (raw.length > stagesMax) complain(path, `names ${raw.length} stages; at most ${stagesMax} are read`);
	const stages: string[] = [];
	for (const [index, stage] of raw.slice(0, stagesMax).entries()) {
		if (typeof stage !== 'string' || stage === '') complain([...path, index], `must be the name of a stage, not ${kindOf(stage)}`);
		else if (stages.includes(stage)) complain([...path, index], `the stage «${stage}» stands here twice`);
		else if (known && !known.includes(stage))
			complain([...path, index], `there is no stage «${stage.slice(0, 60)}»${suggestion(stage, known)}`);
		else stages.push(stage);
	}
	return stages;
}

/** The type of the limits cannot follow a rule that is only known at run time; readLimit has checked each against its spec. */
const limitsOf = (settled: ReadonlyMap<string, LimitValue>) => Object.fromEntries(settled) as PolicyRule['limits'];

function readRule(rule: Rule, raw: unknown, stages: readonly string[] | undefined, complain: Complain): PolicyRule | null {
	const path = ['rules', rule.name];
	const keys = new Map(Object.entries(rule.limits).map(([name, spec]) => [limitKey(name, spec), {name, spec}]));
	const settled = new Map(Object.entries(rule.limits).map(([name, spec]): [string, LimitValue] => [name, spec.default]));
	const isBare = raw === undefined || raw === null || raw === true || raw === 'on';
	if (raw === false || raw === 'off') return null;
	if (!isBare && !isMap(raw)) complain(path, `must be a map of limits, or off, not ${kindOf(raw)}`);
	const written: Raw = isMap(raw) ? raw : {};
	unknownKeys(written, ['stages', ...keys.keys()], path, complain);
	for (const [key, {name, spec}] of keys) {
		const value = own(written, key);
		if (value === undefined) continue;
		const read = readLimit(spec, value, [...path, key]);
		if ('value' in read) settled.set(name, read.value);
		else for (const problem of read.problems) complain(problem.path, problem.text);
	}
	return {
		rule,
		stages: readStages(own(written, 'stages'), [...path, 'stages'], rule.stages, stages, complain),
		limits: limitsOf(settled),
	};
}

/**
 * Reads a policy as it was written, against the rules there are and, where they are known, the stages of the service. Strict: every
 * key, type, range, rule and stage that is wrong is a problem, and all problems come at once. A rule that the policy does not name is
 * judged with its own limits, so that writing one limit never turns the others off; `off` does. Nothing written (undefined or null) is
 * the policy of every rule with its own limits.
 */
export function readPolicy(
	raw: unknown,
	rules: readonly Rule[],
	stages?: readonly string[],
): {readonly policy: Policy} | {readonly problems: readonly PolicyProblem[]} {
	const problems: PolicyProblem[] = [];
	const complain: Complain = (path, text) => void problems.push({path, text});
	const isNothing = raw === undefined || raw === null;
	if (!isNothing && !isMap(raw)) complain([], `a policy must be a map of unknown, undecided and rules, not ${kindOf(raw)}`);
	const written: Raw = isMap(raw) ? raw : {};
	unknownKeys(written, ['unknown', 'undecided', 'rules'], [], complain);
	const writtenRules = own(written, 'rules') ?? {};
	if (!isMap(writtenRules)) complain(['rules'], `must be a map of rules to their limits, not ${kindOf(writtenRules)}`);
	const byName: Raw = isMap(writtenRules) ? writtenRules : {};
	const names = rules.map(known => known.name);
	for (const name of Object.keys(byName)) {
		if (!names.includes(name)) complain(['rules', name], `there is no rule «${name.slice(0, 60)}»${suggestion(name, names)}`);
	}
	const policy: Policy = {
		unknown: readUnknown(own(written, 'unknown'), complain),
		undecided: readUndecided(own(written, 'undecided'), stages, complain),
		rules: rules.map(known => readRule(known, own(byName, known.name), stages, complain)).filter(settled => settled !== null),
	};
	return problems.length > 0 ? {problems} : {policy};
}
