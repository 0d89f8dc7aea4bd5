/** YAML from outside: read strictly and within bounds, with the line of every key at hand for the sentences about what is wrong in it. */
import {isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, type Node, type Pair, Parser, parseDocument, visit} from 'yaml';
import {AppError} from './app-error.ts';

export type Path = readonly (string | number)[];
/** One thing that is wrong, and where; the line is null where no file stands behind it. */
export type Problem = {readonly line: number | null; readonly text: string};
export type ParsedYaml = {
	/** Plain maps, lists, texts, numbers, booleans and nulls. */
	readonly value: unknown;
	/** The line, counted from 1, of the key a path leads to, or of the nearest thing above it that exists. */
	lineOf(path: Path): number;
};

const bytesMax = 1024 * 1024;
const depthMax = 100;
const aliasMax = 100;
const problemsMax = 50;

/** Problems of one file as sentences that name it, in the order of their lines. */
export const sentencesOf = (name: string, problems: readonly Problem[]): string[] =>
	[...problems]
		.sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
		.map(({line, text}) => (line === null ? `${name}: ${text}` : `${name} line ${line}: ${text}`));

/** The error for these sentences: one is the message itself, several are listed under it. */
export function inputError(name: string, sentences: readonly string[]): AppError {
	const [only] = sentences;
	if (sentences.length === 1 && only !== undefined) return new AppError('invalid', only);
	const shown = sentences.slice(0, problemsMax);
	const left = sentences.length - shown.length;
	return new AppError('invalid', `${name} has ${sentences.length} problems`, left > 0 ? [...shown, `and ${left} more`] : shown);
}

/** The composer of the package recurses, and a deep file would end the process; its lexer and parser do not, so they measure first. */
function isTooDeep(text: string): boolean {
	const parser = new Parser();
	for (const lexeme of new Lexer().lex(text)) {
		for (const _ of parser.next(lexeme)) if (parser.stack.length > depthMax) return true;
		if (parser.stack.length > depthMax) return true;
	}
	return false;
}

const keyOf = (pair: Pair): string => String(isScalar(pair.key) ? pair.key.value : pair.key);
const startOf = (node: unknown): number => (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? (node.range?.[0] ?? 0) : 0);

/**
 * Parses one YAML document, `name` being what to call it in a sentence: at most 1 MB, 100 levels deep and 100 uses of an alias, with no
 * key twice in one map, text keys only and no tags. Throws AppError `invalid`.
 */
export function parseYaml(text: string, name: string): ParsedYaml {
	const refuse = (why: string) => new AppError('invalid', `${name}: ${why}`);
	if (Buffer.byteLength(text) > bytesMax) throw refuse('it is larger than 1 MB, which no configuration needs');
	if (isTooDeep(text)) throw refuse(`it is nested more than ${depthMax} levels deep`);
	const lines = new LineCounter();
	const document = parseDocument(text, {lineCounter: lines, prettyErrors: false, stringKeys: true, uniqueKeys: false});
	const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
	const problems = [...document.errors, ...document.warnings].map(({pos, message}) => ({line: lineAt(pos[0]), text: message}));
	visit(document, {
		// The package's own search for keys that stand twice is quadratic, and does not tell where the first one stands.
		Map(_, map) {
			const firstAt = new Map<string, number>();
			for (const pair of map.items) {
				const key = keyOf(pair);
				const line = lineAt(startOf(pair.key));
				const first = firstAt.get(key);
				if (first === undefined) firstAt.set(key, line);
				else problems.push({line, text: `«${key.slice(0, 60)}» stands here a second time (first on line ${first}); keep one`});
			}
		},
	});
	if (problems.length > 0) throw inputError(name, sentencesOf(name, problems));
	const lineOf = (path: Path): number => {
		let node: Node | null = document.contents;
		let offset = startOf(node);
		for (const step of path) {
			const within: unknown = isAlias(node) ? node.resolve(document) : node;
			const pair: Pair | undefined = isMap(within) ? within.items.find(item => keyOf(item) === String(step)) : undefined;
			const next: unknown = isSeq(within) ? within.items[Number(step)] : pair?.value;
			if (next === undefined && pair === undefined) break;
			offset = startOf(pair ? pair.key : next);
			node = isMap(next) || isSeq(next) || isScalar(next) || isAlias(next) ? next : null;
		}
		return lineAt(offset);
	};
	try {
		return {value: document.toJS({maxAliasCount: aliasMax}), lineOf};
	} catch (error) {
		throw refuse(`an alias cannot be followed: ${error instanceof Error ? error.message : 'no reason given'}`);
	}
}
