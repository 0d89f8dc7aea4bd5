import test from 'ava';
import type {Change, Facts, LandedChange, LandedGroup} from '../../../gate/facts.ts';
import type {Limits} from '../../../gate/rule.ts';
import {explainOrder, orderLimitsOf, patchOrder} from '../../../gate/rules/patch-order.ts';
import {change, factsWith} from '../../helpers/quiet-day.ts';

type OrderLimits = Limits<typeof patchOrder.limits>;
const none: OrderLimits = {...orderLimitsOf({}), patterns: []};

// The changes of 2015-10-26, as the public histories of both repositories have them.
const searchScript = 'resources/loggingSchema/search.js';
const newScript = 'modules/ext.wikimediaEvents.search.js';
const branch = 'wmf/1.27.0-wmf.3';
const removal: Change = {
	id: 'aaf6372',
	repository: 'mediawiki/extensions/CirrusSearch',
	branch: 'master',
	sha: 'aaf6372edce473a1da47f94967cb2dbe80def4d6',
	changeId: 'I46d3784514155af27b407d78be567c291042fa86',
	patchId: '1'.repeat(40),
	subject: 'Remove loggingSchema/search.js',
	message:
		'Remove loggingSchema/search.js\n\nThis is being moved to WikimediaEvents repository in Ie486d5eb9\n\nChange-Id: I46d3784514155af27b407d78be567c291042fa86\n',
	paths: [
		{path: 'CirrusSearch.php', kind: 'modified'},
		{path: 'includes/Hooks.php', kind: 'modified'},
		{path: searchScript, kind: 'deleted', blob: '60625622ad00ce5d5611005bbd39052ea86700ec'},
	],
};
const addition: Change = {
	id: 'c0fd944',
	repository: 'mediawiki/extensions/WikimediaEvents',
	branch,
	sha: 'c0fd94423182',
	changeId: 'I90d5c30a',
	patchId: '2'.repeat(40),
	subject: 'Move Schema:Search from CirrusSearch',
	message: 'Move Schema:Search from CirrusSearch\n',
	paths: [
		{path: 'WikimediaEvents.php', kind: 'modified'},
		{path: newScript, kind: 'added', blob: '60625622ad00ce5d5611005bbd39052ea86700ec'},
	],
};
const removalPicked: Change = {...removal, id: 'R', branch, sha: '9'.repeat(40)};

const searchSchema: OrderLimits = {
	...none,
	exclusive: [
		{
			name: 'schema-search',
			old_repository: removal.repository,
			old_path: searchScript,
			new_repository: addition.repository,
			new_path: newScript,
		},
	],
};

const group = (name: string, changes: readonly LandedChange[] = []): LandedGroup => ({
	group: name,
	heads: [
		{repository: removal.repository, branch, sha: 'b'.repeat(40)},
		{repository: addition.repository, branch, sha: 'c'.repeat(40)},
	],
	changes,
});
const present = (name: string, value: boolean | {missing: string} = true) => ({
	group: name,
	repository: removal.repository,
	path: searchScript,
	present: value,
});

/** The Monday of the outage: all groups run wmf.3, the old owner is there, the removal is on master only. */
const monday = (changes: readonly Change[], difference: Partial<Facts> = {}): Facts =>
	factsWith({
		service: 'mediawiki',
		stage: {name: 'before', first: true},
		groups: ['group1', 'group2'],
		batch: {changes, atomic: false, targets: [], rollback: 'no'},
		landed: [group('group1'), group('group2')],
		known: [removal],
		holdings: [present('group1'), present('group2')],
		...difference,
	});

const check = (facts: Facts, limits: OrderLimits = searchSchema) => patchOrder.check(facts, limits);
const worst = (facts: Facts, limits: OrderLimits = searchSchema) => {
	const rank = ['pass', 'warn', 'unknown', 'hold', 'rollback'];
	return check(facts, limits)
		.map(({outcome}) => outcome)
		.reduce((a, b) => (rank.indexOf(b) > rank.indexOf(a) ? b : a));
};

test('2015, wrong order: holds, and gives the order that works', t => {
	const [finding, ...rest] = check(monday([addition, removalPicked]));
	t.is(finding?.outcome, 'hold');
	t.is(finding?.because, 'WikimediaEvents c0fd944 must come after CirrusSearch 9999999, which stands behind it in this batch.');
	t.is(finding?.remedy, 'Deploy in this order: R c0fd944');
	t.deepEqual(finding?.data?.['order'], ['R', 'c0fd944']);
	t.deepEqual(finding?.data?.['edges'], [{kind: 'exclusive', first: 'R', second: 'c0fd944', because: 'rule schema-search'}]);
	t.deepEqual(rest, []);
});

test('2015, the order that works keeps the commits of one branch in the order that git has them', t => {
	const before: Change = {...addition, id: 'a0', sha: '1'.repeat(40), changeId: id('1'), paths: []};
	const behind: Change = {...addition, id: 'a2', sha: '2'.repeat(40), changeId: id('2'), paths: []};
	const [finding] = check(monday([before, addition, behind, removalPicked]));
	t.deepEqual(finding?.data?.['order'], ['a0', 'R', 'c0fd944', 'a2']);
});

test('within one branch a declared dependency weighs more than the order in git', t => {
	const provider = withFooter('aaaa1111', '');
	const consumer = withFooter('bbbb1111', `Depends-On: ${provider.changeId}\n`);
	const [finding] = check(batchOf([consumer, provider]), none);
	t.deepEqual(finding?.data?.['order'], ['aaaa1111', 'bbbb1111']);
});

test('2015, right order: passes, and says what it looked at', t => {
	const findings = check(monday([removalPicked, addition]));
	t.deepEqual(
		findings.map(({outcome, because}) => [outcome, because]),
		[['pass', '2 changes, 0 declared dependencies, 1 exclusive rule: the order works']],
	);
});

test('2015, removal merged but not landed: holds with the pick for the branch that the groups run', t => {
	const facts = monday([addition], {holdings: [present('group1', false), present('group2')]});
	const [finding] = check(facts);
	t.is(finding?.outcome, 'hold');
	t.is(finding?.because, 'WikimediaEvents c0fd944 must come after CirrusSearch aaf6372, merged but not live on group2.');
	t.true((finding?.because.length ?? 999) <= 105);
	t.is(
		finding?.remedy,
		`On ${branch} of mediawiki/extensions/CirrusSearch: git cherry-pick aaf6372edce473a1da47f94967cb2dbe80def4d6; deploy before c0fd944.`,
	);
	const evidence = finding?.evidence?.map(({label, text}) => `${label}: ${text}`) ?? [];
	t.true(
		evidence.includes('CirrusSearch aaf6372: "Remove loggingSchema/search.js"; merged on master; not live on group1; not live on group2'),
		evidence.join('\n'),
	);
	t.true(evidence.some(line => line.startsWith('link: exclusive rule schema-search')));
	t.true(evidence.some(line => line.startsWith('group2: CirrusSearch is at bbbbbbb')));
});

test('2015, a problem of several groups is one finding', t => {
	const findings = check(monday([addition]));
	t.is(findings.length, 1);
	t.true(findings[0]?.because.endsWith('merged but not live on group1, group2.'));
});

test('2015, landed and then reverted: holds, and says by what', t => {
	const {repository, sha, changeId} = removalPicked;
	const reverted: LandedChange = {repository, branch, ...(sha && {sha}), ...(changeId && {changeId}), revertedBy: 'd'.repeat(40)};
	const facts = monday([addition], {landed: [group('group1', [reverted]), group('group2', [reverted])], holdings: []});
	const [finding] = check(facts);
	t.is(finding?.outcome, 'hold');
	t.is(finding?.because, 'WikimediaEvents c0fd944 must come after CirrusSearch aaf6372, which was taken back on group1, group2.');
	t.is(finding?.remedy, `Take the revert back, on ${branch}: git revert ${'d'.repeat(40)}; deploy that before c0fd944.`);
});

test('2015, the revert of the removal was itself reverted: passes', t => {
	const {repository} = removal;
	const landed: LandedChange[] = [
		{repository, branch, changeId: removal.changeId ?? '', revertedBy: 'd'.repeat(40)},
		{repository, branch, sha: 'd'.repeat(40), revertedBy: 'e'.repeat(40)},
		{repository, branch, sha: 'e'.repeat(40)},
	];
	t.is(worst(monday([addition], {landed: [group('group1', landed), group('group2', landed)], holdings: []})), 'pass');
});

test('2015, landed again under a new Change-Id: passes by the patch-id', t => {
	const again: LandedChange = {
		repository: removal.repository,
		branch,
		sha: 'f'.repeat(40),
		changeId: `I${'7'.repeat(40)}`,
		patchId: '1'.repeat(40),
	};
	const first: LandedChange = {repository: removal.repository, branch, changeId: removal.changeId ?? '', revertedBy: 'd'.repeat(40)};
	const landed = [first, again];
	t.is(worst(monday([addition], {landed: [group('group1', landed), group('group2', landed)], holdings: []})), 'pass');
});

test('2015, addition only: holds while the old owner is there, though no removal is known', t => {
	const [finding] = check(monday([addition], {known: []}));
	t.is(finding?.outcome, 'hold');
	t.is(finding?.because, `WikimediaEvents c0fd944 must wait: CirrusSearch still has ${searchScript} on group1, group2.`);
	t.is(finding?.remedy, `Deploy first a change that removes ${searchScript} from mediawiki/extensions/CirrusSearch.`);
});

test('2015, the removal already live: passes', t => {
	t.is(worst(monday([addition], {known: [], holdings: [present('group1', false), present('group2', false)]})), 'pass');
	const live: LandedChange = {repository: removal.repository, branch, changeId: removal.changeId ?? ''};
	t.is(worst(monday([addition], {landed: [group('group1', [live]), group('group2', [live])], holdings: []})), 'pass');
});

test('2015, both in one instant: an atomic batch may have them in either order', t => {
	const facts = monday([addition, removalPicked]);
	t.is(worst({...facts, batch: {...facts.batch, atomic: true}}), 'pass');
});

test('the old owner is not guessed: without a look and without a ledger it is unknown', t => {
	const facts = monday([addition], {known: [], holdings: [present('group1', false), present('group2', {missing: 'git timed out'})]});
	const [finding] = check(facts);
	t.is(finding?.outcome, 'unknown');
	t.true(finding?.because.includes('on group2: git timed out'));
	t.is(worst(monday([addition], {known: [], holdings: []})), 'unknown');
	t.is(worst(monday([addition], {known: [], holdings: [], landed: []})), 'unknown');
});

test('a change without its paths cannot be judged by a rule that names its repository', t => {
	const {paths: _, ...pathless} = addition;
	t.is(worst(monday([pathless])), 'unknown');
});

test('taking back runs backwards: the new owner leaves before the old one returns', t => {
	const backOut: Change = {
		...addition,
		id: 'back-out',
		sha: '3'.repeat(40),
		changeId: `I${'3'.repeat(40)}`,
		patchId: '3',
		paths: [{path: newScript, kind: 'deleted'}],
	};
	const backIn: Change = {
		...removalPicked,
		id: 'back-in',
		sha: '4'.repeat(40),
		changeId: `I${'4'.repeat(40)}`,
		patchId: '4',
		paths: [{path: searchScript, kind: 'added'}],
	};
	const live: LandedChange = {repository: addition.repository, branch, changeId: addition.changeId ?? ''};
	const facts = (changes: Change[]) =>
		monday(changes, {
			known: [addition],
			landed: [group('group1', [live]), group('group2', [live])],
			holdings: [present('group1', false), present('group2', false)],
		});
	const [finding] = check(facts([backIn, backOut]));
	t.is(finding?.outcome, 'hold');
	t.deepEqual(finding?.data?.['order'], ['back-out', 'back-in']);
	t.is(worst(facts([backOut, backIn])), 'pass');
});

test('globs and touches: a rule can speak of any path under a folder and of modified files', t => {
	const limits: OrderLimits = {
		...none,
		exclusive: [
			{
				name: 'all',
				old_repository: removal.repository,
				old_path: 'resources/**',
				new_repository: addition.repository,
				new_path: '*.php',
				when: 'touches',
				removed_by: 'touches',
			},
		],
	};
	const touching: Change = {...removalPicked, paths: [{path: 'resources/a/b.js', kind: 'modified'}]};
	t.is(worst(monday([addition], {known: []}), limits), 'hold');
	t.is(worst(monday([touching, addition], {known: []}), limits), 'pass');
	t.is(worst(monday([{...addition, paths: [{path: 'deep/a.php', kind: 'modified'}]}], {known: []}), limits), 'pass');
});

test('drain: a thing may not go while its reader is there', t => {
	const limits: OrderLimits = {
		...none,
		drain: [{name: 'flag', repository: 'config', path: 'flag.php', reader_repository: 'app', reader_path: 'read-flag.php'}],
	};
	const drop = change('dddd1111', {repository: 'config', paths: [{path: 'flag.php', kind: 'deleted'}]});
	const dropReader = change('eeee1111', {paths: [{path: 'read-flag.php', kind: 'deleted'}]});
	const holdings = ['east', 'west'].map(name => ({group: name, repository: 'app', path: 'read-flag.php', present: true}));
	const facts = (changes: Change[]) => factsWith({batch: {changes, atomic: false, targets: [], rollback: 'no'}, holdings});
	t.is(worst(facts([drop]), limits), 'hold');
	t.is(worst(facts([drop, dropReader]), limits), 'hold');
	t.is(worst(facts([dropReader, drop]), limits), 'pass');
	t.is(worst({...facts([drop]), holdings: []}, limits), 'unknown');
});

const id = (digit: string): string => `I${digit.repeat(40)}`;
const withFooter = (name: string, footer: string, more: Partial<Change> = {}): Change =>
	change(name, {changeId: id(name.charAt(0)), message: `Change ${name}\n\n${footer}\n`, ...more});
const batchOf = (changes: readonly Change[], difference: Partial<Facts> = {}): Facts =>
	factsWith({batch: {changes, atomic: false, targets: [], rollback: 'no'}, ...difference});

test('a declared dependency: first in the batch passes, behind it holds, nowhere is unknown', t => {
	const provider = withFooter('aaaa1111', '');
	const consumer = withFooter('bbbb1111', `Depends-On: ${id('a')}`);
	t.is(worst(batchOf([provider, consumer]), none), 'pass');
	t.is(check(batchOf([provider, consumer]), none)[0]?.because, '2 changes, 1 declared dependency, 0 exclusive rules: the order works');
	t.is(worst(batchOf([consumer, provider]), none), 'hold');
	t.is(worst(batchOf([consumer]), none), 'unknown');
	t.is(worst(batchOf([consumer]), {...none, unresolved: 'warn'}), 'warn');
});

test('Needed-By is the same edge from the other end, also when only a known change says it', t => {
	const provider = withFooter('aaaa1111', `Needed-By: ${id('b')}`);
	const consumer = withFooter('bbbb1111', '');
	t.is(worst(batchOf([consumer, provider]), none), 'hold');
	t.is(worst(batchOf([provider, consumer]), none), 'pass');
	const [finding] = check(batchOf([consumer], {known: [provider]}), none);
	t.is(finding?.because, 'app bbbb111 must come after app aaaa111, merged but not live on east, west.');
});

test('what is missing is followed to what it needs in turn, and no further', t => {
	const deepest = withFooter('aaaa1111', '', {branch: 'master'});
	const middle = withFooter('bbbb1111', `Depends-On: ${id('a')}`, {branch: 'master'});
	const consumer = withFooter('cccc1111', `Depends-On: ${id('b')}`);
	const unrelated = withFooter('dddd1111', '', {branch: 'master'});
	const facts = batchOf([consumer], {known: [unrelated, middle, deepest]});
	const {missing, complete, works, order} = explainOrder(facts, none);
	t.deepEqual(
		missing.map(({id: missingId, groups}) => [missingId, groups]),
		[
			['bbbb1111', ['east', 'west']],
			['aaaa1111', ['east', 'west']],
		],
	);
	t.deepEqual(complete, ['aaaa1111', 'bbbb1111', 'cccc1111']);
	t.deepEqual(order, ['cccc1111']);
	t.true(works);
	t.regex(check(facts, none)[0]?.remedy ?? '', /cherry-pick aaaa1111\w+; then .*cherry-pick bbbb1111/);
});

test('a missing change that is on the branch already is deployed, not picked', t => {
	const [finding] = check(batchOf([withFooter('bbbb1111', `Depends-On: ${id('a')}`)], {known: [withFooter('aaaa1111', '')]}), none);
	t.is(finding?.remedy, 'Deploy aaaa1111 first, it is merged on live already; deploy before bbbb1111.');
});

test('a change is judged only against the groups that run its branch', t => {
	const landed = ['east', 'west'].map(name => ({
		group: name,
		heads: [{repository: 'app', branch: name, sha: '0'.repeat(40)}],
		changes: name === 'east' ? [{repository: 'app', changeId: id('a')}] : [],
	}));
	const consumer = (to: string) => withFooter('bbbb1111', `Depends-On: ${id('a')}`, {branch: to});
	t.is(worst(batchOf([consumer('east')], {landed}), none), 'pass');
	t.is(worst(batchOf([consumer('west')], {landed}), none), 'hold');
	const stray = check(batchOf([consumer('nowhere')], {landed}), none);
	t.deepEqual(
		stray.map(({outcome}) => outcome),
		['hold', 'warn'],
	);
});

test('near misses, odd values and self-dependencies warn with the line and the correction', t => {
	const near = check(batchOf([withFooter('bbbb1111', `Depends on ${id('a')}`)]), none);
	t.deepEqual(
		near.map(({outcome, remedy}) => [outcome, remedy ?? null]),
		[
			['pass', null],
			['warn', `Write line 3 as: Depends-On: ${id('a')}`],
		],
	);
	t.is(worst(batchOf([withFooter('bbbb1111', `Depends-On: ${id('b')}`)]), none), 'warn');
	const provider = withFooter('aaaa1111', '');
	t.is(worst(batchOf([provider, withFooter('bbbb1111', `Depends-On: ${id('a')}?`)]), none), 'warn');
	t.is(worst(batchOf([withFooter('bbbb1111', `> Depends-On: ${id('a')}`)]), none), 'pass');
});

test('one Change-Id in two repositories needs both; a shortened id that fits two is not guessed', t => {
	const both = [withFooter('aaaa1111', ''), withFooter('aaaa2222', '', {repository: 'lib'})];
	const consumer = withFooter('bbbb1111', `Depends-On: ${id('a')}`);
	t.is(worst(batchOf([...both, consumer]), none), 'warn');
	t.is(worst(batchOf([both[0] ?? consumer, consumer, both[1] ?? consumer]), none), 'hold');
	t.is(worst(batchOf([...both, withFooter('bbbb1111', 'Depends-On: Iaaaaaaaa')]), none), 'unknown');
});

test('a merge request elsewhere is unknown unless a change goes by that name', t => {
	const consumer = withFooter('bbbb1111', 'Depends-On: https://gitlab.example.org/data/schemas/-/merge_requests/41');
	t.is(worst(batchOf([consumer]), none), 'unknown');
	t.is(worst(batchOf([withFooter('aaaa1111', '', {id: 'data/schemas!41'}), consumer]), none), 'pass');
});

test('reverting: dependents first, and what still stands on it holds', t => {
	const provider = withFooter('aaaa1111', '');
	const consumer = withFooter('bbbb1111', `Depends-On: ${id('a')}`);
	const landed = ['east', 'west'].map(name => ({
		group: name,
		heads: [],
		changes: [provider, consumer].map(({repository, changeId, sha}) => ({repository, changeId: changeId ?? '', sha: sha ?? ''})),
	}));
	const takeBack = (name: string, of: Change) => change(name, {message: `Revert "x"\n\nThis reverts commit ${of.sha}.\n`});
	const known = [provider, consumer];
	const backward = [takeBack('eeee1111', consumer), takeBack('ffff1111', provider)];
	t.is(worst(batchOf(backward, {known, landed}), none), 'pass');
	const [finding] = check(batchOf(backward.toReversed(), {known, landed}), none);
	t.is(finding?.outcome, 'hold');
	t.deepEqual(finding?.data?.['order'], ['eeee1111', 'ffff1111']);
	const alone = check(batchOf(backward.slice(1), {known, landed}), none);
	t.is(alone[0]?.because, 'app ffff111 takes back what app bbbb111 stands on, and that is live on east, west.');
});

test('a revert in the batch takes the provider out; a revert of the revert brings it back', t => {
	const provider = withFooter('aaaa1111', '');
	const consumer = withFooter('bbbb1111', `Depends-On: ${id('a')}`);
	const revert = change('cccc1111', {message: `Revert "a"\n\nThis reverts commit ${provider.sha}.\n`});
	const again = change('dddd1111', {message: `Revert "Revert "a""\n\nThis reverts commit ${revert.sha}.\n`});
	const [finding] = check(batchOf([provider, revert, consumer]), none);
	t.is(finding?.outcome, 'hold');
	t.is(finding?.because, 'app bbbb111 needs app aaaa111, which this batch takes back on east, west.');
	t.is(worst(batchOf([provider, revert, again, consumer]), none), 'pass');
});

test('a ring is printed as it is', t => {
	const ring = [withFooter('aaaa1111', `Depends-On: ${id('b')}`), withFooter('bbbb1111', `Depends-On: ${id('a')}`)];
	const findings = check(batchOf(ring), none);
	t.is(findings.length, 1);
	t.is(findings[0]?.because, '2 changes wait for each other: app aaaa111 -> app bbbb111 -> app aaaa111.');
	t.deepEqual(explainOrder(batchOf(ring), none).rings, [['aaaa1111', 'bbbb1111']]);
});

test('0 dependencies found is said, and so is an empty batch', t => {
	t.is(
		check(batchOf([change('aaaa1111')]), none)[0]?.because,
		'1 change, 0 declared dependencies, 0 exclusive rules: 0 dependencies found',
	);
	t.is(worst(batchOf([]), none), 'pass');
});

test('a change without a message, a revert without a target and two Change-Ids are said', t => {
	const {message: _, ...silent} = change('aaaa1111');
	const aimless = change('bbbb1111', {message: 'Revert "x"\n\nit broke\n'});
	const squashed = change('cccc1111', {message: `x\n\nChange-Id: ${id('a')}\nChange-Id: ${id('b')}\n`});
	t.deepEqual(
		check(batchOf([silent, aimless, squashed]), none).map(({outcome}) => outcome),
		['pass', 'warn', 'warn', 'warn'],
	);
});

test('10,000 changes in a chain are judged in a moment', t => {
	const hex = (index: number) => index.toString(16).padStart(8, '0');
	const changes = Array.from({length: 10_000}, (_, index) =>
		change(hex(index), {
			changeId: `I${hex(index).padEnd(40, '0')}`,
			message: index === 0 ? 'x' : `x\n\nDepends-On: I${hex(index - 1).padEnd(40, '0')}\n`,
		}),
	);
	const before = process.hrtime.bigint();
	t.is(worst(batchOf(changes), none), 'pass');
	t.deepEqual(explainOrder(batchOf(changes.toReversed()), none).order.slice(0, 2), ['00000000', '00000001']);
	const tookMs = Number(process.hrtime.bigint() - before) / 1e6;
	t.log(`${Math.round(tookMs)} ms for both`);
	// Generous: a slow machine is no failure, a square in the number of changes is.
	t.true(tookMs < 30_000);
});
