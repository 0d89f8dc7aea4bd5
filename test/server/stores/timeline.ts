import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import type {Knex} from 'knex';
import type {NewEvent} from '../../../reports/events.ts';
import {canonical, sha256} from '../../../server/canonical.ts';
import type {Database} from '../../../server/stores/database.ts';
import {
	appendBatches,
	appendEvents,
	chainHead,
	findByKey,
	findEvents,
	newestEvents,
	redactEvent,
	verifyChain,
} from '../../../server/stores/timeline.ts';
import {noteEvent, notes} from '../../helpers/events.ts';
import {at, onEachDatabase, storeUnderTest} from '../../helpers/store.ts';

const append = (database: Database, events: readonly NewEvent[], recordedAt = at) =>
	database.transact(transaction => appendEvents(transaction, events, recordedAt));

onEachDatabase('an event comes back as it went in, with its place, its time of recording and its hash', async (t, database) => {
	const event = noteEvent({service: 'app', deploy: 'D-1', attempt: 2, incident: 'INC-1', data: {b: [1, {z: null, a: 'x'}]}});
	await append(database, [event], '2026-03-02T10:00:05.000Z');
	const [stored] = await findEvents(database.read, {});
	t.like(stored, {...event, seq: 1, recordedAt: '2026-03-02T10:00:05.000Z', redacted: false});
	t.regex(stored?.hash ?? '', /^[0-9a-f]{64}$/);
});

onEachDatabase('the hash is what the store says it is, so that anybody can compute it', async (t, database) => {
	const {kind, happenedAt, ...payload} = noteEvent();
	await append(database, [{kind, happenedAt, ...payload}]);
	const parts = ['0'.repeat(64), 1, kind, happenedAt, at, sha256(canonical(payload))];
	t.is((await chainHead(database.read)).hash, sha256(parts.join('\n')));
});

onEachDatabase('the same key twice is stored once, in one batch, in the next, and among several senders', async (t, database) => {
	const event = noteEvent();
	t.like(await append(database, [event, event]), {stored: 1, duplicates: 1, conflicts: []});
	t.like(await append(database, [event]), {stored: 0, duplicates: 1, conflicts: [], head: {seq: 1}});
	const other = noteEvent();
	const answers = await database.transact(transaction => appendBatches(transaction, [[other], [other, event], [noteEvent()]], at));
	t.deepEqual(
		answers.map(({stored, duplicates, head}) => [stored, duplicates, head.seq]),
		[
			[1, 0, 2],
			[0, 2, 2],
			[1, 0, 3],
		],
	);
	t.is((await findByKey(database.read, event.idempotencyKey))?.text, event.text);
	t.is(await findByKey(database.read, 'nobody'), null);
});

onEachDatabase(
	'another event under a key that is taken is not stored, and is named; the same one known otherwise is no other',
	async (t, database) => {
		const event = noteEvent();
		const {idempotencyKey: key} = event;
		t.like(await append(database, [event, {...event, text: 'again'}]), {stored: 1, duplicates: 0, conflicts: [key]});
		for (const other of [
			{text: 'later'},
			{kind: 'decision'},
			{service: 'x'},
			{data: {a: 1}},
			{actor: {kind: 'person', name: 'Sam'}},
		] as const)
			t.like(await append(database, [{...event, ...other}]), {stored: 0, duplicates: 0, conflicts: [key]}, JSON.stringify(other));
		for (const same of [
			{happenedAt: '2026-03-02T09:00:00.000Z', precision: 'min'},
			{incident: 'INC-1', deploy: 'D-1', attempt: 1},
		] as const)
			t.like(await append(database, [{...event, ...same}]), {stored: 0, duplicates: 1, conflicts: []}, JSON.stringify(same));
		t.is((await findEvents(database.read, {})).length, 1);
	},
);

onEachDatabase('a batch keeps its order, also one larger than a single statement takes', async (t, database) => {
	const events = notes(1000);
	t.like(await append(database, events), {stored: 1000, duplicates: 0, head: {seq: 1000}});
	t.deepEqual(
		(await findEvents(database.read, {})).map(({text}) => text),
		events.map(({text}) => text),
	);
	t.like(await verifyChain(database.read), {intact: true, events: 1000});
});

onEachDatabase('events are read by when they happened, whenever they were recorded', async (t, database) => {
	await append(database, [noteEvent({text: 'second', happenedAt: '2026-03-02T10:05:00.000Z'})], '2026-03-02T10:05:01.000Z');
	await append(database, [noteEvent({text: 'first', happenedAt: '2026-03-02T09:00:00.000Z'})], '2026-03-02T11:00:00.000Z');
	const texts = (events: readonly {text: string}[]) => events.map(({text}) => text);
	t.deepEqual(texts(await findEvents(database.read, {})), ['first', 'second']);
	t.deepEqual(texts(await newestEvents(database.read, 1)), ['first']);
	t.deepEqual(texts(await findEvents(database.read, {from: '2026-03-02T09:00:00.000Z', to: '2026-03-02T10:05:00.000Z'})), ['first']);
});

onEachDatabase('a redacted event says nothing any more, and the chain still verifies', async (t, database) => {
	await append(database, [...notes(2), noteEvent({text: 'the password is hunter2', data: {password: 'hunter2'}, service: 'app'})]);
	const notice = () => noteEvent({kind: 'redacted', text: 'Event 3 was redacted'});
	await database.transact(transaction => redactEvent(transaction, 3, notice, at));
	t.deepEqual(await verifyChain(database.read), {intact: true, events: 4, redacted: 1, head: (await chainHead(database.read)).hash});
	const [row] = await database.read('events').where({seq: 3});
	t.notRegex(JSON.stringify(row), /hunter2/);
	t.like((await findEvents(database.read, {service: 'app'}))[0], {text: 'redacted', data: {}, redacted: true, actor: {name: 'redacted'}});
	await t.throwsAsync(() => database.transact(transaction => redactEvent(transaction, 3, notice, at)), {message: /redacted already/});
	await t.throwsAsync(() => database.transact(transaction => redactEvent(transaction, 99, notice, at)), {
		message: /no event 99; the newest is 4/,
	});
});

test('what was redacted is nowhere in the file either, however long it was', async t => {
	const {database} = await storeUnderTest(t);
	await append(database, [...notes(2), noteEvent({text: `${'so it went. '.repeat(1000)}the password is hunter2`})]);
	const notice = () => noteEvent({kind: 'redacted', text: 'Event 3 was redacted'});
	await database.transact(transaction => redactEvent(transaction, 3, notice, at));
	await database.close();
	t.false(readFileSync(database.name).includes('hunter2'));
});

const tamperings: readonly (readonly [string, (raw: Knex) => PromiseLike<unknown>, number, RegExp])[] = [
	['a changed text', raw => raw('events').where({seq: 2}).update({payload: '{"text":"all was well"}'}), 2, /payload was changed/],
	['a changed time', raw => raw('events').where({seq: 2}).update({happened_at: '2026-03-02T09:00:00.000Z'}), 2, /hash does not follow/],
	['a changed kind', raw => raw('events').where({seq: 2}).update({kind: 'decision'}), 2, /hash does not follow/],
	['a changed column', raw => raw('events').where({seq: 2}).update({service: 'other'}), 2, /columns it is found by differ/],
	['an event taken from the middle', raw => raw('events').where({seq: 2}).delete(), 2, /event 2 is missing/],
	['the newest event taken away', raw => raw('events').where({seq: 4}).delete(), 4, /newest events are gone/],
	['a changed head', raw => raw('chain_head').update({hash: 'f'.repeat(64)}), 5, /ends at event 4/],
	[
		'two events that changed places',
		async raw => {
			await raw('events').where({seq: 2}).update({seq: 99});
			await raw('events').where({seq: 3}).update({seq: 2});
			await raw('events').where({seq: 99}).update({seq: 3});
		},
		2,
		/hash does not follow/,
	],
	[
		'a row put behind the head',
		raw =>
			raw.raw(
				"insert into events select 5, kind, happened_at, recorded_at, service, deploy, attempt, incident, 'x', payload, payload_sha256, hash from events where seq = 4",
			),
		5,
		/behind the head/,
	],
];

for (const [what, tamper, seq, problem] of tamperings) {
	onEachDatabase(`verify finds ${what}`, async (t, database, {raw}) => {
		await append(database, notes(4));
		await tamper(raw());
		const report = await verifyChain(database.read);
		t.like(report, {intact: false, seq});
		t.regex(report.intact ? '' : report.problem, problem);
	});
}

onEachDatabase('a head printed earlier is found in the chain, until the chain was rewritten from there', async (t, database, {raw}) => {
	await append(database, notes(2));
	const {hash: printed} = await chainHead(database.read);
	await append(database, notes(2));
	t.true((await verifyChain(database.read, printed)).intact);
	t.true((await verifyChain(database.read, '0'.repeat(64))).intact);
	const report = await verifyChain(database.read, 'f'.repeat(64));
	t.regex(report.intact ? '' : report.problem, /nowhere in this chain/);

	// Somebody with the file in hand can make a chain that fits in itself; a head that was printed gives it away.
	const hand = raw();
	await hand('events').delete();
	await hand('chain_head').update({seq: 0, hash: '0'.repeat(64)});
	await append(database, notes(4));
	t.true((await verifyChain(database.read)).intact);
	t.false((await verifyChain(database.read, printed)).intact);
});

test('equal values give equal canonical text, whatever the order of their keys', t => {
	const shuffled = (value: unknown): unknown => {
		if (Array.isArray(value)) return value.map(shuffled);
		if (typeof value !== 'object' || value === null) return value;
		const copy: Record<string, unknown> = {};
		for (const key of Object.keys(value).reverse())
			Object.defineProperty(copy, key, {value: shuffled((value as Record<string, unknown>)[key]), enumerable: true});
		return copy;
	};
	fc.assert(
		fc.property(fc.jsonValue(), value => {
			t.is(canonical(shuffled(value)), canonical(value));
			t.deepEqual(JSON.parse(canonical(value)), JSON.parse(JSON.stringify(value)));
		}),
		{numRuns: 200},
	);
});

onEachDatabase('whatever the order in which several connections append, one chain without a gap comes of it', async (t, first, {open}) => {
	const hands = [first, await open(), await open()];
	// A few keys only, so that several send the same one.
	const step = fc.record({hand: fc.nat(2), keys: fc.array(fc.nat(40), {minLength: 1, maxLength: 6}), fails: fc.boolean()});
	const sent = new Set<string>();
	let run = 0;
	await fc.assert(
		fc.asyncProperty(fc.array(step, {maxLength: 8}), async steps => {
			run += 1;
			const work = steps.map(async ({hand, keys, fails}) => {
				const events = keys.map(key => noteEvent({idempotencyKey: `run ${run} key ${key}`}));
				const done = hands[hand]?.transact(async transaction => {
					await appendEvents(transaction, events, at);
					if (fails) throw new Error('changed its mind');
				});
				if (fails) await t.throwsAsync(async () => done, {message: 'changed its mind'});
				else {
					await done;
					for (const {idempotencyKey} of events) sent.add(idempotencyKey);
				}
			});
			await Promise.all(work);
			const report = await verifyChain(first.read);
			t.like(report, {intact: true, events: sent.size});
		}),
		{numRuns: 12},
	);
});
