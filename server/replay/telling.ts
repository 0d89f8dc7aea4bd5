/** What a person sees while a story is played: the time in it, each command as it was run, and what it said. */
import {asciiOf, calmText} from '../client/output.ts';
import type {Judged} from './expectations.ts';

export type Telling = {
	/** A line at the story's time. */
	line(text: string): void;
	/** What a command said, as it says it; `end` closes an open line. Nothing is shown of one that is silent, where others say the same. */
	output(isSilent: boolean): {add(text: string): void; end(): void};
	judged(judged: Judged): void;
	plain(text: string): void;
};

export type TellingOptions = {
	readonly out: (text: string) => void;
	readonly isTerminal: boolean;
	/** Nothing is told while a program reads. */
	readonly quiet: boolean;
	readonly nowMs: () => number | null;
};

const isPlainWord = (word: string): boolean => /^[\w@%+=:,./{}-]+$/.test(word);

/** A command line as one would type it. */
export const commandLine = (words: readonly string[]): string =>
	words.map(word => (isPlainWord(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');

export function createTelling({out, isTerminal, quiet, nowMs}: TellingOptions): Telling {
	const write = (text: string): void => {
		if (!quiet) out(isTerminal ? text : asciiOf(text));
	};
	const paint = (code: string, text: string): string => (isTerminal ? `\x1b[${code}m${text}\x1b[0m` : text);
	const time = (): string => {
		const ms = nowMs();
		return ms === null ? '        ' : new Date(ms).toISOString().slice(11, 19);
	};
	return {
		line: text => write(`${time()}  ${paint('1', calmText(text))}\n`),
		output(isSilent) {
			let rest = '';
			return {
				add(text) {
					if (isSilent) return;
					const lines = `${rest}${text}`.split('\n');
					rest = lines.pop() ?? '';
					for (const line of lines) write(`          ${calmText(line)}\n`);
				},
				end() {
					if (rest !== '') write(`          ${calmText(rest)}\n`);
					rest = '';
				},
			};
		},
		judged({what, met, got}) {
			write(
				met
					? `          ${paint('32', 'as expected')}: ${calmText(what)}\n`
					: `          ${paint('31', 'NOT AS EXPECTED')}: ${calmText(what)}; got: ${calmText(got)}\n`,
			);
		},
		plain: text => write(text),
	};
}
