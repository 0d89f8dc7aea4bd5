/**
 * What is kept from those who only look: the words of a security patch. Where its text would stand, `security patch` stands, and only the
 * lines that the gate reads are left of its message. Everything that leaves the store or enters the gate goes through here.
 */
import type {Change, Missing, NameTrace, NameUse, Review, Traces} from '../facts.ts';
import {parseReference} from '../order/reference.ts';

export const keptBackText = 'security patch';

/** Of a change whose words are for deployers alone. */
export const securityLabel = 'security';

/** Of a local commit whose words may be read by everybody: `local_commits: public` of the configuration. */
export const publicLabel = 'public';

/** A commit that was never proposed, where nothing says that it is public; or one that is labelled `security`. */
export function isKeptBack({review, labels = []}: Pick<Change, 'review' | 'labels'>): boolean {
	const isLocal = review !== undefined && !('missing' in review) && review.local === true;
	return (isLocal && !labels.includes(publicLabel)) || labels.some(isSecurityLabel);
}

const isSecurityLabel = (label: string): boolean => /(?:^|:)security$/i.test(label.trim());

const linesMax = 500;
const reasonHeaders = /^\s*(urgent|one-way)\s*:\s*\S/i;
const linkHeaders = /^\s*(depends-on|needed-by|change-id|bug|fixes-incident)\s*:\s*(\S.{0,500})$/i;

const isName = (word: string): boolean => parseReference(word) !== null || /^(?:T\d{1,9}|INC-[\w-]{1,40})$/i.test(word);

/** What the gate reads of a line, without a word that a person wrote; null: nothing. */
function machineLine(line: string): string | null {
	const reverted = /\breverts (?:commit|change)s?:?\s+([0-9a-f]{7,64}|I[0-9a-f]{8,40})\b/i.exec(line)?.[1];
	if (reverted !== undefined) return `This reverts commit ${reverted}.`;
	const picked = /\(cherry[ -]picked from commit ([0-9a-f]{7,64})\b/i.exec(line)?.[1];
	if (picked !== undefined) return `(cherry picked from commit ${picked})`;
	const reason = reasonHeaders.exec(line)?.[1];
	if (reason !== undefined) return `${reason}: ${keptBackText}`;
	const [, header, value] = linkHeaders.exec(line) ?? [];
	const names = value?.split(/[\s,;]+/).filter(isName) ?? [];
	return header === undefined || names.length === 0 ? null : `${header}: ${names.join(' ')}`;
}

function machineLines(message: string): string {
	const lines = message
		.slice(0, 65_536)
		.split(/\r\n|\n|\r/)
		.slice(0, linesMax);
	return [keptBackText, '', ...lines.flatMap(line => machineLine(line) ?? [])].join('\n');
}

/** The change without the words that people wrote of it, where those are kept back; any other change as it is. Twice is as once. */
export function publicChange<Told extends Change>(change: Told): Told {
	return isKeptBack(change) ? withoutWords(change) : change;
}

/** The same for one that is known to be kept back by another name than its own. */
export function withoutWords<Told extends Change>(change: Told): Told {
	return {
		...change,
		...(change.subject === undefined ? {} : {subject: keptBackText}),
		...(change.message === undefined ? {} : {message: machineLines(change.message)}),
	};
}

function withoutAddress(review: Review | Missing): Review | Missing {
	if ('missing' in review) return review;
	const {url: _url, ...told} = review;
	return told;
}

/** The same for somebody who only reads: which files it touches, and what it is labelled, tells of it too. */
export function changeForReaders(change: Change): Change {
	if (!isKeptBack(change)) return change;
	const {paths: _paths, review, labels, ...rest} = publicChange(change);
	return {
		...rest,
		...(review === undefined ? {} : {review: withoutAddress(review)}),
		...(labels === undefined ? {} : {labels: labels.filter(isSecurityLabel)}),
	};
}

type Named = Pick<Change, 'sha' | 'changeId' | 'patchId'>;

const namesOf = ({sha, changeId, patchId}: Named): string[] => [sha, changeId, patchId].flatMap(name => name ?? []);

/** Tells whether something is one of these changes, by its commit, its Change-Id or its patch: where its subject was read alone, no label says so. */
export function sameAsAny(changes: readonly Named[]): (other: Named) => boolean {
	const names = new Set(changes.flatMap(namesOf));
	return other => namesOf(other).some(name => names.has(name));
}

/**
 * What changes do to names and files, without what would tell of a security patch: its paths, and the names that it touches. One name stays
 * one name wherever it stands, so that links are found as before.
 */
export function tracesForReaders(traces: Traces, isKept: (id: string) => boolean): Traces {
	const keyOf = ({kind, name}: {readonly kind: string; readonly name: string}): string => `${kind}\n${name}`;
	const hidden = new Map<string, string>();
	for (const trace of traces.names)
		if (isKept(trace.change) && !hidden.has(keyOf(trace))) hidden.set(keyOf(trace), `of a ${keptBackText} (${hidden.size + 1})`);
	const blobs = new Set(traces.blobs.filter(({change}) => isKept(change)).map(({blob}) => blob));
	if (hidden.size + blobs.size === 0) return traces;
	const named = <Told extends NameTrace | NameUse>(told: Told): Told => {
		const name = hidden.get(keyOf(told));
		if (name !== undefined) return {...told, name, path: keptBackText};
		return told.kind === 'blob' && blobs.has(told.name) ? {...told, path: keptBackText} : told;
	};
	return {
		...traces,
		names: traces.names.map(named),
		uses: traces.uses.map(named),
		blobs: traces.blobs.map(trace => (blobs.has(trace.blob) ? {...trace, path: keptBackText} : trace)),
	};
}

/** A sentence of the gathering without the subjects that are kept back. */
export function withoutKeptBack(text: string, changes: readonly Change[]): string {
	const subjects = changes.filter(isKeptBack).flatMap(({subject}) => (subject === undefined || subject.length < 4 ? [] : [subject]));
	return subjects.reduce((said, subject) => said.replaceAll(subject, keptBackText), text);
}
