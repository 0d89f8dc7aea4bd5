import test from 'ava';
import fc from 'fast-check';
import type {Bucket} from '../../../../gate/facts.ts';
import {type BucketBook, bucketBook, type Window} from '../../../../server/integrations/polled/bucket-book.ts';

const start = Date.parse('2026-03-02T10:00:00.000Z');
const ms = (second: number) => start + second * 1000;
const bucket = (atMs: number, count = 0): Bucket => ({
	at: new Date(atMs).toISOString(),
	canary: {hosts: {c1: {count, exposure: 10}}},
	baseline: {count: 0, exposure: 10},
});
const bucketsOf = ({fromMs, toMs}: Window, count = 0): Bucket[] =>
	Array.from({length: (toMs - fromMs) / 10_000}, (_, index) => bucket(fromMs + index * 10_000, count));
const seconds = ({fromMs, toMs}: Window) => [(fromMs - start) / 1000, (toMs - start) / 1000];
const reasonAt = (book: BucketBook, second: number) => {
	const found = book.since(ms(second))[0];
	return found && 'missing' in found.canary ? found.canary.missing : found && 'read';
};
/** Answers everything that is asked for, as of now. */
function readAll(book: BucketBook, second: number): void {
	book.put(bucketsOf(book.next(ms(second), false)), ms(second));
	for (let page = book.page(ms(second)); page !== null; page = book.page(ms(second))) book.put(bucketsOf(page), ms(second));
	book.close(ms(second), null);
}

test('at first ten minutes are asked for, and older ones by pages, newest first', t => {
	const book = bucketBook({lagMs: 5000});
	const window = book.next(ms(0), false);
	t.deepEqual(seconds(window), [-580, 20]);
	book.put(bucketsOf(window), ms(0));
	const pages: number[][] = [];
	for (let page = book.page(ms(0)); page !== null; page = book.page(ms(0))) {
		pages.push(seconds(page));
		book.put(bucketsOf(page), ms(0));
	}
	t.deepEqual(pages, [
		[-1180, -580],
		[-1780, -1180],
		[-1800, -1780],
	]);
});

test('afterwards only what is not closed yet and what late data may change', t => {
	const book = bucketBook({lagMs: 5000});
	readAll(book, 0);
	t.deepEqual(seconds(book.next(ms(5), false)), [-30, 20]);
	t.deepEqual(seconds(book.next(ms(5), true)), [-580, 20]);
	t.is(book.page(ms(5)), null);
});

test('a bucket is closed when both arms are known beyond its end and the lag, and not with half of it', t => {
	const book = bucketBook({lagMs: 5000});
	readAll(book, 5);
	book.put([bucket(ms(0), 3)], ms(14));
	t.deepEqual(book.close(ms(14), null), []);
	book.put([bucket(ms(0), 4)], ms(15));
	t.deepEqual(book.close(ms(15), null), [{bucket: bucket(ms(0), 4), revision: 1}]);
	t.deepEqual(book.close(ms(15), null), []);
	book.put([bucket(ms(0), 4)], ms(20));
	t.deepEqual(book.close(ms(20), null), [], 'the same again is no news');
	book.put([bucket(ms(0), 5)], ms(20));
	t.deepEqual(book.close(ms(20), null), [{bucket: bucket(ms(0), 5), revision: 2}]);
});

test('what was read in part and never again is missing, with the reason, and is asked for until it is read', t => {
	const book = bucketBook({lagMs: 5000});
	readAll(book, 5);
	book.put([bucket(ms(0), 3)], ms(8));
	t.deepEqual(book.close(ms(44), 'it is away'), []);
	t.is(book.close(ms(45), 'it is away').length, 1);
	t.is(reasonAt(book, 0), 'it is away');
	t.deepEqual(book.close(ms(46), 'it is still away'), [], 'another reason is no news');
	t.deepEqual(seconds(book.next(ms(300), false)), [0, 320]);
	t.deepEqual(seconds(book.next(ms(900), false)), [320, 920]);
	t.deepEqual(seconds(book.page(ms(900)) ?? {fromMs: 0, toMs: 0}), [-280, 320]);
	book.put([bucket(ms(0), 3)], ms(900));
	t.like(book.close(ms(900), null), [{revision: 2}]);
	t.is(reasonAt(book, 0), 'read');
});

test('a clock that jumps ahead and comes back leaves no buckets of times that have not come', t => {
	const book = bucketBook({lagMs: 5000});
	readAll(book, 0);
	book.close(ms(86_400), 'it is away');
	book.close(ms(20), null);
	t.true(book.since(ms(-100_000)).every(({at}) => Date.parse(at) <= ms(40)));
	readAll(book, 40);
	t.is(reasonAt(book, 20), 'read');
});

test('whatever comes when, no window is longer than ten minutes, none ends in the past, and memory is bounded', t => {
	const step = fc.record({passes: fc.integer({min: 0, max: 4000}), answers: fc.boolean(), isLong: fc.boolean(), pages: fc.nat({max: 3})});
	fc.assert(
		fc.property(fc.array(step, {maxLength: 30}), steps => {
			const book = bucketBook({lagMs: 5000});
			let second = 0;
			for (const {passes, answers, isLong, pages} of steps) {
				second += passes;
				const window = book.next(ms(second), isLong);
				t.true(window.toMs - window.fromMs <= 600_000 && window.toMs > ms(second) && window.fromMs % 10_000 === 0);
				if (answers) book.put(bucketsOf(window), ms(second));
				for (let page = 0; page < pages; page += 1) {
					const older = book.page(ms(second));
					t.true(older === null || (older.toMs - older.fromMs <= 600_000 && older.fromMs < older.toMs));
					if (older !== null) book.put(bucketsOf(older), ms(second));
				}
				const closed = book.close(ms(second), answers ? null : 'it is away');
				const times = closed.map(({bucket: {at}}) => at);
				t.deepEqual(times, [...times].sort());
				t.true(book.since(Number.NEGATIVE_INFINITY).length <= 1081);
			}
		}),
	);
});
