/** How every value of every footer ended. None is dropped: what makes no link says why. */
import type {Facts} from '../facts.ts';
import type {ExplainedFooter} from './explained.ts';
import type {FooterEntry} from './footers.ts';
import type {Loose} from './graph.ts';
import {plainText} from './plain-text.ts';
import type {Plan} from './plan.ts';
import {candidate} from './problems.ts';
import {referenceText} from './reference.ts';
import type {Node} from './registry.ts';
import {groupList, listOf} from './wording.ts';

type Ending = Pick<ExplainedFooter, 'status' | 'note'>;

const looseEndings: Readonly<Record<Loose['kind'], Ending | null>> = {
	'near-miss': null,
	odd: null,
	unresolved: {status: 'unresolved', note: 'no checkout, no group and no batch here knows it'},
	elsewhere: {status: 'elsewhere', note: 'it is on another host: whether it is live cannot be seen from here'},
	ambiguous: null,
	self: {status: 'irrelevant', note: 'it names the change itself'},
	irrelevant: {status: 'irrelevant', note: 'what it names is not here, and nothing here waits for it'},
};

/** Of a change that stands on several branches: which copy counts on which group. Null where there is only one branch. */
function whichCounts(family: number, node: Node, {registry, scopes}: Plan): string | null {
	const members = registry.members(family);
	const branches = new Set(members.flatMap(({change}) => change.branch ?? []));
	if (branches.size < 2) return null;
	const groupsOf = new Map<string, string[]>();
	for (const group of scopes.reached(node)) {
		const {branch} = candidate(members, group, registry)?.change ?? {};
		if (branch === undefined) continue;
		const isRun = registry.branches(group, members[0]?.change.repository ?? '').includes(branch);
		const key = `${isRun ? 'the copy on' : 'no copy is on the branch that runs there, the one to pick is on'} ${plainText(branch, 80)}`;
		groupsOf.set(key, [...(groupsOf.get(key) ?? []), group]);
	}
	const counts = [...groupsOf].map(([text, groups]) => `on ${groupList(groups)} ${text}${text.startsWith('the') ? ' counts' : ''}`);
	return `it stands on ${branches.size} branches: ${counts.length === 0 ? 'none of them is asked about here' : listOf(counts, 4)}`;
}

function relationEnding(entry: FooterEntry, node: Node, loose: readonly Loose[], plan: Plan): Ending {
	for (const {kind} of loose) {
		const ending = looseEndings[kind];
		if (ending !== null) return ending;
	}
	const ambiguous = loose.find(({kind}) => kind === 'ambiguous');
	if (ambiguous !== undefined) {
		const many = ambiguous.families.length;
		const isWhole = entry.reference?.kind === 'change-id' && entry.reference.whole;
		return {
			status: 'ambiguous',
			note: `${many} changes go by it: ${isWhole ? 'all of them count' : 'none of them counts until it is written in full'}`,
		};
	}
	const [family] = entry.reference === undefined ? [] : plan.registry.resolve(entry.reference, node);
	const which = family === undefined ? null : whichCounts(family, node, plan);
	return which === null ? {status: 'resolved', note: entry.note ?? null} : {status: 'ambiguous', note: which};
}

/** Every entry of the messages of the batch, and of the changes that have to be added to it. */
export function footerStatuses(plan: Plan, facts: Facts): ExplainedFooter[] {
	const {registry, scopes, missing} = plan;
	const looseOf = new Map<FooterEntry, Loose[]>();
	for (const loose of plan.graph.loose) {
		const known = looseOf.get(loose.entry);
		if (known === undefined) looseOf.set(loose.entry, [loose]);
		else known.push(loose);
	}
	const unknownScopes = new Set(scopes.doubts.map(({entry}) => entry));
	const configured = new Set((facts.prerequisites ?? []).map(({name}) => name.toLowerCase()));
	const endingOf = (entry: FooterEntry, node: Node): Ending => {
		if (entry.status === 'near-miss') return {status: 'malformed', note: entry.note ?? null};
		if (entry.status === 'irrelevant') return {status: 'irrelevant', note: entry.note ?? null};
		if (entry.header === 'Depends-On' || entry.header === 'Needed-By') return relationEnding(entry, node, looseOf.get(entry) ?? [], plan);
		if (entry.header === 'Prerequisite') {
			const isThere = configured.has(entry.value?.toLowerCase() ?? '');
			return isThere ? {status: 'resolved', note: null} : {status: 'unresolved', note: 'nobody configured a prerequisite of this name'};
		}
		if (!unknownScopes.has(entry)) return {status: 'resolved', note: null};
		return {status: 'unresolved', note: 'nothing here goes by this name, so the change is judged on every group'};
	};
	const added = missing.map(({node}) => node).filter(({where}) => where !== 'batch');
	return [...registry.nodes.slice(0, registry.batchSize), ...added].flatMap(node =>
		(node.footers?.entries ?? []).map(entry => ({
			change: node.change.id,
			line: entry.line,
			text: entry.text,
			value: entry.reference === undefined ? (entry.value ?? null) : plainText(referenceText(entry.reference), 200),
			...endingOf(entry, node),
			correction: entry.correction ?? null,
		})),
	);
}

/** How many values ended in which way; those that did not occur are left out. */
export function footerCounts(footers: readonly ExplainedFooter[]): Readonly<Record<string, number>> {
	const counts: Record<string, number> = {};
	for (const {status} of footers) counts[status] = (counts[status] ?? 0) + 1;
	return counts;
}
