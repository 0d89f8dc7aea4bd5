import test from 'ava';
import fc from 'fast-check';
import {jsonLineParser, noHost, notJson} from '../../../../server/integrations/log-files/json-line.ts';
import {noTime, noZone, wrongTime} from '../../../../server/integrations/log-files/line-time.ts';
import {mendCutJson} from '../../../../server/integrations/log-files/mend-cut-json.ts';
import {logConfig} from '../../../helpers/log-fleet.ts';

const at = Date.parse('2015-10-26T15:13:07.000Z');
const plain = logConfig('x').fields;
const parse = (line: unknown, {zone = null as string | null, fields = plain, cut = false} = {}) =>
	jsonLineParser({zone, fields})({text: typeof line === 'string' ? line : JSON.stringify(line), cut}, at);

test('times come as text, seconds or milliseconds', t => {
	t.like(parse({time: '2015-10-26T15:13:07.000Z', host: 'mw1017'}), {at, level: null, channel: null, message: '', request: null});
	t.like(parse({time: '2015-10-26 15:13:07', host: 'mw1017'}, {zone: 'UTC'}), {at});
	t.like(parse({time: at, host: 'mw1017'}), {at});
	t.like(parse({time: at / 1000 + 0.25, host: 'mw1017'}), {at: at + 250});
	t.like(parse({time: `${at / 1000}.250`, host: 'mw1017'}), {at: at + 250});
});

test('fields are found by dots, by keys with dots, and by the name of an object', t => {
	const fields = {...plain, time: '@timestamp', host: 'host.name', level: 'log.level', request: 'http.request.id'};
	const line = {'@timestamp': '2015-10-26T15:13:07Z', host: {name: 'mw1017'}, 'log.level': 'error', http: {request: {id: 'r1'}}};
	t.like(parse(line, {fields}), {host: 'mw1017', level: 'error', request: 'r1'});
	t.like(parse({time: at, host: {name: 'mw1017', ip: '::1'}}), {host: 'mw1017'});
	t.deepEqual(parse('{"time":1445872387000,"host":{"__proto__":{"name":"mw1017"}}}'), {refused: noHost});
});

test('what cannot be counted is refused with the reason', t => {
	t.deepEqual(parse('not json'), {refused: notJson});
	t.deepEqual(parse('[1]'), {refused: notJson});
	t.deepEqual(parse('null'), {refused: notJson});
	t.deepEqual(parse({host: 'mw1017'}), {refused: noTime});
	t.deepEqual(parse({time: true, host: 'mw1017'}), {refused: noTime});
	t.deepEqual(parse({time: -5, host: 'mw1017'}), {refused: wrongTime});
	t.deepEqual(parse({time: '2015-10-26 15:13:07', host: 'mw1017'}), {refused: noZone});
	t.deepEqual(parse({time: at}), {refused: noHost});
	t.deepEqual(parse({time: at, host: 'a b'}), {refused: noHost});
});

test('a line that was cut in its long message still counts', t => {
	const whole = JSON.stringify({
		time: at,
		tags: ['a', {b: 1}],
		host: 'mw1017',
		level: 'ERROR',
		message: `"quoted, \\" ${'x'.repeat(500)}`,
		late: 1,
	});
	t.like(parse(whole.slice(0, 300), {cut: true}), {at, host: 'mw1017', level: 'ERROR', message: ''});
	t.deepEqual(parse(whole.slice(0, 300)), {refused: notJson});
});

test('a mended text holds nothing that the whole did not', t => {
	fc.assert(
		fc.property(fc.dictionary(fc.string(), fc.jsonValue(), {minKeys: 1}), fc.double({min: 0, max: 1, noNaN: true}), (value, share) => {
			const text = JSON.stringify(value);
			const mended = mendCutJson(text.slice(0, Math.floor(text.length * share)));
			if (mended === '') return;
			const parsed = JSON.parse(mended) as Record<string, unknown>;
			const original = JSON.parse(text) as Record<string, unknown>;
			t.true(Object.keys(parsed).every(key => Object.hasOwn(original, key)));
		}),
		{numRuns: 300},
	);
});
