import test from 'ava';
import fc from 'fast-check';
import {hostMatcher, parseSelector, withMatcher, writeSelector} from '../../../../server/integrations/prometheus/selector.ts';

test('a plain selector comes back as it was meant', t => {
	const written = (text: string) => {
		const parsed = parseSelector(text);
		return 'problem' in parsed ? parsed.problem : writeSelector(parsed);
	};
	t.is(written('up'), 'up{}');
	t.is(written(' app:errors:total { job = \'a\', code=~"5.." , } '), 'app:errors:total{job="a",code=~"5.."}');
	t.is(written('{__name__="x",p=`C:\\d`}'), '{__name__="x",p="C:\\\\d"}');
	t.is(written('x{m="say \\"}, no\\""}'), 'x{m="say \\"}, no\\""}');
	t.is(written('x{a!="1",b!~"2"}'), 'x{a!="1",b!~"2"}');
});

test('whatever is no plain selector is refused with what to write', t => {
	const problem = (text: string) => {
		const parsed = parseSelector(text);
		return 'problem' in parsed ? parsed.problem : 'none';
	};
	t.regex(problem('rate(x[5m])'), /^functions are not taken, since starts and resets of counters are settled here; write a plain selector/);
	t.regex(problem('x[5m]'), /^a range is not taken/);
	t.regex(problem('x{job="a"'), /^it cannot be read from «job="a"» on/);
	t.regex(problem('x{job=a}'), /^it cannot be read from «job=a}» on/);
	t.regex(problem('x + y'), /^it cannot be read from «\+ y» on/);
	t.regex(problem('{}'), /^it names nothing/);
	t.regex(problem('x offset 5m'), /^it cannot be read from «offset 5m» on/);
});

test('any value survives being written and read again', t => {
	fc.assert(
		fc.property(fc.string({unit: 'grapheme'}), value => {
			const selector = {name: 'x', matchers: [{label: 'l', operator: '=' as const, value}]};
			t.deepEqual(parseSelector(writeSelector(selector)), selector);
		}),
	);
});

test('hosts are matched in short and in full, with a port or without', t => {
	const {value} = hostMatcher('instance', ['mw1261.eqiad.wmnet', 'c1', '10.0.0.1', '2001:db8::1']);
	const pattern = new RegExp(`^(?:${value.replace('(?i:', '(?:')})$`, 'i');
	for (const name of [
		'mw1261',
		'mw1261.eqiad',
		'MW1261.eqiad.wmnet:9090',
		'c1',
		'c1.example.org:80',
		'10.0.0.1:9',
		'[2001:db8::1]:9',
		'2001:db8::1',
	])
		t.regex(name, pattern);
	for (const name of ['mw12611', 'mw1261.codfw', 'xc1', 'c10', '10.0.0.11', '10a0.0.1']) t.notRegex(name, pattern);
	const selector = withMatcher({name: 'x', matchers: []}, hostMatcher('host', ['c1']));
	t.is(writeSelector(selector), 'x{host=~"(?i:(c1(\\\\..+)?)(:[0-9]+)?)"}');
});
