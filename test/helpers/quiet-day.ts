/** A quiet day: facts on which every rule passes. A test is a sentence and one difference from it. */
import type {Bucket, Change, Facts, Instant, Signal} from '../../gate/facts.ts';

export const quietAt: Instant = '2026-03-02T10:05:00.000Z';
const startedMs = Date.parse('2026-03-02T10:00:00.000Z');

/** `quietAt`-based time: seconds after 10:00:00 of the quiet day. */
export const after = (seconds: number): Instant => new Date(startedMs + seconds * 1000).toISOString();

export const change = (id: string, more: Partial<Change> = {}): Change => ({
	id,
	repository: 'app',
	branch: 'live',
	sha: id.padEnd(40, '0').slice(0, 40),
	subject: `Change ${id}`,
	message: `Change ${id}\n`,
	paths: [],
	...more,
});

/** Thirty buckets of 10 s: two canaries and a baseline of 20 hosts, 100 requests a host and bucket, one error in 2,000. */
export const buckets = (canaryErrors: (index: number, host: string) => number = () => 0, howMany = 30): Bucket[] =>
	Array.from({length: howMany}, (_, index) => ({
		at: after(index * 10),
		canary: {hosts: Object.fromEntries(['c1', 'c2'].map(host => [host, {count: canaryErrors(index, host), exposure: 100}]))},
		baseline: {count: 1, exposure: 2000},
	}));

export const signal = (more: Partial<Signal> = {}): Signal => ({
	name: 'errors',
	counts: 'errors',
	exposureUnit: 'requests',
	source: 'file:/var/log/app/error.log',
	required: true,
	bucketMs: 10_000,
	buckets: buckets(),
	proof: {
		matchedOnBaseline: {count: 8640, withinMs: 86_400_000},
		newestAt: {canary: after(299), baseline: after(299)},
		canaries: [
			{host: 'c1', newestAt: after(299)},
			{host: 'c2', newestAt: after(299)},
		],
		lagMs: 1000,
	},
	...more,
});

export const quietDay: Facts = {
	version: 1,
	at: quietAt,
	service: 'app',
	stage: {name: 'canaries', first: false},
	groups: ['east', 'west'],
	batch: {
		changes: [change('aaaa1111')],
		atomic: false,
		targets: [{repository: 'app', branch: 'live', sha: 'aaaa1111'.padEnd(40, '0')}],
		rollback: 'no',
	},
	landed: [
		{group: 'east', heads: [{repository: 'app', branch: 'live', sha: '0'.repeat(40)}], changes: []},
		{group: 'west', heads: [{repository: 'app', branch: 'live', sha: '0'.repeat(40)}], changes: []},
	],
	known: [],
	holdings: [],
	signals: [signal()],
	look: {
		startedAt: after(0),
		harmFrom: after(0),
		canaries: [
			{host: 'c1', since: after(0), by: 'call'},
			{host: 'c2', since: after(0), by: 'call'},
		],
		baseline: Array.from({length: 20}, (_, index) => `b${index + 1}`),
		final: false,
	},
	incidents: [],
	overrides: [],
	notes: [],
};

export const factsWith = (difference: Partial<Facts>): Facts => ({...quietDay, ...difference});
