/** Buckets from raw samples of Prometheus. How counters are read is in increase.ts; what stands for a host being read, in targets.ts. */
import type {PrometheusSignalConfig} from '../../config.ts';
import {type ArmHosts, hostNames} from '../log-files/host-names.ts';
import type {Window} from '../polled/bucket-book.ts';
import type {PolledSource, WindowAnswer} from '../polled/polled-source.ts';
import {provePrometheus} from './doctor.ts';
import {bucketsOf, settledOf} from './host-buckets.ts';
import {gatherHosts, hostOf} from './hosts.ts';
import {openQueries, selectorOf} from './queries.ts';
import type {Series} from './read-matrix.ts';
import {remembered} from './remembered.ts';
import type {Selector} from './selector.ts';
import {gapOf, intervalOf} from './targets.ts';

const dayMs = 86_400_000;
const jobsMax = 100;
const processStart = 'process_start_time_seconds';

export function prometheusSource(config: PrometheusSignalConfig, hosts: ArmHosts, nowMs: () => number): PolledSource {
	const {prometheus} = config;
	const query = selectorOf(prometheus.query);
	const exposure = prometheus.exposure === null ? null : selectorOf(prometheus.exposure);
	const names = hostNames(hosts);
	const queries = openQueries(prometheus, [...hosts.canaries, ...hosts.baseline], nowMs);
	const memory = remembered();
	/** The newest scrape of each host, over all answers. */
	const newest = new Map<string, number>();
	const jobs = new Set<string>();
	let intervalMs: number | null = null;

	/** Which scrapes stand for the query; null where nothing tells, since another job's would prove nothing. */
	const upOf = (series: readonly Series[]): Selector | null => {
		if (prometheus.up !== null) return selectorOf(prometheus.up);
		const own = query.matchers.filter(({label}) => label === 'job');
		if (own.length > 0) return {name: 'up', matchers: own};
		for (const {labels} of series) if (labels['job'] !== undefined && jobs.size < jobsMax) jobs.add(labels['job']);
		if (jobs.size === 0) return null;
		const value = [...jobs].map(job => job.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
		return {name: 'up', matchers: [{label: 'job', operator: '=~', value}]};
	};
	const doubtOf = (counted: readonly Series[], requests: readonly Series[] | null, up: Selector | null): string | null => {
		if (counted.length === 0 && up === null)
			return `no series of ${prometheus.query} was found and it names no job, so nothing tells whether the hosts are read; write job="..." into it, or a selector under up`;
		if (requests !== null && requests.length === 0)
			return `no series of ${prometheus.exposure} was found, so there is nothing to compare errors with; check exposure`;
		return names.ambiguous()[0] ?? null;
	};
	const read = async ({fromMs, toMs}: Window, atMs: number, abort: AbortSignal): Promise<WindowAnswer> => {
		// As much before the window as a gap may last, so that the first bucket knows what was before it.
		const beganMs = fromMs - gapOf(intervalMs) - (intervalMs ?? 0) - 1000;
		const endMs = Math.min(toMs, atMs + 10_000);
		const counted = await queries.samples(query, beganMs, endMs, abort);
		const requests = exposure === null ? null : await queries.samples(exposure, beganMs, endMs, abort);
		const upSelector = upOf(counted);
		const up = upSelector === null ? [] : await queries.samples(upSelector, beganMs, endMs, abort);
		const starts = upSelector === null ? [] : await queries.samples({...upSelector, name: processStart}, beganMs, endMs, abort);
		const scraped = (up.length > 0 ? up : counted).map(({samples}) => samples.map(sample => sample.atMs));
		intervalMs = intervalOf(scraped) ?? intervalMs;
		const known = gatherHosts(
			{counted, requests, up, starts},
			{
				...{fromMs: beganMs, gapMs: gapOf(intervalMs), kind: prometheus.kind, hostLabel: prometheus.hostLabel},
				...{place: names.place, before: memory.before},
			},
		);
		memory.keep([...counted, ...(requests ?? [])], atMs);
		const heard = new Map([...known].flatMap(([host, {newestMs}]) => (newestMs === null ? [] : [[host, newestMs] as const])));
		for (const [host, newestMs] of heard) newest.set(host, Math.max(newestMs, newest.get(host) ?? newestMs));
		return {
			buckets: bucketsOf({fromMs, toMs}, hosts, {known, newest, gapMs: gapOf(intervalMs)}),
			settledMs: settledOf(hosts, newest, {atMs, gapMs: gapOf(intervalMs)}),
			heard,
			doubt: doubtOf(counted, requests, upSelector),
		};
	};
	return {
		read,
		async countDay(atMs, abort) {
			const total = prometheus.kind === 'counter' ? 'increase' : 'sum_over_time';
			const values = await queries.values(
				`sum by (${prometheus.hostLabel}) (${total}(${queries.narrowed(query)}[${dayMs / 3_600_000}h]))`,
				atMs,
				abort,
			);
			let count = 0;
			for (const {labels, sample} of values)
				if (sample.value > 0 && names.place(hostOf(labels[prometheus.hostLabel] ?? ''))?.arm === 'baseline') count += sample.value;
			return Math.round(count);
		},
		prove: (atMs, abort) =>
			provePrometheus({config: prometheus, query, exposure, queries, hosts, intervalMs: () => intervalMs, nowMs}, atMs, abort),
	};
}
