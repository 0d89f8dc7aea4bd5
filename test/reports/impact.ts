import test from 'ava';
import {impactOf} from '../../reports/impact.ts';
import {momentsOf} from '../../reports/moments.ts';
import type {IncidentStory} from '../../reports/story.ts';
import {bucketsOf, everywhere2015, on, story2015} from '../helpers/story-2015.ts';

const impact = (story: IncidentStory) => impactOf(story, momentsOf(story));

const [errors] = story2015.readings;

test('the excess is what the canaries counted above the baseline of the same time', t => {
	const [measured] = impact(story2015).signals;
	if (measured?.measured !== true || errors === undefined) return t.fail('measured');
	// By hand: sum over the 13 bad buckets of canary errors, minus their exposure times the baseline's rate.
	const inside = errors.buckets.filter(({at}) => at >= on('15:13:10') && at < on('15:15:20'));
	let counted = 0;
	let baseline = 0;
	for (const {canary, baseline: other} of inside) {
		if ('missing' in canary || 'missing' in other) return t.fail('no bucket is missing there');
		counted += Object.values(canary.hosts).reduce((sum, {count}) => sum + count, 0);
		baseline += other.count;
	}
	t.is(measured.observed, counted);
	t.true(Math.abs(measured.expected - (baseline * 660) / 4800) < 1e-9);
	t.true(measured.low < measured.excess && measured.excess < measured.high);
	t.regex(measured.method, /canaries against the baseline hosts of the same time/);
	t.regex(impact(story2015).share, /^Share exposed: 12 % of requests while on the canaries/);
	return undefined;
});

test('once everywhere there is no concurrent baseline, and that is said', t => {
	const [measured] = impact(everywhere2015).signals;
	if (measured?.measured !== true) return t.fail('measured');
	t.regex(measured.method, /no concurrent baseline/);
	t.deepEqual(
		measured.phases.map(({phase}) => phase),
		['everywhere'],
	);
	return undefined;
});

test('missing buckets are said and counted for nothing', t => {
	const [measured] = impact(everywhere2015).signals;
	if (measured?.measured !== true) return t.fail('measured');
	t.is(measured.missingBuckets, 1);
	t.is(measured.buckets, 24);
	t.regex(measured.sentence, /Of 25 buckets, 1 without a reading is not counted/);
	return undefined;
});

test('a bucket that was never stored is missing too', t => {
	const [signal] = everywhere2015.readings;
	if (signal === undefined) return t.fail('the story has a signal');
	const cut = {...everywhere2015, readings: [{...signal, buckets: signal.buckets.filter(({at}) => at !== on('15:14:00'))}]};
	const [measured] = impact(cut).signals;
	t.is(measured?.measured === true ? measured.missingBuckets : -1, 2);
	return undefined;
});

test('a signal that did not move has an interval around nothing', t => {
	if (errors === undefined) return t.fail('the story has a signal');
	// Canaries at the baseline's own rate: 1.25 in 660 requests beside 9.5 in 4,800.
	const even = bucketsOf(() => false).map((bucket, index) => ({
		...bucket,
		canary: {hosts: {mw1017: {count: index % 4 === 0 ? 2 : 1, exposure: 660}}},
	}));
	const calm = {...errors, name: 'calm', buckets: even};
	const measured = impact({...story2015, readings: [errors, calm]}).signals.find(({signal}) => signal === 'calm');
	if (measured?.measured !== true) return t.fail('measured');
	t.false(measured.moved);
	t.true(measured.low < 0 && measured.high > 0, `${measured.low} to ${measured.high}`);
	t.regex(measured.sentence, /did not go over its limit/);
	return undefined;
});

test('without readings nothing is measured, and nothing is zero', t => {
	const {signals, duration, share, window} = impact({...story2015, readings: []});
	t.deepEqual(signals, []);
	t.is(window, null);
	t.regex(`${duration} ${share}`, /Duration: not measured.*Share of traffic exposed: not measured/);
	if (errors === undefined) return t.fail('the story has a signal');
	const gone = {...errors, buckets: errors.buckets.map(({at}) => ({at, canary: {missing: 'timed out'}, baseline: {missing: 'timed out'}}))};
	t.like(impact({...story2015, readings: [gone]}).signals[0], {measured: false});
	return undefined;
});

test('host time is not called traffic', t => {
	if (errors === undefined) return t.fail('the story has a signal');
	t.regex(impact({...story2015, readings: [{...errors, exposureUnit: 'host-seconds'}]}).share, /share of traffic was not measured/);
	return undefined;
});

test('an impact that lasts has no duration yet', t => {
	if (errors === undefined) return t.fail('the story has a signal');
	const lasting = impact({...story2015, readings: [{...errors, buckets: bucketsOf(at => at >= on('15:13:10'))}]});
	t.is(lasting.durationMs, null);
	t.deepEqual(lasting.window, {from: on('15:13:10'), to: null});
	return undefined;
});
