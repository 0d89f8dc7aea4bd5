import test from 'ava';
import fc from 'fast-check';
import type {Bucket} from '../../../../gate/facts.ts';
import {distinctIdsMax} from '../../../../server/integrations/log-files/bucket-cell.ts';
import {type BucketOptions, type Buckets, createBuckets} from '../../../../server/integrations/log-files/buckets.ts';
import type {Place} from '../../../../server/integrations/log-files/host-names.ts';

const start = Date.parse('2026-03-02T10:00:00.000Z');
const c1: Place = {arm: 'canary', host: 'c1'};
const c2: Place = {arm: 'canary', host: 'c2'};
const b1: Place = {arm: 'baseline', host: 'b1'};
const b2: Place = {arm: 'baseline', host: 'b2'};
const readable = {log: null, exposure: null};

const make = (more: Partial<BucketOptions> = {}) =>
	createBuckets({
		hosts: {canaries: ['c1', 'c2'], baseline: ['b1', 'b2']},
		lagMs: 5000,
		exposureUnit: 'host-seconds',
		distinctRequests: false,
		...more,
	});

const say = (buckets: Buckets, seconds: number, place: Place, counts = true, request: string | null = null) =>
	buckets.add({at: start + seconds * 1000, request}, place, counts);
const closeAt = (buckets: Buckets, seconds: number, troubles: {log: string | null; exposure: string | null} = readable) =>
	buckets.close(start + seconds * 1000, troubles);
const brief = ({at, canary, baseline}: Bucket) =>
	[
		(Date.parse(at) - start) / 1000,
		'missing' in canary ? 'missing' : Object.values(canary.hosts).map(({count}) => count),
		'missing' in baseline ? 'missing' : baseline.count,
	] as const;

test('counts are exact, host by host on the canaries and as one on the baseline', t => {
	const buckets = make();
	for (const second of [0, 1, 2]) say(buckets, second, c1);
	say(buckets, 3, c2, false);
	for (const second of [1, 2, 3, 4]) say(buckets, second, b1);
	say(buckets, 9.999, b2);
	say(buckets, 10, b2);
	say(buckets, 30, c2, false);
	say(buckets, 30, b1, false);
	t.deepEqual(
		closeAt(buckets, 31).map(({bucket}) => bucket),
		[
			{
				at: '2026-03-02T10:00:00.000Z',
				canary: {hosts: {c1: {count: 3, exposure: 10}, c2: {count: 0, exposure: 10}}},
				baseline: {count: 5, exposure: 20},
			},
			{
				at: '2026-03-02T10:00:10.000Z',
				canary: {hosts: {c1: {count: 0, exposure: 10}, c2: {count: 0, exposure: 10}}},
				baseline: {count: 1, exposure: 20},
			},
		],
	);
});

test('a bucket closes when both arms are past its end and the lag allowance, not before', t => {
	const buckets = make();
	say(buckets, 1, c1);
	say(buckets, 1, b1);
	say(buckets, 15, b1);
	t.deepEqual(closeAt(buckets, 15), []);
	say(buckets, 14.999, c1);
	t.deepEqual(closeAt(buckets, 15), []);
	say(buckets, 15, c1);
	t.deepEqual(
		closeAt(buckets, 15).map(({bucket}) => brief(bucket)),
		[[0, [1, 0], 1]],
	);
	t.deepEqual(closeAt(buckets, 15), []);
});

test('a silent canary arm is missing, not 0', t => {
	const buckets = make();
	say(buckets, 1, c1);
	for (let second = 0; second <= 80; second += 5) say(buckets, second, b1);
	const closed = closeAt(buckets, 80).map(({bucket}) => bucket);
	t.deepEqual(closed.map(brief), [
		// It spoke in the first one, so that one is known.
		[0, [1, 0], 2],
		[10, 'missing', 2],
		[20, 'missing', 2],
		[30, 'missing', 2],
	]);
	t.deepEqual(closed[1]?.canary, {missing: 'no line from the canaries (c1, c2) since 2026-03-02T10:00:01.000Z'});
});

test('both arms silent are missing as the clock goes on', t => {
	const buckets = make();
	t.deepEqual(closeAt(buckets, 0), []);
	const closed = closeAt(buckets, 60, {log: '/x/error.log is gone since 10:00', exposure: null});
	t.deepEqual(
		closed.map(({bucket}) => brief(bucket)),
		[
			[0, 'missing', 'missing'],
			[10, 'missing', 'missing'],
		],
	);
	t.deepEqual(closed[0]?.bucket.canary, {missing: '/x/error.log is gone since 10:00'});
});

test('an arm that speaks again soon was quiet; one that speaks again late was not heard', t => {
	const buckets = make();
	say(buckets, 1, c1);
	for (let second = 0; second <= 1500; second += 5) say(buckets, second, b1, false);
	t.is(closeAt(buckets, 100).filter(({bucket}) => 'missing' in bucket.canary).length, 145);
	say(buckets, 120, c1);
	const healed = closeAt(buckets, 120);
	t.deepEqual(
		healed.map(({bucket, revision}) => [...brief(bucket), revision]),
		[...Array.from({length: 11}, (_, index) => [10 + index * 10, [0, 0], 0, 2]), [120, [1, 0], 0, 2]],
	);
	say(buckets, 1400, c1);
	t.deepEqual(
		closeAt(buckets, 1500).map(({bucket}) => brief(bucket)),
		[[1400, [1, 0], 0]],
	);
});

test('a silence while the log could not be read never becomes quiet', t => {
	const buckets = make();
	say(buckets, 1, c1);
	say(buckets, 1, b1);
	closeAt(buckets, 70, {log: '/x/error.log is gone', exposure: null});
	say(buckets, 80, c1);
	say(buckets, 80, b1);
	closeAt(buckets, 95);
	say(buckets, 96, c1);
	say(buckets, 96, b1);
	closeAt(buckets, 97);
	t.deepEqual(buckets.since(start).map(brief), [
		[0, [1, 0], 1],
		[10, 'missing', 'missing'],
		[20, 'missing', 'missing'],
		[30, [0, 0], 0],
		[40, [0, 0], 0],
		[50, [0, 0], 0],
		[60, [0, 0], 0],
		[70, [0, 0], 0],
		[80, [1, 0], 1],
	]);
});

test('a late line makes its bucket anew, with the next revision', t => {
	const buckets = make();
	for (const second of [1, 11, 21, 40]) for (const place of [c1, b1]) say(buckets, second, place);
	t.deepEqual(
		closeAt(buckets, 40).map(({revision}) => revision),
		[1, 1, 1],
	);
	say(buckets, 12, c2);
	t.deepEqual(
		closeAt(buckets, 41).map(({bucket, revision}) => [...brief(bucket), revision]),
		[[10, [1, 1], 1, 2]],
	);
	// A line that does not count proves life and changes nothing.
	say(buckets, 12, c2, false);
	t.deepEqual(closeAt(buckets, 41), []);
});

test('distinct requests are counted once a host and bucket; lines without one count each', t => {
	const buckets = make({distinctRequests: true});
	for (const request of ['a', 'a', 'b', null, null]) say(buckets, 1, c1, true, request);
	say(buckets, 1, c2, true, 'a');
	say(buckets, 11, c1, true, 'a');
	for (const request of ['a', 'a', 'b']) say(buckets, 2, b1, true, request);
	for (const place of [c1, b1]) say(buckets, 40, place, false);
	t.deepEqual(buckets.since(start), []);
	closeAt(buckets, 40);
	t.deepEqual(buckets.since(start).slice(0, 2).map(brief), [
		[0, [4, 1], 2],
		[10, [1, 0], 0],
	]);
});

test('more distinct requests than are told apart count as lines, and the bucket says so', t => {
	const buckets = make({distinctRequests: true});
	for (let index = 0; index < distinctIdsMax; index += 1) say(buckets, 1, c1, true, `id ${index}`);
	for (const request of ['id 0', 'new', 'new']) say(buckets, 1, c1, true, request);
	say(buckets, 1, b1, false);
	for (const place of [c1, b1]) say(buckets, 20, place, false);
	const [closed] = closeAt(buckets, 20);
	t.deepEqual(closed && brief(closed.bucket), [0, [distinctIdsMax + 2, 0], 0]);
	t.regex(closed?.note ?? '', /More than 10000 distinct requests/);
});

test('exposure is counted from the requests log, and its silence makes the arm missing', t => {
	const buckets = make({exposureUnit: 'requests'});
	const ask = (second: number, place: Place) => buckets.addRequest(start + second * 1000, place);
	for (const second of [1, 20, 40]) for (const place of [c1, b1]) say(buckets, second, place, second === 1);
	for (const second of [1, 2, 3]) ask(second, c1);
	for (const second of [4, 5]) ask(second, c2);
	for (const second of [1, 2, 3, 4, 5, 15, 25, 40]) ask(second, b1);
	const closed = closeAt(buckets, 56, {log: null, exposure: '/x/requests.log is gone since 10:00'}).map(({bucket}) => bucket);
	t.deepEqual(closed, [
		{
			at: '2026-03-02T10:00:00.000Z',
			canary: {hosts: {c1: {count: 1, exposure: 3}, c2: {count: 0, exposure: 2}}},
			baseline: {count: 1, exposure: 5},
		},
		{at: '2026-03-02T10:00:10.000Z', canary: {missing: '/x/requests.log is gone since 10:00'}, baseline: {count: 0, exposure: 1}},
	]);
});

test('history is bounded, and older lines are counted as too old', t => {
	const buckets = make({historyMs: 60_000});
	for (let second = 0; second <= 600; second += 5) for (const place of [c1, b1]) say(buckets, second, place);
	closeAt(buckets, 600);
	t.is(buckets.since(start).length, 5);
	say(buckets, 100, c1);
	t.is(buckets.tooOld(), 1);
});

test('a clock that was a year ahead for a while leaves nothing behind, and nothing is lost', t => {
	const buckets = make();
	for (const second of [1, 20]) for (const place of [c1, b1]) say(buckets, second, place);
	closeAt(buckets, 20);
	t.true(closeAt(buckets, 365 * 86_400).length <= 1080);
	for (const second of [31, 50]) for (const place of [c1, b1]) say(buckets, second, place);
	closeAt(buckets, 50);
	t.deepEqual(buckets.since(start).map(brief), [
		[0, [1, 0], 1],
		[10, [0, 0], 0],
		[20, [1, 0], 1],
		[30, [1, 0], 1],
	]);
});

test('without any line, memory stays bounded for as long as the clock runs', t => {
	const buckets = make({historyMs: 60_000});
	for (let second = 0; second < 100_000; second += 100) closeAt(buckets, second);
	t.true(buckets.since(0).length < 30);
});

test('the sum over all buckets is the number of lines that count, in whatever order and chunks they come', t => {
	const line = fc.record({
		second: fc.integer({min: 0, max: 3000}),
		place: fc.constantFrom(c1, c2, b1, b2),
		counts: fc.boolean(),
		closes: fc.boolean(),
	});
	fc.assert(
		fc.property(fc.array(line, {maxLength: 200}), lines => {
			const buckets = make();
			let newest = 0;
			const last = new Map<string, Bucket>();
			const close = (second: number) => {
				for (const {bucket} of closeAt(buckets, second)) last.set(bucket.at, bucket);
			};
			for (const {second, place, counts, closes} of lines) {
				say(buckets, second, place, counts);
				newest = Math.max(newest, second);
				if (closes) close(newest);
			}
			close(newest + 60);
			const sum = {c1: 0, c2: 0, baseline: 0};
			for (const {canary, baseline} of last.values()) {
				if (!('missing' in canary)) {
					sum.c1 += canary.hosts['c1']?.count ?? 0;
					sum.c2 += canary.hosts['c2']?.count ?? 0;
				}
				if (!('missing' in baseline)) sum.baseline += baseline.count;
			}
			const written = (of: (place: Place) => boolean) => lines.filter(({counts, place}) => counts && of(place)).length;
			t.deepEqual(sum, {
				c1: written(place => place === c1),
				c2: written(place => place === c2),
				baseline: written(({arm}) => arm === 'baseline'),
			});
			t.deepEqual(
				buckets.since(0),
				[...last.values()].sort((a, b) => (a.at < b.at ? -1 : 1)),
			);
		}),
		{numRuns: 100},
	);
});
