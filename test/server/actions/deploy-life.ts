/** The life of a deploy, told in scenes against the real service and its file: one sentence, one scene. */
import test from 'ava';
import {allow} from '../../../server/actions/allow.ts';
import {writing} from '../../../server/actions/deps.ts';
import {finishDeploy} from '../../../server/actions/finish-deploy.ts';
import {openIncident} from '../../../server/actions/open-incident.ts';
import {closeIdle} from '../../../server/actions/watch-deploys.ts';
import {verifyChain} from '../../../server/stores/timeline.ts';
import {batchTo, question, type ServiceUnderTest, serviceUnderTest, target, usualService} from '../../helpers/service.ts';

const robin = {kind: 'person', name: 'Robin'} as const;

/** Brings commit `letters` to production, so that the ledger knows it everywhere. */
async function bringOut({ask}: ServiceUnderTest, letters: string): Promise<void> {
	for (const stage of ['before', 'testservers', 'canaries', 'production']) await ask(stage, batchTo(letters));
}

/** An incident that is going on, of a deploy that is over. */
async function burn(under: ServiceUnderTest, status: 'open' | 'suspected' = 'open'): Promise<string> {
	await bringOut(under, 'ee');
	const [attempt] = await under.stores().deploys.recent(1);
	if (!attempt) throw new Error('nothing was brought out');
	return writing(under.deps, stores =>
		openIncident(stores, attempt, {by: 'human', status, source: 'human', actor: robin, what: 'it burns', text: 'it burns'}),
	);
}

const headsOf = async (under: ServiceUnderTest): Promise<Record<string, string>> =>
	Object.fromEntries((await under.stores().landed.heads('app')).map(({group, sha}) => [group, sha.replace(/0+$/, '')]));

test('a deploy is known again without an id, by its service and its target commits', async t => {
	const {ask} = await serviceUnderTest(t);
	const before = await ask('before');
	const canaries = await ask('canaries');
	t.is(before.deploy, canaries.deploy);
	t.is(canaries.attempt, 1);
	t.not((await ask('before', batchTo('b'))).deploy, before.deploy);
});

test('over HTTP the answer is the contract: verdict, deploy, stage, findings and exit', async t => {
	const {post} = await serviceUnderTest(t);
	const {status, body} = await post('/api/v1/checks', question('before'));
	t.is(status, 200);
	t.like(body, {result: {verdict: 'go', service: 'app', attempt: 1, stage: 'before', exit: 0}});
});

test('the first stage asked again after a stop is attempt 2', async t => {
	const under = await serviceUnderTest(t);
	await burn(under);
	t.like(await under.ask('before'), {verdict: 'hold', attempt: 1, exit: 1});
	t.like(await under.ask('before'), {verdict: 'hold', attempt: 2});
	const attempts = await under.stores().deploys.attemptsOf((await under.ask('before')).deploy);
	t.deepEqual(
		attempts.map(({state, outcome}) => [state, outcome]),
		[
			['closed', 'repeated'],
			['closed', 'repeated'],
			['stopped', null],
		],
	);
});

test('the first stage asked again after a close is attempt 2', async t => {
	const under = await serviceUnderTest(t);
	await bringOut(under, 'a');
	under.clock.push(120_000);
	t.is((await under.ask('before')).attempt, 2);
});

test('hosts that ask the first stage a moment after another was held get that answer, not attempts of their own', async t => {
	const under = await serviceUnderTest(t);
	await burn(under);
	const first = await under.ask('before', {host: 'c1'});
	const second = await under.ask('before', {host: 'c2'});
	const third = await under.ask('before', {host: 'c3'});
	t.deepEqual([first.attempt, second.attempt, third.attempt], [1, 1, 1]);
	t.deepEqual([second.at, third.at], [first.at, first.at]);
});

test('many hosts that ask at once get one look and one verdict', async t => {
	const under = await serviceUnderTest(t);
	await under.ask('before');
	const hosts = ['c1', 'c2', 'c3', 'c4', 'c5'];
	const answers = await Promise.all(hosts.map(host => under.ask('canaries', {host, machine: `machine of ${host}`})));
	t.is(new Set(answers.map(({at}) => at)).size, 1);
	const [attempt] = await under.stores().deploys.recent(1);
	const verdicts = await under.stores().verdicts.of(attempt ?? {deploy: '', attempt: 0});
	t.is(verdicts.filter(({verdict}) => verdict.stage === 'canaries').length, 1);
});

test('a late host of the last stage is answered by the attempt that it closed', async t => {
	const under = await serviceUnderTest(t);
	await bringOut(under, 'a');
	const late = await under.ask('production', {host: 'd7'});
	t.is(late.attempt, 1);
	under.clock.push(180_000);
	t.is((await under.ask('production', {host: 'd8'})).attempt, 1);
	const [attempt] = await under.stores().deploys.recent(1);
	t.like(attempt, {state: 'closed', outcome: 'completed'});
});

test('an empty batch is a deploy too', async t => {
	const under = await serviceUnderTest(t);
	const restart = {batch: {targets: [target('a')], changes: []}};
	t.like(await under.ask('before', restart), {verdict: 'go', attempt: 1});
	t.is((await under.ask('production', restart)).attempt, 1);
	const nothing = {batch: {targets: [], changes: []}};
	t.like(await under.ask('before', nothing), {verdict: 'go', attempt: 1});
});

test('`before` writes nothing as landed; an after stage does, whatever is answered', async t => {
	const under = await serviceUnderTest(t, {
		config: {services: {app: {...usualService, policy: {rules: {'patch-order': 'off', 'canary-errors': 'off', 'signals-alive': {}}}}}},
	});
	await under.ask('before');
	t.deepEqual(await headsOf(under), {});
	t.is((await under.ask('canaries')).verdict, 'blind');
	t.deepEqual(await headsOf(under), {canary: 'a'});
});

test('the same question sent again is stored once and gets the first answer, even when that closed or stopped the attempt', async t => {
	const under = await serviceUnderTest(t);
	await burn(under);
	const held = question('before', batchTo('a'));
	const first = await under.ask('before', held);
	const eventsThen = (await under.events()).length;
	const again = await under.ask('before', held);
	t.deepEqual(again, first);
	const last = question('production', batchTo('ee'));
	const closing = await under.ask('production', last);
	t.deepEqual(await under.ask('production', last), closing);
	t.is((await under.events()).filter(({idempotencyKey}) => idempotencyKey === last.idempotencyKey).length, 1);
	t.true(eventsThen < (await under.events()).length);
	await t.throwsAsync(under.ask('canaries', {...held, stage: 'canaries'}), {message: /key .* was used for something else/});
});

test('an open incident holds at the first stage; at the canaries it only warns', async t => {
	const under = await serviceUnderTest(t);
	const id = await burn(under);
	t.like(await under.ask('before'), {verdict: 'hold'});
	const canaries = await under.ask('canaries');
	t.is(canaries.verdict, 'go');
	t.like(canaries.findings[0], {rule: 'open-incident', outcome: 'warn'});
	t.true(canaries.findings[0]?.because.includes(id));
});

test('a suspected or mitigated incident never holds', async t => {
	const under = await serviceUnderTest(t);
	const id = await burn(under, 'suspected');
	t.is((await under.ask('before')).verdict, 'go');
	await writing(under.deps, stores => stores.incidents.setStatus(id, 'mitigated'));
	t.is((await under.ask('before', batchTo('b'))).verdict, 'go');
});

test('a fix forward passes an open incident by its footer, and by `allow`', async t => {
	const under = await serviceUnderTest(t);
	const id = await burn(under);
	t.is((await under.ask('before', batchTo('b'))).verdict, 'hold');
	t.is((await under.ask('before', batchTo('c', {message: `Mend it\n\nFixes-Incident: ${id}\n`}))).verdict, 'go');
	const allowed = {service: 'app', rule: 'open-incident', forMs: 1_800_000, reason: 'the fix of it', actor: robin};
	await allow(under.deps, {...allowed, idempotencyKey: 'allow-1'});
	t.is((await under.ask('before', batchTo('b'))).verdict, 'go');
	t.is((await under.events()).filter(({kind, data}) => kind === 'gate_overridden' && data['rule'] === 'open-incident').length, 1);
	under.clock.push(1_900_000);
	t.is((await under.ask('before', batchTo('d'))).verdict, 'hold');
});

test('going on to a later stage after a no is recorded once, as an override', async t => {
	const under = await serviceUnderTest(t);
	await burn(under);
	await under.ask('before');
	await Promise.all(['c1', 'c2'].map(host => under.ask('canaries', {host})));
	const overrides = (await under.events()).filter(({kind}) => kind === 'gate_overridden');
	t.deepEqual(
		overrides.map(({text, actor}) => [text, actor.name]),
		[['Went on to canaries although before said hold', 'Robin']],
	);
});

test('--force passes at once, keeps its reason, and needs one', async t => {
	const under = await serviceUnderTest(t);
	await burn(under);
	t.like(await under.ask('before', {mode: 'force', reason: 'it must out'}), {verdict: 'go', exit: 0});
	const [forced] = (await under.events()).filter(({kind}) => kind === 'gate_overridden');
	t.like(forced, {actor: {name: 'Robin'}, data: {reason: 'it must out', verdict: 'go'}});
	await t.throwsAsync(under.ask('before', {mode: 'force'}), {message: /--reason/});
});

test('`before` asked by further hosts after the canaries stays one attempt, and holds for nothing any more', async t => {
	const under = await serviceUnderTest(t);
	await under.ask('before', {host: 'c1'});
	await under.ask('canaries', {host: 'c1'});
	const id = (await under.stores().deploys.recent(1))[0];
	if (id)
		await writing(under.deps, stores =>
			openIncident(stores, id, {by: 'human', status: 'open', source: 'human', actor: robin, what: 'x', text: 'x'}),
		);
	t.like(await under.ask('before', {host: 'd1', live: [target('0')]}), {attempt: 1, verdict: 'go'});
	t.deepEqual(await headsOf(under), {canary: 'a'});
	t.like(await under.ask('production', {host: 'd1'}), {attempt: 1, verdict: 'go'});
});

test('another deploy ends the one that was open, and closed attempts stay closed', async t => {
	const under = await serviceUnderTest(t);
	await under.ask('before');
	await under.ask('before', batchTo('b'));
	const attempts = await under.stores().deploys.recent(5);
	t.deepEqual(attempts.map(({state, outcome}) => [state, outcome]).toSorted(), [
		['closed', 'superseded'],
		['open', null],
	]);
});

test('an attempt that nobody asks about for 30 minutes is closed, outcome unknown, also when its look was left behind', async t => {
	const under = await serviceUnderTest(t);
	await under.ask('before');
	const [attempt] = await under.stores().deploys.recent(1);
	if (!attempt) throw new Error('no attempt');
	const at = under.clock.now();
	const leaseUntil = new Date(Date.parse(at) + 30_000).toISOString();
	const look = {deploy: attempt.deploy, attempt: 1, stage: 'canaries', number: 1, owner: 'dead', started_at: at};
	await writing(under.deps, stores => stores.deploys.startLook({...look, lease_until: leaseUntil, verdict_id: null}));
	under.clock.push(29 * 60_000);
	await closeIdle(under.deps);
	t.is((await under.stores().deploys.get(attempt))?.state, 'open');
	under.clock.push(61_000);
	await closeIdle(under.deps);
	t.like(await under.stores().deploys.get(attempt), {state: 'closed', outcome: 'unknown'});
});

test('a look whose owner died is taken over, and its caller waits no longer than the lease', async t => {
	const under = await serviceUnderTest(t);
	await under.ask('before');
	const [attempt] = await under.stores().deploys.recent(1);
	if (!attempt) throw new Error('no attempt');
	const at = under.clock.now();
	const leaseUntil = new Date(Date.parse(at) + 30_000).toISOString();
	const look = {deploy: attempt.deploy, attempt: 1, stage: 'canaries', number: 1, owner: 'dead', started_at: at};
	await writing(under.deps, stores => stores.deploys.startLook({...look, lease_until: leaseUntil, verdict_id: null}));
	const asked = under.ask('canaries', {host: 'c1', deadlineMs: 60_000});
	under.clock.push(31_000);
	t.like(await asked, {verdict: 'go', attempt: 1});
	t.is((await under.stores().deploys.newestLook(attempt, 'canaries'))?.number, 2);
	t.is((await under.events()).filter(({text}) => text === 'c1 asked about canaries').length, 1);
});

test('"finish" after a stop is not believed', async t => {
	const under = await serviceUnderTest(t);
	await burn(under);
	await under.ask('before');
	const {closed} = await finishDeploy(under.deps, {service: 'app', actor: robin, text: 'done', idempotencyKey: 'finish-1'});
	t.deepEqual(
		closed.map(({outcome}) => outcome),
		['unknown'],
	);
	await t.throwsAsync(finishDeploy(under.deps, {service: 'app', actor: robin, text: 'done', idempotencyKey: 'finish-2'}), {
		message: /nothing to finish/,
	});
});

test('an unknown service or stage is named with the nearest right one', async t => {
	const under = await serviceUnderTest(t);
	await t.throwsAsync(under.ask('canarys'), {message: /Did you mean canaries\?/});
	await t.throwsAsync(under.ask('before', {service: 'ap'}), {message: /Did you mean app\?/});
});

test('two processes on one file give one deploy, one look and one verdict, and one chain', async t => {
	const one = await serviceUnderTest(t);
	const other = await serviceUnderTest(t, {folder: one.folder, clock: one.clock});
	const answers = await Promise.all([one, other, one, other].map((under, index) => under.ask('before', {host: `c${index}`})));
	t.is(new Set(answers.map(({deploy, attempt, at}) => `${deploy}/${attempt} ${at}`)).size, 1);
	t.true((await verifyChain(one.deps.database.read)).intact);
});

test('a caller whose clock is ahead asked now, and not in the future; one that asked earlier did so then', async t => {
	const service = await serviceUnderTest(t);
	await service.ask('before', {askedAt: '2030-01-01T00:00:00.000Z'});
	await service.ask('testservers', {askedAt: '2026-03-02T09:59:00.000Z'});
	const asked = (await service.events()).filter(({kind}) => kind === 'stage_started');
	t.deepEqual(asked.map(({happenedAt, recordedAt}) => (happenedAt === recordedAt ? 'now' : happenedAt)).toSorted(), [
		'2026-03-02T09:59:00.000Z',
		'now',
	]);
});
