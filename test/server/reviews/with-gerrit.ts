/** What Gerrit knows comes beside a batch: reviews, dependencies that no checkout knows, and a word where it could not be asked. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {Change, LandedChange} from '../../../gate/facts.ts';
import {explainOrder} from '../../../server/actions/explain-order.ts';
import type {WithReviews} from '../../../server/reviews/with-gerrit.ts';
import {withReviews} from '../../../server/reviews/with-reviews.ts';
import {answering, aPage, gerritUnderTest, silent} from '../../helpers/gerrit.ts';
import {pushedClock, serviceUnderTest, sha, temporaryFolder, usualService} from '../../helpers/service.ts';

const id = (digits: string): string => `I${digits.padStart(40, '0')}`;

async function withGerrit(t: ExecutionContext, more: Record<string, unknown> = {}) {
	const gerrit = await gerritUnderTest(t);
	const folder = temporaryFolder(t);
	writeFileSync(path.join(folder, 'password'), `${gerrit.password}\n`);
	const clock = pushedClock();
	const policy = {rules: {'canary-errors': 'off', 'signals-alive': 'off', 'patch-order': {}}};
	const settings = {url: gerrit.url, user: gerrit.user, password_file: 'password', ...more};
	const under = await serviceUnderTest(t, {folder, clock, config: {services: {app: {...usualService, policy}}, gerrit: settings}});
	const service = under.deps.config.services.get('app');
	if (!service) throw new Error('the service is configured');
	const ask = (changes: readonly Change[], landedChanges: readonly (LandedChange & {group: string})[] = [], limitMs = 20_000) =>
		withReviews<WithReviews>(under.deps, service, {batch: {changes, targets: []}, known: [], landedChanges, notes: []}, {limitMs});
	const order = (changes: readonly Change[], landedChanges: readonly (LandedChange & {group: string})[] = []) =>
		explainOrder(under.deps, {
			...{service: 'app', batch: {changes, targets: []}, known: [], landedChanges},
			...{holdings: [], beside: {}, notes: []},
		});
	return {...under, gerrit, ask, order, clock};
}

const change = (number: number, message = ''): Change => ({
	...{id: sha(`a${number}`).slice(0, 10), repository: 'app', branch: 'main', sha: sha(`a${number}`), changeId: id(String(number))},
	message: `New\n\n${message}\nChange-Id: ${id(String(number))}\n`,
});

test('reviews of all changes of a batch come with one query, each from the branch that it is on', async t => {
	const {gerrit, ask} = await withGerrit(t);
	for (const number of [1, 2, 3]) gerrit.add(number, {votes: {'Code-Review': {sam: 2}, Verified: {bot: 1}}, more: {topic: 'move'}});
	gerrit.add(4, {change_id: id('1'), branch: 'wmf/1', sha: sha('b1')});
	const {batch, notes} = await ask([change(1), change(2), change(3)]);
	t.like(batch.changes[0]?.review, {source: 'gerrit', status: 'merged', approvedBy: ['sam'], tests: 'passed', size: 7});
	t.deepEqual(batch.changes[2]?.labels, ['topic:move']);
	t.is(gerrit.asked.length, 1);
	t.deepEqual(notes, []);
});

test('what a footer needs and nothing here knows is looked up by Change-Id, number and address', async t => {
	const {gerrit, ask} = await withGerrit(t, {repositories: {'mediawiki/core': 'core'}});
	gerrit.add(10, {subject: 'By id', status: 'NEW'});
	gerrit.add(11, {subject: 'By number', project: 'mediawiki/core'});
	gerrit.add(12, {subject: 'By address', status: 'ABANDONED'});
	const footers = `Depends-On: ${id('10')}\nDepends-On: 11\nDepends-On: ${gerrit.url}/c/app/+/12\nDepends-On: https://other.example/c/x/+/13`;
	const {known, notes} = await ask([change(1, footers)]);
	t.deepEqual(
		known.map(({id: called, subject, repository, review}) => [
			called,
			subject,
			repository,
			review && 'status' in review ? review.status : null,
		]),
		[
			['10', 'By id', 'app', 'open'],
			['11', 'By number', 'core', 'merged'],
			['12', 'By address', 'app', 'abandoned'],
		],
	);
	t.false(notes.some(({about}) => about === '13'));
});

test('a dependency by its number is judged by what landed: not live is held, live is passed', async t => {
	const {gerrit, order} = await withGerrit(t);
	gerrit.add(77, {subject: 'The provider'});
	const batch = [change(1, 'Depends-On: 77')];
	const held = await order(batch);
	t.is(held.verdict.verdict, 'hold');
	t.deepEqual(
		held.explained.missing.map(({id: missing}) => missing),
		['77'],
	);
	t.regex(held.verdict.findings[0]?.because ?? '', /merged but not live/);
	gerrit.add(78, {subject: 'Still open', status: 'NEW'});
	const open = await order([change(3, 'Depends-On: 78')]);
	t.regex(open.verdict.findings[0]?.because ?? '', /which is not merged, and not live/);
	const live = (group: string) => ({group, repository: 'app', changeId: id('77'), sha: sha('c7'), source: 'git' as const});
	const groups = ['test', 'canary', 'default'];
	const passed = await order(batch, groups.map(live));
	t.is(passed.verdict.verdict, 'go');
});

test('a change named by its number is looked up whole, and is the batch', async t => {
	const {gerrit, ask} = await withGerrit(t);
	gerrit.add(42, {subject: 'Named', files: {'x.php': {status: 'A'}}});
	const {batch} = await ask([{id: '42', repository: 'app'}]);
	t.like(batch.changes[0], {id: '42', subject: 'Named', changeId: id('42'), paths: [{path: 'x.php', kind: 'added'}]});
	t.is(batch.targets[0]?.sha, batch.changes[0]?.sha);
});

test('an open dependency is told with what it is merged with', async t => {
	const {gerrit, ask} = await withGerrit(t);
	gerrit.add(20, {status: 'NEW', related: [20, 19], together: [21, 20], hidden: 1});
	gerrit.add(19, {status: 'NEW'});
	gerrit.add(21, {status: 'NEW'});
	const {notes} = await ask([change(1, 'Depends-On: 20')]);
	t.regex(
		notes.map(({text}) => text).join('\n'),
		/20 is not merged, and is merged only with what it stands on: 19, 21, 1 that may not be seen/,
	);
});

test('a private change is not known, and is said to be private or not to exist', async t => {
	const {gerrit, ask} = await withGerrit(t);
	gerrit.add(30, {isPrivate: true});
	const {notes, known, batch} = await ask([change(30, 'Depends-On: 31')]);
	t.deepEqual(known, []);
	t.regex(notes.map(({text}) => text).join('\n'), /31 could not be looked up: .* it may be private to this account, or not exist/);
	t.regex(JSON.stringify(batch.changes[0]?.review), /"missing":".* it may be private, or was never proposed there"/);
});

for (const [what, instead, said] of [
	['a page', aPage, /a page instead of JSON/],
	['an error', answering(500, 'boom'), /answered 500/],
	['a wrong password', answering(401, 'no'), /«user» and «password_file»/],
] as const)
	test(`with ${what} for an answer the batch stays as it is, and says what is missing`, async t => {
		const {gerrit, ask} = await withGerrit(t);
		gerrit.always = instead;
		const {batch, notes} = await ask([change(1, 'Depends-On: 5')]);
		t.is(batch.changes[0]?.sha, sha('a1'));
		t.regex(JSON.stringify(batch.changes[0]?.review), said);
		t.true(notes.some(({text}) => said.test(text) && text.startsWith('Gerrit could not be asked')));
		t.true(notes.some(({about}) => about === '5'));
	});

test('what was known before stands in for a Gerrit that is away, and is called old', async t => {
	const {gerrit, ask, clock} = await withGerrit(t);
	gerrit.add(1, {votes: {'Code-Review': {sam: 2}}});
	await ask([change(1)]);
	gerrit.always = answering(502, 'away');
	clock.push(11 * 60_000);
	const {batch, notes} = await ask([change(1)]);
	t.like(batch.changes[0]?.review, {approvedBy: ['sam']});
	t.regex(notes.map(({text}) => text).join('\n'), /1 answers are what it said before/);
});

test('while it asked for a pause it is not asked again', async t => {
	const {gerrit, ask, clock} = await withGerrit(t);
	gerrit.add(1);
	gerrit.next(answering(429, 'slow down', {'retry-after': '60'}));
	t.regex(JSON.stringify((await ask([change(1)])).batch.changes[0]?.review), /asks for a pause/);
	t.regex(JSON.stringify((await ask([change(1)])).batch.changes[0]?.review), /asks for a pause/);
	t.is(gerrit.asked.length, 1);
	clock.push(61_000);
	t.like((await ask([change(1)])).batch.changes[0]?.review, {status: 'merged'});
});

test('one that is silent costs no more than its part of the deadline', async t => {
	const {gerrit, ask} = await withGerrit(t, {timeout: '30s'});
	gerrit.always = silent;
	const started = performance.now();
	const {batch} = await ask([change(1)], [], 300);
	t.true(performance.now() - started < 5000);
	t.regex(JSON.stringify(batch.changes[0]?.review), /did not answer in the time that a check has/);
});
