/** The outbox over HTTP: listed in pages of their own, sent again, given up; and the page for people. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {allow} from '../../../server/actions/allow.ts';
import {noticeSender} from '../../../server/actions/send-notices.ts';
import {noticeListSchema, noticeSchema, outboxSchema} from '../../../server/schemas/notices.ts';
import {serviceUnderTest, temporaryFolder, usualService} from '../../helpers/service.ts';
import {visitor} from '../../helpers/visitor.ts';
import {webhookUnderTest} from '../../helpers/webhook.ts';

async function told(t: ExecutionContext, count: number) {
	const hook = await webhookUnderTest(t);
	const folder = temporaryFolder(t);
	writeFileSync(path.join(folder, 'chat.url'), hook.url);
	// The outbox is an admin's.
	const config = {sign_in: {this_machine: 'admin'}, services: {app: usualService}, notices: {chat: {webhook: {url_file: 'chat.url'}}}};
	const under = await serviceUnderTest(t, {config, folder});
	const sender = noticeSender(under.deps);
	t.teardown(() => sender.stop());
	for (let index = 1; index <= count; index += 1) {
		const asked = {
			service: 'app',
			rule: null,
			forMs: 600_000,
			reason: `reason ${index} <b>`,
			actor: {kind: 'person', name: 'Robin'},
		} as const;
		await allow(under.deps, {...asked, idempotencyKey: `override-${index}`});
	}
	const send = async () => {
		await sender.step();
		await sender.idle();
	};
	const get = async (address: string) => (await fetch(`${under.url}${address}`)).json();
	return {...under, hook, send, get};
}

test('notices are listed newest first, page after page, and by how they stand', async t => {
	const {get} = await told(t, 5);
	const first = noticeListSchema.parse(await get('/api/v1/notices?limit=3'));
	const second = noticeListSchema.parse(await get(`/api/v1/notices?limit=3&after=${first.next}`));
	t.deepEqual(
		[...first.notices, ...second.notices].map(({text}) => /reason \d/.exec(text ?? '')?.[0]),
		['reason 5', 'reason 4', 'reason 3', 'reason 2', 'reason 1'],
	);
	t.is(second.next, null);
	t.deepEqual(noticeListSchema.parse(await get('/api/v1/notices?state=sent')), {notices: [], next: null});
	t.like(await get('/api/v1/notices?state=lost'), {status: 422});
});

test('what failed is seen with its reason, sent again once a key, and then it is gone', async t => {
	const {hook, send, get, post} = await told(t, 1);
	hook.answers(403, 200);
	await send();
	t.deepEqual(
		outboxSchema.parse(await get('/api/v1/outbox')).targets.map(({target, failed, kind}) => [target, failed, kind]),
		[['chat', 1, 'webhook']],
	);
	const [failed] = noticeListSchema.parse(await get('/api/v1/notices?state=failed')).notices;
	t.regex(failed?.reason ?? '', /answered 403/);
	const again = await post(`/api/v1/notices/${failed?.id}/attempts`, {idempotencyKey: 'again-0001'});
	t.is(again.status, 201);
	t.like(noticeSchema.parse(again.body), {state: 'waiting', attempts: 0});
	await send();
	t.is(hook.posted.length, 2);
	t.like(outboxSchema.parse(await get('/api/v1/outbox')).targets[0], {waiting: 0, failed: 0, reason: null});
	t.is((await post(`/api/v1/notices/${failed?.id}/attempts`, {idempotencyKey: 'again-0002'})).status, 409);
	t.is((await post('/api/v1/notices/none/attempts', {idempotencyKey: 'again-0003'})).status, 404);
	t.is((await post(`/api/v1/notices/${failed?.id}/attempts`, {})).status, 422);
});

test('giving up is kept with who did', async t => {
	const {hook, send, get, post} = await told(t, 1);
	const [waiting] = noticeListSchema.parse(await get('/api/v1/notices')).notices;
	const given = await post(`/api/v1/notices/${waiting?.id}/surrenders`, {idempotencyKey: 'surrender-1'});
	t.like(noticeSchema.parse(given.body), {state: 'given_up', reason: 'given up by this machine'});
	await send();
	t.is(hook.posted.length, 0);
});

test('the page says first what could not be delivered, and nothing of the secret address', async t => {
	const {url, hook, send} = await told(t, 1);
	hook.answers(404);
	await send();
	const html = await (await fetch(`${url}/notices`, {headers: {accept: 'text/html'}})).text();
	t.regex(html, /<h1[^>]*>1 notice could not be delivered to chat\.<\/h1>/);
	t.true(html.includes('answered 404'));
	t.true(html.includes('reason 1 &lt;b&gt;'));
	t.true(html.includes('Send again'));
	const address = /action="([^"]+attempts)"/.exec(html)?.[1] ?? '';
	hook.answers(200);
	const pressed = await visitor(url).form(address, {}, '/notices');
	t.deepEqual([pressed.status, pressed.headers['location']], [303, '/notices']);
	await send();
	t.regex(await (await fetch(`${url}/notices`)).text(), /Everything that was to be told was delivered\./);
	t.false(html.includes('secret-part'));
});
