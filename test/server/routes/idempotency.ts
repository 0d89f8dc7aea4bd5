/** The same write under the same key is done once and answered alike; another one under it is a conflict, and nothing of it is stored. */
import test, {type ExecutionContext} from 'ava';
import {noteEvent} from '../../helpers/events.ts';
import {type ServiceUnderTest, serviceUnderTest, usualService} from '../../helpers/service.ts';

const actor = {kind: 'person', name: 'Robin'};
const asAdmin = {config: {sign_in: {this_machine: 'admin'}, services: {app: usualService}}};
type Problem = {readonly detail: string};

/** A write that takes a key: how to get to where it can be done, what is sent, and what another question is. */
type Write = {
	readonly prepare: (service: ServiceUnderTest) => Promise<string>;
	readonly body: Readonly<Record<string, unknown>>;
	readonly other: Readonly<Record<string, unknown>>;
	readonly events: number;
};

async function opened(service: ServiceUnderTest): Promise<string> {
	await service.ask('before');
	await service.ask('canaries');
	await service.post('/api/v1/rollbacks', {service: 'app', reason: 'errors', actor, idempotencyKey: 'opened before'});
	const [incident] = await service.stores().incidents.list(1);
	return incident?.id ?? 'none';
}

const writes: Readonly<Record<string, Write>> = {
	'an override': {
		prepare: async () => '/api/v1/overrides',
		body: {service: 'app', forMs: 600_000, reason: 'slow database'},
		other: {forMs: 700_000},
		events: 1,
	},
	'a closure': {
		async prepare(service) {
			await service.ask('before');
			await service.ask('canaries');
			return '/api/v1/services/app/closures';
		},
		body: {text: 'done'},
		other: {text: 'done, really'},
		events: 1,
	},
	'a rollback': {
		async prepare(service) {
			await service.ask('before');
			await service.ask('canaries');
			return '/api/v1/rollbacks';
		},
		body: {service: 'app', reason: 'errors'},
		other: {reason: 'more errors'},
		events: 3,
	},
	'the beginning of a rollback': {
		prepare: async service => `/api/v1/incidents/${await opened(service)}/rollbacks`,
		body: {phase: 'started', verified: null, detail: 'by hand'},
		other: {detail: 'by a tool'},
		events: 1,
	},
	'the end of a rollback': {
		prepare: async service => `/api/v1/incidents/${await opened(service)}/rollbacks`,
		body: {phase: 'ended', verified: false, detail: 'one checkout is elsewhere'},
		other: {verified: null},
		events: 1,
	},
	'a status': {
		prepare: async service => `/api/v1/incidents/${await opened(service)}/statuses`,
		body: {status: 'mitigated', reason: 'errors are gone'},
		other: {status: 'resolved'},
		events: 1,
	},
	'a redaction': {
		async prepare(service) {
			await service.post('/api/v1/events', {events: [noteEvent({text: 'password hunter2'})]});
			return '/api/v1/events/1/redaction';
		},
		body: {reason: 'a secret'},
		other: {reason: 'another secret'},
		events: 1,
	},
};

for (const [what, {prepare, body, other, events}] of Object.entries(writes)) {
	test(`${what} is done once under its key, and answered alike`, async t => {
		const service = await serviceUnderTest(t, asAdmin);
		const where = await prepare(service);
		const count = async (): Promise<number> => (await service.events()).length;
		const before = await count();
		const sent = {...body, actor, idempotencyKey: 'the key of this test'};
		const first = await service.post(where, sent);
		t.is(first.status, 201, JSON.stringify(first.body));
		t.is(await count(), before + events);
		service.clock.push(1000);
		t.deepEqual(await service.post(where, sent), first, 'the same again');
		const conflict = await service.post(where, {...sent, ...other});
		t.is(conflict.status, 409);
		t.regex((conflict.body as Problem).detail, /idempotency key was used for something else\. Nothing was stored/);
		t.is((await service.post(where, {...sent, actor: {kind: 'person', name: 'Sam'}})).status, 409, 'another person is another question');
		t.is(await count(), before + events, 'nothing was stored again');
	});

	test(`${what} takes its key from the header, too`, async t => {
		const service = await serviceUnderTest(t, asAdmin);
		const where = await prepare(service);
		const send = (headers: Readonly<Record<string, string>>, more: object = {}): Promise<Response> =>
			fetch(`${service.url}${where}`, {
				method: 'POST',
				headers: {'content-type': 'application/json', ...headers},
				body: JSON.stringify({...body, actor, ...more}),
			});
		const first = await send({'idempotency-key': 'key in the header'});
		t.is(first.status, 201);
		const text = await first.text();
		t.is(await (await send({'idempotency-key': '"key in the header"'})).text(), text, 'quoted, as structured fields are');
		t.is(await (await send({}, {idempotencyKey: 'key in the header'})).text(), text, 'the field means the same');
		const both = await send({'idempotency-key': 'key in the header'}, {idempotencyKey: 'another key'});
		t.is(both.status, 422);
		t.regex(await both.text(), /name two keys: send one of them/);
	});
}

test('a key that something else was stored under is a conflict for every other write', async t => {
	const {post, events} = await serviceUnderTest(t);
	await post('/api/v1/events', {events: [noteEvent({idempotencyKey: 'the same key'})]});
	const {status} = await post('/api/v1/overrides', {service: 'app', forMs: 600_000, reason: 'x', actor, idempotencyKey: 'the same key'});
	t.is(status, 409);
	t.is((await events()).length, 1);
});

const recorded = async (t: ExecutionContext, key: string | undefined, sent: readonly object[]) => {
	const service = await serviceUnderTest(t);
	const send = async () => {
		const answer = await fetch(`${service.url}/api/v1/events`, {
			method: 'POST',
			headers: {'content-type': 'application/json', ...(key === undefined ? {} : {'idempotency-key': key})},
			body: JSON.stringify({events: sent}),
		});
		return {status: answer.status, body: (await answer.json()) as {stored: number; duplicates: number; conflicts: string[]}};
	};
	return {service, send};
};

test('events of one request have one key each, from the header with their number', async t => {
	const {idempotencyKey: _first, ...one} = noteEvent({text: 'one'});
	const {idempotencyKey: _second, ...two} = noteEvent({text: 'two'});
	const {service, send} = await recorded(t, 'key of a batch', [one, two]);
	t.like(await send(), {status: 201, body: {stored: 2, duplicates: 0, conflicts: []}});
	t.like(await send(), {status: 201, body: {stored: 0, duplicates: 2, conflicts: []}});
	t.deepEqual((await service.events()).map(({idempotencyKey}) => idempotencyKey).toSorted(), ['key of a batch 1', 'key of a batch 2']);
	const single = await recorded(t, 'key of one event', [one]);
	await single.send();
	t.is((await single.service.events())[0]?.idempotencyKey, 'key of one event');
});

test('an event under a key that is taken is named, and the others of its batch are stored', async t => {
	const taken = noteEvent({text: 'first'});
	const {service, send} = await recorded(t, undefined, [{...taken, text: 'second'}, noteEvent(), taken]);
	await service.post('/api/v1/events', {events: [taken]});
	t.like(await send(), {status: 201, body: {stored: 1, duplicates: 1, conflicts: [taken.idempotencyKey]}});
	t.deepEqual(
		(await service.events()).filter(({idempotencyKey}) => idempotencyKey === taken.idempotencyKey).map(({text}) => text),
		['first'],
	);
});

test('twenty at once under one key are one', async t => {
	const {post, events} = await serviceUnderTest(t);
	const sent = {service: 'app', forMs: 600_000, reason: 'slow database', actor, idempotencyKey: 'twenty at once'};
	const answers = await Promise.all(Array.from({length: 20}, () => post('/api/v1/overrides', sent)));
	t.deepEqual(new Set(answers.map(answer => JSON.stringify(answer))).size, 1);
	t.is((await events()).length, 1);
});
