/** What was seen of a group's versions, as it counts for the version that the group runs now. */
import type {Holding, LandedChange} from '../../gate/facts.ts';
import {notKnown} from '../../gate/order/still-stands.ts';
import {compareVersions} from '../../gate/order/version-branch.ts';
import type {KeptContent} from '../stores/group-contents.ts';

export type ContentsOf = {
	/** Changes that were there in some version of the group; `revertedBy` says why one is not in this one. */
	readonly changes: readonly LandedChange[];
	/** Paths that are otherwise in this version than they were in another one of the group. */
	readonly holdings: readonly Holding[];
};

const nothing: ContentsOf = {changes: [], holdings: []};

/** Null: there. What an older version has, a newer one has too, since the train carries it; of an older one that proves nothing. */
function whyNotIn(version: string, group: string, looks: readonly KeptContent[]): string | null {
	const here = looks.find(look => look.version === version);
	if (here !== undefined) return here.present ? null : `${group} runs ${version}, which does not have it`;
	const isCarried = looks.some(look => look.present && compareVersions(look.version, version) < 0);
	return isCarried ? null : `${notKnown}${group} runs ${version}, and nobody has looked whether that has it`;
}

export function contentsAt(all: readonly KeptContent[]): (group: string, version: string | undefined) => ContentsOf {
	const byGroup = new Map<string, Map<string, KeptContent[]>>();
	for (const look of all) {
		const keys = byGroup.get(look.group) ?? new Map<string, KeptContent[]>();
		byGroup.set(look.group, keys);
		keys.set(look.key, [...(keys.get(look.key) ?? []), look]);
	}
	return (group, version) => {
		const keys = byGroup.get(group);
		if (version === undefined || keys === undefined) return nothing;
		const changes: LandedChange[] = [];
		const holdings: Holding[] = [];
		for (const looks of keys.values()) {
			const here = looks.find(look => look.version === version);
			for (const look of looks.slice(0, 1)) {
				if (look.kind === 'path') {
					const wasOtherwise = here !== undefined && looks.some(({present}) => present !== here.present);
					if (here !== undefined && wasOtherwise) holdings.push({group, ...look.path, present: here.present});
				} else if (looks.some(({present}) => present)) {
					const why = whyNotIn(version, group, looks);
					changes.push({...look.change, source: 'git', ...(why === null ? {} : {revertedBy: why})});
				}
			}
		}
		return {changes, holdings};
	};
}
