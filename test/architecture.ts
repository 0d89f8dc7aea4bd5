/** The folders are the architecture, and this test holds them. Each rule is tried on a house that breaks it too. */
import test from 'ava';
import {commands} from '../server/run-cli.ts';
import {houseRules, importsOf, loadedBy, readTree, type Tree} from './helpers/source-tree.ts';

const tree = readTree(process.cwd());

const broken: Readonly<Record<keyof typeof houseRules, Readonly<Record<string, string>>>> = {
	'folders look only to the left': {'gate/evaluate.ts': "import type {Draft} from '../reports/draft.ts';"},
	'browser code and the rest know nothing of each other': {'templates/assets/live.ts': "import {sayTime} from '../../reports/say.ts';"},
	'gate and reports import no package and nothing of Node': {'reports/draft.ts': "import {hash} from 'node:crypto';"},
	'gate and reports read no clock and throw no dice': {'gate/rule.ts': 'const now = new Date();'},
	'only the clock reads the clock, but for the hook, which must be quick': {'server/actions/look.ts': 'const at = Date.now();'},
	'stores and integrations never meet': {'server/stores/deploys.ts': "import {parse} from '../integrations/sal/parse-line.ts';"},
	'stores look at no action, route or command': {'server/stores/deploys.ts': "import {land} from '../actions/land.ts';"},
	'a route writes only through an action': {'server/routes/events.ts': "import {writing} from '../actions/deps.ts';"},
	'SQL is spoken in stores alone': {'server/actions/look.ts': "import knex from 'knex';"},
	'input is described in schemas alone': {'server/routes/events.ts': "import {z} from 'zod/v4';"},
	'the hook loads nothing that is slow to load': {
		'server/client/main.ts': "import {runCheck} from './check.ts';",
		'server/client/check.ts': "import {change} from '../schemas/check.ts';",
		'server/schemas/check.ts': "import {z} from 'zod';",
	},
	'every rule has its test': {'gate/rules/nearness.ts': ''},
	'every rule is in the list of rules': {
		'gate/rules/nearness.ts': '',
		'gate/rules/all.ts': "import {openIncident} from './open-incident.ts';",
	},
	'nothing is exported by default': {'server/app.ts': 'export default createApp;'},
	'no folder is called utils, common or types': {'server/utils/strings.ts': ''},
	'imports say what the file is called': {'server/app.ts': "import {problem} from './problem.js';"},
	'no file is longer than a person reads': {'server/app.ts': 'x\n'.repeat(301)},
	'the code knows no story': {'server/actions/look.ts': "/** As on 2015-10-26. */\nconst window = '2015-10-26';"},
};

for (const [name, check] of Object.entries(houseRules) as [keyof typeof houseRules, (tree: Tree) => string[]][]) {
	test(`house rule: ${name}`, t => t.deepEqual(check(tree), []));
	test(`a house that breaks it is seen: ${name}`, t => t.is(check(new Map(Object.entries(broken[name]))).length, 1));
}

test('every way to import is seen, and comments are not', t => {
	const text = [
		"import {a} from './a.ts';",
		"import type {b} from './b.ts';",
		"import './c.ts';",
		"export {d} from '../d.ts';",
		"const e = await import('./e.ts');",
		"import {\n\tf,\n} from 'f';",
	].join('\n');
	t.deepEqual(
		importsOf('server/x.ts', text)
			.map(({name}) => name)
			.sort(),
		['d.ts', 'f', 'server/a.ts', 'server/b.ts', 'server/c.ts', 'server/e.ts'],
	);
	t.deepEqual(
		houseRules['SQL is spoken in stores alone'](new Map([['server/x.ts', "// import knex from 'knex';\n/* import 'knex'; */"]])),
		[],
	);
});

test('the walk through the hook follows it to its end, and stops where a function imports later', t => {
	const hook = loadedBy(tree, 'server/client/main.ts');
	t.true(hook.includes('server/client/check.ts'));
	t.true(hook.includes('server/client/spool.ts'));
	t.true(hook.length > 10);
	const later = new Map([
		['server/client/main.ts', "const load = () => import('./slow.ts');"],
		['server/client/slow.ts', "import 'zod';"],
	]);
	t.deepEqual(loadedBy(later, 'server/client/main.ts'), ['server/client/main.ts']);
});

for (const [name, load] of Object.entries(commands)) {
	test(`command ${name} says what it does and shows an example`, async t => {
		const {command} = await load();
		t.regex(command.summary, /^[a-z][^\n]{10,}$/);
		t.regex(command.help, /^Usage: signalbox /m);
		t.regex(command.help, /^Example/m);
	});
}
