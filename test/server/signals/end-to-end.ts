/** The shipped command against a service that reads its signals from elsewhere: what the deployer's tool gets to see. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {type Elasticsearch, elasticsearchUnderTest, logDocument} from '../../helpers/elasticsearch.ts';
import {eventually} from '../../helpers/polled.ts';
import {run, serve} from '../../helpers/processes.ts';
import {allScraped, exposition, noPrometheus, prometheusUnderTest, type RealPrometheus} from '../../helpers/prometheus.ts';
import {temporaryFolder} from '../../helpers/service.ts';

const canaries = ['c1', 'c2'];
const baseline = ['b1', 'b2', 'b3'];
const everyone = [...canaries, ...baseline];

async function serviceWith(t: ExecutionContext, signal: Readonly<Record<string, unknown>>) {
	const folder = temporaryFolder(t);
	const service = {
		...{groups: ['canary', 'rest'], stages: ['before', {name: 'canaries', groups: ['canary']}, 'production'], deploy_host: 'deploy1'},
		...{changes: {from: 'names'}, hosts: {canaries, baseline}, signals: {errors: {lag: '1s', ...signal}}},
	};
	writeFileSync(path.join(folder, 'signalbox.yaml'), JSON.stringify({services: {app: service}}));
	const {url, said} = await serve(t, {folder});
	const ask = (stage: string, change: string, seconds: number) =>
		run(t, ['check', '--url', url, '--service', 'app', '--stage', stage, '--host', 'deploy1', '--deadline', String(seconds), change], {
			folder,
		});
	const doctor = () => run(t, ['doctor', '--url', url], {folder});
	return {url, said, ask, doctor};
}

type Under = Awaited<ReturnType<typeof serviceWith>>;

/** Until a doctor finds nothing wrong: everything is read and proven alive. */
const untilAlive = async (t: ExecutionContext, {doctor}: Under): Promise<void> => {
	let said = '';
	await eventually(
		t,
		async () => {
			const {code, stdout} = await doctor();
			said = stdout;
			return code === 0;
		},
		() => `the signal was proven alive: ${said}`,
	);
};

async function rollsBackAndThenIsBlind(
	t: ExecutionContext,
	under: Under,
	fail: {readonly harm: () => void; readonly blind: () => Promise<RegExp>},
) {
	await untilAlive(t, under);
	const before = await under.ask('before', `app@${'a1'.repeat(20)}`, 10);
	t.is(before.code, 0, before.stdout + before.stderr);
	fail.harm();
	const judged = await under.ask('canaries', `app@${'a1'.repeat(20)}`, 60);
	t.is(judged.code, 3, judged.stdout + judged.stderr);
	t.regex(judged.stdout, /canary-errors/);
	const reason = await fail.blind();
	const {ask} = under;
	await ask('before', `app@${'b2'.repeat(20)}`, 10);
	const blind = await ask('canaries', `app@${'b2'.repeat(20)}`, 25);
	t.is(blind.code, 4, blind.stdout + blind.stderr);
	t.regex(blind.stdout, reason);
	const doctor = await under.doctor();
	t.is(doctor.code, 4);
	t.regex(doctor.stdout, reason);
}

/** Everyone says something every second; whom `failing` names fails, too. */
function writing(t: ExecutionContext, elasticsearch: Elasticsearch, failing: ReadonlySet<string>): void {
	const timer = setInterval(() => {
		for (const host of everyone) {
			elasticsearch.add(logDocument(Date.now(), host, {level: 'INFO', channel: 'notice'}));
			if (failing.has(host)) elasticsearch.add(...Array.from({length: 10}, () => logDocument(Date.now(), host)));
		}
	}, 1000);
	t.teardown(() => clearInterval(timer));
}

test('errors on the canaries that Elasticsearch shows roll the deploy back, and an answer of some shards is blind', async t => {
	const elasticsearch = await elasticsearchUnderTest(t, {flavour: 'opensearch-2', index: 'logstash-2026.11.20'});
	const now = Date.now();
	elasticsearch.add(logDocument(now - 3_600_000, 'b1'), ...everyone.map(host => logDocument(now - 20_000, host, {level: 'INFO'})));
	const failing = new Set<string>();
	writing(t, elasticsearch, failing);
	const query = 'level:ERROR AND channel:exception';
	const under = await serviceWith(t, {source: 'elasticsearch', elasticsearch: {url: elasticsearch.url, query}});
	await rollsBackAndThenIsBlind(t, under, {
		harm: () => {
			for (const host of canaries) failing.add(host);
		},
		blind: () => {
			elasticsearch.fail('shards-failed');
			return Promise.resolve(/1 of 5 shards did not answer: circuit_breaking_exception/);
		},
	});
	t.regex(under.said(), /signal errors of app: 1 of 5 shards did not answer/);
});

/** Counters that grow by ten a second where they fail. */
function counting(t: ExecutionContext, prometheus: RealPrometheus, failing: ReadonlySet<string>): void {
	const startedMs = Date.now() - 3_600_000;
	const counts = new Map(everyone.map(host => [host, 5]));
	const tell = () => {
		for (const [host, count] of counts) {
			counts.set(host, failing.has(host) ? count + 10 : host === 'b1' && count === 5 ? 6 : count);
			prometheus.host(host).metrics(exposition(startedMs, {app_errors_total: counts.get(host) ?? 0}));
		}
	};
	for (const host of everyone) prometheus.host(host).metrics(exposition(startedMs, {app_errors_total: 5}));
	const timer = setInterval(tell, 1000);
	t.teardown(() => clearInterval(timer));
}

const absent = noPrometheus();
if (absent !== null) process.stderr.write(`\nNOT PROVEN (${absent}): a deploy that Prometheus shows to be bad is rolled back\n`);
test(`${absent === null ? 'real Prometheus' : `NOT PROVEN, ${absent}`}: errors on the canaries that it shows roll the deploy back, and without it one is blind`, async t => {
	if (absent !== null) {
		t.log(absent);
		t.is(noPrometheus(), absent);
		return;
	}
	const prometheus = await prometheusUnderTest(t, everyone);
	for (const host of everyone) prometheus.host(host).metrics(exposition(Date.now() - 3_600_000, {app_errors_total: 5}));
	await allScraped(t, prometheus, everyone);
	const failing = new Set<string>();
	counting(t, prometheus, failing);
	await new Promise(resolve => setTimeout(resolve, 3000));
	const under = await serviceWith(t, {source: 'prometheus', prometheus: {url: prometheus.url, query: 'app_errors_total{job="app"}'}});
	await rollsBackAndThenIsBlind(t, under, {
		harm: () => {
			for (const host of canaries) failing.add(host);
		},
		async blind() {
			await prometheus.stop();
			return /cannot be asked: ECONNREFUSED; check url, ca_file and the network/;
		},
	});
});
