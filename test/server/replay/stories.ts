import {type ChildProcess, spawn} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {smallStory} from '../../helpers/small-story.ts';

type Result = {readonly exit: number | null; readonly out: string; readonly err: string};
type Told = {
	readonly incident: string | null;
	readonly drafts: readonly string[];
	readonly expectations: readonly {line: number; what: string; met: boolean; got: string}[];
};

const cli = join(process.cwd(), 'dist/server/cli.js');

function start(args: readonly string[]): {child: ChildProcess; ended: Promise<Result>} {
	const child = spawn(process.execPath, [cli, 'replay', ...args], {stdio: ['ignore', 'pipe', 'pipe']});
	let out = '';
	let err = '';
	child.stdout.setEncoding('utf8').on('data', text => {
		out += text;
	});
	child.stderr.setEncoding('utf8').on('data', text => {
		err += text;
	});
	const ended = new Promise<Result>(resolve => child.once('close', exit => resolve({exit, out, err})));
	return {child, ended};
}

function newFolder(t: ExecutionContext): string {
	const folder = mkdtempSync(join(tmpdir(), 'signalbox-test-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	return folder;
}

/** Processes that have the folder in their command line or environment. */
function processesOf(folder: string): string[] {
	if (!existsSync('/proc')) return [];
	return readdirSync('/proc')
		.filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
		.filter(name => {
			try {
				return ['cmdline', 'environ'].some(file => readFileSync(`/proc/${name}/${file}`, 'utf8').includes(folder));
			} catch {
				// Gone meanwhile, or another user's: not ours.
				return false;
			}
		});
}

for (const name of readdirSync(join(process.cwd(), 'server/replay/stories'))
	.filter(file => file.endsWith('.yaml'))
	.map(file => file.replace('.yaml', ''))) {
	test.serial(`the story ${name} comes out as it expects`, async t => {
		t.timeout(150_000);
		const folder = join(newFolder(t), 'play');
		const {exit, out, err} = await start([name, '--json', '--dir', folder]).ended;
		t.is(err, '');
		const told = JSON.parse(out) as Told;
		t.deepEqual(
			told.expectations.filter(({met}) => !met),
			[],
		);
		t.is(exit, 0);
		t.true(told.expectations.length > 20);
		t.is(told.drafts.length, 2);
		for (const file of told.drafts) t.true(readFileSync(file, 'utf8').includes(told.incident ?? 'no incident'));
		t.deepEqual(processesOf(folder), []);
	});
}

test.serial('an expectation that is not met is told with its line, and ends with 1', async t => {
	t.timeout(60_000);
	const folder = newFolder(t);
	const file = join(folder, 'small.yaml');
	writeFileSync(file, smallStory.replace('exit: 0}', 'exit: 1, says: [nobody says this]}'));
	const {exit, out} = await start([file, '--dir', join(folder, 'play')]).ended;
	t.is(exit, 1);
	t.regex(out, /0 of 2 expectations met/);
	t.regex(out, /small\.yaml line 27: expected: exit 1; got: exit 0/);
	t.regex(out, /small\.yaml line 27: expected: says nobody says this; got: /);
	t.regex(out, /^[\n\x20-\x7e]*$/);
});

test.serial('Ctrl-C ends everything that was started, and a folder that was not named is gone', async t => {
	t.timeout(60_000);
	const folder = newFolder(t);
	const file = join(folder, 'small.yaml');
	writeFileSync(file, `${smallStory}  - wait: 7000\n`);
	const {child, ended} = start([file]);
	const played = await new Promise<string>(resolve => {
		let text = '';
		child.stdout?.on('data', (more: string) => {
			text += more;
			const where = /^In (\S+),/m.exec(text)?.[1];
			if (where !== undefined && text.includes('waiting 7000 s')) resolve(where);
		});
	});
	t.true(processesOf(played).length > 0);
	child.kill('SIGINT');
	t.is((await ended).exit, 130);
	t.deepEqual(processesOf(played), []);
	t.false(existsSync(played));
});

test.serial('a story that is not there is named with the nearest one, and a folder in use is refused', async t => {
	const folder = newFolder(t);
	writeFileSync(join(folder, 'mine'), '');
	const missing = await start(['flag-mov']).ended;
	t.is(missing.exit, 2);
	t.regex(missing.err, /no story "flag-mov"\. Did you mean flag-move\?/);
	const used = await start(['flag-move', '--dir', folder]).ended;
	t.is(used.exit, 2);
	t.regex(used.err, /is not empty/);
});
