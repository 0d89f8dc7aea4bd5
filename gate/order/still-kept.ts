/**
 * Still kept: whether the policy's order rules hold on what is live. Like a need (still-stands.ts), a rule is judged here only where it was
 * kept on that group before: the removal that it waited for was live there and left (2015-10-26, when the train goes back to the version of
 * the old owner), or the path was seen otherwise there. What was let pass at its deploy is recorded with that.
 */
import type {Facts} from '../facts.ts';
import {buildGraph, type Graph} from './graph.ts';
import {pathMatches} from './path-matches.ts';
import type {OrderRules, PathRule} from './path-rules.ts';
import {plainText} from './plain-text.ts';
import {type Node, type Registry, register} from './registry.ts';
import {mendersOf} from './scene.ts';
import {type BrokenLanded, howItLeft} from './still-stands.ts';
import {lastPart, nameOf} from './wording.ts';

const brokenMax = 500;

/** How a rule that was kept on a group is broken there now, as a sentence's end; null: it is not, or nobody can tell. */
type Broken = {readonly why: string; readonly mender: Node | null};

/** `holdings` are those alone that were otherwise on their group before. */
function brokenByPath(rule: PathRule, group: string, {holdings}: Facts): boolean | null {
	const mine = holdings.filter(
		held =>
			held.group === group &&
			held.repository === rule.owner.repository &&
			(held.path === rule.owner.path || pathMatches(rule.owner.path, held.path)),
	);
	if (mine.length === 0) return null;
	const isThere = mine.some(({present}) => present === true);
	return rule.wants === 'gone' ? isThere : !isThere;
}

function brokenByLedger(rule: PathRule, group: string, node: Node, registry: Registry, graph: Graph): Broken | null {
	const menders = mendersOf(rule, graph).filter(({family}) => family !== node.family);
	let left: Broken | null = null;
	for (const mender of menders) {
		const standing = registry.standing(group, mender.family);
		if (standing.state === 'live') return null;
		if (standing.state !== 'reverted') continue;
		const does = rule.wants === 'gone' ? 'removed' : 'brought';
		left ??= {why: `${nameOf(mender.change)}, which ${does} it, ${howItLeft(standing.by)}`, mender};
	}
	return left;
}

function brokenOn(rule: PathRule, group: string, node: Node, facts: Facts, registry: Registry, graph: Graph): Broken | null {
	if (registry.standing(group, node.family).state !== 'live') return null;
	const seen = brokenByPath(rule, group, facts);
	if (seen === false) return null;
	const byLedger = brokenByLedger(rule, group, node, registry, graph);
	if (seen === null || byLedger !== null) return byLedger;
	const version = facts.landed.find(each => each.group === group)?.version;
	return {why: `${plainText(version ?? group, 60)} ${rule.wants === 'gone' ? 'has it' : 'has it not'}`, mender: null};
}

function tell(rule: PathRule, node: Node, on: readonly {readonly group: string; readonly broken: Broken}[]): BrokenLanded {
	const {change} = node;
	const path = `${lastPart(rule.owner.repository)} ${plainText(rule.owner.path, 100)}`;
	const wanted = rule.wants === 'gone' ? 'to be gone' : 'to be there';
	const [{broken} = {broken: {why: '', mender: null}}] = on;
	const back = broken.mender === null ? '' : `; or bring ${nameOf(broken.mender.change)} back`;
	return {
		key: `${change.repository} ${change.sha ?? change.changeId ?? change.id} ${rule.kind} ${rule.owner.repository} ${rule.owner.path}`,
		change,
		groups: on.map(({group}) => group),
		...{live: nameOf(change), needed: `${path} ${wanted} (${rule.kind} rule ${plainText(rule.name, 60)})`},
		left: `it is not any more: ${broken.why}`,
		remedy: `Take ${nameOf(change)} back${back}.`,
	};
}

/** Every live change of these facts whose rule was kept on a group and is broken there now. `known` holds the changes that the rules speak of. */
export function brokenRules(facts: Facts, declared: OrderRules): BrokenLanded[] {
	const registry = register(facts);
	const graph = buildGraph(registry, declared, []);
	const found: BrokenLanded[] = [];
	for (const node of registry.nodes) {
		const triggers = (graph.effects.get(node.index) ?? []).filter(({does}) => does === 'trigger');
		for (const index of new Set(triggers.map(({rule}) => rule))) {
			const rule = graph.rules[index];
			// The mirror of an exclusive rule is about a change that comes; of what is live its own side tells.
			if (rule === undefined || rule.mirrored) continue;
			const on = facts.landed.flatMap(({group}) => {
				const broken = brokenOn(rule, group, node, facts, registry, graph);
				return broken === null ? [] : [{group, broken}];
			});
			if (on.length > 0) found.push(tell(rule, node, on));
			if (found.length >= brokenMax) return found;
		}
	}
	return [...new Map(found.map(one => [one.key, one])).values()];
}
