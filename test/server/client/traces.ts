import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {detectLinks} from '../../../gate/order/moves/detect.ts';
import {changesReader} from '../../../server/client/changes/read.ts';
import type {LandedAnswer} from '../../../server/client/contract.ts';
import {commit, git, nothingLanded, repository, temporaryFolder} from '../../helpers/client-world.ts';
import {factsWith} from '../../helpers/quiet-day.ts';

const hooks = (body: string) =>
	`<?php\nclass Hooks {\n\tpublic static function onEventLoggingRegisterSchemas( &$schemas ) {\n${body}\t}\n}\n`;
const script = `( function ( mw, $ ) {\n\t// Logs what people do with the results of a search.\n\t${'mw.track( "search" ); '.repeat(10)}\n}( mediaWiki, jQuery ) );\n`;
const events = (modules: string) => `<?php\n$wgExtensionCredits['other'][] = array( 'name' => 'Events' );\n${modules}`;
const searchModule = `$wgResourceModules['schema.Search'] = array(\n\t'class' => 'ResourceLoaderSchemaModule',\n\t'schema' => 'Search',\n);\n`;

/** Two repositories as they were live on that day, and the move: out of the one, into the other. */
function move2015(t: ExecutionContext) {
	const folder = temporaryFolder(t);
	const cirrus = repository(join(folder, 'CirrusSearch'));
	const wikimedia = repository(join(folder, 'WikimediaEvents'));
	const live = {
		CirrusSearch: commit(cirrus, 'Base', {
			'includes/Hooks.php': hooks("\t\t$schemas['Search'] = 12057910;\n"),
			'resources/loggingSchema/search.js': script,
		}),
		WikimediaEvents: commit(wikimedia, 'Base', {'WikimediaEvents.php': events('')}),
	};
	const remove = () =>
		commit(cirrus, 'Remove loggingSchema/search.js', {'includes/Hooks.php': hooks(''), 'resources/loggingSchema/search.js': null});
	const add = () =>
		commit(wikimedia, 'Move Schema:Search from CirrusSearch', {
			'WikimediaEvents.php': events(searchModule),
			'modules/ext.wikimediaEvents.search.js': script,
		});
	return {cirrus, wikimedia, live, remove, add};
}

const groups = ['group0', 'group1'];
const landedAt = (heads: Record<string, string>, more: Partial<LandedAnswer> = {}): LandedAnswer => ({
	...nothingLanded('mediawiki'),
	groups,
	landed: Object.entries(heads).flatMap(([name, sha]) => groups.map(group => ({group, repository: name, branch: null, sha}))),
	...more,
});

async function read(folders: readonly string[], landed: LandedAnswer, remainingMs = 60_000) {
	const checkouts = folders.map(path => ({path, repository: path.split('/').at(-1) ?? '', branch: null, landed: null, groups: []}));
	const reader = changesReader({
		...{service: 'mediawiki', own: {from: 'git' as const, checkouts}, named: [], env: {}, cwd: '/'},
		limits: {remainingMs: () => remainingMs},
	});
	const reading = await reader.read(landed);
	const facts = factsWith({
		groups,
		batch: {changes: reading.changes, targets: reading.targets, atomic: false, rollback: 'no'},
		known: reading.known,
		...(reading.beside.traces === undefined ? {} : {traces: reading.beside.traces}),
	});
	return {reading, traces: reading.beside.traces, links: detectLinks(facts)};
}

test('the move of 2015 is seen without a footer: one file, one module built by a prefix', async t => {
	const {cirrus, wikimedia, live, remove, add} = move2015(t);
	const [added, removed] = [add(), remove()];
	const {links, traces} = await read([wikimedia, cirrus], landedAt(live));
	t.deepEqual(
		links.map(({kind, by, name}) => [kind, by, name]),
		[
			['exclusive', 'blob', `the file search.js (${script.length} bytes)`],
			['exclusive', 'name', 'module schema.Search'],
		],
	);
	for (const link of links) {
		t.deepEqual(
			link.parts.map(({change, does}) => [change, does]).sort(),
			[
				[removed.slice(0, 10), 'remove'],
				[added.slice(0, 10), 'trigger'],
			].sort(),
		);
		t.deepEqual(link.presence, {group0: 'present', group1: 'present'});
		t.is(link.owner.repository, 'CirrusSearch');
		t.is(link.trigger.repository, 'WikimediaEvents');
	}
	const evidence = links[1]?.evidence.map(({label}) => label).join('\n') ?? '';
	t.true(evidence.includes(`CirrusSearch ${removed.slice(0, 10)}, includes/Hooks.php:4`));
	t.true(evidence.includes(`WikimediaEvents ${added.slice(0, 10)}, WikimediaEvents.php:3`));
	t.deepEqual(traces?.unread, []);
});

test('a removal that is merged on another branch and not live is found, and becomes a known change', async t => {
	const {cirrus, wikimedia, live, remove, add} = move2015(t);
	git(cirrus, 'checkout', '-q', '-b', 'wmf');
	git(cirrus, 'checkout', '-q', 'main');
	const removed = remove();
	git(cirrus, 'checkout', '-q', 'wmf');
	add();
	const {links, reading} = await read([wikimedia, cirrus], landedAt(live));
	t.true(reading.known.some(({sha, branch}) => sha === removed && branch === 'main'));
	t.deepEqual(
		new Set(links.flatMap(({parts}) => parts.filter(({does}) => does === 'remove').map(({change}) => change))),
		new Set([removed.slice(0, 10)]),
	);
	t.true(links.every(({presence}) => presence['group0'] === 'present'));
});

test('the addition alone, with the old owner still live, is seen by the name', async t => {
	const {cirrus, wikimedia, live, add} = move2015(t);
	add();
	const {links} = await read([wikimedia, cirrus], landedAt(live));
	t.deepEqual(
		links.map(({name, presence}) => [name, presence]),
		[['module schema.Search', {group0: 'present', group1: 'present'}]],
	);
});

test('with the removal live already, nothing stands in the way', async t => {
	const {cirrus, wikimedia, live, remove, add} = move2015(t);
	const removed = remove();
	add();
	const {links} = await read([wikimedia, cirrus], landedAt({...live, CirrusSearch: removed}));
	t.deepEqual(links, []);
});

test('a file that only goes to another place of its repository is no link', async t => {
	const {cirrus, wikimedia, live} = move2015(t);
	commit(cirrus, 'Move it', {'resources/loggingSchema/search.js': null, 'resources/search.js': script});
	commit(wikimedia, 'Something else', {'a.txt': 'a'});
	t.deepEqual((await read([wikimedia, cirrus], landedAt(live))).links, []);
});

test('dotfiles and small files are no links', async t => {
	const {cirrus, wikimedia} = move2015(t);
	const small = 'x'.repeat(99);
	const live = {
		CirrusSearch: commit(cirrus, 'Files', {'.jshintrc': script, 'small.js': small}),
		WikimediaEvents: git(wikimedia, 'rev-parse', 'HEAD'),
	};
	commit(cirrus, 'Out', {'.jshintrc': null, 'small.js': null});
	commit(wikimedia, 'In', {'.jshintrc': script, 'small.js': small});
	t.deepEqual((await read([wikimedia, cirrus], landedAt(live))).links, []);
});

test('a setting that goes while the code of another repository still reads it is a drain', async t => {
	const folder = temporaryFolder(t);
	const [config, echo] = [repository(join(folder, 'mediawiki-config')), repository(join(folder, 'Echo'))];
	const setting = (lines: string) => `<?php\n$wgConf->settings = [\n${lines}];\n`;
	const live = {
		'mediawiki-config': commit(config, 'Base', {
			'wmf-config/InitialiseSettings.php': setting("\t'wgEchoBundle' => [ 'default' => true ],\n"),
		}),
		Echo: commit(echo, 'Base', {'includes/Hooks.php': "<?php\nfunction f() {\n\treturn $config->get( 'EchoBundle' );\n}\n"}),
	};
	commit(config, 'Remove wgEchoBundle', {'wmf-config/InitialiseSettings.php': setting('')});
	const alone = await read([config, echo], landedAt(live));
	t.deepEqual(
		alone.links.map(({kind, name, owner, presence}) => ({kind, name, owner, presence})),
		[
			{
				kind: 'drain',
				name: 'setting wgEchoBundle',
				owner: {repository: 'Echo', path: 'includes/Hooks.php'},
				presence: {group0: 'present', group1: 'present'},
			},
		],
	);
	t.true(alone.links[0]?.evidence.some(({label}) => label.includes('includes/Hooks.php:3')));
	const stops = commit(echo, 'Do not read wgEchoBundle', {'includes/Hooks.php': '<?php\nfunction f() {\n\treturn true;\n}\n'});
	const both = await read([config, echo], landedAt(live));
	t.deepEqual(
		both.links[0]?.parts.filter(({does}) => does === 'remove').map(({change}) => change),
		[stops.slice(0, 10)],
	);
});

test('a team names its own framework in its policy', async t => {
	const folder = temporaryFolder(t);
	const [one, two] = [repository(join(folder, 'billing')), repository(join(folder, 'orders'))];
	const live = {
		billing: commit(one, 'Base', {'jobs/all.rb': "schedule 'invoice-mail', every: 1.day\n"}),
		orders: commit(two, 'Base', {a: '1'}),
	};
	commit(two, 'Take over', {'jobs/all.rb': "schedule 'invoice-mail', every: 1.day\n"});
	const patterns = [{name: 'jobs', kind: 'scheduled job', path: 'jobs/*.rb', registers: "^schedule '([\\w-]+)'"}];
	t.deepEqual((await read([two, one], landedAt(live))).links, []);
	const {links, traces} = await read(
		[two, one],
		landedAt(live, {patterns: [...patterns, {name: 'wrong', kind: 'x', path: 'x', registers: 'a(b'}]}),
	);
	t.deepEqual(
		links.map(({name}) => name),
		['scheduled job invoice-mail'],
	);
	t.true(traces?.unread.some(text => text.includes('«wrong»')));
});

test('without time nothing is claimed, and what was not looked at is said', async t => {
	const {cirrus, wikimedia, live, remove, add} = move2015(t);
	remove();
	add();
	let calls = 0;
	const checkouts = [cirrus, wikimedia].map(path => ({
		path,
		repository: path.split('/').at(-1) ?? '',
		branch: null,
		landed: null,
		groups: [],
	}));
	const reader = changesReader({
		...{service: 'mediawiki', own: {from: 'git' as const, checkouts}, named: [], env: {}, cwd: '/'},
		// Enough for the batch itself, and nothing for the rest.
		limits: {remainingMs: () => (calls++ < 12 ? 60_000 : 0)},
	});
	const {beside} = await reader.read(landedAt(live));
	t.true((beside.traces?.unread.length ?? 0) > 0);
	t.deepEqual(beside.traces?.looked, []);
});
