import test from 'ava';
import type {Change, Facts, LandedGroup, Review} from '../../../gate/facts.ts';
import {readPolicy} from '../../../gate/policy.ts';
import {rules} from '../../../gate/rules/all.ts';
import {wentThrough} from '../../../gate/rules/went-through.ts';
import {change, factsWith, quietDay} from '../../helpers/quiet-day.ts';

const review = (more: Partial<Review> = {}): Review => ({
	...{source: 'gerrit', status: 'merged', owner: 'kim', approvedBy: ['sam'], tests: 'passed'},
	...more,
});
const reviewed = (id: string, more: Partial<Review> = {}, other: Partial<Change> = {}): Change =>
	change(id, {author: 'Kim Writer <kim@example.org>', review: review(more), ...other});

/** What the rule finds under limits as they are written in a policy. */
function check(changes: readonly Change[], limits: Record<string, unknown> = {}, more: Partial<Facts> = {}) {
	const read = readPolicy({rules: {'went-through': limits}}, rules);
	if ('problems' in read) throw new Error(JSON.stringify(read.problems));
	const settled = read.policy.rules.find(({rule}) => rule.name === 'went-through');
	return wentThrough.check(factsWith({batch: {...quietDay.batch, changes}, ...more}), settled?.limits as never);
}
const outcomes = (...asked: Parameters<typeof check>) => check(...asked).map(({outcome}) => outcome);

test('it passes, and counts what it looked at', t => {
	const [finding, ...more] = check([reviewed('aaaa1111'), reviewed('bbbb2222')], {}, {deployer: 'robin'});
	t.deepEqual(more, []);
	t.like(finding, {
		outcome: 'pass',
		because: '2 changes: 2 of 2 approved by somebody else, tests passed on 2 of 2',
	});
	t.true(wentThrough.precondition);
});

test('without any source of reviews nothing is asked for, and it says so', t => {
	const [finding, ...more] = check([change('aaaa1111', {author: 'robin'})], {}, {deployer: 'robin'});
	t.deepEqual(more, []);
	t.like(finding, {outcome: 'pass', because: '1 change: reviews and tests were not looked at, since no source of them is configured'});
	t.like(check([])[0], {outcome: 'pass'});
});

test('a source that is configured and silent is unknown, or what the policy says', t => {
	const silent = change('aaaa1111', {review: {missing: 'gerrit.example.org did not answer within 2 s'}});
	const [finding, ...more] = check([silent]);
	t.deepEqual(more, []);
	t.is(finding?.outcome, 'unknown');
	t.is(finding?.because, 'Whether app aaaa111 was reviewed cannot be told: gerrit.example.org did not answer within 2 s');
	t.deepEqual(outcomes([silent], {silent: 'warn'}), ['pass', 'warn']);
	t.deepEqual(outcomes([silent], {silent: 'hold'}), ['hold']);
	t.deepEqual(outcomes([silent], {review: 'off', tests: 'off'}), ['pass']);
});

test('approved by nobody but its writer, under any of their names, is found; off, warn and hold are the policy’s', t => {
	for (const approvedBy of [[], ['kim'], ['Kim@Example.org'], ['Kim Writer']]) {
		const found = check([reviewed('aaaa1111', {approvedBy})]);
		t.deepEqual(
			found.map(({outcome}) => outcome),
			['pass', 'warn'],
			approvedBy.join(),
		);
		t.is(found[1]?.because, 'app aaaa111 was approved by nobody but whoever wrote it.');
	}
	t.deepEqual(outcomes([reviewed('aaaa1111', {approvedBy: ['kim']})], {review: 'hold'}), ['hold']);
	t.deepEqual(outcomes([reviewed('aaaa1111', {approvedBy: ['kim']})], {review: 'off'}), ['pass']);
	const untold = {...reviewed('aaaa1111'), review: {source: 'file', tests: 'passed' as const}};
	t.deepEqual(outcomes([untold]), ['pass'], 'a source that does not tell approvals accuses nobody');
});

test('accounts of the policy make one person of two names', t => {
	const byAccount = reviewed('aaaa1111', {approvedBy: ['kw-admin']});
	t.deepEqual(outcomes([byAccount], {review: 'hold'}), ['pass']);
	const accounts = [
		{account: 'kw-admin', person: 'Kim'},
		{account: 'kim', person: 'Kim'},
	];
	t.deepEqual(outcomes([byAccount], {review: 'hold', accounts}), ['hold']);
});

test('writer and deployer in one pair of hands, with nobody else, is said, with what was compared', t => {
	const found = check([reviewed('aaaa1111', {approvedBy: []})], {review: 'off', one_person: 'hold'}, {deployer: 'kim'});
	t.like(found[0], {outcome: 'hold', because: 'kim wrote app aaaa111, deploys it, and nobody else approved.'});
	t.is(found[0]?.evidence?.[0]?.text, '"Change aaaa1111"; compared: Kim Writer <kim@example.org> and kim are both «kim»');
	t.deepEqual(outcomes([reviewed('aaaa1111')], {one_person: 'hold'}, {deployer: 'kim'}), ['pass'], 'somebody else approved it');
});

test('who wrote it, lets it pass and deploys it must not be one; a name that many share is nobody’s', t => {
	const override = {rule: 'patch-order', by: 'Kim via token', reason: 'it is mine', until: '2026-03-02T11:00:00.000Z'};
	const mine = change('aaaa1111', {author: 'Kim Writer <kim@example.org>'});
	const found = check([mine], {one_person: 'hold'}, {deployer: 'kim', overrides: [override]});
	t.is(found[0]?.because, 'kim wrote app aaaa111, allowed it past patch-order, and deploys it: one person alone.');
	const past = {...override, until: '2026-03-02T09:00:00.000Z'};
	t.deepEqual(outcomes([mine], {one_person: 'hold'}, {deployer: 'kim', overrides: [past]}), ['pass']);
	t.deepEqual(outcomes([mine], {one_person: 'hold'}, {deployer: 'robin', overrides: [override]}), ['pass']);
	const shared = change('aaaa1111', {author: 'root <root@deploy1>'});
	t.deepEqual(outcomes([shared], {one_person: 'hold'}, {deployer: 'root', overrides: [{...override, by: 'root'}]}), ['pass']);
});

test('tests that failed or still run hold; those nobody can tell are unknown', t => {
	t.like(check([reviewed('aaaa1111', {tests: 'failed'})])[0], {outcome: 'hold', because: 'The tests of app aaaa111 failed.'});
	t.like(check([reviewed('aaaa1111', {tests: 'running'})])[0], {outcome: 'hold', remedy: 'Wait for them.'});
	t.deepEqual(outcomes([reviewed('aaaa1111', {tests: 'failed'})], {tests: 'warn'}), ['pass', 'warn']);
	t.deepEqual(outcomes([reviewed('aaaa1111', {tests: {missing: 'the CI answered 500'}})]), ['unknown']);
	t.like(check([reviewed('aaaa1111', {status: 'abandoned'})])[1], {because: 'app aaaa111 is going out, and in review it is abandoned.'});
});

const beta = (more: Partial<LandedGroup> = {}): LandedGroup => ({
	...{group: 'beta', heads: [{repository: 'app', sha: 'f'.repeat(40)}], changes: []},
	...more,
});
const onBeta = (sha: string, more: object = {}) => beta({changes: [{repository: 'app', sha: sha.padEnd(40, '0'), ...more}]});

test('an earlier environment must have been passed, under any name of the change', t => {
	const [finding] = check([reviewed('aaaa1111')], {}, {environments: [beta()]});
	t.like(finding, {outcome: 'hold', because: 'app aaaa111 has not passed beta.'});
	t.regex(finding?.remedy ?? '', /Urgent: REASON/);
	t.is(check([reviewed('aaaa1111')], {}, {environments: [onBeta('aaaa1111')]})[0]?.outcome, 'pass');
	const changeId = `I${'1'.repeat(40)}`;
	const picked = reviewed('aaaa1111', {}, {message: `x\n\nChange-Id: ${changeId}\n`});
	const master = beta({changes: [{repository: 'app', sha: 'e'.repeat(40), changeId}]});
	t.is(check([picked], {}, {environments: [master]})[0]?.outcome, 'pass');
	const isHead = beta({heads: [{repository: 'app', sha: 'aaaa1111'.padEnd(40, '0')}]});
	t.is(check([reviewed('aaaa1111')], {}, {environments: [isHead]})[0]?.outcome, 'pass');
	t.deepEqual(outcomes([reviewed('aaaa1111')], {environments: 'off'}, {environments: [beta()]}), ['pass']);
});

test('taken back on beta is not passed; what beta does not run is not asked; an environment nobody knows is unknown', t => {
	const back = check([reviewed('aaaa1111')], {}, {environments: [onBeta('aaaa1111', {revertedBy: 'cafe123'})]});
	t.is(back[0]?.evidence?.[0]?.text, '"Change aaaa1111"; was on beta and was taken back there by cafe123');
	const config = reviewed('aaaa1111', {}, {repository: 'config'});
	const [passes] = check([config], {}, {environments: [beta()]});
	t.is(
		passes?.because,
		'1 change: 1 of 1 approved by somebody else, tests passed on 1 of 1, who deploys is not known; 0 passed beta (1 of repositories that it does not run)',
	);
	t.like(check([reviewed('aaaa1111')], {}, {environments: [beta({heads: []})]})[0], {
		outcome: 'unknown',
		because: 'Nothing is known of what was on beta, which these changes should have passed.',
	});
});

test('an urgent fix is excepted by name, and that is recorded; without a reason it counts for nothing', t => {
	const urgent = reviewed('aaaa1111', {}, {message: 'Fix\n\nUrgent: logins fail everywhere\n'});
	const found = check([urgent], {}, {environments: [beta()]});
	t.deepEqual(
		found.map(({outcome}) => outcome),
		['pass', 'warn'],
	);
	t.is(found[1]?.because, 'app aaaa111 goes past beta as urgent.');
	t.is(found[1]?.evidence?.[0]?.text, '"Change aaaa1111"; not on beta; Urgent: logins fail everywhere');
	const labelled = check([reviewed('aaaa1111', {}, {labels: ['Urgent']})], {}, {environments: [beta()]});
	t.regex(labelled[1]?.evidence?.[0]?.text ?? '', /labelled Urgent/);
	t.deepEqual(outcomes([reviewed('aaaa1111', {}, {labels: ['ubn']})], {}, {environments: [beta()]}), ['hold']);
	t.deepEqual(outcomes([reviewed('aaaa1111', {}, {labels: ['ubn']})], {urgent: [{label: 'UBN'}]}, {environments: [beta()]}), [
		'pass',
		'warn',
	]);
	const empty = check([reviewed('aaaa1111', {}, {message: 'Fix\n\nUrgent:\n'})], {}, {environments: [beta()]});
	t.is(empty[0]?.outcome, 'hold');
	t.true(empty[0]?.evidence?.some(({text}) => text === '"Urgent:" without a reason counts for nothing'));
});

test('a local commit needs no review, passes no beta, is counted, and its words are nowhere', t => {
	const secret = change('aaaa1111', {
		...{subject: 'Stop XSS in the sidebar', message: 'Stop XSS in the sidebar\n', review: {source: 'git', local: true as const}},
	});
	const found = check([secret, reviewed('bbbb2222')], {review: 'hold'}, {deployer: 'robin', environments: [onBeta('bbbb2222')]});
	t.deepEqual(
		found.map(({outcome}) => outcome),
		['pass'],
	);
	t.regex(found[0]?.because ?? '', /1 local commit without a review \(security patches\)/);
	t.notRegex(JSON.stringify(found), /XSS/);
});

const train = [{name: 'no schema changes', path: 'db/**'}];
const path = (name: string) => ({paths: [{path: name, kind: 'modified' as const}]});

test('what is for the train only is held in the fast window, by path, label, size and task', t => {
	const held = (more: Partial<Change>, records: readonly object[], size = 10) =>
		outcomes([reviewed('aaaa1111', {size}, more)], {train_only: records});
	t.deepEqual(held(path('db/tables.sql'), train), ['hold']);
	t.deepEqual(held(path('lib/a.js'), train), ['pass']);
	t.deepEqual(held({labels: ['feature']}, [{name: 'features', label: 'feature'}]), ['hold']);
	t.deepEqual(held({repository: 'vendor'}, [{name: 'vendor', repository: 'vendor'}]), ['hold']);
	t.deepEqual(held({}, [{name: 'small', size_max: '50'}], 51), ['hold']);
	t.deepEqual(held({}, [{name: 'small', size_max: '50'}], 50), ['pass']);
	t.deepEqual(held({}, [{name: 'task', needs_task: 'yes'}]), ['hold']);
	t.deepEqual(held({message: 'x\n\nBug: T123\n'}, [{name: 'task', needs_task: 'yes'}]), ['pass']);
	t.deepEqual(held({}, [{name: 'small', size_max: 'ten'}]), ['unknown'], 'a limit that is no number is said');
	const [finding] = check([reviewed('aaaa1111', {size: 51})], {train_only: [{name: 'small', size_max: '50'}]});
	t.is(finding?.because, 'app aaaa111 is for the train, not for the fast window: small.');
	t.is(finding?.evidence?.[0]?.text, '"Change aaaa1111"; 51 lines, at most 50');
	const unsized = change('aaaa1111', {review: {source: 'git'}});
	t.deepEqual(outcomes([unsized], {train_only: [{name: 'small', size_max: '50'}]}), ['unknown']);
	t.deepEqual(outcomes([reviewed('aaaa1111', {}, path('db/a'))], {train_only: train, fast_window: 'warn'}), ['pass', 'warn']);
});

test('a branch that no group runs yet is the train, and so is one that the policy calls so', t => {
	const onTrain = reviewed('aaaa1111', {}, {branch: 'wmf/2', ...path('db/tables.sql')});
	t.deepEqual(outcomes([onTrain], {train_only: train}), ['pass']);
	t.deepEqual(outcomes([reviewed('aaaa1111', {}, {branch: 'live', ...path('db/tables.sql')})], {train_only: train}), ['hold']);
	t.deepEqual(outcomes([reviewed('aaaa1111', {}, path('db/tables.sql'))], {train_only: train, train: [{branch: 'live'}]}), ['pass']);
});

test('many changes are one finding, and a wrong limit is named', t => {
	const changes = Array.from({length: 30}, (_, index) => reviewed(`${index + 10}aa1111`, {approvedBy: []}));
	const found = check(changes);
	t.is(found.length, 2);
	t.regex(found[1]?.because ?? '', / and 27 more were approved by nobody/);
	t.is(found[1]?.evidence?.length, 20);
	const read = readPolicy({rules: {'went-through': {revew: 'warn', tests: 'maybe'}}}, rules);
	t.deepEqual('problems' in read ? read.problems.length : 0, 2);
});

test('a change that nothing has tested is warned of, and not held', t => {
	const untested = change('aaaa1111', {review: {source: 'github', owner: 'ada', approvedBy: ['robin'], tests: 'none'}});
	t.deepEqual(outcomes([untested]), ['pass', 'warn']);
	t.deepEqual(outcomes([untested], {tests: 'off'}), ['pass']);
});

test('local commits are counted also where another change is in the way', t => {
	const local = change('aaaa1111', {review: {source: 'git', local: true}});
	const failed = change('bbbb2222', {review: {source: 'github', owner: 'ada', approvedBy: ['robin'], tests: 'failed'}});
	const found = check([local, failed]);
	t.deepEqual(
		found.map(({outcome}) => outcome),
		['hold', 'pass'],
	);
	t.is(found[1]?.because, '1 local commit without a review (security patches): allowed');
	t.is(check([failed]).length, 1);
});
