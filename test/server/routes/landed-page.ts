/** What is landed: per group, for one group, for one change; as a page and for programs. */
import test from 'ava';
import {writing} from '../../../server/actions/deps.ts';
import {browse} from '../../helpers/browse.ts';
import {batchTo, changeOf, type ServiceUnderTest, serviceUnderTest, sha, target} from '../../helpers/service.ts';

/** `a` is everywhere, then `b` came to the first two groups. */
async function twoDeploys(service: ServiceUnderTest): Promise<void> {
	for (const stage of ['before', 'testservers', 'canaries', 'production'])
		await service.ask(stage, batchTo('a1b2c3d', {changeId: `I${'e'.repeat(40)}`}));
	for (const stage of ['before', 'testservers', 'canaries']) await service.ask(stage, batchTo('b1b2c3d'));
}

test('before anything landed the page teaches what writes the ledger', async t => {
	const {open} = browse((await serviceUnderTest(t)).url);
	const {status, html} = await open('/landed');
	t.is(status, 200);
	t.regex(html, /Nothing is known to be live of app yet\./);
	t.true(html.includes('signalbox check --service app --stage production'));
});

test('groups that run different commits are seen at a glance', async t => {
	const service = await serviceUnderTest(t);
	await twoDeploys(service);
	const {open} = browse(service.url);
	const {html} = await open('/landed');
	t.regex(html, /<h1[^>]*>1 of 1 repository differs between the groups of app: app\.<\/h1>/);
	t.regex(html, /Differs/);
	t.regex(html, /<th scope="col"><a href="\/landed\?service(?:=|&#x3D;)app&amp;group(?:=|&#x3D;)canary">canary<\/a><\/th>/);
	t.is(html.split('>b1b2c3d<').length - 1, 2);
	t.is(html.split('>a1b2c3d<').length - 1, 1);
	await service.ask('production', batchTo('b1b2c3d'));
	const same = (await open('/landed')).html;
	t.regex(same, /<h1[^>]*>All 3 groups of app run the same commit/);
	t.regex(same, /colspan="3"/);
});

test('one group shows how it came there, move by move', async t => {
	const service = await serviceUnderTest(t);
	await twoDeploys(service);
	const {html} = await browse(service.url).open('/landed?service=app&group=canary');
	t.regex(html, /How canary came there/);
	t.regex(html, /a1b2c3d &rarr; <b title="b1b2c3d0/);
	t.regex(html, /<a href="\/deploys\/D-2026-0002">D-2026-0002<\/a>/);
});

test('a group shows its version and what deploys brought, and what waits on the branch of a newer version is not called live', async t => {
	const service = await serviceUnderTest(t);
	const branch = 'wmf/1.47.0-wmf.4';
	const picked = {batch: {targets: [{...target('a1b2c3d'), branch}], changes: [{...changeOf('a1b2c3d'), branch}]}};
	const versions = (canary: string) => ({beside: {versions: {canary}}});
	for (const stage of ['before', 'testservers', 'canaries']) await service.ask(stage, {...picked, ...versions('1.47.0-wmf.4')});
	const {open} = browse(service.url);
	const {html} = await open('/landed?service=app&group=canary');
	t.regex(html, /<h1[^>]*>canary of app runs 1\.47\.0-wmf\.4: 1 repository/);
	t.regex(html, /What deploys brought to canary/);
	t.regex(html, /<a class="mono" href="\/landed\?change(?:=|&#x3D;)a1b2c3d0*" title="a1b2c3d0*">a1b2c3d<\/a>/);
	await service.ask('before', {...batchTo('b1b2c3d'), ...versions('1.47.0-wmf.3')});
	const back = (await open('/landed?service=app&group=canary')).html;
	t.regex(back, /On branches of other versions, not run here now: app a1b2c3d \(wmf\/1\.47\.0-wmf\.4\)/);
	const change = (await open('/landed?change=a1b2c3d')).html;
	t.regex(change, /<h1[^>]*>a1b2c3d is live on test of app, not on canary and default\.<\/h1>/);
	t.regex(change, /it was picked to wmf\/1\.47\.0-wmf\.4, and canary runs 1\.47\.0-wmf\.3/);
});

test('a group to which deploys brought hundreds of changes is a small page that says how many there are', async t => {
	const service = await serviceUnderTest(t);
	await writing(service.deps, async ({landed, changes, at}) => {
		const many = Array.from({length: 300}, (_, index) => changeOf(`a${String(index).padStart(6, '0')}`, {subject: 'A subject '.repeat(8)}));
		await landed.addChanges('app', 'canary', await changes.ensure(many), {deploy: 'D-2026-0001', attempt: 2}, at);
	});
	const {html, bytes} = await browse(service.url).open('/landed?service=app&group=canary');
	t.regex(html, /The last 60 of 300 are shown\./);
	t.true(bytes < 100_000, String(bytes));
});

test('a change is shown where it is live, where it is not, and by which deploy', async t => {
	const service = await serviceUnderTest(t);
	await twoDeploys(service);
	const {open} = browse(service.url);
	t.regex((await open('/landed?change=a1b2c3d')).html, /<h1[^>]*>a1b2c3d is live on every group of app\.<\/h1>/);
	t.regex((await open('/landed?change=b1b2c3d')).html, /<h1[^>]*>b1b2c3d is live on test and canary of app, not on default\.<\/h1>/);
	t.regex((await open(`/landed?change=I${'e'.repeat(40)}`)).html, /is live on every group of app/);
	t.regex((await open('/landed?change=fffffff')).html, /Nothing is known here of fffffff\./);
});

test('a commit that a host reported is found without any deploy that brought it', async t => {
	const service = await serviceUnderTest(t);
	await writing(service.deps, ({landed}) =>
		landed.moveHeads('app', 'canary', [target('c0ffee1')], null, '2026-03-02T10:00:00.000Z').then(() => undefined),
	);
	const {html} = await browse(service.url).open('/landed?change=c0ffee1');
	t.regex(html, /c0ffee1 is live on canary of app, not on test and default/);
	t.regex(html, /no deploy that was seen/);
});

for (const [path, problem] of [
	['/landed?change=nothing', /must be a commit of 7 digits or more/],
	['/landed?change=abc', /must be a commit of 7 digits or more/],
	['/landed?service=ap', /Did you mean app\?/],
	['/landed?service=app&group=canarie', /did you mean canary\?/],
	['/landed?page=0', /page: /],
	['/landed?grop=x', /grop: there is no such field/],
] as const)
	test(`${path} is refused above the form`, async t => {
		const service = await serviceUnderTest(t);
		await twoDeploys(service);
		const {status, html} = await browse(service.url).open(path);
		t.is(status, 422);
		t.regex(html, problem);
		t.regex(html, /<form class="filter"/);
	});

test('a program asks where a change is live', async t => {
	const service = await serviceUnderTest(t);
	await twoDeploys(service);
	const ask = async (query: string) => {
		const response = await fetch(`${service.url}/api/v1/landed?${query}`);
		return {
			status: response.status,
			body: (await response.json()) as {
				changes: {sha: string; places: {group: string; until: string | null; deploy: string}[]; deploys: string[]}[];
				heads: unknown[];
			},
		};
	};
	const {status, body} = await ask('change=b1b2c3d');
	t.is(status, 200);
	t.like(body.changes[0], {sha: sha('b1b2c3d'), deploys: ['D-2026-0002']});
	t.deepEqual(body.changes[0]?.places.map(({group, until, deploy}) => [group, until, deploy]).sort(), [
		['canary', null, 'D-2026-0002'],
		['test', null, 'D-2026-0002'],
	]);
	t.is(body.heads.length, 2);
	t.like((await ask('change=fffffff')).body, {changes: [], heads: []});
	t.is((await ask('change=x')).status, 422);
	t.is((await ask('service=app')).status, 422);
});

test('five hundred repositories in four groups are shown a page at a time, each page small', async t => {
	const groups = ['testwikis', 'group0', 'group1', 'group2'];
	const service = await serviceUnderTest(t, {config: {services: {app: {groups, hosts: {canaries: [], baseline: []}}}}});
	await writing(service.deps, async ({landed, at}) => {
		for (const [number, group] of groups.entries()) {
			const targets = Array.from({length: 500}, (_, index) => ({
				repository: `mediawiki/extensions/Extension${index}`,
				branch: `wmf/1.47.0-wmf.${number}`,
				sha: sha(`${number}${index}abc`),
			}));
			await landed.moveHeads('app', group, targets, {deploy: 'D-2026-0001', attempt: 2}, at);
		}
		for (let move = 0; move < 210; move += 1)
			await landed.moveHeads(
				'app',
				'group0',
				[{repository: 'mediawiki/extensions/Extension0', branch: 'wmf/1.47.0-wmf.1', sha: sha(`f${move}f`)}],
				{deploy: 'D-2026-0002', attempt: 1},
				at,
			);
	});
	const {open} = browse(service.url);
	for (const path of ['/landed', '/landed?page=13', '/landed?group=group0', `/landed?change=${sha('01abc').slice(0, 7)}`]) {
		const {status, bytes} = await open(path);
		t.is(status, 200, path);
		t.true(bytes < 100_000, `${path}: ${bytes} bytes`);
	}
	t.regex((await open('/landed?group=group0')).html, /The last 200 moves are shown\./);
});
