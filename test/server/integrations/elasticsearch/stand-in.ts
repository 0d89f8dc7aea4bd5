/** The stand-in must evaluate what it is asked, or the tests beside this one prove nothing. */
import test from 'ava';
import {type Document, SearchError, valuesOf} from '../../../helpers/elasticsearch-search.ts';
import {parseQueryString} from '../../../helpers/query-string.ts';

const documents: readonly (Document & {readonly id: string})[] = [
	{id: 'a', level: 'ERROR', channel: 'exception', message: 'Call to undefined function foo()', code: 500, host: {name: 'c1'}},
	{id: 'b', level: 'ERROR', channel: 'session', message: 'Undefined index: foo', code: 404, host: {name: 'c1'}},
	{id: 'c', level: 'INFO', channel: 'exception', message: 'function foo is fine', code: 200, tags: ['x', 'y']},
	{id: 'd', level: 'CRITICAL', channel: 'fatal', message: 'out of memory', code: 503},
];

const found = (query: string): string => {
	const matches = parseQueryString(query);
	return documents
		.filter(document =>
			matches({values: field => valuesOf(document, field), isText: field => field === 'message', usual: Object.keys(document)}),
		)
		.map(({id}) => id)
		.join('');
};

for (const [query, ids] of [
	['*', 'abcd'],
	['level:ERROR', 'ab'],
	['level:error', ''],
	['level:ERROR AND channel:exception', 'a'],
	['level:(ERROR OR CRITICAL) AND NOT channel:session', 'ad'],
	['level:ERROR -channel:session', 'a'],
	['level:ERROR +channel:exception', 'ac'],
	['-level:ERROR', 'cd'],
	['level:ERROR && !channel:session', 'a'],
	['(level:ERROR OR level:INFO) AND channel:exception', 'ac'],
	['message:"undefined function"', 'a'],
	['message:FOO', 'abc'],
	['message:undef*', 'ab'],
	['"out of memory"', 'd'],
	['channel:ex*n', 'ac'],
	['code:[400 TO 500]', 'ab'],
	['code:{404 TO *}', 'ad'],
	['code:>=500', 'ad'],
	['_exists_:tags', 'c'],
	['tags:y', 'c'],
	['host.name:c1', 'ab'],
	['host.name:*', 'ab'],
	['nothing:x', ''],
] as const)
	test(`query_string ${query} finds ${ids || 'nothing'}`, t => t.is(found(query), ids));

test('what cannot be parsed is an error', t => {
	for (const query of ['level:(ERROR', 'a AND', 'AND a', 'level:[1 2]', ')'])
		t.throws(() => found(query), {message: /^Failed to parse query/}, query);
	t.is(new SearchError('x', 'y').type, 'x');
});
