/** Retention over the real service: what is old is folded a bit at a time, what an incident shows stays, and doctor says how it grows. */
import test from 'ava';
import type {Bucket} from '../../../gate/facts.ts';
import {writing} from '../../../server/actions/deps.ts';
import {foldReadings} from '../../../server/actions/fold-readings.ts';
import {openIncident} from '../../../server/actions/open-incident.ts';
import {call} from '../../helpers/cli.ts';
import {notes} from '../../helpers/events.ts';
import {batchTo, pushedClock, type ServiceUnderTest, serviceUnderTest} from '../../helpers/service.ts';

const robin = {kind: 'person', name: 'Robin'} as const;
const dayMs = 86_400_000;
const start = '2026-03-02T10:00:00.000Z';
const from = (minutes: number): string => new Date(Date.parse(start) + minutes * 60_000).toISOString();

/** Ten-second buckets of one error each. */
async function read({deps}: ServiceUnderTest, signal: string, minute: number, minutes: number): Promise<void> {
	const buckets = Array.from(
		{length: minutes * 6},
		(_, index): Bucket => ({
			at: new Date(Date.parse(from(minute)) + index * 10_000).toISOString(),
			canary: {hosts: {c1: {count: 1, exposure: 10}}},
			baseline: {count: 1, exposure: 100},
		}),
	);
	await writing(deps, stores =>
		stores.readings.put(
			buckets.map(bucket => ({service: 'app', signal, bucketMs: 10_000, bucket})),
			stores.at,
		),
	);
}

const rowsOf = async ({deps}: ServiceUnderTest, signal: string): Promise<{bucket_at: string; bucket_ms: number}[]> =>
	deps.database.read('readings').where({signal}).orderBy('bucket_at');

test('readings older than 90 days become one a minute, a bounded number at a time, and those of an incident stay', async t => {
	const clock = pushedClock(start);
	const under = await serviceUnderTest(t, {clock});
	for (const stage of ['before', 'testservers', 'canaries', 'production']) await under.ask(stage, batchTo('a'));
	const [attempt] = await under.stores().deploys.recent(1);
	if (!attempt) throw new Error('no attempt');
	await writing(under.deps, async stores => {
		const incident = await openIncident(stores, attempt, {
			by: 'human',
			status: 'open',
			source: 'human',
			actor: robin,
			what: 'it burns',
			text: 'it burns',
		});
		await stores.incidents.setStatus(incident, 'mitigated', from(30));
	});
	await read(under, 'errors', 0, 120);
	await read(under, 'errors', 3 * 24 * 60, 700);
	clock.push(80 * dayMs);
	t.false(await foldReadings(under.deps));
	t.true((await rowsOf(under, 'errors')).every(({bucket_ms}) => bucket_ms === 10_000));

	clock.push(20 * dayMs);
	let rounds = 1;
	while (await foldReadings(under.deps)) rounds += 1;
	t.true(rounds > 1, 'not all of it in one round');
	const rows = await rowsOf(under, 'errors');
	const early = rows.filter(({bucket_at}) => bucket_at < from(24 * 60));
	t.is(early.length, 120 * 6, 'what the incident needs');
	t.is(rows.length - early.length, 700);
	t.false(await foldReadings(under.deps));
	t.deepEqual(await rowsOf(under, 'errors'), rows);
	const {bucketMs, buckets} = await under.stores().readings.between('app', 'errors', from(3 * 24 * 60), from(4 * 24 * 60));
	t.is(bucketMs, 60_000);
	t.deepEqual(buckets[0], {at: from(3 * 24 * 60), canary: {hosts: {c1: {count: 6, exposure: 60}}}, baseline: {count: 6, exposure: 600}});
});

test('one signal that has much to fold does not keep the others from it for ever', async t => {
	const clock = pushedClock(start);
	const under = await serviceUnderTest(t, {clock});
	for (const signal of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await read(under, signal, 0, 10);
	clock.push(100 * dayMs);
	while (await foldReadings(under.deps));
	for (const signal of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) t.is((await rowsOf(under, signal)).length, 10, signal);
});

test('doctor shows the size of the database and what is added to it in a day', async t => {
	const under = await serviceUnderTest(t);
	await under.post('/api/v1/events', {events: notes(70)});
	await read(under, 'errors', 0, 2);
	const {stdout} = await call(['doctor', '--url', under.url], under.folder);
	t.regex(stdout, /^Database \S+: [\d.]+ [kMG]B, 70 events\. It grows by 10 events and 12 readings a day\.$/m);
	const {database} = JSON.parse((await call(['doctor', '--url', under.url, '--json'], under.folder)).stdout) as {database: object};
	t.like(database, {engine: under.deps.database.engine, events: 70, eventsPerDay: 10, readingsPerDay: 12});
});
