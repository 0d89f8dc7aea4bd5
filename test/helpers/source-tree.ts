/** The source files as text, and what can be said of them without running them: their imports, and the rules that hold the house together. */
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';

/** Path from the top, such as `gate/evaluate.ts`, to contents. */
export type Tree = ReadonlyMap<string, string>;

const order = ['gate', 'reports', 'templates', 'server'] as const;
const read = /\.(?:ts|mjs|hbs)$/;
const linesMax = 300;

/** The source folders and the tests; without fixtures, and without the test that quotes what breaks the rules. */
export function readTree(top: string): Tree {
	const files = [...order, 'test'].flatMap(folder =>
		readdirSync(path.join(top, folder), {recursive: true, encoding: 'utf8'}).map(name => `${folder}/${name.replaceAll(path.sep, '/')}`),
	);
	return new Map(
		files
			.filter(name => read.test(name) && !name.startsWith('test/fixtures/') && name !== 'test/architecture.ts')
			.map(name => [name, readFileSync(path.join(top, name), 'utf8')]),
	);
}

const folderOf = (file: string): string => file.split('/')[0] ?? '';
/** Comments go, texts stay: an address in a text is not a comment. */
const withoutComments = (text: string): string =>
	text.replace(
		/('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|(?<=^|[\s;{}(),])\/\/[^\n]*/g,
		(_whole, kept: string | undefined) => kept ?? '',
	);
const code = (tree: Tree, within: (file: string) => boolean): [string, string][] =>
	[...tree].filter(([file]) => /\.(?:ts|mjs)$/.test(file) && within(file)).map(([file, text]) => [file, withoutComments(text)]);
const isSource = (file: string): boolean => folderOf(file) !== 'test';

export type Import = {readonly name: string; readonly isType: boolean};

/** What a file imports: paths from the top for its own, names for packages (`zod`) and for Node's (`node:fs`). */
export function importsOf(file: string, text: string): Import[] {
	const found = [
		...[...text.matchAll(/\b(?:import|export)\s+(type\s)?[^'"`;()]*?\bfrom\s*'([^']+)'/g)].map(([, type, name = '']) => ({
			name,
			isType: type !== undefined,
		})),
		...[...text.matchAll(/\bimport\s*\(?\s*'([^']+)'/g)].map(([, name = '']) => ({name, isType: false})),
	];
	return found.map(({name, isType}) => ({isType, name: name.startsWith('.') ? path.posix.join(path.posix.dirname(file), name) : name}));
}

type Check = (tree: Tree) => string[];
const imports = (tree: Tree, within: (file: string) => boolean, isWrong: (name: string, file: string) => boolean): string[] =>
	code(tree, within).flatMap(([file, text]) =>
		importsOf(file, text)
			.filter(({name}) => isWrong(name, file))
			.map(({name}) => `${file} imports ${name}`),
	);
const mentions = (tree: Tree, within: (file: string) => boolean, pattern: RegExp): string[] =>
	code(tree, within).flatMap(([file, text]) => [...text.matchAll(pattern)].map(([found]) => `${file} says ${found}`));

const isOwn = (name: string): boolean => order.some(folder => name.startsWith(`${folder}/`)) || name.startsWith('test/');
const isPackage = (name: string, ...packages: readonly string[]): boolean =>
	packages.some(each => name === each || name.startsWith(`${each}/`));
const isPure = (file: string): boolean => folderOf(file) === 'gate' || folderOf(file) === 'reports';
const under = (folder: string) => (file: string) => file.startsWith(`${folder}/`);

/** Everything that a file loads at once, through all that it imports; what a function imports later is not in it. */
export function loadedBy(tree: Tree, start: string): string[] {
	const seen = new Set<string>();
	const walk = (file: string): void => {
		if (seen.has(file)) return;
		seen.add(file);
		const text = tree.get(file);
		if (text === undefined) return;
		const plain = withoutComments(text);
		const later = new Set([...plain.matchAll(/\bimport\s*\(\s*'([^']+)'/g)].map(([, name]) => name));
		for (const {name, isType} of importsOf(file, plain)) {
			const isLater = [...later].some(each => each !== undefined && path.posix.join(path.posix.dirname(file), each) === name);
			if (!isType && !isLater) walk(name);
		}
	};
	walk(start);
	return [...seen];
}

/** Each rule of the house answers with what breaks it; an empty list is a house in order. */
export const houseRules = {
	'folders look only to the left': tree =>
		imports(
			tree,
			isSource,
			(name, file) => (order as readonly string[]).indexOf(folderOf(name)) > (order as readonly string[]).indexOf(folderOf(file)),
		),
	'browser code and the rest know nothing of each other': tree => [
		...imports(tree, under('templates/assets'), name => !name.startsWith('templates/assets/')),
		...imports(
			tree,
			file => !under('templates/assets')(file),
			name => name.startsWith('templates/assets/'),
		),
	],
	'gate and reports import no package and nothing of Node': tree => imports(tree, isPure, name => !isOwn(name)),
	'gate and reports read no clock and throw no dice': tree =>
		mentions(
			tree,
			isPure,
			/\bDate\.now\b|\bnew Date\(\s*\)|\bnew Date\b(?!\()|(?<!new )\bDate\(|\bMath\.random\b|\bperformance\.\w+|\bcrypto\.\w+|\bprocess\.\w+/g,
		),
	'only the clock reads the clock, but for the hook, which must be quick': tree =>
		mentions(
			tree,
			file =>
				under('server')(file) &&
				file.endsWith('.ts') &&
				file !== 'server/clock.ts' &&
				!file.startsWith('server/client/') &&
				!file.startsWith('server/replay/'),
			/\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b/g,
		),
	'stores and integrations never meet': tree => [
		...imports(tree, under('server/stores'), under('server/integrations')),
		...imports(tree, under('server/integrations'), under('server/stores')),
	],
	'stores look at no action, route or command': tree =>
		imports(tree, under('server/stores'), name => /^server\/(?:actions|routes|commands|client)\//.test(name)),
	'a route writes only through an action': tree => [
		...mentions(tree, under('server/routes'), /\btransact\b|\bwriting\b|\bappend(?:Events|Batches)\b|\bredactEvent\b/g),
		...mentions(tree, under('server/routes'), /\.(?:insert|update|del|delete|increment)\(/g),
	],
	'SQL is spoken in stores alone': tree =>
		imports(
			tree,
			file => isSource(file) && !under('server/stores')(file),
			name => isPackage(name, 'knex', 'sqlite3', 'pg'),
		),
	'input is described in schemas alone': tree =>
		imports(
			tree,
			file => isSource(file) && !under('server/schemas')(file),
			name => isPackage(name, 'zod'),
		),
	'the hook loads nothing that is slow to load': tree =>
		loadedBy(tree, 'server/client/main.ts').flatMap(file => {
			const text = withoutComments(tree.get(file) ?? '');
			const slow = importsOf(file, text).filter(
				({name, isType}) => !isType && isPackage(name, 'zod', 'knex', 'sqlite3', 'express', 'helmet', 'node-fetch', 'handlebars'),
			);
			return [
				...slow.map(({name}) => `${file} imports ${name}`),
				...(/\bfetch\(/.test(text.replace(/prefetch\(/g, '')) ? [`${file} calls fetch`] : []),
			];
		}),
	'every rule has its test': tree =>
		[...tree.keys()]
			.filter(file => under('gate/rules')(file) && file !== 'gate/rules/all.ts' && !tree.has(`test/${file}`))
			.map(file => `${file} has no test/${file}`),
	'every rule is in the list of rules': tree => {
		const listed = importsOf('gate/rules/all.ts', tree.get('gate/rules/all.ts') ?? '').map(({name}) => name);
		return [...tree.keys()].filter(file => under('gate/rules')(file) && file !== 'gate/rules/all.ts' && !listed.includes(file));
	},
	'nothing is exported by default': tree => mentions(tree, () => true, /\bexport\s+default\b/g),
	'no folder is called utils, common or types': tree => [...tree.keys()].filter(file => /\/(?:utils|common|types)\//.test(file)),
	'imports say what the file is called': tree =>
		imports(
			tree,
			file => file.endsWith('.ts'),
			name => isOwn(name) && !/\.(?:ts|mjs|json)$/.test(name),
		),
	'no file is longer than a person reads': tree =>
		[...tree].filter(([file, text]) => isSource(file) && file.endsWith('.ts') && text.split('\n').length > linesMax).map(([file]) => file),
	'the code knows no story': tree =>
		[...tree]
			.filter(([file]) => isSource(file) && !file.startsWith('server/replay/stories/'))
			.flatMap(([file, text]) => [...withoutComments(text).matchAll(/[^\n]*2015[^\n]*/g)].map(([line]) => `${file}: ${line.trim()}`)),
} as const satisfies Readonly<Record<string, Check>>;
