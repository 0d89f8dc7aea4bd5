import test, {type ExecutionContext} from 'ava';
import {systemClock} from '../../../../server/clock.ts';
import {type Leadership, openDatabase} from '../../../../server/stores/database.ts';
import {postgresUnderTest} from '../../../helpers/postgres.ts';
import {postgresHand} from '../../../helpers/postgres-server.ts';
import {onEachDatabase} from '../../../helpers/store.ts';

const open = async (t: ExecutionContext, url: string) => {
	const database = await openDatabase({engine: 'postgres', url}, systemClock);
	t.teardown(() => database.close());
	return database;
};
const silent = (): void => undefined;
async function until(condition: () => boolean, withinMs = 8000): Promise<number> {
	const startedMs = performance.now();
	while (!condition()) {
		if (performance.now() - startedMs > withinMs) throw new Error('it did not come to that in time');
		await new Promise(resolve => setTimeout(resolve, 20));
	}
	return performance.now() - startedMs;
}

onEachDatabase('whoever is alone watches at once', async (t, database) => {
	const leadership = await database.lead(silent);
	t.true(leadership.isLeader());
	await leadership.stop();
});

test('one of three watches; when it ends the next takes over within seconds', async t => {
	const url = await postgresUnderTest(t);
	const databases = [await open(t, url), await open(t, url), await open(t, url)];
	const standing: Leadership[] = [];
	for (const database of databases) standing.push(await database.lead(silent));
	const leading = () => standing.map(({isLeader}) => isLeader());
	t.deepEqual(leading(), [true, false, false]);
	await databases[0]?.close();
	await until(() => leading().includes(true));
	t.is(leading().filter(Boolean).length, 1);
	t.false(leading()[0]);
});

test('a watcher whose connection is cut stops watching, another takes over, and it does not come back as a second one', async t => {
	const url = await postgresUnderTest(t);
	const [one, two] = [await open(t, url), await open(t, url)];
	const said: string[] = [];
	const [first, second] = [await one.lead(text => void said.push(text)), await two.lead(silent)];
	t.deepEqual([first.isLeader(), second.isLeader()], [true, false]);
	const [holder] = await postgresHand<{pid: number}>(
		url,
		"select pid from pg_locks where locktype = 'advisory' and objid = 3 and granted and database = (select oid from pg_database where datname = current_database())",
	);
	await postgresHand(url, 'select pg_terminate_backend($1)', [holder?.pid]);
	await until(() => !first.isLeader(), 1000);
	// Either may be the next, but one at a time.
	let both = 0;
	await until(() => {
		if (first.isLeader() && second.isLeader()) both += 1;
		return first.isLeader() || second.isLeader();
	});
	await new Promise(resolve => setTimeout(resolve, 3000));
	t.is(both, 0);
	t.is([first.isLeader(), second.isLeader()].filter(Boolean).length, 1);
	t.deepEqual(said.slice(0, 2), ['this process is the one that watches now', 'this process does not watch any more']);
});

test('who stops watching leaves it to another one at once', async t => {
	const url = await postgresUnderTest(t);
	const [one, two] = [await open(t, url), await open(t, url)];
	const [first, second] = [await one.lead(silent), await two.lead(silent)];
	await first.stop();
	t.false(first.isLeader());
	t.true((await until(() => second.isLeader())) < 5000);
});
