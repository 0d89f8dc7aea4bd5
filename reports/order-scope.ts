/** What of an order is drawn: the changes that have a link; of too many, those around what is wrong. What is left out is counted. */
import type {ExplainedEdge, ExplainedNode, OrderExplained} from '../gate/order/explained.ts';

/** What a drawing is made from. */
export type OrderToDraw = Pick<OrderExplained, 'complete' | 'nodes' | 'edges'>;

export type OrderScope = {
	/** In the order in which they go out; what only is spoken of stands where its links put it. */
	readonly nodes: readonly ExplainedNode[];
	readonly edges: readonly ExplainedEdge[];
	/** Changes with links that are not drawn. */
	readonly nodesLeft: number;
	/** Links that are not drawn. */
	readonly edgesLeft: number;
	/** Changes that no link leads to or from: they may stand anywhere. */
	readonly loose: number;
};

const urgency = {ring: 0, broken: 1, kept: 2} as const;

/** At most so many changes and two links for each, from the first trouble outward; without any, from the first change on. */
export function scopeOf({complete, nodes, edges}: OrderToDraw, nodesMax: number): OrderScope {
	const known = new Map(nodes.map(node => [node.id, node]));
	// Several reasons for one link are one line; the table tells each.
	const lines = new Map(edges.map(edge => [JSON.stringify([edge.first, edge.second, edge.kind, edge.state]), edge]));
	const usable = [...lines.values()].filter(({first, second}) => first !== second && known.has(first) && known.has(second));
	const beside = new Map<string, string[]>();
	for (const {first, second} of usable) {
		beside.set(first, [...(beside.get(first) ?? []), second]);
		beside.set(second, [...(beside.get(second) ?? []), first]);
	}
	const placeOf = new Map(complete.map((id, place) => [id, place]));
	// What is not in the order is spoken of because something follows it: it is there already, before everything else.
	const place = (id: string): number => placeOf.get(id) ?? -1;
	const linked = nodes.filter(({id}) => beside.has(id)).sort((a, b) => place(a.id) - place(b.id));
	const troubled = usable
		.filter(({state}) => state !== 'kept')
		.sort((a, b) => urgency[a.state] - urgency[b.state])
		.flatMap(({first, second}) => [second, first]);
	const chosen = new Set<string>();
	for (const start of [...troubled, ...linked.map(({id}) => id)]) {
		if (chosen.size >= nodesMax) break;
		const queue = [start];
		for (const id of queue) {
			if (chosen.size >= nodesMax) break;
			if (chosen.has(id)) continue;
			chosen.add(id);
			queue.push(...(beside.get(id) ?? []));
		}
	}
	const among = usable.filter(({first, second}) => chosen.has(first) && chosen.has(second));
	const drawn = new Set(among.toSorted((a, b) => urgency[a.state] - urgency[b.state]).slice(0, nodesMax * 2));
	return {
		nodes: linked.filter(({id}) => chosen.has(id)),
		edges: among.filter(edge => drawn.has(edge)),
		nodesLeft: linked.length - chosen.size,
		edgesLeft: usable.length - drawn.size,
		loose: nodes.length - linked.length,
	};
}
