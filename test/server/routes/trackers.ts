/** The button on the meeting's page and the same for programs: one issue, whoever presses how often. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {addTypedItems} from '../../../server/actions/add-action-items.ts';
import {trackerSync} from '../../../server/actions/sync-trackers.ts';
import {trackedSchema} from '../../../server/schemas/trackers.ts';
import {githubUnderTest} from '../../helpers/github.ts';
import {incidentOnly} from '../../helpers/incident-only.ts';
import {serviceUnderTest, temporaryFolder, usualService} from '../../helpers/service.ts';
import {signedIn} from '../../helpers/visitor.ts';

const robin = {kind: 'person', name: 'Robin'} as const;

async function met(t: ExecutionContext) {
	const github = await githubUnderTest(t);
	const folder = temporaryFolder(t);
	writeFileSync(path.join(folder, 'token'), github.token);
	const config = {services: {app: usualService}, github: {api_url: github.url, token_file: 'token', action_items: 'o/r'}};
	const under = await serviceUnderTest(t, {config, folder});
	await under.ask('before');
	await under.ask('testservers');
	const incident = await incidentOnly(under.deps, {service: 'app', reason: 'x', actor: robin});
	const item = `${incident}-A1`;
	await addTypedItems(under.deps, {incident, typed: 'write a test', opId: 'typed-0001', author: robin});
	const page = async () => (await fetch(`${under.url}/incidents/${incident}/meeting`, {headers: {accept: 'text/html'}})).text();
	const sync = trackerSync(under.deps);
	t.teardown(() => sync.stop());
	return {...under, github, item, incident, page, sync};
}

test('the button asks for the issue; the page says that it comes, and then where it is', async t => {
	const {url, deps, item, incident, page, sync, github} = await met(t);
	const before = await page();
	t.true(before.includes('Make an issue in o/r'));
	const key = /name="op_id" value="([^"]+)"><button type="submit">Make an issue/.exec(before)?.[1] ?? '';
	const robinsBrowser = await signedIn(t, {deps, url}, 'Robin', 'editor');
	const press = () => robinsBrowser.form(`/action-items/${item}/issue`, {op_id: key}, `/incidents/${incident}/meeting`);
	const answers = [await press(), await press()];
	t.deepEqual(
		answers.map(({status, headers}) => [status, headers['location']]),
		new Array(2).fill([303, `/incidents/${incident}/meeting#item-${item}`]),
	);
	const waiting = await page();
	t.true(waiting.includes('It is to become an issue in o/r.'));
	t.false(waiting.includes('Make an issue'));
	await sync.step();
	await sync.idle();
	t.is(github.issues.length, 1);
	t.true((await page()).includes('<a href="https://github.example/o/r/issues/11">'));
});

test('a program asks for it with a key, and is told how it stands', async t => {
	const {post, item, sync} = await met(t);
	const asked = await post(`/api/v1/action-items/${item}/issue`, {idempotencyKey: 'issue-0001'});
	t.is(asked.status, 201);
	t.like(trackedSchema.parse(asked.body), {item, state: 'wanted', url: null});
	await sync.step();
	await sync.idle();
	const again = await post(`/api/v1/action-items/${item}/issue`, {idempotencyKey: 'issue-0002'});
	t.like(trackedSchema.parse(again.body), {state: 'linked', url: 'https://github.example/o/r/issues/11'});
	t.is((await post('/api/v1/action-items/none/issue', {idempotencyKey: 'issue-0003'})).status, 404);
	t.is((await post(`/api/v1/action-items/${item}/issue`, {})).status, 422);
});
