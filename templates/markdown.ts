/** Markdown as people write it, shown in a page: rendered by marked, then reduced to a short list of harmless elements. */
import Handlebars from 'handlebars';
import {Marked} from 'marked';
import sanitizeHtml from 'sanitize-html';
import {type SafeHtml, safeHtml} from './safe-html.ts';

/** As long as a field of the post-mortem form; longer texts are cut. */
const lengthMax = 20_000;

/** marked takes the square of the number of marks of emphasis where they are not closed: a fifth of a second for this many. */
const emphasisMax = 2000;

const marked = new Marked({gfm: true, breaks: false, async: false});

const allowed: sanitizeHtml.IOptions = {
	allowedTags: [
		'p',
		'br',
		'em',
		'strong',
		'del',
		'code',
		'pre',
		'blockquote',
		'hr',
		'ul',
		'ol',
		'li',
		'a',
		'table',
		'thead',
		'tbody',
		'tr',
		'th',
		'td',
	].concat(['h1', 'h2', 'h3', 'h4', 'h5', 'h6']),
	allowedAttributes: {a: ['href', 'title', 'rel']},
	allowedSchemes: ['http', 'https', 'mailto'],
	allowProtocolRelative: false,
	disallowedTagsMode: 'discard',
	transformTags: {
		a: sanitizeHtml.simpleTransform('a', {rel: 'nofollow noreferrer'}),
		// A heading of what somebody wrote is none of the page's: it would stand at a wrong level for whoever listens to it.
		...Object.fromEntries(['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map(name => [name, 'strong'])),
	},
	nestingLimit: 50,
};

/** HTML that is safe to print unescaped. Scripts, styles, images, forms and foreign schemes are gone. */
export function markdownHtml(text: string): SafeHtml {
	const shown = text.slice(0, lengthMax);
	const asTyped = (): SafeHtml => safeHtml(`<pre>${Handlebars.Utils.escapeExpression(shown)}</pre>`);
	if ((shown.match(/[*_~]/g)?.length ?? 0) > emphasisMax) return asTyped();
	try {
		return safeHtml(sanitizeHtml(marked.parse(shown, {async: false}), allowed));
	} catch (error) {
		// marked recurses: thousands of nested quotes end its stack. They are shown as they were typed, since nothing typed may be lost.
		if (!(error instanceof RangeError)) throw error;
		return asTyped();
	}
}
