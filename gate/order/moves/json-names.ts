/**
 * Reads keys and texts out of a JSON file with the lines they stand on, which JSON.parse does not tell. Linear, without recursion; what
 * is broken ends the reading, and what stands before it counts.
 */

/** A key of a map, or a text in a list or at a key, with the way that leads to it; list items count as `*`. */
export type JsonEntry = {readonly way: readonly string[]; readonly text: string; readonly isKey: boolean; readonly line: number};

const depthMax = 12;
const entriesMax = 20_000;

type Level = {readonly isMap: boolean; key: string | null};

/** The text between the quotes that open at `at`, and where it ends; null where they are not closed on their line. */
function quoted(text: string, at: number): {value: string; end: number} | null {
	for (let end = at + 1; end < text.length; end++) {
		const code = text.charCodeAt(end);
		if (code === 10) return null;
		if (code === 92) end += 1;
		else if (code === 34) {
			const raw = text.slice(at + 1, end);
			return {value: raw.includes('\\') ? raw.replace(/\\(["\\/])/g, '$1') : raw, end: end + 1};
		}
	}
	return null;
}

/** Every entry down to twelve levels, at most 20,000. */
export function readJsonEntries(text: string): JsonEntry[] {
	const entries: JsonEntry[] = [];
	const levels: Level[] = [];
	let line = 1;
	let at = 0;
	const wayTo = (count: number): string[] => levels.slice(0, count).map(level => (level.isMap ? (level.key ?? '') : '*'));
	const isSeen = () => levels.length <= depthMax && entries.length < entriesMax;
	while (at < text.length && entries.length < entriesMax) {
		const sign = text[at];
		const level = levels.at(-1);
		if (sign === '\n') line += 1;
		else if (sign === '{' || sign === '[') {
			if (levels.length > 1000) break;
			levels.push({isMap: sign === '{', key: null});
		} else if (sign === '}' || sign === ']') {
			if (levels.pop()?.isMap !== (sign === '}')) break;
		} else if (sign === ',') {
			if (level?.isMap) level.key = null;
		} else if (sign === '"') {
			const found = quoted(text, at);
			if (found === null) break;
			at = found.end;
			if (level?.isMap && level.key === null) {
				level.key = found.value;
				if (isSeen()) entries.push({way: wayTo(levels.length - 1), text: found.value, isKey: true, line});
			} else if (isSeen()) entries.push({way: wayTo(levels.length), text: found.value, isKey: false, line});
			continue;
		}
		at += 1;
	}
	return entries;
}

const fits = (wanted: string, step: string): boolean => wanted === '*' || wanted === step;

/**
 * What stands at a way such as `Hooks.*`: the keys of that map, or the texts of that list. A way without a star at its end (`name`) is the text
 * at that key.
 */
export function namesAt(entries: readonly JsonEntry[], steps: readonly string[]): {name: string; line: number}[] {
	const last = steps.at(-1);
	return entries.flatMap(({way, text, isKey, line}) => {
		const isKeyHere =
			isKey && last === '*' && way.length === steps.length - 1 && way.every((step, index) => fits(steps[index] ?? '', step));
		const isTextHere =
			!isKey &&
			way.length === steps.length &&
			way.every((step, index) => fits(steps[index] ?? '', step)) &&
			(last !== '*' || way.at(-1) === '*');
		return isKeyHere || isTextHere ? [{name: text, line}] : [];
	});
}
