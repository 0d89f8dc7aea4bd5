/** Which group runs which version, and what groups would run next and before: read from a stage folder and from plain checkouts, with real git. */
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {changesReader} from '../../../server/client/changes/read.ts';
import {compareVersions, mentionedWikis, readWikiVersions} from '../../../server/client/changes/wiki-versions.ts';
import type {LandedAnswer} from '../../../server/client/contract.ts';
import type {ChangesConfig} from '../../../server/config.ts';
import {changeId, commit, git, nothingLanded, repository, temporaryFolder} from '../../helpers/client-world.ts';

const groups = ['testwikis', 'group0', 'group1'];
const [three, four] = ['1.47.0-wmf.3', '1.47.0-wmf.4'];

const reader = (own: ChangesConfig, more: {cacheDir?: string; named?: string[]} = {}) =>
	changesReader({service: 'app', own, named: [], env: {}, cwd: '/', limits: {remainingMs: () => 60_000}, ...more});

function wikisIn(folder: string, versions: Record<string, string>, lists: Record<string, string>): void {
	mkdirSync(join(folder, 'dblists'), {recursive: true});
	const all = Object.fromEntries(Object.entries(versions).map(([wiki, version]) => [wiki, `php-${version}`]));
	writeFileSync(join(folder, 'wikiversions.json'), JSON.stringify(all));
	for (const [name, text] of Object.entries(lists)) writeFileSync(join(folder, 'dblists', `${name}.dblist`), text);
}

const readIn = (folder: string) => readWikiVersions(join(folder, 'wikiversions.json'), join(folder, 'dblists'), groups);

const usualLists = {
	testwikis: 'testwiki\n',
	group0: '# first\ntestwiki\nmediawikiwiki # docs\n',
	group1: '%% all.dblist - group0.dblist\n',
};
const all = 'testwiki\nmediawikiwiki\ncawiki\nhewiki\n';

test('versions sort as people count them', t => {
	const sorted = ['1.47.0-wmf.10', '1.47.0-wmf.9', '1.46.0-wmf.26', '1.47.0'].sort(compareVersions);
	t.deepEqual(sorted, ['1.46.0-wmf.26', '1.47.0', '1.47.0-wmf.9', '1.47.0-wmf.10']);
});

test('a group runs the version of its wikis, with lists that are computed from others; the test wikis are judged as themselves', t => {
	const folder = temporaryFolder(t);
	wikisIn(folder, {testwiki: four, mediawikiwiki: three, cawiki: three, hewiki: three}, {...usualLists, all});
	const {versions, live, notes, groupOf} = readIn(folder);
	t.deepEqual({...versions}, {testwikis: four, group0: three, group1: three});
	t.deepEqual(live, [four, three]);
	t.deepEqual(notes, []);
	const batch = [
		{id: 'a', repository: 'r', message: 'Enable on cawiki and nowiki\n', paths: [{path: 'conf/hewiki.php', kind: 'added' as const}]},
	];
	t.deepEqual(mentionedWikis(batch, groupOf), {cawiki: 'group1', hewiki: 'group1'});
});

test('a group with wikis on two versions is said, and judged by the one that most run', t => {
	const folder = temporaryFolder(t);
	wikisIn(
		folder,
		{testwiki: four, mediawikiwiki: four, cawiki: three, hewiki: three, dewiki: four},
		{...usualLists, all: `${all}dewiki\n`},
	);
	const {versions, notes} = readIn(folder);
	t.is(versions['group1'], three);
	t.deepEqual(
		notes.map(({text}) => text),
		[`group1 runs ${three} (2 wikis) and ${four} (1 wiki): it is judged by the first`],
	);
});

for (const [what, text] of [
	['no JSON', '{'],
	['a list', '[]'],
	['a version that is none', '{"aawiki": 7}'],
] as const)
	test(`wikiversions.json that is ${what} is a note`, t => {
		const folder = temporaryFolder(t);
		writeFileSync(join(folder, 'wikiversions.json'), text);
		const {versions, notes} = readIn(folder);
		t.deepEqual(versions, {});
		t.regex(notes[0]?.text ?? '', /which group runs which version is not known/);
	});

test('lists that are absent, or that wait for each other, are notes; where all wikis run one version no list is needed', t => {
	const folder = temporaryFolder(t);
	wikisIn(folder, {testwiki: three, cawiki: four}, {group0: '%% group1.dblist\n', group1: '%% group0.dblist\n'});
	t.regex(
		readIn(folder)
			.notes.map(({text}) => text)
			.join('\n'),
		/group1\.dblist cannot be read/,
	);
	wikisIn(folder, {testwiki: three, cawiki: three}, {});
	const {versions, notes} = readIn(folder);
	t.deepEqual([{...versions}, notes], [{testwikis: three, group0: three, group1: three}, []]);
});

/** A stage folder with one extension on each version; the newer one has a commit that the older lacks. */
function stage(folder: string, versions: readonly string[]) {
	const origin = repository(join(folder, 'origin'));
	commit(origin, 'Base', {a: '0\n'});
	const shas: Record<string, string> = {};
	for (const version of versions) {
		shas[version] = commit(origin, `For ${version}\n\nChange-Id: ${changeId(version.slice(-1))}\n`, {
			a: `${version}\n`,
			[`only-${version}`]: 'x',
		});
		const path = join(folder, `php-${version}`, 'extensions', 'Echo');
		git(folder, 'clone', '-q', origin, path);
		git(path, 'checkout', '-q', '-b', `wmf/${version}`);
	}
	const write = () => {
		const of = (version: string) => [{repo: 'mediawiki/extensions/Echo', branch: `wmf/${version}`, commit_ref: head(version)}];
		const file = join(folder, 'deployment-info.json');
		writeFileSync(file, JSON.stringify({common: [], versions: Object.fromEntries(versions.map(version => [version, of(version)]))}));
		return file;
	};
	const echo = (version: string) => join(folder, `php-${version}`, 'extensions', 'Echo');
	const head = (version: string) => git(echo(version), 'rev-parse', 'HEAD');
	return {shas, echo, head, write};
}

test('what nobody runs yet is the next version and no part of the batch; a group that moved has the heads of its new version', async t => {
	const folder = temporaryFolder(t);
	const five = '1.47.0-wmf.5';
	const {shas, echo, head, write} = stage(folder, [three, four, five]);
	wikisIn(folder, {testwiki: four, mediawikiwiki: four, cawiki: three, hewiki: three}, {...usualLists, all});
	const base = head(three);
	commit(echo(three), `Backport\n\nDepends-On: ${changeId('5')}\nDepends-On: ${changeId('4')}\nChange-Id: ${changeId('b')}\n`, {b: '1'});
	const file = write();
	const line = (version: string, sha: string) => ({repository: 'mediawiki/extensions/Echo', branch: `wmf/${version}`, sha});
	const landed: LandedAnswer = {
		...{...nothingLanded('app'), groups, probes: [{repository: 'mediawiki/extensions/Echo', path: `only-${five}`}]},
		// group0 moved to wmf.4 since the ledger heard of it.
		landed: groups.map(group => ({group, ...(group === 'testwikis' ? line(four, head(four)) : line(three, base))})),
		history: groups.map(group => ({group, ...line(three, base), since: '2026-01-01T00:00:00.000Z'})),
	};
	const {changes, beside, landedChanges, known, notes, holdings} = await reader({from: 'deployment-info', file, stageDir: folder}).read(
		landed,
	);
	t.deepEqual(
		changes.map(({subject}) => subject),
		['Backport'],
	);
	t.deepEqual(beside.versions, {testwikis: four, group0: four, group1: three});
	t.deepEqual(beside.heads, [{group: 'group0', ...line(four, shas[four] ?? '')}]);
	t.true(notes.some(({text}) => text.includes(`no wiki runs ${five}`)));
	// wmf.4 has the change, wmf.3 does not.
	const found = landedChanges.filter(({changeId: id}) => id === changeId('4'));
	t.deepEqual(
		found.map(({group}) => group),
		['testwikis', 'group0'],
	);
	t.true(known.every(each => each.changeId !== changeId('b')));
	const next = beside.neighbours?.find(({moment}) => moment === 'next');
	t.like(next, {name: `wmf/${five}`, groups});
	t.deepEqual(next?.heads, [line(five, shas[five] ?? '')]);
	t.deepEqual(next?.holdings, [{group: `wmf/${five}`, repository: 'mediawiki/extensions/Echo', path: `only-${five}`, present: true}]);
	const previous = beside.neighbours?.find(({moment}) => moment === 'previous');
	t.like(previous, {name: `wmf/${three}`, groups: ['testwikis', 'group0']});
	t.true(holdings.length > 0);
});

test('a plain checkout names what comes next by a pattern: the newest that is not live, with what is in it', async t => {
	const folder = temporaryFolder(t);
	const app = repository(join(folder, 'app'));
	commit(app, 'Base', {a: '0'});
	git(app, 'checkout', '-q', '-b', `wmf/${three}`);
	const live = commit(app, `Live\n\nChange-Id: ${changeId('1')}\n`, {a: '1'});
	git(app, 'checkout', '-q', '-b', 'next', 'main');
	commit(app, `Only next\n\nChange-Id: ${changeId('2')}\n`, {n: '1'});
	commit(app, `Live, picked\n\nChange-Id: ${changeId('1')}\n`, {a: '1', z: '2'});
	for (const version of [four, '1.46.0-wmf.20']) git(app, 'update-ref', `refs/remotes/origin/wmf/${version}`, 'next');
	git(app, 'checkout', '-q', `wmf/${three}`);
	commit(app, `New\n\nDepends-On: ${changeId('1')} ${changeId('2')}\n`, {b: '1'});
	const checkout = {path: app, repository: 'app', branch: null, landed: null, groups: [], next: 'refs/remotes/origin/wmf/*'};
	const landed = {
		...nothingLanded('app'),
		groups: ['east'],
		landed: [{group: 'east', repository: 'app', branch: `wmf/${three}`, sha: live}],
	};
	const {beside} = await reader({from: 'git', checkouts: [checkout]}).read(landed);
	t.is(beside.neighbours?.length, 1);
	t.like(beside.neighbours?.[0], {moment: 'next', name: `wmf/${four}`, groups: ['east']});
	t.deepEqual(beside.neighbours?.[0]?.changes.map(({changeId: id}) => id).sort(), [changeId('1'), changeId('2')]);
	t.is(beside.neighbours?.[0]?.missing, undefined);
	const none = await reader({from: 'git', checkouts: [{...checkout, next: 'refs/remotes/origin/rel/*'}]}).read(landed);
	t.regex(none.beside.neighbours?.[0]?.missing ?? '', /matches no ref/);
});

test('before now is where each group was before its last move, with what of the batch stands on what came since', async t => {
	const folder = temporaryFolder(t);
	const app = repository(join(folder, 'app'));
	const old = commit(app, `Old\n\nChange-Id: ${changeId('0')}\n`, {a: '0'});
	const live = commit(app, `Since\n\nChange-Id: ${changeId('1')}\n`, {a: '1'});
	commit(app, `New\n\nDepends-On: ${changeId('0')}\nDepends-On: ${changeId('1')}\n`, {b: '1'});
	const checkout = {path: app, repository: 'app', branch: null, landed: null, groups: []};
	const at = (group: string, sha: string, hour: number) => ({
		group,
		repository: 'app',
		branch: null,
		sha,
		since: `2026-01-01T0${hour}:00:00.000Z`,
	});
	const landed = {
		...{...nothingLanded('app'), groups: ['east', 'west']},
		landed: [at('east', live, 2), at('west', live, 2)],
		history: [at('west', live, 2), at('east', live, 2), at('east', old, 1), at('west', old, 1)],
	};
	const {beside, landedChanges} = await reader({from: 'git', checkouts: [checkout]}).read(landed);
	t.deepEqual(landedChanges.map(({group, changeId: id, source}) => [group, id, source]).sort(), [
		['east', changeId('0'), 'git'],
		['east', changeId('1'), 'git'],
		['west', changeId('0'), 'git'],
		['west', changeId('1'), 'git'],
	]);
	t.is(beside.neighbours?.length, 1);
	t.like(beside.neighbours?.[0], {
		moment: 'previous',
		name: old.slice(0, 10),
		groups: ['east', 'west'],
		heads: [{repository: 'app', sha: old}],
	});
	t.deepEqual(
		beside.neighbours?.[0]?.changes.map(({changeId: id}) => id),
		[changeId('0')],
	);
});

test('lists that are computed from lists of lists are each read once, and one of thousands is not computed', t => {
	const folder = temporaryFolder(t);
	const deep = Object.fromEntries(
		Array.from({length: 6}, (_, index) => [
			`d${index}`,
			`%% ${Array(90)
				.fill(`d${index + 1}.dblist`)
				.join(' + ')}\n`,
		]),
	);
	wikisIn(folder, {testwiki: three, cawiki: four}, {group0: '%% d0.dblist\n', ...deep, d6: 'testwiki\n'});
	t.is(readIn(folder).versions['group0'], three.replace('php-', ''));
	wikisIn(folder, {testwiki: three, cawiki: four}, {group0: `%% ${Array(5000).fill('d6.dblist').join(' + ')}\n`, d6: 'testwiki\n'});
	t.is(readIn(folder).versions['group0'], undefined);
});
