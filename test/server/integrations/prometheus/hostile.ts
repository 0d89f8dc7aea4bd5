import test, {type ExecutionContext} from 'ava';
import type {PrometheusConfig} from '../../../../server/config.ts';
import type {ClosedBucket} from '../../../../server/integrations/log-files/buckets.ts';
import {openPolledSignal} from '../../../../server/integrations/polled/polled-signal.ts';
import {prometheusSource} from '../../../../server/integrations/prometheus/prometheus-source.ts';
import {askedOnce, bucketAt, canaryCounts, eventually, prometheusSignal, sleptClock} from '../../../helpers/polled.ts';
import {type PrometheusFault, type SmallPrometheus, smallPrometheus} from '../../../helpers/small-prometheus.ts';

const start = Date.parse('2026-03-02T10:00:00.000Z');
const from = new Date(start - 86_400_000).toISOString();
const hosts = {canaries: ['c1', 'c2'], baseline: ['b1', 'b2']};
const everyone = [...hosts.canaries, ...hosts.baseline];
const target = (host: string) => ({job: 'app', instance: `${host}:9090`});

type Scrape = {
	readonly every?: number;
	readonly names?: readonly string[];
	readonly errors?: (second: number, host: string) => string | number | null;
};

/** Scrapes from one second to another: `errors` says what the counter of a host was, null that it did not answer. */
function scrape(
	prometheus: SmallPrometheus,
	fromSecond: number,
	toSecond: number,
	{every = 5, names = everyone, errors = () => 100}: Scrape = {},
) {
	for (let second = fromSecond; second < toSecond; second += every)
		for (const host of names) {
			const value = errors(second, host);
			prometheus.sample('up', target(host), start + second * 1000, value === null ? 0 : 1);
			if (value !== null) prometheus.sample('app_errors_total', target(host), start + second * 1000, value);
		}
}

function openOn(t: ExecutionContext, prometheus: SmallPrometheus, more: Partial<PrometheusConfig> = {}) {
	const clock = sleptClock('2026-03-02T10:00:00.000Z');
	const closed: ClosedBucket[] = [];
	const config = prometheusSignal(prometheus.url, {query: 'app_errors_total{job="app"}', timeoutMs: 20_000, ...more});
	const source = prometheusSource(config, hosts, () => Date.parse(clock.now()));
	const signal = openPolledSignal(config, hosts, source, {clock, pollMs: 30, onBuckets: buckets => closed.push(...buckets)});
	t.teardown(() => signal.stop());
	return {clock, closed, signal, at: (second: number) => bucketAt(signal.signal(from).buckets, start + second * 1000)};
}

const reasons: Readonly<Record<PrometheusFault, RegExp>> = {
	warnings: /it answers in part, with warnings: store 10\.0\.0\.7:10901 is not reachable: partial_response; see its stores/,
	infos: /it answers in part, with infos: PromQL info/,
	error: /answers 500: internal: expanding series: no space left on device; see its own log/,
	'too-many-samples': /answers 422: execution: query processing would load too many samples.*narrow the query by more labels/,
	scalar: /it answers a scalar where a matrix was asked for; check query and exposure/,
	histograms: /it answers native histograms, which are no counts/,
	'no-text': /the answer has number where a sample should be text/,
	'another-service': /the answer has no status success; check url/,
	html: /answers 200 with an HTML page \("oauth2-proxy"\) instead of JSON/,
	half: /answers what is no JSON/,
	empty: /answers 200 with nothing at all/,
	silent: /did not answer within 1\.5 s/,
	redirect: /answers 302 and points to https:\/\/idp\.example\/login; redirects are not followed/,
	'401': /answers 401; check the file named under auth/,
	'429': /answers 429, too many requests; it is asked less often/,
	'503': /answers 503: timeout: query timed out in expression evaluation/,
};

for (const [fault, reason] of Object.entries(reasons) as [PrometheusFault, RegExp][])
	test(`missing with its reason, never 0, and made good afterwards: ${fault}`, async t => {
		const prometheus = await smallPrometheus(t);
		scrape(prometheus, -120, 1);
		const {signal, clock, at} = openOn(t, prometheus, {timeoutMs: fault === 'silent' ? 1500 : 20_000});
		await askedOnce(t, signal);
		await eventually(t, () => signal.signal(from).proof.failure === undefined, 'it was well');
		prometheus.fail(fault);
		scrape(prometheus, 5, 400, {errors: (second, host) => (host === 'c1' && second > 12 ? 103 : 100)});
		clock.push(120_000);
		await eventually(t, () => at(10) !== undefined && signal.signal(from).proof.failure !== undefined, 'it was missed');
		t.regex(String(canaryCounts(at(10))), reason);
		t.regex(signal.signal(from).proof.failure ?? '', reason);
		prometheus.fail(null);
		clock.push(60_000);
		await eventually(t, () => typeof canaryCounts(at(10)) === 'object', 'it was read after all');
		t.deepEqual(canaryCounts(at(10)), {c1: 3, c2: 0});
		t.is(signal.signal(from).proof.failure, undefined);
	});

test('a value that is no number makes that host missing, and never 0', async t => {
	for (const value of ['NaN', '+Inf', '-Inf', '-3']) {
		const prometheus = await smallPrometheus(t);
		scrape(prometheus, -120, 61, {errors: (second, host) => (host === 'c1' && second === -15 ? value : 100)});
		const {signal, clock, at} = openOn(t, prometheus);
		clock.push(60_000);
		await eventually(t, () => at(0) !== undefined, 'it was read');
		await signal.stop();
		t.deepEqual(canaryCounts(at(-20)), {c2: 0}, value);
		t.deepEqual(canaryCounts(at(-10)), {c1: 0, c2: 0}, value);
	}
	const prometheus = await smallPrometheus(t);
	scrape(prometheus, -120, 1, {errors: (_second, host) => (host.startsWith('c') ? 'NaN' : 100)});
	const {signal, at} = openOn(t, prometheus);
	await askedOnce(t, signal);
	t.is(canaryCounts(at(-20)), 'c1 gives a value that is no count (NaN or Inf) (and 1 more hosts)');
});

test('a gap in the scrapes is missing, and one that was missed is bridged', async t => {
	const prometheus = await smallPrometheus(t);
	const errors = (second: number, host: string) => {
		if (host === 'c1' && second >= -80 && second < -40) return null;
		return host === 'c2' && second === -60 ? null : 100;
	};
	scrape(prometheus, -120, 21, {errors});
	const {signal, at} = openOn(t, prometheus);
	await askedOnce(t, signal);
	t.deepEqual(canaryCounts(at(-60)), {c2: 0});
	t.deepEqual(canaryCounts(at(-100)), {c1: 0, c2: 0});
	const bucket = at(-60);
	t.deepEqual(bucket && 'hosts' in bucket.canary ? bucket.canary.hosts['c2'] : null, {count: 0, exposure: 10});
});

test('a canary that stays away lets the others not pass for all of them', async t => {
	const prometheus = await smallPrometheus(t);
	scrape(prometheus, -120, 200, {names: ['c2', 'b1', 'b2']});
	scrape(prometheus, -120, 1, {names: ['c1']});
	const {signal, clock, at} = openOn(t, prometheus);
	await askedOnce(t, signal);
	clock.push(180_000);
	await eventually(t, () => at(150) !== undefined, 'it was read');
	t.deepEqual(canaryCounts(at(30)), {c2: 0}, 'a restart may take so long');
	t.is(canaryCounts(at(150)), 'no scrape of c1 since 2026-03-02T10:00:00.000Z');
});

test('a counter that no host has yet is 0 where its job says that it was read, and nothing where nothing tells', async t => {
	const prometheus = await smallPrometheus(t);
	for (let second = -120; second < 1; second += 5)
		for (const host of everyone) prometheus.sample('up', target(host), start + second * 1000, 1);
	const named = openOn(t, prometheus);
	await askedOnce(t, named.signal);
	t.deepEqual(canaryCounts(named.at(-20)), {c1: 0, c2: 0});
	const unnamed = openOn(t, prometheus, {query: 'app_errors_total'});
	await askedOnce(t, unnamed.signal);
	t.is(canaryCounts(unnamed.at(-60)), 'no scrape of c1 in all that was read (and 1 more hosts)');
	t.regex(unnamed.signal.signal(from).proof.failure ?? '', /^no series of app_errors_total was found and it names no job/);
	const said = openOn(t, prometheus, {query: 'app_errors_total', up: 'up{job="app"}'});
	await askedOnce(t, said.signal);
	t.deepEqual(canaryCounts(said.at(-20)), {c1: 0, c2: 0});
});

test('an exposure that finds nothing is no exposure of 0', async t => {
	const prometheus = await smallPrometheus(t);
	scrape(prometheus, -120, 1);
	const {signal} = openOn(t, prometheus, {exposure: 'http_requests_total{job="app"}'});
	await askedOnce(t, signal);
	t.regex(
		signal.signal(from).proof.failure ?? '',
		/^no series of http_requests_total\{job="app"\} was found, so there is nothing to compare/,
	);
});

test('a gauge that gives what was counted since the sample before is added up', async t => {
	const prometheus = await smallPrometheus(t);
	scrape(prometheus, -120, 1, {errors: (second, host) => (host === 'c1' && second === -15 ? 3 : host === 'b1' ? 1 : 0)});
	const {signal, at} = openOn(t, prometheus, {kind: 'gauge-count'});
	await askedOnce(t, signal);
	t.deepEqual(canaryCounts(at(-20)), {c1: 3, c2: 0});
	t.like(at(-20)?.baseline, {count: 2, exposure: 20});
});

test('hosts that are scraped rarely close their buckets later, and are not taken for gone', async t => {
	const prometheus = await smallPrometheus(t);
	scrape(prometheus, -600, 61, {every: 60, errors: (second, host) => (host === 'c1' ? 1000 + (second + 600) / 10 : 100)});
	const {signal, clock, at} = openOn(t, prometheus);
	await askedOnce(t, signal);
	clock.push(40_000);
	await signal.waitForNext(AbortSignal.timeout(300));
	t.is(at(10), undefined, 'nobody knows yet');
	clock.push(30_000);
	await eventually(t, () => at(40) !== undefined, 'the next scrape came');
	for (const second of [0, 10, 20, 30, 40]) t.deepEqual(canaryCounts(at(second)), {c1: 1, c2: 0}, String(second));
	t.is(prometheus.inFlightMax(), 1);
});
