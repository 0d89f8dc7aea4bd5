import test from 'ava';
import fc from 'fast-check';
import {readPasted} from '../../server/pasted-changes.ts';

const changeId = `I46d3784514155af27b407d78be567c291042fa86`;
const names = (text: string) => readPasted(text).changes.map(({name}) => name);
const unread = (text: string) => readPasted(text).unread.map(({line, text: said}) => [line, said]);

test('commits and Change-Ids are read one a line, as people write lists', t => {
	t.deepEqual(
		names(`c0fd944\n\n  ${changeId}\n- extensions/Echo@f793b13\n2) aaf6372edce473a1da47f94967cb2dbe80def4d6,\npick df13d6d Rename it`),
		['c0fd944', changeId, 'extensions/Echo@f793b13', 'aaf6372edce473a1da47f94967cb2dbe80def4d6', 'df13d6d'],
	);
	const [, , echo, , renamed] = readPasted(`c0fd944\n${changeId}\nextensions/Echo@f793b13\naaf6372\ndf13d6d Rename it`).changes;
	t.like(echo, {line: 3, repository: 'extensions/Echo', sha: 'f793b13', changeId: null, message: null});
	t.like(renamed, {line: 5, subject: 'Rename it', message: 'Rename it'});
});

const log = `commit c0fd94423182aaaaaaaaaaaaaaaaaaaaaaaaaaaa (HEAD -> wmf/1.27.0-wmf.3, origin/master)
Merge: aaf6372 df13d6d
Author: Riley Deployer <riley@example.org>
Date:   Wed Oct 21 17:53:00 2015 +0000

    Move Schema:Search from CirrusSearch

    It breaks where c0ffee1 is not there:
    c0ffee1 must come first.

    Depends-On: ${changeId}
    Change-Id: I90d5c30a00000000000000000000000000000000

 modules/search.js | 12 +++---
 1 file changed, 6 insertions(+), 6 deletions(-)

diff --git a/modules/search.js b/modules/search.js
index 1234567..89abcde 100644
--- a/modules/search.js
+++ b/modules/search.js
@@ -1 +1 @@
-aaf6372
+df13d6d

commit f793b13afb20aaaaaaaaaaaaaaaaaaaaaaaaaaaa
Author: Robin <robin@example.org>

    Refactor search.js
`;

test('git log is read with its messages, and what it prints beside them is left', t => {
	const {changes, unread: left} = readPasted(log);
	t.deepEqual(left, []);
	t.is(changes.length, 2);
	t.like(changes[0], {
		...{line: 1, sha: 'c0fd94423182aaaaaaaaaaaaaaaaaaaaaaaaaaaa', changeId: 'I90d5c30a00000000000000000000000000000000'},
		...{subject: 'Move Schema:Search from CirrusSearch', author: 'Riley Deployer <riley@example.org>'},
	});
	t.regex(changes[0]?.message ?? '', /^Move Schema:Search from CirrusSearch\n\nIt breaks[\s\S]*\n\nDepends-On: I46d/);
	t.notRegex(changes[0]?.message ?? '', /diff|insertions/);
	t.like(changes[1], {subject: 'Refactor search.js', sha: 'f793b13afb20aaaaaaaaaaaaaaaaaaaaaaaaaaaa'});
});

test('git log --oneline is read, with or without a graph and decorations', t => {
	const {changes} = readPasted('* c0fd944 (HEAD -> master, tag: v1) Move it\n* f793b13 Refactor it');
	t.deepEqual(
		changes.map(({sha, subject}) => [sha, subject]),
		[
			['c0fd944', 'Move it'],
			['f793b13', 'Refactor it'],
		],
	);
});

test('footers below a name belong to it', t => {
	const [first, second] = readPasted(`c0fd944 Move it\nDepends-On: ${changeId}\n\nf793b13\n    Refactor it\n\n    Bug: T1`).changes;
	t.is(first?.message, `Move it\n\nDepends-On: ${changeId}`);
	t.is(second?.message, 'Refactor it\n\nBug: T1');
});

test('whole messages are read one after another, each known by its Change-Id', t => {
	const other = `I${'a1'.repeat(20)}`;
	const {changes, unread: left} = readPasted(
		`Move it\n\nBecause.\n\nChange-Id: ${changeId}\n\nRefactor it\n\nDepends-On: ${changeId}\nChange-Id: ${other}\n`,
	);
	t.deepEqual(left, []);
	t.deepEqual(
		changes.map(change => [change.changeId, change.subject]),
		[
			[changeId, 'Move it'],
			[other, 'Refactor it'],
		],
	);
	t.regex(changes[1]?.message ?? '', /Depends-On/);
});

test('a footer that is spelled wrongly belongs to the change above it, so that the gate can say what is wrong with it', t => {
	const {changes, unread: left} = readPasted(`c0fd944 Move it\nDepends on: ${changeId}\nnot a change\nnor this`);
	t.is(changes[0]?.message, `Move it\n\nDepends on: ${changeId}`);
	t.like(left[0], {line: 3, text: 'not a change'});
	t.regex(left[0]?.why ?? '', /^names no commit and no Change-Id, .*; so does the line below it$/);
});

test('what names no change is named with its line, and so is what is named twice', t => {
	t.deepEqual(unread('c0fd944\nnonsense here\ndeadbeef1\ndefaced'), [
		[2, 'nonsense here'],
		[4, 'defaced'],
	]);
	t.deepEqual(names('c0fd944\nnonsense here\ndeadbeef1'), ['c0fd944', 'deadbeef1']);
	t.deepEqual(unread('c0fd944\nf793b13\nC0FD944'), [[3, 'C0FD944']]);
	t.deepEqual(unread('Fix the tests\n\nNo id anywhere.'), [[1, 'Fix the tests']]);
	t.deepEqual(readPasted('\n \n---\n'), {changes: [], unread: []});
});

test('any text is read in a moment; whatever is called a change has a name that the text gave it', t => {
	const line = fc.oneof(
		fc.string({maxLength: 60}),
		fc.constantFrom(
			'',
			'---',
			'commit c0fd944',
			'    indented',
			`Change-Id: ${changeId}`,
			'c0fd944 subject',
			'diff --git a b',
			'Author: x',
			'\u0000',
		),
	);
	fc.assert(
		fc.property(fc.array(line, {maxLength: 40}), lines => {
			const {changes, unread: left} = readPasted(lines.join('\n'));
			const numbers = [...changes, ...left].map(one => one.line);
			t.true(numbers.every(number => number >= 1 && number <= lines.join('\n').split(/\r\n|[\n\r\u2028\u2029]/).length));
			t.true(changes.every(({sha, changeId: id}) => sha !== null || id !== null));
		}),
	);
	// The processor's time, since the machine may have other things to do.
	const start = process.cpuUsage();
	readPasted('a '.repeat(131_072));
	readPasted('c0fd944 '.repeat(32_768));
	readPasted('commit c0fd944\n    x\n'.repeat(12_000));
	// A line end to Unicode, and none to many who write one.
	readPasted(`#${' '.repeat(100_000)}\u2028x\ncommit c0fd944 -${' '.repeat(100_000)}\u2028x`);
	t.true(process.cpuUsage(start).user < 3_000_000);
});
