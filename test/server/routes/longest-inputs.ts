/** What the doors let in fits where it is stored: the longest of everything is kept whole, on each engine, and one more is refused. */
import test from 'ava';
import {noteEvent} from '../../helpers/events.ts';
import {question, serviceUnderTest, usualService} from '../../helpers/service.ts';
import {engines} from '../../helpers/store.ts';

/** So many characters of three bytes: the longest that is so many characters for JavaScript, and for a column too. */
const wide = (length: number): string => '汉'.repeat(length);

for (const engine of engines) {
	test(`the longest of everything that a hook and a client may send is stored (${engine})`, async t => {
		const under = await serviceUnderTest(t, {engine, config: {services: {app: usualService}}});
		const change = {
			...{id: wide(255), repository: wide(255), branch: wide(255), sha: 'a'.repeat(64), changeId: wide(64), patchId: wide(64)},
			...{subject: wide(4096), message: `${wide(9000)}\n\nThis reverts commit ${'b'.repeat(40)}.\n`, author: wide(1024)},
		};
		const noSha = {id: 'x'.repeat(255), repository: 'app', message: `Revert\n\nThis reverts commit ${'a'.repeat(40)}.\n`};
		const target = {repository: wide(255), branch: wide(255), sha: 'a'.repeat(64)};
		const asked = await under.post(
			'/api/v1/checks',
			question('canaries', {
				...{host: wide(255), machine: wide(64), idempotencyKey: wide(200), actor: {kind: 'person', name: wide(255)}},
				...{batch: {targets: [target], changes: [change, noSha]}, askedAt: under.clock.now()},
			}),
		);
		t.like(asked, {status: 200}, JSON.stringify(asked.body));
		t.true(JSON.stringify(asked.body).includes('"result"'), JSON.stringify(asked.body).slice(0, 500));

		const event = noteEvent({
			...{service: wide(255), deploy: wide(64), incident: wide(64), attempt: 2_147_483_647, idempotencyKey: `2${wide(198)}`},
			...{text: wide(16_384), actor: {kind: 'person', name: wide(255)}, data: {[wide(255)]: '\u0000'}},
		});
		t.like(await under.post('/api/v1/events', {events: [event]}), {status: 201, body: {stored: 1}});
		const stored = (await under.events({service: event.service ?? ''}))[0];
		t.like(stored, event);
		const override = {
			service: 'app',
			forMs: 60_000,
			reason: wide(2000),
			actor: {kind: 'person', name: wide(255)},
			idempotencyKey: `3${wide(198)}`,
		};
		t.like(await under.post('/api/v1/overrides', override), {status: 201});
	});

	test(`what is longer, or a number too large, is refused at the door (${engine})`, async t => {
		const under = await serviceUnderTest(t, {engine});
		const refused = async (more: Parameters<typeof noteEvent>[0]) =>
			(await under.post('/api/v1/events', {events: [noteEvent(more)]})).status;
		t.deepEqual(
			await Promise.all([
				refused({deploy: 'x'.repeat(65)}),
				refused({incident: 'x'.repeat(65)}),
				refused({service: 'x'.repeat(256)}),
				refused({attempt: 2_147_483_648}),
				refused({idempotencyKey: 'x'.repeat(201)}),
				refused({service: 'a\u0000b'}),
			]),
			[422, 422, 422, 422, 422, 422],
		);
		t.deepEqual(await under.events(), []);
	});

	test(`an address with U+0000 in it is wrong input, and no bug (${engine})`, async t => {
		const under = await serviceUnderTest(t, {engine});
		for (const path of ['/deploys/%00', '/incidents/%00', '/api/v1/deploys/a%00b', '/api/v1/events?deploy=%00']) {
			const {status} = await fetch(`${under.url}${path}`, {headers: {accept: 'application/json'}});
			t.true([404, 422].includes(status), `${path}: ${status}`);
		}
		t.deepEqual(under.logged, []);
	});
}
