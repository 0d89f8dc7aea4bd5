/** The signals of a service, as they are written in the configuration. */
import {resolve} from 'node:path';
import type {LogFileConfig, SignalConfig} from '../config.ts';
import {choice, duration, entries, fields, flag, isWritten, neededText, type Place, text, textOrNull, texts} from './place.ts';

const signalsMax = 50;
const usualLagMs = 5000;
const lagMaxMs = 600_000;
const usualFields: LogFileConfig['fields'] = {
	time: '@timestamp',
	host: 'host',
	level: 'level',
	channel: 'channel',
	message: 'message',
	request: 'reqId',
};

function isZone(zone: string): boolean {
	if (/^[+-](?:0\d|1[0-4]):[0-5]\d$/.test(zone)) return true;
	try {
		return new Intl.DateTimeFormat('en', {timeZone: zone}).format(0) !== '';
	} catch {
		return false;
	}
}

function readZone(place: Place): string | null {
	const zone = textOrNull(place);
	if (zone === null || isZone(zone)) return zone;
	place.complain(
		place.path,
		`there is no time zone «${zone.slice(0, 60)}»; write UTC, an offset such as +01:00 or a name such as Europe/Berlin`,
	);
	return null;
}

function readLogFile(place: Place, folder: string): LogFileConfig {
	const at = fields(place, ['path', 'format', 'zone', 'fields']);
	const names = ['time', 'host', 'level', 'channel', 'message', 'request'] as const;
	const fieldAt = fields(at('fields'), names);
	return {
		path: resolve(folder, neededText(at('path'))),
		format: choice(at('format'), ['mediawiki', 'json'], null) ?? 'json',
		zone: readZone(at('zone')),
		fields: {
			time: text(fieldAt('time'), usualFields.time),
			host: text(fieldAt('host'), usualFields.host),
			level: text(fieldAt('level'), usualFields.level),
			channel: text(fieldAt('channel'), usualFields.channel),
			message: text(fieldAt('message'), usualFields.message),
			request: text(fieldAt('request'), usualFields.request),
		},
	};
}

function readSignal(place: Place, folder: string): SignalConfig {
	const keys = ['counts', 'required', 'source', 'log', 'match', 'distinct_requests', 'exposure', 'lag'] as const;
	const at = fields(place, keys);
	const match = fields(at('match'), ['levels', 'channels']);
	if (!isWritten(at('log'))) place.complain(place.path, 'the key «log» is missing: it says which file is read, and in which format');
	return {
		name: String(place.path.at(-1)),
		counts: text(at('counts'), 'errors'),
		required: flag(at('required'), true),
		source: choice(at('source'), ['log-file'], 'log-file') ?? 'log-file',
		log: readLogFile(isWritten(at('log')) ? at('log') : {...at('log'), value: {}, complain: () => undefined}, folder),
		match: {levels: texts(match('levels'), 100), channels: texts(match('channels'), 1000)},
		distinctRequests: flag(at('distinct_requests'), false),
		exposure: isWritten(at('exposure')) ? readLogFile(at('exposure'), folder) : null,
		lagMs: duration(at('lag'), usualLagMs, 0, lagMaxMs),
	};
}

/** A map of names to signals; paths of logs are relative to `folder`. */
export const readSignals = (place: Place, folder: string): SignalConfig[] =>
	entries(place, signalsMax).map(entry => readSignal(entry, folder));
