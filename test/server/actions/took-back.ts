/** The plan for taking back, and what is owed for it: on the incident, on the board, until it is paid; on both databases. */
import test from 'ava';
import {changeActionItem} from '../../../server/actions/change-action-item.ts';
import {declareRollback, planRollback} from '../../../server/actions/take-back.ts';
import {gatherBoard} from '../../../server/board.ts';
import {call} from '../../helpers/cli.ts';
import {changeOf, question, type ServiceUnderTest, serviceUnderTest, sha, target, usualService} from '../../helpers/service.ts';

const robin = {kind: 'person', name: 'Robin'} as const;
const engines = ['sqlite', 'postgres'] as const;
const changeId = `I${'7'.repeat(40)}`;
const checkouts = [
	{path: '/srv/app', repository: 'app', branch: 'live'},
	{path: "/srv/it's", repository: 'lib', branch: 'live'},
];
const configured = (more: object = {}) => ({
	config: {services: {app: {...usualService, changes: {from: 'git', checkouts}, ...more}}},
});

const provider = changeOf('ba', {
	...{repository: 'lib', branch: 'live', changeId, author: 'Kim <kim@example.org>', subject: 'Add the parser'},
	message: `Add the parser\n\nBug: T42\nChange-Id: ${changeId}\n`,
});
const user = changeOf('bb', {branch: 'live', author: 'Lee', message: `Use it\n\nDepends-On: ${changeId}\n`});

async function bringOut({ask}: ServiceUnderTest, letters: string, changes = [changeOf(letters)], stages = 4) {
	const batch = {targets: [target(letters), target(letters, 'lib')], changes};
	for (const stage of ['before', 'testservers', 'canaries', 'production'].slice(0, stages))
		await ask(stage, {batch, mode: 'force', reason: 'a test'});
}

const declare = (under: ServiceUnderTest, key = 'declared-1') =>
	declareRollback(under.deps, {service: 'app', deploy: null, reason: 'blank pages', actor: robin, idempotencyKey: key});

test('the plan goes backwards over repositories by the graph, whatever the order in which it went out', async t => {
	for (const given of [
		[provider, user],
		[user, provider],
	]) {
		const under = await serviceUnderTest(t, configured());
		await bringOut(under, 'a');
		await bringOut(under, 'b', given);
		const {order, steps, warnings} = await planRollback(under.deps, 'app', null, 'x');
		t.deepEqual(
			order.map(({id}) => id),
			['bb', 'ba'],
		);
		t.deepEqual(
			steps.map(({command}) => command),
			[`git -C /srv/app revert --no-edit ${sha('bb')}`, `git -C '/srv/it'\\''s' revert --no-edit ${sha('ba')}`],
		);
		t.deepEqual(warnings, []);
	}
});

for (const engine of engines)
	test(`what came later and still stands on it is known from the ledger, with the groups where it is live (${engine})`, async t => {
		const under = await serviceUnderTest(t, {...configured(), engine});
		await bringOut(under, 'a');
		await bringOut(under, 'b', [provider]);
		const [first] = await under.stores().deploys.recent(1);
		await bringOut(under, 'c', [user], 3);
		const plan = await planRollback(under.deps, 'app', first?.deploy ?? '', 'x');
		t.deepEqual(plan.warnings, ['STILL STANDS: Live, and standing on lib ba00000: app bb00000 (test, canary). Take it back first.']);
		t.deepEqual(
			plan.standing.map(({on, dependents}) => [on, dependents.map(({group, changes}) => [group, changes.map(({id}) => id)])]),
			[
				[
					'ba',
					[
						['test', ['bb']],
						['canary', ['bb']],
					],
				],
			],
		);
		t.is(plan.steps.length, 1, 'the command stands all the same');
		const both = await planRollback(under.deps, 'app', null, 'x');
		t.deepEqual(both.standing, [], 'the later one can go by itself');
	});

test('what else moves is in the plan: as the configuration says, and by the ledger', async t => {
	const rollback = {moves_too: [{group: 'canary', also: ['the debug hosts'], text: 'they share the checkout'}]};
	const under = await serviceUnderTest(t, configured({rollback}));
	await bringOut(under, 'a');
	await bringOut(under, 'b', [user], 3);
	const {moves, sideEffects} = await planRollback(under.deps, 'app', null, 'x');
	t.deepEqual(moves.groups, ['test', 'canary']);
	t.deepEqual(sideEffects, ['Taking canary back moves the debug hosts too: they share the checkout']);
	// A second deploy to the same commits, by another order of stages, brought them to the last group.
	await under.ask('before', {batch: {targets: [], changes: []}, live: [target('b'), target('b', 'lib')]});
	t.true((await planRollback(under.deps, 'app', null, 'x')).moves.also.length >= 1);
});

const doors = {
	rules: {
		'canary-errors': 'off',
		'signals-alive': 'off',
		'way-back': {
			one_way: [{name: 'schema', repository: 'app', path: 'db/**', reason: 'rows are rewritten'}],
			together: [{name: 'redis password', repository: 'lib', with_repository: 'puppet', with_path: 'modules/ores/**'}],
		},
	},
};

test('one-way doors and what must go together are said first, and the command still stands, since a rollback is never held', async t => {
	const under = await serviceUnderTest(t, configured({policy: doors}));
	await bringOut(under, 'a');
	const schema = {...user, paths: [{path: 'db/1.sql', kind: 'added' as const}]};
	const mailed = changeOf('bc', {paths: [], branch: 'live', message: 'Mail everybody\n\nOne-Way: the mails are out\n'});
	await bringOut(under, 'b', [provider, schema, mailed]);
	const plan = await planRollback(under.deps, 'app', null, 'x');
	t.deepEqual(plan.warnings, [
		'NOT SAFE TO TAKE BACK: app bc00000: the mails are out (its own footer says so)',
		'NOT SAFE TO TAKE BACK: app bb00000: rows are rewritten (the policy says so: schema)',
		'NOT ALONE: lib ba00000 goes back together with puppet modules/ores/** (redis password), which this plan does not move: take that back as well',
	]);
	t.is(plan.steps.length, 2);
	t.regex(plan.steps[0]?.why ?? '', /NOT SAFE TO TAKE BACK/);
	const {stdout, code} = await call(['rollback', '--url', under.url, '--service', 'app', '--plan'], under.folder);
	t.is(code, 0);
	const [first, second, third] = stdout.split('\n');
	t.regex(first ?? '', /^Take back D-\d{4}-0002\/1 of app/);
	t.is(second, 'Before you run anything:');
	t.is(third, '  ! NOT SAFE TO TAKE BACK: app bc00000: the mails are out (its own footer says so)');
	t.true(stdout.indexOf('NOT ALONE') < stdout.indexOf('git -C'));
});

for (const engine of engines)
	test(`what is owed is on the incident and on the board, once, and can be paid by a person (${engine})`, async t => {
		const under = await serviceUnderTest(t, {...configured(), engine});
		await bringOut(under, 'a');
		await bringOut(under, 'b', [provider, user]);
		const plan = await declare(under);
		const again = await declare(under, 'declared-2');
		t.deepEqual(again.debts, plan.debts);
		t.deepEqual(await declare(under), plan, 'the same question has the same answer');
		const incident = plan.incident ?? '';
		const items = await under.stores().actionItems.list({incident});
		t.deepEqual(
			items.map(({id, text, status, from, kind}) => ({id, text, status, from, kind})),
			[
				'Push the revert of app bb00000 for review',
				'Push the revert of lib ba00000 (I77777777) for review',
				'Tell who wrote it that it was taken back: Kim <kim@example.org> (lib ba00000); Lee (app bb00000)',
				'Say on T42 that the change was taken back, and why',
			].map((text, index) => ({id: `${incident}-A${index + 1}`, text, status: 'open', from: 'rollback', kind: 'fix'})),
		);
		const owed = async () => (await gatherBoard(under.deps)).owed.map(({text}) => text);
		t.deepEqual(await owed(), [
			`Owed: 4 from ${incident}: push the revert of app bb00000 for review; push the revert of lib ba00000 (I77777777) for review; and 2 more`,
		]);
		const page = await (await fetch(`${under.url}/incidents/${incident}`, {headers: {accept: 'text/html'}})).text();
		t.true(page.includes('Push the revert of app bb00000 for review'));
		t.true(page.includes('Message to paste'));
		t.false((page.split('id="actions"')[1] ?? '').split('</section>')[0]?.includes('Push the revert'), 'offered once');
		for (const {id, version} of items)
			await changeActionItem(under.deps, {
				...{incident, item: id, contents: {status: 'done'}, baseVersion: version, opId: `pay-${id}`, author: robin},
			});
		t.deepEqual(await owed(), []);
		await declare(under, 'declared-3');
		t.deepEqual(await owed(), [], 'what was paid is not owed again by the same rollback');
	});

test('the message of a revert is ready to paste, with its Bug and a Change-Id of its own that stays', async t => {
	const under = await serviceUnderTest(t, configured());
	await bringOut(under, 'a');
	await bringOut(under, 'b', [{...provider, labels: ['topic:1.43.0-wmf.5']}]);
	const {debts, deploy} = await planRollback(under.deps, 'app', null, 'blank pages');
	const own = /^Change-Id: (I[0-9a-f]{40})$/m.exec(debts[0]?.message ?? '')?.[1] ?? '';
	t.is(
		debts[0]?.message,
		`Revert "Add the parser"\n\nThis reverts commit ${sha('ba')}.\n\nTaken back with ${deploy}/1: blank pages\n\nBug: T42\nChange-Id: ${own}\n`,
	);
	t.not(own, changeId);
	t.deepEqual(debts[0]?.commands, ["git -C '/srv/it'\\''s' push origin HEAD:refs/for/live%topic=1.43.0-wmf.5"]);
	t.is((await planRollback(under.deps, 'app', null, 'blank pages')).debts[0]?.message, debts[0]?.message);
	const {stdout} = await call(['rollback', '--url', under.url, '--service', 'app', '--plan', '--reason', 'x'], under.folder);
	t.true(stdout.includes('    Revert "Add the parser"\n\n    This reverts commit ba0000'));
	t.true(stdout.includes('refs/for/live%topic=1.43.0-wmf.5'));
});

const revertOf = (commit: string) => `Revert\n\nThis reverts commit ${sha(commit)}.\n`;

for (const engine of engines)
	test(`a debt is paid by itself when its revert is seen merged, and not by the one that stands on the host (${engine})`, async t => {
		const under = await serviceUnderTest(t, {...configured(), engine});
		await bringOut(under, 'a');
		await bringOut(under, 'b', [provider, user]);
		const {incident} = await declare(under);
		const state = async () => (await under.stores().actionItems.list({incident: incident ?? ''})).map(({status}) => status).join(' ');
		const host = changeOf('cb', {message: revertOf('bb')});
		await under.ask('before', {batch: {targets: [target('c')], changes: [host]}});
		t.is(await state(), 'open open open open', 'its own commit on the host is not in review');
		const local = changeOf('cc', {message: revertOf('bb'), review: {source: 'git', local: true}});
		await under.ask('before', {batch: {targets: [target('d')], changes: []}, known: [local]});
		t.is(await state(), 'open open open open');
		const merged = changeOf('cd', {message: revertOf('bb'), review: {source: 'gerrit', status: 'merged'}});
		await under.ask('before', {batch: {targets: [target('e')], changes: [merged]}});
		t.is(await state(), 'done open open open');
		await under.ask('before', {batch: {targets: [target('e')], changes: []}, known: [changeOf('ce', {message: revertOf('ba')})]});
		t.is(await state(), 'done done open open');
		const paid = (await under.events({incident: incident ?? ''})).filter(({text}) => text.startsWith('Paid: '));
		t.is(paid[0]?.text, 'Paid: Push the revert of app bb00000 for review. app cd00000 is merged, and reverts it.');
		await under.ask('before', {batch: {targets: [target('f')], changes: [merged]}});
		t.is((await under.events({incident: incident ?? ''})).filter(({text}) => text.startsWith('Paid: ')).length, 2, 'once');
	});

const owedTexts = async (under: ServiceUnderTest) => (await under.stores().actionItems.list({from: 'rollback'})).map(({text}) => text);
const pushed = ['Push the revert of lib ba00000 (I77777777) for review', 'Push the revert of app bb00000 for review'];

test('a rollback that is only known by its content owes the same, once, also when it is said afterwards', async t => {
	const under = await serviceUnderTest(t, configured());
	await bringOut(under, 'a');
	await bringOut(under, 'b', [provider, user], 3);
	await under.ask('before', {batch: {targets: [target('a'), target('a', 'lib')], changes: []}});
	const owed = await owedTexts(under);
	t.deepEqual(owed.slice(0, 2), pushed);
	t.is(owed.length, 4);
	const [item] = await under.stores().actionItems.list({from: 'rollback'});
	t.regex(item?.proposal?.paste ?? '', /^Revert "Add the parser"\n\nThis reverts commit ba0/);
	const [taken] = (await under.stores().deploys.recent(10)).filter(({outcome}) => outcome === 'rolled-back');
	await declareRollback(under.deps, {
		...{service: 'app', deploy: taken?.deploy ?? null, reason: 'blank pages', actor: robin, idempotencyKey: 'said-later'},
	});
	t.deepEqual(await owedTexts(under), owed);
});

test('a rollback that only a host shows owes as well', async t => {
	const under = await serviceUnderTest(t, configured());
	await bringOut(under, 'a');
	await bringOut(under, 'b', [provider, user], 3);
	await under.ask('before', {
		batch: {targets: [target('c'), target('c', 'lib')], changes: [changeOf('c')]},
		live: [target('a'), target('a', 'lib')],
	});
	t.deepEqual((await owedTexts(under)).slice(0, 2), pushed);
	t.is((await gatherBoard(under.deps)).owed.length, 1);
});

test('a rollback by reverts that are merged owes nothing for them', async t => {
	const under = await serviceUnderTest(t, configured());
	await bringOut(under, 'a');
	await bringOut(under, 'b', [provider, user]);
	const merged = (letters: string) =>
		changeOf(`c${letters}`, {
			...{repository: letters === 'ba' ? 'lib' : 'app', message: revertOf(letters)},
			review: {source: 'gerrit', status: 'merged' as const},
		});
	await under.ask('before', {batch: {targets: [target('c'), target('c', 'lib')], changes: [merged('bb')]}});
	t.deepEqual((await owedTexts(under)).slice(0, 1), pushed.slice(0, 1));
	t.false((await owedTexts(under)).includes(pushed[1] ?? ''));
});

test('a revert of another service pays nothing here', async t => {
	const services = {app: {...usualService, changes: {from: 'git', checkouts}}, other: usualService};
	const under = await serviceUnderTest(t, {config: {services}});
	await bringOut(under, 'a');
	await bringOut(under, 'b', [user]);
	const {incident} = await declare(under);
	const sent = question('before', {service: 'other', known: [changeOf('ce', {message: revertOf('bb')})]});
	t.is((await under.post('/api/v1/checks', sent)).status, 200);
	t.is((await under.stores().actionItems.list({incident: incident ?? ''}))[0]?.status, 'open');
});

test('an environment of this installation must be passed first; urgent goes past it, and both are recorded', async t => {
	const app = {...usualService, environments: [{name: 'beta', service: 'beta'}]};
	const under = await serviceUnderTest(t, {config: {services: {app, beta: usualService}}});
	const to = (letters: string, more: object = {}) => ({batch: {targets: [target(letters)], changes: [changeOf(letters, more)]}});
	t.is((await under.ask('before', to('b'))).verdict, 'blind', 'nobody knows what beta had');
	for (const stage of ['before', 'testservers']) await under.ask(stage, {service: 'beta', ...to('a')});
	const held = await under.ask('before', to('b'));
	t.is(held.verdict, 'hold');
	t.is(held.findings[0]?.because, 'app b000000 has not passed beta.');
	for (const stage of ['before', 'testservers']) await under.ask(stage, {service: 'beta', ...to('b')});
	t.is((await under.ask('before', to('b'))).verdict, 'go');
	const urgent = await under.ask('before', to('c', {message: 'Fix\n\nUrgent: logins fail\n'}));
	t.is(urgent.verdict, 'go');
	t.true(urgent.findings.some(({because}) => because === 'app c000000 goes past beta as urgent.'));
	const stored = await under.stores().verdicts.of({deploy: urgent.deploy, attempt: urgent.attempt});
	t.true(JSON.stringify(stored.at(-1)?.verdict.findings).includes('Urgent: logins fail'));
});
