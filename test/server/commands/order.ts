/** `signalbox order` on real git checkouts, and its words at 80 columns. */
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import type {OrderExplained} from '../../../gate/order/explained.ts';
import type {Verdict} from '../../../gate/verdict.ts';
import {orderLines} from '../../../server/order-lines.ts';
import {pasted, wrapped} from '../../../server/order-text.ts';
import {call} from '../../helpers/cli.ts';
import {changeId, commit, git, repository} from '../../helpers/client-world.ts';
import {explainedFifty, explainedFive} from '../../helpers/order-samples.ts';
import {temporaryFolder, usualService} from '../../helpers/service.ts';

type Place = {
	readonly folder: string;
	readonly base: Record<'app' | 'lib', string>;
	readonly order: (...argv: string[]) => ReturnType<typeof call>;
};

/** A store of its own and two checkouts, `app` and `lib`, both on the branch `live`. */
function place(t: ExecutionContext): Place {
	const folder = temporaryFolder(t);
	const base = {app: '', lib: ''};
	for (const name of ['app', 'lib'] as const) {
		const at = repository(path.join(folder, name));
		base[name] = commit(at, `Base of ${name}`, {base: name});
		git(at, 'branch', '-M', 'live');
	}
	const checkouts = (['app', 'lib'] as const).map(name => ({path: name, repository: name}));
	const config = {store: 'embedded', data: 'data', services: {app: {...usualService, changes: {from: 'git', checkouts}}}};
	writeFileSync(path.join(folder, 'signalbox.yaml'), JSON.stringify(config));
	const env = {PATH: process.env['PATH'] ?? '', HOME: folder};
	return {folder, base, order: (...argv) => call(['order', '--service', 'app', ...argv], folder, env)};
}

const needs = (digit: string): string => `Use the table\n\nDepends-On: ${changeId(digit)}\n`;
const fits = (text: string): string[] => text.split('\n').filter(line => line.length > 80 && !/\b[0-9a-f]{40}\b|https?:/.test(line));

test('an order that works is said to work, with how many dependencies were found, and ends with 0', async t => {
	const {folder, order} = place(t);
	const one = commit(path.join(folder, 'app'), 'Change a colour\n', {a: '1'});
	const {code, stdout} = await order(one.slice(0, 10));
	t.is(code, 0);
	t.regex(stdout, /^The order works\.\n\n {2}1 {2}app [0-9a-f]{7} {2}Change a colour\n/);
	t.regex(stdout, /0 dependencies found\./);
	t.deepEqual(fits(stdout), []);
});

test('a wrong order is put right: what moved, which line asks for it, and the order to give', async t => {
	const {folder, order} = place(t);
	const provider = commit(path.join(folder, 'lib'), `Add the table\n\nChange-Id: ${changeId('e')}\n`, {table: '1'}).slice(0, 10);
	const reader = commit(path.join(folder, 'app'), needs('e'), {a: '1'}).slice(0, 10);
	const {code, stdout} = await order(reader, provider);
	t.is(code, 0);
	t.regex(stdout, /^This order works: 1 change in another place\.\n/);
	t.true(stdout.indexOf(`1  lib ${provider.slice(0, 7)}`) < stdout.indexOf(`2  app ${reader.slice(0, 7)}`));
	t.true(stdout.includes(`signalbox order --service app ${provider} ${reader}\n`));
	t.regex(stdout, /line 3: Depends-On:/);
	t.is((await order(provider, reader)).code, 0);
	t.deepEqual(fits(stdout), []);
});

test('what is merged elsewhere and live nowhere is to be added: where it is not, and the command that brings it', async t => {
	const {folder, order} = place(t);
	const lib = path.join(folder, 'lib');
	git(lib, 'checkout', '-q', '-b', 'main');
	const provider = commit(lib, `Add the table\n\nChange-Id: ${changeId('e')}\n`, {table: '1'});
	git(lib, 'checkout', '-q', 'live');
	const reader = commit(path.join(folder, 'app'), needs('e'), {a: '1'}).slice(0, 10);
	const {code, stdout} = await order(reader);
	t.is(code, 0);
	t.regex(stdout, /^This order works: 1 to be added\.\n/);
	t.regex(stdout, /\+ to be added: not live on any group/);
	t.true(stdout.includes(`git cherry-pick ${provider}\n`));
	t.regex(stdout, /HOLD {4}app [0-9a-f]{7} must come after lib [0-9a-f]{7}, merged but not live/);
	t.regex(stdout, /all 3 groups {2}merged on main, not live/);
	t.regex(
		stdout,
		/A deployer or an admin may let it pass[^\n]*\n[^\n]*\n {2}signalbox allow --service app --rule patch-order --for 30m --reason TEXT/,
	);
	t.regex(stdout, /Recorded on the timeline: who, when, the reason and until when\./);
	t.deepEqual(fits(stdout), []);
});

test('a ring has no order and ends with 1; what cannot be seen ends with 4', async t => {
	const {folder, order} = place(t);
	const app = path.join(folder, 'app');
	const one = commit(app, `One\n\nDepends-On: ${changeId('e')}\nChange-Id: ${changeId('d')}\n`, {a: '1'}).slice(0, 10);
	const two = commit(app, `Two\n\nDepends-On: ${changeId('d')}\nChange-Id: ${changeId('e')}\n`, {a: '2'}).slice(0, 10);
	const ring = await order(one, two);
	t.is(ring.code, 1);
	t.regex(ring.stdout, /^Hold: no order works, 2 changes wait for each other in a ring\.\n/);
	t.regex(ring.stdout, /Ring: app \w{7} -> app \w{7} -> app \w{7}/);
	const lost = commit(app, needs('c'), {a: '3'}).slice(0, 10);
	const unseen = await order(lost);
	t.is(unseen.code, 4);
	t.regex(unseen.stdout, /^It cannot be told: app \w{7} depends on Ic{8}/);
	t.regex(unseen.stdout, /Footers, 0 plain and these:\n {2}app \w{7}, line 3: Depends-On: Ic{40}\n {4}unresolved/);
});

test('--group limits what is judged and is named, and one that is not there is answered with the nearest', async t => {
	const {folder, order} = place(t);
	const lib = path.join(folder, 'lib');
	git(lib, 'checkout', '-q', '-b', 'main');
	commit(lib, `Add the table\n\nChange-Id: ${changeId('e')}\n`, {table: '1'});
	git(lib, 'checkout', '-q', 'live');
	const reader = commit(path.join(folder, 'app'), needs('e'), {a: '1'}).slice(0, 10);
	const {stdout} = await order('--group', 'canary', '--group', 'test', reader);
	t.regex(stdout, /\+ to be added: not live on any group/);
	t.regex(stdout, /judged for canary, test\s+alone\./);
	t.regex(stdout, /signalbox order --service app --group canary --group test/);
	const json = JSON.parse((await order('--group', 'canary', '--json', reader)).stdout) as OrderExplained;
	t.deepEqual(json.missing[0]?.groups, ['canary']);
	const wrong = await order('--group', 'canari', reader);
	t.is(wrong.code, 2);
	t.regex(wrong.stderr, /has no group "canari"\. Did you mean canary\? Its groups are: test, canary, default\./);
});

test('--json prints the plan, the answer and the verdict as one object of ASCII', async t => {
	const {folder, order} = place(t);
	const one = commit(path.join(folder, 'app'), 'Änder die Farbe\n', {a: '1'}).slice(0, 10);
	const {stdout} = await order('--json', one);
	t.notRegex(stdout, /[^\n\x20-\x7e]/);
	const answer = JSON.parse(stdout) as OrderExplained & {answer: string; verdict: Verdict};
	t.is(answer.answer, 'as-given');
	t.is(answer.verdict.verdict, 'go');
	t.deepEqual(answer.order, [one]);
	t.is(answer.nodes[0]?.subject, 'Änder die Farbe');
});

const verdict: Verdict = {verdict: 'hold', stage: 'before', at: '2015-10-26T15:12:45.000Z', findings: [], undecided: false};
const said = (explained: OrderExplained, colour = false): string[] =>
	orderLines({explained, verdict, subjects: {}}, {service: 'mediawiki', groups: [], colour}).lines;

test('the outage of 2015, read aloud at 80 columns', t => {
	t.deepEqual(said(explainedFive).slice(0, 36), [
		'This order works: 1 change in another place, 1 to be added.',
		'',
		'  1  WikimediaEvents df13d6d   Rename search.js -> searchSatisfaction.js',
		'  2  CirrusSearch aaf6372      Remove loggingSchema/search.js',
		'     + to be added: not live on group1, group2',
		'  3  WikimediaEvents c0fd944   Move Schema:Search from CirrusSearch',
		'  4  WikimediaEvents f793b13   Refactor search.js to only load deps for users...',
		'  5  mediawiki-config 9c4a7f0  Add $wgSearchSatisfactionSampling  (was 5)',
		'  6  mediawiki-config 5b2e8d1  Enable search satisfaction logging on all wikis',
		'  5 changes given, 2 dependencies found.',
		'',
		'To be added:',
		'  on wmf/1.27.0-wmf.3 of CirrusSearch:',
		'    git cherry-pick aaf6372edce473a1da47f94967cb2dbe80def4d6',
		'',
		'The order to give:',
		'  signalbox order --service mediawiki df13d6d aaf6372 c0fd944 f793b13 9c4a7f0 \\',
		'    5b2e8d1',
		'',
		'Why not as given:',
		'  HOLD    WikimediaEvents c0fd944 must come after CirrusSearch aaf6372, merged',
		'          but not live on group1, group2.',
		'     link: exclusive rule schema-search: resources/loggingSchema/search.js must',
		'       be out of CirrusSearch before modules/ext.wikimediaEvents.search.js comes',
		'       into WikimediaEvents',
		'     group1, group2: CirrusSearch is at 841f933 on wmf/1.27.0-wmf.3',
		'     WikimediaEvents c0fd944  Move Schema:Search from CirrusSearch (given 2nd)',
		'       all 4 groups  not live yet',
		'     CirrusSearch aaf6372  Remove loggingSchema/search.js',
		'       testwikis, group0  live since 2015-10-13 19:48:00',
		'       group1, group2     merged on master, not live',
		'     mend: On wmf/1.27.0-wmf.3 of CirrusSearch:',
		'             git cherry-pick aaf6372edce473a1da47f94967cb2dbe80def4d6',
		'           deploy before c0fd944.',
		'',
		'  HOLD    mediawiki-config 5b2e8d1 must come after mediawiki-config 9c4a7f0,',
	]);
});

test('fifty changes stay within 80 columns and 200 lines', t => {
	const lines = said(explainedFifty);
	t.deepEqual(fits(lines.join('\n')), []);
	t.true(lines.length < 200, `${lines.length} lines`);
});

const escapeSign = '\u001b';

test('colour is only where it was asked for, and steers nothing else', t => {
	t.false(said(explainedFive).join('\n').includes(escapeSign));
	const coloured = said(explainedFive, true).join('\n');
	t.true(coloured.startsWith(`${escapeSign}[33mThis order works${escapeSign}[0m: `));
	t.is(coloured.replaceAll(new RegExp(`${escapeSign}\\[[\\d;]+m`, 'g'), ''), said(explainedFive).join('\n'));
	const [node] = explainedFive.nodes;
	const hostile = {
		...explainedFive,
		nodes: explainedFive.nodes.map(each => (each === node ? {...each, subject: 'red \u001b[31m and \u0007 bell\nand a line'} : each)),
	};
	t.notRegex(said(hostile).join('\n'), /[^\P{Cc}\n]/u);
});

test('wrapped text keeps every word in its order, and breaks none', t => {
	fc.assert(
		fc.property(fc.array(fc.stringMatching(/^[a-z]{1,90}$/), {minLength: 1, maxLength: 40}), fc.nat({max: 20}), (words, indent) => {
			const lines = wrapped(words.join(' '), ' '.repeat(indent));
			t.deepEqual(lines.join(' ').trim().split(/ +/), words);
			for (const line of lines) t.true(line.length <= 80 || line.trim().split(' ').length === 1);
		}),
	);
});

test('a command is pasted whole: continued by backslashes, an option beside its value, and quoted where a shell needs it', t => {
	fc.assert(
		fc.property(fc.array(fc.stringMatching(/^[a-z0-9]{1,30}$/), {minLength: 1, maxLength: 60}), words => {
			const command = ['signalbox', 'order', '--service', 'app', ...words];
			const lines = pasted(command, 2);
			t.is(lines.map(line => line.replace(/ \\$/, '').trim()).join(' '), command.join(' '));
			for (const line of lines.slice(0, -1)) t.true(line.endsWith(' \\') && line.length <= 80);
		}),
	);
});

test('a ring of a thousand is begun, counted and closed, and thousands of changes are no more lines than a person scrolls', t => {
	const ids = Array.from({length: 3000}, (_, index) => `c${index}`);
	const [node] = explainedFive.nodes;
	if (node === undefined) return t.fail('the sample has no change');
	const nodes = ids.map(id => ({...node, id, sha: null, changeId: null, where: 'batch' as const}));
	const huge: OrderExplained = {
		...explainedFive,
		order: ids,
		complete: ids,
		works: false,
		missing: [],
		problems: [],
		edges: [],
		rings: [ids.slice(0, 1000)],
		nodes,
	};
	const lines = said(huge);
	t.true(lines.length < 330, `${lines.length} lines`);
	t.true(lines.join(' ').replaceAll(/ +/g, ' ').includes('994 more -> WikimediaEvents c0'));
	t.regex(lines.join('\n'), /and 2700 more; --json prints them all/);
});

test('what was noticed while reading is printed: a path of the policy that matches nothing, and what rides along last', async t => {
	const {folder, order} = place(t);
	const file = path.join(folder, 'signalbox.yaml');
	const config = JSON.parse(readFileSync(file, 'utf8')) as {services: {app: {policy?: object; changes: {checkouts: object[]}}}};
	const record = {name: 'schema', old_repository: 'lib', old_path: 'libb/**', new_repository: 'app', new_path: 'a'};
	config.services.app.policy = {rules: {'patch-order': {exclusive: [record]}}};
	config.services.app.changes.checkouts = config.services.app.changes.checkouts.map(each => ({...each, landed: 'refs/tags/live'}));
	writeFileSync(file, JSON.stringify(config));
	for (const name of ['app', 'lib']) git(path.join(folder, name), 'tag', 'live');
	const one = commit(path.join(folder, 'app'), 'Change a colour\n', {a: '1'}).slice(0, 10);
	const other = commit(path.join(folder, 'app'), 'Change another\n', {b: '1'}).slice(0, 10);
	const {code, stdout} = await order(one);
	t.is(code, 0, stdout);
	t.regex(stdout, /Noticed while reading:\n {2}lib: the policy names libb\/\*\* of lib, which matches nothing here:/);
	t.true(stdout.indexOf('libb/**') < stdout.indexOf(`${other} (app: Change another) was not named`));
	t.deepEqual(fits(stdout), []);
});
