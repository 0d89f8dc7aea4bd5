import test from 'ava';
import fc from 'fast-check';
import {chartSvg} from '../../reports/chart.ts';
import {axisOf, timeTicks} from '../../reports/chart-axis.ts';
import {on, story2015} from '../helpers/story-2015.ts';

const [errors] = story2015.readings;
const options = {title: 'errors', marks: [{at: on('15:13:07'), label: 'canaries', kind: 'stage'}], width: 760} as const;

test('a chart has zero on its axis, units, UTC times, its marks, and words for those who cannot see it', t => {
	if (errors === undefined) return t.fail('the story has a signal');
	const svg = chartSvg(errors, options);
	t.regex(svg, />0<\/text>/);
	t.regex(svg, /errors in 1,000 requests, by 10 s, UTC/);
	t.regex(svg, />15:14<\/text>/);
	t.regex(svg, />canaries<\/text>/);
	t.regex(svg, /<desc>[^<]*Canaries at most \d+\.\d at 15:1[345]:\d\d, when the baseline was \d\.\d\. Buckets without a reading: 1\./);
	t.notRegex(svg, /style=|<script|NaN|Infinity/);
	return undefined;
});

test('a missing bucket is a gap in the line', t => {
	if (errors === undefined) return t.fail('the story has a signal');
	const lines = (buckets: typeof errors.buckets) => chartSvg({...errors, buckets}, options).split('class="chart-canary"').length - 1;
	t.is(lines(errors.buckets), 2);
	t.is(lines(errors.buckets.filter(({at}) => at < on('15:16:40'))), 1);
	t.is(lines(errors.buckets.filter(({at}) => at < on('15:16:40') && at !== on('15:10:00'))), 2, 'one that was never stored too');
});

test('no reading at all is said, not drawn as zero', t => {
	if (errors === undefined) return t.fail('the story has a signal');
	const svg = chartSvg({...errors, buckets: [{at: on('15:13:00'), canary: {missing: 'gone'}, baseline: {missing: 'gone'}}]}, options);
	t.regex(svg, /no reading of both arms/);
	t.notRegex(svg, /chart-canary/);
	return undefined;
});

test('hostile labels are text', t => {
	if (errors === undefined) return t.fail('the story has a signal');
	const svg = chartSvg(
		{...errors, counts: '<script>'},
		{...options, title: '"><script>', marks: [{at: on('15:13:07'), label: '</text><b>\u202E', kind: 'stage'}]},
	);
	t.notRegex(svg, /<script|<b>|\u202E/);
	return undefined;
});

test('an axis begins at zero, holds its highest value and has few round steps', t => {
	fc.assert(
		fc.property(fc.double({min: 1e-6, max: 1e9, noNaN: true}), highest => {
			const {max, ticks} = axisOf(highest);
			t.true(max >= highest * (1 - 1e-6), `${highest}: ${max}`);
			t.is(ticks[0]?.value, 0);
			t.true(ticks.length >= 2 && ticks.length <= 7, `${highest}: ${ticks.length} ticks`);
		}),
	);
});

test('time ticks are round and no more than asked for', t => {
	t.deepEqual(
		timeTicks(Date.parse(on('15:12:51')), Date.parse(on('15:16:05')), 4).map(({label}) => label),
		['15:13', '15:14', '15:15', '15:16'],
	);
	t.deepEqual(
		timeTicks(Date.parse(on('15:12:51')), Date.parse(on('15:13:41')), 4).map(({label}) => label),
		['15:13:00', '15:13:20', '15:13:40'],
	);
});
