import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import test from 'ava';
import {evaluateMoves, evaluationText} from '../../../evaluate/evaluate-moves.ts';
import {changeId, commit, repository, temporaryFolder} from '../../../helpers/client-world.ts';

const script = (name: string) =>
	`// ${name}: a script that is long enough to say something when it comes up in another repository.\n${`${name}();\n`.repeat(20)}`;
const footers = (digit: string, on?: string) =>
	`\n\n${on === undefined ? '' : `Depends-On: ${changeId(on)}\n`}Change-Id: ${changeId(digit)}\n`;

/** Three repositories: a declared move, a declared need that detection knows nothing of, a move that nobody declared, and what only looks like one. */
function world(folder: string): string[] {
	const [old, young, third] = ['old', 'young', 'third'].map(name => repository(join(folder, name))) as [string, string, string];
	commit(old, `Base${footers('0')}`, {
		'a.js': script('a'),
		'b.js': script('b'),
		'.eslintrc': script('c'),
		'e.js': script('e'),
		'x.php': "<?php\n$wgHooks['BeforePageDisplay'][] = 'x';\n",
	});
	commit(young, `Base${footers('1')}`, {'A.php': '<?php\n'});
	commit(third, `Base${footers('2')}`, {'x.php': '<?php\n'});
	commit(old, `Declared move, out${footers('a')}`, {'a.js': null});
	commit(young, `Declared move, in${footers('b', 'a')}`, {'lib/a.js': script('a'), 'A.php': "<?php\n$wgResourceModules['ext.a.b'] = 1;\n"});
	commit(third, `Declared need${footers('c', 'b')}`, {'use.txt': 'uses it'});
	commit(old, `Undeclared move, out${footers('d')}`, {'b.js': null});
	commit(third, `Undeclared move, in${footers('e')}`, {'b.js': script('b')});
	commit(old, `Within one repository${footers('f', 'd')}`, {'e.js': null, 'f.js': script('e'), '.eslintrc': null, 'x.php': '<?php\n'});
	commit(third, `Coincidence${footers('3', '9')}`, {'.eslintrc': script('c'), 'x.php': "<?php\n$wgHooks['BeforePageDisplay'][] = 'y';\n"});
	return [old, young, third];
}

test('recall and precision are counted over the pairs that people declared across repositories', async t => {
	const evaluation = await evaluateMoves(world(temporaryFolder(t)));
	t.deepEqual(evaluation.declared, {sameRepository: 1, across: 2, elsewhere: 1});
	t.is(evaluation.found, 1);
	t.is(evaluation.related, 1);
	t.deepEqual(evaluation.detected, {'exclusive by blob': {pairs: 2, declared: 1}});
	t.deepEqual(
		evaluation.undeclared.map(({removing, coming}) => [removing.subject, coming.subject]),
		[['Undeclared move, out', 'Undeclared move, in']],
	);
	t.deepEqual(
		evaluation.repositories.map(({name, commits}) => [name, commits]),
		[
			['old', 4],
			['young', 2],
			['third', 4],
		],
	);
	const text = evaluationText(evaluation, 20);
	t.regex(text, /recall: 1 of 2 \(50 %\)/);
	t.regex(text, /precision: 1 of 2 \(50 %\)/);
	t.regex(text, /first {2}old [0-9a-f]{10} \S+ Undeclared move, out/);
});

test('nothing out of nothing is not a figure, and one repository alone is said to have no links', async t => {
	const alone = repository(join(temporaryFolder(t), 'alone'));
	commit(alone, 'Base', {a: '1'});
	const text = evaluationText(await evaluateMoves([alone]), 20);
	t.regex(text, /recall: not measured, since nobody declared a pair/);
	t.regex(text, /precision: not measured, since no link was found/);
	t.regex(text, /one alone has none, name more/);
});

test('the command prints the figures, for people and for programs, and says what is wrong with a folder', t => {
	const folder = temporaryFolder(t);
	const command = join(process.cwd(), 'dist/test/evaluate/moves.js');
	const folders = world(folder);
	t.regex(
		execFileSync(process.execPath, [command, ...folders, '--sample', '1'], {encoding: 'utf8'}),
		/declared pairs: 2 across repositories/,
	);
	t.is(JSON.parse(execFileSync(process.execPath, [command, ...folders, '--json'], {encoding: 'utf8'})).found, 1);
	const wrong = t.throws(() => execFileSync(process.execPath, [command, join(folder, 'nowhere')], {encoding: 'utf8', stdio: 'pipe'}));
	t.regex(String(wrong), /evaluate:moves: there is no checkout at/);
});
