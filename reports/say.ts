/** How times, durations and numbers are said, everywhere: `15:13:07`, `9 min 12 s`, `3,100`. */
import type {Instant} from '../gate/facts.ts';

/** `15:13:07`, UTC. */
export const sayTime = (at: Instant): string => at.slice(11, 19);

/** `2015-10-26`. */
export const sayDate = (at: Instant): string => at.slice(0, 10);

/** `2015-10-26 15:13:07`, UTC. */
export const sayDateTime = (at: Instant): string => `${sayDate(at)} ${sayTime(at)}`;

/** Milliseconds between two instants; negative when `to` is earlier. */
export const msBetween = (from: Instant, to: Instant): number => Date.parse(to) - Date.parse(from);

export const addMs = (at: Instant, ms: number): Instant => new Date(Date.parse(at) + ms).toISOString();

/** `42 s`, `9 min 12 s`, `3 h 5 min`, `2 d 4 h`: the two largest units, from milliseconds. */
export function sayDuration(ms: number): string {
	const seconds = Math.round(Math.abs(ms) / 1000);
	const units: readonly (readonly [number, string])[] = [
		[Math.floor(seconds / 86_400), 'd'],
		[Math.floor((seconds % 86_400) / 3600), 'h'],
		[Math.floor((seconds % 3600) / 60), 'min'],
		[seconds % 60, 's'],
	];
	const first = units.findIndex(([value]) => value > 0);
	if (first < 0) return '0 s';
	return units
		.slice(first, first + 2)
		.filter(([value]) => value > 0)
		.map(([value, unit]) => `${value} ${unit}`)
		.join(' ');
}

/** Whole numbers with thousands apart: `3,100`. The same in every locale, since a report's bytes must not depend on one. */
export const sayCount = (value: number): string => {
	const digits = String(Math.abs(Math.round(value)));
	const grouped = digits.replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
	return Math.round(value) < 0 ? `-${grouped}` : grouped;
};

/** `1 error`, `2 errors` from the plural that a configuration gives. */
export const sayCounted = (value: number, plural: string): string =>
	`${sayCount(value)} ${Math.round(value) === 1 && plural.endsWith('s') ? plural.slice(0, -1) : plural}`;

/** `0.4 %`, `12 %`: two digits that matter. */
export function sayShare(share: number): string {
	const percent = share * 100;
	if (percent > 0 && percent < 0.01) return 'under 0.01 %';
	return `${Number(percent.toPrecision(2))} %`;
}

/** `a, b and c`. */
export function sayList(items: readonly string[]): string {
	if (items.length < 2) return items.join('');
	return `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}

/** A commit as a person says it: the first seven digits. */
export const shortSha = (sha: string): string => sha.slice(0, 7);

/** A clause of someone else's making as a sentence: with a full stop where it has none. */
export const sayFully = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** `1st`, `2nd`, `11th`. */
export const sayNth = (place: number): string => {
	const ends: Readonly<Record<number, string>> = {1: 'st', 2: 'nd', 3: 'rd'};
	const teen = place % 100 > 10 && place % 100 < 14;
	return `${place}${teen ? 'th' : (ends[place % 10] ?? 'th')}`;
};
