/**
 * Still stands: whether what is live on each group still has there what it needs. Asked of no batch, but of the groups themselves, when a
 * version moved or went back, or something was taken out from under others.
 *
 * What was never live on a group is not judged here: the gate judged it when the change came, and what it let pass is recorded with it. So
 * a break is a need that was met on that group by the ledger, and is not any more.
 */
import type {Change, Facts} from '../facts.ts';
import {buildGraph, type Need} from './graph.ts';
import {plainText} from './plain-text.ts';
import {type Registry, register} from './registry.ts';
import {groupList, nameOf, pickOf} from './wording.ts';

/** A live change without what it needs, with all groups on which that is so. */
export type BrokenLanded = {
	/** The change that is live, by its commit or what else names it, and what it needs: the same for as long as it is broken. */
	readonly key: string;
	readonly change: Change;
	readonly groups: readonly string[];
	/** The parts of the sentence: what is live, what it needs, and how that left. */
	readonly live: string;
	readonly needed: string;
	readonly left: string;
	readonly remedy: string;
};

/** One sentence: what is the case on these groups. */
export const brokenText = ({live, needed, left}: BrokenLanded, groups: readonly string[]): string =>
	`${live} is live on ${groupList(groups)} and needs ${needed}, which ${left}.`;

const brokenMax = 500;

const isCommit = (by: string): boolean => /^[0-9a-f]{7,64}$/i.test(by);

/** Begins what took a change out where that is not sure: nobody has looked. */
export const notKnown = 'not known: ';

/** A sentence's end: how what is needed left. */
export function howItLeft(by: string): string {
	if (by.startsWith(notKnown)) return `may not be there any more (${plainText(by.slice(notKnown.length), 160)})`;
	if (isCommit(by)) return `was reverted by ${by.slice(0, 7)}`;
	return by === 'taken back' || by === '' ? 'was taken back' : `is not there any more (${plainText(by, 160)})`;
}

function brokenBy(need: Need, groups: readonly {readonly group: string; readonly by: string}[], registry: Registry): BrokenLanded | null {
	const [second] = registry.members(need.second);
	const [provider] = registry.members(need.first);
	const first = provider?.change ?? registry.landedAs(need.first);
	const [{by} = {by: ''}] = groups;
	if (second === undefined || first === undefined) return null;
	const {change} = second;
	const names = groups.map(({group}) => group);
	const needed = nameOf(first);
	// What was reverted is merged still: deploying it again brings nothing back, taking the revert back does.
	const bring = isCommit(by)
		? `take the revert back, git revert ${by}, and deploy that`
		: provider === undefined
			? `bring ${needed} back`
			: pickOf({node: provider, groups: names}, registry);
	const declared = need.declaredBy.family === need.second ? '' : ` (${nameOf(need.declaredBy.change)} says so)`;
	return {
		key: `${change.repository} ${change.sha ?? change.changeId ?? change.id} needs ${first.repository} ${first.changeId ?? first.sha ?? needed}`,
		change,
		groups: names,
		...{live: nameOf(change), needed: `${needed}${declared}`, left: howItLeft(by)},
		remedy: `${bring.charAt(0).toUpperCase()}${bring.slice(1)}; or take ${nameOf(change)} back.`,
	};
}

/**
 * Every live change of these facts that has lost what it needs. `known` holds the changes that say what they need, and those they name;
 * `landed` holds how both stand. Near-linear; never throws.
 */
export function brokenLanded(facts: Facts): BrokenLanded[] {
	const registry = register(facts);
	const {needs} = buildGraph(registry, {exclusive: [], drain: []}, []);
	const broken: BrokenLanded[] = [];
	for (const need of needs) {
		const on = facts.landed.flatMap(({group}) => {
			if (registry.standing(group, need.second).state !== 'live') return [];
			const first = registry.standing(group, need.first);
			return first.state === 'reverted' ? [{group, by: first.by}] : [];
		});
		const found = on.length === 0 ? null : brokenBy(need, on, registry);
		if (found !== null) broken.push(found);
		if (broken.length >= brokenMax) break;
	}
	return broken;
}
