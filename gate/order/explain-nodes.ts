/** The changes and links of a plan as plain data, for whoever draws or lists them. */
import type {Change, LandedChange} from '../facts.ts';
import type {ExplainedEdge, ExplainedNode, ExplainedStanding} from './explained.ts';
import {shownEdgesMax} from './order-edges.ts';
import type {Plan, Problem} from './plan.ts';
import type {Node, Registry} from './registry.ts';

function standingsOf(family: number, registry: Registry): ExplainedStanding[] {
	return registry.groups.map(group => {
		const standing = registry.standing(group, family);
		return {
			group,
			state: standing.state,
			since: standing.state === 'live' ? (standing.landed.since ?? null) : null,
			by: standing.state === 'reverted' ? standing.by : null,
		};
	});
}

type Subject = {readonly family: number; readonly node: Node | null; readonly landed: LandedChange | null};

/** What a change that is only known to have landed is called: its commit, or its Change-Id. */
const landedId = ({sha, changeId, subject, repository}: LandedChange): string => sha ?? changeId ?? subject ?? repository;

const idOfSubject = ({node, landed}: Subject): string => node?.change.id ?? (landed === null ? '' : landedId(landed));

/** The links to explain: those of the plan, and what is live already and therefore asked for nothing. */
function links(
	plan: Plan,
): {edge: Omit<ExplainedEdge, 'first' | 'second' | 'state'>; first: Subject; second: Subject; key: string; need: string | null}[] {
	const {registry, graph, edges} = plan;
	const subjectOf = (node: Node): Subject => ({family: node.family, node, landed: null});
	const found = edges.map(({kind, first, second, because, from, rule}) => ({
		edge: {kind, because, from},
		first: subjectOf(first),
		second: subjectOf(second),
		key: rule === undefined ? `need ${first.family} ${second.index}` : `rule ${rule} ${second.index}`,
		need: from === 'footer' ? `${first.family} ${second.family}` : null,
	}));
	const seen = new Set(found.flatMap(({need}) => need ?? []));
	const speaking = [...registry.nodes.slice(0, registry.batchSize), ...plan.missing.map(({node}) => node)];
	for (const second of speaking) {
		for (const {first, entry, declaredBy} of graph.needsOf.get(second.family) ?? []) {
			if (found.length >= shownEdgesMax) return found;
			if (seen.has(`${first} ${second.family}`)) continue;
			seen.add(`${first} ${second.family}`);
			const [node = null] = registry.members(first);
			const landed = node === null ? (registry.landedAs(first) ?? null) : null;
			if (node === null && landed === null) continue;
			const because = `${entry.header}, line ${entry.line} of ${declaredBy.change.id}`;
			const subject: Subject = {family: first, node, landed};
			found.push({
				edge: {kind: 'needs', because, from: 'footer'},
				first: subject,
				second: subjectOf(second),
				key: `need ${first} ${second.index}`,
				need: null,
			});
		}
	}
	return found;
}

/** How far the review of a change came, for its node; nothing where nobody tells. */
export const reviewStatusOf = ({review}: Change): Pick<ExplainedNode, 'reviewStatus'> =>
	review !== undefined && 'status' in review && review.status !== undefined ? {reviewStatus: review.status} : {};

/** Every change that the plan speaks of: the batch in its order, what is missing, then what a link names beside them. */
export function explainNodes(plan: Plan): ExplainedNode[] {
	const {registry} = plan;
	const missing = new Set(plan.missing.map(({node}) => node));
	const linked = links(plan).flatMap(({first, second}) => [first, second]);
	const standing = plan.problems.flatMap(({dependents = []}) => dependents.flatMap(({families}) => families));
	const nodes = new Set([
		...registry.nodes.slice(0, registry.batchSize),
		...missing,
		...linked.flatMap(({node}) => node ?? []),
		...standing.flatMap(family => registry.members(family)[0] ?? []),
	]);
	const explained = [...nodes].map((node): ExplainedNode => {
		const {id, repository, branch, sha, changeId, subject} = node.change;
		return {
			...{id, repository, branch: branch ?? null, sha: sha ?? null, changeId: changeId ?? null, subject: subject ?? null},
			where: missing.has(node) ? 'missing' : node.where,
			...reviewStatusOf(node.change),
			standings: standingsOf(node.family, registry),
		};
	});
	const families = new Map(linked.flatMap(({family, landed}) => (landed === null ? [] : [[family, landed] as const])));
	const landedOnly = [...families].map(([family, landed]): ExplainedNode => {
		const {repository, branch, sha, changeId, subject} = landed;
		return {
			...{id: landedId(landed), repository, branch: branch ?? null, sha: sha ?? null, changeId: changeId ?? null, subject: subject ?? null},
			where: 'known',
			standings: standingsOf(family, registry),
		};
	});
	return [...explained, ...landedOnly];
}

/** How a problem names the link that it breaks, so that the link is shown as broken. */
const brokenBy = ({need, rule, second}: Problem): string =>
	need === undefined ? `rule ${rule?.index} ${second.index}` : `need ${need.first} ${second.index}`;

/** The links, each with whether the order as given keeps it. */
export function explainEdges(plan: Plan): ExplainedEdge[] {
	const rings = plan.rings.map(ring => new Set(ring));
	const missing = new Set(plan.missing.map(({node}) => node));
	const broken = new Set([...plan.problems, ...plan.further].map(brokenBy));
	return links(plan).map(({edge, first, second, key}) => {
		const inRing = first.node !== null && second.node !== null && rings.some(ring => both(ring, first.node, second.node));
		// Reverts that run the wrong way round break what stands on them, not a link of their own.
		const isBackward = edge.from === 'revert' && first.node !== null && second.node !== null && first.node.index > second.node.index;
		const isBroken =
			broken.has(key) || isBackward || (first.node !== null && missing.has(first.node) && !missing.has(second.node ?? first.node));
		return {...edge, first: idOfSubject(first), second: idOfSubject(second), state: inRing ? 'ring' : isBroken ? 'broken' : 'kept'};
	});
}

const both = (ring: ReadonlySet<Node>, first: Node | null, second: Node | null): boolean =>
	first !== null && second !== null && ring.has(first) && ring.has(second);
