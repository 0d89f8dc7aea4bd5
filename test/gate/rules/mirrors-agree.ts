import test from 'ava';
import type {Mirror} from '../../../gate/facts.ts';
import {mirrorsAgree} from '../../../gate/rules/mirrors-agree.ts';
import {factsWith} from '../../helpers/quiet-day.ts';

const usual = {behind: 'hold', silent: 'unknown'};
const mirror = (more: Partial<Mirror> = {}): Mirror => ({
	...{repository: 'services/ores', mirror: 'diffusion', ref: 'master', wanted: 'b'.repeat(40), has: 'b'.repeat(40)},
	...more,
});
const check = (mirrors: Mirror[] | undefined, limits = usual, at = '2016-08-01T11:18:00.000Z') =>
	mirrorsAgree.check(factsWith({at, ...(mirrors === undefined ? {} : {mirrors})}), limits);

test('it passes where every mirror has the commit, and where none is configured it says so', t => {
	t.like(check([mirror()])[0], {outcome: 'pass', because: 'every mirror has the commit of this deploy: diffusion'});
	t.like(check(undefined)[0], {outcome: 'pass', because: 'no mirror is configured: none was looked at'});
	t.is(check([mirror({has: 'b'.repeat(10)})])[0]?.outcome, 'pass', 'one may be told shorter');
});

test('2016-08-01: the mirror that lags is named, and since when', t => {
	const [finding] = check([mirror({has: 'a'.repeat(40), behindSince: '2016-08-01T11:01:00.000Z'})]);
	t.is(finding?.outcome, 'hold');
	t.is(finding?.because, 'The mirror diffusion lags behind on ores master since 11:01 UTC (17 min): it has aaaaaaa, not bbbbbbb.');
	t.is(check([mirror({has: 'a'.repeat(40)})], {...usual, behind: 'warn'})[0]?.outcome, 'warn');
	t.is(check([mirror({has: 'a'.repeat(40)})], {...usual, behind: 'off'})[0]?.outcome, 'pass');
	t.regex(
		check([mirror({has: 'a'.repeat(40), behindSince: '2016-07-20T11:01:00.000Z'})])[0]?.because ?? '',
		/since 2016-07-20 11:01 UTC \(12 days\)/,
	);
});

test('a mirror that cannot be asked is unknown, and the others are still said', t => {
	const found = check([mirror({has: {missing: 'timed out after 2 s'}}), mirror({mirror: 'github', has: 'a'.repeat(40)})]);
	t.deepEqual(
		found.map(({outcome}) => outcome),
		['unknown', 'hold'],
	);
	t.regex(found[0]?.because ?? '', /Whether the mirror diffusion has ores master bbbbbbb cannot be told: timed out after 2 s/);
	t.is(check([mirror({has: {missing: 'x'}})], {...usual, silent: 'warn'})[0]?.outcome, 'warn');
});

test('a password in the address of a mirror is not shown', t => {
	const found = check([mirror({mirror: 'https://robot:secret@git.example.org/ores', has: 'a'.repeat(40)})]);
	t.regex(found[0]?.because ?? '', /https:\/\/git\.example\.org\/ores/);
	t.notRegex(JSON.stringify(found), /secret/);
});
