/** A change can be a pull request: named by one, or needed by a footer; looked up once, in time, and never silently left out. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {explainOrder} from '../../server/actions/explain-order.ts';
import {changesByName, chooseNamed} from '../../server/client/changes/names.ts';
import {testsOf} from '../../server/integrations/github/pull-review.ts';
import {localName} from '../../server/pull-requests.ts';
import {failing, githubUnderTest, type KeptPull, primaryLimit, secondaryLimit, silent} from '../helpers/github.ts';
import {changeOf, type PushedClock, pushedClock, serviceUnderTest, sha, temporaryFolder, usualService} from '../helpers/service.ts';

const pull = (number: number, more: Partial<KeptPull> = {}): KeptPull => ({
	...{
		number,
		title: `Pull ${number}`,
		body: null,
		state: 'closed',
		merged: true,
		merge_commit_sha: sha(`c${number}`),
		head: sha(`d${number}`),
	},
	...{base: 'main', files: [{filename: 'a.txt', status: 'modified', sha: 'b'.repeat(40)}]},
	...more,
});

/** The two seconds of a look-up are long enough on any machine, however much else it does. */
function slow(clock: PushedClock): PushedClock {
	return {...clock, monotonicMs: () => clock.monotonicMs() / 20, sleep: (forMs, signal) => clock.sleep(forMs * 20, signal)};
}

async function withGithub(t: ExecutionContext, clock = slow(pushedClock()), apiPath = '') {
	const github = await githubUnderTest(t);
	const folder = temporaryFolder(t);
	writeFileSync(path.join(folder, 'token'), github.token);
	const settings = {api_url: `${github.url}${apiPath}`, token_file: 'token', repositories: {'o/r': 'app'}};
	const policy = {rules: {'canary-errors': 'off', 'signals-alive': 'off', 'patch-order': {}}};
	const under = await serviceUnderTest(t, {folder, clock, config: {services: {app: {...usualService, policy}}, github: settings}});
	const keep = (one: KeptPull) => void github.pulls.set(one.number, one);
	const order = (changes: readonly {id: string; repository: string; message?: string; sha?: string}[]) =>
		explainOrder(under.deps, {
			service: 'app',
			batch: {changes, targets: []},
			known: [],
			landedChanges: [],
			holdings: [],
			beside: {},
			notes: [],
		});
	const named = (id: string) => ({batch: {targets: [], changes: [{id, repository: 'o/r'}]}, named: [id]});
	return {...under, github, keep, order, named};
}

const textsOf = ({findings}: {findings: readonly {because: string; evidence: readonly {text: string}[]}[]}): string =>
	findings.map(({because, evidence}) => [because, ...evidence.map(({text}) => text)].join(' ')).join('\n');

test('a deploy named by a merged pull request is one of its merge commit, and GitHub is asked once for all hosts', async t => {
	const {ask, stores, github, keep, named, url} = await withGithub(t);
	keep(pull(12, {body: 'Why it is so'}));
	const first = await ask('before', named('o/r#12'));
	t.is(first.verdict, 'go');
	const again = await ask('before', {...named(`${github.url}/o/r/pull/12`), host: 'c1', machine: 'machine-2'});
	t.is(again.deploy, first.deploy);
	const [attempt] = await stores().deploys.recent(1);
	t.deepEqual(attempt?.targets, [{repository: 'app', sha: sha('c12')}]);
	t.like((await stores().changes.batchOf(first.deploy))[0], {
		...{id: 'o/r#12', repository: 'app', sha: sha('c12'), subject: 'Pull 12', message: 'Pull 12\n\nWhy it is so', author: 'robin'},
		paths: [{path: 'a.txt', kind: 'modified', blob: 'b'.repeat(40)}],
	});
	t.is(github.asked.filter(({path: asked}) => asked.endsWith('/pulls/12')).length, 1);
	t.truthy(url);
});

test('an open one is its head, and is asked about again after a while', async t => {
	const {ask, stores, github, keep, named, clock} = await withGithub(t);
	keep(pull(13, {state: 'open', merged: false}));
	const first = await ask('before', named('o/r#13'));
	t.is((await stores().changes.batchOf(first.deploy))[0]?.sha, sha('d13'));
	keep(pull(13));
	clock.push(61_000);
	const second = await ask('before', named('o/r#13'));
	t.is((await stores().changes.batchOf(second.deploy))[0]?.sha, sha('c13'));
	t.is(github.asked.filter(({path: asked}) => asked.endsWith('/pulls/13')).length, 2);
});

test('what a footer needs is looked up: missing it holds the order, live it does not', async t => {
	const {order, keep, ask, github, named} = await withGithub(t);
	keep(pull(12));
	const needs = {id: 'a', repository: 'app', sha: sha('a'), message: `A\n\nDepends-On: ${github.url}/o/r/pull/12\n`};
	const missing = await order([needs]);
	t.deepEqual(
		missing.explained.missing.map(({id}) => id),
		['o/r#12'],
	);
	t.is(missing.subjects['o/r#12'], `app ${sha('c12').slice(0, 7)} Pull 12`);
	for (const stage of ['before', 'testservers', 'canaries', 'production']) await ask(stage, named('o/r#12'));
	const live = await order([needs]);
	t.deepEqual(live.explained.missing, []);
	t.true(live.explained.works);
});

test('a pull request of the batch and one that needs it are put in order by their numbers', async t => {
	const {order, keep} = await withGithub(t);
	keep(pull(1, {body: 'Depends-On: o/r#2'}));
	keep(pull(2));
	const {explained} = await order([
		{id: 'o/r#1', repository: 'o/r'},
		{id: 'o/r#2', repository: 'o/r'},
	]);
	t.deepEqual(explained.complete, ['o/r#2', 'o/r#1']);
});

for (const [what, instead, said] of [
	['that is not there', null, /o\/r#99 could not be looked up: there is no such pull request, or the token may not see it/],
	['while GitHub fails', failing(500), /o\/r#99 could not be looked up: GitHub answered 500/],
	['while GitHub limits its use', secondaryLimit(300), /o\/r#99 could not be looked up: GitHub limits its use/],
	['while GitHub is silent', silent, /o\/r#99 could not be looked up: GitHub did not answer within 2 s/],
] as const)
	test(`a pull request ${what} is said, in time, and the check is answered`, async t => {
		const {ask, github, named} = await withGithub(t, instead === silent ? pushedClock() : slow(pushedClock()));
		if (instead !== null) github.next(instead);
		const startedMs = performance.now();
		const answer = await ask('before', {...named('o/r#99'), deadlineMs: 20_000});
		t.true(performance.now() - startedMs < 9000);
		t.regex(textsOf(answer), said);
	});

test('without GitHub in the configuration a pull request is said not to be looked up', async t => {
	const {ask} = await serviceUnderTest(t, {
		config: {services: {app: {...usualService, policy: {rules: {'canary-errors': 'off', 'signals-alive': 'off'}}}}},
	});
	const answer = await ask('before', {batch: {targets: [], changes: [{id: 'o/r#12', repository: 'o/r'}]}});
	t.regex(textsOf(answer), /the configuration of the service has no «github»/);
});

test('250 files are read in pages, renames as both; of more than 300 it is said that they are not seen', async t => {
	const {ask, stores, github, keep, named} = await withGithub(t);
	const files = Array.from({length: 249}, (_, index) => ({filename: `f${index}`, status: 'added', sha: 'e'.repeat(40)}));
	keep(pull(12, {files: [...files, {filename: 'new', previous_filename: 'old', status: 'renamed', sha: 'e'.repeat(40)}]}));
	const {deploy} = await ask('before', named('o/r#12'));
	const [change] = await stores().changes.batchOf(deploy);
	t.is(change?.paths?.length, 251);
	t.deepEqual(
		change?.paths?.slice(-2).map(({path: file, kind}) => `${kind} ${file}`),
		['deleted old', 'added new'],
	);
	keep(pull(14, {files: Array.from({length: 301}, (_, index) => ({filename: `f${index}`, status: 'added', sha: null}))}));
	t.regex(textsOf(await ask('before', named('o/r#14'))), /o\/r#14 changes more than 300 files/);
	t.is(github.asked.filter(({path: asked}) => asked.endsWith('/pulls/14/files')).length, 0);
});

test('the hook takes a pull request by its name or address, without asking GitHub', t => {
	t.deepEqual(changesByName(['o/r#12', 'https://github.com/o/r/pull/13', 'c0fd944'], 'app'), {
		changes: [
			{id: 'o/r#12', repository: 'o/r'},
			{id: 'https://github.com/o/r/pull/13', repository: 'o/r'},
			{id: 'c0fd944', repository: 'app', sha: 'c0fd944'},
		],
		targets: [{repository: 'app', sha: 'c0fd944'}],
	});
});

test('among what is new in a checkout, a merged pull request is known by its subject; another one is left to the service', async t => {
	const changes = [
		changeOf('a1a1a1a', {repository: 'r', subject: 'Merge pull request #12 from kim/topic'}),
		changeOf('b1b1b1b', {repository: 'r', subject: 'Squashed (#13)'}),
	];
	const read = {targets: [], changes, places: [], live: [], notes: []};
	const limits = {remainingMs: () => 1000};
	const chosen = await chooseNamed(['o/r#13', 'o/r#12', 'o/r#123'], read, limits);
	t.deepEqual(
		chosen.changes.map(({id}) => id),
		['b1b1b1b', 'a1a1a1a', 'o/r#123'],
	);
});

test('a repository is called as configured, else as the one checkout of that name', t => {
	const github = {apiUrl: '', tokenFile: '', caFile: null, usual: {repository: null, labels: []}, services: new Map()};
	const config = {github: {...github, repositories: new Map([['o/r', 'mediawiki/core']])}};
	const checkout = (repository: string) => ({path: '/', repository, branch: null, landed: null, groups: []});
	const service = {name: 'app', changes: {from: 'git', checkouts: [checkout('x/tool'), checkout('core')]}} as unknown as Parameters<
		typeof localName
	>[1];
	t.is(localName(config, service, 'O/R'), 'mediawiki/core');
	t.is(localName(config, service, 'me/tool'), 'x/tool');
	t.is(localName(config, service, 'me/other'), 'me/other');
});

test('a name that leads out of the API is not asked for: the token stays within it', async t => {
	const {ask, github, named} = await withGithub(t, slow(pushedClock()), '/api/v3');
	await ask('before', named('../..#12')).catch(() => null);
	await ask('before', {...named('o/r#12'), host: 'c1', machine: 'machine-2'}).catch(() => null);
	t.deepEqual([...new Set(github.asked.map(({path: asked}) => asked))], ['/api/v3/repos/o/r/pulls/12']);
});

test('a footer in the text counts, and one in a commit of it does too; labels and the review come along', async t => {
	const {order, keep} = await withGithub(t);
	const head = sha('d40');
	keep(pull(41));
	keep(pull(42, {state: 'open', merged: false}));
	keep(
		pull(40, {
			...{state: 'open', merged: false, body: 'Depends-On: o/r#41', commits: ['First\n\nDepends-On: o/r#42', 'Second'], labels: ['urgent']},
			reviews: [
				{login: 'sam', state: 'APPROVED', commit: head},
				{login: 'kim', state: 'APPROVED', commit: sha('old')},
				{login: 'ada', state: 'APPROVED', commit: head},
				{login: 'ada', state: 'CHANGES_REQUESTED', commit: head},
				{login: 'sam', state: 'COMMENTED', commit: head},
			],
			runs: [{status: 'completed', conclusion: 'success'}],
			statuses: ['success'],
		}),
	);
	const {explained} = await order([{id: 'o/r#40', repository: 'o/r'}]);
	t.deepEqual(explained.missing.map(({id}) => id).sort(), ['o/r#41', 'o/r#42']);
});

test('what a pull request went through: approvals of its newest commit, tests, size; what the token may not see is missing', async t => {
	const {ask, stores, github, keep, named} = await withGithub(t);
	const head = sha('d50');
	const reviews = [
		{login: 'sam', state: 'APPROVED', commit: head},
		{login: 'kim', state: 'APPROVED', commit: sha('old')},
		{login: 'ada', state: 'APPROVED', commit: head},
		{login: 'ada', state: 'CHANGES_REQUESTED', commit: head},
		{login: 'sam', state: 'COMMENTED', commit: head},
	];
	keep(pull(50, {reviews, labels: ['urgent'], runs: [{status: 'completed', conclusion: 'success'}], statuses: ['pending']}));
	const {deploy} = await ask('before', named('o/r#50'));
	const [change] = await stores().changes.batchOf(deploy);
	t.deepEqual(change?.labels, ['urgent']);
	t.deepEqual(change?.review, {
		...{source: 'github', url: 'https://github.example/o/r/pull/50', status: 'merged', owner: 'robin'},
		...{approvedBy: ['sam'], tests: 'running', size: 7},
	});
	github.hidesTests = true;
	keep(pull(51, {draft: true, state: 'open', merged: false}));
	const other = await ask('before', named('o/r#51'));
	const [draft] = await stores().changes.batchOf(other.deploy);
	t.like(draft?.review, {status: 'draft', approvedBy: []});
	t.regex(JSON.stringify(draft?.review), /"tests":\{"missing":"GitHub answered 403: .*the token needs Checks and Commit statuses/);
});

test('one test that failed fails all, one that goes on leaves them running, and none is not a pass', t => {
	t.is(testsOf(['success', 'failure', null]), 'failed');
	t.is(testsOf(['success', null]), 'running');
	t.is(testsOf(['success', 'neutral', 'skipped']), 'passed');
	t.is(testsOf([]), 'none');
});

test('while GitHub asks for a pause it is not asked about another pull request', async t => {
	const {order, github, keep} = await withGithub(t);
	keep(pull(60));
	keep(pull(61));
	github.next(primaryLimit(Date.now() + 3_600_000));
	await order([{id: 'o/r#60', repository: 'o/r'}]);
	const asked = github.asked.length;
	const {explained} = await order([{id: 'o/r#61', repository: 'o/r', message: 'x'}]);
	t.is(github.asked.length, asked);
	t.true(explained.order.includes('o/r#61'));
});

test('a commit of a checkout that came with a pull request has its review', async t => {
	const {ask, stores, keep} = await withGithub(t);
	keep(pull(70, {reviews: [{login: 'sam', state: 'APPROVED', commit: sha('d70')}]}));
	const commits = [
		{...changeOf('1'), repository: 'app', subject: 'Do it (#70)'},
		{...changeOf('2'), repository: 'app', subject: 'Merge pull request #71 from o/topic'},
		{...changeOf('3'), repository: 'elsewhere', subject: 'Do it (#70)'},
	];
	const {deploy} = await ask('before', {batch: {targets: [{repository: 'app', sha: sha('x')}], changes: commits}});
	const [one, two, three] = await stores().changes.batchOf(deploy);
	t.like(one?.review, {source: 'github', approvedBy: ['sam']});
	t.regex(JSON.stringify(two?.review), /"missing":"o\/r#71 could not be looked up/);
	t.is(three?.review, undefined);
});
