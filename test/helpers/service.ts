/**
 * A real service for a test: its own data folder and SQLite file, a configuration written as YAML and read by the loader, a free port,
 * a clock that the test may push forward, and an end when the test ends.
 */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import type {ExecutionContext} from 'ava';
import type {Bucket, Instant, Signal, Target} from '../../gate/facts.ts';
import {rules} from '../../gate/rules/all.ts';
import type {TimelineEvent} from '../../reports/events.ts';
import {type CheckResult, checkDeploy} from '../../server/actions/check-deploy.ts';
import {type Deps, reading, type SignalReader, type Stores} from '../../server/actions/deps.ts';
import type {Clock} from '../../server/clock.ts';
import {loadConfig} from '../../server/config/load.ts';
import {type Service, startService} from '../../server/main.ts';
import type {CheckRequest} from '../../server/schemas/check.ts';
import type {Database} from '../../server/stores/database.ts';
import {type EventFilter, findEvents} from '../../server/stores/timeline.ts';
import {postgresUnderTest} from './postgres.ts';

type Engine = Database['engine'];

export type PushedClock = Clock & {
	/** Everything that waits for a time up to then goes on. */
	push(byMs: number): void;
};

/** Starts at `start`, runs as the machine's clock does, and jumps forward when it is pushed: half an hour passes in no time. */
export function pushedClock(start: Instant = '2026-03-02T10:00:00.000Z'): PushedClock {
	const startMs = Date.parse(start);
	const realMs = performance.now();
	let pushedMs = 0;
	const elapsedMs = () => performance.now() - realMs + pushedMs;
	const sleepers = new Set<{readonly untilMs: number; readonly wake: () => void}>();
	return {
		now: () => new Date(startMs + elapsedMs()).toISOString(),
		monotonicMs: elapsedMs,
		sleep(forMs, signal) {
			if (signal?.aborted) return Promise.resolve();
			return new Promise(resolve => {
				const wake = () => {
					clearTimeout(timer);
					signal?.removeEventListener('abort', wake);
					sleepers.delete(sleeper);
					resolve();
				};
				const sleeper = {untilMs: elapsedMs() + forMs, wake};
				const timer = setTimeout(wake, forMs);
				sleepers.add(sleeper);
				signal?.addEventListener('abort', wake, {once: true});
			});
		},
		push(byMs) {
			pushedMs += byMs;
			for (const sleeper of [...sleepers]) if (sleeper.untilMs <= elapsedMs()) sleeper.wake();
		},
	};
}

/** A folder that is gone after the test. */
export function temporaryFolder(t: ExecutionContext, name = 'signalbox'): string {
	const folder = mkdtempSync(path.join(tmpdir(), `${name}-`));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	return folder;
}

/** `a`, `b1`… as a whole commit id. */
export const sha = (letters: string): string => letters.padEnd(40, '0');

/** The commit that the repository `app` is to be at. */
export const target = (letters: string, repository = 'app'): Target => ({repository, sha: sha(letters)});

type SentChange = CheckRequest['batch']['changes'][number];

/** A change of `app`; `id` is the beginning of its commit. */
export const changeOf = (id: string, more: Partial<SentChange> = {}): SentChange => ({
	...{id, repository: 'app', sha: sha(id), subject: `Change ${id}`, message: `Change ${id}\n`},
	...more,
});

/** A service with two canaries that log nothing, since no rule judges it: what its life does is what the test is about. */
export const usualService = {
	groups: ['test', 'canary', 'default'],
	stages: [
		'before',
		{name: 'testservers', groups: ['test']},
		{name: 'canaries', groups: ['canary']},
		{name: 'production', groups: ['test', 'canary', 'default']},
	],
	deploy_host: 'deploy1',
	hosts: {canaries: ['c1', 'c2'], baseline: ['b1', 'b2', 'b3']},
	policy: {rules: {'canary-errors': 'off', 'signals-alive': 'off'}},
} as const;

/** What a hook sends: a deploy of `app` to commit `a`, which is change `a`, asked by the deploy host. */
let questions = 0;
export function question(stage: string, more: Partial<CheckRequest> = {}): CheckRequest {
	questions += 1;
	return {
		...{service: 'app', stage, host: 'deploy1', machine: 'machine-1', actor: {kind: 'person', name: 'Robin'}},
		...{askedAt: '2026-03-02T10:00:00.000Z', deadlineMs: 5000, idempotencyKey: `question-${process.pid}-${questions}`},
		...{mode: 'check', reason: null, batch: {targets: [target('a')], changes: [changeOf('a')]}},
		...{known: [], landedChanges: [], holdings: [], beside: {}, live: [], notes: [], named: []},
		...more,
	};
}

/** A batch that brings `app` to this commit by a change of the same name. */
export const batchTo = (letters: string, change: Partial<SentChange> = {}): {batch: CheckRequest['batch']} => ({
	batch: {targets: [target(letters)], changes: [changeOf(letters, change)]},
});

export type ServiceUnderTest = {
	readonly service: Service;
	readonly deps: Deps;
	/** Without a slash at the end. */
	readonly url: string;
	readonly clock: PushedClock;
	readonly folder: string;
	/** What the service logged. */
	readonly logged: readonly string[];
	/** Asks through the action, without HTTP. */
	ask(stage: string, more?: Partial<CheckRequest>): Promise<CheckResult>;
	/** Asks over HTTP, as the hook does; the last line of the answer. */
	post(route: string, body: unknown): Promise<{status: number; body: unknown}>;
	stores(): Stores;
	events(filter?: EventFilter): Promise<TimelineEvent[]>;
};

export type ServiceUnderTestOptions = {
	/** The whole configuration as it would stand in YAML; `services: {app: usualService}` without. */
	readonly config?: Readonly<Record<string, unknown>>;
	readonly clock?: PushedClock;
	/** Another process on the same file: the folder of the first. */
	readonly folder?: string;
	/** Whether it watches, closes idle deploys and hears announcements by itself. */
	readonly polls?: boolean;
	/** How long a request may take to arrive. */
	readonly requestMs?: number;
	/** Stands in for the log files. */
	readonly signals?: readonly SignalReader[];
	/** SQLite, unless this or SIGNALBOX_TEST_ENGINE says PostgreSQL. */
	readonly engine?: Engine;
	/** A PostgreSQL of the test's own. */
	readonly databaseUrl?: string;
};

/** The address of the database that the services of a folder share, where it is PostgreSQL. */
const addresses = new Map<string, string>();

async function databaseEnv(t: ExecutionContext, folder: string, engine: Engine): Promise<Record<string, string>> {
	if (engine === 'sqlite') return {};
	const url = addresses.get(folder) ?? (await postgresUnderTest(t));
	addresses.set(folder, url);
	return {DATABASE_URL: url};
}

/** What a command needs in its environment to work on the database of a service under test. */
export const environmentOf = (folder: string): Record<string, string> => {
	const url = addresses.get(folder);
	return url === undefined ? {} : {DATABASE_URL: url};
};

const engineOf = ({engine, databaseUrl}: ServiceUnderTestOptions): Engine =>
	engine ?? (databaseUrl !== undefined || process.env['SIGNALBOX_TEST_ENGINE'] === 'postgres' ? 'postgres' : 'sqlite');

/** The last line of an answer of JSON lines, or its one JSON. */
async function readBody(response: Response): Promise<unknown> {
	const lines = (await response.text()).trim().split('\n');
	return JSON.parse(lines.at(-1) || 'null') as unknown;
}

/** Starts a service that ends with the test. */
export async function serviceUnderTest(t: ExecutionContext, options: ServiceUnderTestOptions = {}): Promise<ServiceUnderTest> {
	const {config: written = {services: {app: usualService}}, clock = pushedClock(), polls = false, signals} = options;
	const folder = options.folder ?? temporaryFolder(t);
	const file = path.join(folder, 'signalbox.yaml');
	// JSON is YAML.
	writeFileSync(file, JSON.stringify(written));
	const logged: string[] = [];
	const arrival = options.requestMs === undefined ? {} : {requestMs: options.requestMs};
	if (options.databaseUrl !== undefined) addresses.set(folder, options.databaseUrl);
	const env = await databaseEnv(t, folder, engineOf(options));
	const config = loadConfig({file, env: {PORT: '0', ...env}, cwd: folder, rules});
	const service = await startService({config, clock, log: text => void logged.push(text), polls, port: 0, ...arrival});
	t.teardown(() => service.close());
	const deps: Deps = signals === undefined ? service.deps : {...service.deps, signals: () => signals};
	return {
		...{service, deps, url: service.url, clock, folder, logged},
		ask: (stage, more) => checkDeploy(deps, question(stage, {askedAt: clock.now(), ...more})),
		async post(route, body) {
			const response = await fetch(`${service.url}${route}`, {
				method: 'POST',
				headers: {'content-type': 'application/json'},
				body: JSON.stringify(body),
			});
			return {status: response.status, body: await readBody(response)};
		},
		stores: () => reading(deps),
		events: (filter = {}) => findEvents(deps.database.read, filter),
	};
}

/** A signal whose buckets and proof the test sets; whoever waits for the next bucket is woken by it. */
export function settableSignal(first: Signal): {readonly reader: SignalReader; set(next: Signal): void} {
	let signal = first;
	const waiting = new Set<() => void>();
	const reader: SignalReader = {
		name: first.name,
		signal: from => ({...signal, buckets: signal.buckets.filter((bucket: Bucket) => bucket.at >= from)}),
		waitForNext: abort =>
			new Promise(resolve => {
				const wake = () => {
					waiting.delete(wake);
					resolve();
				};
				waiting.add(wake);
				abort.addEventListener('abort', wake, {once: true});
			}),
		prove: () => Promise.resolve([]),
		stop: () => Promise.resolve(),
	};
	return {
		reader,
		set(next) {
			signal = next;
			for (const wake of [...waiting]) wake();
		},
	};
}
