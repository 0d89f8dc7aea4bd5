/** Taking back: known by its content, never held, counted, verified by commit; announced, or seen by nobody but the next deploy. */
import test from 'ava';
import type {NewEvent} from '../../../reports/events.ts';
import {writing} from '../../../server/actions/deps.ts';
import {hearAnnouncement} from '../../../server/actions/hear-announcement.ts';
import {openIncident} from '../../../server/actions/open-incident.ts';
import {declareRollback, planRollback, reportRollback} from '../../../server/actions/take-back.ts';
import type {DeployMeaning} from '../../../server/integrations/sal/meaning-for.ts';
import type {DeployAttempt} from '../../../server/stores/deploys.ts';
import {batchTo, changeOf, question, type ServiceUnderTest, serviceUnderTest, sha, target, usualService} from '../../helpers/service.ts';

const robin = {kind: 'person', name: 'Robin'} as const;
const blind = {rules: {'patch-order': 'off', 'canary-errors': 'off', 'signals-alive': {stages: ['before', 'canaries', 'production']}}};
/** Nothing can be seen, so whatever is not a rollback is stopped. */
const blindService = {config: {services: {app: {...usualService, policy: blind}}}};

async function bringOut({ask}: ServiceUnderTest, letters: string, stages = ['before', 'testservers', 'canaries', 'production']) {
	for (const stage of stages) await ask(stage, batchTo(letters));
}

const headsOf = async (under: ServiceUnderTest): Promise<Record<string, string>> =>
	Object.fromEntries((await under.stores().landed.heads('app')).map(({group, sha: commit}) => [group, commit.replace(/0+$/, '')]));

const attemptAt = async (under: ServiceUnderTest, letters: string, number = 1): Promise<DeployAttempt> => {
	const found = (await under.stores().deploys.recent(50)).find(
		attempt => attempt.targets[0]?.sha === sha(letters) && attempt.attempt === number,
	);
	if (!found) throw new Error(`no deploy to ${letters}`);
	return found;
};

const openAn = (under: ServiceUnderTest, attempt: DeployAttempt): Promise<string> =>
	writing(under.deps, stores =>
		openIncident(stores, attempt, {by: 'human', status: 'open', source: 'human', actor: robin, what: 'it burns', text: 'it burns'}),
	);

let announcements = 0;
function announce(under: ServiceUnderTest, what: DeployMeaning, kind: NewEvent['kind'], text: string): Promise<void> {
	announcements += 1;
	const event: NewEvent = {
		...{kind, source: 'announcement', actor: robin, happenedAt: under.clock.now(), precision: 'ms', text, data: {}},
		...{service: null, deploy: null, attempt: null, incident: null, idempotencyKey: `announced-${announcements}`},
	};
	return hearAnnouncement(under.deps, event, {service: 'app', what, user: 'robin'});
}

const incidents = (under: ServiceUnderTest) => under.stores().incidents.list(50);

test('a rollback is known because its target was live before: the incident is that of what it takes back', async t => {
	const under = await serviceUnderTest(t);
	await bringOut(under, 'e');
	await bringOut(under, 'a');
	await bringOut(under, 'b', ['before', 'canaries']);
	t.like(await under.ask('before', batchTo('a')), {verdict: 'go', attempt: 2});
	const [incident, ...more] = await incidents(under);
	t.deepEqual(more, []);
	t.like(incident, {deploy: (await attemptAt(under, 'b')).deploy, attempt: 1, status: 'open'});
	t.like(await attemptAt(under, 'b'), {state: 'closed', outcome: 'rolled-back'});
	t.like(await attemptAt(under, 'a', 2), {rollback: true, rollbackKind: 'by-content'});
});

test('a rollback of what was completed takes back the deploy whose commits are live', async t => {
	const under = await serviceUnderTest(t);
	for (const letters of ['e', 'a', 'b']) await bringOut(under, letters);
	await under.ask('before', batchTo('a'));
	t.like((await incidents(under))[0], {deploy: (await attemptAt(under, 'b')).deploy});
	t.is((await incidents(under)).length, 1);
});

test('a rollback is never held, with an open incident and dead signals, and its last stage verifies it by commit', async t => {
	const under = await serviceUnderTest(t, blindService);
	await bringOut(under, 'a');
	await bringOut(under, 'b');
	const id = await openAn(under, await attemptAt(under, 'b'));
	for (const stage of ['before', 'canaries', 'production']) {
		const answer = await under.ask(stage, batchTo('a'));
		t.like(answer, {verdict: 'go', exit: 0}, stage);
		t.true(
			answer.findings.some(({softened}) => softened?.why === 'a rollback is never held'),
			stage,
		);
	}
	t.like(await attemptAt(under, 'a', 2), {state: 'closed', outcome: 'completed'});
	t.deepEqual(await headsOf(under), {test: 'a', canary: 'a', default: 'a'});
	t.deepEqual(
		(await under.stores().incidents.rollbacks(id)).map(({verified}) => verified),
		[null, 'yes'],
	);
	const kinds = (await under.events({incident: id})).map(({kind}) => kind);
	t.true(kinds.includes('rollback_started') && kinds.includes('rollback_finished'));
	const landed = (await under.events({deploy: (await attemptAt(under, 'a')).deploy, attempt: 2})).filter(({kind}) => kind === 'landed');
	t.true(landed.length > 0 && landed.every(({data}) => data['rollback'] === true));
});

test('a rollback does not wait for a signal that could still decide', async t => {
	const under = await serviceUnderTest(t, blindService);
	await bringOut(under, 'a');
	await bringOut(under, 'b', ['before', 'canaries']);
	const startedMs = under.clock.monotonicMs();
	await under.ask('canaries', {...batchTo('a'), deadlineMs: 60_000});
	t.true(under.clock.monotonicMs() - startedMs < 20_000);
});

for (const [how, reference] of [
	['its whole commit', sha('b1234567')],
	['a short commit', 'b1234567'],
] as const) {
	test(`a batch that only reverts landed changes is a rollback, named by ${how}; only what it names is gone`, async t => {
		const under = await serviceUnderTest(t);
		await bringOut(under, 'a');
		const two = {batch: {targets: [target('b1234567')], changes: [changeOf('ba'), changeOf('b1234567')]}};
		for (const stage of ['before', 'canaries', 'production']) await under.ask(stage, two);
		await bringOut(under, 'c');
		const revert = batchTo('d', {message: `Revert "Change b"\n\nThis reverts commit ${reference}.\n`});
		for (const stage of ['before', 'canaries', 'production']) t.is((await under.ask(stage, revert)).verdict, 'go');
		t.like(await attemptAt(under, 'd'), {rollbackKind: 'by-content', outcome: 'completed'});
		t.like((await incidents(under))[0], {deploy: (await attemptAt(under, 'b1234567')).deploy});
		const live = (await under.stores().landed.changes('app', 'default')).filter(({revertedBy}) => revertedBy === undefined);
		t.deepEqual(live.map(({sha: commit}) => commit?.replace(/0+$/, '')).toSorted(), ['a', 'ba', 'c', 'd']);
	});
}

test('a revert of the revert brings again what was taken back: it is no rollback, and reverting that again is one', async t => {
	const under = await serviceUnderTest(t);
	const reverting = (what: string) => ({message: `Revert\n\nThis reverts commit ${sha(what)}.\n`});
	await bringOut(under, 'a');
	await bringOut(under, 'b1234567');
	const kinds: string[] = [];
	for (const [by, what] of [
		['c1234567', 'b1234567'],
		['d1234567', 'c1234567'],
		['e1234567', 'd1234567'],
	] as const) {
		for (const stage of ['before', 'canaries', 'production']) await under.ask(stage, batchTo(by, reverting(what)));
		kinds.push((await attemptAt(under, by)).rollbackKind);
	}
	t.deepEqual(kinds, ['by-content', 'no', 'by-content']);
});

test('a rollback that is asked about again when it is live already is one still', async t => {
	const under = await serviceUnderTest(t);
	await bringOut(under, 'a');
	await bringOut(under, 'b1234567');
	const revert = batchTo('c', {message: `Revert\n\nThis reverts commit ${sha('b1234567')}.\n`});
	for (const stage of ['before', 'canaries', 'production']) await under.ask(stage, revert);
	await under.ask('before', {batch: {targets: [target('c')], changes: []}});
	t.is((await attemptAt(under, 'c', 2)).rollbackKind, 'by-content');
});

test('a batch with one other change beside the revert is no rollback', async t => {
	const under = await serviceUnderTest(t);
	await bringOut(under, 'b1234567');
	const revert = changeOf('d', {message: `Revert\n\nThis reverts commit ${sha('b1234567')}.\n`});
	await under.ask('before', {batch: {targets: [target('c')], changes: [revert, changeOf('c')]}});
	t.is((await attemptAt(under, 'c')).rollbackKind, 'no');
});

test('a deploy that was taken back and comes again is attempt 2, and no rollback', async t => {
	const under = await serviceUnderTest(t);
	await bringOut(under, 'a');
	await bringOut(under, 'b');
	await bringOut(under, 'a');
	await under.ask('before', batchTo('b'));
	t.like(await attemptAt(under, 'b', 2), {rollback: false, state: 'stopped'});
});

test('a deploy that reached only the canaries before is no rollback', async t => {
	const under = await serviceUnderTest(t);
	await bringOut(under, 'a');
	await bringOut(under, 'b', ['before', 'canaries']);
	await bringOut(under, 'a');
	await under.ask('before', batchTo('b'));
	t.is((await attemptAt(under, 'b', 2)).rollbackKind, 'no');
});

test('what came after the state that is gone back to is gone, whichever deploy brought it', async t => {
	const under = await serviceUnderTest(t);
	for (const letters of ['a', 'b', 'c']) await bringOut(under, letters);
	await bringOut(under, 'a');
	const live = (await under.stores().landed.changes('app', 'default')).filter(({revertedBy}) => revertedBy === undefined);
	t.deepEqual(
		live.map(({sha: commit}) => commit),
		[sha('a')],
	);
});

test('"Finished" after a stop is not believed: outcome unknown', async t => {
	const under = await serviceUnderTest(t, blindService);
	await under.ask('before');
	await under.ask('canaries');
	t.is((await attemptAt(under, 'a')).state, 'stopped');
	await announce(under, 'finished', 'deploy_finished', 'Finished deploy [app@a000000]: fix');
	t.like(await attemptAt(under, 'a'), {state: 'closed', outcome: 'unknown'});
	t.deepEqual(await incidents(under), []);
});

test('"Finished" after the verdict roll back is not believed either, although the incident is open', async t => {
	const under = await serviceUnderTest(t, blindService);
	await under.ask('before');
	await under.ask('canaries');
	await openAn(under, await attemptAt(under, 'a'));
	await announce(under, 'finished', 'deploy_finished', 'Finished deploy [app@a000000]: fix');
	t.is((await attemptAt(under, 'a')).outcome, 'unknown');
});

test('"Rolling back deployment" opens the incident, counts the attempt and puts landed back', async t => {
	const under = await serviceUnderTest(t);
	await bringOut(under, 'a');
	await bringOut(under, 'b', ['before', 'testservers', 'canaries']);
	t.deepEqual(await headsOf(under), {test: 'b', canary: 'b', default: 'a'});
	await announce(under, 'rolling-back', 'rollback_started', 'Rolling back deployment');
	t.deepEqual(await headsOf(under), {test: 'a', canary: 'a', default: 'a'});
	const [incident] = await incidents(under);
	t.like(incident, {status: 'open', deploy: (await attemptAt(under, 'b')).deploy});
	t.is((await under.stores().incidents.rollbacks(incident?.id ?? '')).length, 1);
	await announce(under, 'finished', 'deploy_finished', 'Finished scap');
	t.like(await attemptAt(under, 'b'), {state: 'closed', outcome: 'rolled-back'});
	const back = (await under.events({incident: incident?.id ?? ''})).filter(({kind}) => kind === 'landed');
	t.true(back.length === 2 && back.every(({data}) => data['rollback'] === true));
});

test('taken back from the test servers is suspected only', async t => {
	const under = await serviceUnderTest(t);
	await bringOut(under, 'a', ['before', 'testservers']);
	await announce(under, 'rolling-back', 'rollback_started', 'Rolling back deployment');
	t.like((await incidents(under))[0], {status: 'suspected'});
});

test('a rollback announced after the last stage closed the deploy is about that deploy', async t => {
	const under = await serviceUnderTest(t);
	await bringOut(under, 'a');
	await bringOut(under, 'b');
	await announce(under, 'rolled-back-by-person', 'rollback_started', 'robin chose to roll back');
	t.like(await attemptAt(under, 'b'), {state: 'closed', outcome: 'rolled-back'});
	t.like((await incidents(under))[0], {deploy: (await attemptAt(under, 'b')).deploy, openedBy: 'human'});
	t.deepEqual(await headsOf(under), {test: 'a', canary: 'a', default: 'a'});
});

test('a scap3 rollback that nobody reports is seen at the next `before`, by what the target runs', async t => {
	const under = await serviceUnderTest(t, blindService);
	const allowGo = {mode: 'force', reason: 'nothing to see with'} as const;
	for (const stage of ['before', 'canaries', 'production']) await under.ask(stage, {...batchTo('a'), ...allowGo});
	await under.ask('before', {...batchTo('b'), ...allowGo, host: 'c1', live: [target('a')]});
	await under.ask('canaries', {...batchTo('b'), host: 'c1'});
	await announce(under, 'finished', 'deploy_finished', 'Finished deploy [app@b000000]: feature');
	t.like(await attemptAt(under, 'b'), {state: 'closed', outcome: 'unknown'});
	t.deepEqual(await headsOf(under), {test: 'a', canary: 'b', default: 'a'});
	await under.ask('before', {...batchTo('c'), host: 'c1', live: [target('a')]});
	t.deepEqual(await headsOf(under), {test: 'a', canary: 'a', default: 'a'});
	t.like(await attemptAt(under, 'b'), {state: 'closed', outcome: 'rolled-back'});
	t.like((await incidents(under))[0], {status: 'suspected', deploy: (await attemptAt(under, 'b')).deploy});
});

test('a scap3 rollback is seen too when the same deploy comes again, which is attempt 2 and no rollback', async t => {
	const under = await serviceUnderTest(t, blindService);
	await under.ask('before', {...batchTo('b'), host: 'c1', live: [target('a')], mode: 'force', reason: 'x'});
	await under.ask('canaries', {...batchTo('b'), host: 'c1'});
	const again = await under.ask('before', {...batchTo('b'), host: 'c1', live: [target('a')]});
	t.is(again.attempt, 2);
	t.deepEqual(await headsOf(under), {test: 'a', canary: 'a', default: 'a'});
	t.like(await attemptAt(under, 'b', 1), {outcome: 'rolled-back'});
	t.is((await attemptAt(under, 'b', 2)).rollbackKind, 'no');
});

test('a commit that the ledger has on some groups only is not spread to the others by one host', async t => {
	const under = await serviceUnderTest(t);
	await bringOut(under, 'a');
	await bringOut(under, 'b', ['before', 'canaries']);
	await under.ask('before', {...batchTo('c'), live: [target('b')]});
	t.deepEqual(await headsOf(under), {test: 'a', canary: 'b', default: 'a'});
});

test('two rollbacks declared of one deploy are two attempts of one incident, each verified or not', async t => {
	const under = await serviceUnderTest(t);
	await bringOut(under, 'a');
	await bringOut(under, 'b');
	const said = {service: 'app', deploy: null, reason: 'fatals', actor: robin};
	const {incident} = await declareRollback(under.deps, {...said, idempotencyKey: 'declared-1'});
	const ended = {incident: incident ?? '', actor: robin, phase: 'ended'} as const;
	await reportRollback(under.deps, {...ended, verified: false, detail: 'app is at b', idempotencyKey: 'ended-1'});
	await reportRollback(under.deps, {...ended, verified: true, detail: 'app is at a', idempotencyKey: 'ended-2'});
	await reportRollback(under.deps, {...ended, verified: true, detail: 'app is at a', idempotencyKey: 'ended-2'});
	t.is((await declareRollback(under.deps, {...said, idempotencyKey: 'declared-2'})).incident, incident);
	t.deepEqual(
		(await under.stores().incidents.rollbacks(incident ?? '')).map(({verified}) => verified),
		['no', 'yes'],
	);
	t.deepEqual(await headsOf(under), {test: 'a', canary: 'a', default: 'a'});
	t.is((await incidents(under)).length, 1);
});

test('--rollback on a deploy that was no rollback is an attempt of its own, and is not held', async t => {
	const under = await serviceUnderTest(t);
	await bringOut(under, 'a');
	await openAn(under, await attemptAt(under, 'a'));
	t.is((await under.ask('before', batchTo('b'))).verdict, 'hold');
	t.like(await under.ask('before', {...batchTo('b'), mode: 'rollback'}), {verdict: 'go', attempt: 2});
	t.is((await attemptAt(under, 'b', 2)).rollbackKind, 'said');
});

test('no commit that somebody makes up gets into the commands of a rollback', async t => {
	const checkouts = [{path: '/srv/app', repository: 'app'}];
	const config = {services: {app: {...usualService, changes: {from: 'git', checkouts}}}};
	const under = await serviceUnderTest(t, {config});
	for (const evil of ['b1; touch /tmp/owned', '$(id)', '--upload-pack=id', 'b1\nid']) {
		const change = {id: 'b1', repository: 'app', sha: evil};
		const batch = {targets: [target('b')], changes: [change]};
		const sent = await under.post('/api/v1/checks', question('before', {batch}));
		t.is(sent.status, 422, evil);
		const targets = [{repository: 'app', sha: evil}];
		t.is((await under.post('/api/v1/checks', question('before', {batch: {targets, changes: []}}))).status, 422, evil);
		// What was stored before the door was this narrow is not trusted either.
		await under.ask('before', {batch});
		await under.ask('testservers', {batch});
		const {steps} = await planRollback(under.deps, 'app', null, 'a test');
		t.deepEqual(steps, [], evil);
	}
});
