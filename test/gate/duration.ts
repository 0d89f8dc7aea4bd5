import test from 'ava';
import fc from 'fast-check';
import {durationText, parseDuration} from '../../gate/duration.ts';

test('a length of time is a number and its unit', t => {
	t.deepEqual(
		['250ms', '30s', '5m', '2h', '1d', '1.5h', '0s'].map(parseDuration),
		[250, 30_000, 300_000, 7_200_000, 86_400_000, 5_400_000, 0],
	);
});

test('anything else is none, a number without a unit above all', t => {
	for (const text of ['30', '', 's', '-5m', '5 m', '5M', '1h30m', '1e3s', '9999999999s', '.5s']) t.is(parseDuration(text), null, text);
});

test('what is written comes back as it went in', t => {
	fc.assert(fc.property(fc.nat({max: 900_000_000}), valueMs => parseDuration(durationText(valueMs)) === valueMs));
	t.is(durationText(90_000), '90s');
	t.is(durationText(0), '0s');
});
