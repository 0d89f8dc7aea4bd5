/** The draft as JSON: keys in alphabetical order and two spaces, so that the same state gives the same bytes whoever built the object. */
import type {Draft} from './draft.ts';

function ordered(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(ordered);
	if (value === null || typeof value !== 'object') return value;
	return Object.fromEntries(
		Object.entries(value)
			.toSorted(([a], [b]) => (a < b ? -1 : 1))
			.map(([key, item]) => [key, ordered(item)]),
	);
}

export const reportJson = (draft: Draft): string => `${JSON.stringify(ordered(draft), null, 2)}\n`;
