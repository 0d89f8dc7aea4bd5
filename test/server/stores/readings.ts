import test from 'ava';
import fc from 'fast-check';
import type {Bucket} from '../../../gate/facts.ts';
import type {Database} from '../../../server/stores/database.ts';
import {foldBuckets} from '../../../server/stores/fold-buckets.ts';
import {type NewReading, readingStore} from '../../../server/stores/readings.ts';
import {at, onEachDatabase} from '../../helpers/store.ts';

const key = {service: 'app', signal: 'errors'};
const missing = {missing: 'the log could not be read'};
const bucket = (second: number, canary: number | null, baseline: number | null = 1): Bucket => ({
	at: new Date(Date.parse(at) + second * 1000).toISOString(),
	canary: canary === null ? missing : {hosts: {c1: {count: canary, exposure: 10}}},
	baseline: baseline === null ? missing : {count: baseline, exposure: 30},
});
const readingsOf = (buckets: readonly Bucket[]): NewReading[] => buckets.map(one => ({...key, bucketMs: 10_000, bucket: one}));
const put = (database: Database, buckets: readonly Bucket[], recordedAt = at) =>
	database.transact(({sql}) => readingStore(sql).put(readingsOf(buckets), recordedAt));
const all = (database: Database) => readingStore(database.read).between('app', 'errors', at, '2026-03-03T00:00:00.000Z');
const revisions = async (database: Database): Promise<number[]> =>
	(await database.read('readings').orderBy('bucket_at')).map((row: {revision: number}) => row.revision);

onEachDatabase(
	'two processes that read the same log store one reading, and its revision counts the changes alone',
	async (t, database, {open}) => {
		const other = await open();
		const buckets = [bucket(0, 1), bucket(10, 2)];
		await put(database, buckets);
		await put(other, buckets, '2026-03-02T10:00:20.000Z');
		t.deepEqual(await revisions(database), [1, 1]);
		await put(other, [bucket(0, 1), bucket(10, 3)], '2026-03-02T10:00:30.000Z');
		t.deepEqual(await revisions(database), [1, 2]);
		t.deepEqual(await all(database), {bucketMs: 10_000, buckets: [bucket(0, 1), bucket(10, 3)]});
	},
);

onEachDatabase('what one process cannot read takes nothing from what another one read', async (t, database) => {
	await put(database, [bucket(0, 4), bucket(10, null, null)]);
	await put(database, [bucket(0, null, 2), bucket(10, 5, 6)]);
	t.deepEqual((await all(database)).buckets, [bucket(0, 4, 2), bucket(10, 5, 6)]);
});

onEachDatabase('a thousand buckets at once, one of them twice, are stored each once', async (t, database) => {
	const buckets = Array.from({length: 1000}, (_, index) => bucket(index * 10, index));
	await put(database, [...buckets, bucket(0, 77)]);
	const stored = (await all(database)).buckets;
	t.is(stored.length, 1000);
	t.deepEqual(stored[0], bucket(0, 77));
	t.deepEqual(await readingStore(database.read).signals(), [key]);
	t.is(await readingStore(database.read).countSince(key, bucket(5000, 0).at), 500);
});

const before = '2026-03-02T10:10:00.000Z';
const fold = (database: Database, pinned: {from: string; to: string}[] = [], rowsMax = 600) =>
	database.transact(({sql}) => readingStore(sql).fold(key, before, async () => pinned, rowsMax));

onEachDatabase('old readings become one a minute, whose counts are the sums, and folding again changes nothing', async (t, database) => {
	await put(
		database,
		Array.from({length: 66}, (_, index) => bucket(index * 10, 1, 2)),
	);
	t.false(await fold(database));
	const once = await database.read('readings').orderBy('bucket_at');
	// Ten minutes are older; the eleventh is not.
	t.deepEqual(
		once.map((row: {bucket_ms: number}) => row.bucket_ms),
		[...new Array(10).fill(60_000), ...new Array(6).fill(10_000)],
	);
	const {bucketMs, buckets} = await all(database);
	t.is(bucketMs, 60_000);
	t.is(buckets.length, 11);
	t.deepEqual(buckets[0], {at, canary: {hosts: {c1: {count: 6, exposure: 60}}}, baseline: {count: 12, exposure: 180}});
	t.false(await readingStore(database.read).isFoldable(key, before));
	t.false(await fold(database));
	t.deepEqual(await database.read('readings').orderBy('bucket_at'), once);
	// A line that comes after that changes no folded minute.
	await put(database, [bucket(10, 9)]);
	t.deepEqual(await database.read('readings').orderBy('bucket_at'), once);
});

onEachDatabase('small batches fold the same as one, and stop where they are told', async (t, database) => {
	await put(
		database,
		Array.from({length: 66}, (_, index) => bucket(index * 10, 1, 2)),
	);
	const answers: boolean[] = [];
	while (await readingStore(database.read).isFoldable(key, before)) answers.push(await fold(database, [], 14));
	t.deepEqual(answers, [true, true, true, true, false]);
	t.is(
		(await all(database)).buckets.reduce((sum, {baseline}) => sum + ('count' in baseline ? baseline.count : 0), 0),
		132,
	);
});

onEachDatabase('the minutes that an incident needs stay as they are', async (t, database) => {
	await put(
		database,
		Array.from({length: 36}, (_, index) => bucket(index * 10, 1)),
	);
	await fold(database, [{from: '2026-03-02T10:01:30.000Z', to: '2026-03-02T10:03:00.000Z'}]);
	const rows: {bucket_ms: number}[] = await database.read('readings').orderBy('bucket_at');
	t.deepEqual(
		rows.map(row => row.bucket_ms / 1000),
		[60, ...new Array(12).fill(10), 60, 60, 60],
	);
});

test('a folded bucket counts what both arms know of, and is missing only where nothing is known', t => {
	const whole = {at, canary: {hosts: {c1: {count: 3, exposure: 20}}}, baseline: {count: 4, exposure: 60}};
	t.deepEqual(foldBuckets(at, [bucket(0, 1, 2), bucket(10, null, 9), bucket(20, 2, 2)]), whole);
	t.deepEqual(foldBuckets(at, [bucket(0, null, 2), bucket(10, null, 3)]), {at, canary: missing, baseline: {count: 5, exposure: 60}});
	t.deepEqual(foldBuckets(at, [bucket(0, null, null)]), {at, canary: missing, baseline: missing});
});

test('folding loses no count where nothing is missing', t => {
	const count = fc.record({count: fc.nat(1000), exposure: fc.nat(1000)});
	const arms = fc.array(fc.record({c1: count, c2: count, baseline: count}), {minLength: 1, maxLength: 6});
	fc.assert(
		fc.property(arms, several => {
			const {canary, baseline} = foldBuckets(
				at,
				several.map(({c1, c2, baseline}) => ({at, canary: {hosts: {c1, c2}}, baseline})),
			);
			const sum = (pick: (one: (typeof several)[number]) => number): number => several.reduce((total, one) => total + pick(one), 0);
			t.deepEqual(canary, {
				hosts: {
					c1: {count: sum(({c1}) => c1.count), exposure: sum(({c1}) => c1.exposure)},
					c2: {count: sum(({c2}) => c2.count), exposure: sum(({c2}) => c2.exposure)},
				},
			});
			t.deepEqual(baseline, {count: sum(one => one.baseline.count), exposure: sum(one => one.baseline.exposure)});
		}),
		{numRuns: 100},
	);
});
