import {spawn} from 'node:child_process';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {Facts} from '../../../gate/facts.ts';
import {detectLinks} from '../../../gate/order/moves/detect.ts';
import {headOf} from '../../../server/client/changes/git.ts';
import {changesReader} from '../../../server/client/changes/read.ts';
import {readTraces} from '../../../server/client/changes/traces.ts';
import type {LandedAnswer} from '../../../server/client/contract.ts';
import {call} from '../../helpers/cli.ts';
import {commit, configure, git, nothingLanded, playService, repository, temporaryFolder} from '../../helpers/client-world.ts';
import {factsWith} from '../../helpers/quiet-day.ts';
import {rawHand} from '../../helpers/store.ts';

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

async function read(folders: readonly string[], landed: LandedAnswer, cacheDir?: string) {
	const checkouts = folders.map(path => ({path, repository: path.split('/').at(-1) ?? '', branch: null, landed: null, groups: []}));
	const reader = changesReader({
		...{service: 'mediawiki', own: {from: 'git' as const, checkouts}, named: [], env: {}, cwd: '/'},
		limits: {remainingMs: () => 60_000},
		...(cacheDir === undefined ? {} : {cacheDir}),
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
	// One commit takes out the file and the name: it mends both links, whichever of them it was found by.
	t.deepEqual(
		links.map(({by, parts}) => [by, parts.some(({change, does}) => does === 'remove' && change === removed.slice(0, 10))]),
		[
			['blob', true],
			['name', true],
		],
	);
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

test('where a shallow clone ends nothing is taken for new', async t => {
	const {cirrus, wikimedia, live, remove} = move2015(t);
	commit(wikimedia, 'It has been there for long', {'modules/search.js': script, 'WikimediaEvents.php': events(searchModule)});
	const shallow = join(temporaryFolder(t), 'WikimediaEvents');
	git(wikimedia, 'clone', '-q', '--depth=1', `file://${wikimedia}`, shallow);
	remove();
	const {links, traces} = await read([shallow, cirrus], landedAt({CirrusSearch: live.CirrusSearch}));
	t.deepEqual(links, []);
	t.true(traces?.unread.some(text => text.includes('the end of a shallow clone')));
});

test('a repository alone costs nothing and links nothing', async t => {
	const {cirrus, live, remove} = move2015(t);
	remove();
	const {traces} = await read([cirrus], landedAt({CirrusSearch: live.CirrusSearch}));
	t.deepEqual(traces, {names: [], uses: [], blobs: [], unread: []});
});

test('the one file that targets have sends the traces, with the patterns that the service tells it', async t => {
	const {cirrus, wikimedia, live, remove, add} = move2015(t);
	remove();
	add();
	const folder = temporaryFolder(t);
	const played = await playService(t, 'mediawiki');
	const patterns = [{name: 'credits', kind: 'credit', path: '*.php', registers: "'name' => '(\\w+)'"}];
	played.landed = landedAt(live, {patterns});
	configure(
		folder,
		`url: ${played.url}\nservices:\n  mediawiki:\n    changes:\n      from: git\n      checkouts:\n        - {path: ${wikimedia}, repository: WikimediaEvents}\n        - {path: ${cirrus}, repository: CirrusSearch}\n`,
	);
	commit(wikimedia, 'Another name', {'Other.php': "<?php\n$x = [ 'name' => 'Others' ];\n"});
	const bundle = join(process.cwd(), 'dist/signalbox-check.cjs');
	const hook = spawn(process.execPath, [bundle, '--service', 'mediawiki', '--stage', 'before'], {
		cwd: folder,
		env: {PATH: process.env['PATH'], HOME: folder},
		stdio: 'ignore',
	});
	t.is(await new Promise(resolve => hook.on('close', resolve)), 0);
	const traces = played.questions[0]?.beside.traces;
	t.true(traces?.names.some(({does, name}) => does === 'registers' && name === 'schema.Search'));
	t.true(traces?.names.some(({does, name}) => does === 'unregisters' && name === 'schema.Search'));
	t.true(traces?.names.some(({kind, name}) => kind === 'credit' && name === 'Others'));
	t.deepEqual(traces?.blobs.map(({does}) => does).sort(), ['enters', 'leaves']);
	t.deepEqual(new Set(traces?.looked?.map(({group, repository: name}) => `${group} ${name}`)).size, 4);
});

test('the traces are among the facts that a verdict is made from, and wake the same links again', async t => {
	const {cirrus, wikimedia, live, remove, add} = move2015(t);
	const folder = temporaryFolder(t);
	configure(
		folder,
		`store: embedded\ndata: data\nservices:\n  mediawiki:\n    groups: [group0, group1]\n    changes:\n      from: git\n      checkouts:\n` +
			`        - {path: ${wikimedia}, repository: WikimediaEvents, landed: ${live.WikimediaEvents}}\n        - {path: ${cirrus}, repository: CirrusSearch, landed: ${live.CirrusSearch}}\n`,
	);
	add();
	remove();
	const checked = await call(['check', '--config', join(folder, 'signalbox.yaml'), '--service', 'mediawiki', '--stage', 'before'], folder, {
		HOME: folder,
	});
	t.true([0, 1, 4].includes(checked.code), checked.stderr);
	const [row] = await rawHand(t, join(folder, 'data', 'signalbox.sqlite'))('verdicts').select('facts');
	const facts = JSON.parse(row.facts) as Facts;
	t.deepEqual(
		detectLinks(facts).map(({name}) => name),
		[`the file search.js (${script.length} bytes)`, 'module schema.Search'],
	);
	const ordered = await call(['order', '--service', 'mediawiki', '--json'], folder, {HOME: folder});
	t.true(Array.isArray(JSON.parse(ordered.stdout).order), ordered.stderr);
});

test('what was found is kept, and counts only while every ref, what is live and the patterns are the same', async t => {
	const {cirrus, wikimedia, live, add, remove} = move2015(t);
	add();
	const cacheDir = temporaryFolder(t);
	const first = await read([wikimedia, cirrus], landedAt(live), cacheDir);
	const [file] = readdirSync(cacheDir).filter(name => name.startsWith('traces-'));
	const kept = join(cacheDir, file ?? '');
	// What is kept is what is answered: a mark put into it comes back.
	const mark = () => writeFileSync(kept, readFileSync(kept, 'utf8').replaceAll('schema.Search', 'schema.Marked'));
	mark();
	t.deepEqual(
		(await read([wikimedia, cirrus], landedAt(live), cacheDir)).links.map(({name}) => name),
		['module schema.Marked'],
	);
	for (const damage of ['', '{', '[]', '{"key": 1}']) {
		writeFileSync(kept, damage);
		t.deepEqual((await read([wikimedia, cirrus], landedAt(live), cacheDir)).links, first.links);
	}
	mark();
	git(cirrus, 'checkout', '-q', '-b', 'side');
	remove();
	git(cirrus, 'checkout', '-q', 'main');
	t.is((await read([wikimedia, cirrus], landedAt(live), cacheDir)).links.length, 2, 'a new commit on another ref was passed over');
});

test('without time nothing is claimed, and what was not looked at is said', async t => {
	const {cirrus, wikimedia, live, remove, add} = move2015(t);
	remove();
	add();
	const patient = {remainingMs: () => 60_000};
	const places = await Promise.all(
		[cirrus, wikimedia].map(async path => {
			const name = path.split('/').at(-1) ?? '';
			const head = await headOf(path, patient);
			return {head, repository: name, branch: null, landed: landedAt(live).landed.filter(each => each.repository === name)};
		}),
	);
	const {reading} = await read([wikimedia, cirrus], landedAt(live));
	const question = {places, changes: reading.changes, known: [], patterns: []};
	const {traces, known} = await readTraces(question, {remainingMs: () => 0});
	t.deepEqual([traces.names, traces.uses, traces.looked, known], [[], [], [], []]);
	t.true(traces.unread.length > 0);
});
