import test from 'ava';
import type {Bucket} from '../../gate/facts.ts';
import {signalNormal, signalsNormal} from '../../reports/normal.ts';
import type {SignalReadings} from '../../reports/story.ts';
import {bucketsOf, on} from '../helpers/story-2015.ts';

const exposure = {liveAt: on('15:12:51'), everywhereAt: null};

const signal = (buckets: readonly Bucket[]): SignalReadings => ({
	name: 'errors',
	counts: 'errors',
	exposureUnit: 'requests',
	source: 'test',
	bucketMs: 10_000,
	buckets,
});

const bad = bucketsOf(at => at >= on('15:13:10') && at < on('15:15:20'));

test('normal from the first of six quiet buckets, and known at the end of the sixth', t => {
	t.deepEqual(signalNormal(signal(bad), on('15:14:02'), exposure), {normal: true, at: on('15:15:20'), knownAt: on('15:16:20')});
});

test('five quiet buckets are not enough, and say how many there are', t => {
	const normal = signalNormal(signal(bad.filter(({at}) => at < on('15:16:10'))), on('15:14:02'), exposure);
	t.false(normal.normal);
	t.regex(normal.normal ? '' : normal.why, /5 of 6 quiet buckets so far; last disturbed 15:15:10/);
});

test('a missing bucket is not a quiet one', t => {
	const holed = bad.map(bucket =>
		bucket.at === on('15:15:20') ? {at: bucket.at, canary: {missing: 'late'}, baseline: {missing: 'late'}} : bucket,
	);
	const normal = signalNormal(signal(holed), on('15:14:02'), exposure);
	t.like(normal, {normal: true, at: on('15:15:30')}, 'the run starts again after the hole');
	const unstored = bad.filter(({at}) => at !== on('15:15:20'));
	t.like(
		signalNormal(signal(unstored), on('15:14:02'), exposure),
		{normal: true, at: on('15:15:30')},
		'a bucket that was never stored breaks it too',
	);
});

test('silence proves nothing', t => {
	const silent = bad.map(bucket =>
		bucket.at < on('15:15:20') ? bucket : {at: bucket.at, canary: {hosts: {}}, baseline: {count: 0, exposure: 0}},
	);
	const normal = signalNormal(signal(silent), on('15:14:02'), exposure);
	t.regex(normal.normal ? '' : normal.why, /no traffic/);
	t.false(signalsNormal([], on('15:14:02'), exposure).normal);
});

test('a slow burn that no single bucket shows is not normal', t => {
	// The rate before is about 9.5 in a bucket of all hosts; 16 in each is explained once, and not six times in a row.
	const slow = bad.map(bucket => (bucket.at < on('15:15:20') ? bucket : {...bucket, baseline: {count: 17, exposure: 4800}}));
	const normal = signalNormal(signal(slow), on('15:15:20'), exposure);
	t.false(normal.normal);
	t.regex(normal.normal ? '' : normal.why, /together above the rate before/);
});

test('all signals must be normal', t => {
	const quiet = signal(bucketsOf(() => false));
	const burning = {...signal(bucketsOf(at => at >= on('15:13:10'))), name: 'fatals'};
	const normal = signalsNormal([quiet, burning], on('15:14:02'), exposure);
	t.regex(normal.normal ? '' : normal.why, /^fatals: no quiet bucket yet/);
});
