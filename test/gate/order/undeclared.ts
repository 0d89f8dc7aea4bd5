import test from 'ava';
import type {Change, Facts, LandedChange} from '../../../gate/facts.ts';
import type {Detected} from '../../../gate/order/moves/detect.ts';
import {explainOrder, judgeOrder, orderLimitsOf} from '../../../gate/rules/patch-order.ts';
import {change, factsWith} from '../../helpers/quiet-day.ts';

// The Monday of 2015-10-26 again, without any rule of a policy: the link is one that nobody declared.
const branch = 'wmf/1.27.0-wmf.3';
const removal = change('aaf6372', {repository: 'CirrusSearch', branch: 'master', changeId: `I${'4'.repeat(40)}`, patchId: '1'.repeat(40)});
const picked = change('9999999', {repository: 'CirrusSearch', branch, changeId: `I${'4'.repeat(40)}`, patchId: '1'.repeat(40)});
const addition = change('c0fd944', {repository: 'WikimediaEvents', branch, changeId: `I${'9'.repeat(40)}`});
const link = (presence: Detected['presence'], parts: readonly (readonly [string, 'trigger' | 'remove' | 'add'])[]): Detected => ({
	kind: 'exclusive',
	by: 'name',
	name: 'module schema.Search',
	owner: {repository: 'CirrusSearch', path: 'includes/Hooks.php'},
	trigger: {repository: 'WikimediaEvents', path: 'WikimediaEvents.php'},
	parts: parts.map(([id, does]) => ({change: id, does, path: does === 'trigger' ? 'WikimediaEvents.php' : 'includes/Hooks.php', line: 12})),
	presence,
	evidence: [{label: 'CirrusSearch includes/Hooks.php:12', text: "$schemas['Search'] = 12057910, in 0123456"}],
});
const there = {group1: 'present', group2: 'present'} as const;
const move = link(there, [
	['aaf6372', 'remove'],
	['9999999', 'remove'],
	['c0fd944', 'trigger'],
]);
const landedOn = (changes: readonly LandedChange[]) =>
	['group1', 'group2'].map(group => ({
		group,
		heads: ['CirrusSearch', 'WikimediaEvents'].map(repository => ({repository, branch, sha: 'b'.repeat(40)})),
		changes,
	}));
const monday = (changes: readonly Change[], difference: Partial<Facts> = {}): Facts =>
	factsWith({
		groups: ['group1', 'group2'],
		batch: {changes, atomic: false, targets: [], rollback: 'no'},
		landed: landedOn([]),
		known: [removal],
		...difference,
	});
const trusting = {...orderLimitsOf({}), detected: 'hold'};
const usual = orderLimitsOf({});
const first = (facts: Facts, limits = trusting, links: readonly Detected[] = [move]) => judgeOrder(facts, limits, links)[0];

test('2015 undeclared, wrong order: holds where the policy trusts it, with the order that works and the evidence', t => {
	const facts = monday([addition, picked]);
	const finding = first(facts);
	t.is(finding?.outcome, 'hold');
	t.is(
		finding?.because,
		'Undeclared: WikimediaEvents c0fd944 should come after CirrusSearch 9999999, which stands behind it in this batch; found by module schema.Search.',
	);
	t.is(finding?.remedy, 'Deploy in this order: 9999999 c0fd944');
	const evidence = finding?.evidence?.map(({label, text}) => `${label}: ${text}`) ?? [];
	t.is(
		evidence[0],
		'link: exclusive, undeclared, found by name: includes/Hooks.php must be out of CirrusSearch before WikimediaEvents.php is touched in WikimediaEvents',
	);
	t.is(evidence[1], "CirrusSearch includes/Hooks.php:12: $schemas['Search'] = 12057910, in 0123456");
	t.is(finding?.data?.['detected'], 'name');
});

test('2015 undeclared, in each other form', t => {
	t.is(first(monday([picked, addition]))?.outcome, 'pass');
	const merged = first(monday([addition]));
	t.is(merged?.outcome, 'hold');
	t.regex(merged?.because ?? '', /CirrusSearch aaf6372, merged but not live on group1, group2; found by module schema\.Search\.$/);
	t.regex(merged?.remedy ?? '', new RegExp(`^On ${branch} of CirrusSearch: git cherry-pick aaf6372`));
	const {repository, changeId} = removal;
	const taken: LandedChange = {repository, branch, changeId: changeId ?? '', revertedBy: 'd'.repeat(40)};
	const unknownPresence = {...move, presence: {}};
	t.regex(
		first(monday([addition], {landed: landedOn([taken])}))?.because ?? '',
		/which was taken back on group1, group2; found by module schema\.Search\.$/,
	);
	const again: LandedChange = {repository, branch, sha: 'f'.repeat(40), changeId: `I${'7'.repeat(40)}`, patchId: '1'.repeat(40)};
	t.is(first(monday([addition], {landed: landedOn([taken, again])}), trusting, [unknownPresence])?.outcome, 'pass');
	const only = link(there, [['c0fd944', 'trigger']]);
	t.regex(
		first(monday([addition], {known: []}), trusting, [only])?.because ?? '',
		/should wait: CirrusSearch still has includes\/Hooks\.php/,
	);
	t.is(first(monday([addition]), trusting, [{...move, presence: {group1: 'gone', group2: 'gone'}}])?.outcome, 'pass');
	t.is(first(monday([addition], {known: []}), trusting, [link({}, [['c0fd944', 'trigger']])])?.outcome, 'unknown');
});

test('a guess warns unless the policy trusts it, moves the batch all the same, and adds nothing to it', t => {
	const facts = monday([addition, picked]);
	t.deepEqual(
		judgeOrder(facts, usual, [move]).map(({outcome}) => outcome),
		['pass', 'warn'],
	);
	t.deepEqual(explainOrder(facts, usual, [move]).order, ['9999999', 'c0fd944']);
	const alone = explainOrder(monday([addition]), usual, [move]);
	t.deepEqual([alone.complete, alone.missing, alone.works], [['c0fd944'], [], true]);
	t.regex(alone.problems[0]?.remedy ?? '', /cherry-pick aaf6372/);
	t.deepEqual(explainOrder(monday([addition]), trusting, [move]).complete, ['aaf6372', 'c0fd944']);
	t.deepEqual(
		judgeOrder(facts, {...usual, detected: 'off'}, [move]).map(({outcome}) => outcome),
		['pass'],
	);
	t.deepEqual(
		explainOrder(facts, usual, [move]).edges.map(({from, state, kind}) => [from, state, kind]),
		[['detected', 'broken', 'exclusive']],
	);
});

test('against what people declared a guess is dropped, and that is said', t => {
	const declared = {...picked, message: `x\n\nDepends-On: ${addition.changeId}\n`};
	const facts = monday([addition, declared]);
	for (const limits of [usual, trusting]) {
		const findings = judgeOrder(facts, limits, [move]);
		t.deepEqual(
			findings.map(({outcome}) => outcome),
			['pass', 'warn'],
		);
		t.is(findings[1]?.because, 'Undeclared link, module schema.Search: it runs against the other links, so the order leaves it out.');
		const {order, rings, works} = explainOrder(facts, limits, [move]);
		t.deepEqual([order, rings, works], [['c0fd944', '9999999'], [], true]);
	}
});

test('what a rule of the policy says already is not said again as a guess', t => {
	const exclusive = [
		{
			name: 'search',
			old_repository: 'CirrusSearch',
			old_path: 'includes/Hooks.php',
			new_repository: 'WikimediaEvents',
			new_path: 'WikimediaEvents.php',
			removed_by: 'touches',
			when: 'touches',
		},
	];
	const out = {...picked, paths: [{path: 'includes/Hooks.php', kind: 'modified' as const}]};
	const into = {...addition, paths: [{path: 'WikimediaEvents.php', kind: 'modified' as const}]};
	const holdings = ['group1', 'group2'].map(group => ({group, repository: 'CirrusSearch', path: 'includes/Hooks.php', present: true}));
	const findings = judgeOrder(monday([into, out], {holdings}), {...trusting, exclusive}, [move]);
	t.deepEqual(
		findings.map(({data}) => data?.['rule']),
		['search'],
	);
});

test('a link that names changes nobody knows changes nothing', t => {
	t.deepEqual(
		judgeOrder(monday([picked]), trusting, [
			link(there, [
				['nobody', 'trigger'],
				['else', 'remove'],
			]),
		]).map(({outcome}) => outcome),
		['pass'],
	);
});
