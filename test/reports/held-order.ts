/** The order that held a deploy is drawn as it was judged: from the finding and the facts, without judging again. */
import test from 'ava';
import type {Facts} from '../../gate/facts.ts';
import {explainOrder, judgeOrder} from '../../gate/rules/patch-order.ts';
import type {Finding, Verdict} from '../../gate/verdict.ts';
import {heldOrder, heldVerdict, orderFinding} from '../../reports/held-order.ts';
import {orderDrawing} from '../../reports/order-graph.ts';
import {fiftyChanges, fiveChanges, searchLimits} from '../helpers/order-samples.ts';
import {quietDay} from '../helpers/quiet-day.ts';

const judged = (facts: Facts, limits = searchLimits): readonly Finding[] =>
	judgeOrder(facts, limits).map(finding => ({evidence: [], remedy: null, ...finding, rule: 'patch-order'}));

for (const [name, facts] of [
	['five', fiveChanges],
	['fifty', fiftyChanges],
] as const)
	test(`of ${name} changes the same is drawn as the planner draws`, t => {
		const explained = explainOrder(facts, searchLimits);
		const held = heldOrder(facts, judged(facts));
		t.deepEqual(held?.complete, explained.complete);
		t.deepEqual(
			held?.edges.map(({first, second, kind, state}) => ({first, second, kind, state})),
			explained.edges.map(({first, second, kind, state}) => ({first, second, kind, state})),
		);
		t.is(orderDrawing(held ?? {complete: [], nodes: [], edges: []})?.text, orderDrawing(explained)?.text);
		const drawn = new Map(held?.nodes.map(node => [node.id, node]));
		for (const node of explained.nodes.filter(({id}) => drawn.has(id))) t.deepEqual(drawn.get(node.id), node);
	});

test('where the order was let through as it was, there is nothing to show', t => {
	t.is(heldOrder(quietDay, judged(quietDay)), null);
	t.is(heldOrder(quietDay, []), null);
});

test('the last verdict that had something against the order counts, also when it was overridden', t => {
	const hold: Verdict = {verdict: 'hold', stage: 'before', at: quietDay.at, findings: judged(fiveChanges), undecided: false};
	const passed = {...hold, verdict: 'go' as const, at: '2026-03-02T11:00:00.000Z'};
	const without = {...hold, findings: [], at: '2026-03-02T12:00:00.000Z'};
	t.is(heldVerdict([{verdicts: [hold]}, {verdicts: [passed, without]}]), passed);
	t.is(heldVerdict([{verdicts: [without]}]), null);
	t.not(orderFinding(hold.findings), null);
});

test('a finding whose data is of another shape draws nothing, and breaks nothing', t => {
	const odd = (data: Readonly<Record<string, unknown>>): Finding => ({
		rule: 'patch-order',
		outcome: 'hold',
		because: '',
		evidence: [],
		remedy: null,
		data,
	});
	for (const data of [
		{},
		{edges: 'none'},
		{edges: [null, 7, {kind: 'unheard-of', first: 1, second: 2}], order: 7, missing: {}},
		{edges: [], ring: [1, 'x']},
	]) {
		const held = heldOrder(fiveChanges, [odd(data)]);
		t.deepEqual(held?.edges ?? [], []);
	}
});
