/**
 * Detect: links between changes that nobody declared, found by what leaves one repository and enters another. Research: of 16 deployments
 * that were taken back because something was not there yet, 13 had no footer at all.
 */
import type {Facts} from '../../facts.ts';
import type {Evidence} from '../../verdict.ts';
import {blobLinks} from './blob-links.ts';
import {nameLinks} from './name-links.ts';

/** What one change does to a detected link: it takes the thing out (`remove`), brings it to its old place (`add`), or must wait (`trigger`). */
export type DetectedPart = {
	/** Id of the change. */
	readonly change: string;
	readonly does: 'trigger' | 'remove' | 'add';
	readonly path: string;
	readonly line: number | null;
};

/** A link like that of a rule of the policy, with evidence in place of a declaration. */
export type Detected = {
	/** `exclusive`: the old owner goes before the new one comes. `drain`: the last reader goes before the thing does. */
	readonly kind: 'exclusive' | 'drain';
	readonly by: 'blob' | 'name';
	/** What moves, in words for a finding: `module schema.Search`, `the file search.js (1,204 bytes)`. */
	readonly name: string;
	/** What must be gone before the trigger may come in. */
	readonly owner: {readonly repository: string; readonly path: string};
	readonly trigger: {readonly repository: string; readonly path: string};
	readonly parts: readonly DetectedPart[];
	/** Group -> whether the owner is there now; a group that is not named is unknown. */
	readonly presence: Readonly<Record<string, 'present' | 'gone' | 'unknown'>>;
	/** File, line and commit of both sides. */
	readonly evidence: readonly Evidence[];
};

const usualLinksMax = 200;

/** The links that the facts give evidence of, those with a file's contents first: they are the surest. Pure; never throws. */
export function detectLinks(facts: Facts, linksMax = usualLinksMax): readonly Detected[] {
	if (facts.traces === undefined) return [];
	return [...blobLinks(facts, linksMax), ...nameLinks(facts, linksMax)].slice(0, linksMax);
}
