/**
 * Patterns: how a framework registers a name and how it reads one, as a small table that a team extends in its policy (docs/moves.md).
 * This file reads such a table; shipped-patterns.ts is the one that is always there.
 */
import {pathMatches} from '../path-matches.ts';
import {type Found, lineMachine, stepsMax} from './line-machine.ts';
import {fixedText, parsePattern} from './line-pattern.ts';

/** One row as it is written. */
export type NamePattern = {
	/** What the row is for, in a few words. */
	readonly name: string;
	/** What it registers: `module`, `config`, `flag`. Rows of one kind speak of the same names. */
	readonly kind: string;
	/** Globs of paths, separated by spaces; one that begins with `!` leaves out. */
	readonly path: string;
	/** How a name is registered: a line pattern, or `json:Hooks.*` for the keys (or texts) at that way in a JSON file. */
	readonly registers?: string;
	/** How a name is read, written alike. At least one of the two must be there. */
	readonly reads?: string;
	/** What stands before the name once it is registered: `schema.`, or `json:config_prefix|wg` for a text of the same file, else `wg`. */
	readonly prefix?: string;
};

export type LineReader = {readonly how: 'line'; readonly fixed: string; readonly find: (line: string, from: number) => Found | null};
export type JsonReader = {readonly how: 'json'; readonly steps: readonly string[]};
export type NameReader = LineReader | JsonReader;

export type Prefix = {readonly text: string; readonly steps: readonly string[] | null};

/** A row that was read. */
export type Pattern = {
	readonly name: string;
	readonly kind: string;
	readonly fits: (path: string) => boolean;
	readonly registers: NameReader | null;
	readonly reads: NameReader | null;
	readonly prefix: Prefix;
};

export type PatternProblem = {readonly field: string; readonly text: string};

/** Fewer fixed characters than this would have every line of every file looked at. */
const fixedMin = 2;
const globsMax = 20;

function readReader(written: string): NameReader | {readonly problem: string} {
	if (written.startsWith('json:')) {
		const steps = written.slice('json:'.length).split('.');
		if (steps.some(step => step === '')) return {problem: `«${written.slice(0, 60)}» is no way into a JSON file, such as json:Hooks.*`};
		return {how: 'json', steps};
	}
	const parsed = parsePattern(written);
	if ('problem' in parsed) return {problem: `the pattern ${parsed.problem}`};
	const fixed = fixedText(parsed.node);
	if (fixed.length < fixedMin)
		return {problem: `the pattern holds no ${fixedMin} fixed characters side by side, so it would fit nearly everything`};
	const find = lineMachine(parsed.node);
	return find === null
		? {problem: `the pattern unfolds to more than ${stepsMax} steps; write smaller repetitions`}
		: {how: 'line', fixed, find};
}

function readPrefix(written: string): Prefix | {readonly problem: string} {
	if (!written.startsWith('json:')) return {text: written, steps: null};
	const [way = '', text = ''] = written.slice('json:'.length).split('|', 2);
	const steps = way.split('.');
	return steps.some(step => step === '' || step === '*')
		? {problem: `«${written.slice(0, 60)}» names no single text of a JSON file`}
		: {text, steps};
}

function globsOf(path: string): (path: string) => boolean {
	const globs = path.split(/\s+/).filter(Boolean).slice(0, globsMax);
	const wanted = globs.filter(glob => !glob.startsWith('!'));
	const left = globs.filter(glob => glob.startsWith('!')).map(glob => glob.slice(1));
	return each => wanted.some(glob => pathMatches(glob, each)) && !left.some(glob => pathMatches(glob, each));
}

const written = (record: Readonly<Record<string, string | undefined>>, key: string): string | undefined => record[key] || undefined;

/** Reads one row, or tells everything that is wrong with it. Never throws. */
export function readPattern(
	record: Readonly<Record<string, string | undefined>>,
): {readonly pattern: Pattern} | {readonly problems: readonly PatternProblem[]} {
	const problems: PatternProblem[] = [];
	const reader = (field: 'registers' | 'reads'): NameReader | null => {
		const text = written(record, field);
		const read = text === undefined ? null : readReader(text);
		if (read === null || 'how' in read) return read;
		problems.push({field, text: read.problem});
		return null;
	};
	const [registers, reads] = [reader('registers'), reader('reads')];
	if (written(record, 'registers') === undefined && written(record, 'reads') === undefined)
		problems.push({field: 'registers', text: 'a pattern needs «registers», «reads» or both'});
	const path = written(record, 'path') ?? '';
	if (!path.split(/\s+/).some(glob => glob !== '' && !glob.startsWith('!')))
		problems.push({field: 'path', text: 'a pattern needs the glob of at least one path, such as **/*.php'});
	const prefix = readPrefix(written(record, 'prefix') ?? '');
	if ('problem' in prefix) problems.push({field: 'prefix', text: prefix.problem});
	if (problems.length > 0 || 'problem' in prefix) return {problems};
	return {pattern: {name: record['name'] ?? '', kind: record['kind'] ?? '', fits: globsOf(path), registers, reads, prefix}};
}

/** What is wrong with a row that a team wrote; nothing where it can be read. */
export function patternProblems(record: Readonly<Record<string, string>>): readonly PatternProblem[] {
	const read = readPattern(record);
	return 'problems' in read ? read.problems : [];
}

/** The rows of a policy's records, whose shape has been checked. */
export const patternsOf = (records: readonly Readonly<Record<string, string>>[]): NamePattern[] =>
	records.map(({name = '', kind = '', path = '', ...more}) => ({name, kind, path, ...more}));

/** All rows that can be read; a sentence for each of the others. */
export function readPatterns(records: readonly NamePattern[]): {
	readonly patterns: readonly Pattern[];
	readonly problems: readonly string[];
} {
	const read = records.map(record => ({record, result: readPattern(record)}));
	return {
		patterns: read.flatMap(({result}) => ('pattern' in result ? [result.pattern] : [])),
		problems: read.flatMap(({record, result}) =>
			'problems' in result
				? result.problems.map(({field, text}) => `the pattern «${record.name.slice(0, 60)}» is left out: ${field}: ${text}`)
				: [],
		),
	};
}
