/**
 * The door of the facts: what is kept back enters none. Findings quote facts, and events, notices, pages and reports quote findings.
 * What was read in a checkout comes without a word of its review; whether it is a security patch is known by its names, from the batch and from
 * what deploys have stored.
 */
import type {Batch, Change, LandedChange, Note} from '../gate/facts.ts';
import {
	isKeptBack,
	keptBackText,
	publicChange,
	sameAsAny,
	tracesForReaders,
	withoutKeptBack,
	withoutWords,
} from '../gate/passage/kept-back.ts';
import type {Beside} from './client/contract.ts';

/** What of a question carries words that people wrote. */
type Worded = {
	readonly batch: Batch;
	readonly known: readonly Change[];
	readonly landedChanges: readonly (LandedChange & {readonly group: string})[];
	readonly beside: Beside;
	readonly notes: readonly Note[];
};

/** Looks up security patches among what deploys so far have brought. */
type LookUp = (names: {readonly shas: readonly string[]; readonly changeIds: readonly string[]}) => Promise<readonly Change[]>;

export async function withoutKeptWords<Asked extends Worded>(asked: Asked, lookUp: LookUp): Promise<Asked> {
	const {batch, known, landedChanges, beside, notes} = asked;
	const told = [...known, ...landedChanges, ...(beside.neighbours ?? []).flatMap(({changes}) => changes)];
	const stored = await lookUp({
		shas: [...new Set(told.flatMap(({sha}) => sha ?? []))],
		changeIds: [...new Set(told.flatMap(({changeId}) => changeId ?? []))],
	});
	const kept = [...[...batch.changes, ...known].filter(isKeptBack), ...stored];
	const isKept = sameAsAny(kept);
	const isOne = (change: Change): boolean => isKeptBack(change) || isKept(change);
	const ids = new Set([...batch.changes, ...known].filter(isOne).map(({id}) => id));
	const wordless = (change: Change): Change => (isOne(change) ? withoutWords(change) : publicChange(change));
	const landed = <Told extends LandedChange>(change: Told): Told =>
		change.subject === undefined ? change : {...change, subject: isKept(change) ? keptBackText : withoutKeptBack(change.subject, kept)};
	return {
		...asked,
		batch: {...batch, changes: batch.changes.map(wordless)},
		known: known.map(wordless),
		landedChanges: landedChanges.map(landed),
		beside: {
			...beside,
			...(beside.neighbours === undefined ? {} : {neighbours: beside.neighbours.map(one => ({...one, changes: one.changes.map(landed)}))}),
			...(beside.traces === undefined ? {} : {traces: tracesForReaders(beside.traces, id => ids.has(id))}),
		},
		notes: notes.map(note => ({...note, text: withoutKeptBack(note.text, kept)})),
	};
}
