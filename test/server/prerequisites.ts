/** Things outside git: ticked by people with a reason, probed over HTTP, and handed to the rules as facts. */
import {createServer} from 'node:http';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {prerequisitesOf, usualProbeMs} from '../../server/prerequisites.ts';
import {browse} from '../helpers/browse.ts';
import {call} from '../helpers/cli.ts';
import {batchTo, type ServiceUnderTest, serviceUnderTest, usualService} from '../helpers/service.ts';
import {engines} from '../helpers/store.ts';

const actor = {kind: 'person', name: 'Robin'};
const ticked = {table: {text: 'The table is filled', valid_for: '2d'}, policy: {text: 'The policy is applied', groups: ['test', 'canary']}};
const configWith = (prerequisites: object) => ({services: {app: {...usualService, prerequisites}}});

const stateOf = async ({deps}: ServiceUnderTest, waitMs = usualProbeMs) => {
	const service = deps.config.services.get('app');
	return service === undefined ? [] : prerequisitesOf(deps, service, waitMs);
};

const address = '/api/v1/services/app/prerequisites';
let keys = 0;
const tick = (service: ServiceUnderTest, more: object) => {
	keys += 1;
	return service.post(address, {name: 'table', met: true, reason: 'filled by hand', actor, idempotencyKey: `a tick ${keys}`, ...more});
};

const ticks = async ({events}: ServiceUnderTest) => (await events()).filter(({kind}) => kind === 'prerequisite');

type Told = {status: number; text: string; delayMs: number};
/** A probe that answers as it is told, and counts how often it was asked. */
async function probe(t: ExecutionContext): Promise<{url: string; told: Told; asked: string[]}> {
	const told: Told = {status: 200, text: 'state: applied', delayMs: 0};
	const asked: string[] = [];
	const server = createServer((request, response) => {
		asked.push(request.url ?? '');
		setTimeout(() => response.writeHead(told.status).end(told.text), told.delayMs).unref();
	});
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	const bound = server.address();
	return {url: `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : 0}`, told, asked};
}

for (const engine of engines) {
	test(`a tick is kept with who, when and why, is an event, and counts for as long as it may (${engine})`, async t => {
		const service = await serviceUnderTest(t, {engine, config: configWith(ticked)});
		t.deepEqual(
			(await stateOf(service)).map(({name, group, met, by}) => [name, group, met, by]),
			[
				['table', undefined, false, undefined],
				['policy', 'test', false, undefined],
				['policy', 'canary', false, undefined],
			],
		);
		const {status, body} = await tick(service, {});
		t.is(status, 201);
		t.like(body, {service: 'app', name: 'table', group: null, met: true});
		t.like((await stateOf(service))[0], {met: true, by: 'Robin', reason: 'filled by hand'});
		const [event] = await ticks(service);
		t.like(event, {text: 'table of app is met: filled by hand', service: 'app', source: 'human'});
		service.clock.push(2 * 86_400_000);
		const [late] = await stateOf(service);
		t.regex(JSON.stringify(late?.met), /"missing":"Robin ticked it on 2026-03-02, and a tick counts for 2d/);
		await tick(service, {met: false, reason: 'emptied'});
		t.like((await stateOf(service))[0], {met: false, reason: 'emptied'});
	});

	test(`where the groups differ each is ticked by itself, or all at once; the newest word counts (${engine})`, async t => {
		const service = await serviceUnderTest(t, {engine, config: configWith(ticked)});
		const policies = async () => (await stateOf(service)).slice(1).map(({group, met}) => [group, met]);
		await tick(service, {name: 'policy', group: 'canary'});
		t.deepEqual(await policies(), [
			['test', false],
			['canary', true],
		]);
		service.clock.push(1000);
		await tick(service, {name: 'policy'});
		service.clock.push(1000);
		await tick(service, {name: 'policy', group: 'test', met: false, reason: 'dropped'});
		t.deepEqual(await policies(), [
			['test', false],
			['canary', true],
		]);
	});
}

test('a tick sent twice is made once, and its key stands for nothing else', async t => {
	const service = await serviceUnderTest(t, {config: configWith(ticked)});
	const first = await tick(service, {idempotencyKey: 'the same key'});
	service.clock.push(5000);
	t.deepEqual(await tick(service, {idempotencyKey: 'the same key'}), first);
	t.is((await ticks(service)).length, 1);
	t.is((await tick(service, {idempotencyKey: 'the same key', met: false})).status, 409);
	t.like((await stateOf(service))[0], {met: true});
});

for (const [sent, status, problem] of [
	[{name: 'tabel'}, 404, /no prerequisite \\?"tabel\\?"\. Did you mean table\?/],
	[{group: 'test'}, 422, /table is the same for all groups of app: leave the group out/],
	[{name: 'policy', group: 'default'}, 422, /not asked of a group .*Its groups are: test, canary/],
	[{reason: ' '}, 422, /reason: must be at least 1/],
	[{met: 'yes'}, 422, /met/],
] as const)
	test(`a tick of ${JSON.stringify(sent)} is refused with a sentence`, async t => {
		const service = await serviceUnderTest(t, {config: configWith(ticked)});
		const answer = await tick(service, sent);
		t.is(answer.status, status);
		t.regex(JSON.stringify(answer.body), problem);
		t.is((await ticks(service)).length, 0);
	});

test('a probe says that it is met, is not, or that nobody knows; never met where it is down', async t => {
	const {url, told, asked} = await probe(t);
	const probes = {
		policy: {text: 'Applied', groups: 'each', probe: {url: `${url}/{group}`, expect: {contains: 'applied'}, timeout: '1500ms'}},
	};
	const service = await serviceUnderTest(t, {config: configWith(probes)});
	const now = async (difference: Partial<Told>) => {
		Object.assign(told, {status: 200, text: 'state: applied', delayMs: 0}, difference);
		service.clock.push(10_000);
		return (await stateOf(service))[1]?.met;
	};
	t.is(await now({}), true);
	t.deepEqual(asked.sort(), ['/canary', '/default', '/test']);
	t.is(await now({text: 'state: pending'}), false);
	t.is(await now({status: 404}), false);
	for (const status of [500, 503, 401, 429, 302])
		t.regex(JSON.stringify(await now({status})), new RegExp(`"missing":".* answers ${status}"`));
	t.regex(JSON.stringify(await now({delayMs: 4000})), /"missing":".* did not answer within 1\.5 s"/);
	t.regex(JSON.stringify(await now({text: 'x'.repeat(100_000)})), /"missing":".* answered more than 65536 bytes"/);
	t.regex(JSON.stringify((await tick(service, {name: 'policy'})).body), /policy is probed, so nobody ticks it/);
});

test('an answer is remembered for ten seconds, and one probe at a time is out', async t => {
	const {url, asked, told} = await probe(t);
	const service = await serviceUnderTest(t, {config: configWith({policy: {text: 'Applied', probe: {url}}})});
	told.delayMs = 100;
	await Promise.all([stateOf(service), stateOf(service), stateOf(service)]);
	t.is(asked.length, 1);
	service.clock.push(9000);
	await stateOf(service);
	t.is(asked.length, 1);
	service.clock.push(1001);
	await stateOf(service);
	t.is(asked.length, 2);
});

test('a slow probe does not keep a check waiting, and a rollback asks none', async t => {
	const {url, told, asked} = await probe(t);
	told.delayMs = 30_000;
	const service = await serviceUnderTest(t, {config: configWith({policy: {text: 'Applied', probe: {url, timeout: '10s'}}})});
	await service.ask('before', {...batchTo('a'), mode: 'rollback'});
	t.is(asked.length, 0);
	const startedMs = performance.now();
	await service.ask('before', {...batchTo('b'), deadlineMs: 2000});
	t.true(performance.now() - startedMs < 20_000);
	t.is(asked.length, 1);
	const verdicts = await service.stores().verdicts.of({deploy: 'D-2026-0002', attempt: 1});
	t.like(verdicts[0]?.facts.prerequisites?.[0], {name: 'policy', met: {missing: 'the probe has not answered yet'}});
});

test('the rules of a check are handed every prerequisite of the service, and none where none is configured', async t => {
	const service = await serviceUnderTest(t, {config: configWith(ticked)});
	await tick(service, {});
	await service.ask('before', batchTo('a'));
	const [verdict] = await service.stores().verdicts.of({deploy: 'D-2026-0001', attempt: 1});
	t.deepEqual(
		verdict?.facts.prerequisites?.map(({name, group, met}) => [name, group ?? null, met]),
		[
			['table', null, true],
			['policy', 'test', false],
			['policy', 'canary', false],
		],
	);
	const plain = await serviceUnderTest(t);
	await plain.ask('before', batchTo('a'));
	const [other] = await plain.stores().verdicts.of({deploy: 'D-2026-0001', attempt: 1});
	t.false('prerequisites' in (other?.facts ?? {}));
});

test('at the terminal they are listed and ticked', async t => {
	const service = await serviceUnderTest(t, {config: configWith(ticked)});
	const run = (args: readonly string[]) =>
		call(
			['prerequisite', ...args, '--service', 'app', '--config', path.join(service.folder, 'signalbox.yaml'), '--url', service.url],
			service.folder,
		);
	t.regex(
		(await run(['list'])).stdout,
		/^\d prerequisites of app: \d not met\.\nNOT MET: table: The table is filled\n {2}nobody has ticked it yet\n/,
	);
	const {code, stdout} = await run(['met', 'table', '--reason', '1.2 million rows']);
	t.is(code, 0);
	t.regex(stdout, /^table of app is met since .*Z\. Recorded with its reason\./);
	await run(['unmet', 'policy', '--group', 'test', '--reason', 'dropped']);
	const {stdout: listed} = await run(['list', '--group', 'test']);
	t.regex(
		listed,
		/^2 prerequisites of app: 1 not met, 1 met\.\nMET: table: .*\n {2}.*, .*Z: 1\.2 million rows\nNOT MET: policy on test: .*\n {2}.*: dropped\n$/,
	);
	const json = JSON.parse((await run(['list', '--json'])).stdout) as {prerequisites: {met: boolean}[]};
	t.deepEqual(
		json.prerequisites.map(({met}) => met),
		[true, false, false],
	);
	for (const [args, problem] of [
		[['met', 'tabel', '--reason', 'x'], /Did you mean table\?/],
		[['met', 'table'], /--reason is needed/],
		[['met'], /The name of a prerequisite is needed/],
		[['mett', 'table'], /Say what to do: met NAME, unmet NAME or list/],
	] as const) {
		const wrong = await run(args);
		t.is(wrong.code, 2);
		t.regex(wrong.stderr, problem);
	}
});

test('the page shows each with its state and ticks it without a script; without a reason it comes back', async t => {
	const service = await serviceUnderTest(t, {config: configWith(ticked)});
	const {open, submit} = browse(service.url);
	t.regex((await open('/prerequisites')).html, /<h1[^>]*>Of 3 prerequisites: 3 not met\.<\/h1>/);
	const typed = {name: 'policy', group: 'canary', state: 'met', reason: 'applied <b>today</b>'};
	t.like(await submit('/prerequisites/app', typed), {status: 303, location: '/prerequisites?service=app'});
	t.is((await submit('/prerequisites/app', typed)).status, 303);
	t.is((await ticks(service)).length, 1);
	const {html} = await open('/prerequisites?service=app');
	t.regex(html, /Of 3 prerequisites: 2 not met/);
	t.regex(html, /this machine, 2026-03-02 .*: applied &lt;b&gt;today&lt;\/b&gt;/);
	const again = await submit('/prerequisites/app', {...typed, reason: ' '});
	t.is(again.status, 422);
	t.regex(again.html, /Say why: the reason is kept for the post-mortem\./);
	t.is((await open('/prerequisites?service=none')).status, 404);
	const bare = browse((await serviceUnderTest(t)).url);
	t.regex((await bare.open('/prerequisites')).html, /No prerequisite is configured yet[\s\S]*valid_for: 30d/);
});
