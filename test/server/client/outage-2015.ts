/**
 * The outage of 2015-10-26 in each of its forms, on real repositories and through the shipped command: by a record of the policy, by a footer,
 * and by nothing but what the changes do. The forms differ in what was merged and in what was live.
 */
import {cpSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import type {Verdict} from '../../../gate/verdict.ts';
import {call} from '../../helpers/cli.ts';
import {commit, git, repository, temporaryFolder} from '../../helpers/client-world.ts';
import {start} from '../../helpers/processes.ts';
import {usualService} from '../../helpers/service.ts';

const removalId = 'I46d3784514155af27b407d78be567c291042fa86';
const again = 'I5ec0d0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0';
const script = `( function ( mw, $ ) {\n${'\tmw.track( "search" );\n'.repeat(60)}}( mediaWiki, jQuery ) );\n`;
const oldPath = 'resources/loggingSchema/search.js';
const newPath = 'modules/ext.wikimediaEvents.search.js';
const hooks = (body: string) => `<?php\nclass Hooks {\n${body}}\n`;
const registering =
	"\tpublic static function onEventLoggingRegisterSchemas( array &$schemas ) {\n\t\t$schemas['Search'] = 12057910;\n\t}\n";
const module = `<?php\n$wgResourceModules['schema.Search'] = array(\n\t'class' => 'ResourceLoaderSchemaModule',\n\t'schema' => 'Search',\n);\n`;

type Place = {
	readonly folder: string;
	/** CirrusSearch, the old owner, and WikimediaEvents, the new one. */
	readonly old: string;
	readonly fresh: string;
	remove(changeId?: string): string;
	restore(): string;
	add(): string;
	live(repository: 'old' | 'fresh'): void;
};

/** Both repositories as they were live before the move; built once, copied for each form. */
function built(folder: string): string {
	const old = repository(join(folder, 'CirrusSearch'));
	commit(old, 'Base\n', {
		'CirrusSearch.php': `<?php\n$wgHooks['EventLoggingRegisterSchemas'][] = 'CirrusSearch\\Hooks::onEventLoggingRegisterSchemas';\n`,
		'includes/Hooks.php': hooks(registering),
		[oldPath]: script,
	});
	const fresh = repository(join(folder, 'WikimediaEvents'));
	commit(fresh, 'Base\n', {'WikimediaEvents.php': '<?php\n'});
	for (const each of [old, fresh]) git(each, 'tag', 'live');
	return folder;
}

function placeIn(folder: string, footer: string): Place {
	cpSync(base, folder, {recursive: true});
	const [old, fresh] = [join(folder, 'CirrusSearch'), join(folder, 'WikimediaEvents')];
	return {
		...{folder, old, fresh},
		remove: (changeId = removalId) =>
			commit(
				old,
				`Remove loggingSchema/search.js\n\nThis is being moved to WikimediaEvents repository in Ie486d5eb9\n\nChange-Id: ${changeId}\n`,
				{'CirrusSearch.php': '<?php\n', 'includes/Hooks.php': hooks(''), [oldPath]: null},
			),
		restore() {
			git(old, 'revert', '--no-edit', 'HEAD');
			return git(old, 'rev-parse', 'HEAD');
		},
		add: () =>
			commit(fresh, `Move Schema:Search from CirrusSearch\n\n${footer}Change-Id: I90d5c30a${'0'.repeat(32)}\n`, {
				'WikimediaEvents.php': module,
				[newPath]: script,
			}),
		live(name) {
			git(name === 'old' ? old : fresh, 'tag', '-f', 'live');
		},
	};
}

const base = built(mkdtempSync(join(tmpdir(), 'signalbox-2015-')));
test.after.always(() => rmSync(base, {recursive: true, force: true}));

type Form = {
	readonly name: string;
	readonly outcome: 'go' | 'hold';
	/** The repository that goes out first. */
	readonly first: 'CirrusSearch' | 'WikimediaEvents';
	set(place: Place): void;
};

const forms: readonly Form[] = [
	{
		...{name: 'the wrong order', outcome: 'hold', first: 'WikimediaEvents'},
		set(place) {
			place.remove();
			place.add();
		},
	},
	{
		...{name: 'the right order', outcome: 'go', first: 'CirrusSearch'},
		set(place) {
			place.remove();
			place.add();
		},
	},
	{
		...{name: 'the removal merged but not landed', outcome: 'hold', first: 'CirrusSearch'},
		set(place) {
			git(place.old, 'branch', 'wmf/1.27.0-wmf.3');
			place.remove();
			git(place.old, 'checkout', '-q', 'wmf/1.27.0-wmf.3');
			place.add();
		},
	},
	{
		...{name: 'the removal landed, then reverted', outcome: 'hold', first: 'CirrusSearch'},
		set(place) {
			place.remove();
			place.restore();
			place.live('old');
			place.add();
		},
	},
	{
		...{name: 'the removal reverted, then landed again under a new Change-Id', outcome: 'go', first: 'CirrusSearch'},
		set(place) {
			place.remove();
			place.restore();
			place.remove(again);
			place.live('old');
			place.add();
		},
	},
	{
		...{name: 'the removal landed, and its revert reverted', outcome: 'go', first: 'CirrusSearch'},
		set(place) {
			place.remove();
			place.restore();
			place.restore();
			place.live('old');
			place.add();
		},
	},
	{...{name: 'the addition only', outcome: 'hold', first: 'CirrusSearch'}, set: place => void place.add()},
	{
		...{name: 'the removal live already', outcome: 'go', first: 'CirrusSearch'},
		set(place) {
			place.remove();
			place.live('old');
			place.add();
		},
	},
];

const record = {
	...{name: 'search schema', old_repository: 'CirrusSearch', old_path: oldPath},
	...{new_repository: 'WikimediaEvents', new_path: newPath},
};
/** What may know of the link: each alone. */
const sources = {
	'a record of the policy': {limits: {exclusive: [record], detected: 'off'}, footer: ''},
	'a footer': {limits: {detected: 'off'}, footer: `Depends-On: ${removalId}\n`},
	'nothing that anybody declared': {limits: {detected: 'hold'}, footer: ''},
};

/** Writes the configuration: which repository goes out first, and what the policy says. */
function configure({folder}: Place, first: Form['first'], limits: object): void {
	const second = first === 'CirrusSearch' ? 'WikimediaEvents' : 'CirrusSearch';
	const checkouts = [first, second].map(name => ({path: name, repository: name, landed: 'refs/tags/live'}));
	const rules = {'canary-errors': 'off', 'signals-alive': 'off', 'patch-order': limits};
	const service = {...usualService, changes: {from: 'git', checkouts}, policy: {rules}};
	writeFileSync(join(folder, 'signalbox.yaml'), JSON.stringify({store: 'embedded', data: 'data', services: {mediawiki: service}}));
}

const aboutOrder = ({findings}: Verdict) => findings.filter(({rule}) => rule === 'patch-order').map(({because}) => because);

for (const [source, {limits, footer}] of Object.entries(sources))
	test(`the outage of 2015, known by ${source}`, async t => {
		for (const [index, form] of forms.entries()) {
			const place = placeIn(join(temporaryFolder(t), `form-${index}`), footer);
			form.set(place);
			configure(place, form.first, limits);
			const env = {PATH: process.env['PATH'] ?? '', HOME: place.folder};
			// A footer names a change: where nothing here has that one, nobody can tell, and that does not pass either.
			const isBlind = footer !== '' && form.name === 'the addition only';
			const exit = isBlind ? 4 : form.outcome === 'go' ? 0 : 1;
			const verdict = isBlind ? 'blind' : form.outcome;
			const ordered = await call(['order', '--service', 'mediawiki', '--json'], place.folder, env);
			const explained = JSON.parse(ordered.stdout) as {verdict: Verdict};
			t.is(explained.verdict.verdict, verdict, `order: ${form.name}\n${aboutOrder(explained.verdict).join('\n')}`);
			// What people read is what the hook decides by; a process of its own for each would cost more than it tells.
			if (footer !== '' || source === 'a record of the policy') continue;
			const checked = await start(t, ['check', '--service', 'mediawiki', '--stage', 'before', '--json'], {folder: place.folder, env}).done;
			t.is(checked.code, exit, `check: ${form.name}\n${checked.stdout}${checked.stderr}`);
			const answer = JSON.parse(checked.stdout) as Verdict;
			t.deepEqual(aboutOrder(answer), aboutOrder(explained.verdict), form.name);
		}
	});
