import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {type Rule, rule} from '../../../gate/rule.ts';
import {tryCommand} from '../../../server/commands/try.ts';
import {quietDay} from '../../helpers/quiet-day.ts';

/** Holds when more changes than allowed go out at once. */
const smallBatch: Rule = rule({
	name: 'small-batch',
	why: 'What goes out at once cannot be told apart.',
	stages: 'every',
	precondition: false,
	limits: {
		changesMax: {type: 'number', default: 2, min: 0, max: 100, why: 'How many changes may go out at once.'},
		answer: {type: 'choice', default: 'hold', of: ['hold', 'rollback', 'unknown'], why: 'What to say when there are more.'},
	},
	check({batch}, {changesMax, answer}) {
		const tooMany = batch.changes.length > changesMax;
		const outcome = answer === 'rollback' || answer === 'unknown' ? answer : 'hold';
		const because = `${batch.changes.length} «changes» against at most ${changesMax}`;
		return [{outcome: tooMany ? outcome : 'pass', because, ...(tooMany ? {remedy: 'split the batch'} : {})}];
	},
});

async function run(t: ExecutionContext, args: string[], files: Readonly<Record<string, string>>, isTty = false) {
	const cwd = mkdtempSync(path.join(tmpdir(), 'signalbox-try-'));
	t.teardown(() => rmSync(cwd, {recursive: true, force: true}));
	for (const [name, content] of Object.entries(files)) writeFileSync(path.join(cwd, name), content);
	let out = '';
	let err = '';
	const io = {
		out: (text: string) => {
			out += text;
		},
		err: (text: string) => {
			err += text;
		},
		isTty,
		cwd,
	};
	const code = await tryCommand(args, io, [smallBatch]);
	return {code, out, err};
}

const facts = JSON.stringify(quietDay);
const strict = 'rules: {small-batch: {changes_max: 0}}';

test('facts that pass are a go, exit code 0', async t => {
	t.deepEqual(await run(t, ['facts.json'], {'facts.json': facts}), {
		code: 0,
		out: 'GO: 1 finding, nothing against it\n  pass     small-batch: 1 "changes" against at most 2\n  stage canaries, judged 2026-03-02T10:05:00.000Z\n',
		err: '',
	});
});

test('a stricter policy says what would have been: the reason first, the remedy under it, and its exit code', async t => {
	const {code, out, err} = await run(t, ['facts.json', '--policy', 'policy.yaml'], {'facts.json': facts, 'policy.yaml': strict});
	t.is(code, 1);
	t.is(err, '');
	t.deepEqual(out.split('\n').slice(0, 3), [
		'HOLD: 1 "changes" against at most 0',
		'  hold     small-batch: 1 "changes" against at most 0',
		'           do: split the batch',
	]);
});

test('the exit code follows the verdict', async t => {
	for (const [answer, exit] of [
		['hold', 1],
		['rollback', 3],
		['unknown', 4],
	] as const) {
		const policy = `rules: {small-batch: {changes_max: 0, answer: ${answer}}}`;
		t.is((await run(t, ['--policy', 'p.yaml', 'f.json'], {'f.json': facts, 'p.yaml': policy})).code, exit, answer);
	}
});

test('--json is the verdict of the contract, in ASCII', async t => {
	const {code, out} = await run(t, ['facts.json', '--json'], {'facts.json': facts}, true);
	t.is(code, 0);
	t.regex(out, /^[\t\n\x20-\x7e]*$/);
	t.deepEqual(JSON.parse(out), {
		verdict: 'go',
		deploy: null,
		stage: 'canaries',
		at: quietDay.at,
		findings: [{rule: 'small-batch', outcome: 'pass', because: '1 «changes» against at most 2', evidence: [], remedy: null}],
		url: null,
	});
});

test('colours are for terminals', async t => {
	t.true((await run(t, ['facts.json'], {'facts.json': facts}, true)).out.includes('\u001b[32mGO\u001b[0m'));
	t.false((await run(t, ['facts.json'], {'facts.json': facts})).out.includes('\u001b'));
});

test('wrong facts are exit code 2, each field with its path', async t => {
	const wrong = {...quietDay, stage: {name: 3, frist: true}};
	t.deepEqual(await run(t, ['facts.json'], {'facts.json': JSON.stringify(wrong)}), {
		code: 2,
		out: '',
		err: [
			'signalbox try: facts.json has 3 problems',
			'  facts.json: stage.name: must be text, not 3',
			'  facts.json: stage.first: is missing',
			'  facts.json: stage.frist: there is no such field; did you mean "first"?',
			'',
		].join('\n'),
	});
});

test('a wrong policy is exit code 2, with its line', async t => {
	const policy = 'rules:\n  small-bach: {}\n';
	t.deepEqual(await run(t, ['facts.json', '--policy', 'policy.yaml'], {'facts.json': facts, 'policy.yaml': policy}), {
		code: 2,
		out: '',
		err: 'signalbox try: policy.yaml line 2: rules.small-bach: there is no rule "small-bach"; did you mean "small-batch"?\n',
	});
});

test('a file that is missing or no JSON, and a wrong command line, are exit code 2 with a sentence', async t => {
	const sentence = async (...args: string[]) => {
		const {code, out, err} = await run(t, args, {'no.json': '{"version": 1,', 'facts.json': facts});
		t.is(code, 2, args.join(' '));
		t.is(out, '');
		return err;
	};
	t.is(await sentence('gone.json'), 'signalbox try: gone.json cannot be read: there is no such file\n');
	t.regex(await sentence('no.json'), /^signalbox try: no\.json is not JSON: .+\n$/);
	t.is(await sentence(), 'signalbox try: one file of facts is needed, not 0; see signalbox try --help\n');
	t.is(await sentence('a', 'b'), 'signalbox try: one file of facts is needed, not 2; see signalbox try --help\n');
	t.is(await sentence('facts.json', '--polcy', 'x'), 'signalbox try: there is no option --polcy; did you mean "--policy"?\n');
	t.regex(await sentence('facts.json', '--policy'), /--policy/);
});

test('--help explains with an example, --schema prints what facts are', async t => {
	t.true((await run(t, ['--help'], {})).out.includes('Example: signalbox try facts.json --policy policy.yaml'));
	const {code, out} = await run(t, ['--schema'], {});
	t.is(code, 0);
	t.is(JSON.parse(out).title, 'Signalbox facts');
});
