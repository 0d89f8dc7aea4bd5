/** Limits as people write them in a policy, read against the specs that a rule declares. */
import {durationText, parseDuration} from './duration.ts';
import {suggestion} from './nearest.ts';
import type {LimitSpec} from './rule.ts';

/** One thing that is wrong with a policy; `path` leads to the key, so that whoever holds the file can name its line. */
export type PolicyProblem = {readonly path: readonly (string | number)[]; readonly text: string};

export type LimitValue = LimitSpec['default'];
type Path = readonly (string | number)[];
type Records = readonly Readonly<Record<string, string>>[];

const recordsMax = 1000;
const textMax = 1000;

export const isMap = (raw: unknown): raw is Readonly<Record<string, unknown>> =>
	typeof raw === 'object' && raw !== null && !Array.isArray(raw);

/** What kind of thing was written, for a sentence that says what is wrong with it. */
export function kindOf(raw: unknown): string {
	if (raw === null || raw === undefined) return 'nothing';
	if (Array.isArray(raw)) return 'a list';
	if (typeof raw === 'object') return 'a map';
	if (typeof raw === 'string') return raw === '' ? 'an empty text' : `«${raw.slice(0, 60)}»`;
	return String(raw);
}

/** How a limit is written in a policy: `rhoBad` is `rho_bad`, and `freshWithinMs`, which is written as `5m`, is `fresh_within`. */
export function limitKey(name: string, spec: LimitSpec): string {
	const key = name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
	return spec.type === 'ms' && key.endsWith('_ms') ? key.slice(0, -3) : key;
}

function readDuration(raw: unknown, min: number, max: number): LimitValue | string {
	const bounds = `from ${durationText(min)} to ${durationText(max)}`;
	const value = typeof raw === 'string' ? parseDuration(raw.trim()) : null;
	if (value === null) return `must be a time such as 30s, 5m, 2h or 1d (${bounds}), not ${kindOf(raw)}`;
	return value < min || value > max ? `must be ${bounds}, not ${kindOf(raw)}` : value;
}

function readNumber(raw: unknown, min: number, max: number): LimitValue | string {
	const bounds = `from ${min} to ${max}`;
	if (typeof raw !== 'number' || Number.isNaN(raw)) return `must be a number ${bounds}, not ${kindOf(raw)}`;
	return raw < min || raw > max ? `must be ${bounds}, not ${raw}` : raw;
}

function recordProblems(raw: unknown, path: Path, fields: Readonly<Record<string, 'required' | 'optional'>>): PolicyProblem[] {
	const names = Object.keys(fields);
	if (!isMap(raw)) return [{path, text: `must be a map of ${names.join(', ')}, not ${kindOf(raw)}`}];
	const unknown = Object.keys(raw).filter(key => !Object.hasOwn(fields, key));
	return [
		...unknown.map(key => ({path: [...path, key], text: `there is no key «${key.slice(0, 60)}»${suggestion(key, names)}`})),
		...names.flatMap(name => {
			const value = Object.hasOwn(raw, name) ? raw[name] : undefined;
			if (value === undefined) return fields[name] === 'required' ? [{path, text: `the key «${name}» is missing`}] : [];
			if (typeof value === 'number' || typeof value === 'boolean')
				return [{path: [...path, name], text: `must be text; put ${String(value)} in quotes`}];
			if (typeof value !== 'string' || value === '') return [{path: [...path, name], text: `must be text, not ${kindOf(value)}`}];
			return value.length > textMax ? [{path: [...path, name], text: `is longer than ${textMax} characters`}] : [];
		}),
	];
}

function readRecords(
	raw: unknown,
	path: Path,
	{fields, problemsOf}: Extract<LimitSpec, {type: 'records'}>,
): {value: Records} | {problems: readonly PolicyProblem[]} {
	if (!Array.isArray(raw)) return {problems: [{path, text: `must be a list of maps, not ${kindOf(raw)}`}]};
	if (raw.length > recordsMax) return {problems: [{path, text: `holds ${raw.length} entries; at most ${recordsMax} are read`}]};
	const problems = raw.flatMap((record, index) => recordProblems(record, [...path, index], fields));
	if (problems.length > 0) return {problems};
	// Without problems every record is a map of text, copied so that nobody else holds what the policy holds.
	const value: Records = raw.map(record => ({...record}));
	const within = value.flatMap((record, index) =>
		(problemsOf?.(record) ?? []).map(({field, text}) =>
			Object.hasOwn(record, field) ? {path: [...path, index, field], text} : {path: [...path, index], text: `${field}: ${text}`},
		),
	);
	return within.length > 0 ? {problems: within} : {value};
}

/** One limit, or every problem it has. */
export function readLimit(spec: LimitSpec, raw: unknown, path: Path): {value: LimitValue} | {problems: readonly PolicyProblem[]} {
	const wrong = (text: string) => ({problems: [{path, text}]});
	switch (spec.type) {
		case 'records':
			return readRecords(raw, path, spec);
		case 'flag':
			return typeof raw === 'boolean' ? {value: raw} : wrong(`must be true or false, not ${kindOf(raw)}`);
		case 'choice': {
			if (typeof raw === 'string' && spec.of.includes(raw)) return {value: raw};
			const near = typeof raw === 'string' ? suggestion(raw, spec.of) : '';
			return wrong(`must be one of ${spec.of.join(', ')}, not ${kindOf(raw)}${near.startsWith('; did') ? near : ''}`);
		}
		case 'number': {
			const value = readNumber(raw, spec.min, spec.max);
			return typeof value === 'string' ? wrong(value) : {value};
		}
		case 'ms': {
			const value = readDuration(raw, spec.min, spec.max);
			return typeof value === 'string' ? wrong(value) : {value};
		}
	}
}
