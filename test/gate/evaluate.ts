import test from 'ava';
import fc from 'fast-check';
import {evaluate} from '../../gate/evaluate.ts';
import type {Facts} from '../../gate/facts.ts';
import type {Policy} from '../../gate/policy.ts';
import {type RawFinding, type Rule, rule} from '../../gate/rule.ts';
import type {Outcome} from '../../gate/verdict.ts';
import {after, factsWith, quietDay} from '../helpers/quiet-day.ts';

const saying = (name: string, findings: readonly RawFinding[], more: Partial<Rule> = {}): Rule =>
	rule({name, why: 'It says what the test says.', stages: 'every', precondition: false, limits: {}, check: () => findings, ...more});
const finding = (outcome: Outcome, more: Partial<RawFinding> = {}): RawFinding => ({outcome, because: `it is ${outcome}`, ...more});
const policyOf = (rules: readonly Rule[], more: Partial<Policy> = {}): Policy => ({
	unknown: 'blind',
	undecided: {default: 'watch', stages: {}},
	rules: rules.map(one => ({rule: one, stages: one.stages, limits: {}})),
	...more,
});
const judge = (outcome: Outcome, facts: Facts, more: Partial<Rule> = {}) =>
	evaluate(policyOf([saying('one', [finding(outcome)], more)]), facts);
const look = quietDay.look;
const finalLook = look === null ? null : {...look, final: true};
const lastLook = factsWith({look: finalLook});

test('without a rule that judges the stage there is nothing against the deploy', t => {
	t.deepEqual(evaluate(policyOf([]), quietDay), {verdict: 'go', stage: 'canaries', at: quietDay.at, findings: [], undecided: false});
});

test('the verdict is the worst finding, and findings come worst first, equal ones in the order of the policy', t => {
	const verdict = evaluate(
		policyOf([
			saying('one', [finding('pass'), finding('warn')]),
			saying('two', [finding('hold'), finding('warn')]),
			saying('three', [finding('unknown')]),
		]),
		quietDay,
	);
	t.is(verdict.verdict, 'hold');
	t.deepEqual(
		verdict.findings.map(({rule: name, outcome}) => `${name} ${outcome}`),
		['two hold', 'three unknown', 'one warn', 'two warn', 'one pass'],
	);
});

test('each outcome has its word', t => {
	t.deepEqual(
		(['pass', 'warn', 'unknown', 'hold', 'rollback'] as const).map(outcome => judge(outcome, quietDay).verdict),
		['go', 'go', 'blind', 'hold', 'rollback'],
	);
	t.is(evaluate(policyOf([saying('one', [finding('unknown')])], {unknown: 'pass'}), quietDay).verdict, 'go');
});

test('a finding gets the name of its rule and what it left out', t => {
	t.deepEqual(judge('hold', quietDay).findings, [{rule: 'one', outcome: 'hold', because: 'it is hold', evidence: [], remedy: null}]);
});

test('a rule is judged at its stages only', t => {
	const policy = policyOf([saying('one', [finding('hold')], {stages: ['before']})]);
	t.is(evaluate(policy, quietDay).verdict, 'go');
	t.is(evaluate(policy, factsWith({stage: {name: 'before', first: true}})).verdict, 'hold');
});

test('a rule that throws is blind, says so, and does not stop the others', t => {
	const broken = saying('broken', [], {
		check() {
			throw new TypeError('undefined is not a function');
		},
	});
	const verdict = evaluate(policyOf([broken, saying('two', [finding('hold')])]), quietDay);
	t.is(verdict.verdict, 'hold');
	t.deepEqual(verdict.findings[1], {
		rule: 'broken',
		outcome: 'unknown',
		because: 'the rule could not judge, which is a bug in it: undefined is not a function',
		evidence: [],
		remedy: 'report the bug with the stored facts',
	});
});

test('a rollback is never held: everything against it becomes a warning that keeps what it was', t => {
	for (const rollback of ['by-content', 'said'] as const) {
		const facts = factsWith({batch: {...quietDay.batch, rollback}, look: finalLook});
		for (const outcome of ['hold', 'unknown', 'rollback'] as const) {
			const verdict = judge(outcome, facts);
			t.is(verdict.verdict, 'go');
			t.deepEqual(verdict.findings[0]?.softened, {from: outcome, why: 'a rollback is never held'});
		}
	}
});

test('a precondition holds at the first stage, and only warns once something is out', t => {
	t.is(judge('hold', factsWith({stage: {name: 'before', first: true}}), {precondition: true}).verdict, 'hold');
	for (const outcome of ['hold', 'unknown'] as const) {
		const later = judge(outcome, quietDay, {precondition: true});
		t.is(later.verdict, 'go');
		t.is(later.findings[0]?.softened?.from, outcome);
	}
	t.is(judge('hold', quietDay).verdict, 'hold');
	t.is(judge('rollback', quietDay, {precondition: true}).verdict, 'rollback');
});

test('an override softens its rule, or all of them, until it runs out', t => {
	const by = {by: 'Ada', reason: 'the window was moved', until: after(600)};
	const outcome = (override: Facts['overrides'][number]) => judge('hold', factsWith({overrides: [override]})).findings[0];
	t.is(outcome(by)?.outcome, 'warn');
	t.is(outcome(by)?.softened?.why, `allowed by Ada until ${after(600)}: the window was moved`);
	t.is(outcome({...by, rule: 'one'})?.outcome, 'warn');
	t.is(outcome({...by, rule: 'other'})?.outcome, 'hold');
	t.is(outcome({...by, until: quietDay.at})?.outcome, 'hold');
	t.is(outcome({...by, until: after(300.001)})?.outcome, 'warn');
});

test('the undecided is looked at again until the last look, when the policy of the stage decides', t => {
	const undecided = [saying('one', [finding('unknown', {undecided: true})])];
	const holdHere: Policy['undecided'] = {default: 'watch', stages: {canaries: 'hold'}};
	t.like(evaluate(policyOf(undecided), quietDay), {verdict: 'blind', undecided: true});
	t.like(evaluate(policyOf(undecided), lastLook), {verdict: 'go', undecided: true});
	t.like(evaluate(policyOf(undecided, {undecided: holdHere}), lastLook), {verdict: 'hold', undecided: true});
	const elsewhere = {...lastLook, stage: {name: 'production', first: false}};
	t.is(evaluate(policyOf(undecided, {undecided: holdHere}), elsewhere).verdict, 'go');
	t.is(evaluate(policyOf(undecided, {undecided: {default: 'hold', stages: {}}}), elsewhere).verdict, 'hold');
});

test('the undecided neither excuses a roll back nor holds a pass', t => {
	for (const outcome of ['rollback', 'pass'] as const) {
		const undecided = policyOf([saying('one', [finding(outcome, {undecided: true})])], {undecided: {default: 'hold', stages: {}}});
		t.is(evaluate(undecided, lastLook).findings[0]?.outcome, outcome);
	}
});

test('what the gathering noticed is a warning', t => {
	const verdict = evaluate(
		policyOf([]),
		factsWith({notes: [{about: '/srv/app', text: 'a shallow clone', remedy: 'git fetch --unshallow'}]}),
	);
	t.is(verdict.verdict, 'go');
	t.deepEqual(verdict.findings, [
		{rule: 'notes', outcome: 'warn', because: '/srv/app: a shallow clone', evidence: [], remedy: 'git fetch --unshallow'},
	]);
});

const outcomes = ['pass', 'warn', 'unknown', 'hold', 'rollback'] as const;
const someFinding: fc.Arbitrary<RawFinding> = fc
	.record({outcome: fc.constantFrom(...outcomes), undecided: fc.boolean()})
	.map(({outcome, undecided}) => finding(outcome, undecided ? {undecided: true} : {}));
const someStages = fc.oneof(fc.constant('every' as const), fc.subarray(['before', 'canaries', 'production']));
const someRule = fc
	.record({
		findings: fc.array(someFinding, {maxLength: 3}),
		precondition: fc.boolean(),
		stages: someStages,
		throws: fc.constantFrom(false, false, true),
	})
	.map(({findings, precondition, stages, throws}) =>
		saying('one', findings, {
			precondition,
			stages,
			check() {
				if (throws) throw findings;
				return findings;
			},
		}),
	);
const word = fc.constantFrom('watch' as const, 'hold' as const);
const somePolicy = fc
	.record({
		rules: fc.array(someRule, {maxLength: 5}),
		unknown: fc.constantFrom('blind' as const, 'pass' as const),
		undecided: fc.record({default: word, stages: fc.dictionary(fc.constantFrom('before', 'canaries', '__proto__'), word)}),
	})
	.map(({rules, ...more}) => policyOf(rules, more));
const someFacts = fc
	.record({
		stage: fc.record({name: fc.constantFrom('before', 'canaries', 'production', 'constructor'), first: fc.boolean()}),
		rollback: fc.constantFrom('no' as const, 'by-content' as const, 'said' as const),
		look: fc.constantFrom(null, look, finalLook),
		overrides: fc.array(fc.record({by: fc.string(), reason: fc.string(), until: fc.constantFrom(after(0), after(9999))}), {maxLength: 2}),
		notes: fc.array(fc.record({about: fc.string(), text: fc.string()}), {maxLength: 2}),
	})
	.map(({rollback, ...more}) => factsWith({...more, batch: {...quietDay.batch, rollback}}));

test('whatever the policy and the facts: it never throws, and the verdict is the worst finding', t => {
	fc.assert(
		fc.property(somePolicy, someFacts, (policy, facts) => {
			const {verdict, findings, undecided} = evaluate(policy, facts);
			const worst = Math.max(0, ...findings.map(({outcome}) => outcomes.indexOf(outcome)));
			const unknown = policy.unknown === 'pass' ? 'go' : 'blind';
			t.is(verdict, (['go', 'go', unknown, 'hold', 'rollback'] as const)[worst] ?? 'go');
			const ranks = findings.map(({outcome}) => outcomes.indexOf(outcome));
			t.deepEqual(
				ranks,
				ranks.toSorted((a, b) => b - a),
			);
			t.is(
				undecided,
				findings.some(one => one.undecided),
			);
		}),
		{numRuns: 400},
	);
});

test('whatever the policy and the facts: a rollback goes', t => {
	fc.assert(
		fc.property(somePolicy, someFacts, fc.constantFrom('by-content' as const, 'said' as const), (policy, facts, rollback) => {
			t.is(evaluate(policy, {...facts, batch: {...facts.batch, rollback}}).verdict, 'go');
		}),
		{numRuns: 400},
	);
});

test('whatever the policy and the facts: softening leads to a warning from something worse, and leaves a pass alone', t => {
	fc.assert(
		fc.property(somePolicy, someFacts, (policy, facts) => {
			const {findings} = evaluate(policy, facts);
			for (const {softened, outcome} of findings) {
				if (softened) t.true(outcome === 'warn' && outcomes.indexOf(softened.from) > outcomes.indexOf('warn'));
			}
			const passes = policy.rules
				.filter(({stages}) => stages === 'every' || stages.includes(facts.stage.name))
				.flatMap(({rule: {check}, limits}) => {
					try {
						return check(facts, limits).filter(({outcome}) => outcome === 'pass');
					} catch {
						return [];
					}
				});
			t.is(findings.filter(({outcome}) => outcome === 'pass').length, passes.length);
		}),
		{numRuns: 400},
	);
});
