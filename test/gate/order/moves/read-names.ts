import test from 'ava';
import fastCheck from 'fast-check';
import {readJsonEntries} from '../../../../gate/order/moves/json-names.ts';
import {patternProblems, readPatterns} from '../../../../gate/order/moves/patterns.ts';
import {changedNames, readNames} from '../../../../gate/order/moves/read-names.ts';
import {shippedPatterns} from '../../../../gate/order/moves/shipped-patterns.ts';

const {patterns, problems} = readPatterns(shippedPatterns);
const names = (path: string, text: string) =>
	readNames(path, text, patterns).map(({use, kind, name, line}) => `${line} ${use} ${kind} ${name}`);

test('every shipped pattern can be read', t => {
	t.deepEqual(problems, []);
	t.is(patterns.length, shippedPatterns.length);
});

test('modules, in each of the ways in which extensions registered them over the years', t => {
	const php = [
		'<?php',
		"$wgResourceModules['schema.Search'] = array(",
		"\t'class' => 'ResourceLoaderSchemaModule',",
		');',
		'$wgResourceModules += array(',
		"\t'ext.popups.core' => array(",
		"\t'scripts' => array( 'a.js' ),",
		"$resourceLoader->register( 'ext.things.init', array() );",
		"\t\t$schemas['Popups'] = 11625443;",
		"\t\t'MediaViewer' => 10867062,",
		"$wgResourceModules['ext.foo']['dependencies'][] = 'ext.bar';",
	].join('\n');
	t.deepEqual(names('ThingHooks.php', php).sort(), [
		'10 registered module schema.MediaViewer',
		'2 registered module schema.Search',
		'6 registered module ext.popups.core',
		'8 registered module ext.things.init',
		'9 registered module schema.Popups',
	]);
});

test('extension.json: each key by its own kind, with the line on which it stands', t => {
	const json = JSON.stringify(
		{
			config_prefix: 'wgEcho',
			config: {Bundle: {value: true}},
			Hooks: {EchoGetBundleRules: ['A::b'], BeforePageDisplay: 'X::y', 'EditPage::attemptSave:after': 'main'},
			HookHandlers: {main: {class: 'Hooks', services: ['MainConfig', 'EchoAttributeManager'], optional_services: ['Not.Read']}},
			ResourceModules: {
				'ext.echo.ui': {scripts: ['not.a.name.js'], packageFiles: ['a.js', {name: 'config.json', config: ['EchoMax', 'EchoMin']}]},
			},
			SpecialPages: {Notifications: 'SpecialNotifications'},
			APIModules: {echomarkread: 'ApiEchoMarkRead'},
			attributes: {EventLogging: {Schemas: {EchoMail: '/analytics/legacy/echomail/1.0.0'}}},
		},
		null,
		'\t',
	);
	const line = (text: string) => json.split('\n').findIndex(each => each.includes(`"${text}"`)) + 1;
	t.deepEqual(
		names('extension.json', json).sort(),
		[
			`${line('Bundle')} registered config wgEchoBundle`,
			`${line('EchoGetBundleRules')} registered hook handler EchoGetBundleRules`,
			`${line('EchoGetBundleRules')} read hook EchoGetBundleRules`,
			`${line('EditPage::attemptSave:after')} registered hook handler EditPage::attemptSave:after`,
			`${line('EditPage::attemptSave:after')} read hook EditPage::attemptSave:after`,
			`${line('MainConfig')} read service MainConfig`,
			`${line('EchoAttributeManager')} read service EchoAttributeManager`,
			...['EchoMax', 'EchoMin'].flatMap(each => ['config', 'setting'].map(kind => `${line(each)} read ${kind} wg${each}`)),
			`${line('ext.echo.ui')} registered module ext.echo.ui`,
			`${line('Notifications')} registered special page Notifications`,
			`${line('echomarkread')} registered API module echomarkread`,
			`${line('EchoMail')} registered module schema.EchoMail`,
		].sort(),
	);
});

test('variables: a default registers, wmf-config sets, code reads; a line that registers does not read', t => {
	t.deepEqual(names('Echo.php', '<?php\n$wgEchoBundle = true;\nglobal $wgEchoMail;\n').sort(), [
		'2 registered config wgEchoBundle',
		'3 read config wgEchoMail',
		'3 read setting wgEchoMail',
	]);
	t.deepEqual(
		names(
			'wmf-config/InitialiseSettings.php',
			"<?php\n'wgEchoBundle' => [\n\t'default' => true,\n],\n'-wgEchoMail' => [],\n'wmgUseEcho' => [],\n",
		).sort(),
		['2 registered setting wgEchoBundle', '5 registered setting wgEchoMail', '6 registered setting wmgUseEcho'],
	);
	t.deepEqual(names('includes/A.php', "<?php\n$x = $config->get( 'EchoBundle' );\n"), [
		'2 read config wgEchoBundle',
		'2 read setting wgEchoBundle',
	]);
});

test('hooks and services: whoever runs or wires, and whoever handles or asks', t => {
	t.deepEqual(
		names(
			'includes/A.php',
			"<?php\nHooks::run( 'EchoGetEvents', [] );\n$wgHooks['CirrusSearchAdd'][] = 'x';\n$hookContainer->run( 'ThingDone' );\n",
		).sort(),
		[
			'2 registered hook EchoGetEvents',
			'3 read hook CirrusSearchAdd',
			'3 registered hook handler CirrusSearchAdd',
			'4 registered hook ThingDone',
		],
	);
	t.deepEqual(
		names(
			'ServiceWiring.php',
			"<?php\nreturn [\n\t'Echo.Store' => static function ( $services ) {\n\t\treturn $services->get( 'Echo.Cache' );\n",
		),
		['3 registered service Echo.Store', '4 read service Echo.Cache'],
	);
});

test('package exports are called as other packages import them; flags are an example', t => {
	const json =
		'{\n\t"name": "@acme/ui",\n\t"exports": {\n\t\t".": "./index.js",\n\t\t"./client": {\n\t\t\t"import": "./client.js"\n\t\t}\n\t}\n}\n';
	t.deepEqual(names('packages/ui/package.json', json), ['4 registered export @acme/ui', '5 registered export @acme/ui/client']);
	t.deepEqual(names('src/app.ts', "import {a} from '@acme/ui/client';\nconst b = require('@acme/ui/server');\n"), [
		'1 read export @acme/ui/client',
		'2 read export @acme/ui/server',
	]);
	t.deepEqual(names('config/flags.json', '{"flags": {\n"new-checkout": true}}'), ['2 registered flag new-checkout']);
	t.deepEqual(names('src/app.py', "if is_enabled('new-checkout'):\n"), ['1 read flag new-checkout']);
});

test('what everybody touches, what is short, and what a comment mentions is no name', t => {
	t.deepEqual(
		names(
			'A.php',
			"<?php\n$wgHooks['BeforePageDisplay'][] = 'x';\n// $wgResourceModules['ext.old'] = 1;\n * $wgEchoOld\n# $wgEchoOlder\nglobal $wgX;\n",
		),
		[],
	);
});

test('a name that goes from one line to another has not changed', t => {
	const {comes, goes} = changedNames('A.php', '$wgEchoA = 1;\n$wgEchoB = 2;\n', '\n\n$wgEchoB = 3;\n$wgEchoC = 1;\n', patterns);
	t.deepEqual([goes.map(({name, line}) => [name, line]), comes.map(({name, line}) => [name, line])], [[['wgEchoA', 1]], [['wgEchoC', 4]]]);
});

test('reading only the lines that differ finds the same as reading both files', t => {
	const line = fastCheck.constantFrom(
		'',
		'<?php',
		'$wgEchoA = 1;',
		'$wgEchoB = 2;',
		"$wgHooks['ThingA'][] = 1;",
		'\t$x = $wgEchoA;',
		"'schema.A' => [",
		'}',
	);
	const file = fastCheck.array(line, {maxLength: 8}).map(lines => lines.join('\n'));
	fastCheck.assert(
		fastCheck.property(file, file, (before, after) => {
			const key = ({use, kind, name}: {use: string; kind: string; name: string}) => `${use} ${kind} ${name}`;
			const [old, now] = [before, after].map(text => new Set(readNames('A.php', text, patterns).map(key)));
			const {comes, goes} = changedNames('A.php', before, after, patterns);
			t.deepEqual(
				comes.map(key),
				[...(now ?? [])].filter(each => !old?.has(each)),
			);
			t.deepEqual(
				goes.map(key),
				[...(old ?? [])].filter(each => !now?.has(each)),
			);
		}),
		{numRuns: 1000},
	);
});

test('what is wrong with a row of a team is said field by field', t => {
	t.deepEqual(
		patternProblems({name: 'x', kind: 'x', path: '!a', registers: 'a(b', reads: '(.*)', prefix: 'json:a.*'}).map(({field}) => field),
		['registers', 'reads', 'path', 'prefix'],
	);
	t.regex(patternProblems({name: 'x', kind: 'x', path: 'a'})[0]?.text ?? '', /needs «registers», «reads» or both/);
	t.deepEqual(patternProblems({name: 'x', kind: 'x', path: '**/*.rb', registers: "schedule '(\\w+)'"}), []);
});

const paths = fastCheck.constantFrom(
	'extension.json',
	'A.php',
	'wmf-config/a.php',
	'package.json',
	'ServiceWiring.php',
	'x.ts',
	'flags.json',
);
const parts = fastCheck.constantFrom(
	'$wgHooks',
	"['",
	"']",
	' = ',
	'$wgEchoBundle',
	'{',
	'}',
	'"Hooks"',
	':',
	'[',
	']',
	'"',
	'\\',
	'\n',
	'\r\n',
	'array(',
	"'ext.a.b' =>",
	'->get(',
	'exports',
	'\u2028',
	'\0',
	'😀',
);

test('no text makes the readers throw, and every line that they name holds what they say', t => {
	fastCheck.assert(
		fastCheck.property(
			paths,
			fastCheck.oneof(
				fastCheck.string(),
				fastCheck.array(parts, {maxLength: 60}).map(each => each.join('')),
			),
			(path, text) => {
				const lines = text.split('\n');
				for (const {name, line} of readNames(path, text, patterns)) {
					const tail = name.replace(/^(?:schema\.|wg)/, '');
					t.true((lines[line - 1] ?? '').includes(tail), `${line}: ${name}`);
				}
				for (const {line} of readJsonEntries(text)) t.true(line >= 1 && line <= lines.length);
			},
		),
		{numRuns: 2000},
	);
});

test('names are found on the line on which they stand, wherever that is', t => {
	const line = fastCheck.constantFrom('', '// nothing', "$wgEchoOther['a'] = 1;", 'x'.repeat(2000), '\r');
	fastCheck.assert(
		fastCheck.property(fastCheck.array(line, {maxLength: 30}), fastCheck.array(line, {maxLength: 5}), (before, behind) => {
			const text = [...before, "$wgResourceModules['ext.there.it.is'] = [];", ...behind].join('\n');
			t.deepEqual(
				readNames('A.php', text, patterns)
					.filter(({kind}) => kind === 'module')
					.map(({line: at}) => at),
				[before.length + 1],
			);
		}),
	);
});

test('a megabyte of hostile text is read in time: one line, many lines, many openings', t => {
	const fill = (part: string) => part.repeat(Math.floor(1_000_000 / part.length));
	let slowestMs = 0;
	for (const text of [
		fill('$wg'),
		fill('$wgA'),
		fill("$wgHooks['\n"),
		fill(`${'$wgEcho '.repeat(120)}\n`),
		fill("'ext.a.b' => "),
		fill('{"Hooks":'),
		fill('["'),
		fill('"a":{"b":1},\n'),
		fill('=>\n'),
		fill('['),
	]) {
		for (const path of ['A.php', 'extension.json', 'package.json', 'wmf-config/x.php', 'AHooks.php']) {
			const fileStarted = performance.now();
			readNames(path, text, patterns);
			slowestMs = Math.max(slowestMs, performance.now() - fileStarted);
		}
	}
	t.log(`the slowest file: ${Math.round(slowestMs)} ms`);
	t.true(slowestMs < 5000);
});
