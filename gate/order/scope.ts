/**
 * Scope: the groups a change concerns. One that is for a few wikis is judged on their groups alone (research: a change that was fine for one
 * test wiki was refused because other versions lacked what it needs). What cannot be read widens: a change is then judged on every group.
 */
import type {Facts, Neighbour} from '../facts.ts';
import type {FooterEntry} from './footers.ts';
import {placeOf} from './ledger.ts';
import {pathMatches} from './path-matches.ts';
import type {Records} from './path-rules.ts';
import type {Node, Registry} from './registry.ts';

/** A name in a scope that stands for no group: the change is judged on all of them. */
export type ScopeDoubt = {readonly node: Node; readonly entry: FooterEntry | null; readonly what: 'group' | 'wiki'; readonly name: string};

export type Scopes = {
	/** The groups of this deploy that a change reaches: of its scope, those that run its branch. */
	reached(node: Node): readonly string[];
	reaches(node: Node, neighbour: Neighbour): boolean;
	/** Null: every group. */
	of(node: Node): readonly string[] | null;
	readonly doubts: readonly ScopeDoubt[];
	/** Every group that the facts name. */
	readonly groups: ReadonlySet<string>;
};

const namesOf = (list: string | undefined): string[] => (list ?? '').split(/[\s,;]+/).filter(name => name !== '');

function allGroups(facts: Facts): Set<string> {
	const landed = facts.landed.map(({group}) => group);
	const neighbours = (facts.neighbours ?? []).flatMap(({groups}) => groups);
	return new Set([...facts.groups, ...landed, ...neighbours, ...Object.values(facts.wikis ?? {})]);
}

/** The groups that the policy's records give a change: all its paths must lie in one of them. Null: none applies. */
function recordedGroups({change}: Node, records: Records): string[] | null {
	const {paths, repository} = change;
	const mine = records.filter(record => record['repository'] === repository);
	if (mine.length === 0 || paths === undefined || paths.length === 0) return null;
	const groups = new Set<string>();
	for (const {path} of paths) {
		const fits = mine.filter(record => pathMatches(record['path'] ?? '', path));
		if (fits.length === 0) return null;
		for (const record of fits) for (const group of namesOf(record['groups'])) groups.add(group);
	}
	return [...groups];
}

/** Reads the scope of every change of the batch and of what is known. */
export function readScopes(facts: Facts, registry: Registry, records: Records): Scopes {
	const groups = allGroups(facts);
	const wikis = new Map(Object.entries(facts.wikis ?? {}));
	const scopes = new Map<number, readonly string[]>();
	const doubts: ScopeDoubt[] = [];
	for (const node of registry.nodes) {
		const entries = (node.footers?.entries ?? []).filter(
			({header, status}) => status === 'read' && (header === 'Groups' || header === 'Wikis'),
		);
		const {groups: own} = node.change;
		const recorded = records.length === 0 ? null : recordedGroups(node, records);
		if (entries.length === 0 && own === undefined && recorded === null) continue;
		const named: {name: string; group: string | undefined; what: 'group' | 'wiki'; entry: FooterEntry | null}[] = [
			...[...(own ?? []), ...(recorded ?? [])].map(name => ({name, group: name, what: 'group' as const, entry: null})),
			...entries.map(entry => {
				const {value: name = '', header} = entry;
				return header === 'Wikis'
					? {name, group: wikis.get(name), what: 'wiki' as const, entry}
					: {name, group: name, what: 'group' as const, entry};
			}),
		];
		const unknown = named.filter(({group}) => group === undefined || !groups.has(group));
		if (node.where === 'batch') doubts.push(...unknown.map(({name, what, entry}) => ({node, name, what, entry})));
		if (unknown.length === 0 && named.length > 0) scopes.set(node.index, [...new Set(named.flatMap(({group}) => group ?? []))]);
	}
	const of = (node: Node): readonly string[] | null => scopes.get(node.index) ?? null;
	const within = (node: Node): readonly string[] => {
		const scope = scopes.get(node.index);
		return scope === undefined ? registry.groups : registry.groups.filter(group => scope.includes(group));
	};
	const reached = (node: Node): readonly string[] => {
		const {branch, repository} = node.change;
		const inScope = within(node);
		if (branch === undefined) return inScope;
		const running = inScope.filter(group => {
			const branches = registry.branches(group, repository);
			return branches.length === 0 || branches.includes(branch);
		});
		// One that no group runs is judged against all, rather than against none.
		return running.length > 0 ? running : inScope;
	};
	const versions = facts.landed.flatMap(({version}) => (version === undefined || version === '' ? [] : [version]));
	const reaches = (node: Node, neighbour: Neighbour): boolean => {
		const {branch, repository} = node.change;
		if (neighbour.groups.length > 0 && !within(node).some(group => neighbour.groups.includes(group))) return false;
		if (branch === undefined) return true;
		const branches = registry.branches(placeOf(neighbour), repository);
		if (branches.length > 0) return branches.includes(branch);
		// A pick to the branch of a version stays with that version.
		return !versions.some(version => branch.includes(version));
	};
	return {reached, reaches, of, doubts, groups};
}
