/** Values that stories have and configurations have not: numbers with a fraction, blocks of text, times, maps of texts. */
import {isMap, kindOf} from '../../gate/limits.ts';
import {entries, isWritten, items, neededText, type Place, texts} from '../config/place.ts';
import {expandHosts} from './host-range.ts';
import type {Expectation, Said} from './story.ts';

const blockMax = 65_536;
const saidMax = 50;

export const need = (place: Place, what: string): void => {
	if (!isWritten(place)) place.complain(place.path.slice(0, -1), `the key «${String(place.path.at(-1))}» is missing: ${what}`);
};

/** A number from `minimum` to `maximum`; `usual` where nothing was written. */
export function number<Usual extends number | null>(place: Place, usual: Usual, minimum: number, maximum: number): number | Usual {
	const {value} = place;
	if (!isWritten(place)) return usual;
	if (typeof value === 'number' && value >= minimum && value <= maximum) return value;
	place.complain(place.path, `«${String(place.path.at(-1))}» must be a number from ${minimum} to ${maximum}, not ${kindOf(value)}`);
	return usual;
}

/** Text of any number of lines; null where nothing was written. */
export function block(place: Place): string | null {
	const {value} = place;
	if (!isWritten(place)) return null;
	if (typeof value === 'string' && value.length <= blockMax) return value;
	place.complain(place.path, `«${String(place.path.at(-1))}» must be text of at most ${blockMax} characters, not ${kindOf(value)}`);
	return null;
}

/** A moment with its zone, as an instant. */
export function moment(place: Place, usual: string): string {
	if (!isWritten(place)) return usual;
	const text = neededText(place);
	const atMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
	if (!Number.isNaN(atMs)) return new Date(atMs).toISOString();
	if (text !== '') place.complain(place.path, `«${text.slice(0, 60)}» is no time; write it in quotes, like "2026-03-02T09:30:00Z"`);
	return usual;
}

export function textMap(place: Place, maximum: number): Record<string, string> {
	return Object.fromEntries(entries(place, maximum).map(entry => [String(entry.path.at(-1)), neededText(entry)]));
}

/** Texts that must, or must not, be in what was said. A regular expression that is none is complained of. */
export function said(place: Place): Said[] {
	const written = texts(place, saidMax, {single: true});
	for (const text of written) {
		const problem = text.startsWith('/') && text.endsWith('/') && text.length > 2 ? patternProblem(text.slice(1, -1)) : null;
		if (problem !== null) place.complain(place.path, `«${text.slice(0, 60)}» is no regular expression: ${problem}`);
	}
	return written;
}

function patternProblem(source: string): string | null {
	try {
		return new RegExp(source).source === '' ? 'it is empty' : null;
	} catch (error) {
		return error instanceof Error ? error.message : String(error);
	}
}

export const nothingExpected: Expectation = {exit: null, says: [], saysNot: [], withinSeconds: null};

/** A list of hosts, ranges written out; a word that `arms` knows stands for its hosts. */
export function hosts(place: Place, arms: Readonly<Record<string, readonly string[]>>): string[] {
	const single = typeof place.value === 'string' ? [{...place}] : items(place, 10_000);
	const known = new Set(Object.values(arms).flat());
	return single.flatMap(item => {
		const name = neededText(item);
		const arm = Object.hasOwn(arms, name) ? arms[name] : undefined;
		const named = arm ?? expandHosts(name) ?? [];
		for (const host of named.filter(one => known.size > 0 && !known.has(one)).slice(0, 1))
			item.complain(
				item.path,
				`there is no host «${host.slice(0, 60)}» in the service; the words ${Object.keys(arms).join(', ')} stand for several`,
			);
		if (named.length === 0 && arm === undefined)
			item.complain(item.path, `«${name.slice(0, 60)}» is no range of hosts; write mw[1017-1020]`);
		return named;
	});
}

/** Writes the ranges out in a list of host names, before the service's own reader sees it. */
export function withHostsWrittenOut(value: unknown): unknown {
	if (!isMap(value)) return value;
	const written = Object.entries(value).map(([arm, list]): [string, unknown] => {
		if (!Array.isArray(list)) return [arm, list];
		const names: readonly unknown[] = list;
		return [arm, names.flatMap((name): readonly unknown[] => (typeof name === 'string' ? (expandHosts(name) ?? [name]) : [name]))];
	});
	return Object.fromEntries(written);
}
