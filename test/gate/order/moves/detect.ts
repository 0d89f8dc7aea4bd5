import test from 'ava';
import type {Change, NameTrace, NameUse, Traces} from '../../../../gate/facts.ts';
import {detectLinks} from '../../../../gate/order/moves/detect.ts';
import {readPolicy} from '../../../../gate/policy.ts';
import {rules} from '../../../../gate/rules/all.ts';
import {factsWith} from '../../../helpers/quiet-day.ts';

const day = (count: number): string => new Date(Date.parse('2026-03-01T00:00:00.000Z') + count * 86_400_000).toISOString();
const changeOf = (id: string, repository: string, at = 0): Change => ({
	id,
	repository,
	sha: id.padEnd(40, '0'),
	subject: `Subject of ${id}`,
	committedAt: day(at),
});
const out = changeOf('a1', 'old');
const into = changeOf('b1', 'new', 1);

const named = (change: string, does: NameTrace['does'], more: Partial<NameTrace> = {}): NameTrace => ({
	...{change, does, kind: 'module', name: 'ext.thing', path: 'x.php', line: 3},
	...more,
});
const use = (repository: string, group: string, more: Partial<NameUse> = {}): NameUse => ({
	...{group, repository, sha: 'c'.repeat(40), use: 'registered', kind: 'module', name: 'ext.thing', path: 'y.php', line: 9},
	...more,
});
const nothing: Traces = {names: [], uses: [], blobs: [], unread: []};
const looked = (...repositories: string[]) =>
	repositories.flatMap(repository => ['east', 'west'].map(group => ({group, repository, sha: 'c'.repeat(40)})));

const links = (traces: Partial<Traces>, batch: readonly Change[] = [into, out], known: readonly Change[] = []) =>
	detectLinks(
		factsWith({
			groups: ['east', 'west'],
			batch: {changes: batch, atomic: false, targets: [], rollback: 'no'},
			known,
			traces: {...nothing, ...traces},
		}),
	);

test('without traces, and with empty ones, there is no link', t => {
	t.deepEqual(detectLinks(factsWith({})), []);
	t.deepEqual(links({}), []);
});

test('a name that goes here and comes there is an exclusive link, with both places', t => {
	const [link, ...more] = links({
		names: [named('a1', 'unregisters'), named('b1', 'registers', {path: 'z.php', line: 7})],
		looked: looked('old'),
	});
	t.deepEqual(more, []);
	t.deepEqual(
		{kind: link?.kind, name: link?.name, owner: link?.owner, trigger: link?.trigger, presence: link?.presence},
		{
			kind: 'exclusive',
			name: 'module ext.thing',
			owner: {repository: 'old', path: 'x.php'},
			trigger: {repository: 'new', path: 'z.php'},
			presence: {east: 'gone', west: 'gone'},
		},
	);
	t.deepEqual(link?.evidence, [
		{label: 'old a100000000, x.php:3', text: 'no longer registers ext.thing: Subject of a1'},
		{label: 'new b100000000, z.php:7', text: 'registers ext.thing: Subject of b1'},
	]);
});

test('the same name within one repository, or of another kind, is no link', t => {
	t.deepEqual(links({names: [named('a1', 'unregisters'), named('a2', 'registers')]}, [out, changeOf('a2', 'old')]), []);
	t.deepEqual(links({names: [named('a1', 'unregisters'), named('b1', 'registers', {kind: 'job'})]}), []);
});

test('more than thirty days apart is another story', t => {
	const names = [named('a1', 'unregisters'), named('b1', 'registers')];
	t.is(links({names}, [out, changeOf('b1', 'new', 30)]).length, 1);
	t.deepEqual(links({names}, [out, changeOf('b1', 'new', 31)]), []);
});

test('neither of two known changes makes a link by itself', t => {
	t.deepEqual(links({names: [named('a1', 'unregisters'), named('b1', 'registers')]}, [changeOf('c1', 'third')], [out, into]), []);
});

test('a name that another repository still owns is an exclusive link where that one is live', t => {
	const names = [named('b1', 'registers')];
	t.deepEqual(links({names, uses: [use('old', 'east')], looked: looked('old')}, [into])[0]?.presence, {east: 'present', west: 'gone'});
	t.deepEqual(links({names, uses: [use('old', 'east')]}, [into])[0]?.presence, {east: 'present', west: 'unknown'});
});

test('a name that stands on both sides already, or that many own, is no link', t => {
	const names = [named('b1', 'registers')];
	t.deepEqual(links({names, uses: [use('old', 'east'), use('new', 'east')]}, [into]), []);
	t.is(links({names, uses: [use('old', 'east'), use('new', 'west')]}, [into]).length, 1);
	t.deepEqual(links({names, uses: [use('old', 'east'), use('third', 'east'), use('fourth', 'east')]}, [into]), []);
});

test('handlers of one hook, and a default beside a setting, are shared: only one that goes as another comes is a link', t => {
	const kind = 'hook handler';
	t.deepEqual(links({names: [named('b1', 'registers', {kind})], uses: [use('old', 'east', {kind})]}, [into]), []);
	const names = [named('a1', 'unregisters', {kind}), named('b1', 'registers', {kind})];
	t.is(links({names}).length, 1);
	t.deepEqual(links({names, uses: [use('third', 'east', {kind})]}), []);
});

test('moved there, back, and there again: the last to get it is the new owner', t => {
	const changes = [
		changeOf('b1', 'new', 0),
		changeOf('a1', 'old', 1),
		changeOf('b2', 'new', 5),
		changeOf('a2', 'old', 5),
		changeOf('a3', 'old', 8),
		changeOf('b3', 'new', 9),
	];
	const names = [
		named('b1', 'registers'),
		named('a1', 'unregisters'),
		named('b2', 'unregisters'),
		named('a2', 'registers'),
		named('a3', 'unregisters'),
		named('b3', 'registers'),
	];
	const [link, ...more] = links({names}, changes);
	t.deepEqual(more, []);
	t.is(link?.owner.repository, 'old');
	t.deepEqual(
		link?.parts.map(({change, does}) => `${does} ${change}`),
		['remove a1', 'remove a3', 'add a2', 'trigger b1', 'trigger b3'],
	);
});

test('a name that goes while another repository reads it is a drain; whoever stops reading it goes first', t => {
	const names = [
		named('a1', 'unregisters', {kind: 'setting', name: 'wgThing'}),
		named('b1', 'unreads', {kind: 'setting', name: 'wgThing'}),
	];
	const [link] = links({names, uses: [use('new', 'west', {use: 'read', kind: 'setting', name: 'wgThing'})], looked: looked('new')});
	t.is(link?.kind, 'drain');
	t.deepEqual(link?.owner, {repository: 'new', path: 'y.php'});
	t.deepEqual(link?.presence, {east: 'gone', west: 'present'});
	t.deepEqual(
		link?.parts.map(({change, does}) => `${does} ${change}`),
		['remove b1', 'trigger a1'],
	);
});

test('a name that somebody else brings, or still has, drains nothing', t => {
	const going = named('a1', 'unregisters');
	const reading = use('third', 'east', {use: 'read'});
	t.deepEqual(
		links({names: [going, named('b1', 'registers')], uses: [reading]}).map(({kind}) => kind),
		['exclusive'],
	);
	t.deepEqual(links({names: [going], uses: [reading, use('fourth', 'east')]}, [out]), []);
});

test('a file is linked by its contents, and says how long it is', t => {
	const blob = 'd'.repeat(40);
	const blobs = [
		{change: 'a1', does: 'leaves' as const, blob, bytes: 12_345, path: 'resources/search.js'},
		{change: 'b1', does: 'enters' as const, blob, bytes: 12_345, path: 'modules/search.js'},
	];
	const [link] = links({blobs, uses: [use('old', 'east', {kind: 'blob', name: blob, path: 'resources/search.js'})], looked: looked('old')});
	t.deepEqual([link?.by, link?.kind, link?.name], ['blob', 'exclusive', 'the file search.js (12,345 bytes)']);
	t.deepEqual(link?.presence, {east: 'present', west: 'gone'});
	t.deepEqual(links({blobs}, [changeOf('c1', 'third')], [out, into]), []);
});

test('a trace of a change that the facts do not have is passed over', t => {
	t.deepEqual(links({names: [named('nobody', 'unregisters'), named('b1', 'registers')]}), []);
});

test('a wrong pattern of a policy is named with its place', t => {
	const patterns = [
		{name: 'jobs', kind: 'job', path: '**/*.rb', registers: "job '(\\w+)'"},
		{name: 'x', kind: 'x', path: '*', registers: '(?=a)(bcd)'},
		{name: 'y', kind: 'y', path: '*'},
	];
	const read = readPolicy({rules: {'patch-order': {patterns}}}, rules);
	t.deepEqual('problems' in read ? read.problems : [], [
		{
			path: ['rules', 'patch-order', 'patterns', 1, 'registers'],
			text: 'the pattern has «(?=» at character 1; only (...) and (?:...) are read',
		},
		{path: ['rules', 'patch-order', 'patterns', 2], text: 'registers: a pattern needs «registers», «reads» or both'},
	]);
});

test('what more than twenty repositories bring or take out is no move, however many it is', t => {
	const many = Array.from({length: 600}, (_, index) => changeOf(`c${index}`, `repository-${index}`));
	const both = (changes: readonly Change[]) => ({
		names: changes.flatMap(({id}) => [named(id, 'unregisters'), named(id, 'registers')]),
		blobs: changes.flatMap(({id}) => [
			{change: id, does: 'leaves' as const, blob: 'd'.repeat(40), bytes: 700, path: 'LICENSE'},
			{change: id, does: 'enters' as const, blob: 'd'.repeat(40), bytes: 700, path: 'LICENSE'},
		]),
	});
	t.deepEqual(links(both(many), many), []);
	t.true(links(both(many.slice(0, 2)), many.slice(0, 2)).length > 0);
});

test('changes far apart are no move, and those without a time may be one', t => {
	const moved = (from: Change, to: Change) =>
		links({names: [named(from.id, 'unregisters'), named(to.id, 'registers')]}, [from, to]).map(({kind}) => kind);
	t.deepEqual(moved(changeOf('a1', 'old'), changeOf('b1', 'new', 31)), []);
	t.deepEqual(moved(changeOf('a1', 'old'), changeOf('b1', 'new', 30)), ['exclusive']);
	const {committedAt: _unknown, ...timeless} = changeOf('b1', 'new');
	t.deepEqual(moved(changeOf('a1', 'old'), timeless), ['exclusive']);
	const known = changeOf('b1', 'new', 1);
	t.deepEqual(
		links({names: [named('a1', 'unregisters'), named('b1', 'registers')]}, [], [out, known]),
		[],
		'neither of them is of the batch',
	);
});
