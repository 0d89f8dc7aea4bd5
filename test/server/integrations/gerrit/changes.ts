/** Gerrit's REST API, asked over real HTTP: pages, votes, what belongs together, and every way in which it can fail. */
import {readFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import fastCheck from 'fast-check';
import {queryChanges, readChange, readDetail, readTogether} from '../../../../server/integrations/gerrit/changes.ts';
import {askGerrit, type GerritAccess, GerritError} from '../../../../server/integrations/gerrit/client.ts';
import {answering, aPage, type Gerrit, gerritUnderTest, type Instead, silent, truncated} from '../../../helpers/gerrit.ts';

const now = '2026-03-02T10:00:00.000Z';
const never = () => new AbortController().signal;
const accessTo = ({url}: Gerrit, more: Partial<GerritAccess> = {}): GerritAccess => ({
	...{url, user: null, password: () => null, ca: () => null, timeoutMs: 3000},
	...more,
});
const query = (gerrit: Gerrit, terms: string[], more: Partial<GerritAccess> = {}) =>
	queryChanges(accessTo(gerrit, more), terms, now, never());
const failsAs = async (t: ExecutionContext, work: Promise<unknown>): Promise<GerritError> => {
	const error = await t.throwsAsync(work, {instanceOf: GerritError});
	return error ?? new GerritError('away', 'nothing was thrown');
};

test('many changes are asked for in one query, and read to its last page', async t => {
	const gerrit = await gerritUnderTest(t);
	gerrit.pageMax = 3;
	for (let number = 1; number <= 10; number += 1) gerrit.add(number);
	const found = await query(
		gerrit,
		Array.from({length: 10}, (_, index) => `change:${index + 1}`),
	);
	t.deepEqual(
		found.map(({number}) => number).sort((a, b) => a - b),
		[1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
	);
	t.is(gerrit.asked.length, 4);
	t.true(gerrit.asked.every(({path}) => path === '/r/changes/'));
});

test('more terms than an address takes are asked in turns, and what is no term is never sent', async t => {
	const gerrit = await gerritUnderTest(t);
	gerrit.add(7);
	const terms = Array.from({length: 90}, (_, index) => `change:${index + 1}`);
	const found = await query(gerrit, [...terms, 'change:1 OR owner:self', 'is:private', `commit:${'0'.repeat(40)}`]);
	t.deepEqual(
		found.map(({number}) => number),
		[7],
	);
	t.is(gerrit.asked.length, 3);
	t.false(gerrit.asked.some(({url}) => url.includes('owner') || url.includes('private')));
});

test('votes become a review: the highest vote approves, Verified tells of tests, size and labels are kept', async t => {
	const gerrit = await gerritUnderTest(t);
	gerrit.add(12, {
		status: 'NEW',
		votes: {'Code-Review': {sam: 2, kim: 1, robin: 2}, Verified: {'jenkins-bot': 1}},
		more: {topic: 'move-search', hashtags: ['urgent', 'urgent2'], work_in_progress: true},
		files: {
			'/COMMIT_MSG': {status: 'A'},
			'a.php': {},
			'b.php': {status: 'A', new_sha: 'b'.repeat(40)},
			'd.php': {status: 'R', old_path: 'c.php'},
		},
	});
	const [found] = await query(gerrit, ['change:12']);
	t.deepEqual(found?.review, {
		...{source: 'gerrit', url: `${gerrit.url}/c/app/+/12`, status: 'draft', owner: 'robin'},
		...{approvedBy: ['sam', 'robin'], tests: 'passed', size: 7},
	});
	t.deepEqual(found?.labels, ['topic:move-search', 'urgent', 'urgent2']);
	t.deepEqual(found?.paths, [
		{path: 'a.php', kind: 'modified'},
		{path: 'b.php', kind: 'added', blob: 'b'.repeat(40)},
		{path: 'c.php', kind: 'deleted'},
		{path: 'd.php', kind: 'added'},
	]);
	t.is(found?.committedAt, '2026-03-02T10:00:00.000Z');
});

for (const [votes, tests] of [
	[{Verified: {bot: -1}}, 'failed'],
	[{Verified: {bot: 1}}, 'passed'],
	[{Verified: {bot: 0}}, 'none'],
	[{}, 'none'],
] as const)
	test(`Verified ${JSON.stringify(votes)} means ${JSON.stringify(tests)}`, async t => {
		const gerrit = await gerritUnderTest(t);
		gerrit.add(3, {votes});
		t.deepEqual((await query(gerrit, ['change:3']))[0]?.review.tests, tests);
	});

test('an answer as the documentation prints it is read', t => {
	const text = readFileSync('test/fixtures/gerrit/change-detail.txt', 'utf8');
	const change = readChange(JSON.parse(text.replace(/^\)\]\}'/, '')), 'https://gerrit.example/r');
	t.like(change, {
		number: 3965,
		project: 'myProject',
		branch: 'master',
		status: 'open',
		subject: 'Implementing Feature X',
		sha: null,
		paths: null,
	});
	t.deepEqual(change?.review.approvedBy, ['jane.roe@example.com']);
	t.is(change?.review.owner, 'john.doe@example.com');
	t.is(change?.review.tests, 'passed');
});

test('what a change stands on and what is submitted with it is told, with how many may not be seen', async t => {
	const gerrit = await gerritUnderTest(t);
	for (const number of [1, 2, 3, 4]) gerrit.add(number, {status: number === 1 ? 'MERGED' : 'NEW'});
	// Newest first: 4 stands on 3, which stands on 2, which stands on 1.
	gerrit.add(9, {status: 'NEW'});
	for (const change of gerrit.changes) Object.assign(change, {related: [4, 3, 2, 1], together: [9, 3], hidden: 2});
	const [three] = await query(gerrit, ['change:3']);
	if (three === undefined) return t.fail('3 is there');
	t.deepEqual(await readTogether(accessTo(gerrit), three, now, never()), {numbers: [2, 9], hidden: 2});
});

test('with a user the password travels, below /a/; a wrong one is said with the keys to look at', async t => {
	const gerrit = await gerritUnderTest(t);
	gerrit.add(1);
	const {user, password} = gerrit;
	t.is((await query(gerrit, ['change:1'], {user, password: () => password})).length, 1);
	t.is(gerrit.asked[0]?.path, '/r/a/changes/');
	const error = await failsAs(t, query(gerrit, ['change:1'], {user, password: () => 'wrong'}));
	t.is(error.kind, 'refused');
	t.regex(error.message, /«user» and «password_file»/);
	t.false(error.message.includes('wrong'));
});

test('a private change and one that never was are answered alike, and said so', async t => {
	const gerrit = await gerritUnderTest(t);
	gerrit.add(5, {isPrivate: true});
	t.deepEqual(await query(gerrit, ['change:5', 'change:6']), []);
	const errors = await Promise.all(['5', '6'].map(id => failsAs(t, readDetail(accessTo(gerrit), id, now, never()))));
	t.deepEqual(
		new Set(errors.map(({kind, message}) => `${kind} ${message.replace(/^\S+ /, '')}`)),
		new Set(['gone knows no such change: it may be private, or not exist']),
	);
});

test('a private change that this account may see is kept back like a security patch', t => {
	const told = {_number: 5, project: 'app', branch: 'main', change_id: `I${'1'.repeat(40)}`, topic: 'quiet'};
	t.deepEqual(readChange({...told, is_private: true}, 'https://gerrit.example')?.labels, ['security', 'topic:quiet']);
	t.deepEqual(readChange(told, 'https://gerrit.example')?.labels, ['topic:quiet']);
});

const failures: readonly (readonly [string, Instead, string, RegExp])[] = [
	['a page instead of JSON', aPage, 'refused', /a page instead of JSON/],
	['a redirect to a sign-in', answering(302, '', {location: 'https://login.example/'}), 'refused', /sends on to another address/],
	['JSON that ends in the middle', truncated, 'away', /ends in the middle/],
	['403', answering(403, 'query not permitted'), 'refused', /does not let a stranger see that: query not permitted/],
	['400', answering(400, 'limit of 10 queries'), 'refused', /answered 400: limit of 10 queries/],
	['500', answering(500, '<html>stack</html>'), 'away', /answered 500$/],
	['429 without a time', answering(429, 'slow down'), 'limited', /asks for a pause \(429: slow down\)/],
	['an object where a list should be', answering(200, ")]}'\n{}"), 'away', /something else than a list/],
	['nothing at all', answering(200, ''), 'away', /ends in the middle, or is none/],
];
for (const [what, instead, kind, message] of failures)
	test(`${what} is one sentence that says what to do`, async t => {
		const gerrit = await gerritUnderTest(t);
		gerrit.next(instead);
		const error = await failsAs(t, query(gerrit, ['change:1']));
		t.is(error.kind, kind as GerritError['kind']);
		t.regex(error.message, message);
	});

test('a pause is as long as Retry-After says, in seconds or as a date, within bounds', async t => {
	const gerrit = await gerritUnderTest(t);
	const pauses: number[] = [];
	for (const said of ['7', 'Mon, 02 Mar 2026 10:00:20 GMT', '999999', 'soon']) {
		gerrit.next(answering(503, 'busy', {'retry-after': said}));
		pauses.push((await failsAs(t, query(gerrit, ['change:1']))).afterMs);
	}
	t.deepEqual(pauses, [7000, 20_000, 600_000, 30_000]);
});

test('a slow one is given up in its time, and one that is not there at once', async t => {
	const gerrit = await gerritUnderTest(t);
	gerrit.always = silent;
	const slow = await failsAs(t, query(gerrit, ['change:1'], {timeoutMs: 100}));
	t.regex(slow.message, /did not answer within 0\.1 s/);
	const gone = await failsAs(t, askGerrit({...accessTo(gerrit), url: 'http://127.0.0.1:1'}, '/changes/', now, never()));
	t.is(gone.kind, 'away');
});

test('no JSON at all makes the reader of a change throw', t => {
	fastCheck.assert(
		fastCheck.property(fastCheck.jsonValue(), fastCheck.jsonValue(), (one, other) => {
			readChange(one, 'u');
			readChange(
				{_number: 1, project: 'p', branch: 'b', change_id: 'I', current_revision: 'x', revisions: one, labels: {Verified: other}},
				'u',
			);
			readChange({_number: 1, project: 'p', branch: 'b', change_id: 'I', labels: one, hashtags: other, owner: one, topic: other}, 'u');
		}),
	);
	t.is(readChange({project: 'p'}, 'u'), null);
});
