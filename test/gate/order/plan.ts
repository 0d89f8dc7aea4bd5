import test from 'ava';
import fc from 'fast-check';
import type {Facts} from '../../../gate/facts.ts';
import {planOrder} from '../../../gate/order/plan.ts';
import {explainOrder, orderLimitsOf} from '../../../gate/rules/patch-order.ts';
import {change, factsWith} from '../../helpers/quiet-day.ts';

const none = orderLimitsOf({});
const idOf = (index: number): string => `I${index.toString(16).padStart(8, '0').padEnd(40, 'f')}`;
const batch = (needs: readonly (readonly number[])[]): Facts =>
	factsWith({
		batch: {
			changes: needs.map((needed, index) =>
				change(index.toString(16).padStart(8, '0'), {
					changeId: idOf(index),
					message: `x\n\n${needed.map(other => `Depends-On: ${idOf(other)}\n`).join('')}`,
				}),
			),
			atomic: false,
			targets: [],
			rollback: 'no',
		},
	});

test('the plan is a permutation of the batch that leaves nothing in the way', t => {
	const needs = fc.integer({min: 1, max: 10}).chain(size =>
		fc.tuple(
			fc.shuffledSubarray(
				Array.from({length: size}, (_, index) => index),
				{minLength: size},
			),
			fc.array(fc.array(fc.nat({max: 9}), {maxLength: 3}), {minLength: size, maxLength: size}),
		),
	);
	fc.assert(
		fc.property(needs, ([hidden, raw]) => {
			const place = new Map(hidden.map((index, at) => [index, at]));
			const acyclic = raw.map((others, index) => others.filter(other => (place.get(other) ?? 99) < (place.get(index) ?? -1)));
			const facts = batch(acyclic);
			const plan = planOrder(facts, none);
			t.deepEqual(plan.rings, []);
			t.true(plan.works);
			t.is(new Set(plan.order).size, raw.length);
			for (const {first, second} of plan.edges) t.true(plan.order.indexOf(first) < plan.order.indexOf(second));
			const ordered = {...facts, batch: {...facts.batch, changes: plan.order.map(({change: planned}) => planned)}};
			const again = planOrder(ordered, none);
			t.deepEqual(again.problems, []);
			t.deepEqual(
				again.order.map(({change: planned}) => planned.id),
				plan.order.map(({change: planned}) => planned.id),
			);
		}),
		{numRuns: 200},
	);
});

test('a ring of 1,000 changes is reported, and its finding stays short', t => {
	const facts = batch(Array.from({length: 1000}, (_, index) => [(index + 1) % 1000]));
	const {rings, problems, order, works} = explainOrder(facts, none);
	t.is(rings[0]?.length, 1000);
	t.is(order.length, 1000);
	t.false(works);
	t.is(problems.length, 1);
	t.true((problems[0]?.because.length ?? 999) < 200);
});

test('never throws on facts that make no sense', t => {
	const text = fc.oneof(
		fc.string({unit: 'binary', maxLength: 30}),
		fc.constantFrom(idOf(1), 'aaf6372', `Depends-On: ${idOf(1)}`, 'This reverts commit aaf6372', 'app', 'live'),
	);
	const anyChange = fc.record(
		{id: text, repository: text, branch: text, sha: text, changeId: text, patchId: text, message: text, subject: text},
		{requiredKeys: ['id', 'repository']},
	);
	const landed = fc.array(
		fc.record({
			group: text,
			heads: fc.array(fc.record({repository: text, branch: text, sha: text})),
			changes: fc.array(fc.record({repository: text, sha: text, changeId: text, revertedBy: text}, {requiredKeys: ['repository']})),
		}),
		{maxLength: 3},
	);
	fc.assert(
		fc.property(
			fc.array(anyChange, {maxLength: 6}),
			fc.array(anyChange, {maxLength: 4}),
			landed,
			fc.array(text, {maxLength: 3}),
			(changes, known, groupsLanded, groups) => {
				const facts = factsWith({groups, known, landed: groupsLanded, batch: {changes, atomic: false, targets: [], rollback: 'no'}});
				const exclusive = [{name: 'x', old_repository: 'app', old_path: '**', new_repository: 'app', new_path: '*'}];
				t.is(explainOrder(facts, {...none, exclusive}).order.length, changes.length);
			},
		),
		{numRuns: 300},
	);
});

test('a Change-Id on 40 branches is one change', t => {
	const facts = batch([[1], []]);
	const [consumer, provider] = facts.batch.changes;
	if (consumer === undefined || provider === undefined) return t.fail();
	const known = Array.from({length: 40}, (_, index) => ({
		...provider,
		id: `pick ${index}`,
		branch: `wmf/${index}`,
		sha: index.toString(16).padStart(40, '1'),
	}));
	const plan = planOrder({...facts, known, batch: {...facts.batch, changes: [consumer]}}, none);
	t.is(plan.problems.length, 1);
	t.is(plan.missing.length, 1);
});
