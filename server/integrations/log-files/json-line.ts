/** Parses logs that hold one JSON object a line, with the names of the fields as the configuration says them. */
import type {LogFileConfig} from '../../config.ts';
import {lineTimeReader, noTime, wrongTime} from './line-time.ts';
import {isHostName, type LineParser} from './log-line.ts';
import {mendCutJson} from './mend-cut-json.ts';

export const notJson = 'The line is not a JSON object.';
export const noHost = 'The line has no host.';

/** Numbers below are seconds (until the year 5138), numbers from here on milliseconds (from 1973). */
const millisecondsFrom = 100_000_000_000;
const latestMs = 100_000_000_000_000;
const numberPattern = /^\d{9,13}(?:\.\d{1,9})?$/;
const idCharsMax = 128;
/** Where a field holds an object, what is meant is its name: `{"host": {"name": "mw1017"}}`. */
const nameKeys = ['name', 'hostname', 'id'];

/** @param config - `fields` lead to values by dots; `zone` is that of times that carry none, null refuses them. */
export function jsonLineParser({zone, fields}: Pick<LogFileConfig, 'zone' | 'fields'>): LineParser {
	const readTime = lineTimeReader(zone);
	return ({text, cut}, nowMs) => {
		const line = parseObject(text) ?? (cut ? parseObject(mendCutJson(text)) : null);
		if (line === null) return {refused: notJson};
		const said = field(line, fields.time);
		const time = typeof said === 'number' || (typeof said === 'string' && numberPattern.test(said)) ? epoch(Number(said)) : null;
		const read = time ?? (typeof said === 'string' ? readTime(said.trim(), nowMs) : {refused: noTime});
		if ('refused' in read) return read;
		const host = word(field(line, fields.host));
		if (host === null || !isHostName(host)) return {refused: noHost};
		return {
			at: read.at,
			host,
			level: word(field(line, fields.level)),
			channel: word(field(line, fields.channel)),
			message: word(field(line, fields.message)) ?? '',
			request: word(field(line, fields.request))?.slice(0, idCharsMax) ?? null,
		};
	};
}

function parseObject(text: string): object | null {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' && !Array.isArray(value) ? value : null;
	} catch (error) {
		if (error instanceof SyntaxError) return null;
		throw error;
	}
}

/** A key that is written with its dots wins over the way through objects. Only a line's own keys are looked at. */
function field(line: object, name: string): unknown {
	const whole = own(line, name);
	if (whole !== undefined) return whole;
	let value: unknown = line;
	for (const key of name.split('.')) {
		if (typeof value !== 'object' || value === null) return undefined;
		value = own(value, key);
	}
	return value;
}

const own = (value: object, key: string): unknown => Object.getOwnPropertyDescriptor(value, key)?.value;

function word(value: unknown): string | null {
	if (typeof value === 'string') return value === '' ? null : value;
	if (typeof value === 'number' || typeof value === 'boolean') return String(value);
	if (typeof value !== 'object' || value === null) return null;
	const names = nameKeys.map(key => own(value, key));
	return names.find((name): name is string => typeof name === 'string' && name !== '') ?? null;
}

function epoch(value: number): {readonly at: number} | {readonly refused: string} {
	if (!Number.isFinite(value) || value <= 0 || value >= latestMs) return {refused: wrongTime};
	return {at: Math.round(value < millisecondsFrom ? value * 1000 : value)};
}
