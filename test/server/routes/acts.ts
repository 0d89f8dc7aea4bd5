/** What people do from the pages of a deploy and an incident: recorded with their name, once, or given back as it was typed. */
import test from 'ava';
import {browse} from '../../helpers/browse.ts';
import {batchTo, type ServiceUnderTest, serviceUnderTest, usualService} from '../../helpers/service.ts';

const asDeployer = {services: {app: usualService, ores: usualService}};

async function withDeploy(service: ServiceUnderTest): Promise<string> {
	await service.ask('before', batchTo('a'));
	await service.ask('canaries', batchTo('a'));
	return 'D-2026-0001';
}

async function withIncident(service: ServiceUnderTest): Promise<string> {
	await withDeploy(service);
	const actor = {kind: 'person', name: 'Robin'};
	await service.post('/api/v1/rollbacks', {service: 'app', reason: 'blank pages', actor, idempotencyKey: 'rollback 1'});
	return 'INC-2026-0001';
}

test('a rule is allowed for half an hour, with who and why, and posted twice it is once', async t => {
	const service = await serviceUnderTest(t, {config: asDeployer});
	const id = await withDeploy(service);
	const {open, submit} = browse(service.url);
	const {html} = await open(`/deploys/${id}?still=1`);
	t.regex(html, /Allow for 30 minutes<\/button>/);
	const typed = {rule: 'open-incident', reason: 'the fix of the incident'};
	const done = await submit(`/deploys/${id}/allow`, typed);
	t.like(done, {status: 303, location: `/deploys/${id}`});
	t.is((await submit(`/deploys/${id}/allow`, typed)).status, 303);
	const overrides = await service.stores().overrides.inForce('app', service.clock.now());
	t.is(overrides.length, 1);
	t.like(overrides[0], {rule: 'open-incident', reason: 'the fix of the incident', by: 'this machine'});
	t.regex((await open(`/deploys/${id}`)).html, /open-incident allowed by this machine: the fix of the incident/);
});

test('a form that was gone back to and changed is another one', async t => {
	const service = await serviceUnderTest(t, {config: asDeployer});
	const id = await withDeploy(service);
	const {open, submit} = browse(service.url);
	await open(`/deploys/${id}?still=1`);
	for (const reason of ['one', 'two']) t.is((await submit(`/deploys/${id}/allow`, {rule: '', reason})).status, 303);
	t.is((await service.stores().overrides.inForce('app', service.clock.now())).length, 2);
});

for (const [what, typed, status, problem] of [
	['no reason', {rule: 'open-incident', reason: '  '}, 422, /Say why: the reason is kept for the post-mortem\./],
	['a rule that is none', {rule: 'open-incidents', reason: 'a <b>reason</b>'}, 422, /Did you mean open-incident\?/],
	['a reason without end', {rule: '', reason: 'y'.repeat(2001)}, 422, /At most 2000 characters\./],
	['another key', {rule: '', reason: 'a reason', key: 'x'}, 422, /Load the page again/],
] as const)
	test(`an override with ${what} comes back with what was typed`, async t => {
		const service = await serviceUnderTest(t, {config: asDeployer});
		const id = await withDeploy(service);
		const {open, submit} = browse(service.url);
		await open(`/deploys/${id}?still=1`);
		const page = await submit(`/deploys/${id}/allow`, typed);
		t.is(page.status, status);
		t.regex(page.html, problem);
		t.regex(page.html, /<details open><summary>Allow for 30 minutes/);
		t.true(
			page.html.includes(`name="reason" required maxlength="2000" value="${typed.reason.replaceAll('<', '&lt;').replaceAll('>', '&gt;')}"`),
		);
		t.notRegex(page.html, /http-equiv/, 'it does not reload under what is typed');
		t.deepEqual(await service.stores().overrides.inForce('app', service.clock.now()), []);
	});

test('a deploy is closed with a reason, alone, and what was closed is not closed again', async t => {
	const service = await serviceUnderTest(t, {config: asDeployer});
	const id = await withDeploy(service);
	await service.ask('before', {...batchTo('z'), service: 'ores'});
	const {open, submit} = browse(service.url);
	await open(`/deploys/${id}?still=1`);
	t.is((await submit(`/deploys/${id}/close`, {text: ''})).status, 422);
	t.is((await submit(`/deploys/${id}/close`, {text: 'the window is over'})).status, 303);
	t.is((await submit(`/deploys/${id}/close`, {text: 'the window is over'})).status, 303, 'the same form again');
	const events = await service.events({deploy: id});
	t.is(events.filter(({kind}) => kind === 'deploy_finished').length, 1);
	t.regex(events.map(({text}) => text).join('\n'), /is closed \(finished\): the window is over/);
	t.is((await service.stores().deploys.open('ores')).length, 1);
	t.notRegex((await open(`/deploys/${id}`)).html, /Allow for 30 minutes/, 'nothing is left to do to it');
});

test('two people close one deploy: the second is told', async t => {
	const service = await serviceUnderTest(t, {config: asDeployer});
	const id = await withDeploy(service);
	const [one, other] = [browse(service.url), browse(service.url)];
	await one.open(`/deploys/${id}?still=1`);
	await other.open(`/deploys/${id}?still=1`);
	t.is((await one.submit(`/deploys/${id}/close`, {text: 'mine'})).status, 303);
	t.is((await other.submit(`/deploys/${id}/close`, {text: 'mine too'})).status, 409);
});

test('an attempt of the past has a page of its own', async t => {
	const service = await serviceUnderTest(t, {config: asDeployer});
	for (const letters of ['a', 'b', 'a']) await service.ask('before', batchTo(letters));
	const {open} = browse(service.url);
	t.regex((await open('/deploys/D-2026-0001')).html, /app: D-2026-0001, attempt 2/);
	t.regex(
		(await open('/deploys/D-2026-0001?attempt=1')).html,
		/<a href="\/deploys\/D-2026-0001\?attempt(?:=|&#x3D;)1" aria-current="page">1: /,
	);
	for (const attempt of ['3', '0', 'x']) t.is((await open(`/deploys/D-2026-0001?attempt=${attempt}`)).status, 404, attempt);
});

test('the status of an incident is changed with a reason, and what was typed wrongly comes back', async t => {
	const service = await serviceUnderTest(t, {config: asDeployer});
	const id = await withIncident(service);
	const {open, submit} = browse(service.url);
	await open(`/incidents/${id}`);
	const refused = await submit(`/incidents/${id}/status`, {status: 'resolved', reason: ''});
	t.is(refused.status, 422);
	t.regex(refused.html, /<option value="resolved" selected>/);
	t.is((await submit(`/incidents/${id}/status`, {status: 'burning', reason: 'x'})).status, 422);
	const done = await submit(`/incidents/${id}/status`, {status: 'resolved', reason: 'all wikis are back'});
	t.like(done, {status: 303, location: `/incidents/${id}`});
	t.is((await service.stores().incidents.get(id))?.status, 'resolved');
	const events = await service.events({incident: id});
	t.regex(events.map(({text}) => text).join('\n'), /is resolved \(was open\): all wikis are back/);
});

test('what happened is recorded at the time that was said, of the day of the incident', async t => {
	const service = await serviceUnderTest(t, {config: asDeployer});
	const id = await withIncident(service);
	const {open, submit} = browse(service.url);
	await open(`/incidents/${id}`);
	service.clock.push(3 * 86_400_000);
	const typed = {text: 'saw <blank> pages\non enwiki', kind: 'detection', at: '10:01'};
	t.like(await submit(`/incidents/${id}/events`, typed), {status: 303, location: `/incidents/${id}#timeline`});
	t.is((await submit(`/incidents/${id}/events`, typed)).status, 303);
	const found = (await service.events({incident: id})).filter(({kind}) => kind === 'detection');
	t.is(found.length, 1, 'posted twice, stored once');
	t.like(found[0], {
		happenedAt: '2026-03-02T10:01:00.000Z',
		precision: 'min',
		text: typed.text,
		source: 'human',
		service: 'app',
		deploy: 'D-2026-0001',
	});
	await open(`/incidents/${id}`);
	await submit(`/incidents/${id}/events`, {text: 'the night after', kind: 'note', at: '00:10'});
	t.is((await service.events({incident: id})).find(({text}) => text === 'the night after')?.happenedAt, '2026-03-03T00:10:00.000Z');
});

for (const [what, typed, problem] of [
	['no text', {text: ' ', kind: 'note', at: ''}, /Say what happened\./],
	['a time that is none', {text: 'kept text', kind: 'note', at: 'noon'}, /&quot;noon&quot; is no time/],
	['a time that has not come', {text: 'kept text', kind: 'note', at: '2027-01-01T00:00:00Z'}, /has not come yet/],
	['a kind that people do not write', {text: 'kept text', kind: 'gate_passed', at: ''}, /Choose one of: note/],
] as const)
	test(`an event with ${what} comes back with what was typed`, async t => {
		const service = await serviceUnderTest(t, {config: asDeployer});
		const id = await withIncident(service);
		const {open, submit} = browse(service.url);
		await open(`/incidents/${id}`);
		const before = (await service.events()).length;
		const page = await submit(`/incidents/${id}/events`, typed);
		t.is(page.status, 422);
		t.regex(page.html, problem);
		t.true(page.html.includes(`>${typed.text}</textarea>`));
		t.is((await service.events()).length, before);
	});

test('who may only look is shown no form, and may send none', async t => {
	const service = await serviceUnderTest(t, {config: {...asDeployer, sign_in: {this_machine: 'viewer'}}});
	const {open} = browse(service.url);
	await service.ask('before', batchTo('a'));
	const {html} = await open('/deploys/D-2026-0001');
	t.notRegex(html, /\/allow"|\/close"/);
	const sent = await fetch(`${service.url}/deploys/D-2026-0001/close`, {
		method: 'POST',
		body: new URLSearchParams({text: 'x', key: 'a-key-of-mine'}),
	});
	t.is(sent.status, 403);
	t.is((await service.stores().deploys.open('app')).length, 1);
});
