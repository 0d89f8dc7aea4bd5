import test from 'ava';
import fc from 'fast-check';
import {AppError} from '../../../../server/app-error.ts';
import {lineTimeReader, noTime, noZone, wrongTime} from '../../../../server/integrations/log-files/line-time.ts';

const far = Date.UTC(2100, 0, 1);
const read = (text: string, zone: string | null = null, nowMs = far) => {
	const time = lineTimeReader(zone)(text, nowMs);
	return 'at' in time ? new Date(time.at).toISOString() : time.refused;
};

test('a time says its zone itself, or the log says it', t => {
	t.is(read('2015-10-26 15:13:07Z'), '2015-10-26T15:13:07.000Z');
	t.is(read('2015-10-26T15:13:07.25+02:00'), '2015-10-26T13:13:07.250Z');
	t.is(read('2015-10-26T15:13:07,123456-0330'), '2015-10-26T18:43:07.123Z');
	t.is(read('2015-10-26 15:13:07 UTC', 'Europe/Berlin'), '2015-10-26T15:13:07.000Z');
	t.is(read('2015-10-26 15:13:07', 'UTC'), '2015-10-26T15:13:07.000Z');
	t.is(read('2015-10-26 15:13:07', 'America/Los_Angeles'), '2015-10-26T22:13:07.000Z');
	t.is(read('2015-07-26 15:13:07', 'Europe/Berlin'), '2015-07-26T13:13:07.000Z');
	t.is(read('2016-12-31 23:59:60', 'UTC'), '2017-01-01T00:00:00.000Z');
});

test('a time without a zone in a log that declares none is refused', t => t.is(read('2015-10-26 15:13:07'), noZone));

test('a time that does not exist is refused', t => {
	for (const text of ['2015-02-30 00:00:00Z', '2015-13-01 00:00:00Z', '2015-10-26 24:00:00Z', '2015-10-26 12:60:00Z'])
		t.is(read(text), wrongTime);
	for (const text of ['', 'yesterday', '2015-10-26', '2015-10-26 15:13:07 noon']) t.is(read(text), noTime);
});

test('an hour that happens twice is the later one that is not in the future', t => {
	const text = '2015-10-25 02:30:00';
	t.is(read(text, 'Europe/Berlin', Date.parse('2015-10-25T00:31:00Z')), '2015-10-25T00:30:00.000Z');
	t.is(read(text, 'Europe/Berlin', Date.parse('2015-10-25T01:31:00Z')), '2015-10-25T01:30:00.000Z');
});

test('an hour that does not happen is read by the offset before it', t =>
	t.is(read('2016-03-27 02:30:00', 'Europe/Berlin'), '2016-03-27T01:30:00.000Z'));

test('a zone that is none is said in a sentence', t => {
	const error = t.throws(() => lineTimeReader('Mars/Olympus'), {instanceOf: AppError});
	t.regex(error?.message ?? '', /no time zone "Mars\/Olympus".*IANA/);
});

test('whatever the zone, what its wall shows is read back', t => {
	const zones = ['Europe/Berlin', 'America/Los_Angeles', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Apia'];
	fc.assert(
		fc.property(fc.constantFrom(...zones), fc.integer({min: Date.UTC(2000, 0, 1), max: Date.UTC(2025, 0, 1)}), (zone, at) => {
			const second = Math.floor(at / 1000) * 1000;
			const wall = new Date(second).toLocaleString('sv-SE', {timeZone: zone});
			const time = lineTimeReader(zone)(wall, second);
			// Where the hour happens twice and both have passed, the later one is meant.
			const later = 'at' in time ? time.at - second : Number.NaN;
			t.true(later === 0 || (later > 0 && later <= 120_000), `${zone} ${wall}`);
		}),
		{numRuns: 300},
	);
});
