/** The signals of a service, as they are written in the configuration. */
import {resolve} from 'node:path';
import {isMap} from '../../gate/limits.ts';
import type {ElasticsearchSignalConfig, LogFileConfig, LogFileSignalConfig, PrometheusSignalConfig, SignalConfig} from '../config.ts';
import {readElasticsearch} from './elasticsearch.ts';
import {choice, duration, entries, entryOf, fields, flag, isWritten, neededText, type Place, text, textOrNull, texts} from './place.ts';
import {readPrometheus} from './prometheus.ts';

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

const baseKeys = ['counts', 'required', 'source', 'lag'] as const;

/** What every signal has, whichever source it is read from. */
const readBase = (place: Place, at: (key: (typeof baseKeys)[number]) => Place) => ({
	name: String(place.path.at(-1)),
	counts: text(at('counts'), 'errors'),
	required: flag(at('required'), true),
	lagMs: duration(at('lag'), usualLagMs, 0, lagMaxMs),
});

function readLogSignal(place: Place, folder: string): LogFileSignalConfig {
	const at = fields(place, [...baseKeys, 'log', 'match', 'distinct_requests', 'exposure']);
	const match = fields(at('match'), ['levels', 'channels']);
	if (!isWritten(at('log'))) place.complain(place.path, 'the key «log» is missing: it says which file is read, and in which format');
	return {
		source: 'log-file',
		log: readLogFile(orEmpty(at('log')), folder),
		match: {levels: texts(match('levels'), 100), channels: texts(match('channels'), 1000)},
		distinctRequests: flag(at('distinct_requests'), false),
		exposure: isWritten(at('exposure')) ? readLogFile(at('exposure'), folder) : null,
		...readBase(place, at),
	};
}

function readElasticsearchSignal(place: Place, folder: string): ElasticsearchSignalConfig {
	const at = fields(place, [...baseKeys, 'elasticsearch', 'exposure']);
	if (!isWritten(at('elasticsearch')))
		place.complain(place.path, 'the key «elasticsearch» is missing: it says where it is asked, and which documents count');
	const main = readElasticsearch(orEmpty(at('elasticsearch')), folder, null);
	const exposureAt = fields(at('exposure'), ['elasticsearch']);
	if (isWritten(at('exposure')) && !isWritten(exposureAt('elasticsearch')))
		place.complain(at('exposure').path, 'the key «elasticsearch» is missing: it says which documents are requests');
	const exposure = isWritten(exposureAt('elasticsearch')) ? readElasticsearch(exposureAt('elasticsearch'), folder, main) : null;
	return {...readBase(place, at), source: 'elasticsearch', elasticsearch: main, exposure};
}

function readPrometheusSignal(place: Place, folder: string): PrometheusSignalConfig {
	const at = fields(place, [...baseKeys, 'prometheus']);
	if (!isWritten(at('prometheus')))
		place.complain(place.path, 'the key «prometheus» is missing: it says where it is asked, and which counter counts');
	return {...readBase(place, at), source: 'prometheus', prometheus: readPrometheus(orEmpty(at('prometheus')), folder)};
}

/** Nothing was written, which was said: every key of it is then missing without a word more. */
const orEmpty = (place: Place): Place => (isWritten(place) ? place : {...place, value: {}, complain: () => undefined});

function readSignal(place: Place, folder: string): SignalConfig {
	// Which keys there are depends on the source, so it is read before them.
	const written = isMap(place.value) ? entryOf(place, 'source', place.value['source']) : {...place, value: undefined};
	const source = choice(written, ['log-file', 'elasticsearch', 'prometheus'], 'log-file');
	if (source === 'elasticsearch') return readElasticsearchSignal(place, folder);
	return source === 'prometheus' ? readPrometheusSignal(place, folder) : readLogSignal(place, folder);
}

/** A map of names to signals; paths of logs are relative to `folder`. */
export const readSignals = (place: Place, folder: string): SignalConfig[] =>
	entries(place, signalsMax).map(entry => readSignal(entry, folder));
