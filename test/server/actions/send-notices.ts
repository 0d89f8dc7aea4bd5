/** Notices: written with their event, sent afterwards, in order, at least once; a target that is dead costs nobody else anything. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {allow} from '../../../server/actions/allow.ts';
import {changeIncident} from '../../../server/actions/change-incident.ts';
import {giveUpNotice, sendNoticeAgain} from '../../../server/actions/change-notice.ts';
import {writing} from '../../../server/actions/deps.ts';
import {recordEvents, redact} from '../../../server/actions/record-events.ts';
import {noticeSender} from '../../../server/actions/send-notices.ts';
import {declareRollback} from '../../../server/actions/take-back.ts';
import {noteEvent} from '../../helpers/events.ts';
import {pushedClock, type ServiceUnderTest, serviceUnderTest, temporaryFolder, usualService} from '../../helpers/service.ts';
import {type Answer, type WebhookUnderTest, webhookUnderTest} from '../../helpers/webhook.ts';

const robin = {kind: 'person', name: 'Robin'} as const;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

type Told = {readonly under: ServiceUnderTest; readonly hook: WebhookUnderTest; send(): Promise<void>};

/** A service that tells one webhook of everything that is asked for. */
async function told(t: ExecutionContext, more: Readonly<Record<string, unknown>> = {}): Promise<Told> {
	const hook = await webhookUnderTest(t);
	const folder = temporaryFolder(t);
	writeFileSync(path.join(folder, 'chat.url'), `${hook.url}\n`);
	const notices = {chat: {webhook: {url_file: 'chat.url'}, ...more}};
	const config = {url: 'https://signalbox.example.org', services: {app: usualService}, notices};
	const under = await serviceUnderTest(t, {config, folder, clock: pushedClock()});
	const sender = noticeSender(under.deps);
	t.teardown(() => sender.stop());
	const send = async () => {
		await sender.step();
		await sender.idle();
	};
	return {under, hook, send};
}

let keys = 0;
const key = () => {
	keys += 1;
	return `key-${process.pid}-${keys}`;
};
const override = ({deps}: ServiceUnderTest, reason: string) =>
	allow(deps, {service: 'app', rule: null, forMs: 600_000, reason, actor: robin, idempotencyKey: key()});
const newest = async ({under}: Told) => {
	const [notice] = await under.stores().outbox.list(1);
	if (!notice) throw new Error('no notice');
	return notice;
};

test('an override is told once, with its sentence first, its link and its id', async t => {
	const {under, hook, send} = await told(t);
	await override(under, 'the database is known to be slow');
	t.is(hook.posted.length, 0);
	await send();
	await send();
	t.is(hook.posted.length, 1);
	const {text = '', headers} = hook.posted[0] ?? {};
	t.regex(text, /^app: every rule of app may not stop a deploy until .*: the database is known to be slow\n/);
	t.true(text.includes('<https://signalbox.example.org/>'));
	const [notice] = await under.stores().outbox.list(1);
	t.like(notice, {state: 'sent', attempts: 1, about: 'override'});
	t.true(text.includes(`Notice ${notice?.id}`));
	t.is(headers?.['idempotency-key'], notice?.id);
});

test('what a rollback causes in one transaction is one message, and says the incident first', async t => {
	const {under, hook, send} = await told(t);
	await under.ask('before');
	await under.ask('testservers');
	await declareRollback(under.deps, {service: 'app', deploy: null, reason: 'fatals', actor: robin, idempotencyKey: key()});
	await send();
	t.is(hook.posted.length, 1);
	t.regex(
		hook.posted[0]?.text ?? '',
		/^app: INC-2026-0001 opened: .* is taken back: fatals\nWhat to do: `signalbox rollback --plan --service app`\n<https:\/\/signalbox\.example\.org\/incidents\/INC-2026-0001>/,
	);
});

test('nothing is told of what was rolled back with its transaction', async t => {
	const {under} = await told(t);
	await t.throwsAsync(
		writing(under.deps, async stores => {
			await stores.sayOnce({kind: 'gate_overridden', source: 'human', actor: robin, text: 'no', idempotencyKey: key()});
			throw new Error('the rest failed');
		}),
		{message: 'the rest failed'},
	);
	t.deepEqual(await under.stores().outbox.list(10), []);
});

test('events that a hook spooled are told; a repeated one, an old one and an imported one are not', async t => {
	const {under} = await told(t);
	const forced = noteEvent({kind: 'gate_overridden', service: 'app', text: 'passed by force', happenedAt: under.clock.now()});
	await recordEvents(under.deps, [forced]);
	await recordEvents(under.deps, [forced, {...forced, kind: 'incident_opened'}]);
	await recordEvents(under.deps, [noteEvent({kind: 'gate_overridden', service: 'app', happenedAt: '2015-10-26T15:13:07.000Z'})]);
	await recordEvents(under.deps, [noteEvent({kind: 'rollback_started', source: 'sal_import', happenedAt: under.clock.now()})]);
	t.is((await under.stores().outbox.list(10)).length, 1);
});

test('a target is told only of its kinds and its services', async t => {
	const other = {...usualService, announced_as: ['other']};
	const hook = await webhookUnderTest(t);
	const folder = temporaryFolder(t);
	writeFileSync(path.join(folder, 'chat.url'), hook.url);
	const webhook = {url_file: 'chat.url'};
	const notices = {
		...{all: {webhook}, app: {webhook, services: ['app']}},
		...{holds: {webhook, about: ['hold']}, changes: {webhook, about: ['incident_changed']}},
	};
	const {deps, stores, ask} = await serviceUnderTest(t, {config: {services: {app: usualService, other}, notices}, folder});
	await allow(deps, {service: 'other', rule: null, forMs: 600_000, reason: 'x', actor: robin, idempotencyKey: key()});
	t.deepEqual(
		(await stores().outbox.list(10)).map(({target}) => target),
		['all'],
	);
	await ask('before');
	await ask('testservers');
	const {incident} = await declareRollback(deps, {service: 'app', deploy: null, reason: 'y', actor: robin, idempotencyKey: key()});
	t.deepEqual((await stores().outbox.list(2)).map(({target}) => target).sort(), ['all', 'app']);
	await changeIncident(deps, {incident: incident ?? '', status: 'resolved', reason: 'z', actor: robin, idempotencyKey: key()});
	t.deepEqual((await stores().outbox.list(3)).map(({target}) => target).sort(), ['all', 'app', 'changes']);
});

test('answered 500 it waits longer each time, keeps its id, and arrives', async t => {
	const all = await told(t);
	const {under, hook, send} = all;
	hook.answers(500, 500, 200);
	await override(under, 'x');
	await send();
	t.like(await newest(all), {state: 'waiting', attempts: 1});
	t.regex((await newest(all)).reason ?? '', /127\.0\.0\.1:\d+ answered 500 \(ok\)/);
	await send();
	t.is(hook.posted.length, 1);
	under.clock.push(15_000);
	await send();
	t.is(hook.posted.length, 2);
	under.clock.push(15_000);
	await send();
	t.is(hook.posted.length, 2);
	under.clock.push(30_000);
	await send();
	t.like(await newest(all), {state: 'sent', attempts: 3, reason: null});
	t.is(new Set(hook.posted.map(({headers}) => headers['idempotency-key'])).size, 1);
});

test('Retry-After is waited for', async t => {
	const all = await told(t);
	const {under, hook, send} = all;
	hook.answers(response => response.writeHead(429, {'retry-after': '1800'}).end(), 200);
	await override(under, 'x');
	await send();
	under.clock.push(29 * minuteMs);
	await send();
	t.is(hook.posted.length, 1);
	under.clock.push(2 * minuteMs);
	await send();
	t.is((await newest(all)).state, 'sent');
});

test('what will never be taken is failed at once, does not name the secret address, and the next goes on', async t => {
	const all = await told(t);
	const {under, hook, send} = all;
	hook.answers(410, 200);
	await override(under, 'first');
	await send();
	await override(under, 'second');
	await send();
	const [second, first] = await under.stores().outbox.list(2);
	t.like(second, {state: 'sent'});
	t.like(first, {state: 'failed', attempts: 1});
	t.regex(first?.reason ?? '', /answered 410 .*make a new one/);
	t.false(JSON.stringify([first, under.logged]).includes('secret-part'));
});

test('after three days it is given up, with its reason; sent again by a person it has three days more', async t => {
	const all = await told(t);
	const {under, hook, send} = all;
	hook.answers(503);
	await override(under, 'x');
	for (let hour = 0; hour < 75; hour += 1) {
		await send();
		under.clock.push(hourMs + 1000);
	}
	await send();
	const failed = await newest(all);
	t.is(failed.state, 'failed');
	t.regex(failed.reason ?? '', /answered 503 .*; given up after 3 d .*attempts/);
	hook.answers(200);
	const request = {id: failed.id, actor: robin, idempotencyKey: key()};
	t.is((await sendNoticeAgain(under.deps, request)).state, 'waiting');
	await send();
	t.is((await newest(all)).state, 'sent');
	t.is((await sendNoticeAgain(under.deps, request)).state, 'sent');
	await t.throwsAsync(sendNoticeAgain(under.deps, {...request, idempotencyKey: key()}), {message: /was delivered/});
	t.is(new Set(hook.posted.map(({headers}) => headers['idempotency-key'])).size, 1);
});

test('a notice that is given up is not sent any more', async t => {
	const all = await told(t);
	const {under, hook, send} = all;
	await override(under, 'x');
	const {id} = await newest(all);
	await giveUpNotice(under.deps, {id, actor: robin, idempotencyKey: key()});
	await send();
	t.is(hook.posted.length, 0);
	t.like(await newest(all), {state: 'given_up', reason: 'given up by Robin'});
});

test('a target that never answers is given up in time, and delays neither another target nor the step', async t => {
	const [dead, alive] = [await webhookUnderTest(t), await webhookUnderTest(t)];
	dead.answers(() => undefined);
	const folder = temporaryFolder(t);
	writeFileSync(path.join(folder, 'dead.url'), dead.url);
	writeFileSync(path.join(folder, 'alive.url'), alive.url);
	const notices = {dead: {webhook: {url_file: 'dead.url'}}, alive: {webhook: {url_file: 'alive.url'}}};
	const under = await serviceUnderTest(t, {config: {services: {app: usualService}, notices}, folder});
	const sender = noticeSender(under.deps);
	t.teardown(() => sender.stop());
	await override(under, 'x');
	const startedMs = performance.now();
	await sender.step();
	t.true(performance.now() - startedMs < 3000);
	while (alive.posted.length === 0 || dead.posted.length === 0) await under.deps.clock.sleep(20);
	await sender.step();
	t.is(dead.posted.length, 1);
	await sender.idle();
	const tookMs = performance.now() - startedMs;
	t.true(tookMs > 9000 && tookMs < 20_000, `${tookMs}`);
	const stored = await under.stores().outbox.list(5);
	t.like(
		stored.find(({target}) => target === 'alive'),
		{state: 'sent'},
	);
	t.like(
		stored.find(({target}) => target === 'dead'),
		{state: 'waiting', attempts: 1},
	);
	t.regex(stored.find(({target}) => target === 'dead')?.reason ?? '', /did not answer within 10 s/);
});

test('half an answer, too much of one and a redirect: taken where the status says so', async t => {
	const all = await told(t);
	const {under, hook, send} = all;
	const cases: [Answer, object][] = [
		[response => response.destroy(), {state: 'waiting'}],
		[
			response => {
				response.writeHead(200, {'content-length': '100'}).write('half');
				setTimeout(() => response.destroy(), 20);
			},
			{state: 'sent'},
		],
		[response => response.writeHead(200).end('x'.repeat(1_000_000)), {state: 'sent'}],
		[response => response.writeHead(302, {location: 'http://127.0.0.1:1/elsewhere'}).end(), {state: 'waiting'}],
	];
	for (const [answer, expected] of cases) {
		hook.answers(answer);
		await override(under, 'x');
		await send();
		const notice = await newest(all);
		t.like(notice, expected);
		if (notice.state === 'waiting') await giveUpNotice(under.deps, {id: notice.id, actor: robin, idempotencyKey: key()});
	}
	t.is(hook.posted.length, cases.length);
});

test('when many wait, they go out as one that names ten and counts the rest, also after it had to be tried again', async t => {
	const {under, hook, send} = await told(t);
	hook.answers(500, 200);
	for (let index = 1; index <= 13; index += 1) await override(under, `reason ${index}.`);
	await send();
	await override(under, 'reason 14.');
	under.clock.push(minuteMs);
	await send();
	t.is(hook.posted.length, 3);
	const [first, again, last] = hook.posted.map(({text}) => text);
	t.is(first, again);
	t.true(first?.includes('reason 10.') && !first.includes('reason 11.'));
	t.regex(first ?? '', /And 3 more that are not named here\./);
	t.true((first?.length ?? 0) <= 3000);
	t.regex(last ?? '', /reason 14\./);
	t.deepEqual(await under.stores().outbox.standing(), []);
});

test('two processes on one database send a notice once', async t => {
	const {under, hook} = await told(t);
	hook.answers(response => void setTimeout(() => response.writeHead(200).end(), 300));
	await override(under, 'x');
	const others = [1, 2, 3].map(number => noticeSender({...under.deps, processId: `process-${number}`}));
	await Promise.all(others.map(sender => sender.step()));
	await Promise.all(others.map(sender => sender.idle()));
	t.is(hook.posted.length, 1);
});

test('who dies between sending and marking has it sent again, by the same id', async t => {
	const all = await told(t);
	const {under, hook, send} = all;
	await override(under, 'x');
	const {id} = await newest(all);
	// The claim of a process that was killed: nobody marks what became of it.
	await writing(under.deps, ({outbox, at}) => outbox.claim('chat', 'dead process', at, new Date(Date.parse(at) + minuteMs).toISOString()));
	await send();
	t.is(hook.posted.length, 0);
	under.clock.push(minuteMs + 1000);
	await send();
	t.is(hook.posted[0]?.headers['idempotency-key'], id);
	t.like(await newest(all), {state: 'sent', attempts: 2});
});

test('a service that stops does not wait for a target, and the next one sends it', async t => {
	const all = await told(t);
	const {under, hook, send} = all;
	hook.answers(() => undefined, 200);
	await override(under, 'x');
	const sender = noticeSender(under.deps);
	await sender.step();
	while (hook.posted.length === 0) await under.deps.clock.sleep(10);
	const startedMs = performance.now();
	await sender.stop();
	t.true(performance.now() - startedMs < 3000);
	await send();
	t.like(await newest(all), {state: 'sent'});
	t.is(hook.posted.length, 2);
});

test('the words of a redacted event are gone from the outbox too', async t => {
	const all = await told(t);
	const {under, hook, send} = all;
	await override(under, 'password hunter2');
	const [event] = await under.events();
	await redact(under.deps, {seq: event?.seq ?? 0, reason: 'a leaked secret', actor: robin});
	await send();
	t.is(hook.posted.length, 0);
	t.like(await newest(all), {state: 'failed', words: null, reason: 'what it told of was redacted'});
});

test('an address file that is gone or empty is said, and tried again', async t => {
	const all = await told(t, {webhook: {url_file: 'nowhere.url'}});
	const {under, send} = all;
	await override(under, 'x');
	await send();
	t.like(await newest(all), {state: 'waiting'});
	t.regex((await newest(all)).reason ?? '', /url_file of chat cannot be read: there is no such file/);
	writeFileSync(path.join(under.folder, 'nowhere.url'), 'hooks.example.org');
	under.clock.push(minuteMs);
	await send();
	t.regex((await newest(all)).reason ?? '', /does not hold an address/);
});

test('what waits for a target that is not configured any more is failed after its days, with the reason', async t => {
	const all = await told(t);
	const {under} = all;
	await override(under, 'x');
	const without = noticeSender({...under.deps, config: {...under.deps.config, notices: new Map()}});
	await without.step();
	t.is((await newest(all)).state, 'waiting');
	under.clock.push(73 * hourMs);
	await without.step();
	t.like(await newest(all), {state: 'failed', reason: 'the configuration has no such target any more'});
});
