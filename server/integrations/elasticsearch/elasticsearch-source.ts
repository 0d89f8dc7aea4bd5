/** Buckets from Elasticsearch or OpenSearch: which documents count, and which prove that a host is alive. */
import type {Bucket, Missing} from '../../../gate/facts.ts';
import type {ElasticsearchSignalConfig} from '../../config.ts';
import {bucketMs} from '../log-files/buckets.ts';
import {type Arm, type ArmHosts, hostNames, type Place} from '../log-files/host-names.ts';
import type {Window} from '../polled/bucket-book.ts';
import type {PolledSource, WindowAnswer} from '../polled/polled-source.ts';
import {SourceTrouble} from '../polled/source-trouble.ts';
import {proveElasticsearch} from './doctor.ts';
import {type HeardTimes, heardTimes} from './quiet.ts';
import type {WindowReading} from './read-answer.ts';
import {openSearch, type Search} from './search.ts';

const dayMs = 86_400_000;
/** How much longer than its lag allowance a silent arm is waited for. */
const silentMs = 30_000;
const arms = ['canary', 'baseline'] as const;

/** What one question knows over time: how its hosts are called, and when its arms were heard. */
type Told = {
	readonly search: Search;
	readonly what: string;
	readonly heard: Readonly<Record<Arm, HeardTimes>>;
	readonly canaries: ReadonlyMap<string, HeardTimes>;
};

export function elasticsearchSource(config: ElasticsearchSignalConfig, hosts: ArmHosts, nowMs: () => number): PolledSource {
	const names = hostNames(hosts);
	const told = (search: Search, what: string): Told => ({
		...{search, what, heard: {canary: heardTimes(), baseline: heardTimes()}},
		canaries: new Map(hosts.canaries.map(host => [host, heardTimes()])),
	});
	const errors = told(openSearch(config.elasticsearch, nowMs), 'document');
	const requests = config.exposure === null ? null : told(openSearch(config.exposure, nowMs), 'request');

	const read = async (window: Window, atMs: number, abort: AbortSignal): Promise<WindowAnswer> => {
		const reading = await errors.search.window(window, abort);
		checkHosts(reading, config.elasticsearch.hostField);
		const asked = requests === null ? null : await requestsIn(requests, window, abort);
		const heard = hear(errors, reading, names.place);
		if (requests !== null && asked !== null) hear(requests, asked, names.place);
		const tolds = requests === null ? [errors] : [errors, requests];
		const newest = tolds.flatMap(one => arms.map(arm => one.heard[arm].newestMs() ?? Number.NEGATIVE_INFINITY));
		const counts = {errors: countsIn(reading, names.place), requests: asked && countsIn(asked, names.place)};
		return {
			buckets: bucketsOf(window, hosts, tolds, counts),
			settledMs: Math.max(Math.min(...newest), atMs - silentMs),
			heard,
			doubt: names.ambiguous()[0] ?? null,
		};
	};
	return {
		read,
		async countDay(atMs, abort) {
			const totals = await errors.search.totals({fromMs: atMs - dayMs, toMs: atMs}, abort);
			return totals.reduce((sum, {name, count}) => (names.place(name)?.arm === 'baseline' ? sum + count : sum), 0);
		},
		prove: (atMs, abort) =>
			proveElasticsearch(requests === null ? [errors.search] : [errors.search, requests.search], hosts, {atMs, nowMs, abort}),
	};
}

async function requestsIn({search}: Told, window: Window, abort: AbortSignal): Promise<WindowReading> {
	try {
		return await search.window(window, abort);
	} catch (error) {
		throw error instanceof SourceTrouble ? new SourceTrouble(`the exposure: ${error.message}`, error) : error;
	}
}

/** A field that no document has reads as no hosts and no errors. */
function checkHosts({documents, heard}: WindowReading, hostField: string): void {
	if (documents > 0 && heard.length === 0)
		throw new SourceTrouble(`none of ${documents} documents has the field ${hostField}; check host_field (host.name where Beats write)`);
}

/** Remembers when each arm was heard. Returns the newest event of each configured host. */
function hear(
	{heard: times, canaries}: Told,
	{heard, counted}: WindowReading,
	placeOf: (name: string) => Place | null,
): Map<string, number> {
	const newest = new Map<string, number>();
	for (const {name, newestMs, oldestMs} of heard) {
		const place = placeOf(name);
		if (place === null) continue;
		newest.set(place.host, Math.max(newestMs, newest.get(place.host) ?? newestMs));
		for (const heardMs of [oldestMs, newestMs]) {
			times[place.arm].add(heardMs);
			if (place.arm === 'canary') canaries.get(place.host)?.add(heardMs);
		}
	}
	for (const {name, buckets} of counted) {
		const place = placeOf(name);
		if (place === null) continue;
		for (const {atMs, count} of buckets) {
			if (count === 0) continue;
			times[place.arm].add(atMs);
			if (place.arm === 'canary') canaries.get(place.host)?.add(atMs);
		}
	}
	return newest;
}

type Counts = ReadonlyMap<string, number>;

const keyOf = (atMs: number, {arm, host}: Place): string => `${atMs} ${arm === 'baseline' ? arm : `canary ${host}`}`;

/** By bucket and canary, and by bucket for the baseline as one. Two names of one host add up. */
function countsIn({counted}: WindowReading, placeOf: (name: string) => Place | null): Counts {
	const counts = new Map<string, number>();
	for (const {name, buckets} of counted) {
		const place = placeOf(name);
		if (place === null) continue;
		for (const {atMs, count} of buckets) counts.set(keyOf(atMs, place), (counts.get(keyOf(atMs, place)) ?? 0) + count);
	}
	return counts;
}

function bucketsOf(
	{fromMs, toMs}: Window,
	hosts: ArmHosts,
	tolds: readonly Told[],
	{errors, requests}: {readonly errors: Counts; readonly requests: Counts | null},
): Bucket[] {
	const count = (atMs: number, place: Place, members: number) => ({
		count: errors.get(keyOf(atMs, place)) ?? 0,
		exposure: requests === null ? (members * bucketMs) / 1000 : (requests.get(keyOf(atMs, place)) ?? 0),
	});
	const buckets: Bucket[] = [];
	for (let atMs = fromMs; atMs < toMs; atMs += bucketMs) {
		const canary = missingIn(atMs, 'canary', hosts.canaries, tolds);
		const baseline = missingIn(atMs, 'baseline', hosts.baseline, tolds);
		// A canary whose documents stopped may be quiet or cut off; until it is heard again it is left out, and is no zero.
		const read = hosts.canaries.filter(host => tolds[0]?.canaries.get(host)?.silence(atMs) === null);
		buckets.push({
			at: new Date(atMs).toISOString(),
			canary: canary ?? {hosts: Object.fromEntries(read.map(host => [host, count(atMs, {arm: 'canary', host}, 1)]))},
			baseline: baseline ?? count(atMs, {arm: 'baseline', host: ''}, hosts.baseline.length),
		});
	}
	return buckets;
}

function missingIn(atMs: number, arm: Arm, hosts: readonly string[], tolds: readonly Told[]): Missing | null {
	const name = arm === 'canary' ? 'the canaries' : 'the baseline';
	if (hosts.length === 0) return {missing: `no host is configured for ${name}`};
	for (const {what, heard} of tolds) {
		const silence = heard[arm].silence(atMs);
		const shown = hosts.length > 3 ? `${hosts.slice(0, 3).join(', ')} and ${hosts.length - 3} more` : hosts.join(', ');
		if (silence !== null) return {missing: `no ${what} from ${name} (${shown}) ${silence}`};
	}
	return null;
}
