/** Two services on one PostgreSQL: what one of them knows the other one knows, and what only one may do only one does. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import type {Signal} from '../../gate/facts.ts';
import {writing} from '../../server/actions/deps.ts';
import {systemClock} from '../../server/clock.ts';
import {openDatabase} from '../../server/stores/database.ts';
import {rowsOf} from '../../server/stores/rows.ts';
import {appendEvents, findEvents, verifyChain} from '../../server/stores/timeline.ts';
import {noteEvent} from '../helpers/events.ts';
import {postgresUnderTest} from '../helpers/postgres.ts';
import {serve} from '../helpers/processes.ts';
import {pushedClock, question, serviceUnderTest, settableSignal, temporaryFolder, usualService} from '../helpers/service.ts';

const policy = {rules: {'patch-order': 'off', 'signals-alive': 'off'}};
const config = {services: {app: {...usualService, policy, signals: {errors: {log: {path: 'errors.log', format: 'json'}}}}}};

const silent = (): Signal => ({
	...{name: 'errors', counts: 'errors', exposureUnit: 'requests', source: 'file:errors.log', required: true, bucketMs: 10_000, buckets: []},
	proof: {matchedOnBaseline: {count: 100, withinMs: 86_400_000}, newestAt: {canary: null, baseline: null}, canaries: [], lagMs: 1000},
});

test('many hosts that ask two services at once get one look and one verdict', async t => {
	const clock = pushedClock();
	const folder = temporaryFolder(t);
	const options = {config, clock, folder, engine: 'postgres', signals: [settableSignal(silent()).reader]} as const;
	const [one, two] = [await serviceUnderTest(t, options), await serviceUnderTest(t, options)];
	await one.ask('before');
	const hosts = Array.from({length: 12}, (_, index) => `c${index + 1}`);
	const asked = hosts.map((host, index) =>
		(index % 2 === 0 ? one : two).ask('canaries', {host, machine: `machine of ${host}`, deadlineMs: 4000}),
	);
	const answers = await Promise.all(asked);
	t.is(new Set(answers.map(({at, verdict, deploy, attempt}) => JSON.stringify([at, verdict, deploy, attempt]))).size, 1);
	const [attempt] = await two.stores().deploys.recent(1);
	if (!attempt) throw new Error('no attempt');
	const verdicts = await two.stores().verdicts.of(attempt);
	t.is(verdicts.filter(({verdict}) => verdict.stage === 'canaries').length, 1);
	t.is((await two.stores().deploys.calls(attempt)).filter(({stage}) => stage === 'canaries').length, hosts.length);
	const looks: {owner: string}[] = await one.deps.database.read('looks').where({stage: 'canaries'});
	t.is(looks.length, 1);
	t.true([one.deps.processId, two.deps.processId].includes(looks[0]?.owner ?? ''));
});

test('a deploy opened through one service is gone on with through the other', async t => {
	const folder = temporaryFolder(t);
	const [one, two] = [await serviceUnderTest(t, {folder, engine: 'postgres'}), await serviceUnderTest(t, {folder, engine: 'postgres'})];
	const before = await one.ask('before');
	t.like(await two.ask('canaries'), {deploy: before.deploy, attempt: before.attempt, verdict: 'go'});
	t.like(await one.post('/api/v1/checks', question('production')), {status: 200, body: {result: {deploy: before.deploy, attempt: 1}}});
});

test('what one process writes the other hears at once, also after its connection was cut', async t => {
	const url = await postgresUnderTest(t);
	const place = {engine: 'postgres', url} as const;
	const [one, two] = [await openDatabase(place, systemClock), await openDatabase(place, systemClock)];
	t.teardown(() => Promise.all([one.close(), two.close()]));
	const waiting = new Set<() => void>();
	const stop = two.watchHead(() => {
		for (const wake of waiting) wake();
	});
	const heard = () => new Promise<void>(resolve => waiting.add(resolve));
	const write = () => one.transact(transaction => appendEvents(transaction, [noteEvent()], systemClock.now()));
	await new Promise(resolve => setTimeout(resolve, 100));
	const hearing = heard();
	const startedMs = performance.now();
	await write();
	await hearing;
	// By asking now and then alone it would take up to 15 seconds.
	t.true(performance.now() - startedMs < 2000);
	const raw = await openDatabase(place, systemClock);
	const cut = await rowsOf(
		raw.read,
		"select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and query ~ 'held|listen'",
	);
	await raw.close();
	t.true(cut.length >= 2, 'the connections that listen');
	const again = heard();
	await write();
	await again;
	t.true(performance.now() - startedMs < 12_000);
	stop();
});

test('of two serve processes one watches; when it is killed the other closes what is idle, and both serve', async t => {
	const url = await postgresUnderTest(t);
	const folder = temporaryFolder(t);
	writeFileSync(path.join(folder, 'signalbox.yaml'), JSON.stringify({idle_close: '2s', services: {app: usualService}}));
	const env = {DATABASE_URL: url};
	const one = await serve(t, {folder, env});
	await one.until(/this process is the one that watches now/);
	const two = await serve(t, {folder, env});
	const post = async (at: string, route: string, body: unknown): Promise<{status: number; text: string}> => {
		const response = await fetch(`${at}${route}`, {
			method: 'POST',
			headers: {'content-type': 'application/json'},
			body: JSON.stringify(body),
		});
		return {status: response.status, text: await response.text()};
	};
	t.notRegex(two.said(), /watches now/);
	t.regex(one.said(), /Database: postgres:\/\/signalbox@127\.0\.0\.1:\d+\/test_\w+\n/);
	t.notRegex(one.said() + two.said(), /not.a.secret|not%20a/);
	t.is((await post(two.url, '/api/v1/events', {events: [noteEvent({text: 'through the second'})]})).status, 201);
	one.child.kill('SIGKILL');
	await two.until(/this process is the one that watches now/);
	t.regex((await post(two.url, '/api/v1/checks', question('before', {askedAt: systemClock.now()}))).text, /"verdict":"go"/);
	const database = await openDatabase({engine: 'postgres', url}, systemClock);
	t.teardown(() => database.close());
	const isClosed = async () => (await findEvents(database.read, {})).some(({text}) => /nobody has asked about it any more/.test(text));
	for (let tries = 0; tries < 200 && !(await isClosed()); tries += 1) await new Promise(resolve => setTimeout(resolve, 50));
	t.true(await isClosed());
	t.true((await verifyChain(database.read)).intact);
	two.child.kill('SIGTERM');
	t.is((await two.done).code, 0);
});

test('a step of one process is seen whole by the other: the incident and its event, or neither', async t => {
	const folder = temporaryFolder(t);
	const [one, two] = [await serviceUnderTest(t, {folder, engine: 'postgres'}), await serviceUnderTest(t, {folder, engine: 'postgres'})];
	await t.throwsAsync(
		writing(one.deps, async stores => {
			await stores.incidents.open({service: 'app', key: null, title: 'it burns', status: 'open', openedBy: 'human', at: stores.at});
			stores.say({kind: 'note', source: 'human', actor: {kind: 'person', name: 'Robin'}, text: 'it burns'});
			t.deepEqual(await two.stores().incidents.list(5), []);
			throw new Error('changed its mind');
		}),
		{message: 'changed its mind'},
	);
	t.deepEqual(await two.events(), []);
	t.deepEqual(await two.stores().incidents.list(5), []);
});
