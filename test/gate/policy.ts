import test from 'ava';
import fc from 'fast-check';
import {type PolicyProblem, readPolicy} from '../../gate/policy.ts';
import {type Rule, rule} from '../../gate/rule.ts';

const errors = rule({
	name: 'canary-errors',
	why: 'Errors on canaries become errors everywhere.',
	stages: ['canaries'],
	precondition: false,
	limits: {
		alpha: {type: 'number', default: 0.01, min: 0.0001, max: 0.5, why: 'Chance of a false alarm.'},
		rhoBad: {type: 'number', default: 3, min: 1, max: 100, why: 'How many times as many errors are harm.'},
		waitMs: {type: 'ms', default: 20_000, min: 0, max: 600_000, why: 'How long to look.'},
		method: {type: 'choice', default: 'sequential', of: ['sequential', 'fold'], why: 'Which test.'},
		fold: {type: 'flag', default: false, why: 'Divide by the baseline.'},
	},
	check: () => [],
});
const order = rule({
	name: 'patch-order',
	why: 'A change that needs another one breaks without it.',
	stages: 'every',
	precondition: false,
	limits: {
		exclusive: {
			type: 'records',
			default: [],
			fields: {repository: 'required', path: 'required', reason: 'optional'},
			why: 'Owners that exclude each other.',
		},
	},
	check: () => [],
});
const rules: readonly Rule[] = [order, errors];
const stages = ['before', 'canaries', 'production'];

const policyOf = (raw: unknown) => {
	const read = readPolicy(raw, rules, stages);
	if ('problems' in read) throw new Error(JSON.stringify(read.problems));
	return read.policy;
};
const problemsOf = (raw: unknown): readonly PolicyProblem[] => {
	const read = readPolicy(raw, rules, stages);
	return 'problems' in read ? read.problems : [];
};
const sentences = (raw: unknown) => problemsOf(raw).map(({path, text}) => `${path.join('.')}: ${text}`);

test('a policy that is absent is every rule with its own limits and stages, and unknown is blind', t => {
	for (const nothing of [undefined, null, {}, {rules: null}]) {
		const policy = policyOf(nothing);
		t.is(policy.unknown, 'blind');
		t.deepEqual(policy.undecided, {default: 'watch', stages: {}});
		t.deepEqual(
			policy.rules.map(({rule: {name}, stages: judged, limits}) => ({name, judged, limits})),
			[
				{name: 'patch-order', judged: 'every', limits: {exclusive: []}},
				{name: 'canary-errors', judged: ['canaries'], limits: {alpha: 0.01, rhoBad: 3, waitMs: 20_000, method: 'sequential', fold: false}},
			] as never,
		);
	}
});

test('limits are written in snake_case, times with their unit, and what is not written keeps its default', t => {
	const policy = policyOf({
		unknown: 'pass',
		undecided: {default: 'watch', canaries: 'hold'},
		rules: {
			'canary-errors': {stages: ['canaries', 'production'], rho_bad: 5, wait: '2m', method: 'fold', fold: true},
			'patch-order': {exclusive: [{repository: 'core', path: 'a.php'}]},
		},
	});
	t.is(policy.unknown, 'pass');
	t.deepEqual(policy.undecided, {default: 'watch', stages: {canaries: 'hold'}});
	t.deepEqual(policy.rules[1]?.stages, ['canaries', 'production']);
	t.deepEqual(policy.rules[1]?.limits, {alpha: 0.01, rhoBad: 5, waitMs: 120_000, method: 'fold', fold: true} as never);
	t.deepEqual(policy.rules[0]?.limits, {exclusive: [{repository: 'core', path: 'a.php'}]});
});

test('a rule is turned off by off alone', t => {
	t.deepEqual(
		policyOf({rules: {'canary-errors': 'off'}}).rules.map(({rule: {name}}) => name),
		['patch-order'],
	);
	t.is(policyOf({rules: {'canary-errors': null}}).rules.length, 2);
});

test('every problem is said at once, each with the way to its key', t => {
	t.deepEqual(
		sentences({
			unkown: 'pass',
			undecided: {cannaries: 'hold', production: 'maybe'},
			rules: {
				'patch-oder': {},
				'canary-errors': {alpha: 1, rho_bat: 3, wait: 20, method: 'fol', fold: 'yes', stages: ['canaries', 'canaries', 'prodution']},
				'patch-order': {exclusive: [{repository: 'core'}, {repository: 'core', path: 1.27, raeson: 'x'}, 'text']},
			},
		}),
		[
			'unkown: there is no key «unkown»; did you mean «unknown»?',
			'rules.patch-oder: there is no rule «patch-oder»; did you mean «patch-order»?',
			'undecided.cannaries: there is no stage «cannaries»; did you mean «canaries»?',
			'undecided.production: must be watch or hold, not «maybe»',
			'rules.patch-order.exclusive.0: the key «path» is missing',
			'rules.patch-order.exclusive.1.raeson: there is no key «raeson»; did you mean «reason»?',
			'rules.patch-order.exclusive.1.path: must be text; put 1.27 in quotes',
			'rules.patch-order.exclusive.2: must be a map of repository, path, reason, not «text»',
			'rules.canary-errors.rho_bat: there is no key «rho_bat»; did you mean «rho_bad»?',
			'rules.canary-errors.alpha: must be from 0.0001 to 0.5, not 1',
			'rules.canary-errors.wait: must be a time such as 30s, 5m, 2h or 1d (from 0s to 10m), not 20',
			'rules.canary-errors.method: must be one of sequential, fold, not «fol»; did you mean «fold»?',
			'rules.canary-errors.fold: must be true or false, not «yes»',
			'rules.canary-errors.stages.1: the stage «canaries» stands here twice',
			'rules.canary-errors.stages.2: there is no stage «prodution»; did you mean «production»?',
		],
	);
});

test('a negative limit, a limit beyond its range and a limit that is no number are refused', t => {
	for (const value of [-1, 101, Number.NaN, Number.POSITIVE_INFINITY, '3', [], {}, null])
		t.is(problemsOf({rules: {'canary-errors': {rho_bad: value}}}).length, 1, String(value));
	t.is(problemsOf({rules: {'canary-errors': {wait: '-5s'}}}).length, 1);
	t.is(problemsOf({rules: {'canary-errors': {wait: '11m'}}}).length, 1);
});

test('a policy, rules, stages and limits of the wrong kind are each a sentence', t => {
	t.deepEqual(sentences('strict'), [': a policy must be a map of unknown, undecided and rules, not «strict»']);
	t.deepEqual(sentences({rules: ['canary-errors']}), ['rules: must be a map of rules to their limits, not a list']);
	t.deepEqual(sentences({unknown: true}), ['unknown: must be blind or pass, not true']);
	t.deepEqual(sentences({undecided: 3}), ['undecided: must be watch, hold or a map of stages to one of them, not 3']);
	t.deepEqual(sentences({rules: {'canary-errors': 3}}), ['rules.canary-errors: must be a map of limits, or off, not 3']);
	t.deepEqual(sentences({rules: {'canary-errors': {stages: []}}}), [
		'rules.canary-errors.stages: names no stage; to turn the rule off write off in place of its limits',
	]);
});

test('no input makes the reader throw, and what it accepts judges only by known rules within their ranges', t => {
	fc.assert(
		fc.property(
			fc.oneof(
				fc.anything(),
				fc.record({unknown: fc.anything(), undecided: fc.anything(), rules: fc.anything()}, {requiredKeys: []}),
				fc.record({
					rules: fc.record({
						'canary-errors': fc.dictionary(fc.constantFrom('alpha', 'rho_bad', 'wait', 'stages', '__proto__'), fc.anything()),
					}),
				}),
			),
			raw => {
				const read = readPolicy(raw, rules, stages);
				if ('problems' in read) return read.problems.length > 0;
				const judged = read.policy.rules.find(({rule: {name}}) => name === 'canary-errors');
				const alpha: unknown = judged?.limits['alpha'];
				return judged === undefined || (typeof alpha === 'number' && alpha >= 0.0001 && alpha <= 0.5);
			},
		),
		{numRuns: 500},
	);
	t.pass();
});
