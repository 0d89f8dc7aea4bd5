/** Against the real Prometheus. Where it is not installed these tests say so, aloud, and prove nothing. */
import test, {type ExecutionContext} from 'ava';
import {systemClock} from '../../../../server/clock.ts';
import type {PrometheusConfig} from '../../../../server/config.ts';
import type {ClosedBucket} from '../../../../server/integrations/log-files/buckets.ts';
import {openPolledSignal} from '../../../../server/integrations/polled/polled-signal.ts';
import {prometheusSource} from '../../../../server/integrations/prometheus/prometheus-source.ts';
import {eventually, prometheusSignal} from '../../../helpers/polled.ts';
import {allScraped, exposition, noPrometheus, prometheusUnderTest, type RealPrometheus} from '../../../helpers/prometheus.ts';

const absent = noPrometheus();
const hosts = {canaries: ['c1', 'c2'], baseline: ['b1', 'b2']};
const everyone = [...hosts.canaries, ...hosts.baseline];

/** A test against the real server; without it the title says that nothing was proven. */
function real(title: string, work: (t: ExecutionContext) => Promise<void>): void {
	if (absent === null) test(title, work);
	else {
		process.stderr.write(`\nNOT PROVEN (${absent}): ${title}\n`);
		test(`NOT PROVEN, ${absent}: ${title}`, t => {
			t.log(absent);
			t.is(noPrometheus(), absent);
		});
	}
}

function openOn(t: ExecutionContext, prometheus: RealPrometheus, more: Partial<PrometheusConfig> = {}) {
	const config = prometheusSignal(prometheus.url, {query: 'app_errors_total{job="app"}', ...more});
	const closed: ClosedBucket[] = [];
	const source = prometheusSource(config, hosts, () => Date.parse(systemClock.now()));
	const signal = openPolledSignal(config, hosts, source, {clock: systemClock, pollMs: 300, onBuckets: buckets => closed.push(...buckets)});
	t.teardown(() => signal.stop());
	return {signal, closed};
}

/** Counts of each canary and of the baseline, over all buckets that are closed by now. */
function totals(signal: ReturnType<typeof openOn>['signal'], fromMs: number): Record<string, number> {
	const sums: Record<string, number> = {};
	for (const {canary, baseline} of signal.signal(new Date(fromMs).toISOString()).buckets) {
		if ('hosts' in canary) for (const [host, {count}] of Object.entries(canary.hosts)) sums[host] = (sums[host] ?? 0) + count;
		if ('count' in baseline) sums['baseline'] = (sums['baseline'] ?? 0) + baseline.count;
	}
	return sums;
}

const nowMs = () => Date.now();
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
/** Until every bucket that began before this moment is closed. */
async function closedUpTo(t: ExecutionContext, {signal}: ReturnType<typeof openOn>, atMs: number): Promise<void> {
	const last = new Date(Math.floor(atMs / 10_000) * 10_000).toISOString();
	await eventually(t, () => signal.signal(last).buckets.some(({at}) => at >= last), `the bucket of ${last} closed`);
}

real('real Prometheus: counts are exact through starts, growth, a restart and a new label', async t => {
	const prometheus = await prometheusUnderTest(t, everyone);
	const began = nowMs();
	const old = began - 3_600_000;
	for (const host of everyone) prometheus.host(host).metrics(exposition(old, {'app_errors_total{type="db"}': 1000}));
	await allScraped(t, prometheus, everyone);
	await pause(1500);
	const open = openOn(t, prometheus);
	prometheus.host('b1').metrics(exposition(old, {'app_errors_total{type="db"}': 1004}));
	// A label that comes into being at its first error.
	prometheus.host('c2').metrics(exposition(old, {'app_errors_total{type="db"}': 1000, 'app_errors_total{type="new"}': 2}));
	// A restart, down for a moment, whose first errors come before the first scrape.
	prometheus.host('c1').metrics(null);
	await pause(1500);
	const restarted = nowMs();
	prometheus.host('c1').metrics(exposition(restarted, {'app_errors_total{type="db"}': 7}));
	await allScraped(t, prometheus, everyone);
	prometheus.host('c1').metrics(exposition(restarted, {'app_errors_total{type="db"}': 9}));
	await allScraped(t, prometheus, everyone);
	const ended = nowMs();
	await closedUpTo(t, open, ended);
	t.deepEqual(totals(open.signal, began - 60_000), {c1: 9, c2: 2, baseline: 4});
	const {proof, exposureUnit} = open.signal.signal(new Date(began).toISOString());
	t.is(proof.failure, undefined);
	t.is(exposureUnit, 'host-seconds');
	t.true(proof.canaries.every(({newestAt}) => newestAt !== null && Date.parse(newestAt) > began));
	t.true(typeof proof.lagMs === 'number' && proof.lagMs < 5000);
	t.true('count' in proof.matchedOnBaseline && proof.matchedOnBaseline.count > 0);
});

real(
	'real Prometheus: a host that merely was not scraped before makes no jump, and a new process is counted from its first error',
	async t => {
		const prometheus = await prometheusUnderTest(t, everyone, ['c1', 'b1', 'b2']);
		const began = nowMs();
		const old = began - 3_600_000;
		for (const host of ['c1', 'b1', 'b2']) prometheus.host(host).metrics(exposition(old, {app_errors_total: 5}));
		await allScraped(t, prometheus, ['c1', 'b1', 'b2']);
		const open = openOn(t, prometheus);
		await pause(5000);
		// Long running, known to Prometheus only now.
		prometheus.host('c2').metrics(exposition(old, {app_errors_total: 1_000_000}));
		await prometheus.scrape(everyone);
		await allScraped(t, prometheus, ['c2']);
		prometheus.host('c2').metrics(exposition(old, {app_errors_total: 1_000_003}));
		// Grown beyond its old value within one scrape: only the start of the process tells that it began again.
		prometheus.host('c1').metrics(exposition(nowMs(), {app_errors_total: 11}));
		await allScraped(t, prometheus, everyone);
		const ended = nowMs();
		await closedUpTo(t, open, ended);
		t.deepEqual(totals(open.signal, began - 60_000), {c1: 11, c2: 3, baseline: 0});
	},
);

real('real Prometheus: a host that is down is left out and never 0, requests are the exposure, and the server gone is missing', async t => {
	const prometheus = await prometheusUnderTest(t, everyone);
	const began = nowMs();
	const counters = (errors: number, requests: number) =>
		exposition(began, {app_errors_total: errors, 'app_requests_total{code="200"}': requests});
	for (const host of everyone) prometheus.host(host).metrics(counters(0, 0));
	await allScraped(t, prometheus, everyone);
	const open = openOn(t, prometheus, {exposure: 'app_requests_total'});
	for (const host of everyone) prometheus.host(host).metrics(counters(1, 100));
	await allScraped(t, prometheus, everyone);
	prometheus.host('c2').metrics(null);
	const down = nowMs();
	// A whole bucket in which it was not read.
	const whole = (Math.floor(down / 10_000) + 1) * 10_000 + 10_000;
	await closedUpToSlow(t, open, whole);
	const from = new Date(began - 60_000).toISOString();
	const bucket = open.signal.signal(from).buckets.find(({at}) => Date.parse(at) === whole);
	t.deepEqual(bucket && 'hosts' in bucket.canary ? Object.keys(bucket.canary.hosts) : bucket?.canary, ['c1']);
	const {buckets, exposureUnit} = open.signal.signal(from);
	t.is(exposureUnit, 'requests');
	const exposed = buckets.reduce((sum, {canary}) => sum + ('hosts' in canary ? (canary.hosts['c1']?.exposure ?? 0) : 0), 0);
	t.is(exposed, 100);
	t.deepEqual(totals(open.signal, began - 60_000), {c1: 1, c2: 1, baseline: 2});
	await prometheus.stop();
	await eventually(t, () => open.signal.signal(from).proof.failure !== undefined, 'it was missed');
	t.regex(open.signal.signal(from).proof.failure ?? '', /cannot be asked: ECONNREFUSED; check url, ca_file and the network/);
});

async function closedUpToSlow(t: ExecutionContext, open: ReturnType<typeof openOn>, atMs: number): Promise<void> {
	await pause(Math.max(0, atMs + 5000 - nowMs()));
	await closedUpTo(t, open, atMs);
}

real('real Prometheus: doctor knows the metric, its hosts, how often they are scraped, and what is missing', async t => {
	const prometheus = await prometheusUnderTest(t, ['c1', 'c-2', 'b1', 'b2']);
	for (const host of ['c1', 'c-2', 'b1', 'b2']) prometheus.host(host).metrics(exposition(nowMs() - 60_000, {app_errors_total: 5}));
	await allScraped(t, prometheus, ['c1', 'c-2', 'b1', 'b2']);
	await pause(1500);
	const {signal} = openOn(t, prometheus);
	await signal.ready;
	const texts = (await signal.prove()).map(({ok, text, remedy}) => `${ok} ${text} ${remedy ?? ''}`);
	const says = (pattern: RegExp) =>
		t.true(
			texts.some(text => pattern.test(text)),
			`${pattern}\n${texts.join('\n')}`,
		);
	says(/^true 127\.0\.0\.1:\d+ answers in \d+ ms\./);
	says(/^true The clock of the source is right\./);
	says(/^warn 1 of 2 canary hosts are not there in app_errors_total\{job="app"\}: c2\. There are hosts that look alike: c-2\./);
	says(/^true All 2 baseline hosts are there/);
	says(/^true The hosts are scraped every 1 s\./);
	says(/^true process_start_time_seconds is there/);
	const other = openOn(t, prometheus, {query: 'app_erors_total{job="app"}'});
	await other.signal.ready;
	const said = (await other.signal.prove()).map(({ok, text}) => `${ok} ${text}`);
	t.true(
		said.some(text => /^false No series of app_erors_total\{job="app"\} within 1h/.test(text)),
		said.join('\n'),
	);
});
