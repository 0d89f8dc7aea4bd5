import test from 'ava';
import fc from 'fast-check';
import {marked} from 'marked';
import {codeSpan, escapeMarkdown} from '../../templates/escape-markdown.ts';
import {markdownHtml} from '../../templates/markdown.ts';

test('Markdown is rendered, and what is harmful is gone', t => {
	const {html} = markdownHtml(
		'**bold** [ok](https://example.org) [bad](javascript:alert(1)) <script>x</script><img src=x onerror=y> <b style="x">b</b>',
	);
	t.regex(html, /<strong>bold<\/strong>/);
	t.regex(html, /<a href="https:\/\/example\.org" rel="nofollow noreferrer">/);
	t.notRegex(html, /script|javascript|onerror|style|<img/);
});

test('a table survives, a protocol-relative link does not', t => {
	t.regex(markdownHtml('| a | b |\n|---|---|\n| 1 | 2 |').html, /<td>1<\/td>/);
	t.notRegex(markdownHtml('[x](//evil.example)').html, /evil/);
});

test('a heading of what somebody wrote is none of the page', t => {
	t.is(markdownHtml('# one\n\n##### two').html.trim(), '<strong>one</strong>\n<strong>two</strong>');
});

/** What a reader sees of rendered Markdown. */
const seen = (html: string): string =>
	html
		.replaceAll(/<[^>]*>/g, '')
		.replaceAll('&lt;', '<')
		.replaceAll('&gt;', '>')
		.replaceAll('&quot;', '"')
		.replaceAll('&#39;', "'")
		.replaceAll('&amp;', '&')
		.trim();

test('escaped text is one paragraph that reads exactly as written', t => {
	const unit = fc.constantFrom(...'ab1 .)#-+*_`[]()<>!|~&\\=:;"\'{}$@/'.split(''));
	fc.assert(
		fc.property(fc.string({unit, minLength: 1, maxLength: 40}), text => {
			const plain = text.replaceAll(/ +/g, ' ').trim();
			fc.pre(plain !== '');
			const html = marked.parse(escapeMarkdown(text), {async: false, gfm: true});
			t.is(seen(html), plain);
			t.regex(html, /^<p>[^<]*<\/p>\n$/, text);
		}),
		{numRuns: 500},
	);
});

test('a code span holds any backticks', t => {
	for (const text of ['plain', 'a `tick`', '``', '`', 'a|b']) {
		const html = marked.parse(codeSpan(text), {async: false});
		t.is(seen(html), text.replaceAll('|', '\u2502'));
		t.regex(html, /^<p><code>[^<]*<\/code><\/p>\n$/);
	}
});

test('quotes nested by the thousand are shown as they were typed rather than end the page', t => {
	const {html} = markdownHtml(`${'>'.repeat(15_000)} <script>alert(1)</script>`);
	t.regex(html, /^<pre>(?:&gt;){15000} &lt;script&gt;alert\(1\)&lt;\/script&gt;<\/pre>$/);
	t.regex(markdownHtml('> > quoted').html, /<blockquote>\s*<blockquote>/);
});

test('a text of nothing but marks of emphasis does not keep the service from answering', t => {
	// The processor's time, since the machine may have other things to do.
	const start = process.cpuUsage();
	for (const marks of ['_a*', '__a', '_a_', 'a*b_', '*a']) t.regex(markdownHtml(marks.repeat(20_000)).html, /^<pre>[_a*b]{20000}<\/pre>$/);
	markdownHtml('_a*'.repeat(660));
	t.true(process.cpuUsage(start).user < 3_000_000);
	t.regex(markdownHtml('*so* many snake_case_names '.repeat(400)).html, /<em>so<\/em>/);
});
