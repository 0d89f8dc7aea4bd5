/** What two people type at once, in two processes on one database, on each engine: one is first, and nothing is lost. */
import test from 'ava';
import {addTypedItems} from '../../../server/actions/add-action-items.ts';
import {changeActionItem} from '../../../server/actions/change-action-item.ts';
import {saveField} from '../../../server/actions/save-field.ts';
import {findEvents, verifyChain} from '../../../server/stores/timeline.ts';
import {ann, bob, meetingUnderTest} from '../../helpers/meeting-world.ts';
import {engines} from '../../helpers/store.ts';

for (const engine of engines) {
	test(`two processes save one field at the same instant: one version each, the others are conflicts, and all texts are kept (${engine})`, async t => {
		t.timeout(120_000);
		const first = await meetingUnderTest(t, {engine});
		const second = await meetingUnderTest(t, {engine, folder: first.folder});
		const {incident} = first;
		const saves = Array.from({length: 12}, (_, index) => {
			const [deps, author] = index % 2 === 0 ? ([first.deps, ann] as const) : ([second.deps, bob] as const);
			return saveField(deps, {
				incident,
				field: 'summary',
				text: `text ${index}`,
				baseVersion: 0,
				opId: `operation-${index}`,
				generated: null,
				author,
			});
		});
		const outcomes = (await Promise.all(saves)).map(({outcome}) => outcome);
		t.is(outcomes.filter(outcome => outcome === 'accepted').length, 1);
		t.is(outcomes.filter(outcome => outcome === 'conflict').length, 11);
		const {meetings} = first.stores();
		const meeting = (await meetings.get(incident))?.id ?? '';
		const kept = await meetings.updates(meeting, 'summary', 100);
		t.deepEqual(kept.map(({text}) => text).toSorted(), Array.from({length: 12}, (_, index) => `text ${index}`).toSorted());
		t.deepEqual(
			kept.map(({seq}) => seq),
			kept.map(({seq}) => seq).toSorted((a, b) => b - a),
		);
		t.deepEqual(
			kept.flatMap(({version}) => version ?? []),
			[1],
		);
		const events = (await findEvents(first.deps.database.read, {incident})).filter(({source}) => source === 'meeting');
		t.is(events.length, 2, 'the form was opened once, and one save changed it');
		t.like(await verifyChain(first.deps.database.read), {intact: true});
	});

	test(`the same save sent by two processes at once is one update (${engine})`, async t => {
		t.timeout(120_000);
		const first = await meetingUnderTest(t, {engine});
		const second = await meetingUnderTest(t, {engine, folder: first.folder});
		const save = {
			incident: first.incident,
			field: 'summary',
			text: 'once',
			baseVersion: 0,
			opId: 'the-same-one',
			generated: null,
			author: ann,
		};
		const answers = await Promise.all([first.deps, second.deps, first.deps, second.deps].map(deps => saveField(deps, save)));
		t.deepEqual(
			answers.map(({outcome, current}) => [outcome, current?.version]),
			[
				['accepted', 1],
				['accepted', 1],
				['accepted', 1],
				['accepted', 1],
			],
		);
		const {meetings} = first.stores();
		t.is(await meetings.countUpdates((await meetings.get(first.incident))?.id ?? '', 'summary'), 1);
	});

	test(`action items added and changed at once keep their places, and one change wins (${engine})`, async t => {
		t.timeout(120_000);
		const first = await meetingUnderTest(t, {engine});
		const second = await meetingUnderTest(t, {engine, folder: first.folder});
		const {incident} = first;
		const add = (index: number) =>
			addTypedItems(index % 2 === 0 ? first.deps : second.deps, {
				...{incident, typed: `item ${index}\n- part of ${index}`, opId: `addition-${Math.floor(index / 2) * 2}-${index % 2}`, author: ann},
			});
		await Promise.all(Array.from({length: 6}, (_, index) => add(index)));
		await Promise.all([add(0), add(1)]);
		const items = await first.stores().actionItems.list({incident});
		t.deepEqual(
			items.map(({position}) => position),
			Array.from({length: 12}, (_, index) => index + 1),
		);
		for (const {text, parent} of items.filter(each => each.parent !== null))
			t.is(items.find(({id}) => id === parent)?.text, text.replace('part of', 'item'));
		const change = (index: number) =>
			changeActionItem(index % 2 === 0 ? first.deps : second.deps, {
				...{incident, item: `${incident}-A1`, contents: {owner: `owner ${index}`}, baseVersion: 1, opId: `change-${index}`, author: bob},
			});
		const changed = await Promise.all(Array.from({length: 6}, (_, index) => change(index)));
		t.is(changed.filter(({outcome}) => outcome === 'accepted').length, 1);
		const updates = await first.stores().actionItems.updates(`${incident}-A1`, 100);
		t.deepEqual(updates.map(({contents}) => contents.owner ?? '').toSorted(), [
			'',
			...Array.from({length: 6}, (_, index) => `owner ${index}`),
		]);
	});
}

test('who wrote from an older version with the same text is no conflict, and going back to a text is none either', async t => {
	const {deps, incident} = await meetingUnderTest(t);
	let count = 0;
	const save = (text: string, baseVersion: number) => {
		count += 1;
		return saveField(deps, {incident, field: 'introduced', text, baseVersion, opId: `operation-${count}`, generated: null, author: ann});
	};
	t.like(await save('A', 0), {outcome: 'accepted', current: {version: 1}});
	t.like(await save('A', 0), {outcome: 'same', current: {version: 1}});
	t.like(await save('B', 1), {outcome: 'accepted', current: {version: 2}});
	t.like(await save('C', 1), {outcome: 'conflict', current: {version: 2, text: 'B'}, mine: 'C'});
	t.like(await save('A', 2), {outcome: 'accepted', current: {version: 3}});
	t.like(await save('D', 1), {outcome: 'accepted', current: {version: 4}}, 'it says what it said when D was begun');
	t.like(await save('E', 99), {outcome: 'conflict', current: {version: 4}}, 'a version that this database never had');
	t.like(await save('', 4), {outcome: 'accepted', current: {version: 5, text: ''}});
});

test('a tracker is noted without a change of version, and what it says of the status is a change like any other', async t => {
	const {deps, incident, stores} = await meetingUnderTest(t);
	await addTypedItems(deps, {incident, typed: 'greg: reviews', opId: 'addition-one', author: ann});
	const id = `${incident}-A1`;
	const tracker = {system: 'github', key: '#12', url: 'https://github.example/12', state: 'open', syncedAt: '2026-03-02T10:00:00.000Z'};
	await deps.database.transact(async ({sql}) => {
		const {actionItemStore} = await import('../../../server/stores/action-items.ts');
		const store = actionItemStore(sql);
		await store.setTracker(id, tracker);
		const change = {
			status: 'done',
			author: {kind: 'system', name: 'github'},
			at: '2026-03-02T11:00:00.000Z',
			opId: 'closed-there',
		} as const;
		t.true(await store.setStatus(id, change));
		t.false(await store.setStatus(id, change), 'the same again changes nothing');
		t.false(await store.setStatus('INC-1999-0001-A1', {...change, opId: 'another'}));
	});
	t.like(await stores().actionItems.get(id), {status: 'done', version: 2, tracker, changedBy: 'github'});
	t.deepEqual(
		(await stores().actionItems.list({statuses: ['done']})).map(item => item.id),
		[id],
	);
});

test('a field or an item with very many spaces is answered in a moment', async t => {
	const {deps, incident} = await meetingUnderTest(t);
	const text = `a${' '.repeat(99_000)}b`;
	await addTypedItems(deps, {incident, typed: 'greg: reviews', opId: 'addition-one', author: ann});
	// The processor's time, since the machine may have other things to do.
	const start = process.cpuUsage();
	const save = {incident, field: 'title', text, baseVersion: 0, opId: 'operation-1', generated: null, author: ann};
	t.like(await t.throwsAsync(saveField(deps, save)), {code: 'too-large'});
	const change = {incident, item: `${incident}-A1`, contents: {text}, baseVersion: 1, opId: 'change-1', author: ann};
	t.like(await changeActionItem(deps, change), {outcome: 'accepted', mine: {text}});
	t.true(process.cpuUsage(start).user < 5_000_000);
});
