/**
 * The policy line that would have declared an undeclared move: the same file leaves one repository and enters another,
 * and both may not be live at once. Found by blob identity, which needs no parser and is almost never chance.
 */
import type {Change, PathChange} from '../gate/facts.ts';
import type {DeployStory} from './story.ts';

type Place = {readonly change: Change; readonly path: PathChange};

const placesOf = (changes: readonly Change[], kind: PathChange['kind']): readonly Place[] =>
	changes.flatMap(change => (change.paths ?? []).filter(path => path.kind === kind).map(path => ({change, path})));

/** A line for `exclusive` under the limits of patch-order; null where no file moved between repositories. */
export function exclusiveLine({changes, known}: DeployStory): string | null {
	const all = [...changes, ...known];
	const added = new Map(
		placesOf(all, 'added').flatMap(place => (place.path.blob === undefined ? [] : [[place.path.blob, place] as const])),
	);
	for (const old of placesOf(all, 'deleted')) {
		const next = old.path.blob === undefined ? undefined : added.get(old.path.blob);
		if (next === undefined || next.change.repository === old.change.repository) continue;
		const record = {
			name: `${old.path.path.split('/').at(-1) ?? 'moved'} moved`,
			old_repository: old.change.repository,
			old_path: old.path.path,
			new_repository: next.change.repository,
			new_path: next.path.path,
		};
		const fields = Object.entries(record).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
		return `patch-order: {exclusive: [{${fields.join(', ')}}]}`;
	}
	return null;
}
