/** The order of the files inside one change, where they go out one by one. */
import type {Graph} from './graph.ts';
import {mending} from './path-rules.ts';
import type {Node} from './registry.ts';
import {stableOrder} from './stable-order.ts';

/**
 * The paths of a change in the order that keeps every path rule: what mends a rule before what must wait for it, as near to the given order
 * as that allows. Null where no order does.
 */
export function fileOrder(node: Node, graph: Graph): readonly string[] | null {
	const paths = node.change.paths ?? [];
	const effects = graph.effects.get(node.index) ?? [];
	const pairs: [number, number][] = [];
	// A barrier for each rule keeps the pairs few.
	const barriers = [...new Set(effects.map(({rule}) => rule))];
	for (const {rule, at, does} of effects) {
		const declared = graph.rules[rule];
		if (declared === undefined) continue;
		const barrier = paths.length + barriers.indexOf(rule);
		const mends = effects.some(other => other.rule === rule && other.at === at && other.does === mending(declared));
		if (does === 'trigger' && !mends) pairs.push([barrier, at]);
		else if (does === mending(declared)) pairs.push([at, barrier]);
	}
	const {order, rings} = stableOrder(paths.length + barriers.length, pairs, at => (at < paths.length ? at : Number.NEGATIVE_INFINITY));
	return rings.length > 0 ? null : order.flatMap(at => paths[at]?.path ?? []);
}
