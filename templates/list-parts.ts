/** What every list has: a filter whose state is the address, links to the pages before and behind, and words for an empty one. */
import {plainText} from '../reports/plain-text.ts';
import {sayCount} from '../reports/say.ts';
import type {FilterField, FilterView, PagerView} from './list-views.ts';

/** What stands in the fields, as it was typed; an empty one is not filtered by. */
export type Typed = Readonly<Record<string, string>>;

/** What was typed, for a field's value: as it stands, but for what cannot be seen or turns the text around. */
export const typedText = (text: string): string => text.replaceAll(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD');

/** The address of a list: only what is filled in stands in it. */
export function listHref(path: string, typed: Typed): string {
	const filled = Object.entries(typed).filter(([, value]) => value !== '');
	return filled.length === 0 ? path : `${path}?${new URLSearchParams(filled).toString()}`;
}

export type FieldSpec = {
	readonly name: string;
	readonly label: string;
	readonly hint?: string;
	readonly wide?: boolean;
	/** Value and word of each choice; the empty value is added in front. */
	readonly choices?: readonly (readonly [string, string])[];
	readonly any?: string;
};

function optionsOf({choices, any = 'Any'}: FieldSpec, value: string): FilterField['options'] {
	if (choices === undefined) return null;
	// What was typed into the address stays chosen, also where it is wrong: the page says so beside it.
	const all = choices.some(([choice]) => choice === value) || value === '' ? choices : [...choices, [value, value] as const];
	return [['', any] as const, ...all].map(([choice, text]) => ({
		value: typedText(choice),
		text: plainText(text),
		selected: choice === value,
	}));
}

/** `problems` are sentences that begin with the name of their field: `since: must be …`. */
export function filterView(
	{path, label}: {readonly path: string; readonly label: string},
	specs: readonly FieldSpec[],
	typed: Typed,
	problems: readonly string[],
): FilterView {
	const labelOf = new Map(specs.map(spec => [spec.name, spec.label]));
	const said = (text: string): string => text.replace(/^(\w+):/, (_whole, name: string) => `${labelOf.get(name) ?? name}:`);
	return {
		action: path,
		label,
		fields: specs.map(spec => {
			const value = typed[spec.name] ?? '';
			const problem = problems.find(text => text.startsWith(`${spec.name}:`));
			return {
				name: spec.name,
				label: spec.label,
				value: typedText(value),
				options: optionsOf(spec, value),
				hint: spec.hint ?? '',
				problem: problem === undefined ? null : plainText(problem.slice(spec.name.length + 1)),
				wide: spec.wide ?? false,
			};
		}),
		problems: problems.map(text => plainText(said(text))),
		clear: Object.values(typed).some(value => value !== '') ? path : null,
	};
}

/** Cursors of a page's neighbours; null: there are none. */
export type Neighbours = {readonly previous: string | null; readonly next: string | null};

export function pagerView(path: string, typed: Typed, shown: number, {previous, next}: Neighbours): PagerView | null {
	if (previous === null && next === null) return null;
	const at = (after: string) => listHref(path, {...typed, after});
	return {
		shown: `${sayCount(shown)} on this page`,
		links: [
			...(previous === null ? [] : [{href: listHref(path, typed), text: 'Newest', rel: 'start' as const}]),
			...(previous === null ? [] : [{href: at(previous), text: 'Newer', rel: 'prev' as const}]),
			...(next === null ? [] : [{href: at(next), text: 'Older', rel: 'next' as const}]),
		],
	};
}

/** For a list whose pages are counted, since all of it is known anyway. */
export function numberedPager(path: string, typed: Typed, page: number, pages: number): PagerView | null {
	if (pages <= 1) return null;
	const at = (number: number) => listHref(path, {...typed, page: number === 1 ? '' : String(number)});
	return {
		shown: `Page ${page} of ${pages}`,
		links: [
			...(page > 1 ? [{href: at(page - 1), text: 'Page before', rel: 'prev' as const}] : []),
			...(page < pages ? [{href: at(page + 1), text: 'Next page', rel: 'next' as const}] : []),
		],
	};
}
