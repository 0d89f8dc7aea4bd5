import test from 'ava';
import fc from 'fast-check';
import type {Bucket, Facts, Look, Signal} from '../../../gate/facts.ts';
import {canaryErrors} from '../../../gate/rules/canary-errors.ts';
import {after, buckets, factsWith, quietDay, signal} from '../../helpers/quiet-day.ts';
import {poisson, seeded} from '../../helpers/seeded-counts.ts';

const defaults = {
	test: 'sequential',
	alpha: 0.01,
	beta: 0.05,
	rho_bad: 3,
	rho_ok: 1,
	absolute_limit: 0.001,
	missing_max: 0.2,
	wait: 20_000,
	count: 10,
	fold: 0,
	fold_floor: 3,
};
const ratioOnly = {absolute_limit: 0};

const quietLook: Look = {
	startedAt: after(0),
	harmFrom: after(0),
	canaries: [
		{host: 'c1', since: after(0), by: 'call'},
		{host: 'c2', since: after(0), by: 'call'},
	],
	baseline: ['b1', 'b2'],
	final: false,
};

const lookWith = (more: Partial<Look>): Look => ({...quietLook, ...more});
const withBuckets = (list: Bucket[], more: Partial<Facts> = {}): Facts => factsWith({signals: [signal({buckets: list})], ...more});

function judge(facts: Facts, limits: Partial<typeof defaults> = {}) {
	const [first, ...rest] = canaryErrors.check(facts, {...defaults, ...limits});
	if (!first) throw new Error('the rule said nothing');
	return {...first, undecided: first.undecided === true, rest};
}

const outcome = (facts: Facts, limits: Partial<typeof defaults> = {}) => judge(facts, limits).outcome;

test('the defaults are those that the rule declares', t => {
	t.deepEqual(Object.fromEntries(Object.entries(canaryErrors.limits).map(([name, spec]) => [name, spec.default])), defaults);
});

test('passes on a quiet day, with the numbers in words and for machines', t => {
	const found = judge(quietDay);
	t.is(found.outcome, 'pass');
	t.is(found.because, '0 errors in 6,000 requests on canaries; baseline 30 in 60,000: 3x excluded');
	t.like(found.data, {
		perSignal: [{counts: {canary: 0, baseline: 30}, exposures: {canary: 6000, baseline: 60_000}, ratio: 0, eSafeLimit: 20, neededMs: 0}],
	});
});

test('rolls back when every canary fails, and says so within one line', t => {
	const found = judge(withBuckets(buckets(() => 1)));
	t.is(found.outcome, 'rollback');
	t.is(found.because, '60 errors in 6,000 requests on canaries; baseline 30 in 60,000: 20x');
	t.true(found.because.length < 100);
	t.regex(found.remedy ?? '', /^signalbox rollback --service app --plan/);
	t.truthy(found.evidence?.some(({text}) => text.startsWith('without c1, the worst host, it stands')));
	t.truthy(found.evidence?.some(({text}) => text.includes('file:/var/log/app/error.log')));
});

test('rolls back within six looks, and until each host alone would do says that it leans on one', t => {
	t.is(outcome(withBuckets(buckets(() => 1, 6))), 'rollback');
	const early = judge(withBuckets(buckets(() => 1, 3)));
	t.like(early, {outcome: 'warn', undecided: true});
	t.regex(early.remedy ?? '', /lean the same way.*depool c1/);
});

test('one hot host of two is a warning that names it, and the others are proven safe', t => {
	const found = judge(withBuckets(buckets((_, host) => (host === 'c1' ? 1 : 0))));
	t.is(found.outcome, 'warn');
	t.false(found.undecided);
	t.regex(found.because, /^the evidence needs c1: 30 errors in 3,000 requests; without it .* of 100 needed/);
	t.regex(found.remedy ?? '', /^depool c1, .* proven safe$/);
	t.like(found.data, {withoutWorst: {host: 'c1', stands: false}});
});

test('one hot host stays undecided while the others are not proven', t => {
	const found = judge(withBuckets(buckets((_, host) => (host === 'c2' ? 1 : 0), 8)));
	t.is(found.outcome, 'warn');
	t.true(found.undecided);
	t.regex(found.remedy ?? '', /^depool c2/);
});

test('a single canary host cannot be told from the release, so the verdict stands and says so', t => {
	const list = buckets(() => 2).map(bucket => ({...bucket, canary: {hosts: {c1: {count: 2, exposure: 100}}}}));
	const found = judge(withBuckets(list, {look: lookWith({canaries: [{host: 'c1', since: after(0)}]})}));
	t.is(found.outcome, 'rollback');
	t.truthy(found.evidence?.some(({text}) => text.startsWith('a single canary host')));
});

test('too little traffic says what is excluded now and what needs how much longer', t => {
	const found = judge(withBuckets(buckets(() => 0, 9)), ratioOnly);
	t.is(found.outcome, 'warn');
	t.true(found.undecided);
	t.is(found.because, 'too little traffic: 5x excluded; 3x needs 60 s more');
	t.is(outcome(withBuckets(buckets(() => 0, 14)), ratioOnly), 'warn');
	t.is(outcome(withBuckets(buckets(() => 0, 15)), ratioOnly), 'pass');
});

test('as many errors as twice the baseline are undecided, not too little traffic', t => {
	const found = judge(withBuckets(buckets((index, host) => (index % 5 === 0 && host === 'c1' ? 1 : 0), 30)), ratioOnly);
	t.is(found.outcome, 'warn');
	t.true(found.undecided);
	t.regex(found.because, /^undecided: 6 errors in 6,000 requests on canaries; baseline 30 in 60,000: .*3x needs .* more$/);
});

const silentBaseline = (howMany: number, errors = 0) =>
	buckets(index => (index < errors ? 1 : 0), howMany).map(bucket => ({...bucket, baseline: {count: 0, exposure: 2000}}));

test('a silent baseline passes by the absolute limit only, from 3,000 requests on', t => {
	const early = judge(withBuckets(silentBaseline(14)));
	t.is(early.outcome, 'warn');
	t.is(early.because, 'too little traffic: the baseline is silent, under 1 in 1,000 needs 10 s more');
	t.is(outcome(withBuckets(silentBaseline(15))), 'pass');
	t.is(outcome(withBuckets(silentBaseline(30)), ratioOnly), 'warn');
});

test('the absolute limit does not apply where only host-seconds are known', t => {
	const inHostSeconds = signal({buckets: silentBaseline(30), exposureUnit: 'host-seconds'});
	t.is(outcome(factsWith({signals: [inHostSeconds]})), 'warn');
});

test('six errors against a silent baseline of ten times the traffic are harm', t => {
	t.is(outcome(withBuckets(silentBaseline(10, 3))), 'rollback');
});

test('buckets before a host surely ran the new code count as harm but not as safety', t => {
	const late = lookWith({canaries: quietLook.canaries.map(({host}) => ({host, since: after(200)}))});
	const quiet = judge(withBuckets(buckets(), {look: late}), ratioOnly);
	t.is(quiet.outcome, 'warn');
	t.like(quiet.data, {perSignal: [{safety: {exposures: {canary: 2000}}, exposures: {canary: 6000}}]});
	t.is(
		outcome(
			withBuckets(
				buckets(index => (index < 10 ? 1 : 0)),
				{look: late},
			),
		),
		'rollback',
	);
});

test('a bucket that a host began with old code does not count to its safety', t => {
	const look = lookWith({canaries: quietLook.canaries.map(({host}) => ({host, since: after(11)}))});
	const found = judge(
		withBuckets(
			buckets(() => 0, 15),
			{look},
		),
		ratioOnly,
	);
	t.like(found.data, {perSignal: [{safety: {exposures: {canary: 13 * 200}}}]});
});

test('harm from before the previous stage is not this deploy', t => {
	const look = lookWith({harmFrom: after(100)});
	t.is(
		outcome(
			withBuckets(
				buckets(index => (index < 10 ? 5 : 0)),
				{look},
			),
		),
		'pass',
	);
});

test('a host not heard from adds nothing, is named, and keeps the others from passing', t => {
	const look = lookWith({
		canaries: [
			{host: 'c1', since: after(0)},
			{host: 'c2', since: null},
		],
	});
	const found = judge(withBuckets(buckets(), {look}));
	t.is(found.outcome, 'warn');
	t.true(found.undecided);
	t.is(found.because, 'not decided: c2: not heard from since the deploy');
	t.like(found.data, {perSignal: [{safety: {exposures: {canary: 3000}}}]});
});

test('a host without any reading keeps the others from passing; one without traffic is only named', t => {
	const look = lookWith({canaries: [...quietLook.canaries, {host: 'c3', since: after(0)}]});
	t.is(judge(withBuckets(buckets(), {look})).because, 'not decided: c3: no reading since its restart');
	const idle = buckets().map(bucket => ({
		...bucket,
		canary: {hosts: {c1: {count: 0, exposure: 100}, c2: {count: 0, exposure: 100}, c3: {count: 0, exposure: 0}}},
	}));
	const found = judge(withBuckets(idle, {look}));
	t.is(found.outcome, 'pass');
	t.truthy(found.evidence?.some(({text}) => text === 'c3 (no traffic since its restart)'));
});

const lost = (list: Bucket[], from: number, arm: 'canary' | 'baseline'): Bucket[] =>
	list.map((bucket, index) => (index < from ? bucket : {...bucket, [arm]: {missing: 'the file vanished'}}));

test('the newest bucket missing on the canaries is blind, never zero errors', t => {
	const found = judge(withBuckets(lost(buckets(), 29, 'canary'), {look: lookWith({final: true})}));
	t.is(found.outcome, 'unknown');
	t.false(found.undecided);
	t.regex(found.because, /missing from the newest bucket: the file vanished/);
	t.is(found.remedy, 'signalbox doctor --service app');
	t.true(judge(withBuckets(lost(buckets(), 29, 'canary'))).undecided);
});

test('harm already proven rolls back, whatever is missing since', t => {
	t.is(
		outcome(
			withBuckets(
				lost(
					buckets(() => 1),
					20,
					'canary',
				),
			),
		),
		'rollback',
	);
});

test('a bucket missing in one arm is dropped for both and counts against a pass', t => {
	const found = judge(withBuckets(lost(buckets(), 29, 'baseline')));
	t.is(found.outcome, 'warn');
	t.true(found.undecided);
	t.regex(found.because, /newest bucket is missing on the baseline/);
	t.like(found.data, {perSignal: [{exposures: {canary: 5800, baseline: 58_000}, buckets: {usable: 29, missing: 1}}]});
	const holes = buckets().map((bucket, index) => (index % 3 === 0 ? {...bucket, baseline: {missing: 'late'}} : bucket));
	t.regex(judge(withBuckets(holes)).because, /10 of 30 buckets are missing/);
});

test('without a single usable bucket the last look is blind and an earlier one goes on', t => {
	for (const list of [[], lost(buckets(), 0, 'baseline')]) {
		t.like(judge(withBuckets(list)), {outcome: 'warn', undecided: true});
		t.like(judge(withBuckets(list, {look: lookWith({final: true})})), {outcome: 'unknown', undecided: false});
	}
});

test('without a signal or a look nothing can be seen, and that is said', t => {
	t.like(judge(factsWith({signals: []})), {outcome: 'unknown', because: 'no signal is configured for app: nothing can be seen'});
	t.is(outcome(factsWith({signals: [signal({required: false})]})), 'unknown');
	t.is(outcome(factsWith({look: null})), 'unknown');
	t.not(outcome(factsWith({look: lookWith({canaries: []})})), 'pass');
});

test('errors at the edge of a bucket are carried to the requests counted in the next one', t => {
	const split = buckets(() => 0, 30).map((bucket, index) => {
		const one = index % 2 === 0 ? {count: 1, exposure: 0} : {count: 0, exposure: 200};
		return {...bucket, canary: {hosts: {c1: one, c2: one}}};
	});
	t.is(outcome(withBuckets(split)), 'rollback');
});

test('canary errors without any requests counted forbid a pass', t => {
	const list = buckets().map((bucket, index) => ({
		...bucket,
		canary: {
			hosts:
				index === 29
					? {c1: {count: 1, exposure: 0}, c2: {count: 0, exposure: 0}}
					: {c1: {count: 0, exposure: 100}, c2: {count: 0, exposure: 100}},
		},
	}));
	const found = judge(withBuckets(list));
	t.is(found.outcome, 'warn');
	t.regex(found.because, /1 canary errors without any exposure/);
});

const named = (name: string, list: Bucket[], more: Partial<Signal> = {}) => signal({name, buckets: list, ...more});

test('several signals: one that is not safe keeps all from passing, and is named', t => {
	const found = judge(
		factsWith({
			signals: [
				named('errors', buckets()),
				named(
					'jobs',
					buckets(() => 0, 5),
				),
			],
		}),
		ratioOnly,
	);
	t.is(found.outcome, 'warn');
	t.regex(found.because, /^jobs: too little traffic/);
});

test('several signals: harm is the mean of their evidence, so a weak one alone is halved', t => {
	// Two errors on each host of two looks: just over the limit on its own.
	const weak = buckets(() => 0, 30).map((bucket, index) =>
		index === 0 ? {...bucket, canary: {hosts: {c1: {count: 7, exposure: 100}, c2: {count: 7, exposure: 100}}}} : bucket,
	);
	const alone = judge(factsWith({signals: [named('weak', weak)]}));
	const both = judge(factsWith({signals: [named('weak', weak), named('errors', buckets())]}));
	const eHarm = (found: {data?: Readonly<Record<string, unknown>>}) => Number(found.data?.['eHarm']);
	t.true(Math.abs(eHarm(both) / eHarm(alone) - 0.5) < 0.01);
});

test('an optional signal that shows harm warns and does not stop the deploy', t => {
	const optional = named(
		'jobs',
		buckets(() => 1),
		{required: false},
	);
	const found = judge(factsWith({signals: [signal(), optional]}));
	t.is(found.outcome, 'pass');
	t.is(found.rest.length, 1);
	t.like(found.rest[0], {outcome: 'warn'});
	t.regex(found.rest[0]?.because ?? '', /^jobs \(not required\): 60 errors/);
});

test('canaries that always differ are judged against rho_ok', t => {
	const double = buckets((index, host) => (index % 10 === (host === 'c1' ? 0 : 5) ? 1 : 0), 400);
	const end = after(4000);
	t.is(outcome(withBuckets(double, {at: end})), 'rollback');
	t.is(outcome(withBuckets(double, {at: end}), {rho_ok: 2.5, rho_bad: 5}), 'pass');
});

test('plain: waits first, then counts the last window against the limit', t => {
	const plain = {test: 'plain'};
	t.like(judge(withBuckets(buckets(() => 9, 1)), plain), {outcome: 'warn', undecided: true});
	t.is(outcome(quietDay, plain), 'pass');
	t.is(outcome(withBuckets(buckets(index => (index >= 28 ? 3 : 0))), plain), 'rollback');
	t.is(outcome(withBuckets(buckets(index => (index >= 28 ? 2 : 0))), plain), 'pass');
	// Errors that are older than the window are not counted, as in the checks that this rule repeats.
	t.is(outcome(withBuckets(buckets(index => (index < 20 ? 3 : 0))), plain), 'pass');
});

test('plain: fold compares with the baseline now, and leaves one error on a quiet host alone', t => {
	const fold = {test: 'plain', count: 0, fold: 10};
	t.is(outcome(withBuckets(buckets(() => 1)), fold), 'rollback');
	t.is(outcome(withBuckets(buckets((index, host) => (index === 29 && host === 'c1' ? 1 : 0))), fold), 'pass');
	const busy = buckets(() => 1).map(bucket => ({...bucket, baseline: {count: 5, exposure: 2000}}));
	t.is(outcome(withBuckets(busy), fold), 'pass');
});

test('plain: missing is not zero, and nothing to compare with is not a pass', t => {
	t.is(outcome(withBuckets(lost(buckets(), 29, 'canary')), {test: 'plain'}), 'unknown');
	t.is(outcome(quietDay, {test: 'plain', count: 0}), 'unknown');
	t.is(outcome(withBuckets([], {look: lookWith({final: true})}), {test: 'plain'}), 'unknown');
	const look = lookWith({canaries: [{host: 'c1', since: null}]});
	t.not(outcome(withBuckets(buckets(), {look}), {test: 'plain'}), 'pass');
});

test('a whole fleet is simulated through the rule: bad is rolled back soon, good is not, a hot host is not the release', t => {
	const random = seeded(3);
	const play = (rho: (host: string) => number) => {
		const list: Bucket[] = [];
		const hosts = ['c1', 'c2', 'c3', 'c4'];
		for (let look = 0; look < 20; look += 1) {
			list.push({
				at: after(look * 10),
				canary: {hosts: Object.fromEntries(hosts.map(host => [host, {count: poisson(random, 0.25 * rho(host)), exposure: 100}]))},
				baseline: {count: poisson(random, 10), exposure: 4000},
			});
			const found = judge(withBuckets(list, {look: lookWith({canaries: hosts.map(host => ({host, since: after(0)}))})}), ratioOnly);
			if (found.outcome !== 'warn') return found.outcome;
		}
		return 'undecided';
	};
	const share = (wanted: string, rho: (host: string) => number) =>
		Array.from({length: 100}, () => play(rho)).filter(end => end === wanted).length / 100;
	t.true(share('rollback', () => 10) >= 0.99);
	t.true(share('rollback', () => 1) <= 0.03);
	t.true(share('pass', () => 3) <= 0.1);
	t.true(share('rollback', host => (host === 'c2' ? 10 : 1)) <= 0.05);
});

const strange = fc.oneof(
	fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, -1e300, 1e300, Number.MAX_VALUE),
	fc.double(),
	fc.nat(),
);
const reading = fc.record({count: strange, exposure: strange});
const time = fc.oneof(fc.constantFrom('', 'yesterday', '2015-10-26', '+275760-09-13T00:00:00.000Z'), fc.nat({max: 400}).map(after));

test('whatever is in the facts, the rule answers, with finite numbers', t => {
	fc.assert(
		fc.property(
			fc.array(
				fc.record({
					at: time,
					canary: fc.oneof(fc.record({hosts: fc.dictionary(fc.constantFrom('c1', 'c2', 'c3'), reading)}), fc.constant({missing: 'gone'})),
					baseline: fc.oneof(reading, fc.constant({missing: 'gone'})),
				}),
				{maxLength: 12},
			),
			fc.record({at: time, startedAt: time, harmFrom: time, since: fc.option(time), final: fc.boolean(), bucketMs: strange}),
			fc.constantFrom('sequential', 'plain'),
			(list, {at, startedAt, harmFrom, since, final, bucketMs}, which) => {
				const look = lookWith({startedAt, harmFrom, final, canaries: [{host: 'c1', since}]});
				const found = judge(factsWith({at, look, signals: [signal({buckets: list, bucketMs})]}), {test: which});
				return !/NaN|Infinity|undefined/.test(found.because) && !JSON.stringify(found).includes('NaN');
			},
		),
		{numRuns: 300},
	);
	t.pass();
});

test('no reading that is not a count ever lets a deploy pass', t => {
	for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, -1, 1e300])
		for (const test of ['sequential', 'plain'])
			for (const arm of ['canary', 'baseline', 'exposure'] as const) {
				const list = buckets().map(bucket => ({
					...bucket,
					canary: {
						hosts: {c1: {count: arm === 'canary' ? wrong : 0, exposure: arm === 'exposure' ? wrong : 100}, c2: {count: 0, exposure: 100}},
					},
					baseline: {count: arm === 'baseline' ? wrong : 1, exposure: 2000},
				}));
				const found = judge(withBuckets(list), {test});
				t.true(found.outcome === 'unknown' || (found.outcome === 'warn' && found.undecided), `${wrong} in ${arm}: ${found.outcome}`);
			}
});

test('ten thousand buckets are judged within seconds', t => {
	const started = process.hrtime.bigint();
	const found = judge(
		withBuckets(
			buckets(() => 0, 10_000),
			{at: after(100_000)},
		),
	);
	t.is(found.outcome, 'pass');
	t.true(Number(process.hrtime.bigint() - started) / 1e9 < 3);
});
