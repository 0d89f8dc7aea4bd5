/** What is live is judged again when it moves: a change that lost what it needs is said once, and said again when it stands. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {browse} from '../../helpers/browse.ts';
import {changeOf, type ServiceUnderTest, serviceUnderTest, sha, temporaryFolder, usualService} from '../../helpers/service.ts';
import {engines} from '../../helpers/store.ts';

const id = (letter: string): string => `I${letter.repeat(40)}`;
const provider = changeOf('a1b2c3d', {changeId: id('a'), repository: 'code', message: `Add it\n\nChange-Id: ${id('a')}\n`});
const reader = changeOf('b1b2c3d', {changeId: id('b'), message: `Read it\n\nDepends-On: ${id('a')}\nChange-Id: ${id('b')}\n`});
const revert = changeOf('c1b2c3d', {repository: 'code', message: `Revert "Add it"\n\nThis reverts commit ${sha('a1b2c3d')}.\n`});
const back = changeOf('d1b2c3d', {repository: 'code', message: `Revert "Revert"\n\nThis reverts commit ${sha('c1b2c3d')}.\n`});
const stages = ['before', 'testservers', 'canaries', 'production'];

type Sent = ReturnType<typeof changeOf>;
async function deploy(service: ServiceUnderTest, change: Sent, upTo = stages.length, more: object = {}): Promise<void> {
	const batch = {targets: [{repository: change.repository, sha: change.sha ?? ''}], changes: [change]};
	for (const stage of stages.slice(0, upTo)) await service.ask(stage, {batch, ...more});
}

const said = async ({events}: ServiceUnderTest) =>
	(await events()).filter(({kind}) => kind === 'landed_broken' || kind === 'landed_mended').map(({kind, text}) => `${kind}: ${text}`);

async function withNotices(t: ExecutionContext, engine: (typeof engines)[number] = 'sqlite'): Promise<ServiceUnderTest> {
	const folder = temporaryFolder(t);
	writeFileSync(path.join(folder, 'chat.url'), 'http://127.0.0.1:9/\n');
	const notices = {chat: {webhook: {url_file: path.join(folder, 'chat.url')}, about: ['landed_broken']}};
	return serviceUnderTest(t, {folder, engine, config: {services: {app: usualService}, notices}});
}

for (const engine of engines) {
	test(`what is taken out from under a live change is an event and a notice, once, and another when it stands again (${engine})`, async t => {
		const service = await withNotices(t, engine);
		await deploy(service, provider);
		await deploy(service, reader);
		t.deepEqual(await said(service), []);
		await deploy(service, revert, 3);
		const broken = (group: string) =>
			`landed_broken: app b1b2c3d is live on ${group} and needs code a1b2c3d, which was reverted by c1b2c3d.`;
		t.deepEqual(await said(service), [broken('test'), broken('canary')]);
		await service.ask('canaries', {batch: {targets: [{repository: 'code', sha: sha('c1b2c3d')}], changes: [revert]}});
		t.is((await said(service)).length, 2);
		t.is((await service.stores().outbox.list(50, {})).length, 2);
		await deploy(service, back, 3);
		t.deepEqual(
			(await said(service)).slice(2).map(text => text.slice(0, 80)),
			[
				'landed_mended: Over on test: app b1b2c3d is live on test and needs code a1b2c3d,',
				'landed_mended: Over on canary: app b1b2c3d is live on canary and needs code a1b2',
			],
		);
		t.deepEqual(await service.stores().landedBreaks.open('app'), []);
	});
}

test('a version that goes back leaves behind what was picked to the newer one, and coming again mends it', async t => {
	const service = await serviceUnderTest(t);
	const branch = 'wmf/1.27.0-wmf.4';
	const versions = (canary: string) => ({beside: {versions: {test: '1.27.0-wmf.4', canary, default: '1.27.0-wmf.3'}}});
	await deploy(service, {...provider, branch}, 3, versions('1.27.0-wmf.4'));
	await deploy(service, reader, 3, versions('1.27.0-wmf.4'));
	t.deepEqual(await said(service), []);
	await deploy(service, changeOf('e1b2c3d'), 1, versions('1.27.0-wmf.3'));
	const kinds = (await service.events()).filter(({kind}) => kind === 'version_moved').map(({text}) => text);
	t.deepEqual(kinds, ['canary runs 1.27.0-wmf.3, back from 1.27.0-wmf.4']);
	t.deepEqual(await said(service), [
		'landed_broken: app b1b2c3d is live on canary and needs code a1b2c3d, which is not there any more (canary runs 1.27.0-wmf.3, and it was picked to wmf/1.27.0-wmf.4).',
	]);
	await deploy(service, changeOf('f1b2c3d'), 1, versions('1.27.0-wmf.4'));
	t.regex((await said(service)).at(-1) ?? '', /^landed_mended: Over on canary: /);
});

const versionsOf = (canary: string) => ({test: '1.27.0-wmf.3', canary, default: '1.27.0-wmf.2'});
const identity = {repository: 'code', sha: sha('a1b2c3d'), changeId: id('a')};
const train = (canary: string) => ({beside: {versions: versionsOf(canary)}});
/** As a client tells it: the train's new version has what is needed, and the former one, to which a group could go back, has it not. */
const carried = (previous: object) => ({
	landedChanges: ['test', 'canary'].map(group => ({...identity, group, source: 'git' as const, branch: 'wmf/1.27.0-wmf.3'})),
	beside: {
		versions: versionsOf('1.27.0-wmf.3'),
		neighbours: [
			{
				...{moment: 'previous' as const, name: 'wmf/1.27.0-wmf.2', groups: ['canary'], changes: [], holdings: []},
				...{heads: [{repository: 'code', branch: 'wmf/1.27.0-wmf.2', sha: sha('9')}], ...previous},
			},
		],
	},
});

for (const engine of engines)
	test(`a train that goes back to a version that never had what live configuration needs is said, once (${engine})`, async t => {
		const service = await withNotices(t, engine);
		await deploy(service, reader, 3, carried({}));
		t.deepEqual(await said(service), []);
		await deploy(service, changeOf('e1b2c3d'), 2, train('1.27.0-wmf.2'));
		const gone =
			'landed_broken: app b1b2c3d is live on canary and needs code a1b2c3d, which is not there any more (canary runs 1.27.0-wmf.2, which does not have it).';
		t.deepEqual(await said(service), [gone]);
		t.is((await service.stores().outbox.list(50, {})).length, 1);
		await deploy(service, changeOf('e2b2c3d'), 2, train('1.27.0-wmf.2'));
		t.is((await said(service)).length, 1);
		await deploy(service, changeOf('f1b2c3d'), 1, train('1.27.0-wmf.4'));
		t.regex((await said(service)).at(-1) ?? '', /^landed_mended: Over on canary: /);
	});

test('a train that goes back to a version that has it too breaks nothing; one of which nobody knows is said to be that', async t => {
	const both = await serviceUnderTest(t);
	await deploy(both, reader, 3, carried({changes: [identity]}));
	await deploy(both, changeOf('e1b2c3d'), 1, train('1.27.0-wmf.2'));
	t.deepEqual(await said(both), []);
	const unseen = await serviceUnderTest(t);
	await deploy(unseen, reader, 3, carried({missing: 'no longer staged'}));
	await deploy(unseen, changeOf('e1b2c3d'), 1, train('1.27.0-wmf.2'));
	t.deepEqual(await said(unseen), [
		'landed_broken: app b1b2c3d is live on canary and needs code a1b2c3d, which may not be there any more (canary runs 1.27.0-wmf.2, and nobody has looked whether that has it).',
	]);
});

const exclusive = {
	...{name: 'schema Search', old_repository: 'CirrusSearch', old_path: 'resources/search.js'},
	...{new_repository: 'WikimediaEvents', new_path: 'modules/search.js'},
};
const policed = {config: {services: {app: {...usualService, policy: {rules: {'patch-order': {exclusive: [exclusive]}}}}}}};
const removal = changeOf('aaf6372', {
	...{repository: 'CirrusSearch', branch: 'wmf/1.27.0-wmf.4', subject: 'Remove loggingSchema/search.js'},
	paths: [{path: 'resources/search.js', kind: 'deleted'}],
});
const addition = changeOf('40fa25a', {
	...{repository: 'WikimediaEvents', branch: 'wmf/1.27.0-wmf.3', subject: 'Move Schema:Search from CirrusSearch'},
	paths: [{path: 'modules/search.js', kind: 'added'}],
});
const at = (version: string) => ({
	beside: {versions: {test: version, canary: version, default: '1.27.0-wmf.3'}},
	mode: 'force' as const,
	reason: 'a test',
});

test('the pair of 2015: the old owner is back when the train goes back, and the policy says so', async t => {
	const service = await serviceUnderTest(t, policed);
	await deploy(service, removal, 3, at('1.27.0-wmf.4'));
	await deploy(service, addition, 3, at('1.27.0-wmf.4'));
	t.deepEqual(await said(service), []);
	await deploy(service, changeOf('e1b2c3d'), 1, {beside: {versions: {canary: '1.27.0-wmf.3'}}});
	t.deepEqual(await said(service), [
		'landed_broken: WikimediaEvents 40fa25a is live on canary and needs CirrusSearch resources/search.js to be gone (exclusive rule schema Search), which it is not any more: CirrusSearch aaf6372, which removed it, is not there any more (canary runs 1.27.0-wmf.3, and it was picked to wmf/1.27.0-wmf.4).',
	]);
	await deploy(service, changeOf('f1b2c3d'), 1, {beside: {versions: {canary: '1.27.0-wmf.4'}}});
	t.regex((await said(service)).at(-1) ?? '', /^landed_mended: Over on canary: WikimediaEvents 40fa25a /);
});

test('the same where the removal came with the train, by what was seen of both versions', async t => {
	const service = await serviceUnderTest(t, policed);
	const path = {repository: 'CirrusSearch', path: 'resources/search.js'};
	const neighbour = {moment: 'previous' as const, name: 'wmf/1.27.0-wmf.3', groups: ['canary'], heads: [], changes: []};
	const looked = {
		...{holdings: [{...path, group: 'canary', present: false}], mode: 'force' as const, reason: 'a test'},
		beside: {
			versions: {canary: '1.27.0-wmf.4'},
			neighbours: [{...neighbour, holdings: [{...path, group: 'wmf/1.27.0-wmf.3', present: true}]}],
		},
	};
	await deploy(service, addition, 3, looked);
	t.deepEqual(await said(service), []);
	await deploy(service, changeOf('e1b2c3d'), 1, {beside: {versions: {canary: '1.27.0-wmf.3'}}});
	t.deepEqual(await said(service), [
		'landed_broken: WikimediaEvents 40fa25a is live on canary and needs CirrusSearch resources/search.js to be gone (exclusive rule schema Search), which it is not any more: 1.27.0-wmf.3 has it.',
	]);
});

test('a rule that was never kept on a group is not judged again: whoever let it pass is recorded', async t => {
	const service = await serviceUnderTest(t, policed);
	await deploy(service, addition, 3, at('1.27.0-wmf.4'));
	await deploy(service, changeOf('e1b2c3d'), 1, {beside: {versions: {canary: '1.27.0-wmf.3'}}});
	t.deepEqual(await said(service), []);
});

test('the board shows what is broken, and a second process on the same database does not say it again', async t => {
	const first = await serviceUnderTest(t);
	await deploy(first, provider);
	await deploy(first, reader);
	await deploy(first, revert, 2);
	const second = await serviceUnderTest(t, {folder: first.folder});
	await deploy(second, revert, 2);
	await deploy(second, changeOf('e1b2c3d'), 2);
	t.is((await said(second)).length, 1);
	const {html} = await browse(second.url).open('/');
	t.regex(html, /app b1b2c3d is live on test and needs code a1b2c3d, which was reverted by c1b2c3d\./);
	t.regex(html, /Live without what it needs/);
	const board = (await (await fetch(`${second.url}/api/v1/board`)).json()) as {broken: {group: string}[]};
	t.deepEqual(
		board.broken.map(({group}) => group),
		['test'],
	);
});

test('what is taken back by going back to a former commit is judged as well', async t => {
	const service = await serviceUnderTest(t);
	await deploy(service, changeOf('0a0a0a0', {repository: 'code'}));
	await deploy(service, provider);
	await deploy(service, reader);
	const former = {targets: [{repository: 'code', sha: sha('0a0a0a0')}], changes: []};
	for (const stage of stages) await service.ask(stage, {batch: former});
	t.true(
		(await said(service)).some(text =>
			/^landed_broken: app b1b2c3d is live on test.* and needs code a1b2c3d, which was taken back\.$/.test(text),
		),
	);
});

test('a batch that takes back what live changes stand on is told of them, though nobody named them', async t => {
	const service = await serviceUnderTest(t);
	await deploy(service, provider);
	await deploy(service, reader);
	const result = await service.ask('before', {
		batch: {targets: [{repository: 'code', sha: sha('c1b2c3d')}], changes: [revert, changeOf('e1b2c3d')]},
	});
	t.is(result.verdict, 'hold');
	t.regex(result.findings[0]?.because ?? '', /^code c1b2c3d takes back what app b1b2c3d stands on, and that is live on every group\.$/);
});

test('a change that concerns some groups lands on those alone', async t => {
	const service = await serviceUnderTest(t);
	await deploy(service, {...provider, groups: ['canary']});
	const places = (await service.stores().landed.changes('app', 'default')).concat(await service.stores().landed.changes('app', 'canary'));
	t.deepEqual(
		places.map(({changeId, deploy: by, source}) => [changeId, by, source]),
		[[id('a'), 'D-2026-0001/1', 'ledger']],
	);
});
