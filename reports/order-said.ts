/** How a change and its standing are said wherever an order is explained: in the drawing, in its table, at the terminal. */
import type {ExplainedNode, ExplainedStanding} from '../gate/order/explained.ts';
import {plainText} from './plain-text.ts';
import {sayDateTime, shortSha} from './say.ts';

const nameMax = 60;

/** As findings call it: the last part of its repository, and seven digits. */
export function nameOfNode({repository, sha, changeId, id}: Pick<ExplainedNode, 'repository' | 'sha' | 'changeId' | 'id'>): string {
	const short = sha === null ? (changeId?.slice(0, 10) ?? id.slice(0, 40)) : shortSha(sha);
	return plainText(`${(repository.split('/').at(-1) ?? repository).slice(0, nameMax)} ${short}`, 120);
}

const notMerged = {open: 'proposed', draft: 'a draft', abandoned: 'abandoned'} as const;

/** `live since 2015-10-14 18:00:00`, `taken back by 1a2b3c4`, `merged on master, not live`, `proposed on master, not merged`, `not known`. */
export function sayStanding(
	{state, since, by}: Omit<ExplainedStanding, 'group'>,
	{where, branch, reviewStatus = 'merged'}: Pick<ExplainedNode, 'where' | 'branch' | 'reviewStatus'>,
): string {
	if (state === 'live') return since === null ? 'live' : `live since ${sayDateTime(since)}`;
	if (state === 'reverted')
		return by === null || by === '' ? 'taken back' : `taken back by ${plainText(/^[0-9a-f]{40,}$/i.test(by) ? shortSha(by) : by, 60)}`;
	if (state === 'unknown') return 'not known';
	if (where === 'batch') return 'not live yet';
	const on = branch === null ? '' : ` on ${plainText(branch, 60)}`;
	if (reviewStatus !== 'merged') return `${notMerged[reviewStatus]}${on}, not merged`;
	return `merged${on}, not live`;
}

export type StandingLine = {readonly groups: readonly string[]; readonly state: ExplainedStanding['state']; readonly text: string};

/** Where a change is and is not: groups of which the same is to be said stand together, in the order of the groups. */
export function standingLines(node: Pick<ExplainedNode, 'where' | 'branch' | 'reviewStatus' | 'standings'>): StandingLine[] {
	const lines = new Map<string, StandingLine & {groups: string[]}>();
	for (const standing of node.standings) {
		const text = sayStanding(standing, node);
		const known = lines.get(text);
		if (known === undefined) lines.set(text, {groups: [plainText(standing.group, 60)], state: standing.state, text});
		else known.groups.push(plainText(standing.group, 60));
	}
	return [...lines.values()];
}

/** `group0, group1`, `all 4 groups`, `group0, group1, group2 and 3 more`. */
export function sayGroups(groups: readonly string[], all: number, shownMax = 4): string {
	if (groups.length === all && all > 2) return `all ${all} groups`;
	const left = groups.length - shownMax;
	return left > 0 ? `${groups.slice(0, shownMax).join(', ')} and ${left} more` : groups.join(', ');
}

/** A ring as names, closed by its first; of a long one its beginning, and how many more. */
export function ringNames(ring: readonly string[], nameOf: (id: string) => string, shownMax = 8): string[] {
	const shown = ring.length <= shownMax ? ring : ring.slice(0, shownMax - 2);
	const left = ring.length - shown.length;
	return [...shown.map(nameOf), ...(left > 0 ? [`${left} more`] : []), ...ring.slice(0, 1).map(nameOf)];
}

/** Behind `not live on`: `any group`, `group1, group2`. */
export const sayNowhere = (groups: readonly string[], all: number, shownMax = 4): string =>
	groups.length === all && all > 1 ? 'any group' : sayGroups(groups, all, shownMax);

export const kindWords = {needs: 'needs', exclusive: 'only one owner', drain: 'last reader first'} as const;
export const linkStateWords = {kept: 'kept', broken: 'not kept', ring: 'in a ring'} as const;
