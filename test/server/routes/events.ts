import test from 'ava';
import {z} from 'zod';
import type {NewEvent} from '../../../reports/events.ts';
import {explain} from '../../../server/schemas/explain.ts';
import {verifyChain} from '../../../server/stores/timeline.ts';
import {noteEvent, notes} from '../../helpers/events.ts';
import {serviceUnderTest, usualService} from '../../helpers/service.ts';

/** Redacting is an admin's. */
const asAdmin = {config: {sign_in: {this_machine: 'admin'}, services: {app: usualService}}};

type Refusal = {detail: string; problems: string[]};

test('a thousand events go in at once, and not one more', async t => {
	const {post, deps} = await serviceUnderTest(t);
	t.like(await post('/api/v1/events', {events: notes(1000)}), {status: 201, body: {stored: 1000, duplicates: 0, head: {seq: 1000}}});
	const {status, body} = await post('/api/v1/events', {events: notes(1001)});
	t.is(status, 422);
	t.regex((body as Refusal).detail, /^The events cannot be read: events: /);
	t.is((await post('/api/v1/events', {events: []})).status, 422);
	t.like(await verifyChain(deps.database.read), {intact: true, events: 1000});
});

const wrong: readonly (readonly [string, (event: NewEvent) => unknown, RegExp])[] = [
	['an unknown field', event => ({...event, texts: 'x'}), /events\[1\]\.texts: there is no such field; did you mean «text»\?/],
	['a field that is missing', ({text: _text, ...event}) => event, /events\[1\]\.text: is missing/],
	['a kind that does not exist', event => ({...event, kind: 'gossip'}), /events\[1\]\.kind: must be change or /],
	[
		'a time without a zone',
		event => ({...event, happenedAt: '2026-03-02T10:00:00'}),
		/events\[1\]\.happenedAt: must be a time with its zone/,
	],
	['a day that no calendar has', event => ({...event, happenedAt: '2026-02-30T10:00:00Z'}), /events\[1\]\.happenedAt: must be a time/],
	['a year of five digits', event => ({...event, happenedAt: '+012026-03-02T10:00:00Z'}), /events\[1\]\.happenedAt/],
	[
		'a year that its zone makes one of five digits',
		event => ({...event, happenedAt: '9999-12-31T23:59:59-14:00'}),
		/events\[1\]\.happenedAt: must be a time/,
	],
	['an empty text', event => ({...event, text: ''}), /events\[1\]\.text/],
	['a text that is too long', event => ({...event, text: 'x'.repeat(16_385)}), /events\[1\]\.text/],
	[
		'a key with half a character',
		event => ({...event, idempotencyKey: 'key \ud800 key'}),
		/events\[1\]\.idempotencyKey: must be without control/,
	],
	['a service with a line break', event => ({...event, service: 'a\nb'}), /events\[1\]\.service: must be without control/],
	['data that is too large', event => ({...event, data: {x: 'é'.repeat(40_000)}}), /events\[1\]\.data: must be at most 65536 bytes/],
	['an attempt of nothing', event => ({...event, attempt: 0}), /events\[1\]\.attempt: must be at least 1/],
];
for (const [what, spoil, sentence] of wrong) {
	test(`${what} is named with its place, and nothing of the batch is stored`, async t => {
		const {post, events, logged} = await serviceUnderTest(t);
		const {status, body} = await post('/api/v1/events', {events: [noteEvent(), spoil(noteEvent())]});
		t.is(status, 422);
		t.regex((body as Refusal).problems.join('\n'), sentence);
		t.deepEqual([await events(), logged], [[], []]);
	});
}

test('data that is nested without end is refused in a sentence', async t => {
	const {url, logged} = await serviceUnderTest(t);
	const {data: _data, ...event} = noteEvent();
	const body = `{"events":[${JSON.stringify(event).slice(0, -1)},"data":{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}}]}`;
	const response = await fetch(`${url}/api/v1/events`, {method: 'POST', headers: {'content-type': 'application/json'}, body});
	t.is(response.status, 422);
	t.regex(await response.text(), /events\[0\]\.data: must be at most 32 levels deep/);
	t.deepEqual(logged, []);
});

test('a text is stored as it was given, whatever is in it', async t => {
	const {post, events, deps} = await serviceUnderTest(t);
	const texts = [
		'\u0000\u0007\u001b[2J',
		'left \u202eright\u202c',
		'<script>alert(1)</script>',
		"'); drop table events; --",
		'half \ud800',
		'𝄞 é 漢字',
	];
	const data = {__proto__x: 1, constructor: 'c', '10': 1, '9': 2, 'a"b': ['\u2028']};
	t.is((await post('/api/v1/events', {events: texts.map(text => noteEvent({text, data}))})).status, 201);
	const stored = await events();
	t.deepEqual(
		stored.map(({text}) => text),
		texts,
	);
	t.deepEqual(stored[0]?.data, data);
	t.like(await verifyChain(deps.database.read), {intact: true, events: texts.length});
});

test('a time of any zone is kept in UTC', async t => {
	const {post, events} = await serviceUnderTest(t);
	await post('/api/v1/events', {events: [noteEvent({happenedAt: '2026-03-02T11:00:00+01:00'})]});
	t.is((await events())[0]?.happenedAt, '2026-03-02T10:00:00.000Z');
});

test('many that send at once are each answered for their own events', async t => {
	const {post, events, deps} = await serviceUnderTest(t);
	const shared = noteEvent({text: 'seen by everybody'});
	const answers = await Promise.all(
		Array.from({length: 40}, async (_, index) => {
			const own = Array.from({length: (index % 3) + 1}, () => noteEvent({text: `sender ${index}`}));
			const {status, body} = await post('/api/v1/events', {events: [...own, shared]});
			return {status, own: own.length, ...(body as {stored: number; duplicates: number; head: {seq: number; hash: string}})};
		}),
	);
	t.true(answers.every(({status}) => status === 201));
	t.is(answers.filter(({own, stored, duplicates}) => stored === own + 1 && duplicates === 0).length, 1);
	t.is(answers.filter(({own, stored, duplicates}) => stored === own && duplicates === 1).length, 39);
	const all = await events();
	t.is(
		all.length,
		answers.reduce((sum, {stored}) => sum + stored, 0),
	);
	for (const [index, {head}] of answers.entries()) {
		const last = all.find(({seq}) => seq === head.seq);
		t.is(last?.hash, head.hash);
		t.true(last?.text === `sender ${index}` || last?.text === shared.text);
	}
	t.like(await verifyChain(deps.database.read), {intact: true, events: all.length});
});

test('one sender whose events cannot be stored does not take the others down', async t => {
	const {deps, events} = await serviceUnderTest(t);
	const {recordEvents} = await import('../../../server/actions/record-events.ts');
	// Past the door, where a null cannot come from: only a bug could send it, and only its sender pays.
	const bug = {...noteEvent(), idempotencyKey: null} as unknown as NewEvent;
	const results = await Promise.allSettled([[noteEvent()], [noteEvent()], [bug], [noteEvent()]].map(batch => recordEvents(deps, batch)));
	t.deepEqual(
		results.map(({status}) => status),
		['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
	);
	t.is((await events()).length, 3);
	t.like(await verifyChain(deps.database.read), {intact: true, events: 3});
});

test('events are asked for by what they are about; a wrong question is named', async t => {
	const {post, url} = await serviceUnderTest(t);
	await post('/api/v1/events', {events: [noteEvent({service: 'app', text: 'mine'}), noteEvent({deploy: 'D-1', text: 'other'})]});
	const get = async (query: string) => {
		const response = await fetch(`${url}/api/v1/events${query}`);
		return {status: response.status, text: await response.text()};
	};
	t.regex((await get('?service=app')).text, /"text":"mine"(?!.*"text":"other")/);
	t.regex((await get('?from=2026-03-02T11:00:00%2B01:00&to=2026-03-02T10:00:01Z')).text, /mine.*other/);
	const unknown = await get('?servise=app');
	t.is(unknown.status, 422);
	t.regex(unknown.text, /servise: there is no such field; did you mean «service»/);
	t.is((await get('?from=yesterday')).status, 422);
	t.is((await get('?service=a&service=b')).status, 422);
});

test('an event is redacted over HTTP, once, with a reason', async t => {
	const {post, events} = await serviceUnderTest(t, asAdmin);
	await post('/api/v1/events', {events: [noteEvent({text: 'password hunter2'})]});
	const actor = {kind: 'person', name: 'Robin'};
	t.is((await post('/api/v1/events/1/redaction', {actor, reason: ''})).status, 422);
	t.is((await post('/api/v1/events/one/redaction', {actor, reason: 'a password'})).status, 422);
	t.is((await post('/api/v1/events/7/redaction', {actor, reason: 'a password'})).status, 404);
	t.is((await post('/api/v1/events/1/redaction', {actor, reason: 'a password'})).status, 201);
	t.is((await post('/api/v1/events/1/redaction', {actor, reason: 'a password'})).status, 409);
	t.deepEqual(
		(await events()).map(({seq, redacted, text}) => [seq, redacted, text]),
		[
			[1, true, 'redacted'],
			[2, false, 'Event 1 was redacted: a password'],
		],
	);
});

test('the same override sent twice is one, with the end of the first', async t => {
	const {post, clock, stores} = await serviceUnderTest(t);
	const override = {
		...{service: 'app', rule: 'open-incident', forMs: 600_000, reason: 'the fix'},
		...{actor: {kind: 'person', name: 'Robin'}, idempotencyKey: 'override 1'},
	};
	const first = await post('/api/v1/overrides', override);
	clock.push(60_000);
	t.deepEqual(await post('/api/v1/overrides', override), first);
	t.is((await stores().overrides.inForce('app', clock.now())).length, 1);
	t.is((await post('/api/v1/overrides', {...override, rule: 'patch-order'})).status, 409);
	t.regex(
		JSON.stringify(await post('/api/v1/overrides', {...override, rule: 'open-incidents', idempotencyKey: 'override 2'})),
		/Did you mean open-incident\?/,
	);
	t.is((await post('/api/v1/overrides', {...override, forMs: 1000, idempotencyKey: 'override 3'})).status, 422);
});

test('wrong fields without end are refused by the first of them, and the rest are only counted', async t => {
	const {post} = await serviceUnderTest(t);
	const wrong = Object.fromEntries(Array.from({length: 300_000}, (_, index) => [`field${index}`, 1]));
	const {status, body} = await post('/api/v1/events', {events: notes(1), ...wrong});
	t.is(status, 422);
	t.is((body as Refusal).problems.length, 20);
	t.regex((body as Refusal).detail, /field0: there is no such field/);
	const schema = z.strictObject({field: z.string()});
	const input = {field: '', ...wrong};
	const sentences = explain(z.safeParse(schema, input).error ?? new z.ZodError([]), input, z.toJSONSchema(schema));
	t.deepEqual([sentences.length, sentences.at(-1)], [51, 'and 299950 more']);
});

test('only a plain number names an event that is to be redacted', async t => {
	const {post, events} = await serviceUnderTest(t, asAdmin);
	await post('/api/v1/events', {events: notes(10)});
	const about = {reason: 'a password', actor: {kind: 'person', name: 'Robin'}};
	for (const seq of ['1e1', '0x1', '+1', '%201', '01', '1.0', '0', '-1', '99999999999999999'])
		t.is((await post(`/api/v1/events/${seq}/redaction`, about)).status, 422, seq);
	t.is((await events()).length, 10);
});

test('nobody can keep a redaction out of the timeline by taking its key beforehand', async t => {
	const {post, events} = await serviceUnderTest(t, asAdmin);
	await post('/api/v1/events', {events: [noteEvent(), noteEvent({idempotencyKey: 'redact 1'})]});
	t.is((await post('/api/v1/events/1/redaction', {reason: 'a password', actor: {kind: 'person', name: 'Robin'}})).status, 201);
	t.deepEqual(
		(await events()).map(({kind, redacted}) => [kind, redacted]),
		[
			['note', true],
			['note', false],
			['redacted', false],
		],
	);
});
