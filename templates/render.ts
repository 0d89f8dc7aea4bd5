/** Renders a view. Templates are compiled once, strictly: a name that the view-model lacks is an error, not an empty place. */
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import Handlebars from 'handlebars';
import {assetLinks, plainLinks} from './asset-files.ts';
import {noChrome} from './chrome.ts';
import {codeSpan, escapeMarkdown} from './escape-markdown.ts';
import {escapeWikitext} from './escape-wikitext.ts';
import type {Chrome, Views} from './views.ts';

/** The same path from source and from `dist`: package.json maps `#templates/`, and nothing is copied. */
const pathOf = (file: string): string => fileURLToPath(import.meta.resolve(`#templates/${file}`));

const source = (file: string): string => readFileSync(pathOf(file), 'utf8');

/** One environment per kind of escaping, so that no page can borrow the report's. */
const pages = Handlebars.create();
const reports = Handlebars.create();
const texts = Handlebars.create();
reports.registerHelper('md', (text: unknown) => escapeMarkdown(String(text)));
reports.registerHelper('wt', (text: unknown) => escapeWikitext(String(text)));
reports.registerHelper('code', (text: unknown) => codeSpan(String(text)));
for (const file of readdirSync(pathOf('pages/partials')))
	pages.registerPartial(path.basename(file, '.hbs'), source(`pages/partials/${file}`));

type Template = (view: unknown) => string;

const compiled = new Map<string, Template>();

function compile(name: string): Template {
	const shared = {strict: true, knownHelpersOnly: true};
	// Plain text: its words were finished for where they go, and HTML's escapes would spoil them.
	if (name.endsWith('.txt.hbs')) return texts.compile(source(name), {...shared, noEscape: true, knownHelpers: {}});
	return name.endsWith('.md.hbs') || name.endsWith('.wiki.hbs')
		? reports.compile(source(name), {...shared, noEscape: true, knownHelpers: {md: true, code: true, wt: true}})
		: pages.compile(source(name), {...shared, knownHelpers: {}});
}

/** The text of a view: HTML for pages, with their chrome around, and for the report that is one file; Markdown and wikitext for the others. */
export function render<Name extends keyof Views>(name: Name, view: Views[Name], chrome: Chrome = noChrome): string {
	const template = compiled.get(name) ?? compile(name);
	compiled.set(name, template);
	return template({...view, chrome, assets: chrome === noChrome ? plainLinks : assetLinks()});
}

/** The style that a report of one file carries within itself, on one line. */
export const reportStyle = (): string => source('reports/report.css').replaceAll(/\s+/g, ' ').trim();
