import test from 'ava';
import fc from 'fast-check';
import type {Bucket} from '../../gate/facts.ts';
import {sparkSteps, sparkSvg} from '../../reports/spark.ts';

const from = '2026-03-02T10:00:00.000Z';
const to = '2026-03-02T10:30:00.000Z';
const options = {title: 'errors', from, to, bucketMs: 10_000, width: 360, height: 48};

const bucket = (second: number, canary: number | null, baseline: number | null = 1): Bucket => ({
	at: new Date(Date.parse(from) + second * 1000).toISOString(),
	canary: canary === null ? {missing: 'rotated'} : {hosts: {c1: {count: canary, exposure: 10}}},
	baseline: baseline === null ? {missing: 'rotated'} : {count: baseline, exposure: 10},
});
const half = Array.from({length: 180}, (_, index) => bucket(index * 10, 2));
const lines = (svg: string, arm: string): number =>
	(new RegExp(`class="chart-${arm}" d="([^"]*)"`).exec(svg)?.[1] ?? '').split('M').length - 1;

test('both arms are one line each where everything was read', t => {
	const svg = sparkSvg(half, options);
	t.is(lines(svg, 'canary'), 1);
	t.is(lines(svg, 'baseline'), 1);
	t.regex(svg, /<desc>10:00:00 to 10:30:00 UTC\. No gap\.<\/desc>/);
	t.notRegex(svg, /spark-gap|NaN|Infinity/);
});

test('what was not read is a gap, never a zero and never a line through it', t => {
	const svg = sparkSvg(
		half.filter(({at}) => at < '2026-03-02T10:10' || at >= '2026-03-02T10:15'),
		options,
	);
	t.is(lines(svg, 'canary'), 2);
	t.regex(svg, /spark-gap/);
	t.regex(svg, /Not read in 10 of 60 steps/);
	const oneArm = sparkSvg(
		half.map((one, index) => (index === 30 || index === 31 || index === 32 ? bucket(index * 10, null) : one)),
		options,
	);
	t.is(lines(oneArm, 'canary'), 2);
	t.is(lines(oneArm, 'baseline'), 1);
	t.regex(oneArm, /Not read in 1 of 60 steps/);
});

test('nothing at all is a gap from end to end', t => {
	const svg = sparkSvg([], options);
	t.is(lines(svg, 'canary'), 0);
	t.regex(svg, /Not read in 60 of 60 steps/);
	t.is(sparkSvg([], {...options, to: from}).includes('NaN'), false);
});

test('a bucket longer than a step makes longer steps, not gaps', t => {
	const minutes = Array.from({length: 30}, (_, index) => bucket(index * 60, 1));
	t.is(sparkSteps(minutes, {from, to, bucketMs: 60_000}).length, 30);
	t.regex(sparkSvg(minutes, {...options, bucketMs: 60_000}), /No gap/);
});

test('whatever the counts are, the line stays inside its drawing and the text small', t => {
	const amount = fc.oneof(fc.constant(null), fc.nat(), fc.double({min: 0, max: 1e9, noNaN: true}));
	fc.assert(
		fc.property(fc.array(fc.tuple(amount, amount), {maxLength: 180}), pairs => {
			const svg = sparkSvg(
				pairs.map(([canary, baseline], index) => bucket(index * 10, canary, baseline)),
				options,
			);
			const heights = [...svg.matchAll(/V(-?[\d.]+)/g)].map(([, y]) => Number(y));
			t.true(heights.every(y => y >= 0 && y <= 48));
			t.notRegex(svg, /NaN|Infinity/);
			t.true(svg.length < 5000);
		}),
	);
});

test('hostile text is text', t => {
	t.notRegex(sparkSvg(half, {...options, title: '<script>alert(1)</script>'}), /<script/);
});
