/** Runs a line pattern: all ways through it at once, one character after another, each place of the program at most once per character. */
import {isWord, type PatternNode} from './line-pattern.ts';

type Step =
	| {readonly op: 'set'; readonly has: (code: number) => boolean}
	| {readonly op: 'edge'; readonly at: 'start' | 'end' | 'word' | 'inside'}
	/** Both ways are open; the first is preferred. Counted from this step. */
	| {readonly op: 'split'; readonly first: number; readonly second: number}
	| {readonly op: 'jump'; readonly by: number}
	| {readonly op: 'from' | 'to' | 'match'};

export const stepsMax = 1000;

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
			return [{op: 'set', has: node.has}];
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

/** One way through the pattern: where it is, and where its name began and ended. */
type Way = {readonly at: number; readonly from: number; readonly to: number};

export type Found = {readonly name: string; readonly end: number};

const isEdge = (at: 'start' | 'end' | 'word' | 'inside', line: string, index: number): boolean => {
	if (at === 'start') return index === 0;
	if (at === 'end') return index === line.length;
	const before = index > 0 && isWord(line.charCodeAt(index - 1));
	const after = index < line.length && isWord(line.charCodeAt(index));
	return (before !== after) === (at === 'word');
};

/**
 * The program of a pattern as a function that finds the leftmost match in a line from an index on; null where there is none. Null in
 * place of a function: the pattern unfolds to more than 1,000 steps.
 */
export function lineMachine(node: PatternNode): ((line: string, from: number) => Found | null) | null {
	const program: readonly Step[] = [...stepsOf(node), {op: 'match'}];
	if (program.length > stepsMax) return null;
	const marks = new Float64Array(program.length);
	let generation = 0;

	const add = (ways: Way[], way: Way, line: string, index: number): void => {
		const open = [way];
		for (let next = open.pop(); next !== undefined; next = open.pop()) {
			if (marks[next.at] === generation) continue;
			marks[next.at] = generation;
			const step = program[next.at];
			if (step === undefined) continue;
			if (step.op === 'split') open.push({...next, at: next.at + step.second}, {...next, at: next.at + step.first});
			else if (step.op === 'jump') open.push({...next, at: next.at + step.by});
			else if (step.op === 'from') open.push({...next, at: next.at + 1, from: index});
			else if (step.op === 'to') open.push({...next, at: next.at + 1, to: index});
			else if (step.op === 'edge') {
				if (isEdge(step.at, line, index)) open.push({...next, at: next.at + 1});
			} else ways.push(next);
		}
	};

	return (line, start) => {
		let ways: Way[] = [];
		let found: Found | null = null;
		for (let index = start; index <= line.length; index++) {
			generation += 1;
			const now: Way[] = [];
			const code = index > start ? line.charCodeAt(index - 1) : -1;
			for (const way of ways) {
				const step = program[way.at];
				if (step?.op === 'match') {
					// Ways that are less preferred than a match are given up.
					found = {name: way.from < 0 || way.to < way.from ? '' : line.slice(way.from, way.to), end: index - 1};
					break;
				}
				if (step?.op === 'set' && step.has(code)) add(now, {...way, at: way.at + 1}, line, index);
			}
			if (found === null) add(now, {at: 0, from: -1, to: -1}, line, index);
			ways = now;
			if (ways.length === 0 && found !== null) return found;
		}
		const last = ways.find(way => program[way.at]?.op === 'match');
		return last ? {name: last.from < 0 || last.to < last.from ? '' : line.slice(last.from, last.to), end: line.length} : found;
	};
}
