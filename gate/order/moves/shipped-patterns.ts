/**
 * The patterns that are always there: MediaWiki's ways to register a name, the exports of npm packages, and feature flags as an example. A
 * team adds its own in the policy; each row is read by patterns.ts, like theirs.
 *
 * Kinds that two repositories may well own at once have a kind of their own: an extension's default of a variable is `config`, what
 * mediawiki-config sets is a `setting`, so that the usual pair of both is no duplicate.
 */
import type {NamePattern} from './patterns.ts';

const code = '**/*.php !wmf-config/** !**/tests/** !tests/** !vendor/**';
const manifest = 'extension.json skin.json **/extension.json **/skin.json';
const module_ = String.raw`[A-Za-z][\w.-]+`;
const entry = String.raw`\s*\]\s*\+?=`;

const inManifest = (key: string, kind: string, prefix?: string): NamePattern => ({
	name: `extension.json ${key}`,
	kind,
	path: manifest,
	registers: `json:${key}.*`,
	...(prefix === undefined ? {} : {prefix}),
});
const inGlobal = (variable: string, kind: string): NamePattern => ({
	name: `$${variable}`,
	kind,
	path: code,
	registers: String.raw`\$${variable}\s*\[\s*['"](${module_})['"]${entry}`,
});

const modules: readonly NamePattern[] = [
	inManifest('ResourceModules', 'module'),
	inGlobal('wgResourceModules', 'module'),
	{
		name: 'modules in a list',
		kind: 'module',
		path: code,
		registers: String.raw`^\s*['"]((?:ext|schema|mw|mobile|skins|jquery|mediawiki)\.[\w.-]+)['"]\s*=>`,
	},
	{name: 'ResourceLoader::register', kind: 'module', path: code, registers: String.raw`->register\(\s*['"]([A-Za-z][\w-]*\.[\w.-]+)['"]`},
	// EventLogging makes the module schema.X of each schema X that is handed to its hook.
	{
		name: 'EventLoggingRegisterSchemas',
		kind: 'module',
		path: code,
		prefix: 'schema.',
		registers: String.raw`\$schemas\s*\[\s*['"](\w+)['"]${entry}`,
	},
	{
		name: 'EventLogging schemas in a list',
		kind: 'module',
		path: '**/*Hooks*.php',
		prefix: 'schema.',
		registers: String.raw`^\s*['"](\w+)['"]\s*=>\s*\d{6,9}\b`,
	},
	inManifest('EventLoggingSchemas', 'module', 'schema.'),
	inManifest('attributes.EventLogging.Schemas', 'module', 'schema.'),
];

const registries: readonly NamePattern[] = [
	...['SpecialPages', 'APIModules', 'APIPropModules', 'APIListModules', 'APIMetaModules', 'JobClasses'].flatMap(key => {
		const kind = key === 'SpecialPages' ? 'special page' : key === 'JobClasses' ? 'job' : 'API module';
		return [inManifest(key, kind), inGlobal(`wg${key}`, kind)];
	}),
	{
		name: 'service wiring',
		kind: 'service',
		path: '**/*Wiring*.php !**/tests/**',
		registers: String.raw`^\s*['"]([A-Za-z][\w.]+)['"]\s*=>\s*(?:static\s+)?(?:function|fn)\b`,
	},
	{
		name: 'services asked for',
		kind: 'service',
		path: code,
		reads: String.raw`[sS]ervices(?:::getInstance)?(?:\(\))?->get(?:Service)?\(\s*['"]([\w.]+)['"]`,
	},
];

/** Services and variables that a manifest hands to its classes and scripts. */
const handed: readonly NamePattern[] = [
	...['HookHandlers', 'SpecialPages', 'APIModules', 'JobClasses'].map(key => ({
		name: `services of ${key}`,
		kind: 'service',
		path: manifest,
		reads: `json:${key}.*.services.*`,
	})),
	...['config', 'setting'].map(kind => ({
		name: 'variables of packageFiles',
		kind,
		path: manifest,
		prefix: 'wg',
		reads: 'json:ResourceModules.*.packageFiles.*.config.*',
	})),
];

const hooks: readonly NamePattern[] = [
	// Whoever handles a hook stands on whoever runs it: it is read there.
	...[String.raw`\bHooks::run`, 'wfRunHooks', String.raw`[hH]ook\w*(?:\(\))?->run`].map(call => ({
		name: 'hooks that are run',
		kind: 'hook',
		path: code,
		registers: String.raw`${call}\(\s*['"](\w[\w:-]+)['"]`,
	})),
	{name: '$wgHooks', kind: 'hook', path: code, reads: String.raw`\$wgHooks\s*\[\s*['"](\w[\w:-]+)['"]\s*\]`},
	{name: 'extension.json Hooks', kind: 'hook', path: manifest, reads: 'json:Hooks.*'},
	{name: '$wgHooks', kind: 'hook handler', path: code, registers: String.raw`\$wgHooks\s*\[\s*['"](\w[\w:-]+)['"]\s*\]`},
	inManifest('Hooks', 'hook handler'),
];

// Where it begins its line, it is set: a default is no reader.
const variable = String.raw`[\s(!,.=&|?:@[]\$(wm?g[A-Z]\w+)`;

const config: readonly NamePattern[] = [
	inManifest('config', 'config', 'json:config_prefix|wg'),
	{name: 'defaults of variables', kind: 'config', path: code, registers: String.raw`^\$(wg[A-Z]\w+)\s*=[^=>]`, reads: variable},
	{name: 'Config::get', kind: 'config', path: code, prefix: 'wg', reads: String.raw`->get\(\s*['"]([A-Z]\w+)['"]\s*\)`},
	{
		name: 'settings by wiki',
		kind: 'setting',
		path: 'wmf-config/*.php wmf-config/**/*.php',
		registers: String.raw`^\s*['"][-+]?(wm?g[A-Z]\w+)['"]\s*=>`,
	},
	{
		name: 'settings',
		kind: 'setting',
		path: 'wmf-config/*.php wmf-config/**/*.php',
		registers: String.raw`^\s*\$(wm?g[A-Z]\w+)\s*=[^=>]`,
		reads: variable,
	},
	{name: 'variables read', kind: 'setting', path: code, reads: variable},
	{name: 'Config::get', kind: 'setting', path: code, prefix: 'wg', reads: String.raw`->get\(\s*['"]([A-Z]\w+)['"]\s*\)`},
];

const scripts = '**/*.js **/*.mjs **/*.cjs **/*.ts **/*.tsx **/*.jsx !**/node_modules/** !node_modules/** !**/dist/**';

const elsewhere: readonly NamePattern[] = [
	{
		name: 'package.json exports',
		kind: 'export',
		path: 'package.json **/package.json !**/node_modules/**',
		registers: 'json:exports.*',
		prefix: 'json:name|',
	},
	{name: 'modules of JavaScript', kind: 'export', path: scripts, reads: String.raw`\bfrom\s*['"]((?:@[\w.-]+\/)?[\w.-]+\/[\w.\/-]+)['"]`},
	{name: 'require', kind: 'export', path: scripts, reads: String.raw`\brequire\(\s*['"]((?:@[\w.-]+\/)?[\w.-]+\/[\w.\/-]+)['"]`},
	{name: 'feature flags', kind: 'flag', path: '**/flags.json **/feature-flags.json **/feature_flags.json', registers: 'json:flags.*'},
	...['[iI]s_?(?:[fF]eature_?)?[eE]nabled', '[vV]ariation'].map(call => ({
		name: 'flags asked for',
		kind: 'flag',
		path: `${scripts} **/*.php **/*.py **/*.rb **/*.go **/*.java`,
		reads: String.raw`${call}\(\s*['"]([\w.-]+)['"]`,
	})),
];

export const shippedPatterns: readonly NamePattern[] = [...modules, ...registries, ...handed, ...hooks, ...config, ...elsewhere];

/**
 * Names that say nothing: registries themselves, which every extension touches, and hooks that nearly every extension handles, where one
 * handler going and another coming is a coincidence.
 */
export const commonNames: ReadonlySet<string> = new Set([
	...[
		'wgHooks',
		'wgResourceModules',
		'wgExtensionCredits',
		'wgAutoloadClasses',
		'wgMessagesDirs',
		'wgExtensionMessagesFiles',
		'wgSpecialPages',
	],
	...[
		'wgAPIModules',
		'wgJobClasses',
		'wgExtensionFunctions',
		'wgServerName',
		'wgServer',
		'wgRequest',
		'wgUser',
		'wgOut',
		'wgLang',
		'wgTitle',
	],
	...['wgContLang', 'wgMemc', 'wgParser', 'wgConf', 'wgDBname', 'wgScriptPath', 'wgArticlePath', 'wgLanguageCode', 'wgSitename'],
	...[
		'wgGroupPermissions',
		'wgAvailableRights',
		'wgDefaultUserOptions',
		'wgGrantPermissions',
		'wgRateLimits',
		'wgFooterIcons',
		'wgLogTypes',
	],
	...[
		'BeforePageDisplay',
		'ParserFirstCallInit',
		'ResourceLoaderRegisterModules',
		'ResourceLoaderTestModules',
		'LoadExtensionSchemaUpdates',
	],
	...['UnitTestsList', 'GetPreferences', 'GetBetaFeaturePreferences', 'MakeGlobalVariablesScript', 'ResourceLoaderGetConfigVars'],
	...['SkinTemplateNavigation', 'SkinTemplateNavigation::Universal', 'OutputPageParserOutput', 'ArticleDeleteComplete', 'PageSaveComplete'],
	...['EventLoggingRegisterSchemas', 'ListDefinedTags', 'ChangeTagsListActive', 'SpecialPageBeforeExecute', 'UserGetReservedNames'],
	...[
		'SetupAfterCache',
		'LocalUserCreated',
		'ArticleSaveComplete',
		'PageContentSaveComplete',
		'AuthManagerLoginAuthenticateAudit',
		'index',
		'main',
	],
]);

/** Shorter names happen to be the same too often. */
export const nameLengthMin = 4;
