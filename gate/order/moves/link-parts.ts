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

/** Whether any two of these times are within the window of each other; one that nobody told is not held against it. In one walk, since anybody may send thousands. */
function anyNear(some: readonly number[], others: readonly number[]): boolean {
	if (some.length === 0 || others.length === 0) return false;
	if ([...some, ...others].some(Number.isNaN)) return true;
	const [left, right] = [some.toSorted((a, b) => a - b), others.toSorted((a, b) => a - b)];
	let at = 0;
	for (const time of left) {
		while (at < right.length && (right[at] ?? 0) < time - windowMs) at += 1;
		if (at < right.length && (right[at] ?? 0) <= time + windowMs) return true;
	}
	return false;
}

/** Whether two changes were made within the window. */
export const isNear = (one: Change, other: Change): boolean => anyNear([timeOf(one)], [timeOf(other)]);

/** Whether something goes here as it comes there: two changes made within the window, at least one of them of the batch. */
export function meets(going: readonly Step[], coming: readonly Step[], batch: ReadonlySet<string>): boolean {
	const times = (steps: readonly Step[]): number[] => steps.map(({change}) => timeOf(change));
	const inBatch = (steps: readonly Step[]): readonly Step[] => steps.filter(({change}) => batch.has(change.id));
	return anyNear(times(inBatch(going)), times(coming)) || anyNear(times(going), times(inBatch(coming)));
}

/** What more repositories than this bring or take out is no move from one to another: a licence, a vendored file, a word that all use. */
export const sharersMax = 20;

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
