/** Text for a terminal of 80 columns: wrapped words, and commands that can be pasted. */
import {calmText} from './client/output.ts';

export const width = 80;

/** One line without anything that steers a terminal. */
export const line = (text: string): string => calmText(text).trim();

/** Words up to the width; the first line is begun by `lead`, the others as far in. A word that is longer stands alone. */
export function wrapped(text: string, lead: string, hang = lead.length): string[] {
	const lines: string[] = [];
	let current = lead;
	let isEmpty = true;
	for (const word of line(text).split(' ')) {
		if (!isEmpty && current.length + 1 + word.length > width) {
			lines.push(current);
			[current, isEmpty] = [' '.repeat(hang), true];
		}
		current += isEmpty ? word : ` ${word}`;
		isEmpty = false;
	}
	return [...lines, current].map(each => each.trimEnd());
}

/** An option stays on one line with its value. */
const withValues = (words: readonly string[]): string[] =>
	words.flatMap((word, index) => {
		if (words[index - 1]?.startsWith('--') && !word.startsWith('--')) return [];
		const next = words[index + 1];
		return [word.startsWith('--') && next !== undefined && !next.startsWith('--') ? `${word} ${next}` : word];
	});

/** A command whose long lines go on after a backslash. */
export function pasted(words: readonly string[], indent: number): string[] {
	const lines: string[] = [];
	let current = ' '.repeat(indent);
	let isEmpty = true;
	for (const word of withValues(words)) {
		if (!isEmpty && current.length + word.length + 3 > width) {
			lines.push(`${current} \\`);
			[current, isEmpty] = [' '.repeat(indent + 2), true];
		}
		current += isEmpty ? word : ` ${word}`;
		isEmpty = false;
	}
	return [...lines, current];
}

const commandInside = /(git (?:cherry-pick|revert) [0-9a-f]{7,64}|signalbox allow [^;]*)/;
/** A remedy with its command on a line of its own. */
export function remedyLines(remedy: string, lead: string): string[] {
	const parts = line(remedy)
		.split(commandInside)
		.map(part => part.replace(/^[;,.]\s*/, '').trim());
	return parts
		.filter(part => part !== '')
		.flatMap((part, index) => {
			const start = index === 0 ? lead : ' '.repeat(lead.length);
			return commandInside.test(part) ? [`${' '.repeat(lead.length + 2)}${part}`] : wrapped(part, start);
		});
}

export const cutTo = (text: string, room: number): string => (text.length > room ? `${text.slice(0, room - 3).trimEnd()}...` : text);
