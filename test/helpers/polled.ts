/** Signals that are polled, in tests: settings, a clock that is moved by hand, and what was closed. */
import type {ExecutionContext} from 'ava';
import type {Bucket, Instant} from '../../gate/facts.ts';
import type {ElasticsearchConfig, ElasticsearchSignalConfig, PrometheusConfig, PrometheusSignalConfig} from '../../server/config.ts';
import type {PolledSignal} from '../../server/integrations/polled/polled-signal.ts';
import type {PushedClock} from './service.ts';

export const elasticsearchConfig = (url: string, more: Partial<ElasticsearchConfig> = {}): ElasticsearchConfig => ({
	...{
		url,
		auth: {kind: 'none'},
		caFile: null,
		timeoutMs: 20_000,
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
		...{url, auth: {kind: 'none'}, caFile: null, timeoutMs: 20_000, query: 'app_errors_total', kind: 'counter', hostLabel: 'instance'},
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

/**
 * A clock that moves by what is slept, and by what it is pushed: a busy machine does not make it run ahead of what is tested. Only short
 * sleeps move it; who sleeps for long is woken when the others, or a push, have passed that time.
 */
export function sleptClock(start: Instant): PushedClock {
	const startMs = Date.parse(start);
	const sleepers = new Set<{readonly untilMs: number; readonly wake: () => void}>();
	let passedMs = 0;
	const pass = (byMs: number): void => {
		passedMs += byMs;
		for (const sleeper of [...sleepers]) if (sleeper.untilMs <= passedMs) sleeper.wake();
	};
	return {
		now: () => new Date(startMs + passedMs).toISOString(),
		monotonicMs: () => passedMs,
		sleep(forMs, signal) {
			if (signal?.aborted) return Promise.resolve();
			return new Promise(resolve => {
				const untilMs = passedMs + forMs;
				const timer = forMs <= 1000 ? setTimeout(() => pass(Math.max(0, untilMs - passedMs)), 5) : undefined;
				const wake = () => {
					clearTimeout(timer);
					signal?.removeEventListener('abort', wake);
					sleepers.delete(sleeper);
					resolve();
				};
				const sleeper = {untilMs, wake};
				sleepers.add(sleeper);
				signal?.addEventListener('abort', wake, {once: true});
			});
		},
		push: pass,
	};
}

/** Waits until it holds, at most a minute; `what` ends the sentence of the failure. */
export async function eventually(
	t: ExecutionContext,
	holds: () => boolean | Promise<boolean>,
	what: string | (() => string),
): Promise<void> {
	const deadlineMs = performance.now() + 60_000;
	while (!(await holds())) {
		if (performance.now() > deadlineMs) return t.fail(`waited in vain until ${typeof what === 'string' ? what : what()}`);
		await new Promise(resolve => setTimeout(resolve, 20));
	}
}

/** Until it was answered, or failed, for the first time. A machine that is busy with other tests may take its time. */
export async function askedOnce(t: ExecutionContext, signal: PolledSignal): Promise<void> {
	await signal.ready;
	await eventually(t, () => signal.signal('').proof.failure !== 'it was not asked yet', 'it was asked');
}
