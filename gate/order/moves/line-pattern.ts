/**
 * Line patterns: the part of regular expressions that a team may write into its policy. They are parsed here and run by line-machine.ts,
 * which walks all ways through a pattern at once, so that no pattern and no line can make the gate wait: time is pattern times line.
 *
 * Read are characters, `.`, `\d \w \s \D \W \S \b \B`, escaped signs, `[...]`, `(...)`, `(?:...)`, `|`, `* + ? {n,m}` with a lazy `?`
 * behind, `^` and `$`. The one group `(...)` is the name. Lookaround and back references are not read.
 */

/** What stands at one place of a pattern. Codes are UTF-16 units. */
export type PatternNode =
	| {readonly kind: 'set'; readonly has: (code: number) => boolean; readonly literal: string | null}
	| {readonly kind: 'edge'; readonly at: 'start' | 'end' | 'word' | 'inside'}
	| {readonly kind: 'all' | 'any'; readonly nodes: readonly PatternNode[]}
	| {readonly kind: 'repeat'; readonly node: PatternNode; readonly min: number; readonly max: number; readonly lazy: boolean}
	| {readonly kind: 'name'; readonly node: PatternNode};

const lengthMax = 500;
const repeatMax = 100;
const depthMax = 20;

class Wrong extends Error {}

type Has = (code: number) => boolean;

const isDigit: Has = code => code >= 48 && code <= 57;
export const isWord: Has = code => isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
const spaces = new Set([9, 10, 11, 12, 13, 32, 160, 5760, 8232, 8233, 8239, 8287, 12288, 65279]);
const isSpace: Has = code => spaces.has(code) || (code >= 8192 && code <= 8202);
const isAny: Has = code => ![10, 13, 8232, 8233].includes(code);
const not =
	(has: Has): Has =>
	code =>
		!has(code);

const classes: Readonly<Record<string, Has>> = {d: isDigit, w: isWord, s: isSpace, D: not(isDigit), W: not(isWord), S: not(isSpace)};
const controls: Readonly<Record<string, string>> = {t: '\t', n: '\n', r: '\r', f: '\f', v: '\v'};

const literal = (text: string): PatternNode => ({kind: 'set', has: code => code === text.charCodeAt(0), literal: text});

class Reader {
	readonly #text: string;
	#at = 0;
	#names = 0;

	constructor(text: string) {
		this.#text = text;
	}

	whole(): PatternNode {
		const node = this.#options(0);
		if (this.#at < this.#text.length) throw new Wrong(`a «)» at character ${this.#at + 1} closes nothing`);
		if (this.#names !== 1)
			throw new Wrong(`holds ${this.#names} groups (...); exactly one says where the name stands (others are (?:...))`);
		return node;
	}

	#peek(): string {
		return this.#text[this.#at] ?? '';
	}

	#take(): string {
		const taken = this.#peek();
		this.#at += 1;
		return taken;
	}

	#options(depth: number): PatternNode {
		if (depth > depthMax) throw new Wrong(`is nested deeper than ${depthMax} groups`);
		const nodes = [this.#sequence(depth)];
		while (this.#peek() === '|') {
			this.#at += 1;
			nodes.push(this.#sequence(depth));
		}
		return nodes.length === 1 && nodes[0] ? nodes[0] : {kind: 'any', nodes};
	}

	#sequence(depth: number): PatternNode {
		const nodes: PatternNode[] = [];
		while (this.#at < this.#text.length && this.#peek() !== '|' && this.#peek() !== ')') nodes.push(this.#repeated(this.#one(depth)));
		return {kind: 'all', nodes};
	}

	#repeated(node: PatternNode): PatternNode {
		const bounds = this.#bounds();
		if (bounds === null) return node;
		if (node.kind === 'edge') throw new Wrong(`repeats at character ${this.#at} what has no width`);
		const lazy = this.#peek() === '?';
		if (lazy) this.#at += 1;
		if (this.#bounds() !== null) throw new Wrong(`repeats a repetition at character ${this.#at}`);
		return {kind: 'repeat', node, ...bounds, lazy};
	}

	#bounds(): {min: number; max: number} | null {
		const sign = this.#peek();
		const simple = {'*': {min: 0, max: Infinity}, '+': {min: 1, max: Infinity}, '?': {min: 0, max: 1}}[sign];
		if (simple) {
			this.#at += 1;
			return simple;
		}
		if (sign !== '{') return null;
		const found = /^\{(\d{1,3})(,?)(\d{0,3})\}/.exec(this.#text.slice(this.#at, this.#at + 10));
		if (!found) throw new Wrong(`has a «{» at character ${this.#at + 1} that is no {n}, {n,} or {n,m}; write \\{ for the sign itself`);
		this.#at += found[0].length;
		const min = Number(found[1]);
		const max = found[2] === '' ? min : found[3] === '' ? Infinity : Number(found[3]);
		if (min > repeatMax || (max !== Infinity && max > repeatMax) || max < min)
			throw new Wrong(`«${found[0]}» must go from 0 to ${repeatMax}`);
		return {min, max};
	}

	#one(depth: number): PatternNode {
		const sign = this.#take();
		switch (sign) {
			case '(':
				return this.#group(depth);
			case '[':
				return this.#set();
			case '.':
				return {kind: 'set', has: isAny, literal: null};
			case '^':
				return {kind: 'edge', at: 'start'};
			case '$':
				return {kind: 'edge', at: 'end'};
			case '\\':
				return this.#escaped();
			case '*':
			case '+':
			case '?':
			case '{':
				throw new Wrong(`has a «${sign}» at character ${this.#at} with nothing before it to repeat`);
			default:
				return literal(sign);
		}
	}

	#group(depth: number): PatternNode {
		const start = this.#at;
		const isPlain = this.#text.startsWith('?:', this.#at);
		if (isPlain) this.#at += 2;
		else if (this.#peek() === '?')
			throw new Wrong(`has «(${this.#text.slice(start, start + 2)}» at character ${start}; only (...) and (?:...) are read`);
		else this.#names += 1;
		const node = this.#options(depth + 1);
		if (this.#take() !== ')') throw new Wrong(`has a «(» at character ${start} that is not closed`);
		return isPlain ? node : {kind: 'name', node};
	}

	#escaped(): PatternNode {
		const sign = this.#take();
		if (sign === 'b') return {kind: 'edge', at: 'word'};
		if (sign === 'B') return {kind: 'edge', at: 'inside'};
		const has = classes[sign];
		if (has) return {kind: 'set', has, literal: null};
		return literal(this.#sign(sign));
	}

	/** The character that an escape stands for. */
	#sign(sign: string): string {
		if (sign === '') throw new Wrong('ends in a single «\\»');
		const control = controls[sign];
		if (control) return control;
		if (/[A-Za-z0-9]/.test(sign)) throw new Wrong(`has «\\${sign}» at character ${this.#at - 1}, which is not read here`);
		return sign;
	}

	/** One member of `[...]`: a character, or a class. */
	#member(): string | Has {
		const sign = this.#take();
		if (sign === '') throw new Wrong('has a «[» that is not closed');
		if (sign !== '\\') return sign;
		const escaped = this.#take();
		return classes[escaped] ?? (escaped === 'b' ? '\b' : this.#sign(escaped));
	}

	#set(): PatternNode {
		const isNegated = this.#peek() === '^';
		if (isNegated) this.#at += 1;
		const parts: Has[] = [];
		while (this.#peek() !== ']') {
			const first = this.#member();
			const isRange = this.#peek() === '-' && this.#text[this.#at + 1] !== ']' && this.#at + 1 < this.#text.length;
			if (!isRange) {
				parts.push(typeof first === 'string' ? code => code === first.charCodeAt(0) : first);
				continue;
			}
			this.#at += 1;
			const last = this.#member();
			if (typeof first !== 'string' || typeof last !== 'string' || last < first)
				throw new Wrong(`has a range before character ${this.#at + 1} that goes from nothing to nothing`);
			const [low, high] = [first.charCodeAt(0), last.charCodeAt(0)];
			parts.push(code => code >= low && code <= high);
		}
		this.#at += 1;
		const has: Has = code => parts.some(part => part(code));
		return {kind: 'set', has: isNegated ? not(has) : has, literal: null};
	}
}

/** Reads a pattern, or says in a sentence what is wrong with it. Never throws. */
export function parsePattern(text: string): {readonly node: PatternNode} | {readonly problem: string} {
	if (text.length > lengthMax) return {problem: `has ${text.length} characters; a pattern has at most ${lengthMax}`};
	try {
		return {node: new Reader(text).whole()};
	} catch (error) {
		if (error instanceof Wrong) return {problem: error.message};
		throw error;
	}
}

/** The longest text that every match holds: lines without it are not looked at. */
export function fixedText(node: PatternNode): string {
	let longest = '';
	let run = '';
	const end = () => {
		if (run.length > longest.length) longest = run;
		run = '';
	};
	const walk = (part: PatternNode): void => {
		if (part.kind === 'set' && part.literal !== null) run += part.literal;
		else if (part.kind === 'all') part.nodes.forEach(walk);
		else if (part.kind === 'name') walk(part.node);
		else if (part.kind === 'repeat' && part.min > 0) {
			end();
			walk(part.node);
			end();
		} else if (part.kind !== 'edge') end();
	};
	walk(node);
	end();
	return longest;
}
