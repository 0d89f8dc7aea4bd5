/** Runs a line pattern: all ways through it at once, one character after another, each place of the program at most once per character. */
import {isWord, type PatternNode} from './line-pattern.ts';

type Step =
	| {readonly op: 'set'; readonly has: (code: number) => boolean; readonly ascii: Uint8Array}
	| {readonly op: 'edge'; readonly at: 'start' | 'end' | 'word' | 'inside'}
	/** Both ways are open; the first is preferred. Counted from this step. */
	| {readonly op: 'split'; readonly first: number; readonly second: number}
	| {readonly op: 'jump'; readonly by: number}
	| {readonly op: 'from' | 'to' | 'match'};

export const stepsMax = 1000;

const asciiOf = (has: (code: number) => boolean): Uint8Array => Uint8Array.from({length: 128}, (_, code) => (has(code) ? 1 : 0));

function optional(body: readonly Step[], lazy: boolean): Step[] {
	const [enter, leave] = [1, body.length + 1];
	return [{op: 'split', first: lazy ? leave : enter, second: lazy ? enter : leave}, ...body];
}

function repeated(body: readonly Step[], min: number, max: number, lazy: boolean): Step[] {
	const steps: Step[] = [];
	for (let count = 0; count < min && steps.length <= stepsMax; count++) steps.push(...body);
	if (max === Infinity) {
		const loop = optional([...body, {op: 'jump', by: -(body.length + 1)}], lazy);
		return [...steps, ...loop];
	}
	let rest: Step[] = [];
	for (let count = min; count < max && rest.length <= stepsMax; count++) rest = optional([...body, ...rest], lazy);
	return [...steps, ...rest];
}

function stepsOf(node: PatternNode): Step[] {
	switch (node.kind) {
		case 'set':
			return [{op: 'set', has: node.has, ascii: asciiOf(node.has)}];
		case 'edge':
			return [{op: 'edge', at: node.at}];
		case 'all':
			return node.nodes.flatMap(stepsOf);
		case 'any': {
			const [first, ...rest] = node.nodes;
			if (first === undefined) return [];
			if (rest.length === 0) return stepsOf(first);
			const [one, others] = [stepsOf(first), stepsOf({kind: 'any', nodes: rest})];
			return [{op: 'split', first: 1, second: one.length + 2}, ...one, {op: 'jump', by: others.length + 1}, ...others];
		}
		case 'repeat':
			return repeated(stepsOf(node.node), node.min, node.max, node.lazy);
		case 'name':
			return [{op: 'from'}, ...stepsOf(node.node), {op: 'to'}];
	}
}

export type Found = {readonly name: string; readonly end: number};

const isEdge = (at: 'start' | 'end' | 'word' | 'inside', line: string, index: number): boolean => {
	if (at === 'start') return index === 0;
	if (at === 'end') return index === line.length;
	const before = index > 0 && isWord(line.charCodeAt(index - 1));
	const after = index < line.length && isWord(line.charCodeAt(index));
	return (before !== after) === (at === 'word');
};

/** Which characters a match can begin with; null where it may be empty. Most places of most lines are passed over by it. */
function beginnings(program: readonly Step[]): ((code: number) => boolean) | null {
	const open = [0];
	const seen = new Set<number>();
	const sets: ((code: number) => boolean)[] = [];
	for (let at = open.pop(); at !== undefined; at = open.pop()) {
		const step = program[at];
		if (step === undefined || seen.has(at)) continue;
		seen.add(at);
		if (step.op === 'match') return null;
		if (step.op === 'set') sets.push(step.has);
		else if (step.op === 'split') open.push(at + step.first, at + step.second);
		else open.push(step.op === 'jump' ? at + step.by : at + 1);
	}
	const ascii = asciiOf(code => sets.some(has => has(code)));
	return code => (code < 128 ? ascii[code] === 1 : sets.some(has => has(code)));
}

/** The ways through a pattern that are open at one place of a line, the preferred ones first: where each is, and where its name began and ended. */
class Ways {
	readonly at: Int32Array;
	readonly from: Int32Array;
	readonly to: Int32Array;
	count = 0;

	constructor(size: number) {
		this.at = new Int32Array(size);
		this.from = new Int32Array(size);
		this.to = new Int32Array(size);
	}

	push(at: number, from: number, to: number): void {
		this.at[this.count] = at;
		this.from[this.count] = from;
		this.to[this.count] = to;
		this.count += 1;
	}
}

class Machine {
	readonly #program: readonly Step[];
	readonly #begins: ((code: number) => boolean) | null;
	/** A pattern that begins with `^` is tried once. */
	readonly #isAnchored: boolean;
	/** Steps that were come to at this place of the line already, by the number of the place. */
	readonly #marks: Float64Array;
	readonly #open: Ways;
	#now: Ways;
	#next: Ways;
	#generation = 0;

	constructor(program: readonly Step[]) {
		this.#program = program;
		this.#begins = beginnings(program);
		const [first] = program;
		this.#isAnchored = first?.op === 'edge' && first.at === 'start';
		this.#marks = new Float64Array(program.length);
		// A step is put on the pile at most twice for each split that leads to it.
		this.#open = new Ways(2 * program.length + 2);
		this.#now = new Ways(program.length);
		this.#next = new Ways(program.length);
	}

	/** Follows what needs no character, and adds the ways that then wait for one, in the order of preference. */
	#add(start: number, startFrom: number, startTo: number, line: string, index: number): void {
		const open = this.#open;
		open.count = 0;
		open.push(start, startFrom, startTo);
		while (open.count > 0) {
			open.count -= 1;
			const at = open.at[open.count] ?? 0;
			const from = open.from[open.count] ?? -1;
			const to = open.to[open.count] ?? -1;
			if (this.#marks[at] === this.#generation) continue;
			this.#marks[at] = this.#generation;
			const step = this.#program[at];
			if (step === undefined) continue;
			if (step.op === 'set' || step.op === 'match') this.#next.push(at, from, to);
			else if (step.op === 'split') {
				open.push(at + step.second, from, to);
				open.push(at + step.first, from, to);
			} else if (step.op === 'jump') open.push(at + step.by, from, to);
			else if (step.op === 'from') open.push(at + 1, index, to);
			else if (step.op === 'to') open.push(at + 1, from, index);
			else if (step.op === 'edge' && isEdge(step.at, line, index)) open.push(at + 1, from, to);
		}
	}

	/** Moves every way over one character; the end of a match found meanwhile, or -1. Ways that are less preferred than it are given up. */
	#step(line: string, index: number): number {
		const now = this.#now;
		const code = line.charCodeAt(index - 1);
		for (let way = 0; way < now.count; way++) {
			const at = now.at[way] ?? 0;
			const step = this.#program[at];
			if (step?.op === 'match') return way;
			if (step?.op !== 'set' || !(code < 128 ? step.ascii[code] === 1 : step.has(code))) continue;
			this.#add(at + 1, now.from[way] ?? -1, now.to[way] ?? -1, line, index);
		}
		return -1;
	}

	#nameOf(way: number, line: string): string {
		const from = this.#now.from[way] ?? -1;
		const to = this.#now.to[way] ?? -1;
		return from < 0 || to < from ? '' : line.slice(from, to);
	}

	find(line: string, start: number): Found | null {
		if (this.#isAnchored && start > 0) return null;
		const begins = this.#begins;
		let found: Found | null = null;
		this.#now.count = 0;
		for (let index = start; index <= line.length; index++) {
			if (this.#now.count === 0 && index > start) {
				if (found !== null || this.#isAnchored) return found;
			}
			if (this.#now.count === 0 && begins !== null) {
				while (index < line.length && !begins(line.charCodeAt(index))) index += 1;
				if (index === line.length || (this.#isAnchored && index > 0)) return null;
			}
			this.#generation += 1;
			this.#next.count = 0;
			const match = index > start ? this.#step(line, index) : -1;
			if (match >= 0) found = {name: this.#nameOf(match, line), end: index - 1};
			const mayBegin = found === null && (!this.#isAnchored || index === 0);
			if (mayBegin && (begins === null || (index < line.length && begins(line.charCodeAt(index))))) this.#add(0, -1, -1, line, index);
			[this.#now, this.#next] = [this.#next, this.#now];
		}
		for (let way = 0; way < this.#now.count; way++) {
			if (this.#program[this.#now.at[way] ?? 0]?.op === 'match') return {name: this.#nameOf(way, line), end: line.length};
		}
		return found;
	}
}

/**
 * The program of a pattern as a function that finds the leftmost match in a line from an index on; null where there is none. Null in
 * place of a function: the pattern unfolds to more than 1,000 steps.
 */
export function lineMachine(node: PatternNode): ((line: string, from: number) => Found | null) | null {
	const program: readonly Step[] = [...stepsOf(node), {op: 'match'}];
	if (program.length > stepsMax) return null;
	const machine = new Machine(program);
	return (line, from) => machine.find(line, from);
}
