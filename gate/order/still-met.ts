/**
 * Still met: whether the prerequisites of what is live are met. Asked of those alone that somebody said are not met any more after the
 * change had come: what was not met when it came is recorded with that.
 */
import type {Facts, Prerequisite} from '../facts.ts';
import {pathMatches} from './path-matches.ts';
import {isFiltered, type Records} from './path-rules.ts';
import {plainText} from './plain-text.ts';
import {type Node, register} from './registry.ts';
import type {BrokenLanded} from './still-stands.ts';
import {nameOf} from './wording.ts';

const brokenMax = 500;
const namesOf = (list: string): string[] => list.split(/[\s,;]+/).filter(name => name !== '');

/** Whether a change asks for this prerequisite on a group: by a footer, or by a record of the policy. */
function asksFor(node: Node, {name}: Prerequisite, group: string, records: Records): boolean {
	const isNamed = (text = ''): boolean => text.toLowerCase() === name.toLowerCase();
	const entries = node.footers?.entries ?? [];
	if (entries.some(({header, status, value}) => header === 'Prerequisite' && status === 'read' && isNamed(value))) return true;
	if ((node.footers?.reverts.length ?? 0) > 0) return false;
	return records.some(record => {
		if (!isNamed(record['name']) || record['repository'] !== node.change.repository || isFiltered(node, record) === false) return false;
		const {path, groups: only} = record;
		const isPath = path === undefined || (node.change.paths ?? []).some(one => pathMatches(path, one.path));
		return isPath && (only === undefined || namesOf(only).includes(group));
	});
}

/** `facts.prerequisites`: those that are not met, with when that was said. `known` holds the changes that may ask for them. */
export function brokenPrerequisites(facts: Facts, records: Records): BrokenLanded[] {
	const registry = register(facts);
	const found: BrokenLanded[] = [];
	for (const prerequisite of facts.prerequisites ?? []) {
		const name = plainText(prerequisite.name, 80);
		const where = facts.landed.filter(({group}) => prerequisite.group === undefined || prerequisite.group === group);
		for (const node of registry.nodes) {
			const groups = where.flatMap(({group}) => {
				if (!asksFor(node, prerequisite, group, records)) return [];
				const standing = registry.standing(group, node.family);
				return standing.state === 'live' && (standing.landed.since ?? '') <= (prerequisite.at ?? '') ? [group] : [];
			});
			if (groups.length === 0) continue;
			const {change} = node;
			const on = prerequisite.group === undefined ? '' : ` --group ${plainText(prerequisite.group, 40)}`;
			found.push({
				key: `${change.repository} ${change.sha ?? change.changeId ?? change.id} prerequisite ${prerequisite.name}`,
				...{change, groups, live: nameOf(change), needed: `${name} (${plainText(prerequisite.text, 150)})`},
				left: `is not met any more, as ${plainText(prerequisite.by ?? 'somebody', 80)} says: ${plainText(prerequisite.reason ?? '', 150)}`,
				remedy: `When it is met: signalbox prerequisite met ${name} --service ${plainText(facts.service, 60)}${on} --reason TEXT; or take ${nameOf(change)} back.`,
			});
			if (found.length >= brokenMax) return found;
		}
	}
	return found;
}
