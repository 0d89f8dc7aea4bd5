/** One line of a commit message, read for what it says about other changes. The whole message: see footers.ts. */
import {plainText} from './plain-text.ts';
import {parseReference, type Reference, referenceText} from './reference.ts';

export type RelationHeader = 'Depends-On' | 'Needed-By';
/** Headers whose values are names: see name-footers.ts. */
export type NameHeader = 'Prerequisite' | 'Groups' | 'Wikis';

/** One value, or one line that a person reads as a relation and a strict parser does not. Nothing is dropped: each has a status. */
export type FooterEntry = {
	readonly header: RelationHeader | NameHeader | 'Fixes-Incident';
	/** Counted from 1, in the message. */
	readonly line: number;
	/** The line as written, cut to 120 characters and cleaned of control characters. */
	readonly text: string;
	/** `read`: it makes an edge. `near-miss`: it makes none, and the correction would. `irrelevant`: it does not speak of this change. */
	readonly status: 'read' | 'near-miss' | 'irrelevant';
	/** The change that is named; there for a `Depends-On` or `Needed-By` that was read. */
	readonly reference?: Reference;
	/** The name, where the header takes names and it was read. */
	readonly value?: string;
	/** Why it is no edge, or what is odd with one that was read. */
	readonly note?: string;
	/** The line as it should be written. */
	readonly correction?: string;
};

const textLengthMax = 120;
const proseLengthMax = 1000;
const tokenLengthMax = 500;

const exactHeader = /^(depends-on|needed-by):/i;
// "Depends on: I…", "DependsOn: I…", "Depends-On-Backports: I…": a colon makes it a header, even with nothing readable behind it.
const almostHeader = /^(?:depend(?:s|ed|ent|ing)?[\s_-]{0,3}(?:up)?on|need(?:ed|s)[\s_-]{0,3}by)[\w-]{0,40}\s{0,3}:/i;
const needsPhrase = /\b(?:depend(?:s|ed|ent|ing)?[\s_-]{0,3}(?:up)?on(?:\b|(?=[-_]))|(?:dependenc(?:y|ies)|requires?)\s{0,3}:)/i;
const neededPhrase = /\b(?:needed|required)[\s_-]{0,3}by\b/i;
const followPhrase = /^follow[\s_-]{0,3}up\b/i;
const leadingMarks = /^[\s*•+(-]{0,40}/;

const correctionFor = (header: RelationHeader, references: readonly string[]): string =>
	`${header}: ${references.length === 0 ? 'I... (the whole Change-Id, or the URL of the change)' : references.slice(0, 10).join(', ')}`;

const strip = (token: string): string =>
	token
		.slice(0, tokenLengthMax)
		.replace(/^[([<{"'`]{1,9}/, '')
		.replace(/[)\]>}"'`.:?!]{1,9}$/, '');

/** References in prose. A plain number or a word that could be hex is not taken for one there: "depends on 3 things", "defaced". */
function looseReferences(prose: string): string[] {
	const found: string[] = [];
	for (const token of prose.slice(0, proseLengthMax).split(/[\s,;]+/)) {
		const word = strip(token);
		const reference = parseReference(word);
		const readable =
			reference !== null &&
			(reference.kind !== 'number' || word.length !== reference.number.length) &&
			(reference.kind !== 'sha' || (/\d/.test(word) && /[a-f]/i.test(word)));
		if (readable) found.push(referenceText(reference));
		else if (/^i(?=[a-f]{0,6}\d)[0-9a-f]{5,7}$/i.test(word)) found.push(`${word}...`);
	}
	return found;
}

const headerOf = (word: string): RelationHeader => (word.toLowerCase().startsWith('n') ? 'Needed-By' : 'Depends-On');

function whyUnreadable(words: readonly string[]): string {
	const [first = ''] = words;
	if (first === '') return 'the header has no value';
	if (/^i[0-9a-f]{1,7}$/i.test(first)) return 'a Change-Id shortened to fewer than 8 digits names no change for sure';
	if (/^i[0-9a-f]{41,}$/i.test(first)) return 'a Change-Id has 40 digits, this has more';
	if (/^https?:/i.test(first)) return 'the URL is not that of a Gerrit change, a pull request or a merge request';
	return 'the value names no change';
}

/** A line with the exact header: each readable value is an edge; what is left over is said once. */
function readValues(header: RelationHeader, value: string, about: {line: number; text: string}, roomFor: number): FooterEntry[] {
	const entries: FooterEntry[] = [];
	const leftOver: string[] = [];
	const references: string[] = [];
	for (const token of value.split(/[\s,;]+/)) {
		if (token === '') continue;
		if (entries.length >= roomFor) break;
		const word = strip(token);
		const reference = parseReference(word);
		if (reference === null) {
			leftOver.push(token);
			continue;
		}
		references.push(referenceText(reference));
		const shortened = reference.kind === 'change-id' && !reference.whole;
		const note = shortened
			? 'a shortened Change-Id, which other tools do not read: write all 41 characters'
			: word !== token && token.length <= tokenLengthMax
				? 'the value has trailing text, which other tools do not read'
				: undefined;
		entries.push({
			...about,
			header,
			status: 'read',
			reference,
			...(note === undefined ? {} : {note, correction: correctionFor(header, [referenceText(reference)])}),
		});
	}
	if (leftOver.length > 0 || entries.length === 0) {
		const note = entries.length > 0 ? 'the line has words beside its values, which other tools do not read' : whyUnreadable(leftOver);
		entries.push({...about, header, status: 'near-miss', note, correction: correctionFor(header, references)});
	}
	return entries;
}

function readProse(bare: string, about: {line: number; text: string}): FooterEntry | null {
	const needs = needsPhrase.exec(bare.slice(0, proseLengthMax * 2));
	const needed = neededPhrase.exec(bare.slice(0, proseLengthMax * 2));
	const phrase = needs ?? needed;
	if (phrase !== null) {
		let header: RelationHeader = needs === null ? 'Needed-By' : 'Depends-On';
		let references = looseReferences(bare.slice(phrase.index + phrase[0].length).replace(/^[\w-]{0,40}\s{0,3}:/, ''));
		if (references.length === 0) {
			references = looseReferences(bare.slice(0, phrase.index));
			// "I123… depends on this" says the reverse.
			if (references.length > 0) header = needs === null ? 'Depends-On' : 'Needed-By';
		}
		if (references.length > 0 || almostHeader.test(bare) || /^depends-on/i.test(bare)) {
			const note = `reads as a dependency, but the header is not exactly "${header}:", so no tool follows it`;
			return {...about, header, status: 'near-miss', note, correction: correctionFor(header, references)};
		}
	}
	// Letters straight after it ("Depends-Only:", "depends-ontology") are no phrase, yet a person may have meant the footer.
	if (/^depends-on/i.test(bare)) {
		const note = 'begins like a Depends-On footer, but is none';
		return {...about, header: 'Depends-On', status: 'near-miss', note, correction: correctionFor('Depends-On', looseReferences(bare))};
	}
	if (followPhrase.test(bare) && looseReferences(bare).length > 0) {
		const note = 'says what it follows, not what it needs';
		return {...about, header: 'Depends-On', status: 'irrelevant', note, correction: correctionFor('Depends-On', looseReferences(bare))};
	}
	return null;
}

/**
 * Reads one line for `Depends-On`, `Needed-By` and everything near them.
 * `afterHeader` says that the line before was such a footer: an indented value is then its lost continuation.
 */
export function readRelationLine(written: string, line: number, afterHeader: boolean, roomFor: number): FooterEntry[] {
	const about = {line, text: plainText(written, textLengthMax)};
	const trimmed = written.trimStart();
	const quoted = trimmed.startsWith('>');
	const bare = quoted ? trimmed.replace(/^[>\s]+/, '') : trimmed;
	const exact = exactHeader.exec(bare);
	const unmarked = bare.replace(leadingMarks, '');
	let entries: FooterEntry[] = [];
	if (exact !== null) entries = readValues(headerOf(exact[0]), bare.slice(exact[0].length), about, roomFor);
	else {
		const prose = readProse(unmarked, about);
		if (prose !== null) entries = [prose];
		else if (afterHeader && !quoted && trimmed !== written) {
			const references = looseReferences(trimmed);
			const note = 'a value on a line of its own: each line needs its own header';
			if (references.length > 0) {
				entries = [{...about, header: 'Depends-On', status: 'near-miss', note, correction: correctionFor('Depends-On', references)}];
			}
		}
	}
	if (!quoted) return entries;
	return entries.map(({header, reference}) => ({
		...about,
		header,
		status: 'irrelevant',
		note: 'stands in a quoted reply',
		...(reference === undefined ? {} : {reference}),
	}));
}

/** Whether a line is a footer whose value could go on in the next line. */
export const isRelationHeader = (line: string): boolean => exactHeader.test(line.trimStart());
