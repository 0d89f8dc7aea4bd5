/**
 * What a person reads of an answer. Into a pipe goes ASCII alone: scap decodes each 4 KiB that it reads by itself, and dies of half a
 * character. Findings quote commit messages and log lines, so nothing that steers a terminal gets through.
 */
import type {Note} from '../../gate/facts.ts';
import type {Finding} from '../../gate/verdict.ts';
import {AppError} from '../app-error.ts';
import type {CheckResult, Progress} from './contract.ts';
import {verdictLines} from './print.ts';

export type Sink = {
	/** Resolves when the text is out, also where nobody reads any more. */
	write(text: string): Promise<void>;
	readonly isTerminal: boolean;
};

const progressLinesMax = 200;
const chunkLength = 4000;

const plainForms: Readonly<Record<string, string>> = {
	...{'‘': "'", '’': "'", '“': '"', '”': '"', '«': '"', '»': '"', '–': '-', '—': '-', '…': '...', '→': '->', '←': '<-', '×': 'x', '·': '-'},
	...{'≥': '>=', '≤': '<=', '\u00a0': ' '},
};

/** ASCII for pipes: known signs get their plain form, letters lose their accents, everything else becomes `?`. */
export const asciiOf = (text: string): string =>
	text
		.replace(/[^\n\t\x20-\x7e]/gu, sign => plainForms[sign] ?? sign)
		.normalize('NFKD')
		.replace(/[\u0300-\u036f]/g, '')
		.replace(/[^\n\t\x20-\x7e]/gu, '?');

/** One line of text without anything that moves a cursor, hides text or reverses it. */
export const calmText = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trimEnd();

/** What follows the escape sign of bold, dim, and the colours that verdicts are painted in. */
const colourCode = /^\[(?:[012]|3[1-6]|1;3[1-6])m/;

/**
 * Lines for a terminal, whatever they quote: line breaks, tabs and colours stay; every other sign that moves a cursor, hides text or
 * reverses it is shown as `?`.
 */
export const terminalText = (text: string): string =>
	text
		.replace(/\r\n?/g, '\n')
		.replace(/[^\P{Cc}\n\t]|\p{Cf}/gu, (sign: string, at: number, whole: string) =>
			sign === '\u001b' && colourCode.test(whole.slice(at + 1, at + 7)) ? sign : '?',
		);

const calmFinding = (finding: Finding): Finding => ({
	...finding,
	rule: calmText(finding.rule),
	because: calmText(finding.because),
	evidence: finding.evidence.map(({label, text}) => ({label: calmText(label), text: text.split('\n').map(calmText).join('\n')})),
	remedy: finding.remedy === null ? null : finding.remedy.split('\n').map(calmText).join('\n'),
});

/** Notes that no finding tells already. */
const untold = (notes: readonly Note[], findings: readonly Finding[]): Note[] =>
	notes.filter(
		note => !findings.some(each => each.because.includes(note.text) || each.evidence.some(({text}) => text.includes(note.text))),
	);

/** The answer as lines: verdict and reason first, then findings, what the reading noticed, and where to look. */
export function answerText(
	result: CheckResult,
	notes: readonly Note[],
	terminal: {readonly isTerminal: boolean; readonly colour: boolean},
): string {
	const findings = result.findings.map(calmFinding);
	const undecided = findings.some(finding => finding.undecided === true);
	const verdict = {verdict: result.verdict, stage: result.stage, at: result.at, findings, undecided};
	const lines = [
		...verdictLines(verdict, {colour: terminal.colour}),
		...untold(notes, findings).map(note => calmText(`note: ${note.text}${note.remedy ? ` -- ${note.remedy}` : ''}`)),
		...(result.url === null ? [] : [calmText(result.url)]),
	];
	const text = `${lines.join('\n')}\n`;
	return terminal.isTerminal ? text : asciiOf(text);
}

/** The answer for programs: one object on one line, in ASCII. */
export const answerJson = (value: object): string =>
	`${JSON.stringify(value).replace(/[^\x20-\x7e]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;

/** Writes a text in pieces that a reader of 4 KiB takes whole. */
export async function writeAll(sink: Sink, text: string): Promise<void> {
	for (let from = 0; from < text.length; from += chunkLength) await sink.write(text.slice(from, from + chunkLength));
}

/** Tells why there is no answer, and resolves to the exit code: 2 for a mistake that a person can mend, 4 for one of ours. */
export async function explain(error: unknown, io: {readonly stdout: Sink; readonly stderr: Sink}, json: boolean): Promise<number> {
	const isMistake = error instanceof AppError;
	const exit = isMistake ? 2 : 4;
	const text = error instanceof Error ? error.message : String(error);
	const detail = isMistake ? text : `this is a fault of signalbox itself, please report it: ${text}`;
	const problems = isMistake ? error.problems : [];
	if (json) await writeAll(io.stdout, answerJson({error: detail, problems, exit}));
	else
		await writeAll(
			io.stderr,
			[`signalbox: ${detail}`, ...problems.map(each => `  ${each}`)].map(each => `${asciiOf(calmText(each))}\n`).join(''),
		);
	return exit;
}

/** Tells how far it is: one line that rewrites itself on a terminal, one line a look elsewhere. `end` wipes the line. */
export function progressTeller(sink: Sink) {
	let last = '';
	let lines = 0;
	const tell = ({text, remainingMs}: Progress): void => {
		const left = remainingMs === undefined ? '' : ` (${Math.max(0, Math.round(remainingMs / 1000))} s left)`;
		const line = calmText(text);
		if (sink.isTerminal) void sink.write(`\r\x1b[K${line.slice(0, 100)}${left}`);
		else if (line !== last && lines < progressLinesMax) void sink.write(`${asciiOf(line)}${left}\n`);
		lines++;
		last = line;
	};
	return {tell, end: (): Promise<void> => (lines > 0 && sink.isTerminal ? sink.write('\r\x1b[K') : Promise.resolve())};
}
