/**
 * Plain selectors of Prometheus (its documentation, "Time series selectors"): a name, matchers in braces, or both. Functions and
 * ranges are refused: raw samples are asked for, and starts and resets of counters are settled here.
 */

export type Matcher = {readonly label: string; readonly operator: '=' | '!=' | '=~' | '!~'; readonly value: string};

export type Selector = {readonly name: string; readonly matchers: readonly Matcher[]};

const namePattern = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const matcherPattern = /^\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)\s*(,|(?=\}))/;
const example = 'a plain selector, such as mediawiki_errors_total{job="mediawiki"}';

/** The text within quotes; the escapes that people use are `\\`, `\"`, `\n` and `\t`, and any other letter stands for itself. */
function unquoted(quoted: string): string {
	const inner = quoted.slice(1, -1);
	if (quoted.startsWith('`')) return inner;
	return inner.replace(/\\(.)/g, (_whole, letter: string) => (letter === 'n' ? '\n' : letter === 't' ? '\t' : letter));
}

export function parseSelector(text: string): Selector | {readonly problem: string} {
	const problem = (what: string) => ({problem: `${what}; write ${example}`});
	let rest = text.trim();
	const name = namePattern.exec(rest)?.[0] ?? '';
	rest = rest.slice(name.length).trimStart();
	if (rest.startsWith('(')) return problem('functions are not taken, since starts and resets of counters are settled here');
	const matchers: Matcher[] = [];
	if (rest.startsWith('{')) {
		rest = rest.slice(1);
		for (;;) {
			const found = matcherPattern.exec(rest);
			if (found === null) break;
			const [whole, label = '', operator = '=', value = '""'] = found;
			matchers.push({label, operator: operator as Matcher['operator'], value: unquoted(value)});
			rest = rest.slice(whole.length);
		}
		rest = rest.trimStart();
		if (!rest.startsWith('}')) return problem(`it cannot be read from «${rest.slice(0, 40)}» on`);
		rest = rest.slice(1).trim();
	}
	if (rest.startsWith('[')) return problem('a range is not taken');
	if (rest !== '') return problem(`it cannot be read from «${rest.slice(0, 40)}» on`);
	if (name === '' && matchers.length === 0) return problem('it names nothing');
	return {name, matchers};
}

const quoted = (value: string): string =>
	`"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`;

export const writeSelector = ({name, matchers}: Selector): string =>
	`${name}{${matchers.map(({label, operator, value}) => `${label}${operator}${quoted(value)}`).join(',')}}`;

/** The same selector with one more matcher. */
export const withMatcher = (selector: Selector, matcher: Matcher): Selector => ({...selector, matchers: [...selector.matchers, matcher]});

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/**
 * A matcher for these hosts as a label may write them: in short or in full, with a port or without, in capitals or not. It is a
 * narrowing only: which host is meant is settled by host-names.ts.
 */
export function hostMatcher(label: string, hosts: readonly string[]): Matcher {
	const alternatives = hosts.map(host => {
		if (/^[\d.]+$|:/.test(host)) return `\\[?${literal(host)}\\]?`;
		const [first = '', ...others] = host.split('.');
		const tail = others.reduceRight((inner, part) => `(\\.${literal(part)}${inner})?`, '(\\..+)?');
		return `${literal(first)}${tail}`;
	});
	return {label, operator: '=~', value: `(?i:(${alternatives.join('|')})(:[0-9]+)?)`};
}
