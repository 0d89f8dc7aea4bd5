/** Footers whose values are names: what a change needs outside git, and which groups or wikis it concerns. */
import type {FooterEntry, NameHeader} from './footer-lines.ts';
import {plainText} from './plain-text.ts';

const valuesMax = 100;
const name = /^[a-z0-9][\w.:/-]{0,99}$/i;
const exactHeader = /^(prerequisite|groups|wikis):/i;
// What people write in place of "Prerequisite:". "Group:" and "Wiki:" are words of prose too, so they count where footers stand.
const almostPrerequisite = /^pre[\s_-]?requisites?\s{0,3}(?:[:=]|$)/i;
const almostScope = /^(?:(?:group|wiki)\s{0,3}[:=]|(?:groups|wikis)(?:\s{1,3}:|\s{0,3}=))/i;

const headers: Readonly<Record<string, NameHeader>> = {prerequisite: 'Prerequisite', groups: 'Groups', wikis: 'Wikis'};
const example: Readonly<Record<NameHeader, string>> = {
	Prerequisite: 'NAME (as the service calls it)',
	Groups: 'GROUP...',
	Wikis: 'WIKI...',
};

const wordsOf = (value: string): string[] => value.split(/[\s,;]+/).filter(word => word !== '');

function readNames(header: NameHeader, value: string, about: {line: number; text: string}): FooterEntry[] {
	const words = wordsOf(value);
	const entries: FooterEntry[] = [];
	for (const word of words.slice(0, valuesMax)) {
		const bare = word.replace(/\.$/, '');
		if (name.test(bare)) entries.push({...about, header, status: 'read', value: bare});
		else entries.push({...about, header, status: 'near-miss', note: `"${plainText(word, 40)}" is no name`});
	}
	if (words.length > valuesMax) {
		entries.push({...about, header, status: 'near-miss', note: `only the first ${valuesMax} of ${words.length} values were read`});
	}
	if (words.length > 0) return entries;
	return [{...about, header, status: 'near-miss', note: 'the header has no value', correction: `${header}: ${example[header]}`}];
}

/**
 * Reads one line for `Prerequisite` (anywhere in the message), `Groups` and `Wikis` (in its last paragraph, where footers stand: in prose they
 * are ordinary words). Any case, several values on a line.
 */
export function readNameLine(written: string, line: number, inLastParagraph: boolean): FooterEntry[] {
	const trimmed = written.trimStart();
	const isQuoted = trimmed.startsWith('>');
	const bare = isQuoted ? trimmed.replace(/^[>\s]+/, '') : trimmed;
	const about = {line, text: plainText(written, 120)};
	const exact = exactHeader.exec(bare);
	const header = headers[exact?.[1]?.toLowerCase() ?? ''];
	if (header !== undefined && exact !== null) {
		const entries = readNames(header, bare.slice(exact[0].length), about);
		const isProse = header !== 'Prerequisite' && !inLastParagraph;
		if (!isQuoted && !isProse) return entries;
		const note = isQuoted ? 'stands in a quoted reply' : 'stands outside the last paragraph, where it is prose';
		return entries.map(({value}) => ({...about, header, status: 'irrelevant', note, ...(value === undefined ? {} : {value})}));
	}
	const almost = almostPrerequisite.exec(bare) ?? (inLastParagraph ? almostScope.exec(bare) : null);
	if (almost === null || isQuoted) return [];
	const meant = almost[0].toLowerCase().startsWith('p') ? 'Prerequisite' : almost[0].toLowerCase().startsWith('g') ? 'Groups' : 'Wikis';
	const words = wordsOf(bare.slice(almost[0].length)).slice(0, 10);
	const correction = `${meant}: ${words.length === 0 ? example[meant] : plainText(words.join(' '), 200)}`;
	return [{...about, header: meant, status: 'near-miss', note: `the header is not exactly "${meant}:"`, correction}];
}
