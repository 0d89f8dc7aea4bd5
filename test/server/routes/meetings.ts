/** The post-mortem form as a browser without script uses it. */
import test from 'ava';
import {findEvents} from '../../../server/stores/timeline.ts';
import {formIn, meetingUnderTest, unescaped} from '../../helpers/meeting-world.ts';

test('a saved field says so at its place, with who and when, and what was typed stands in it', async t => {
	const {fill, read, path, incident, deps} = await meetingUnderTest(t);
	const typed = '- one\n  - under <b>it</b>\n\nand "more" & {{done}}';
	const sent = await fill(`${path}/fields/discovered`, {text: typed});
	t.like(sent, {status: 303, location: `${path}?done=discovered#field-discovered`});
	const html = await read(`${path}?done=discovered`);
	const field = html.slice(html.indexOf('id="field-discovered"'), html.indexOf('id="field-', html.indexOf('id="field-discovered"') + 10));
	t.regex(field, /Saved\.<\/strong>/);
	t.regex(field, /Saved \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC by this machine, version 1/);
	t.regex(field, /<li>one\s*<ul>\s*<li>under it<\/li>/, 'rendered, without the markup');
	t.is(formIn(html, `${path}/fields/discovered`)?.['text'], typed);
	t.is(formIn(html, `${path}/fields/discovered`)?.['base_version'], '1');
	const events = await findEvents(deps.database.read, {incident});
	const saved = events.filter(({source}) => source === 'meeting');
	t.deepEqual(
		saved.map(({kind, data}) => [kind, data['field'] ?? null, data['version'] ?? null, data['importance'] ?? null]),
		[
			['note', null, null, null],
			['note', 'discovered', 1, 'noise'],
		],
	);
	t.notRegex(JSON.stringify(saved), /under/, 'the timeline does not repeat the text');
});

test('what the data knows stands in the box and is no answer until somebody saves it', async t => {
	const {fill, read, path, stores, incident, api} = await meetingUnderTest(t);
	const before = await read();
	const form = formIn(before, `${path}/fields/title`);
	t.is(form?.['text'], (await stores().incidents.get(incident))?.title);
	t.regex(before, /From the data, not yet an answer/);
	t.like((await api('GET', '/meeting')).body, {answered: 0, openedAt: null});
	await fill(`${path}/fields/title`, {});
	t.like((await api('GET', '/meeting')).body, {answered: 1});
	t.regex(await read(`/incidents/${incident}`), /1 of \d+ answered/);
});

test('the same form sent twice is one save, and one sent again with another text is a second', async t => {
	const {read, send, path, deps, incident, stores} = await meetingUnderTest(t);
	const action = `${path}/fields/learned.avoided`;
	const form = formIn(await read(), action) ?? {};
	const first = {...form, text: 'graceful degradation'};
	for (const _ of [1, 2, 3]) t.is((await send(action, first)).status, 303);
	const meeting = await stores().meetings.get(incident);
	t.is(await stores().meetings.countUpdates(meeting?.id ?? '', 'learned.avoided'), 1);
	t.is((await findEvents(deps.database.read, {incident})).filter(({data}) => data['field'] === 'learned.avoided').length, 1);
	// The browser went back, and the form there has the id and the version of the first save.
	for (const _ of [1, 2]) t.is((await send(action, {...form, text: 'graceful degradation, and monitoring'})).status, 303);
	t.like(await stores().meetings.current(meeting?.id ?? '', 'learned.avoided'), {version: 2, text: 'graceful degradation, and monitoring'});
	t.is(await stores().meetings.countUpdates(meeting?.id ?? '', 'learned.avoided'), 2);
});

test('two people in one field: the second sees both texts, and neither is lost', async t => {
	const {read, send, path} = await meetingUnderTest(t);
	const action = `${path}/fields/introduced`;
	const page = await read();
	const [one, two] = [formIn(page, action) ?? {}, formIn(await read(), action) ?? {}];
	t.is((await send(action, {...one, text: 'first & theirs\nboth'})).status, 303);
	const conflict = await send(action, {...two, text: 'second <mine>\nboth'});
	t.is(conflict.status, 409);
	t.regex(unescaped(conflict.html), /first & theirs/);
	t.regex(conflict.html, /second &lt;mine&gt;/);
	t.regex(conflict.html, /this machine, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, version 1/);
	const merge = formIn(conflict.html, action) ?? {};
	t.like(merge, {base_version: '1', text: 'second <mine>\nboth'});
	const history = await read(action);
	t.regex(history, /Came second, kept here/);
	t.regex(history, /second &lt;mine&gt;/, 'it is kept even if the browser dies now');
	t.is((await send(action, {...merge, text: 'first, second, both'})).status, 303);
	t.is(formIn(await read(), action)?.['text'], 'first, second, both');
	t.is((await send(action, {...two, text: 'first, second, both', op_id: 'somebody-else'})).status, 303, 'the same text is no conflict');
});

test('what does not fit comes back with what was typed', async t => {
	const {fill, path, send, read, stores, incident} = await meetingUnderTest(t);
	const long = `begin ${'x'.repeat(20_000)} end`;
	const refused = await fill(`${path}/fields/summary`, {text: long});
	t.is(refused.status, 413);
	t.regex(refused.html, /20,010 characters, and 20,000 fit/);
	t.is(formIn(refused.html, `${path}/fields/summary`)?.['text'], long);
	t.is(await stores().meetings.get(incident), null, 'nothing was stored');
	t.is((await fill(`${path}/fields/nothing-of-it`, {text: 'x'}).catch(() => ({status: 0}))).status, 0);
	const form = formIn(await read(), `${path}/fields/summary`) ?? {};
	t.is((await send(`${path}/fields/nothing-of-it`, {...form, text: 'x'})).status, 404);
	t.is((await send('/incidents/INC-1999-0001/meeting/fields/summary', {...form, text: 'x'})).status, 404);
	t.is((await send(`${path}/fields/summary`, {...form, base_version: 'three'})).status, 422);
	t.is((await fill(`${path}/fields/summary`, {text: `nul \u0000 and \u0007 and a half \uD800 end`})).status, 303);
	t.is(formIn(await read(), `${path}/fields/summary`)?.['text'], 'nul ␀ and ␇ and a half \uFFFD end');
});

test('action items are typed as in minutes, and each is a row of its own', async t => {
	const {fill, read, path, stores, incident} = await meetingUnderTest(t);
	const typed = '(task T182731) greg/JR: reviews of extensions\n- greg: send a note (done)\n(task T1 chad: not closed';
	t.like(await fill(`${path}/action-items`, {lines: typed}), {status: 303, location: `${path}?done=items#topic-actions`});
	const items = await stores().actionItems.list({incident});
	t.deepEqual(
		items.map(({id, parent, task, owner, text, status}) => ({
			id: id.replace(incident, ''),
			parent: parent?.replace(incident, ''),
			task,
			owner,
			text,
			status,
		})),
		[
			{id: '-A1', parent: undefined, task: 'T182731', owner: 'greg/JR', text: 'reviews of extensions', status: 'proposed'},
			{id: '-A2', parent: '-A1', task: null, owner: 'greg', text: 'send a note', status: 'done'},
			{id: '-A3', parent: undefined, task: null, owner: null, text: '(task T1 chad: not closed', status: 'proposed'},
		],
	);
	const html = await read();
	t.regex(html, /Not agreed yet: it lacks a due date\./);
	t.regex(html, /Not agreed yet: it lacks an owner and a due date\./);
	t.regex(html, /The task could not be read/);
	const action = `${path}/action-items/${incident}-A1`;
	t.is((await fill(action, {due: '2026-03-20'})).status, 303);
	t.like(await stores().actionItems.get(`${incident}-A1`), {due: '2026-03-20', status: 'agreed', version: 2, owner: 'greg/JR'});
	const wrong = await fill(action, {due: 'Friday', text: 'reviews of all'});
	t.is(wrong.status, 422);
	t.like(formIn(wrong.html, action), {due: 'Friday', text: 'reviews of all', base_version: '2'});
	const silent = await fill(action, {status: 'not_doing'});
	t.is(silent.status, 422);
	t.regex(silent.html, /Say why it is not going to be done/);
});

test('two people change one action item: the second sees both', async t => {
	const {fill, read, send, path, stores, incident} = await meetingUnderTest(t);
	await fill(`${path}/action-items`, {lines: 'reviews'});
	const action = `${path}/action-items/${incident}-A1`;
	const form = formIn(await read(), action) ?? {};
	for (const _ of [1, 2]) t.is((await send(action, {...form, owner: 'greg'})).status, 303);
	t.is((await stores().actionItems.get(`${incident}-A1`))?.version, 2, 'sent twice is once');
	const conflict = await send(action, {...form, owner: 'chad', op_id: 'the-second-one'});
	t.is(conflict.status, 409);
	t.regex(conflict.html, /owner: greg/);
	t.regex(conflict.html, /owner: chad/);
	t.like(formIn(conflict.html, action), {owner: 'chad', base_version: '2'});
	t.like(await stores().actionItems.get(`${incident}-A1`), {owner: 'greg', version: 2});
	t.deepEqual(
		(await stores().actionItems.updates(`${incident}-A1`, 10)).map(({outcome, contents}) => [outcome, contents.owner]),
		[
			['conflict', 'chad'],
			['accepted', 'greg'],
			['accepted', null],
		],
	);
});

test('what rules propose is taken over or turned down, once', async t => {
	const {fill, read, send, path, stores, incident} = await meetingUnderTest(t);
	const proposals = (html: string) => html.split(`action="${path}/proposals"`).length - 1;
	const page = await read();
	const count = proposals(page);
	t.true(count >= 2, `${count} proposals`);
	t.is((await fill(`${path}/proposals`, {decision: 'take'})).status, 303);
	const [taken] = await stores().actionItems.list({incident});
	t.like(taken, {from: 'rule', status: 'proposed', version: 1});
	t.is(proposals(await read()), count - 1);
	t.is((await fill(`${path}/proposals`, {decision: 'take', text: taken?.text ?? '', because: taken?.proposal?.because ?? ''})).status, 303);
	t.is((await stores().actionItems.list({incident})).length, 1, 'it was taken already');
	const silent = await fill(`${path}/proposals`, {decision: 'decline', reason: ' '});
	t.is(silent.status, 422);
	t.is((await fill(`${path}/proposals`, {decision: 'decline', reason: 'no second datacentre'})).status, 303);
	t.like((await stores().actionItems.list({incident})).at(-1), {status: 'not_doing', reason: 'no second datacentre'});
	const other = {...formIn(page, `${path}/proposals`), decision: 'take', text: 'Blame somebody', because: 'x'};
	t.is((await send(`${path}/proposals`, other)).status, 409);
	const report = await read(`/incidents/${incident}.md`);
	t.true(report.includes(`- [ ] ${taken?.text.slice(0, 20)}`));
	t.regex(report, /not doing; .*because no second datacentre/);
});

test('two hundred action items fit, and what does not fit comes back', async t => {
	const {fill, path, stores, incident} = await meetingUnderTest(t);
	const lines = Array.from({length: 200}, (_, index) => `item ${index}`).join('\n');
	t.is((await fill(`${path}/action-items`, {lines})).status, 303);
	const more = await fill(`${path}/action-items`, {lines: 'one more'});
	t.is(more.status, 413);
	t.is(formIn(more.html, `${path}/action-items`)?.['lines'], 'one more');
	t.is((await stores().actionItems.list({incident})).length, 200);
});
