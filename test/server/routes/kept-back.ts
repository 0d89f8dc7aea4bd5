/** The words of a security patch: whoever deploys sees them, and nobody finds them anywhere else. */
import test from 'ava';
import {declareRollback} from '../../../server/actions/take-back.ts';
import {call} from '../../helpers/cli.ts';
import {changeOf, serviceUnderTest, sha, target, usualService} from '../../helpers/service.ts';
import {signedIn} from '../../helpers/visitor.ts';

const robin = {kind: 'person', name: 'Robin'} as const;
const words = /zebra|stripes/i;

const secret = changeOf('ba', {
	...{subject: 'Zebra stripes leak the token', author: 'Kim', branch: 'live'},
	message: `Zebra stripes leak the token\n\nThe zebra.\nDepends on: the stripes fix\nDepends-On: I${'1'.repeat(40)}\nOne-Way: zebra\n`,
	paths: [{path: 'includes/Zebra.php', kind: 'modified' as const}],
	review: {source: 'git', local: true as const},
});
const labelled = changeOf('bb', {
	subject: 'Stripes of the zebra',
	message: 'Stripes of the zebra\n',
	changeId: `I${'2'.repeat(40)}`,
	labels: ['Security', 'topic:zebra'],
});
const checkouts = [{path: '/srv/app', repository: 'app', branch: 'live'}];

async function brought(t: Parameters<typeof serviceUnderTest>[0], hooks: Record<string, unknown> = {}) {
	const under = await serviceUnderTest(t, {config: {services: {app: {...usualService, changes: {from: 'git', checkouts}}}, ...hooks}});
	const live = {group: 'canary', repository: 'app', subject: 'Stripes of the zebra, picked'};
	const moved = {kind: 'hook', name: 'ZebraHook', line: 3};
	const beside = {
		// As a checkout tells them: without a word of their review.
		neighbours: [
			{
				...{moment: 'previous' as const, name: 'wmf/1', groups: ['canary'], heads: [], holdings: []},
				changes: [{repository: 'app', sha: sha('bb'), subject: 'Stripes of the zebra', source: 'git' as const}],
			},
		],
		traces: {
			names: [
				{...moved, change: 'ba', does: 'unregisters' as const, path: 'includes/Zebra.php'},
				{...moved, change: 'be', does: 'registers' as const, path: 'src/Zebra.php'},
			],
			uses: [
				{...moved, group: 'canary', repository: 'app', sha: sha('a'), use: 'registered' as const, path: 'includes/Zebra.php'},
				{...moved, group: 'canary', repository: 'third', sha: sha('a'), use: 'read' as const, path: 'includes/Zebra.php'},
			],
			blobs: [
				{change: 'ba', does: 'leaves' as const, blob: sha('ef'), bytes: 700, path: 'includes/Zebra.php'},
				{change: 'be', does: 'enters' as const, blob: sha('ef'), bytes: 700, path: 'src/Zebra.php'},
			],
			unread: [],
		},
	};
	const other = changeOf('be', {repository: 'other', message: `Take it over\n\nDepends-On: ${sha('bb')}\n`});
	const batch = {targets: [target('b'), target('be', 'other')], changes: [other, secret, labelled]};
	const note = {about: 'bb', text: 'bb (app: Stripes of the zebra) was not named and would ride along'};
	await under.ask('before', {batch, beside, notes: [note]});
	for (const stage of ['before', 'testservers', 'canaries'])
		await under.ask(stage, {
			batch,
			beside,
			notes: [note],
			known: [
				{...labelled, id: 'bc', sha: sha('bc')},
				// What was found on some ref, and was brought by an earlier check as a security patch.
				changeOf('ba', {id: 'bd', subject: 'Zebra stripes leak', message: 'Zebra stripes leak\n'}),
			],
			landedChanges: [
				{...live, sha: sha('bb')},
				{...live, sha: sha('bf'), changeId: 'I5', subject: 'Revert "Stripes of the zebra"'},
			],
			mode: stage === 'canaries' ? 'check' : 'force',
			reason: 'a test',
		});
	const plan = await declareRollback(under.deps, {service: 'app', deploy: null, reason: 'x', actor: robin, idempotencyKey: 'declared-1'});
	return {under, plan};
}

test('a viewer and an editor find them on no page and in no answer; a deployer reads them on the deploy', async t => {
	const {under, plan} = await brought(t);
	const {deploy, incident} = plan;
	const paths = [
		...[
			'/',
			'/deploys',
			'/deploys?q=zebra',
			'/incidents',
			`/deploys/${deploy}`,
			`/incidents/${incident}`,
			`/incidents/${incident}/meeting`,
		],
		...['/landed?service=app&group=canary', '/landed?service=app', `/landed?change=${sha('ba')}`, '/notices', '/signals'],
		...['/api/v1/board', `/api/v1/deploys/${deploy}`, '/api/v1/deploys', `/api/v1/incidents/${incident}`, '/api/v1/events'],
		...['md', 'wikitext', 'html', 'json'].map(format => `/api/v1/incidents/${incident}/report?format=${format}`),
		...[`/api/v1/landed?change=${sha('ba')}`, '/api/v1/services/app/landed', '/api/v1/services/app/rollback-plan'],
	];
	const known = new Set<number>();
	for (const role of ['viewer', 'editor'] as const) {
		const reader = await signedIn(t, {deps: under.deps, url: under.url}, role, role);
		for (const path of paths) {
			const {status, text} = await reader.ask(path);
			known.add(status);
			// The search gives back what was typed into it, and finds nothing.
			if (path.includes('q=zebra')) t.true(text.includes('No deploy with'));
			else t.notRegex(text, words, `${role} ${path} ${status}`);
			if (path === `/deploys/${deploy}`) t.true(text.includes('security patch'));
			if (path === `/api/v1/deploys/${deploy}`) t.true(text.includes('security patch'));
		}
	}
	t.true(known.has(200));
	const deployer = await signedIn(t, {deps: under.deps, url: under.url}, 'Dana', 'deployer');
	t.regex((await deployer.ask(`/deploys/${deploy}`)).text, /Zebra stripes leak the token/);
	t.regex((await deployer.ask(`/api/v1/deploys/${deploy}`)).text, /Zebra stripes leak the token/);
});

test('they are in no event, no verdict, no stored fact, no notice, no action item and no command line', async t => {
	const {under, plan} = await brought(t);
	t.notRegex(JSON.stringify(await under.events()), words);
	const verdicts = await under.stores().verdicts.of({deploy: plan.deploy, attempt: plan.attempt});
	t.true(verdicts.length > 0);
	t.notRegex(JSON.stringify(verdicts.map(({verdict}) => verdict)), words);
	t.notRegex(
		JSON.stringify(
			verdicts.map(({facts}) => ({
				...facts,
				batch: facts.batch.changes.map(({paths: _paths, labels: _labels, ...told}) => told),
				known: facts.known.map(({subject, message}) => [subject, message]),
			})),
		),
		words,
	);
	t.notRegex(JSON.stringify(await under.stores().outbox.list(100)), words);
	t.notRegex(JSON.stringify(await under.stores().actionItems.list({incident: plan.incident ?? ''})), words);
	t.notRegex(JSON.stringify(plan), words);
	const {stdout, code} = await call(['rollback', '--url', under.url, '--service', 'app', '--plan'], under.folder);
	t.is(code, 0);
	t.notRegex(stdout, words);
});

test('what turns out to be a security patch later is one from then on', async t => {
	const under = await serviceUnderTest(t);
	const {review: _review, ...unknown} = secret;
	await under.ask('before', {batch: {targets: [target('b')], changes: [unknown]}});
	const {deploy} = await under.ask('before', {batch: {targets: [target('b')], changes: [secret, labelled]}});
	t.deepEqual(
		(await under.stores().changes.batchOf(deploy)).map(({subject}) => subject),
		['security patch', 'security patch'],
	);
	t.deepEqual(
		(await under.stores().changes.toldBatchOf(deploy)).map(({subject}) => subject),
		['Zebra stripes leak the token', 'Stripes of the zebra'],
	);
});
