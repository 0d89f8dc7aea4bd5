import test from 'ava';
import fc from 'fast-check';
import {countInterval, firstOver, largestExplained, referenceOf} from '../../reports/reference.ts';
import {bucketsOf, on, story2015} from '../helpers/story-2015.ts';

const [errors] = story2015.readings;

/** P(X >= count) for a Poisson mean, summed the slow and certain way. */
function tail(mean: number, count: number): number {
	let term = Math.exp(-mean);
	let below = 0;
	for (let index = 0; index < count; index += 1) {
		below += term;
		term *= mean / (index + 1);
	}
	return 1 - below;
}

test('the interval of a count is that of the exact tables', t => {
	// Garwood 95 % limits from the usual tables: 0: 0-3.69, 1: 0.03-5.57, 10: 4.80-18.39, 100: 81.4-121.6.
	for (const [count, low, high] of [
		[0, 0, 3.69],
		[1, 0.03, 5.57],
		[10, 4.8, 18.39],
		[100, 81.36, 121.63],
	] as const) {
		const limits = countInterval(count);
		t.true(Math.abs(limits.low - low) < 0.05, `low of ${count}: ${limits.low}`);
		t.true(Math.abs(limits.high - high) < 0.08, `high of ${count}: ${limits.high}`);
	}
});

test('a mean explains all but one count in 10,000', t => {
	fc.assert(
		fc.property(fc.double({min: 0, max: 400, noNaN: true}), mean => {
			const largest = largestExplained(mean);
			t.true(tail(mean, largest + 1) <= 0.000_11, `${mean}: ${largest}`);
			if (largest > 1) t.true(tail(mean, largest) > 0.000_09, `${mean}: ${largest} is not the smallest`);
		}),
		{numRuns: 200},
	);
	t.true(largestExplained(10_000) > 10_350 && largestExplained(10_000) < 10_400);
});

test('the rate before the change is the reference, and the baseline only where nothing was stored before', t => {
	if (errors === undefined) return t.fail('the story has a signal');
	const exposure = {liveAt: on('15:13:00'), everywhereAt: null};
	const before = referenceOf(errors, exposure);
	t.like(before, {from: 'before'});
	const after = referenceOf({...errors, buckets: errors.buckets.filter(({at}) => at >= on('15:13:00'))}, exposure);
	t.like(after, {from: 'baseline'});
	const none = {...errors, buckets: errors.buckets.map(({at}) => ({at, canary: {missing: 'gone'}, baseline: {missing: 'gone'}}))};
	t.true('missing' in referenceOf(none, exposure));
	return undefined;
});

test('the first bucket over the limit is the first bad one, and a quiet day has none', t => {
	if (errors === undefined) return t.fail('the story has a signal');
	const exposure = {liveAt: on('15:12:51'), everywhereAt: null};
	const over = (signal: typeof errors) => {
		const reference = referenceOf(signal, exposure);
		return 'missing' in reference ? reference : firstOver(signal, reference, exposure);
	};
	t.is(over(errors), on('15:13:10'));
	t.is(over({...errors, buckets: bucketsOf(() => false)}), null);
	return undefined;
});
