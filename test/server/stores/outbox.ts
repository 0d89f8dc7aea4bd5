/** The outbox and the trackers on both engines: one row, one owner at a time. */
import {randomUUID} from 'node:crypto';
import type {NoticeWords} from '../../../reports/notice.ts';
import {addMs} from '../../../reports/say.ts';
import type {Database} from '../../../server/stores/database.ts';
import {type NewNotice, outboxStore} from '../../../server/stores/outbox.ts';
import {pullRequestStore} from '../../../server/stores/pull-requests.ts';
import {trackerStore} from '../../../server/stores/trackers.ts';
import {at, onEachDatabase} from '../../helpers/store.ts';

const robin = {kind: 'person', name: 'Robin'} as const;
const words: NoticeWords = {about: 'override', subject: 's', sentence: 'x', remedy: null, path: '/', at, head: ''};

const notice = (target: string, event: string, more: Partial<NewNotice> = {}): NewNotice => ({
	...{id: randomUUID(), target, event, madeIn: event, thread: null, service: 'app', incident: null, deploy: null, words},
	...more,
});
const inOutbox = <T>(database: Database, work: (store: ReturnType<typeof outboxStore>) => Promise<T>): Promise<T> =>
	database.transact(({sql}) => work(outboxStore(sql)));

onEachDatabase('a notice is added once for its event and target, and claimed by one process until its lease ends', async (t, database) => {
	const later = addMs(at, 60_000);
	await inOutbox(database, store => store.add([notice('chat', 'event-1'), notice('mail', 'event-1'), notice('chat', 'event-1')], at));
	const {dueTargets, list} = outboxStore(database.read);
	t.is((await list(10)).length, 2);
	t.deepEqual((await dueTargets(['chat', 'mail', 'other'], at)).sort(), ['chat', 'mail']);
	const claims = await Promise.all(['one', 'two', 'three'].map(by => inOutbox(database, store => store.claim('chat', by, at, later))));
	t.deepEqual(claims.map(({length}) => length).sort(), [0, 0, 1]);
	t.deepEqual(await dueTargets(['chat', 'mail'], at), ['mail']);
	t.deepEqual((await dueTargets(['chat', 'mail'], later)).sort(), ['chat', 'mail']);
	const [taken] = await inOutbox(database, store => store.claim('chat', 'four', later, addMs(later, 60_000)));
	t.like(taken, {attempts: 2, message: taken?.id});
	await inOutbox(database, store => store.end(taken?.id ?? '', 'one', {state: 'sent', reason: null, delivered: []}, later));
	t.is((await outboxStore(database.read).get(taken?.id ?? ''))?.state, 'waiting');
	await inOutbox(database, store => store.end(taken?.id ?? '', 'four', {state: 'sent', reason: null, delivered: ['a']}, later));
	t.like(await outboxStore(database.read).get(taken?.id ?? ''), {state: 'sent', delivered: ['a'], endedAt: later});
});

onEachDatabase('how each target stands is counted, and what is long over is removed', async (t, database) => {
	await inOutbox(database, store =>
		store.add(
			[1, 2, 3].map(number => notice('chat', `event-${number}`)),
			at,
		),
	);
	const [first] = await inOutbox(database, store => store.claim('chat', 'one', at, addMs(at, 1000)));
	await inOutbox(database, store => store.end(first?.id ?? '', 'one', {state: 'failed', reason: 'gone', delivered: []}, at));
	t.deepEqual(await outboxStore(database.read).standing(), [{target: 'chat', waiting: 2, failed: 1, oldestWaitingAt: at, reason: 'gone'}]);
	await inOutbox(database, async store => {
		const known = await store.get(first?.id ?? '');
		if (known) await store.giveUp(known, 'by hand', at);
		await store.prune(addMs(at, 1));
	});
	t.is((await outboxStore(database.read).list(10)).length, 2);
	t.deepEqual((await outboxStore(database.read).list(1, {before: (await outboxStore(database.read).list(1))[0]?.position ?? 0})).length, 1);
});

onEachDatabase('an issue is wanted once, and asked for again only when it failed or was lost', async (t, database) => {
	const inTrackers = <T>(work: (store: ReturnType<typeof trackerStore>) => Promise<T>): Promise<T> =>
		database.transact(({sql}) => work(trackerStore(sql)));
	const want = (repository: string, when = at) =>
		inTrackers(store => store.want({item: 'INC-2026-0001-A1', repository, labels: ['a'], askedBy: robin}, when));
	await want('o/r');
	await want('o/other');
	const claimed = await inTrackers(store => store.claim('INC-2026-0001-A1', 'one', at, addMs(at, 1000)));
	t.like(claimed, {repository: 'o/r', labels: ['a'], attempts: 1, number: null});
	t.is(await inTrackers(store => store.claim('INC-2026-0001-A1', 'two', at, addMs(at, 1000))), null);
	t.deepEqual(await trackerStore(database.read).due(at, 10), []);
	t.false(await inTrackers(store => store.end('INC-2026-0001-A1', 'two', {state: 'linked'})));
	t.true(await inTrackers(store => store.end('INC-2026-0001-A1', 'one', {state: 'failed', reason: 'no'})));
	await want('o/other', addMs(at, 5000));
	t.like(await trackerStore(database.read).get('INC-2026-0001-A1'), {
		...{state: 'wanted', repository: 'o/other', askedAt: at, since: addMs(at, 5000), reason: null},
	});
});

onEachDatabase('a pull request is kept as it was read last', async (t, database) => {
	const key = {api: 'https://api.github.com', repository: 'O/r', number: 12};
	for (const state of ['open', 'merged'])
		await database.transact(({sql}) => pullRequestStore(sql).put(key, {state, title: `${state} ✓`}, at));
	t.deepEqual(await pullRequestStore(database.read).get({...key, repository: 'o/R'}), {
		pull: {state: 'merged', title: 'merged ✓'},
		readAt: at,
	});
});
