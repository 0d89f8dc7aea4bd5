/**
 * Footers: what a commit message says about other changes, read as people write it. Every `Depends-On` and `Needed-By` value, and every
 * line a person would take for one, ends as an entry with its line number; nothing is dropped silently.
 *
 * Work is bounded: 64 KiB of a message are read and 200 values kept; what was cut is said in `cut`.
 */
import {type FooterEntry, isRelationHeader, readRelationLine} from './footer-lines.ts';
import {readNameLine} from './name-footers.ts';
import {plainText} from './plain-text.ts';
import {parseReference, type Reference} from './reference.ts';

export type {FooterEntry} from './footer-lines.ts';

export type Footers = {
	/** `Depends-On`, `Needed-By`, `Prerequisite`, `Groups`, `Wikis` and their near misses, in the order of their lines. */
	readonly entries: readonly FooterEntry[];
	/** The last one wins, as in Gerrit. */
	readonly changeId?: string;
	/** All of them, where a squash left several. */
	readonly changeIds: readonly string[];
	readonly bugs: readonly string[];
	/** Ids of the incidents that this change ends: `Fixes-Incident: INC-…`. */
	readonly fixesIncidents: readonly string[];
	/** Full or short shas of `(cherry picked from commit …)`. */
	readonly cherryPickedFrom: readonly string[];
	/** What it takes back: shas, short shas or Change-Ids. */
	readonly reverts: readonly Reference[];
	/** The subject says Revert, and nothing says of what. */
	readonly revertWithoutTarget: boolean;
	/** What was not read, each as a sentence; empty where everything was. */
	readonly cut: readonly string[];
};

export const messageLengthMax = 65_536;
export const valueCountMax = 200;

const interesting = /depend|needed|required|requires|follow|change-id|bug:|incident|picked|revert|requisite|groups?\s*[:=]|wikis?\s*[:=]/i;
const relationWords = /depend|needed|required|requires|follow/i;
const nameWords = /requisite|groups?\s*[:=]|wikis?\s*[:=]/i;

type Reading = {
	entries: FooterEntry[];
	changeIds: string[];
	bugs: string[];
	fixesIncidents: string[];
	cherryPickedFrom: string[];
	reverts: Reference[];
	leftOut: number;
};

const valueCount = (reading: Reading): number =>
	reading.entries.length +
	reading.changeIds.length +
	reading.bugs.length +
	reading.fixesIncidents.length +
	reading.cherryPickedFrom.length +
	reading.reverts.length;

/** The references at the start of a text, up to the first word that is neither one nor `and`. */
function leadingReferences(text: string): Reference[] {
	const references: Reference[] = [];
	for (const token of text.slice(0, 2000).split(/[\s,;]+/)) {
		const word = token.slice(0, 100).replace(/[.:)]{1,9}$/, '');
		if (word === '' || /^and$/i.test(word)) continue;
		const reference = parseReference(word);
		if (reference === null || (reference.kind !== 'sha' && reference.kind !== 'change-id' && reference.kind !== 'number')) break;
		// A sha of digits alone looks like a number; after "This reverts commit" it is a sha.
		if (reference.kind === 'number') {
			if (!/^\d{7,9}$/.test(word)) break;
			references.push({kind: 'sha', sha: word});
		} else references.push(reference);
	}
	return references;
}

function readIncidents(line: string, number: number, reading: Reading): void {
	const about = {header: 'Fixes-Incident', line: number, text: plainText(line, 120)} as const;
	const exact = /^\s*fixes-incident:(.*)$/i.exec(line);
	const ids = exact?.[1]?.split(/[\s,;]+/).filter(word => /^[a-z0-9][\w.-]{0,63}$/i.test(word)) ?? [];
	if (ids.length > 0) reading.fixesIncidents.push(...ids.slice(0, valueCountMax));
	else if (exact !== null || /^\s*fix(?:es|ed)?[\s_-]{0,3}incident\b/i.test(line)) {
		const note = exact === null ? 'the header is not exactly "Fixes-Incident:"' : 'the header has no incident id';
		reading.entries.push({...about, status: 'near-miss', note, correction: 'Fixes-Incident: INC-... (the id of the incident)'});
	}
}

function readFacts(line: string, next: string, number: number, reading: Reading): void {
	if (line.trimStart().startsWith('>')) return;
	const changeId = /^\s*change-id:\s*(i[0-9a-f]{40})\s*$/i.exec(line)?.[1];
	if (changeId !== undefined) reading.changeIds.push(`I${changeId.slice(1).toLowerCase()}`);
	const bug = /^\s*bug:\s*(\S.{0,500})/i.exec(line)?.[1];
	if (bug !== undefined) {
		const words = bug.split(/[\s,;]+/).filter(word => word !== '');
		reading.bugs.push(...words.slice(0, 20).map(word => plainText(word, 100)));
	}
	readIncidents(line, number, reading);
	const picked = /\(cherry[ -]picked from commit ([0-9a-f]{7,40})\b/i.exec(line)?.[1];
	if (picked !== undefined) reading.cherryPickedFrom.push(picked.toLowerCase());
	const reverts = /\breverts (?:commit|change)s?\b:?(.*)$/i.exec(line)?.[1];
	if (reverts !== undefined) reading.reverts.push(...leadingReferences(reverts.trim() === '' ? next : reverts));
}

function cutSentences(message: string, reading: Reading): string[] {
	const cut: string[] = [];
	if (message.length > messageLengthMax) {
		cut.push(`only the first ${messageLengthMax} of ${message.length} characters of the message were read`);
	}
	if (reading.leftOut > 0) {
		cut.push(`only the first ${valueCountMax} values of the message were kept: ${reading.leftOut} lines were not read to their end`);
	}
	return cut;
}

/** Where the last paragraph begins: behind the last empty line that has text after it. */
function lastParagraphOf(lines: readonly string[]): number {
	const end = lines.findLastIndex(line => line.trim() !== '');
	return lines.slice(0, end + 1).findLastIndex(line => line.trim() === '') + 1;
}

/**
 * Reads a commit message. Never throws, whatever the message holds; time is linear in its first 64 KiB.
 * Grammar: `Depends-On` and `Needed-By` in any case, with or without a space after the colon, several values on a line, anywhere in the message;
 * `Prerequisite`, `Groups` and `Wikis` alike, see name-footers.ts.
 */
export function readFooters(message: string): Footers {
	const lines = message.slice(0, messageLengthMax).split(/\r\n|\n|\r/);
	const reading: Reading = {entries: [], changeIds: [], bugs: [], fixesIncidents: [], cherryPickedFrom: [], reverts: [], leftOut: 0};
	let afterHeader = false;
	let lastParagraph: number | undefined;
	for (const [index, line] of lines.entries()) {
		if (!afterHeader && !interesting.test(line)) continue;
		const roomFor = valueCountMax - valueCount(reading);
		if (roomFor <= 0) {
			if (interesting.test(line)) reading.leftOut += 1;
			continue;
		}
		if (afterHeader || relationWords.test(line)) {
			// One more than there is room for, so that a full line is told from a cut one.
			const entries = readRelationLine(line, index + 1, afterHeader, roomFor + 1);
			reading.entries.push(...entries.slice(0, roomFor));
			if (entries.length > roomFor) reading.leftOut += 1;
		}
		if (nameWords.test(line)) {
			lastParagraph ??= lastParagraphOf(lines);
			reading.entries.push(
				...readNameLine(line, index + 1, index > 0 && index >= lastParagraph).slice(0, valueCountMax - valueCount(reading)),
			);
		}
		afterHeader = isRelationHeader(line);
		readFacts(line, lines[index + 1] ?? '', index + 1, reading);
	}
	const changeId = reading.changeIds.at(-1);
	const {leftOut: _, ...kept} = reading;
	return {
		...kept,
		...(changeId === undefined ? {} : {changeId}),
		revertWithoutTarget: reading.reverts.length === 0 && /^\s*revert\b/i.test(lines[0] ?? ''),
		cut: cutSentences(message, reading),
	};
}
