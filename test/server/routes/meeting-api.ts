/** The post-mortem form over HTTP, as programs use it. */
import test from 'ava';
import {
	actionItemAnswer,
	actionItemsAnswer,
	fieldConflictAnswer,
	fieldSavedAnswer,
	itemChangedAnswer,
	itemConflictAnswer,
	meetingAnswer,
} from '../../../server/schemas/meetings.ts';
import {meetingUnderTest} from '../../helpers/meeting-world.ts';

test('a field is saved from its version, and from an older one both texts come back', async t => {
	const {api} = await meetingUnderTest(t);
	const before = meetingAnswer.parse((await api('GET', '/meeting')).body);
	t.deepEqual(
		before.fields.slice(0, 3).map(({id}) => id),
		['title', 'date', 'attendees'],
	);
	t.true(before.fields.some(({id, generated}) => id === 'title' && generated !== null));
	const save = (text: string, baseVersion: number, idempotencyKey: string) =>
		api('PUT', '/meeting/fields/learned.detect', {text, baseVersion, idempotencyKey});
	const saved = await save('low-traffic staging', 0, 'key-00001');
	t.is(saved.status, 200);
	t.like(fieldSavedAnswer.parse(saved.body), {
		outcome: 'accepted',
		field: 'learned.detect',
		current: {text: 'low-traffic staging', version: 1, by: 'this machine'},
	});
	t.deepEqual((await save('low-traffic staging', 0, 'key-00001')).body, saved.body, 'the same again is answered again');
	const conflict = await save('a canary', 0, 'key-00002');
	t.is(conflict.status, 409);
	t.like(fieldConflictAnswer.parse(conflict.body), {
		title: 'Conflict',
		current: {text: 'low-traffic staging', version: 1},
		mine: 'a canary',
	});
	t.is((await save('a canary', 1, 'key-00003')).status, 200);
	const after = meetingAnswer.parse((await api('GET', '/meeting')).body);
	t.like(after, {answered: 1, questionSet: 'wikimedia-minutes-1'});
	t.is(after.fields.find(({id}) => id === 'learned.detect')?.answer?.text, 'a canary');
});

test('what is wrong is said, and nothing of it is stored', async t => {
	const {api, stores, incident} = await meetingUnderTest(t);
	const key = {baseVersion: 0, idempotencyKey: 'key-00001'};
	t.is((await api('PUT', '/meeting/fields/nothing', {text: 'x', ...key})).status, 404);
	t.is((await api('PUT', '/meeting/fields/summary', {text: 'x'.repeat(20_001), ...key})).status, 413);
	const typo = await api('PUT', '/meeting/fields/summary', {txet: 'x', ...key});
	t.is(typo.status, 422);
	t.regex(String(typo.body['detail']), /text/);
	t.is((await api('PUT', '/meeting/fields/summary', {text: 7, ...key})).status, 422);
	t.is((await api('POST', '/action-items', {text: ' ', idempotencyKey: 'key-00001'})).status, 422);
	t.is((await api('POST', '/action-items', {text: 'x', due: '2026-02-30', idempotencyKey: 'key-00001'})).status, 422);
	t.is((await api('POST', '/action-items', {text: 'x', parent: 'INC-1999-0001-A1', idempotencyKey: 'key-00001'})).status, 404);
	t.is((await api('PUT', '/action-items/INC-1999-0001-A1', {owner: 'greg', baseVersion: 1, idempotencyKey: 'key-00001'})).status, 404);
	t.is(await stores().meetings.get(incident), null);
	t.deepEqual(await stores().actionItems.list(), []);
});

test('action items are added, listed and changed in the parts that are named', async t => {
	const {api, incident} = await meetingUnderTest(t);
	const body = {text: 'reviews of extensions', owner: 'greg', task: 'T182731', idempotencyKey: 'key-00001'};
	const added = await api('POST', '/action-items', body);
	t.is(added.status, 201);
	const item = actionItemAnswer.parse(added.body);
	t.like(item, {id: `${incident}-A1`, from: 'human', status: 'proposed', version: 1, due: null, tracker: null});
	t.is((await api('POST', '/action-items', body)).body['id'], item.id, 'the same again is not a second one');
	await api('POST', '/action-items', {text: 'a note', parent: item.id, idempotencyKey: 'key-00002'});
	const change = (contents: Record<string, unknown>, baseVersion: number, idempotencyKey: string) =>
		api('PUT', `/action-items/${item.id}`, {...contents, baseVersion, idempotencyKey});
	const changed = itemChangedAnswer.parse((await change({due: '2026-03-20'}, 1, 'key-00003')).body);
	t.like(changed, {outcome: 'accepted', item: {owner: 'greg', due: '2026-03-20', status: 'agreed', version: 2}});
	const conflict = await change({owner: 'chad'}, 1, 'key-00004');
	t.is(conflict.status, 409);
	t.like(itemConflictAnswer.parse(conflict.body), {current: {owner: 'greg', version: 2}, mine: {owner: 'chad', due: null}});
	const listed = actionItemsAnswer.parse((await api('GET', '/action-items')).body).items;
	t.deepEqual(
		listed.map(({text, parent}) => [text, parent]),
		[
			['reviews of extensions', null],
			['a note', item.id],
		],
	);
});
