import test from 'ava';
import {pathMatches} from '../../../gate/order/path-matches.ts';

test('a pattern is exact, or has stars within a segment and over segments', t => {
	const yes: [string, string][] = [
		['a/b.js', 'a/b.js'],
		['a/*.js', 'a/b.js'],
		['**', 'a/b/c'],
		['a/**/c', 'a/c'],
		['a/**/c', 'a/b/b/c'],
		['**/*.js', 'x.js'],
		['a/*b*', 'a/xbx'],
	];
	const no: [string, string][] = [
		['a/b.js', 'a/bxjs'],
		['a/*.js', 'a/b/c.js'],
		['a/*', 'a'],
		['a/**/c', 'a/b'],
		['*.js', 'a/x.js'],
		['a.c', 'abc'],
	];
	for (const [pattern, path] of yes) t.true(pathMatches(pattern, path), `${pattern} ${path}`);
	for (const [pattern, path] of no) t.false(pathMatches(pattern, path), `${pattern} ${path}`);
});

test('a pattern of many stars stays quick', t => {
	t.false(pathMatches(`${'*a'.repeat(50)}b`, 'a'.repeat(4000)));
	t.false(pathMatches(`${'**/a/'.repeat(50)}b`, 'a/'.repeat(2000)));
});
