import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import type {ElasticsearchConfig, ElasticsearchSignalConfig} from '../../../../server/config.ts';
import {elasticsearchSource} from '../../../../server/integrations/elasticsearch/elasticsearch-source.ts';
import type {ClosedBucket} from '../../../../server/integrations/log-files/buckets.ts';
import {openPolledSignal, type PolledSignalOptions} from '../../../../server/integrations/polled/polled-signal.ts';
import {
	type Elasticsearch,
	type ElasticsearchOptions,
	elasticsearchUnderTest,
	type Fault,
	type Flavour,
	logDocument,
} from '../../../helpers/elasticsearch.ts';
import {fleet} from '../../../helpers/log-fleet.ts';
import {
	askedOnce,
	bucketAt,
	canaryCounts,
	elasticsearchConfig,
	elasticsearchSignal,
	eventually,
	sleptClock,
} from '../../../helpers/polled.ts';
import {temporaryFolder} from '../../../helpers/service.ts';

const start = Date.parse('2026-03-02T10:00:00.000Z');
const from = new Date(start - 86_400_000).toISOString();
const at = (second: number, host: string, more = {}) => logDocument(start + second * 1000, host, more);
const quiet = {level: 'INFO', channel: 'notice'};
/** Every host says something every few seconds, so that no arm is silent. */
const murmur = (fromSecond: number, toSecond: number) =>
	[...fleet.canaries, ...fleet.baseline].flatMap(host =>
		Array.from({length: Math.ceil((toSecond - fromSecond) / 4)}, (_, index) => at(fromSecond + index * 4, host, quiet)),
	);

/** How much time a question for buckets spans; null for any other question. */
function windowMs(body: string): number | null {
	const range = /"gte":(\d+),"lt":(\d+)/.exec(body);
	return body.includes('"alive"') && range ? Number(range[2]) - Number(range[1]) : null;
}

type More = {
	readonly server?: ElasticsearchOptions;
	readonly elasticsearch?: Partial<ElasticsearchConfig>;
	readonly signal?: Partial<ElasticsearchSignalConfig>;
	readonly options?: Partial<PolledSignalOptions>;
};

function openOn(t: ExecutionContext, elasticsearch: Elasticsearch, {elasticsearch: more = {}, signal = {}, options = {}}: More = {}) {
	const clock = sleptClock('2026-03-02T10:00:00.000Z');
	const closed: ClosedBucket[] = [];
	const config = elasticsearchSignal(elasticsearch.url, more, signal);
	const source = elasticsearchSource(config, fleet, () => Date.parse(clock.now()));
	const opened = openPolledSignal(config, fleet, source, {clock, pollMs: 30, onBuckets: buckets => closed.push(...buckets), ...options});
	t.teardown(() => opened.stop());
	return {clock, closed, signal: opened, config};
}

async function opened(t: ExecutionContext, documents: readonly object[], more: More = {}) {
	const elasticsearch = await elasticsearchUnderTest(t, more.server);
	elasticsearch.add(...(documents as Record<string, unknown>[]));
	const rest = openOn(t, elasticsearch, more);
	await askedOnce(t, rest.signal);
	return {elasticsearch, ...rest};
}

for (const flavour of ['7.17', '8', 'opensearch-2'] as const satisfies readonly Flavour[])
	for (const totalAsNumber of [false, true])
		test(`two canaries against the baseline on ${flavour}, hits.total ${totalAsNumber ? 'a number' : 'an object'}: counts, exposure and proof are exact`, async t => {
			const documents = [
				...murmur(-60, 0),
				at(-3600, 'mw1100'),
				at(-20, 'mw1017'),
				at(-19, 'mw1017.eqiad.wmnet'),
				at(-18, 'MW1018'),
				at(-18, 'mw1018', {level: 'WARNING'}),
				at(-18, 'mw1018', {channel: 'session'}),
				at(-17, 'mw1100'),
				at(-16, 'mw1101'),
				at(-15, 'mw1999'),
				at(-1, 'mw1102', quiet),
				at(-1.5, 'mw1017', quiet),
			];
			const {signal, elasticsearch} = await opened(t, documents, {server: {flavour, totalAsNumber}});
			const isCounted = () => {
				const matched = signal.signal(from).proof.matchedOnBaseline;
				return 'count' in matched && matched.count === 3;
			};
			await eventually(t, isCounted, 'the day was counted');
			const facts = signal.signal(from);
			t.deepEqual(bucketAt(facts.buckets, start - 20_000), {
				at: '2026-03-02T09:59:40.000Z',
				canary: {hosts: {mw1017: {count: 2, exposure: 10}, mw1018: {count: 1, exposure: 10}}},
				baseline: {count: 2, exposure: 30},
			});
			t.is(bucketAt(facts.buckets, start - 10_000), undefined);
			t.like(facts, {
				name: 'errors',
				exposureUnit: 'host-seconds',
				source: `elasticsearch:${elasticsearch.url}/logstash-*`,
				bucketMs: 10_000,
			});
			t.like(facts.proof, {
				matchedOnBaseline: {count: 3, withinMs: 86_400_000},
				newestAt: {canary: '2026-03-02T09:59:58.500Z', baseline: '2026-03-02T09:59:59.000Z'},
				failure: undefined,
			});
			t.deepEqual(facts.proof.canaries[0], {host: 'mw1017', newestAt: '2026-03-02T09:59:58.500Z'});
			t.is(elasticsearch.inFlightMax(), 1);
		});

const reasons: Readonly<Record<Fault, RegExp>> = {
	html: /answers 502 with an HTML page \("502 Bad Gateway"\) instead of JSON; check url and auth/,
	login: /answers 200 with an HTML page \("Sign in"\) instead of JSON; check url and auth/,
	redirect: /answers 302 and points to https:\/\/idp\.example\/login; redirects are not followed/,
	half: /answers what is no JSON \(\d+ characters, the last ones ".*"\); it may be cut off/,
	empty: /answers 200 with nothing at all/,
	silent: /did not answer within 1\.5 s; it may be overloaded/,
	reset: /cannot be asked: \w+; check url, ca_file and the network/,
	huge: /answered more than 16777216 bytes; narrow the query/,
	'401': /answers 401: security_exception: unable to authenticate user \[gate\]; check the file named under auth/,
	'403': /answers 403: security_exception: action .* is unauthorized; let this user read/,
	'429': /answers 429, too many requests: es_rejected_execution_exception: .*; it is asked less often/,
	'500': /answers 500: null_pointer_exception: Cannot invoke; see its own log/,
	'503': /answers 503: cluster_block_exception: blocked by/,
	'another-service': /no _shards and no hits, so it is none of a search; check url/,
	'shards-failed': /1 of 5 shards did not answer: circuit_breaking_exception: \[parent\] Data too large; see the health/,
	'shards-unassigned': /1 of 5 shards did not answer; see the health of the cluster/,
	'timed-out': /the search timed out and answered in part only; narrow index or query/,
	'terminated-early': /the search ended early and answered in part only/,
	'relation-gte': /the number of hits is a lower bound only \(relation gte\)/,
	'clusters-skipped': /remote clusters did not all answer \(1 skipped\)/,
	'hosts-left-out': /\d+ documents of further hosts were left out of the answer; narrow index/,
	'counts-off': /counts of hosts are off by up to 7/,
	'times-left-out': /buckets of time were left out of the answer \(\d of \d documents/,
};

for (const [fault, reason] of Object.entries(reasons) as [Fault, RegExp][])
	test(`missing with its reason, never 0, and made good afterwards: ${fault}`, async t => {
		const timeoutMs = fault === 'silent' ? 1500 : 20_000;
		const {signal, clock, closed, elasticsearch} = await opened(t, murmur(-60, 0), {elasticsearch: {timeoutMs}});
		await eventually(t, () => signal.signal(from).proof.failure === undefined, 'it was well');
		elasticsearch.fail(fault);
		elasticsearch.add(...murmur(0, 240), ...[0, 10, 20, 30].flatMap(second => fleet.canaries.map(host => at(second, host))));
		clock.push(120_000);
		await eventually(
			t,
			() => signal.signal(from).proof.failure !== undefined && bucketAt(signal.signal(from).buckets, start) !== undefined,
			'it was missed',
		);
		const bucket = bucketAt(signal.signal(from).buckets, start);
		t.regex(String(canaryCounts(bucket)), reason);
		t.true(bucket && 'missing' in bucket.baseline);
		t.regex(signal.signal(from).proof.failure ?? '', reason);
		elasticsearch.fail(null);
		clock.push(60_000);
		await eventually(t, () => typeof canaryCounts(bucketAt(signal.signal(from).buckets, start)) === 'object', 'it was read after all');
		t.deepEqual(canaryCounts(bucketAt(signal.signal(from).buckets, start)), {mw1017: 1, mw1018: 1});
		t.is(signal.signal(from).proof.failure, undefined);
		t.like(
			closed.findLast(({bucket: {at: begin}}) => begin === '2026-03-02T10:00:00.000Z'),
			{revision: 2},
		);
	});

test('no index that matches is an error, and not a day without errors', async t => {
	const {signal} = await opened(t, [], {elasticsearch: {index: 'logstash-2026.03.01,nowhere-*'}});
	t.regex(signal.signal(from).proof.failure ?? '', /answers 404: index_not_found_exception: no such index \[logstash-2026\.03\.01\]/);
});

test('a query that cannot be parsed is named as Elasticsearch names it', async t => {
	const {signal} = await opened(t, murmur(-60, 0), {elasticsearch: {query: 'level:(ERROR'}});
	t.regex(
		signal.signal(from).proof.failure ?? '',
		/answers 400: .*query_shard_exception: Failed to parse query \[level:\(ERROR\]; check what is asked/,
	);
});

test('a host field of text is read by its keyword, and a field that nothing has is no silence', async t => {
	for (const flavour of ['8', 'opensearch-2'] as const) {
		const {signal} = await opened(t, [...murmur(-60, 0), at(-20, 'mw1017')], {server: {flavour, textFields: ['host']}});
		t.deepEqual(canaryCounts(bucketAt(signal.signal(from).buckets, start - 20_000)), {mw1017: 1, mw1018: 0});
		const said = (await signal.prove()).map(({text}) => text);
		t.true(
			said.some(text => text === 'host is a field of text, so host.keyword is read.'),
			said.join('\n'),
		);
	}
	const {signal} = await opened(t, murmur(-60, 0), {elasticsearch: {hostField: 'hostname'}});
	t.regex(signal.signal(from).proof.failure ?? '', /none of \d+ documents has the field hostname; check host_field/);
});

test('late documents change a bucket, which gets its next revision', async t => {
	const {signal, clock, closed, elasticsearch} = await opened(t, murmur(-60, 0));
	t.deepEqual(canaryCounts(bucketAt(signal.signal(from).buckets, start - 20_000)), {mw1017: 0, mw1018: 0});
	elasticsearch.add(at(-11, 'mw1018'), ...murmur(0, 30));
	await eventually(t, () => closed.some(({revision}) => revision === 2), 'the late document came');
	t.deepEqual(canaryCounts(bucketAt(signal.signal(from).buckets, start - 20_000)), {mw1017: 0, mw1018: 1});
	// Later than the lag allows: read again within a minute, up to ten minutes back.
	elasticsearch.add(at(-11.5, 'mw1018'), ...murmur(30, 300));
	clock.push(180_000);
	await eventually(t, () => closed.some(({revision}) => revision === 3), 'the very late document came');
	t.deepEqual(canaryCounts(bucketAt(signal.signal(from).buckets, start - 20_000)), {mw1017: 0, mw1018: 2});
});

test('a silent canary arm is missing, with since when; documents outside of `alive` prove no life', async t => {
	const baseline = fleet.baseline.flatMap(host => Array.from({length: 40}, (_, index) => at(-60 + index * 4, host, quiet)));
	const kernel = Array.from({length: 40}, (_, index) => at(-60 + index * 4, 'mw1017', {...quiet, type: 'syslog'}));
	const documents = [...baseline, ...kernel, at(-25, 'mw1017', quiet)];
	const {signal, clock} = await opened(t, documents, {elasticsearch: {alive: 'type:mediawiki'}});
	clock.push(60_000);
	await eventually(t, () => bucketAt(signal.signal(from).buckets, start) !== undefined, 'the bucket closed');
	t.is(
		canaryCounts(bucketAt(signal.signal(from).buckets, start)),
		'no document from the canaries (mw1017, mw1018) since 2026-03-02T09:59:35.000Z',
	);
	t.like(bucketAt(signal.signal(from).buckets, start)?.baseline, {count: 0, exposure: 30});
	t.is(signal.signal(from).proof.newestAt.canary, '2026-03-02T09:59:35.000Z');
});

test('a canary whose documents stop is left out and no zero, and is made good when they come after all', async t => {
	const others = murmur(-60, 60).filter(({host}) => host !== 'mw1018');
	const own = murmur(-60, 60).filter(({host}) => host === 'mw1018');
	const upTo = own.filter(document => Date.parse(String(document['@timestamp'])) < start - 30_000);
	const {signal, clock, elasticsearch} = await opened(t, [...others, ...upTo]);
	clock.push(10_000);
	await eventually(t, () => bucketAt(signal.signal(from).buckets, start - 10_000) !== undefined, 'the bucket closed');
	t.deepEqual(canaryCounts(bucketAt(signal.signal(from).buckets, start - 10_000)), {mw1017: 0});
	t.deepEqual(canaryCounts(bucketAt(signal.signal(from).buckets, start - 40_000)), {mw1017: 0, mw1018: 0});
	elasticsearch.add(...own.slice(upTo.length), at(-5, 'mw1018'));
	await eventually(
		t,
		() => Object.keys(canaryCounts(bucketAt(signal.signal(from).buckets, start - 10_000)) ?? {}).length === 2,
		'it was heard',
	);
	t.deepEqual(canaryCounts(bucketAt(signal.signal(from).buckets, start - 10_000)), {mw1017: 0, mw1018: 1});
});

test('exposure is a question of its own, perhaps to another index, and its loss makes buckets missing', async t => {
	const requests = [
		...Array.from({length: 7}, () => logDocument(start - 15_000, 'mw1017', {type: 'access'})),
		...Array.from({length: 90}, () => logDocument(start - 14_000, 'mw1101', {type: 'access'})),
		...['mw1018', 'mw1100'].map(host => logDocument(start - 2000, host, {type: 'access'})),
	];
	const elasticsearch = await elasticsearchUnderTest(t);
	elasticsearch.add(...murmur(-60, 0), at(-15, 'mw1017'), ...requests);
	const signal = {exposure: elasticsearchConfig(elasticsearch.url, {query: 'type:access', alive: 'type:access'})};
	const one = openOn(t, elasticsearch, {elasticsearch: {query: 'level:ERROR AND type:mediawiki'}, signal});
	await askedOnce(t, one.signal);
	const facts = one.signal.signal(from);
	t.is(facts.exposureUnit, 'requests');
	t.deepEqual(bucketAt(facts.buckets, start - 20_000), {
		at: '2026-03-02T09:59:40.000Z',
		canary: {hosts: {mw1017: {count: 1, exposure: 7}, mw1018: {count: 0, exposure: 0}}},
		baseline: {count: 0, exposure: 90},
	});
	t.is(elasticsearch.inFlightMax(), 1);
	const gone = {exposure: elasticsearchConfig(elasticsearch.url, {index: 'access-*', query: '*'})};
	const other = openOn(t, elasticsearch, {signal: gone});
	await askedOnce(t, other.signal);
	t.regex(other.signal.signal(from).proof.failure ?? '', /^the exposure: .*index_not_found_exception/);
});

test('distinct requests are counted where a field names them, and what has none counts by itself', async t => {
	const documents = [
		...murmur(-60, 0),
		...['a', 'a', 'a', 'b'].map(reqId => at(-15, 'mw1017', {reqId})),
		at(-15, 'mw1017'),
		...['a', 'c'].map(reqId => at(-15, 'mw1018', {reqId})),
	];
	const {signal} = await opened(t, documents, {elasticsearch: {requestField: 'reqId'}});
	t.deepEqual(canaryCounts(bucketAt(signal.signal(from).buckets, start - 20_000)), {mw1017: 3, mw1018: 2});
});

test('who asks is proven by a file, which is read again after a refusal', async t => {
	const folder = temporaryFolder(t);
	const file = path.join(folder, 'password');
	const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
	writeFileSync(file, 'gate:old\n');
	const more = {server: {authorization: basic('gate:new')}, elasticsearch: {auth: {kind: 'basic', file}}} as const;
	const {signal, clock} = await opened(t, murmur(-60, 0), more);
	t.regex(
		signal.signal(from).proof.failure ?? '',
		/answers 401: security_exception: missing authentication.*check the file named under auth/,
	);
	writeFileSync(file, 'gate:new\n');
	clock.push(60_000);
	await eventually(t, () => signal.signal(from).proof.failure === undefined, 'it was let in');
	for (const [kind, secret, authorization] of [
		['api-key', 'id:key', `ApiKey ${Buffer.from('id:key').toString('base64')}`],
		['api-key', 'aWQ6a2V5', 'ApiKey aWQ6a2V5'],
		['bearer', 'abc', 'Bearer abc'],
	] as const) {
		writeFileSync(file, `${secret}\n`);
		const one = await opened(t, murmur(-60, 0), {server: {authorization}, elasticsearch: {auth: {kind, file}}});
		t.is(one.signal.signal(from).proof.failure, undefined, authorization);
	}
	for (const [secret, reason] of [
		['no colon', /password must hold USER:PASSWORD$/],
		['two\nlines:x', /password must hold one line of ASCII: USER:PASSWORD$/],
	] as const) {
		writeFileSync(file, secret);
		const one = await opened(t, murmur(-60, 0), more);
		t.regex(one.signal.signal(from).proof.failure ?? '', reason);
	}
	const one = await opened(t, [], {elasticsearch: {auth: {kind: 'basic', file: path.join(folder, 'gone')}}});
	t.regex(one.signal.signal(from).proof.failure ?? '', /gone cannot be read: there is no such file/);
});

test('one question at a time, less often while it fails, and not before a 429 said so', async t => {
	const told: {reason: string | null; atMs: number}[] = [];
	const onTrouble = (reason: string | null) => void told.push({reason, atMs: clock.monotonicMs()});
	const {clock, elasticsearch, signal} = await opened(t, murmur(-60, 0), {options: {pollMs: 100, onTrouble}});
	const failAndMend = async (fault: Fault, again: number): Promise<number> => {
		const before = told.length;
		elasticsearch.fail(fault);
		await eventually(t, () => told.length === before + 1, 'it failed');
		const failures = elasticsearch.failed();
		await eventually(t, () => elasticsearch.failed() >= failures + again, 'it failed again');
		elasticsearch.fail(null);
		await eventually(t, () => told.length === before + 2, 'it was answered');
		t.is(told.at(-1)?.reason, null);
		return (told.at(-1)?.atMs ?? 0) - (told.at(-2)?.atMs ?? 0);
	};
	t.true((await failAndMend('429', 0)) >= 2000, 'Retry-After: 2');
	t.true((await failAndMend('500', 0)) < 2000);
	t.true((await failAndMend('500', 3)) >= 100 + 200 + 400, 'twice as long after each failure');
	t.is(told.length, 6, 'said once that it failed, and once that it is over');
	t.is(elasticsearch.inFlightMax(), 1);
	t.is(signal.signal(from).proof.failure, undefined);
});

test('after a long silence no question asks for more than ten minutes, and older windows come by pages', async t => {
	const {clock, elasticsearch, signal} = await opened(t, murmur(-60, 0));
	elasticsearch.fail('500');
	clock.push(25 * 60_000);
	elasticsearch.add(...murmur(0, 25 * 60), ...[30, 300, 900, 1440].map(second => at(second, 'mw1017')));
	await eventually(t, () => signal.signal(from).proof.failure !== undefined, 'it failed');
	const before = elasticsearch.asked.length;
	elasticsearch.fail(null);
	clock.push(70_000);
	const counted = (second: number) => canaryCounts(bucketAt(signal.signal(from).buckets, start + second * 1000));
	for (const second of [30, 300, 900, 1440])
		await eventually(t, () => typeof counted(second) === 'object', `the page of second ${second} was read`);
	for (const second of [30, 300, 900, 1440]) t.deepEqual(counted(second), {mw1017: 1, mw1018: 0}, `${second}`);
	const windows = elasticsearch.asked.slice(before).flatMap(({body}) => windowMs(body) ?? []);
	t.true(windows.length >= 3);
	t.true(
		windows.every(lengthMs => lengthMs <= 600_000),
		windows.join(' '),
	);
});

test('doctor says what is right, what looks alike, and what the clock is', async t => {
	const documents = [...murmur(-60, 0).filter(({host}) => host !== 'mw1102'), ...[at(-30, 'mw-1102'), at(-20, 'mw1100')]];
	const {signal} = await opened(t, documents, {server: {flavour: '7.17'}});
	await eventually(t, () => 'count' in signal.signal(from).proof.matchedOnBaseline, 'the day was counted');
	const proofs = await signal.prove();
	const texts = proofs.map(({ok, text, remedy}) => `${ok} ${text} ${remedy ?? ''}`);
	const says = (pattern: RegExp) =>
		t.true(
			texts.some(text => pattern.test(text)),
			`${pattern}\n${texts.join('\n')}`,
		);
	says(/^true 127\.0\.0\.1:\d+ is Elasticsearch 7\.17\.29\./);
	says(/^true All 2 canary hosts are there in logstash-\*\./);
	says(/^warn 1 of 3 baseline hosts are not there in logstash-\*: mw1102\. There are hosts that look alike: mw-1102\./);
	says(/^true The query matched 1 errors on the baseline within a day\./);
	says(/^true The last question was answered in full/);
	says(/^true The newest event of a configured host is \d+ s old\./);
	// The stand-in's clock is that of this machine, and the signal's that of the story.
	says(/^false The clock of the source is \d+ min ahead of ours\. Set both by NTP/);
});

test('doctor of a source that cannot be asked says so, with a way to try it', async t => {
	const {signal, elasticsearch} = await opened(t, murmur(-60, 0));
	elasticsearch.fail('login');
	const texts = (await signal.prove()).map(({ok, text, remedy}) => `${ok} ${text} ${remedy ?? ''}`);
	t.true(
		texts.some(text => /^false logstash-\* cannot be searched: .*HTML page.*curl 'http:/.test(text)),
		texts.join('\n'),
	);
});

test('our counts are those of a plain loop over the documents, however late they come', async t => {
	const document = fc.record({
		second: fc.integer({min: -170, max: 59}),
		lateBy: fc.integer({min: 0, max: 3}),
		host: fc.constantFrom('mw1017', 'mw1018', 'mw1018.eqiad.wmnet', 'mw1100', 'mw1101', 'mw1999'),
		level: fc.constantFrom('ERROR', 'INFO'),
		channel: fc.constantFrom('exception', 'session'),
	});
	await fc.assert(
		fc.asyncProperty(fc.array(document, {maxLength: 60}), async documents => {
			const elasticsearch = await elasticsearchUnderTest(t);
			elasticsearch.add(...murmur(-200, 100));
			const {signal, clock} = openOn(t, elasticsearch, {options: {pollMs: 5}});
			await askedOnce(t, signal);
			for (const step of [0, 1, 2, 3]) {
				elasticsearch.add(
					...documents.filter(({lateBy}) => lateBy === step).map(({second, host, level, channel}) => at(second, host, {level, channel})),
				);
				clock.push(65_000);
				const before = elasticsearch.asked.length;
				// Ten minutes were read after they came, and the next question shows that the answer was taken in.
				const isRead = () => {
					const long = elasticsearch.asked.findIndex(({body}, index) => index >= before && windowMs(body) === 600_000);
					return long >= 0 && elasticsearch.asked.length > long + 1;
				};
				await eventually(t, isRead, 'the last ten minutes were read');
			}
			const {buckets} = signal.signal(from);
			await signal.stop();
			const wanted = new Map<string, number>();
			for (const {second, host, level, channel} of documents) {
				if (level !== 'ERROR' || channel !== 'exception' || host === 'mw1999') continue;
				const key = `${Math.floor(second / 10) * 10} ${host < 'mw1100' ? host.split('.')[0] : 'baseline'}`;
				wanted.set(key, (wanted.get(key) ?? 0) + 1);
			}
			const counted = new Map<string, number>();
			for (const {at: begin, canary, baseline} of buckets) {
				const second = (Date.parse(begin) - start) / 1000;
				if ('hosts' in canary)
					for (const [host, {count}] of Object.entries(canary.hosts)) if (count > 0) counted.set(`${second} ${host}`, count);
				if ('count' in baseline && baseline.count > 0) counted.set(`${second} baseline`, baseline.count);
			}
			t.deepEqual(new Map([...counted].sort()), new Map([...wanted].sort()));
		}),
		{numRuns: 12},
	);
});
