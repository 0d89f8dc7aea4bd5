/** Signals that are polled, in tests: settings, a clock that is moved by hand, and what was closed. */
import type {ExecutionContext} from 'ava';
import type {Bucket} from '../../gate/facts.ts';
import type {ElasticsearchConfig, ElasticsearchSignalConfig, PrometheusConfig, PrometheusSignalConfig} from '../../server/config.ts';

export const elasticsearchConfig = (url: string, more: Partial<ElasticsearchConfig> = {}): ElasticsearchConfig => ({
	...{
		url,
		auth: {kind: 'none'},
		caFile: null,
		timeoutMs: 2000,
		index: 'logstash-*',
		query: 'level:ERROR AND channel:exception',
		alive: null,
	},
	...{timeField: '@timestamp', hostField: 'host', requestField: null},
	...more,
});

export const elasticsearchSignal = (
	url: string,
	more: Partial<ElasticsearchConfig> = {},
	signal: Partial<ElasticsearchSignalConfig> = {},
): ElasticsearchSignalConfig => ({
	...{name: 'errors', counts: 'errors', required: true, source: 'elasticsearch', lagMs: 5000, exposure: null},
	elasticsearch: elasticsearchConfig(url, more),
	...signal,
});

export const prometheusSignal = (url: string, more: Partial<PrometheusConfig> = {}): PrometheusSignalConfig => ({
	...{name: 'errors', counts: 'errors', required: true, source: 'prometheus', lagMs: 0},
	prometheus: {
		...{url, auth: {kind: 'none'}, caFile: null, timeoutMs: 2000, query: 'app_errors_total', kind: 'counter', hostLabel: 'instance'},
		...{exposure: null, up: null},
		...more,
	},
});

export const bucketAt = (buckets: readonly Bucket[], atMs: number): Bucket | undefined =>
	buckets.find(({at}) => at === new Date(atMs).toISOString());

/** Counts of the canaries by host, or why they are missing. */
export const canaryCounts = (bucket: Bucket | undefined): Record<string, number> | string | undefined =>
	bucket &&
	('missing' in bucket.canary
		? bucket.canary.missing
		: Object.fromEntries(Object.entries(bucket.canary.hosts).map(([host, {count}]) => [host, count])));

/** Waits until it holds, at most twenty seconds; `what` ends the sentence of the failure. */
export async function eventually(
	t: ExecutionContext,
	holds: () => boolean | Promise<boolean>,
	what: string | (() => string),
): Promise<void> {
	const deadlineMs = performance.now() + 20_000;
	while (!(await holds())) {
		if (performance.now() > deadlineMs) return t.fail(`waited in vain until ${typeof what === 'string' ? what : what()}`);
		await new Promise(resolve => setTimeout(resolve, 20));
	}
}
