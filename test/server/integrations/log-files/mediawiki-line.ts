import test from 'ava';
import fc from 'fast-check';
import {noTime, noZone} from '../../../../server/integrations/log-files/line-time.ts';
import type {ParsedLine} from '../../../../server/integrations/log-files/log-line.ts';
import {mediawikiLineParser, noHead} from '../../../../server/integrations/log-files/mediawiki-line.ts';

const now = Date.parse('2016-03-01T00:00:00Z');
const parse = (text: string, zone: string | null = 'UTC'): ParsedLine => mediawikiLineParser(zone)({text, cut: false}, now);
const duplicate =
	'MWException from line 331 of /srv/mediawiki/php-1.27.0-wmf.3/includes/resourceloader/ResourceLoader.php: ' +
	'ResourceLoader duplicate registration error. Another module has already been registered as schema.Search';

test('the exception of 2015-10-26 is read', t =>
	t.deepEqual(
		parse(
			`2015-10-26 15:13:07 [7be4ab12] mw1017 enwiki 1.27.0-wmf.3 exception ERROR: [7be4ab12] /wiki/Foo   ${duplicate} {"exception_id":"7be4ab12"} `,
		),
		{
			at: Date.parse('2015-10-26T15:13:07Z'),
			host: 'mw1017',
			level: 'ERROR',
			channel: 'exception',
			message: `[7be4ab12] /wiki/Foo   ${duplicate}`,
			request: '7be4ab12',
		},
	));

test('a warning without a context is read', t =>
	t.deepEqual(parse('2016-02-22 23:01:12 [VssAgwAAEEAAABBAAAK] mw1028 enwiki 1.27.0-wmf.14 resourceloader WARNING: No such module  '), {
		at: Date.parse('2016-02-22T23:01:12Z'),
		host: 'mw1028',
		level: 'WARNING',
		channel: 'resourceloader',
		message: 'No such module',
		request: 'VssAgwAAEEAAABBAAAK',
	}));

test('the older form, without request and version, takes the request from the message or the context', t => {
	t.like(parse('2015-10-26 15:13:07 mw1017 enwiki exception ERROR: [7be4ab12] /wiki/Foo broke'), {
		host: 'mw1017',
		channel: 'exception',
		request: '7be4ab12',
	});
	t.like(parse('2015-10-26 15:13:07 mw1017 enwiki exception ERROR: broke {a} at {"b": {"exception_id":"x"}} {"exception_id":"7be4ab12"}'), {
		request: '7be4ab12',
		message: 'broke {a} at {"b": {"exception_id":"x"}}',
	});
	t.like(parse('2015-10-26 15:13:07 mw1017 enwiki exception ERROR: broke {a} {"exception_id":"7be4ab12"}'), {
		request: '7be4ab12',
		message: 'broke {a}',
	});
	t.like(parse('2015-10-26 15:13:07 [] mw1017 enwiki exception ERROR: broke'), {request: null, message: 'broke'});
});

test('times may have fractions and zones', t => {
	const at = Date.parse('2015-10-26T15:13:07.123Z');
	t.like(parse('2015-10-26 15:13:07.123 [a] mw1017 enwiki 1.27 error ERROR: x', 'UTC'), {at});
	t.like(parse('2015-10-26T15:13:07.123456+00:00 [a] mw1017 enwiki 1.27 error ERROR: x', null), {at});
	t.like(parse('2015-10-26 17:13:07.123 +0200 [a] mw1017 enwiki 1.27 error ERROR: x', null), {at});
	t.like(parse('2015-10-26 15:13:07.123 UTC [a] mw1017 enwiki 1.27 error ERROR: x', null), {at});
});

test('a time without a zone is refused where the log declares none', t =>
	t.deepEqual(parse('2015-10-26 15:13:07 [a] mw1017 enwiki 1.27 error ERROR: x', null), {refused: noZone}));

test('stack traces belong to the line before', t => {
	const trace = [
		'#0 /srv/mediawiki/php-1.27.0-wmf.3/includes/OutputPage.php(3141): ResourceLoader->register(string, array)',
		'  #1 {main}',
		'[Exception MWException] (/srv/mediawiki/includes/x.php:331) broke',
		'[Error TypeError] (/srv/mediawiki/includes/x.php:331) broke',
		'Caused by: [Exception DBError] (x.php:1) gone',
		'Stack trace:',
		'\tat somewhere',
		'',
	];
	for (const line of trace) t.deepEqual(parse(line), {continued: true}, line);
});

test('other lines are refused with the reason', t => {
	t.deepEqual(parse('PHP Fatal error: out of memory'), {refused: noTime});
	t.deepEqual(parse('2015-10-26 15:13:07'), {refused: noHead});
	t.deepEqual(parse('2015-10-26 15:13:07 mw1017 is down'), {refused: noHead});
	t.deepEqual(parse('2015-10-26 15:13:07 [a] <script> enwiki 1.27 error ERROR: x'), {refused: noHead});
	t.deepEqual(parse(`2015-10-26 15:13:07 [a] mw1017 ${'x'.repeat(2000)} ERROR: x`), {refused: noHead});
});

test('no text makes it throw or take long', t => {
	const parser = mediawikiLineParser('UTC');
	fc.assert(
		fc.property(
			fc.string({maxLength: 200}),
			fc.constantFrom('', '2015-10-26 15:13:07 ', '2015-10-26 15:13:07 [a] mw1 w 1 e ERROR: '),
			(text, head) => {
				const parsed = parser({text: head + text, cut: false}, now);
				t.true('at' in parsed || 'refused' in parsed || 'continued' in parsed);
			},
		),
		{numRuns: 300},
	);
	const hostile = ['{"a":'.repeat(13_000), ' {'.repeat(32_000), '[ '.repeat(32_000), ' '.repeat(65_000)];
	const started = process.cpuUsage().user;
	for (const text of hostile) parse(`2015-10-26 15:13:07 [a] mw1017 enwiki 1.27 error ERROR: ${text}}`);
	t.true(process.cpuUsage().user - started < 1_000_000);
});
