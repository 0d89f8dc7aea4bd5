/** What canaries and hosts must have said, and what goes on when nobody asks: safety per host, quorum, the watcher, the end of an impact. */
import test from 'ava';
import type {Bucket, Signal} from '../../../gate/facts.ts';
import {allow} from '../../../server/actions/allow.ts';
import {writing} from '../../../server/actions/deps.ts';
import {measureEnds, watchUndecided} from '../../../server/actions/watch-deploys.ts';
import {canariesHeard} from '../../../server/facts.ts';
import type {Call} from '../../../server/stores/deploys.ts';
import {batchTo, pushedClock, type ServiceUnderTest, serviceUnderTest, settableSignal, usualService} from '../../helpers/service.ts';

const judged = {rules: {'patch-order': 'off', 'signals-alive': 'off'}};
const signals = {errors: {log: {path: 'errors.log', format: 'json'}}};
const config = {services: {app: {...usualService, policy: judged, signals}}};
const robin = {kind: 'person', name: 'Robin'} as const;

/** Ten-second buckets from `from` on: 100 requests on each canary, 2,000 on the baseline with one error. */
const bucketsFrom = (fromMs: number, howMany: number, canaryErrors: number): Bucket[] =>
	Array.from({length: howMany}, (_, index) => ({
		at: new Date(Math.ceil(fromMs / 10_000) * 10_000 + index * 10_000).toISOString(),
		canary: {hosts: {c1: {count: canaryErrors, exposure: 100}, c2: {count: canaryErrors, exposure: 100}}},
		baseline: {count: 1, exposure: 2000},
	}));

const signalWith = (buckets: readonly Bucket[]): Signal => ({
	...{name: 'errors', counts: 'errors', exposureUnit: 'requests', source: 'file:errors.log', required: true, bucketMs: 10_000, buckets},
	proof: {matchedOnBaseline: {count: 100, withinMs: 86_400_000}, newestAt: {canary: null, baseline: null}, canaries: [], lagMs: 1000},
});

async function watched(t: Parameters<typeof serviceUnderTest>[0]) {
	const clock = pushedClock();
	const signal = settableSignal(signalWith([]));
	const under = await serviceUnderTest(t, {config, clock, signals: [signal.reader]});
	return {under, signal, clock};
}

const newestAttempt = async (under: ServiceUnderTest) => {
	const [attempt] = await under.stores().deploys.recent(1);
	if (!attempt) throw new Error('no attempt');
	return attempt;
};

/** The canaries are asked about and log nothing wrong, with too little traffic to say so for sure. */
async function undecidedGo({under, signal, clock}: Awaited<ReturnType<typeof watched>>) {
	await under.ask('before');
	const asked = under.ask('canaries', {deadlineMs: 60_000});
	const startMs = Date.parse(clock.now());
	clock.push(40_000);
	signal.set(signalWith(bucketsFrom(startMs, 3, 0)));
	clock.push(25_000);
	return asked;
}

test('an undecided go is watched: harm seen afterwards stops the deploy and opens its incident', async t => {
	const all = await watched(t);
	const {under, signal, clock} = all;
	t.like(await undecidedGo(all), {verdict: 'go', exit: 0});
	t.is((await newestAttempt(under)).watch, 'watching');
	await watchUndecided(under.deps);
	t.is((await newestAttempt(under)).watch, 'watching');
	signal.set(signalWith(bucketsFrom(Date.parse(clock.now()), 12, 40)));
	clock.push(125_000);
	await watchUndecided(under.deps);
	const attempt = await newestAttempt(under);
	t.like(attempt, {state: 'stopped', watch: 'decided'});
	t.like((await under.stores().incidents.list(5))[0], {status: 'open', openedBy: 'gate', deploy: attempt.deploy});
	await watchUndecided(under.deps);
	t.is((await under.stores().incidents.list(5)).length, 1);
});

test('harm on the canaries is said while the hook waits: roll back, and the incident is open', async t => {
	const {under, signal, clock} = await watched(t);
	await under.ask('before');
	const asked = under.ask('canaries', {deadlineMs: 300_000});
	clock.push(125_000);
	signal.set(signalWith(bucketsFrom(Date.parse(clock.now()) - 120_000, 12, 40)));
	const answer = await asked;
	t.like(answer, {verdict: 'rollback', exit: 3});
	t.like(await newestAttempt(under), {state: 'stopped', incident: answer.incident});
});

test('what an override lets pass anyway is not waited for', async t => {
	const {under, clock} = await watched(t);
	await under.ask('before');
	const allowed = {service: 'app', rule: 'canary-errors', forMs: 1_800_000, reason: 'known noise', actor: robin};
	await allow(under.deps, {...allowed, idempotencyKey: 'allow-1'});
	const startedMs = clock.monotonicMs();
	t.is((await under.ask('canaries', {deadlineMs: 60_000})).verdict, 'go');
	t.true(clock.monotonicMs() - startedMs < 30_000);
});

test('a caller with little time gives the verdict of the look, and the one with more time says the same', async t => {
	const {under} = await watched(t);
	await under.ask('before');
	const [long, short] = await Promise.all([
		under.ask('canaries', {host: 'c1', deadlineMs: 20_000}),
		under.ask('canaries', {host: 'c2', deadlineMs: 1500}),
	]);
	t.is(long.at, short.at);
	const verdicts = (await under.stores().verdicts.of(await newestAttempt(under))).filter(({verdict}) => verdict.stage === 'canaries');
	t.is(verdicts.length, 1);
});

test('a go that production follows is watched to its end, with a word about it', async t => {
	const all = await watched(t);
	const {under} = all;
	await undecidedGo(all);
	await under.ask('production');
	t.like(await newestAttempt(under), {state: 'closed', outcome: 'completed', watch: 'watching'});
	await watchUndecided(under.deps);
	t.is((await newestAttempt(under)).watch, 'decided');
	t.true((await under.events()).some(({text}) => text.includes('the canaries are no longer apart from the rest')));
});

test('an incident is mitigated when its signals are normal, with the end of the impact at the first quiet bucket', async t => {
	const {under, clock} = await watched(t);
	const startMs = Date.parse('2026-03-02T10:00:00.000Z');
	const store = (buckets: readonly Bucket[]) =>
		writing(under.deps, stores =>
			stores.readings.put(
				buckets.map(bucket => ({service: 'app', signal: 'errors', bucketMs: 10_000, bucket})),
				stores.at,
			),
		);
	await store(bucketsFrom(startMs - 1_200_000, 120, 0));
	await under.ask('before');
	await under.ask('canaries', {mode: 'force', reason: 'test'});
	await store(bucketsFrom(startMs + 10_000, 12, 40));
	clock.push(130_000);
	await under.ask('before', {...batchTo('0'), mode: 'rollback'});
	const quiet = bucketsFrom(Date.parse(clock.now()), 12, 0);
	await measureEnds(under.deps);
	t.like((await under.stores().incidents.list(1))[0], {status: 'open', normalAt: null});
	await store(quiet);
	clock.push(125_000);
	await measureEnds(under.deps);
	const [incident] = await under.stores().incidents.list(1);
	t.like(incident, {status: 'mitigated', normalAt: quiet[0]?.at});
	t.like(
		(await under.events()).find(({kind}) => kind === 'impact_end'),
		{happenedAt: quiet[0]?.at, incident: incident?.id},
	);
	t.is((await under.ask('before', batchTo('f'))).verdict, 'go');
});

test('two machines of one name are warned of, and the later call counts', async t => {
	const {under, clock} = await watched(t);
	await under.ask('before');
	await under.ask('canaries', {host: 'c1', machine: 'one', deadlineMs: 1100});
	clock.push(5000);
	const second = await under.ask('canaries', {host: 'c1', machine: 'two', deadlineMs: 1100});
	t.true(second.findings.some(({rule, because}) => rule === 'notes' && because.includes('Two machines call themselves c1')));
	const attempt = await newestAttempt(under);
	const calls = (await under.stores().deploys.calls(attempt)).filter(({stage}) => stage === 'canaries');
	const service = under.deps.config.services.get('app');
	const heard = service ? canariesHeard({...service, quorum: 1}, calls) : [];
	t.deepEqual(heard, [{host: 'c1', since: calls.at(-1)?.firstAt ?? '', by: 'call'}]);
	t.is(calls.length, 2);
});

const call = (host: string, minute: number, stage = 'canaries', machine = host): Call => ({
	...{stage, host, machine},
	firstAt: `2026-03-02T10:0${minute}:00.000Z`,
	lastAt: `2026-03-02T10:0${minute}:00.000Z`,
});

test('safety counts per host: from its own call, or from that of the deploy host, which speaks for all', async t => {
	const under = await serviceUnderTest(t);
	const service = under.deps.config.services.get('app');
	if (!service) throw new Error('no service');
	const since = (calls: readonly Call[], quorum = 2) =>
		Object.fromEntries(canariesHeard({...service, quorum}, calls).map(({host, since: at}) => [host, at?.slice(14, 16) ?? null]));
	t.deepEqual(since([call('c1', 1)]), {c1: '01', c2: null});
	t.deepEqual(since([call('c1', 1), call('c2', 4)]), {c1: '01', c2: '04'});
	t.deepEqual(since([call('deploy1', 2)]), {c1: '02', c2: '02'});
	t.deepEqual(since([call('c1', 1), call('deploy1.example.org', 2)]), {c1: '01', c2: '02'});
	t.deepEqual(since([call('c1', 1, 'before'), call('deploy1', 1, 'testservers')]), {c1: null, c2: null});
	t.deepEqual(since([call('d9', 3, 'production')]), {c1: null, c2: null});
	t.deepEqual(since([call('c1', 1)], 1), {c1: '01'});
	t.deepEqual(since([], 1), {c1: null, c2: null});
	t.deepEqual(since([call('c1', 1, 'canaries', 'one'), call('c1', 3, 'canaries', 'two')], 1), {c1: '03'});
});
