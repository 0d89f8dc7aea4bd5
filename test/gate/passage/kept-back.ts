import test from 'ava';
import fc from 'fast-check';
import type {Change} from '../../../gate/facts.ts';
import {readFooters} from '../../../gate/order/footers.ts';
import {changeForReaders, isKeptBack, publicChange, withoutKeptBack} from '../../../gate/passage/kept-back.ts';
import {judgeOrder, orderLimitsOf} from '../../../gate/rules/patch-order.ts';
import {change, factsWith} from '../../helpers/quiet-day.ts';

const sha = 'c'.repeat(40);
const message = `Stop XSS in the sidebar

The sidebar prints the name unescaped. Depends on: the parser's XSS fix.
Depends-On: I${'1'.repeat(40)}, the parser's XSS fix
Bug: T123
Urgent: XSS in the wild
This reverts commit ${sha}, which let the XSS in.
(cherry picked from commit ${sha})
Change-Id: I${'2'.repeat(40)}
`;
const secret: Change = change('aaaa1111', {
	...{subject: 'Stop XSS in the sidebar', message, labels: ['security', 'topic:xss-sidebar']},
	...{paths: [{path: 'includes/Sidebar-xss.php', kind: 'modified'}]},
	review: {source: 'gerrit', url: 'https://gerrit.example.org/xss', local: true},
});

test('local commits and those labelled security are kept back, others are as they were', t => {
	t.true(
		isKeptBack({labels: ['Security']}) && isKeptBack({review: {source: 'git', local: true}}) && isKeptBack({labels: ['hashtag:security']}),
	);
	t.false(isKeptBack({labels: ['security-team-fyi']}) || isKeptBack({review: {missing: 'x'}}) || isKeptBack({}));
	const plain = change('aaaa1111');
	t.is(publicChange(plain), plain);
	t.is(changeForReaders(plain), plain);
});

test('only what the gate reads is left of the message', t => {
	const told = publicChange(secret);
	t.is(told.subject, 'security patch');
	t.notRegex(`${told.subject}${told.message}`, /xss|sidebar|parser/i);
	const [before, after] = [readFooters(message), readFooters(told.message ?? '')];
	t.deepEqual(after.reverts, before.reverts);
	t.deepEqual(after.bugs, before.bugs);
	t.deepEqual(after.cherryPickedFrom, before.cherryPickedFrom);
	t.is(after.changeId, before.changeId);
	t.deepEqual(
		after.entries.flatMap(({reference}) => reference ?? []),
		before.entries.flatMap(({reference}) => reference ?? []),
	);
	t.deepEqual(publicChange(told), told, 'twice is as once');
});

test('who only reads sees neither its paths nor its topic nor its address', t => {
	t.notRegex(JSON.stringify(changeForReaders(secret)), /xss|sidebar/i);
	t.deepEqual(changeForReaders(secret).labels, ['security']);
	t.is(withoutKeptBack('aaaa (app: Stop XSS in the sidebar) was not named', [secret]), 'aaaa (app: security patch) was not named');
});

test('no word of a message that is longer than a name gets through', t => {
	const headers = fc.array(fc.constantFrom('Depends-On', 'Bug', 'Needed-By', 'One-Way', 'Change-Id', 'see', 'Urgent'));
	const words = fc.array(fc.constantFrom('zzsecretzz', ',', 'T1', 'I12345678', 'reverts commit')).map(list => list.join(' '));
	const isTold = fc.property(headers, words, (names, said) => {
		const lines = names.map(name => `${name}: ${said}`);
		const told = publicChange({...secret, subject: said, message: [said, '', ...lines].join('\n')});
		return !JSON.stringify([told.subject, told.message]).includes('zzsecretzz');
	});
	t.notThrows(() => fc.assert(isTold));
});

test('a finding about the files inside a change does not say which, where the change is kept back', t => {
	const inside = {
		...secret,
		repository: 'app',
		paths: [
			{path: 'new/xss.php', kind: 'added' as const},
			{path: 'old/xss.php', kind: 'deleted' as const},
		],
	};
	const exclusive = [{name: 'one owner', old_repository: 'app', old_path: 'old/*', new_repository: 'app', new_path: 'new/*'}];
	const said = (one: Change) =>
		JSON.stringify(
			judgeOrder(
				factsWith({batch: {changes: [one], atomic: false, perFile: true, targets: [], rollback: 'no'}}),
				orderLimitsOf({exclusive}),
			),
		);
	const {review: _local, labels: _labels, ...open} = inside;
	t.regex(said(open), /inside it new\/xss\.php must go out after old\/xss\.php/);
	t.regex(said(publicChange(inside)), /inside it security patch must go out after/);
	t.notRegex(said(publicChange(inside)), /xss/i);
});
