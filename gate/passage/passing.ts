/** What the findings about a change's way here have in common: what is known of it, and how lists of changes are said. */
import type {Change, Facts, Review} from '../facts.ts';
import {type Footers, readFooters} from '../order/footers.ts';
import {plainText} from '../order/plain-text.ts';
import {nameOf} from '../order/wording.ts';
import type {RawFinding} from '../rule.ts';
import type {Evidence, Outcome} from '../verdict.ts';
import {isKeptBack} from './kept-back.ts';
import {type Reasons, readReasons} from './reasons.ts';

/** One change of the batch, read once. */
export type Passing = {
	readonly change: Change;
	readonly name: string;
	readonly footers: Footers;
	readonly reasons: Reasons;
	/** Null: no source of reviews was asked about it, or none could tell. */
	readonly review: Review | null;
	/** Why the source could not tell; null where it could, or none was asked. */
	readonly silence: string | null;
	/** A commit that only stands in the checkout and was never proposed. */
	readonly isLocal: boolean;
	/** Who wrote or proposed it, as it is told. */
	readonly writers: readonly string[];
};

/** How a limit says what a finding counts for. */
export type Weight = 'off' | 'warn' | 'hold';

export const shownMax = 20;
const namedMax = 4;

export const passings = ({batch}: Facts): readonly Passing[] =>
	batch.changes.map(change => {
		const {review, author, message} = change;
		const told = review === undefined || 'missing' in review ? null : review;
		return {
			...{change, name: nameOf(change), footers: readFooters(message ?? ''), reasons: readReasons(message ?? '')},
			...{review: told, silence: review !== undefined && 'missing' in review ? plainText(review.missing, 200) : null},
			isLocal: told?.local === true,
			writers: [author, told?.owner].filter((name): name is string => name !== undefined && name !== ''),
		};
	});

export const weightOf = (limit: string): Weight => (limit === 'warn' || limit === 'hold' ? limit : 'off');

export const silentAs = (limit: string): Outcome => (limit === 'warn' || limit === 'hold' ? limit : 'unknown');

export const counted = (many: number, one: string, more = `${one}s`): string => `${many} ${many === 1 ? one : more}`;

/** `A`, `A and B`, `A, B, C and 3 more`. */
export function listed(names: readonly string[]): string {
	if (names.length > namedMax) return `${names.slice(0, namedMax - 1).join(', ')} and ${names.length - namedMax + 1} more`;
	return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

export const namesOf = (those: readonly {readonly name: string}[]): string => listed(those.map(({name}) => name));

const quoted = ({change}: Passing): string =>
	change.subject === undefined || isKeptBack(change) ? '' : `"${plainText(change.subject, 100)}"; `;

export const evidenceFor = (those: readonly Passing[], text: (passing: Passing) => string): Evidence[] =>
	those.slice(0, shownMax).map(passing => ({label: passing.name, text: `${quoted(passing)}${text(passing)}`}));

/** The finding, where the limit gives it any weight. */
export const weighed = (limit: string, finding: Omit<RawFinding, 'outcome'>): RawFinding[] => {
	const weight = weightOf(limit);
	return weight === 'off' ? [] : [{...finding, outcome: weight}];
};
