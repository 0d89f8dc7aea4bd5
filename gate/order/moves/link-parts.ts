/** What blob links and name links share: changes by id, sides of a move, and words for evidence. */
import type {Change, Facts} from '../../facts.ts';
import type {Evidence} from '../../verdict.ts';
import {plainText} from '../plain-text.ts';
import type {Detected, DetectedPart} from './detect.ts';

/** One thing that one change does to a name or a file, in its repository. */
export type Step = {
	readonly change: Change;
	readonly does: 'comes' | 'goes';
	readonly path: string;
	readonly line: number | null;
};

/** Between leaving and coming: a name that comes back later than this is another story. */
export const windowMs = 30 * 86_400_000;

/** The changes that the facts speak of, by id; those of the batch first. */
export function changesById(facts: Facts): {readonly all: ReadonlyMap<string, Change>; readonly batch: ReadonlySet<string>} {
	const all = new Map([...facts.known, ...facts.batch.changes].map(change => [change.id, change]));
	return {all, batch: new Set(facts.batch.changes.map(({id}) => id))};
}

const timeOf = ({committedAt}: Change): number => (committedAt === undefined ? Number.NaN : Date.parse(committedAt));

/** Whether two changes were made within the window; where one does not say when, that is not held against it. */
export function isNear(one: Change, other: Change): boolean {
	const apart = Math.abs(timeOf(one) - timeOf(other));
	return Number.isNaN(apart) || apart <= windowMs;
}

/** The newest of the steps, in time and else in order. */
export function latest(steps: readonly Step[]): number {
	return steps.reduce((newest, {change}) => Math.max(newest, timeOf(change) || 0), -Infinity);
}

export const nameChange = ({repository, sha, id}: Change): string =>
	`${plainText(repository.split('/').at(-1) || repository, 60)} ${plainText(sha?.slice(0, 10) ?? id, 60)}`;

export const placeText = (path: string, line: number | null): string => `${plainText(path, 200)}${line === null ? '' : `:${line}`}`;

export function stepEvidence({change, path, line}: Step, says: string): Evidence {
	return {
		label: `${nameChange(change)}, ${placeText(path, line)}`,
		text: `${says}${change.subject ? `: ${plainText(change.subject, 120)}` : ''}`,
	};
}

const partsMax = 50;
const evidenceMax = 8;

export const partOf = ({change, path, line}: Step, does: DetectedPart['does']): DetectedPart => ({change: change.id, does, path, line});

/** Group -> whether the owner is there now, for the groups in which somebody looked. */
export function presenceIn(facts: Facts, repository: string, isThere: (group: string) => boolean): Detected['presence'] {
	const looked = new Set((facts.traces?.looked ?? []).filter(each => each.repository === repository).map(({group}) => group));
	const groups = facts.groups.length > 0 ? facts.groups : [...new Set((facts.traces?.uses ?? []).map(({group}) => group))];
	return Object.fromEntries(
		groups.map(group => [group, isThere(group) ? ('present' as const) : looked.has(group) ? ('gone' as const) : ('unknown' as const)]),
	);
}

/** A link, with its lists at their limits. */
export const bounded = (link: Detected): Detected => ({
	...link,
	parts: link.parts.slice(0, partsMax),
	evidence: link.evidence.slice(0, evidenceMax),
});
