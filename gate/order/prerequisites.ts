/** Prerequisites: things outside git that a change needs on its groups, by its footer or by the policy. A person or a probe says whether they are met. */
import type {Facts, Prerequisite} from '../facts.ts';
import type {RawFinding} from '../rule.ts';
import {pathMatches} from './path-matches.ts';
import {isFiltered, type Records} from './path-rules.ts';
import {plainText} from './plain-text.ts';
import type {Plan} from './plan.ts';
import type {Node} from './registry.ts';
import {groupList, nameOf} from './wording.ts';

/** What one change asks for: by which line of its message, or by which record of the policy. */
type Asked = {readonly node: Node; readonly name: string; readonly groups: readonly string[]; readonly by: string};
type Answer = {readonly kind: 'not-met' | 'unseen' | 'unknown-name'; readonly why: string; readonly entry: Prerequisite | null};

const shownMax = 20;
const namesOf = (list: string): string[] => list.split(/[\s,;]+/).filter(name => name !== '');

function askedBy(node: Node, plan: Plan, records: Records): Asked[] {
	const reached = plan.scopes.reached(node);
	const groups = node.where === 'batch' ? reached : (plan.missing.find(missing => missing.node === node)?.groups ?? reached);
	if (groups.length === 0) return [];
	const asked: Asked[] = [];
	for (const {header, status, value, line} of node.footers?.entries ?? []) {
		if (header === 'Prerequisite' && status === 'read' && value !== undefined) {
			asked.push({node, name: value, groups, by: `line ${line} of its message`});
		}
	}
	// Taking a change back needs nothing of what the change needed.
	if ((plan.graph.reverts.get(node.index) ?? []).length > 0) return asked;
	for (const record of records) {
		const {name = '', repository, path, groups: only} = record;
		if (repository !== node.change.repository || isFiltered(node, record) === false) continue;
		const {paths} = node.change;
		if (path !== undefined && paths !== undefined && !paths.some(one => pathMatches(path, one.path))) continue;
		const wanted = only === undefined ? groups : groups.filter(group => namesOf(only).includes(group));
		if (wanted.length > 0) asked.push({node, name, groups: wanted, by: 'the policy'});
	}
	return asked;
}

function answerOn(group: string, name: string, configured: ReadonlyMap<string, readonly Prerequisite[]>): Answer | null {
	const entries = configured.get(name.toLowerCase()) ?? [];
	const entry = entries.find(one => one.group === group) ?? entries.find(one => one.group === undefined) ?? null;
	if (entries.length === 0) return {kind: 'unknown-name', why: 'nobody configured it', entry: null};
	if (entry === null) return {kind: 'unseen', why: `it is not configured for ${plainText(group, 40)}`, entry: entries[0] ?? null};
	if (entry.met === true) return null;
	if (entry.met === false) return {kind: 'not-met', why: entry.reason ?? '', entry};
	return {kind: 'unseen', why: entry.met.missing, entry};
}

function findingOf(
	asked: Asked,
	answer: Answer,
	groups: readonly string[],
	facts: Facts,
	unresolved: 'unknown' | 'warn' | 'hold',
): RawFinding {
	const {node, by} = asked;
	const name = plainText(asked.name, 80);
	const {kind, why, entry} = answer;
	const where = groupList(groups);
	const changeName = nameOf(node.change);
	const shared = entry !== null && entry.group === undefined;
	const command =
		`signalbox prerequisite met ${name} --service ${plainText(facts.service, 60)}` +
		`${shared || groups.length !== 1 ? '' : ` --group ${plainText(groups[0] ?? '', 40)}`} --reason TEXT`;
	const said =
		entry?.by === undefined
			? []
			: [{label: 'said', text: plainText(`${entry.by}${entry.at === undefined ? '' : `, ${entry.at}`}: ${entry.reason ?? ''}`, 200)}];
	const evidence = [
		{label: 'link', text: `prerequisite ${name}${entry === null ? '' : ` (${plainText(entry.text, 150)})`}, asked for by ${by}`},
		...said,
		{label: 'who', text: 'Whoever may deploy can tick it; who, when and the reason are recorded.'},
	];
	const data = {kind: 'prerequisite', state: kind, name: asked.name, change: node.change.id, groups};
	if (kind === 'unknown-name') {
		const configured = [...new Set((facts.prerequisites ?? []).map(one => one.name))].slice(0, 10).map(one => plainText(one, 60));
		const there = configured.length === 0 ? 'none is configured for this service' : `there are ${configured.join(', ')}`;
		const because = `${changeName} needs the prerequisite ${name}, which nobody configured.`;
		return {outcome: unresolved, because, evidence, remedy: `Configure ${name}, or correct the name (${there}).`, data};
	}
	if (kind === 'unseen') {
		const because = `${changeName} needs ${name} on ${where}, and nobody can tell whether it is met: ${plainText(why, 150)}.`;
		return {outcome: 'unknown', because, evidence, remedy: `Look, then: ${command}`, data};
	}
	return {
		outcome: 'hold',
		because: `${changeName} needs ${name} on ${where}, and it is not met.`,
		evidence,
		remedy: `When it is met: ${command}`,
		data,
	};
}

/** What the batch, and what must be added to it, needs outside git and has not got: one finding for each change and prerequisite. */
export function prerequisiteFindings(plan: Plan, facts: Facts, records: Records, unresolved: 'unknown' | 'warn' | 'hold'): RawFinding[] {
	const configured = new Map<string, Prerequisite[]>();
	for (const one of facts.prerequisites ?? []) {
		const key = one.name.toLowerCase();
		configured.set(key, [...(configured.get(key) ?? []), one]);
	}
	const {registry, missing} = plan;
	const nodes = [...registry.nodes.slice(0, registry.batchSize), ...missing.map(({node}) => node).filter(({where}) => where !== 'batch')];
	const found = new Map<string, {asked: Asked; answer: Answer; groups: string[]}>();
	for (const node of nodes) {
		for (const asked of askedBy(node, plan, records)) {
			for (const group of asked.groups) {
				const answer = answerOn(group, asked.name, configured);
				if (answer === null) continue;
				const key = `${node.index} ${asked.name.toLowerCase()} ${answer.kind} ${answer.why}`;
				const known = found.get(key) ?? {asked, answer, groups: []};
				if (!known.groups.includes(group)) known.groups.push(group);
				found.set(key, known);
			}
		}
	}
	const findings = [...found.values()].map(({asked, answer, groups}) => findingOf(asked, answer, groups, facts, unresolved));
	const rank = (outcome: string): number => (outcome === 'hold' ? 0 : outcome === 'unknown' ? 1 : 2);
	findings.sort((a, b) => rank(a.outcome) - rank(b.outcome));
	if (findings.length <= shownMax) return findings;
	const rest = findings.slice(shownMax);
	const more = {outcome: rest[0]?.outcome ?? 'unknown', because: `${rest.length} more prerequisites are not shown one by one.`};
	return [...findings.slice(0, shownMax), more];
}
