/**
 * A verdict as lines for a terminal or a pipe: the first says it all, then the findings, worst first. What is printed is plain ASCII
 * without control characters, however hostile the text behind it is: scap decodes a hook's output piece by piece as UTF-8, and a commit
 * subject must not be able to move the cursor. It loads no package, since it is part of what hooks run.
 */
import type {Instant} from '../../gate/facts.ts';
import {type Finding, notAsked, type Outcome, type VerdictWord} from '../../gate/verdict.ts';

export type PrintedVerdict = {
	readonly verdict: VerdictWord;
	readonly deploy?: string | null;
	readonly stage: string;
	readonly at: Instant;
	readonly findings: readonly Finding[];
	readonly url?: string | null;
};

const firstLineMax = 99;
const lineMax = 400;
const findingsMax = 40;
const readMax = 4000;

const ascii: Readonly<Record<string, string>> = {
	'«': '"',
	'»': '"',
	'“': '"',
	'”': '"',
	'„': '"',
	'‘': "'",
	'’': "'",
	'–': '-',
	'—': '-',
	'−': '-',
	'·': '-',
	'•': '-',
	'…': '...',
	'×': 'x',
	'→': '->',
	'←': '<-',
	'≥': '>=',
	'≤': '<=',
	'±': '+-',
	'\u00a0': ' ',
	'\u202f': ' ',
};

/** Where an ANSI sequence that starts at `from` ends: `ESC [ … letter`, `ESC ] … BEL`, or ESC and one character. */
function afterEscape(text: string, from: number): number {
	const isShort = text[from] === '\u009b';
	const kind = isShort ? '[' : text[from + 1];
	let at = from + (isShort ? 1 : 2);
	if (kind === '[') {
		while (at < text.length && text.charCodeAt(at) >= 0x20 && text.charCodeAt(at) < 0x40) at++;
		return at + 1;
	}
	if (kind !== ']' && kind !== 'P' && kind !== '_' && kind !== '^') return at;
	// A string that nobody ended swallows no more than it may hold: what follows could be the reason of a finding.
	const end = Math.min(text.length, from + 200);
	for (let seen = at; seen < end; seen++) {
		if (text[seen] === '\u0007') return seen + 1;
		if (text[seen] === '\u001b' && text[seen + 1] === '\\') return seen + 2;
	}
	return at;
}

/** A letter without its accents, so that names stay readable; everything else by its number. */
function spelled(character: string, code: number): string {
	const bare = character.normalize('NFKD').replace(/[\u0300-\u036f]/g, '');
	return /^[\x20-\x7e]{1,8}$/.test(bare) ? bare : `\\u{${code.toString(16)}}`;
}

/** One line of printable ASCII of at most `maximum` characters: control characters gone, accents dropped, other letters as `\u{65e5}`. */
export function plain(text: string, maximum = lineMax): string {
	const read = text.slice(0, readMax);
	let line = '';
	for (let at = 0; at < read.length; ) {
		const code = read.codePointAt(at) ?? 0;
		if (code === 0x1b || code === 0x9b) {
			at = afterEscape(read, at);
			continue;
		}
		const character = String.fromCodePoint(code);
		if (code === 0x09 || code === 0x0a || code === 0x0d || code === 0x2028 || code === 0x2029) line += ' ';
		else if (code >= 0x20 && code < 0x7f) line += character;
		else if (code > 0x9f) line += ascii[character] ?? spelled(character, code);
		at += character.length;
	}
	const whole = line.replace(/ {2,}/g, ' ').trim();
	return whole.length <= maximum && text.length <= readMax ? whole : `${whole.slice(0, Math.max(0, maximum - 3)).trimEnd()}...`;
}

type Colour = (text: string, kind: Outcome | VerdictWord) => string;
const codes: Readonly<Record<Outcome | VerdictWord, string>> = {
	pass: '32',
	go: '32',
	warn: '33',
	unknown: '35',
	blind: '35',
	hold: '31',
	rollback: '1;31',
};

/** In the first line names are short: the finding below has them whole. */
const wholeId = /\b(?:I[0-9a-f]{40}|[0-9a-f]{40}|[0-9a-f]{64})\b/g;
const short = (id: string): string => id.slice(0, id.startsWith('I') ? 9 : 7);

const words: Readonly<Record<VerdictWord, string>> = {go: 'GO', blind: 'BLIND', hold: 'HOLD', rollback: 'ROLL BACK'};

/** In the first line the reason comes before the whole path of a repository. */
const shortLead = (because: string): string => because.replace(/^(?:[\w.-]{1,100}\/){1,10}([\w.-]{1,100}: )/, '$1');

/** What was not asked, since nothing for it is configured, is in the JSON and on the page: no line for it each time. */
const isTold = ({outcome, data}: Finding): boolean => outcome !== 'pass' || data?.['kind'] !== notAsked.kind;

/** A verdict word is followed by the worst finding's reason; a clean go by how much was looked at. */
function summary({verdict, findings}: PrintedVerdict): string {
	const [worst] = findings.filter(isTold);
	if (worst === undefined) return findings.length === 0 ? 'no rule judges this stage' : 'nothing against it';
	if (worst.outcome === 'pass') {
		const {length} = findings.filter(isTold);
		return `${length} ${length === 1 ? 'finding' : 'findings'}, nothing against it`;
	}
	const because = shortLead(worst.because);
	if (verdict !== 'go') return because;
	if (worst.softened) return `not stopped (${worst.softened.why}), though ${because}`;
	const warnings = findings.filter(({outcome}) => outcome !== 'pass').length;
	return `with ${warnings === 1 ? 'a warning' : `${warnings} warnings`}: ${because}`;
}

/** Cut between words, where a word ends not too far back. */
function cutLine(text: string, maximum: number): string {
	const whole = plain(text, readMax);
	if (whole.length <= maximum) return whole;
	const cut = whole.slice(0, maximum - 3);
	const end = cut.lastIndexOf(' ');
	return `${(end > maximum - 25 ? cut.slice(0, end) : cut).replace(/[ ,;:]+$/, '')}...`;
}

function findingLines(finding: Finding, paint: Colour): string[] {
	const gave = finding.softened ? ` (was ${finding.softened.from}: ${finding.softened.why})` : '';
	const label = finding.outcome.padEnd(8);
	const because = plain(`${finding.rule}: ${finding.because}${gave}`, lineMax - 40);
	const lines = [`  ${paint(label, finding.outcome)} ${because}`];
	if (finding.remedy !== null && finding.outcome !== 'pass') lines.push(`           do: ${plain(finding.remedy, lineMax - 40)}`);
	return lines;
}

/**
 * The lines to print: the first under 100 characters, the others at most 400, each plain ASCII (escape codes for colours only when asked).
 * At most 40 findings, two lines each; the rest is counted.
 */
export function verdictLines(verdict: PrintedVerdict, {colour}: {readonly colour: boolean}): string[] {
	const paint: Colour = (text, kind) => (colour ? `\u001b[${codes[kind]}m${text}\u001b[0m` : text);
	const word = words[verdict.verdict];
	const findings = verdict.findings.filter(isTold);
	const first = cutLine(`${word}: ${summary(verdict).replace(wholeId, short)}`, firstLineMax);
	const shown = findings.slice(0, findingsMax);
	const left = findings.length - shown.length;
	const deploy = verdict.deploy ? `deploy ${verdict.deploy}, ` : '';
	return [
		`${paint(word, verdict.verdict)}${first.slice(word.length)}`,
		...shown.flatMap(finding => findingLines(finding, paint)),
		...(left > 0 ? [`  and ${left} more findings; --json prints them all`] : []),
		`  ${plain(`${deploy}stage ${verdict.stage}, judged ${verdict.at}${verdict.url ? `, ${verdict.url}` : ''}`, lineMax - 2)}`,
	];
}
