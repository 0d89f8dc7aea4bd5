/** What an answer says of each configured host: when it was read, how its counters grew, and what of it cannot be counted. */
import type {PrometheusConfig} from '../../config.ts';
import type {Place} from '../log-files/host-names.ts';
import {type Growth, growthOf, type TargetTimes} from './increase.ts';
import type {Series} from './read-matrix.ts';
import {coverageOf, type Span, startsOf, targetOf, united} from './targets.ts';

export type HostReading = {
	readonly place: Place;
	/** Growth of what counts, and of requests where they are asked for. */
	readonly counted: readonly Growth[];
	readonly requests: readonly Growth[] | null;
	/** The time in which this host was read. Spans do not overlap. */
	readonly covered: readonly Span[];
	/** Where a value was no number. */
	readonly unreadable: readonly Span[];
	readonly newestMs: number | null;
};

export type Samples = {
	readonly counted: readonly Series[];
	readonly requests: readonly Series[] | null;
	readonly up: readonly Series[];
	readonly starts: readonly Series[];
};

export type Reading = {
	readonly fromMs: number;
	readonly gapMs: number;
	readonly kind: PrometheusConfig['kind'];
	readonly hostLabel: string;
	readonly place: (name: string) => Place | null;
	readonly before: (series: Series, atMs: number) => number | null;
};

/** The host of an instance: `mw1261:9090` and `[2001:db8::1]:9090` carry a port. */
export function hostOf(instance: string): string {
	const bracketed = /^\[(.+)\](?::\d+)?$/.exec(instance)?.[1];
	if (bracketed !== undefined) return bracketed;
	return /^[^:]+:\d+$/.test(instance) ? instance.replace(/:\d+$/, '') : instance;
}

type Target = {scrapes: number[]; starts: TargetTimes['starts']; place: Place};

/** Targets by name, of configured hosts. Scrapes are those that `up` says succeeded; without it, the samples themselves. */
function targetsOf({counted, requests, up, starts}: Samples, reading: Reading): Map<string, Target> {
	const targets = new Map<string, Target>();
	const fill = (all: readonly Series[], isScrape: (value: number) => boolean): void => {
		const fresh = new Set<string>();
		for (const series of all) {
			const name = targetOf(series, reading.hostLabel);
			const place = reading.place(hostOf(series.labels[reading.hostLabel] ?? ''));
			if (place === null || (targets.has(name) && !fresh.has(name))) continue;
			fresh.add(name);
			const target = targets.get(name) ?? {scrapes: [], starts: [], place};
			target.scrapes.push(...series.samples.filter(({value}) => isScrape(value)).map(({atMs}) => atMs));
			targets.set(name, target);
		}
	};
	fill(up, value => value === 1);
	fill(counted, () => true);
	fill(requests ?? [], () => true);
	for (const target of targets.values()) target.scrapes = [...new Set(target.scrapes)].sort((a, b) => a - b);
	for (const series of starts) {
		const target = targets.get(targetOf(series, reading.hostLabel));
		if (target !== undefined) target.starts = startsOf(series.samples, reading.fromMs, reading.gapMs);
	}
	return targets;
}

/** Samples before and after one that is no number: between them nothing is known. */
const unreadableIn = ({samples}: Series): Span[] =>
	samples.flatMap(({value, atMs}, index) =>
		Number.isFinite(value) && value >= 0 ? [] : [{fromMs: samples[index - 1]?.atMs ?? atMs, toMs: samples[index + 1]?.atMs ?? atMs + 1}],
	);

/** Each sample is what was counted since the one before it. */
const sinceTheOneBefore = ({samples}: Series, {fromMs, gapMs}: Reading): Growth[] =>
	samples.flatMap(({atMs, value}, index) => {
		const earlierMs = samples[index - 1]?.atMs;
		if (!(value > 0) || (earlierMs === undefined && atMs <= fromMs + gapMs)) return [];
		const isNear = earlierMs !== undefined && atMs - earlierMs <= gapMs;
		return [{fromMs: isNear ? earlierMs : atMs, toMs: atMs, base: 0, value}];
	});

export function gatherHosts(samples: Samples, reading: Reading): Map<string, HostReading> {
	const targets = targetsOf(samples, reading);
	const hosts = new Map<
		string,
		{place: Place; counted: Growth[]; requests: Growth[]; covered: Span[]; unreadable: Span[]; newestMs: number | null}
	>();
	const hostAt = (place: Place) => {
		const known = hosts.get(place.host) ?? {place, counted: [], requests: [], covered: [], unreadable: [], newestMs: null};
		hosts.set(place.host, known);
		return known;
	};
	for (const target of targets.values()) {
		const host = hostAt(target.place);
		host.covered.push(...coverageOf(target, reading.gapMs));
		const newest = target.scrapes.at(-1);
		if (newest !== undefined) host.newestMs = Math.max(newest, host.newestMs ?? newest);
	}
	const grow = (all: readonly Series[], what: 'counted' | 'requests'): void => {
		for (const series of all) {
			const target = targets.get(targetOf(series, reading.hostLabel));
			const first = series.samples[0];
			if (target === undefined || first === undefined) continue;
			const host = hostAt(target.place);
			host.unreadable.push(...unreadableIn(series));
			const before = reading.before(series, first.atMs);
			const context = {target, fromMs: reading.fromMs, gapMs: reading.gapMs, before};
			const isGauge = what === 'counted' && reading.kind === 'gauge-count';
			host[what].push(...(isGauge ? sinceTheOneBefore(series, reading) : growthOf(series.samples, context)));
		}
	};
	grow(samples.counted, 'counted');
	grow(samples.requests ?? [], 'requests');
	return new Map(
		[...hosts].map(([name, host]) => [
			name,
			{...host, covered: united(host.covered), requests: samples.requests === null ? null : host.requests},
		]),
	);
}
