/**
 * A place in a configuration file: what was written there, the path to it, and where to complain. Everything here reads one kind of
 * value, says a sentence where it is wrong and goes on with the default, so that all problems of a file are said at once. It loads no
 * package: the hook's path may read its configuration through it.
 */
import {durationText, parseDuration} from '../../gate/duration.ts';
import {isMap, kindOf} from '../../gate/limits.ts';
import {suggestion} from '../../gate/nearest.ts';
import type {Path} from '../yaml.ts';

export type Place = {readonly value: unknown; readonly path: Path; complain(path: Path, text: string): void};

const textMax = 4096;
const secretWord = /passw|secret|token|credential|api_?key|private_?key/i;

const isAbsent = (value: unknown): boolean => value === undefined || value === null;
const say = (place: Place, text: string): void => place.complain(place.path, text);
const named = (place: Place): string => {
	const last = place.path.at(-1);
	return last === undefined ? 'it' : typeof last === 'number' ? `entry ${last + 1}` : `«${String(last).slice(0, 60)}»`;
};

/** Whether anything was written there; a key with nothing after its colon counts as not written. */
export const isWritten = (place: Place): boolean => !isAbsent(place.value);

/** One entry of a map or list. */
export const entryOf = (place: Place, key: string | number, value: unknown): Place => ({...place, value, path: [...place.path, key]});

/** A map with these keys and no others. What it returns reads one of them; where the place holds no map, every key reads as absent. */
export function fields<Key extends string>(place: Place, keys: readonly Key[]): (key: Key) => Place {
	const written = isMap(place.value) ? place.value : {};
	if (!isAbsent(place.value) && !isMap(place.value))
		say(place, `${named(place)} must be a map of ${keys.join(', ')}, not ${kindOf(place.value)}`);
	for (const key of Object.keys(written)) {
		if (keys.some(known => known === key)) continue;
		const isSecret = secretWord.test(key) ? '; secrets come from the environment or from files, never from here' : suggestion(key, keys);
		place.complain([...place.path, key], `there is no key «${key.slice(0, 60)}»${isSecret}`);
	}
	return key => entryOf(place, key, Object.hasOwn(written, key) ? written[key] : undefined);
}

/** The entries of a map whose keys people choose. */
export function entries(place: Place, maximum: number): Place[] {
	if (isAbsent(place.value)) return [];
	if (!isMap(place.value)) {
		say(place, `${named(place)} must be a map of names, not ${kindOf(place.value)}`);
		return [];
	}
	const all = Object.entries(place.value);
	if (all.length > maximum) say(place, `${named(place)} holds ${all.length} entries; at most ${maximum} are read`);
	return all.slice(0, maximum).map(([key, value]) => entryOf(place, key, value));
}

/** The entries of a list, each to be read by the caller. */
export function items(place: Place, maximum: number): Place[] {
	if (isAbsent(place.value)) return [];
	if (!Array.isArray(place.value)) {
		say(place, `${named(place)} must be a list, not ${kindOf(place.value)}`);
		return [];
	}
	if (place.value.length > maximum) say(place, `${named(place)} holds ${place.value.length} entries; at most ${maximum} are read`);
	return place.value.slice(0, maximum).map((value, index) => entryOf(place, index, value));
}

/** Text, or null where nothing (or nothing usable) was written. */
export function textOrNull(place: Place): string | null {
	const {value} = place;
	if (isAbsent(value)) return null;
	if (typeof value === 'number' || typeof value === 'boolean') say(place, `${named(place)} must be text; put ${String(value)} in quotes`);
	else if (typeof value !== 'string' || value.trim() === '') say(place, `${named(place)} must be text, not ${kindOf(value)}`);
	else if (value.length > textMax) say(place, `${named(place)} is longer than ${textMax} characters`);
	else if (/\p{Cc}/u.test(value)) say(place, `${named(place)} must be one line without control characters`);
	else return value;
	return null;
}

/** Text, with the default where nothing was written. */
export const text = (place: Place, usual: string): string => textOrNull(place) ?? usual;

/** Text that must be there; the empty text stands in for it once that was said. */
export function neededText(place: Place): string {
	if (isAbsent(place.value)) place.complain(place.path.slice(0, -1), `the key ${named(place)} is missing`);
	return textOrNull(place) ?? '';
}

/** A list of different texts; one text alone may be written without a list where `single` is set. */
export function texts(place: Place, maximum: number, {single = false}: {single?: boolean} = {}): string[] {
	const places = single && typeof place.value === 'string' ? [place] : items(place, maximum);
	const found: string[] = [];
	for (const item of places) {
		if (isAbsent(item.value)) say(item, `${named(item)} is empty`);
		const value = textOrNull(item);
		if (value === null) continue;
		if (found.includes(value)) say(item, `«${value}» stands here twice`);
		else found.push(value);
	}
	return found;
}

export function flag(place: Place, usual: boolean): boolean {
	if (isAbsent(place.value)) return usual;
	if (typeof place.value === 'boolean') return place.value;
	say(place, `${named(place)} must be true or false, not ${kindOf(place.value)}`);
	return usual;
}

/** One of a few words; `usual` is null where it must be written. */
export function choice<Word extends string>(place: Place, words: readonly Word[], usual: Word | null): Word | null {
	if (isAbsent(place.value)) {
		if (usual === null) place.complain(place.path.slice(0, -1), `the key ${named(place)} is missing; it is one of ${words.join(', ')}`);
		return usual;
	}
	const found = words.find(word => word === place.value);
	if (found === undefined) say(place, `${named(place)} must be ${words.join(' or ')}, not ${kindOf(place.value)}`);
	return found ?? usual;
}

/** A length of time such as `30s`, as milliseconds. */
export function duration(place: Place, usualMs: number, minMs: number, maxMs: number): number {
	if (isAbsent(place.value)) return usualMs;
	const valueMs = typeof place.value === 'string' ? parseDuration(place.value) : null;
	if (valueMs !== null && valueMs >= minMs && valueMs <= maxMs) return valueMs;
	const bounds = `from ${durationText(minMs)} to ${durationText(maxMs)}`;
	say(place, `${named(place)} must be a time ${bounds}, such as ${durationText(usualMs)}, not ${kindOf(place.value)}`);
	return usualMs;
}

export function wholeNumber(place: Place, usual: number, minimum: number, maximum: number): number {
	const {value} = place;
	if (isAbsent(value)) return usual;
	if (typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum) return value;
	say(place, `${named(place)} must be a whole number from ${minimum} to ${maximum}, not ${kindOf(value)}`);
	return usual;
}
