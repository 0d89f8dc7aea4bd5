import test from 'ava';
import type {Change, Facts, LandedChange} from '../../../gate/facts.ts';
import {explainOrder, judgeOrder, orderLimitsOf} from '../../../gate/rules/patch-order.ts';
import {change, factsWith, quietDay} from '../../helpers/quiet-day.ts';

const limits = orderLimitsOf({});
const id = (digit: string): string => `I${digit.repeat(40)}`;
const named = (digit: string, needs: readonly string[] = [], more: Partial<Change> = {}): Change =>
	change(`${digit.repeat(4)}1111`, {
		changeId: id(digit),
		message: `Change ${digit}\n\n${needs.map(other => `Depends-On: ${id(other)}\n`).join('')}`,
		...more,
	});
const facts = (changes: readonly Change[], known: readonly Change[] = [], landed: readonly LandedChange[] = []): Facts =>
	factsWith({
		batch: {changes, atomic: false, targets: [], rollback: 'no'},
		known,
		landed: ['east', 'west'].map(group => ({group, heads: [{repository: 'app', branch: 'live', sha: '0'.repeat(40)}], changes: landed})),
	});
const edges = (given: Facts) =>
	explainOrder(given, limits).edges.map(({first, second, state, from}) => `${first} ${second} ${state} ${from}`);

test('an edge is kept, broken or in a ring, whoever says so', t => {
	t.deepEqual(edges(facts([named('a'), named('b', ['a'])])), ['aaaa1111 bbbb1111 kept footer']);
	t.deepEqual(edges(facts([named('b', ['a']), named('a')])), ['aaaa1111 bbbb1111 broken footer']);
	t.deepEqual(edges(facts([named('a', ['b']), named('b', ['a'])])), ['bbbb1111 aaaa1111 ring footer', 'aaaa1111 bbbb1111 ring footer']);
});

test('what is live already is drawn too, kept, also where only the ledger knows it', t => {
	const consumer = named('b', ['a']);
	const live = {repository: 'app', sha: 'a'.repeat(40), changeId: id('a'), subject: 'The provider', since: '2026-03-01T00:00:00.000Z'};
	t.deepEqual(edges(facts([consumer], [named('a')], [live])), ['aaaa1111 bbbb1111 kept footer']);
	const {nodes} = explainOrder(facts([consumer], [], [live]), limits);
	t.deepEqual(edges(facts([consumer], [], [live])), [`${'a'.repeat(40)} bbbb1111 kept footer`]);
	t.deepEqual(
		nodes.map(({id: name, where, subject}) => [name, where, subject]),
		[
			['bbbb1111', 'batch', 'Change bbbb1111'],
			['a'.repeat(40), 'known', 'The provider'],
		],
	);
	t.deepEqual(nodes[1]?.standings[0], {group: 'east', state: 'live', since: '2026-03-01T00:00:00.000Z', by: null});
});

test('every edge names nodes that are there', t => {
	const chain = ['a', 'b', 'c', 'd', 'e'].map((digit, index, list) => named(digit, list.slice(0, index)));
	const given = facts(chain.slice(3).toReversed(), chain.slice(0, 3));
	const {nodes, edges: links, missing} = explainOrder(given, limits);
	const ids = new Set(nodes.map(({id: name}) => name));
	t.is(ids.size, nodes.length);
	for (const {first, second} of links) t.true(ids.has(first) && ids.has(second), `${first} ${second}`);
	t.deepEqual(
		new Set(nodes.filter(({where}) => where === 'missing').map(({id: name}) => name)),
		new Set(missing.map(({id: name}) => name)),
	);
});

test('the chain of a problem is told link by link, with where each is and the picks that mend it', t => {
	const master = {branch: 'master'};
	const given = facts([named('c', ['b'], {subject: 'Third'})], [named('b', ['a'], master), named('a', [], {...master, repository: 'lib'})]);
	const [finding] = judgeOrder(given, limits);
	const lines = finding?.evidence?.map(({label, text}) => `${label}: ${text}`) ?? [];
	t.deepEqual(lines.slice(0, 6), [
		'chain: app cccc111 after app bbbb111 after lib aaaa111',
		`link: needs: app cccc111, line 3: Depends-On: ${id('b')}`,
		'app cccc111: "Third"; number 1 of 1 in this batch on live; not live on east; not live on west',
		'app bbbb111: "Change bbbb1111"; merged on master; not live on east; not live on west',
		`link: needs: app bbbb111, line 3: Depends-On: ${id('a')}`,
		'lib aaaa111: "Change aaaa1111"; merged on master; not live on east; not live on west',
	]);
	t.is(
		lines.at(-1),
		'override: signalbox allow --service app --rule patch-order --for 30m --reason TEXT (by a deployer; who, why and until when are recorded)',
	);
	t.is(
		finding?.remedy,
		`On the branch of lib that east, west run: git cherry-pick ${'aaaa1111'.padEnd(40, '0')}; then on live of app: git cherry-pick ${'bbbb1111'.padEnd(40, '0')}; deploy before cccc1111.`,
	);
});

test('what Needed-By of a third change says is shown with the change that says it', t => {
	const says = change('dddd1111', {message: `x\n\nNeeded-By: ${id('c')}\n`, changeId: id('d')});
	const lines = judgeOrder(facts([named('c'), says]), limits)[0]?.evidence?.map(({text}) => text) ?? [];
	t.is(lines[0], `needs: app dddd111, line 3: Needed-By: ${id('c')}`);
});

test('all words of a finding can go into a pipe', t => {
	const given = facts([named('b', ['a', 'c'], {subject: 'plain'}), named('a')], [named('c', [], {branch: 'master'})]);
	const words = JSON.stringify(judgeOrder(given, limits));
	t.regex(words, /^[\x20-\x7e]*$/);
});

test('what only the ledger of another group knows is mended by a pick for the branch that this group runs', t => {
	const sha = 'e'.repeat(40);
	const ext = {repository: 'Ext', sha, changeId: `I${'2'.repeat(40)}`, branch: 'wmf/3'};
	const batch = [change('c0f19001', {repository: 'config', message: `Enable it\n\nDepends-On: ${ext.changeId}\n`})];
	const head = (branch: string) => [{repository: 'Ext', branch, sha}];
	const landed = [
		{group: 'east', heads: head('wmf/3'), changes: [ext]},
		{group: 'west', heads: head('wmf/2'), changes: []},
	];
	const lacking = factsWith({groups: ['east', 'west'], batch: {...quietDay.batch, changes: batch}, known: [], landed});
	const {problems, works} = explainOrder(lacking, limits);
	t.false(works);
	t.is(problems[0]?.remedy, `On wmf/2 of Ext: git cherry-pick ${sha}; deploy before c0f19001.`);
});
