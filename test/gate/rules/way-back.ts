import test from 'ava';
import type {Change} from '../../../gate/facts.ts';
import {wayBack} from '../../../gate/rules/way-back.ts';
import {change, factsWith, quietDay} from '../../helpers/quiet-day.ts';

const usual = {doors: 'warn', oneWay: [], together: []};
const check = (changes: Change[], limits: object = {}, rollback: 'no' | 'said' = 'no', first = true) =>
	wayBack.check(factsWith({stage: {name: 'before', first}, batch: {...quietDay.batch, changes, rollback}}), {...usual, ...limits} as never);

test('nothing says that it could not be taken back: it passes', t => t.is(check([change('aaaa1111')])[0]?.outcome, 'pass'));

for (const line of [
	'One-Way: it rewrites the table',
	'one-way-door: it rewrites the table',
	'No-Rollback: it rewrites the table',
	'Irreversible: it rewrites the table',
	'Rollback: no, it rewrites the table',
	'Not safe to take back: it rewrites the table',
])
	test(`a one-way door is known by «${line}»`, t => {
		t.like(check([change('aaaa1111', {message: `x\n\n${line}\n`})])[0], {
			outcome: 'warn',
			because: 'app aaaa111 is a one-way door: it rewrites the table',
		});
	});

test('a door without a reason is one, a denied or a quoted one is none', t => {
	t.is(check([change('aaaa1111', {message: 'x\n\nOne-Way:\n'})])[0]?.because, 'app aaaa111 is a one-way door: it gives no reason');
	for (const line of ['One-Way: no', 'Rollback: yes', '> One-Way: it rewrites', 'Rollback the cache'])
		t.is(check([change('aaaa1111', {message: `x\n\n${line}\n`})])[0]?.outcome, 'pass', line);
});

test('at a later stage it is not said again', t => {
	const [finding] = check([change('aaaa1111', {message: 'x\n\nOne-Way: it rewrites\n'})], {}, 'no', false);
	t.is(finding?.outcome, 'pass');
});

test('the policy names doors by repository and path', t => {
	const oneWay = [{name: 'schema', repository: 'app', path: 'db/**', reason: 'rows are rewritten'}];
	const touching = change('aaaa1111', {paths: [{path: 'db/1.sql', kind: 'added'}]});
	t.like(check([touching], {oneWay, doors: 'hold'})[0], {outcome: 'hold', because: 'app aaaa111 is a one-way door: rows are rewritten'});
	t.is(check([change('bbbb2222', {paths: [{path: 'lib/a', kind: 'added'}]})], {oneWay})[0]?.outcome, 'pass');
	const {paths: _paths, ...untold} = touching;
	t.regex(check([untold], {oneWay})[0]?.because ?? '', /perhaps, since its files are not known: rows are rewritten/);
	t.is(check([touching], {oneWay, doors: 'off'})[0]?.outcome, 'pass');
	t.is(check([touching], {oneWay, doors: 'hold'}, 'said')[0]?.outcome, 'pass', 'a rollback is asked nothing');
});

test('2016-08-01: a service without its configuration is said, from either side; together they pass', t => {
	const together = [
		{name: 'redis password', repository: 'ores', path: 'config/**', with_repository: 'puppet', with_path: 'modules/ores/**'},
	];
	const service = change('aaaa1111', {repository: 'ores', paths: [{path: 'config/redis.yaml', kind: 'modified'}]});
	const config = change('bbbb2222', {repository: 'puppet', paths: [{path: 'modules/ores/init.pp', kind: 'modified'}]});
	t.is(
		check([service], {together})[0]?.because,
		'ores aaaa111 goes without puppet modules/ores/**, and they belong together: redis password.',
	);
	t.is(check([config], {together})[0]?.because, 'puppet bbbb222 goes without ores config/**, and they belong together: redis password.');
	t.is(check([service, config], {together})[0]?.outcome, 'pass');
});
