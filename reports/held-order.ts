/**
 * The order that held a deploy, for its drawing: links and what is missing as the finding keeps them, names and standings as the facts have
 * them that it was judged by. Nothing is judged again, so it shows what was seen then.
 */
import type {Facts} from '../gate/facts.ts';
import {reviewStatusOf} from '../gate/order/explain-nodes.ts';
import type {ExplainedEdge, ExplainedNode} from '../gate/order/explained.ts';
import {register} from '../gate/order/registry.ts';
import type {Finding, Verdict} from '../gate/verdict.ts';
import type {OrderToDraw} from './order-scope.ts';
import type {StageStory} from './story.ts';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const records = (value: unknown): readonly Readonly<Record<string, unknown>>[] => (Array.isArray(value) ? value.filter(isRecord) : []);
const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter(each => typeof each === 'string') : []);

const kinds = ['needs', 'exclusive', 'drain'] as const;

/** The finding that keeps the plan of an order that was not let through as it was. */
export const orderFinding = (findings: readonly Finding[]): Finding | null =>
	findings.find(({rule, outcome, data}) => rule === 'patch-order' && outcome !== 'pass' && Array.isArray(data?.['edges'])) ?? null;

/** The last verdict with such a finding, whatever came of it; null where the order never stood in the way. */
export const heldVerdict = (stages: readonly Pick<StageStory, 'verdicts'>[]): Verdict | null =>
	stages
		.flatMap(({verdicts}) => verdicts)
		.toSorted((a, b) => (a.at < b.at ? -1 : 1))
		.findLast(({findings}) => orderFinding(findings) !== null) ?? null;

/** Each change that is missing stands right before the one that it was found for. */
function completed(order: readonly string[], missing: readonly Readonly<Record<string, unknown>>[]): string[] {
	const complete = [...order];
	for (const {id, neededBy} of missing) {
		const place = complete.indexOf(String(neededBy));
		if (!complete.includes(String(id))) complete.splice(Math.max(place, 0), 0, String(id));
	}
	return complete;
}

/** Null where the findings keep no plan: patch-order let the deploy pass, or they are older than plans are. */
export function heldOrder(facts: Facts, findings: readonly Finding[]): OrderToDraw | null {
	const data = orderFinding(findings)?.data;
	if (data === undefined) return null;
	const missing = records(data['missing']);
	const missed = new Set(missing.map(({id}) => String(id)));
	const given = new Map(facts.batch.changes.map(({id}, place) => [id, place]));
	const rings = findings.map(finding => new Set(texts(finding.data?.['ring']))).filter(ring => ring.size > 0);
	const stateOf = (first: string, second: string): ExplainedEdge['state'] => {
		if (rings.some(ring => ring.has(first) && ring.has(second))) return 'ring';
		const [before, after] = [given.get(first), given.get(second)];
		return (missed.has(first) && !missed.has(second)) || (before !== undefined && after !== undefined && before > after)
			? 'broken'
			: 'kept';
	};
	const edges = records(data['edges']).flatMap((edge): ExplainedEdge[] => {
		const kind = kinds.find(each => each === edge['kind']);
		const [first, second, because] = [String(edge['first']), String(edge['second']), String(edge['because'] ?? '')];
		if (kind === undefined) return [];
		return [{...{kind, first, second, because}, from: because.startsWith('rule ') ? 'policy' : 'footer', state: stateOf(first, second)}];
	});
	const named = new Set([...edges.flatMap(({first, second}) => [first, second]), ...missed]);
	const registry = register(facts);
	const nodes = registry.nodes
		.filter(({change}) => named.has(change.id))
		.map(({change, family, where}): ExplainedNode => {
			const {id, repository, branch = null, sha = null, changeId = null, subject = null} = change;
			const standings = registry.groups.map(group => {
				const standing = registry.standing(group, family);
				return {
					...{group, state: standing.state},
					since: standing.state === 'live' ? (standing.landed.since ?? null) : null,
					by: standing.state === 'reverted' ? standing.by : null,
				};
			});
			return {
				...{id, repository, branch, sha, changeId, subject},
				where: missed.has(id) ? 'missing' : where,
				...reviewStatusOf(change),
				standings,
			};
		});
	return {complete: completed(texts(data['order']), missing), nodes, edges};
}
