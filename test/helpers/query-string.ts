/**
 * The part of query_string that people write: field:value, phrases, wildcards, ranges, _exists_, AND, OR, NOT, + and -, parentheses.
 * It decides for one document at a time. What it does not know is an error, as it is with the real one.
 */

export type Fields = {
	/** All values of a field in a document; none where it has none. */
	values(field: string): readonly (string | number | boolean)[];
	/** Whether it is analysed: cut into words in small letters. */
	isText(field: string): boolean;
	/** Fields that are searched where the query names none. */
	readonly usual: readonly string[];
};

export type Predicate = (fields: Fields) => boolean;

export class QueryError extends Error {}

type Token = {readonly kind: 'word' | 'phrase' | 'range' | 'sign'; readonly text: string};

const tokenPattern =
	/\s*(?:(\(|\)|&&|\|\||!|[+-](?=\S)|[\w.*@_-]+:(?=\S))|"((?:\\.|[^"\\])*)"|([[{][^\]}]*[\]}])|((?:\\.|[^\s()"[\]{}:])+))/y;

function tokensOf(text: string): Token[] {
	const tokens: Token[] = [];
	tokenPattern.lastIndex = 0;
	for (let at = 0; at < text.trimEnd().length; at = tokenPattern.lastIndex) {
		tokenPattern.lastIndex = at;
		const found = tokenPattern.exec(text);
		if (found === null) throw new QueryError(`Failed to parse query [${text}]`);
		const [, sign, phrase, range, word] = found;
		if (sign !== undefined) tokens.push({kind: 'sign', text: sign});
		else if (phrase !== undefined) tokens.push({kind: 'phrase', text: phrase.replace(/\\(.)/g, '$1')});
		else if (range !== undefined) tokens.push({kind: 'range', text: range});
		else tokens.push({kind: 'word', text: word ?? ''});
	}
	return tokens;
}

const wordsOf = (text: string): string[] =>
	text
		.toLowerCase()
		.split(/[^\p{L}\p{N}_]+/u)
		.filter(word => word !== '');

const wildcard = (pattern: string): RegExp =>
	new RegExp(
		`^${pattern
			.replace(/\\(.)/g, '$1')
			.split(/([*?])/)
			.map(part => (part === '*' ? '.*' : part === '?' ? '.' : part.replace(/[.+^${}()|[\]\\]/g, '\\$&')))
			.join('')}$`,
		's',
	);

function matchesWord(fields: Fields, field: string, word: string): boolean {
	const values = fields.values(field).map(String);
	if (word === '*') return values.length > 0;
	if (/[*?]/.test(word.replace(/\\./g, ''))) {
		const pattern = wildcard(fields.isText(field) ? word.toLowerCase() : word);
		return values.some(value => (fields.isText(field) ? wordsOf(value).some(one => pattern.test(one)) : pattern.test(value)));
	}
	return matchesPhrase(fields, field, word.replace(/\\(.)/g, '$1'));
}

function matchesPhrase(fields: Fields, field: string, phrase: string): boolean {
	return fields.values(field).some(value => {
		if (!fields.isText(field)) return String(value) === phrase;
		const words = wordsOf(String(value));
		const wanted = wordsOf(phrase);
		return wanted.length > 0 && words.some((_, index) => wanted.every((one, offset) => words[index + offset] === one));
	});
}

function compare(one: string | number | boolean, other: string): number {
	const [a, b] = [Number(one), Number(other)];
	if (Number.isFinite(a) && Number.isFinite(b)) return a - b;
	return String(one) < other ? -1 : String(one) > other ? 1 : 0;
}

function matchesRange(fields: Fields, field: string, range: string): boolean {
	const found = /^([[{])\s*(\S+)\s+TO\s+(\S+)\s*([\]}])$/.exec(range);
	if (found === null) throw new QueryError(`Failed to parse query [${range}]`);
	const [, open, from = '*', to = '*', close] = found;
	return fields.values(field).some(value => {
		const low = from === '*' ? 1 : compare(value, from);
		const high = to === '*' ? -1 : compare(value, to);
		return (open === '[' ? low >= 0 : low > 0) && (close === ']' ? high <= 0 : high < 0);
	});
}

function matchesBound(fields: Fields, field: string, bound: string): boolean {
	const [, operator = '', value = ''] = /^([<>]=?)(.+)$/.exec(bound) ?? [];
	return fields.values(field).some(one => {
		const side = compare(one, value);
		return operator === '>' ? side > 0 : operator === '>=' ? side >= 0 : operator === '<' ? side < 0 : side <= 0;
	});
}

class Parser {
	readonly #tokens: readonly Token[];
	readonly #text: string;
	#at = 0;

	constructor(text: string) {
		this.#text = text;
		this.#tokens = tokensOf(text);
	}

	parse(): Predicate {
		const predicate = this.#either(null);
		if (this.#at < this.#tokens.length) throw this.#error();
		return predicate;
	}

	#error = (): QueryError => new QueryError(`Failed to parse query [${this.#text}]`);

	#is(...texts: readonly string[]): boolean {
		const token = this.#tokens[this.#at];
		return token !== undefined && token.kind !== 'phrase' && texts.includes(token.text);
	}

	/** Clauses side by side are alternatives, as by default_operator OR; those with + must hold, those with - or NOT must not. */
	#either(field: string | null): Predicate {
		const parts: {readonly sign: string; readonly test: Predicate}[] = [];
		do {
			if (parts.length > 0 && this.#is('OR', '||')) this.#at += 1;
			const sign = this.#is('+') ? '+' : this.#is('-', '!', 'NOT') ? '-' : '';
			parts.push({sign, test: this.#both(field)});
		} while (this.#at < this.#tokens.length && !this.#is(')'));
		const bound = parts.filter(({sign}) => sign !== '');
		const free = parts.filter(({sign}) => sign === '');
		const isFree = free.length === 0 || bound.some(({sign}) => sign === '+');
		// What must not hold is negated already where it was read.
		return fields => bound.every(({test}) => test(fields)) && (isFree || free.some(({test}) => test(fields)));
	}

	#both(field: string | null): Predicate {
		const parts = [this.#one(field)];
		while (this.#is('AND', '&&')) {
			this.#at += 1;
			parts.push(this.#one(field));
		}
		return fields => parts.every(part => part(fields));
	}

	#one(field: string | null): Predicate {
		if (this.#is('NOT', '!', '-')) {
			this.#at += 1;
			const not = this.#one(field);
			return fields => !not(fields);
		}
		if (this.#is('+')) this.#at += 1;
		const token = this.#tokens[this.#at];
		if (token === undefined) throw this.#error();
		this.#at += 1;
		if (token.kind === 'sign' && token.text === '(') {
			const inside = this.#either(field);
			if (!this.#is(')')) throw this.#error();
			this.#at += 1;
			return inside;
		}
		if (token.kind === 'sign' && token.text.endsWith(':')) return this.#one(token.text.slice(0, -1));
		if (token.kind === 'sign' || ['AND', 'OR'].includes(token.text)) throw this.#error();
		return leaf(token, field);
	}
}

function leaf({kind, text}: Token, field: string | null): Predicate {
	if (field === '_exists_') return fields => fields.values(text).length > 0;
	if (field === null && text === '*') return () => true;
	const test = (fields: Fields, name: string): boolean => {
		if (kind === 'phrase') return matchesPhrase(fields, name, text);
		if (kind === 'range') return matchesRange(fields, name, text);
		return /^[<>]/.test(text) ? matchesBound(fields, name, text) : matchesWord(fields, name, text);
	};
	return fields => (field === null ? fields.usual : [field]).some(name => test(fields, name));
}

/** Throws QueryError as the real one answers `query_shard_exception`. */
export const parseQueryString = (text: string): Predicate => new Parser(text).parse();
