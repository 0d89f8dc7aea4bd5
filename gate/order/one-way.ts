/**
 * One-way doors: what is not safe to take back, or not alone. Said by a change's own footer (`One-Way: REASON`), or by the policy for what
 * touches a path; and pairs that must come and go together, since the one without the other breaks (a service and its configuration).
 */
import type {Change} from '../facts.ts';
import {readReasons} from '../passage/reasons.ts';
import {pathMatches} from './path-matches.ts';
import {plainText} from './plain-text.ts';

type Records = readonly Readonly<Record<string, string>>[];

/** See the limits of the rule way-back. */
export type DoorRules = {readonly oneWay: Records; readonly together: Records};

export type Door = {
	readonly change: Change;
	/** Empty where none is given. */
	readonly reason: string;
	/** The policy's name for it; null: the change's own footer says so. */
	readonly rule: string | null;
};

/** A change of one side of a pair, and where the other side is. */
export type Bound = {
	readonly change: Change;
	readonly rule: string;
	readonly other: {readonly repository: string; readonly path: string | null};
	/** Changes of the same batch that are the other side; none: it would move alone. */
	readonly companions: readonly Change[];
};

function touches({repository, paths}: Change, wanted: string, path: string | undefined): boolean {
	if (!pathMatches(wanted, repository)) return false;
	return path === undefined || (paths ?? []).some(each => pathMatches(path, each.path));
}

/** Nobody told which files it touches: a door that is named in vain costs a look, one that is not named costs an outage. */
const mayTouch = ({repository, paths}: Change, wanted: string, path: string | undefined): boolean =>
	path !== undefined && paths === undefined && pathMatches(wanted, repository);

export function doorsOf(changes: readonly Change[], {oneWay}: DoorRules): Door[] {
	return changes.flatMap(change => {
		const {oneWay: said} = readReasons(change.message ?? '');
		const own: Door[] = said === null ? [] : [{change, reason: said, rule: null}];
		const declared = oneWay.flatMap(({name, reason, repository = '', path}): Door[] => {
			const why = plainText(reason ?? '', 300);
			const rule = plainText(name ?? '', 60);
			if (touches(change, repository, path)) return [{change, reason: why, rule}];
			if (!mayTouch(change, repository, path)) return [];
			return [{change, reason: `perhaps, since its files are not known: ${why}`, rule}];
		});
		return [...own, ...declared];
	});
}

export function boundOf(changes: readonly Change[], {together}: DoorRules): Bound[] {
	return together.flatMap(record => {
		const sides = [
			{repository: record['repository'] ?? '', path: record['path']},
			{repository: record['with_repository'] ?? '', path: record['with_path']},
		] as const;
		const found = sides.map(({repository, path}) => changes.filter(change => touches(change, repository, path)));
		const side = (mine: 0 | 1, theirs: 0 | 1): Bound[] =>
			(found[mine] ?? [])
				.filter(change => !(found[theirs] ?? []).includes(change))
				.map(change => ({
					change,
					rule: plainText(record['name'] ?? '', 60),
					other: {repository: plainText(sides[theirs].repository, 100), path: sides[theirs].path ?? null},
					companions: found[theirs] ?? [],
				}));
		return [...side(0, 1), ...side(1, 0)];
	});
}
