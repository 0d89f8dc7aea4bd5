/** Reads the names that a file registers and reads, line by line, by the table of patterns. Pure, linear, never throws. */
import {type JsonEntry, namesAt, readJsonEntries} from './json-names.ts';
import type {JsonReader, LineReader, NameReader, Pattern} from './patterns.ts';
import {commonNames, nameLengthMin} from './shipped-patterns.ts';

/** Where a name stands in a file; `line` is counted from 1. */
export type NameAt = {readonly use: 'registered' | 'read'; readonly kind: string; readonly name: string; readonly line: number};

/** A longer file is no source that people write, and is not read. */
export const fileCharactersMax = 1024 * 1024;
const lineMax = 1000;
const namesPerLineMax = 20;
const namesMax = 5000;
const nameLengthMax = 200;

const isTelling = (name: string): boolean => name.length >= nameLengthMin && name.length <= nameLengthMax && !commonNames.has(name);

/** A line that is a comment from its start in the languages there are: what it mentions is neither registered nor read. */
const isComment = (line: string): boolean => /^\s{0,200}(?:\/\/|\/\*|\*(?!\w)|#(?!\[|!)|--\s)/.test(line);

/** Lines as the file has them, found by where they begin, so that only those that matter are looked at. */
class Lines {
	readonly text: string;
	#at = 0;
	#line = 1;

	constructor(text: string) {
		this.text = text;
	}

	/** The line in which `index` stands. Asked in rising order. */
	around(index: number): {start: number; end: number; line: number} {
		for (let next = this.text.indexOf('\n', this.#at); next !== -1 && next < index; next = this.text.indexOf('\n', this.#at)) {
			this.#at = next + 1;
			this.#line += 1;
		}
		const end = this.text.indexOf('\n', index);
		return {start: this.#at, end: end === -1 ? this.text.length : end, line: this.#line};
	}
}

function namesByLine(text: string, reader: LineReader): {name: string; line: number}[] {
	const names: {name: string; line: number}[] = [];
	const lines = new Lines(text);
	for (let hit = text.indexOf(reader.fixed); hit !== -1 && names.length < namesMax; ) {
		const {start, end, line} = lines.around(hit);
		const content = end - start <= lineMax ? text.slice(start, text[end - 1] === '\r' ? end - 1 : end) : '';
		if (content !== '' && !isComment(content)) {
			for (let from = 0, count = 0; count < namesPerLineMax && from <= content.length; count++) {
				const found = reader.find(content, from);
				if (found === null) break;
				if (found.name !== '') names.push({name: found.name, line});
				from = Math.max(found.end, from + 1);
			}
		}
		hit = end >= text.length ? -1 : text.indexOf(reader.fixed, end);
	}
	return names;
}

type JsonFile = () => readonly JsonEntry[];

const namesIn = (text: string, reader: NameReader, json: JsonFile): {name: string; line: number}[] =>
	reader.how === 'line' ? namesByLine(text, reader) : namesAt(json(), reader.steps);

function prefixOf({prefix}: Pattern, json: JsonFile): string {
	if (prefix.steps === null) return prefix.text;
	const reader: JsonReader = {how: 'json', steps: prefix.steps};
	return namesAt(json(), reader.steps)[0]?.name ?? prefix.text;
}

/** The name as it is known once registered. `./client` exported by `@acme/ui` is `@acme/ui/client`. */
const whole = (prefix: string, name: string): string =>
	prefix !== '' && /^\.(?:\/|$)/.test(name) ? `${prefix}${name.slice(1)}` : `${prefix}${name}`;

/** Whether any pattern asks for names in files of this path. */
export const isLookedAt = (path: string, patterns: readonly Pattern[]): boolean => patterns.some(pattern => pattern.fits(path));

/**
 * The names in one file. Names that say nothing are left out: short ones, and those that nearly every repository touches. A line that
 * registers a name does not read it.
 */
export function readNames(path: string, text: string, patterns: readonly Pattern[]): NameAt[] {
	if (text.length > fileCharactersMax) return [];
	let entries: readonly JsonEntry[] | null = null;
	const json: JsonFile = () => {
		entries ??= readJsonEntries(text);
		return entries;
	};
	const found = new Map<string, NameAt>();
	const registering = new Set<string>();
	const fitting = patterns.filter(pattern => pattern.fits(path));
	const collect = (use: NameAt['use'], pattern: Pattern, reader: NameReader | null) => {
		if (reader === null) return;
		const prefix = prefixOf(pattern, json);
		for (const {name: raw, line} of namesIn(text, reader, json)) {
			const name = whole(prefix, raw);
			if (!isTelling(name)) continue;
			if (use === 'registered') registering.add(`${line} ${name}`);
			else if (registering.has(`${line} ${name}`)) continue;
			const key = `${use} ${pattern.kind} ${name}`;
			const known = found.get(key);
			if (found.size < namesMax && (known === undefined || known.line > line)) found.set(key, {use, kind: pattern.kind, name, line});
		}
	};
	for (const pattern of fitting) collect('registered', pattern, pattern.registers);
	for (const pattern of fitting) collect('read', pattern, pattern.reads);
	return [...found.values()];
}

/** What a change to one file does to names: what only stands after it, and what only stood before. Null: there is no such file. */
export function changedNames(path: string, before: string | null, after: string | null, patterns: readonly Pattern[]) {
	const [old, now] = [before, after].map(text => (text === null ? [] : readNames(path, text, patterns)));
	const keyOf = ({use, kind, name}: NameAt): string => `${use} ${kind} ${name}`;
	const [oldKeys, nowKeys] = [new Set(old?.map(keyOf)), new Set(now?.map(keyOf))];
	return {
		comes: (now ?? []).filter(each => !oldKeys.has(keyOf(each))),
		goes: (old ?? []).filter(each => !nowKeys.has(keyOf(each))),
	};
}
