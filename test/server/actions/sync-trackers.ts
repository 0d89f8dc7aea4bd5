/** An action item becomes one issue, whatever breaks in between, and follows its state. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {type Deps, writing} from '../../../server/actions/deps.ts';
import {trackerSync} from '../../../server/actions/sync-trackers.ts';
import {trackActionItem} from '../../../server/actions/track-action-item.ts';
import {failing, type Github, githubUnderTest, primaryLimit, secondaryLimit, silent} from '../../helpers/github.ts';
import {incidentOnly} from '../../helpers/incident-only.ts';
import {pushedClock, type ServiceUnderTest, serviceUnderTest, temporaryFolder, usualService} from '../../helpers/service.ts';

const robin = {kind: 'person', name: 'Robin'} as const;
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

type Tracked = {
	readonly under: ServiceUnderTest;
	readonly github: Github;
	readonly item: string;
	readonly incident: string;
	want(key?: string): ReturnType<typeof trackActionItem>;
	sync(deps?: Deps): Promise<void>;
	/** Pushes the clock and follows. */
	later(forMs?: number): Promise<void>;
};

async function tracked(t: ExecutionContext, more: Readonly<Record<string, unknown>> = {}, clock = pushedClock()): Promise<Tracked> {
	const github = await githubUnderTest(t, clock.now);
	const folder = temporaryFolder(t);
	writeFileSync(path.join(folder, 'token'), `${github.token}\n`);
	const config = {
		url: 'https://signalbox.example.org',
		services: {app: usualService},
		github: {api_url: github.url, token_file: 'token', action_items: 'o/r', labels: ['incident'], ...more},
	};
	const under = await serviceUnderTest(t, {config, folder, clock});
	await under.ask('before');
	await under.ask('testservers');
	const incident = await incidentOnly(under.deps, {service: 'app', reason: 'x', actor: robin});
	const item = `${incident}-A1`;
	await writing(under.deps, ({actionItems, at}) =>
		actionItems.add(
			{
				...{id: item, incident, position: 1, parent: null, from: 'meeting', proposal: null},
				...{task: null, owner: '@robin', text: 'Ask <b> @everyone', due: '2026-03-20', kind: 'prevent'},
				...{doneWhen: null, status: 'open', reason: null},
			},
			robin,
			at,
			'op-1',
		),
	);
	const syncs = new Map<Deps, ReturnType<typeof trackerSync>>();
	const sync = async (deps = under.deps) => {
		const job = syncs.get(deps) ?? trackerSync(deps);
		syncs.set(deps, job);
		await job.step();
		await job.idle();
	};
	t.teardown(async () => {
		for (const job of syncs.values()) await job.stop();
	});
	return {
		...{under, github, item, incident, sync},
		want: (key = 'want-0001') => trackActionItem(under.deps, {item, actor: robin, idempotencyKey: key}),
		async later(forMs = 20 * minuteMs) {
			clock.push(forMs);
			await sync();
		},
	};
}

const itemOf = async ({under, item}: Tracked) => (await under.stores().actionItems.get(item)) ?? t0();
const t0 = (): never => {
	throw new Error('no item');
};
const textsOf = async ({under, incident}: Tracked) =>
	(await under.events({incident})).filter(({kind}) => kind === 'follow_up').map(({text}) => text);

test('an action item becomes an issue once, with its words, its incident and its marker, and calls nobody', async t => {
	const all = await tracked(t);
	t.like(await all.want(), {state: 'wanted', repository: 'o/r', url: null});
	await all.sync();
	await all.sync();
	t.like(await all.want('want-0002'), {state: 'linked', url: 'https://github.example/o/r/issues/11'});
	await all.later();
	const {issues} = all.github;
	t.is(issues.length, 1);
	const [issue] = issues;
	t.is(issue?.title, `Ask <b> \uFF20everyone (${all.incident})`);
	t.deepEqual(issue?.labels, ['incident']);
	t.true(issue?.body.startsWith('Ask \\<b\\> \uFF20everyone\n'));
	t.true(issue?.body.includes(`](https://signalbox.example.org/incidents/${all.incident})`));
	t.true(issue?.body.includes(`<!-- signalbox:${all.incident}/${all.item} -->`));
	t.false(issue?.body.includes('@'));
	t.like((await itemOf(all)).tracker, {system: 'github', key: 'o/r#11', state: 'open'});
	t.deepEqual(await textsOf(all), [`${all.item} is to become an issue in o/r`, `${all.item} is o/r#11: ${issue?.title}`]);
});

test('closed there is done here, by whom GitHub names; opened again is open again', async t => {
	const all = await tracked(t);
	await all.want();
	await all.sync();
	all.github.close(11, 'kim');
	await all.later();
	t.like(await itemOf(all), {status: 'done', changedBy: 'kim'});
	t.is((await textsOf(all)).at(-1), `${all.item} is done: o/r#11 was closed by kim`);
	all.github.reopen(11);
	await all.later();
	t.is((await itemOf(all)).status, 'open');
	t.is((await textsOf(all)).at(-1), `${all.item} is open: o/r#11 was opened again`);
	all.github.close(11, 'kim', 'not_planned');
	await all.later();
	t.like(await itemOf(all), {status: 'not_doing', reason: 'o/r#11 was closed by kim as not planned'});
});

test('an unchanged issue is asked about by its ETag, and what people decided here stays', async t => {
	const all = await tracked(t);
	await all.want();
	await all.sync();
	await all.later();
	await writing(all.under.deps, ({actionItems, at}) => actionItems.setStatus(all.item, {status: 'done', author: robin, at, opId: 'op-2'}));
	await all.later();
	await all.later();
	t.deepEqual(
		all.github.asked.filter(({method}) => method === 'GET').map(({status}) => status),
		[200, 304, 304],
	);
	t.is((await itemOf(all)).status, 'done');
});

test('killed between making an issue and writing it down, the next one finds it, among many', async t => {
	const all = await tracked(t);
	const {github, under} = all;
	await all.want();
	github.onMade = () => {
		for (let number = 0; number < 150; number += 1)
			github.issues.push({...(github.issues[0] ?? t0()), number: 1000 + number, body: 'another'});
	};
	// The claim and the request of a process that dies before it can write down what it did.
	await writing(under.deps, ({trackers, at}) =>
		trackers.claim(all.item, 'dead process', at, new Date(Date.parse(at) + minuteMs).toISOString()),
	);
	const dead = trackerSync({...under.deps, processId: 'dead process'});
	await dead.step();
	await dead.idle();
	t.is(github.issues.length, 0);
	const body = `x <!-- signalbox:${all.incident}/${all.item} -->`;
	await fetch(`${github.url}/repos/o/r/issues`, {
		method: 'POST',
		headers: {authorization: `Bearer ${github.token}`, 'user-agent': 'dead process'},
		body: JSON.stringify({title: 'made by the dead one', body}),
	});
	await all.later(3 * minuteMs);
	t.is(github.issues.filter(issue => issue.body === body).length, 1);
	t.is(github.asked.filter(({method}) => method === 'POST').length, 1);
	t.is((await itemOf(all)).tracker?.key, 'o/r#11');
});

test('an answer that is lost makes no second issue', async t => {
	const all = await tracked(t);
	await all.want();
	all.github.onMade = response => response.destroy();
	await all.sync();
	t.is(all.github.issues.length, 1);
	t.is((await itemOf(all)).tracker, null);
	await all.later();
	t.is(all.github.issues.length, 1);
	t.is((await itemOf(all)).tracker?.key, 'o/r#11');
});

test('a secondary limit puts everything off for as long as GitHub says, and nothing is made twice or given up', async t => {
	const all = await tracked(t);
	await all.want();
	all.github.next(secondaryLimit(600));
	await all.sync();
	t.regex((await all.under.stores().trackers.get(all.item))?.reason ?? '', /limits its use/);
	await all.later(9 * minuteMs);
	t.is(all.github.asked.length, 1);
	await all.later(2 * minuteMs);
	t.is((await itemOf(all)).tracker?.key, 'o/r#11');
});

test('the primary limit is waited for until its reset', async t => {
	// Its reset is a time of day, which Octokit holds against the machine's clock.
	const all = await tracked(t, {}, pushedClock(new Date().toISOString()));
	await all.want();
	all.github.next(primaryLimit(Date.parse(all.under.clock.now()) + 30 * minuteMs));
	await all.sync();
	await all.later(29 * minuteMs);
	t.is(all.github.asked.length, 1);
	await all.later(2 * minuteMs);
	t.is(all.github.issues.length, 1);
});

test('a short secondary limit is waited for at once', async t => {
	const all = await tracked(t);
	await all.want();
	all.github.next(secondaryLimit(1));
	await all.sync();
	t.is((await itemOf(all)).tracker?.key, 'o/r#11');
});

test('a server error is tried again later, after a look whether the issue was made all the same', async t => {
	const all = await tracked(t);
	await all.want();
	all.github.next(failing(502));
	await all.sync();
	t.is(all.github.asked.length, 1);
	t.regex((await all.under.stores().trackers.get(all.item))?.reason ?? '', /502/);
	await all.later();
	t.deepEqual(
		all.github.asked.map(({method, status}) => `${method} ${status}`),
		['POST 502', 'GET 200', 'POST 201'],
	);
});

test('a wrong token or repository is failed with what to look at, and can be asked for again', async t => {
	const all = await tracked(t, {action_items: 'o/elsewhere'});
	await all.want();
	await all.sync();
	t.like(await all.under.stores().trackers.get(all.item), {state: 'failed'});
	t.regex(
		(await textsOf(all)).at(-1) ?? '',
		/could not become an issue in o\/elsewhere: .*no such repository, or the token may not see it/,
	);
	all.github.repository = 'o/elsewhere';
	await all.later(dayMs);
	t.is(all.github.issues.length, 0);
	writeFileSync(path.join(all.under.folder, 'token'), 'wrong');
	await all.want('want-0002');
	await all.sync();
	t.regex((await all.under.stores().trackers.get(all.item))?.reason ?? '', /does not take the token: see «token_file»/);
	t.false(JSON.stringify([all.under.logged, await all.under.events()]).includes('wrong'));
	writeFileSync(path.join(all.under.folder, 'token'), all.github.token);
	await all.want('want-0003');
	await all.sync();
	t.is((await itemOf(all)).tracker?.key, 'o/elsewhere#11');
});

test('a transferred issue is followed to where it is; a deleted one is said once, and its item stays', async t => {
	const all = await tracked(t);
	await all.want();
	await all.sync();
	all.github.moved.set(11, {repository: 'o/other', number: 77});
	await all.later();
	t.like((await itemOf(all)).tracker, {key: 'o/other#77', url: 'https://github.example/o/other/issues/77'});
	t.is((await textsOf(all)).at(-1), `o/r#11 is o/other#77 now: ${all.item} goes on there`);
	await all.later();
	await all.later(2 * dayMs);
	t.regex((await textsOf(all)).at(-1) ?? '', /o\/other#77, the issue of .*, is not there any more, or not for this token/);
	t.is((await textsOf(all)).length, 4);
	t.like(await itemOf(all), {status: 'open'});
	t.is((await itemOf(all)).tracker?.state, 'lost');
});

test('a GitHub that never answers holds up no step, and a service that stops does not wait for it', async t => {
	const all = await tracked(t);
	await all.want();
	const heard = new Promise<void>(resolve => {
		all.github.next((request, response) => {
			resolve();
			return silent(request, response);
		});
	});
	const job = trackerSync(all.under.deps);
	await job.step();
	await heard;
	const startedMs = performance.now();
	await job.stop();
	t.true(performance.now() - startedMs < 8000);
	await all.later();
	t.is(all.github.issues.length, 1);
});

test('two processes make one issue', async t => {
	const all = await tracked(t);
	await all.want();
	await Promise.all(['one', 'two', 'three'].map(processId => all.sync({...all.under.deps, processId})));
	t.is(all.github.issues.length, 1);
});

test('without a place for issues the button says what to configure', async t => {
	const {under, item} = await tracked(t);
	const deps = {...under.deps, config: {...under.deps.config, github: null}};
	await t.throwsAsync(trackActionItem(deps, {item, actor: robin, idempotencyKey: 'want-0009'}), {message: /github\.action_items/});
	await t.throwsAsync(trackActionItem(deps, {item: 'none', actor: robin, idempotencyKey: 'want-0010'}), {message: /no action item none/});
});
