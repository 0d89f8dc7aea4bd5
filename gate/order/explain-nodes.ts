/** The changes and links of a plan as plain data, for whoever draws or lists them. */
import type {ExplainedEdge, ExplainedNode, ExplainedStanding} from './explained.ts';
import type {Edge} from './order-edges.ts';
import type {Plan} from './plan.ts';
import type {Node, Registry} from './registry.ts';

function standingsOf(node: Node, registry: Registry): ExplainedStanding[] {
	return registry.groups.map(group => {
		const standing = registry.standing(group, node.family);
		return {
			group,
			state: standing.state,
			since: standing.state === 'live' ? (standing.landed.since ?? null) : null,
			by: standing.state === 'reverted' ? standing.by : null,
		};
	});
}

/** Every change that the plan speaks of: the batch in its order, what is missing, then what an edge names beside them. */
export function explainNodes(plan: Plan): ExplainedNode[] {
	const {registry} = plan;
	const missing = new Set(plan.missing.map(({node}) => node));
	const nodes = new Set([
		...registry.nodes.slice(0, registry.batchSize),
		...missing,
		...plan.edges.flatMap(({first, second}) => [first, second]),
	]);
	return [...nodes].map(node => {
		const {id, repository, branch, sha, changeId, subject} = node.change;
		return {
			...{id, repository, branch: branch ?? null, sha: sha ?? null, changeId: changeId ?? null, subject: subject ?? null},
			where: missing.has(node) ? 'missing' : node.where,
			standings: standingsOf(node, registry),
		};
	});
}

const fromOf = ({because}: Edge): ExplainedEdge['from'] =>
	because.startsWith('rule ') ? 'policy' : /^[A-Z]/.test(because) ? 'footer' : 'revert';

/** The links, each with whether the order as given keeps it. */
export function explainEdges(plan: Plan): ExplainedEdge[] {
	const rings = plan.rings.map(ring => new Set(ring));
	const missing = new Set(plan.missing.map(({node}) => node));
	return plan.edges.map(edge => {
		const {kind, first, second, because} = edge;
		const inRing = rings.some(ring => ring.has(first) && ring.has(second));
		const isBroken = missing.has(first) || (first.where === 'batch' && second.where === 'batch' && first.index > second.index);
		return {
			...{kind, first: first.change.id, second: second.change.id, because, from: fromOf(edge)},
			state: inRing ? 'ring' : isBroken ? 'broken' : 'kept',
		};
	});
}
