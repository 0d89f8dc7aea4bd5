import {appendFile, copyFile, mkdir, open, readdir, rename, rm, symlink, truncate, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {type Follower, type FollowOptions, follow} from '../../../../server/integrations/log-files/follow.ts';
import {type HandClock, handClock, temporaryFolder, until} from '../../../helpers/log-fleet.ts';

type Followed = {readonly follower: Follower; readonly lines: string[]; readonly clock: HandClock; looks(): number};

function following(t: ExecutionContext, file: string, more: Partial<FollowOptions> = {}): Followed {
	const clock = handClock('2026-03-02T10:00:00.000Z');
	const lines: string[] = [];
	let looks = 0;
	const follower = follow({
		path: file,
		clock,
		onLine: line => lines.push(line.text),
		onLook: () => {
			looks += 1;
		},
		...more,
	});
	t.teardown(() => follower.stop());
	return {follower, lines, clock, looks: () => looks};
}

/** Two looks that began after now: what was there has been seen. */
async function seen({looks}: Followed): Promise<void> {
	const from = looks();
	await until(() => looks() >= from + 2, 'the file was looked at twice');
}

const missing = ({follower}: Followed): string => {
	const state = follower.state();
	return 'missing' in state ? state.missing : '';
};

test('a growing file is followed, and a half-written last line waits for its end', async t => {
	const file = path.join(await temporaryFolder(t), 'error.log');
	await writeFile(file, 'one\ntw');
	const followed = following(t, file);
	await followed.follower.ready;
	t.deepEqual(followed.lines, ['one']);
	t.true(followed.follower.fromFirstByte());
	await appendFile(file, 'o\nthree\n');
	await until(() => followed.lines.length === 3, 'three lines came');
	t.deepEqual(followed.lines, ['one', 'two', 'three']);
});

test('a rotated file is read to its end, also what its writer adds after the rotation', async t => {
	const folder = await temporaryFolder(t);
	const file = path.join(folder, 'error.log');
	const writer = await open(file, 'a');
	t.teardown(() => writer.close());
	await writer.write('one\n');
	const followed = following(t, file);
	await followed.follower.ready;
	await rename(file, `${file}.1`);
	await writer.write('two\n');
	await writeFile(file, 'three\n');
	await until(() => followed.lines.length === 3, 'the new file was read');
	await writer.write('four\nfive without end');
	await until(() => followed.lines.length === 4, 'the old file was read on');
	// Nothing more comes to the old file, so its last line is whole.
	followed.clock.advance(11_000);
	await until(() => followed.lines.length === 5, 'the old file was let go');
	t.deepEqual([...followed.lines].sort(), ['five without end', 'four', 'one', 'three', 'two']);
	t.is(followed.follower.counts.rotations, 1);
});

test('a file that is emptied under its writer is read from its first byte, also when it grew past the old place at once', async t => {
	const file = path.join(await temporaryFolder(t), 'error.log');
	await writeFile(file, 'one\ntwo\n');
	const followed = following(t, file);
	await followed.follower.ready;
	await copyFile(file, `${file}.1`);
	await truncate(file, 0);
	await writeFile(file, 'three, which is longer than all that was there\n');
	await until(() => followed.lines.length === 3, 'the new line came');
	await truncate(file, 0);
	await appendFile(file, 'four\n');
	await until(() => followed.lines.length === 4, 'the short line came');
	t.deepEqual(followed.lines, ['one', 'two', 'three, which is longer than all that was there', 'four']);
});

test('a file that vanishes is said to be gone since then, and is read from its first byte when it is back', async t => {
	const file = path.join(await temporaryFolder(t), 'error.log');
	await writeFile(file, 'one\n');
	const followed = following(t, file);
	await followed.follower.ready;
	t.is(missing(followed), '');
	await rm(file);
	await until(() => missing(followed) !== '', 'the file was missed');
	followed.clock.advance(60_000);
	await seen(followed);
	t.is(missing(followed), `${file} is gone since 2026-03-02T10:00:00.000Z`);
	await writeFile(file, 'two\n');
	await until(() => followed.lines.length === 2, 'the file was back');
	t.deepEqual(followed.lines, ['one', 'two']);
	await seen(followed);
	t.is(missing(followed), '');
});

test('a file that is renamed away and back goes on where it was', async t => {
	const file = path.join(await temporaryFolder(t), 'error.log');
	await writeFile(file, 'one\n');
	const followed = following(t, file);
	await followed.follower.ready;
	await rename(file, `${file}.away`);
	await until(() => missing(followed) !== '', 'the file was missed');
	await writeFile(file, 'two\n');
	await until(() => followed.lines.length === 2, 'the other file was read');
	await appendFile(`${file}.away`, 'three\n');
	await rename(`${file}.away`, file);
	await until(() => followed.lines.length === 3, 'the first file was read on');
	await seen(followed);
	t.deepEqual(followed.lines, ['one', 'two', 'three']);
});

test('a file that is not there yet is waited for', async t => {
	const file = path.join(await temporaryFolder(t), 'error.log');
	const followed = following(t, file);
	await followed.follower.ready;
	t.is(missing(followed), `${file} is not there since 2026-03-02T10:00:00.000Z`);
	await writeFile(file, 'one\n');
	await until(() => followed.lines.length === 1, 'it came');
});

test('a folder is not followed, and the reason is said', async t => {
	const folder = await temporaryFolder(t);
	const followed = following(t, folder);
	await followed.follower.ready;
	t.regex(missing(followed), /is not a regular file/);
});

test.serial('a file that may not be read says so', async t => {
	const folder = await temporaryFolder(t);
	const file = path.join(folder, 'error.log');
	await writeFile(file, 'one\n', {mode: 0o000});
	const asRoot = process.getuid?.() === 0;
	// Root may read everything, so for a moment this process is nobody.
	if (asRoot) process.seteuid?.(65_534);
	const followed = following(t, file);
	await followed.follower.ready;
	const reason = missing(followed);
	if (asRoot) process.seteuid?.(0);
	t.regex(reason, /may not be read by the user of this process \(permission denied\) since/);
});

test('a link that is turned to another file is a rotation', async t => {
	const folder = await temporaryFolder(t);
	const file = path.join(folder, 'error.log');
	await writeFile(path.join(folder, 'monday'), 'one\n');
	await writeFile(path.join(folder, 'tuesday'), 'two\n');
	await symlink('monday', file);
	const followed = following(t, file);
	await followed.follower.ready;
	await symlink('tuesday', `${file}.new`);
	await rename(`${file}.new`, file);
	await until(() => followed.lines.length === 2, 'the other file was read');
	t.deepEqual(followed.lines, ['one', 'two']);
});

test('only the end of a large file is read at the start, from about the time that is asked for', async t => {
	const folder = await temporaryFolder(t);
	const file = path.join(folder, 'error.log');
	const filler = 'x'.repeat(200);
	await writeFile(file, Array.from({length: 10_000}, (_, index) => `${index} ${filler}\n`).join(''));
	const bounded = following(t, file, {maxBackBytes: 10_000});
	await bounded.follower.ready;
	t.false(bounded.follower.fromFirstByte());
	t.true(bounded.lines.length > 40 && bounded.lines.length < 50);
	t.true(bounded.lines.every(line => line.endsWith(` ${filler}`)));

	const startedMs = Date.parse('2026-03-02T10:00:00.000Z');
	const byTime = following(t, file, {backMs: 2000, timeOf: line => startedMs - 10_000 + Number.parseInt(line.text, 10)});
	await byTime.follower.ready;
	const first = Number.parseInt(byTime.lines[0] ?? '', 10);
	t.true(first <= 8000 && first > 6500, `began at line ${first}`);
	t.is(Number.parseInt(byTime.lines.at(-1) ?? '', 10), 9999);
});

test('stopping closes all descriptors', async t => {
	const folder = await temporaryFolder(t);
	const file = path.join(folder, 'error.log');
	await writeFile(file, 'one\n');
	const followed = following(t, file);
	await followed.follower.ready;
	await rename(file, `${file}.1`);
	await writeFile(file, 'two\n');
	await until(() => followed.lines.length === 2, 'both were read');
	await followed.follower.stop();
	await appendFile(file, 'three\n');
	t.deepEqual(followed.lines, ['one', 'two']);
	if (process.platform === 'linux') {
		const {readlink} = await import('node:fs/promises');
		const targets = await Promise.all((await readdir('/proc/self/fd')).map(fd => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
		t.deepEqual(
			targets.filter(target => target.startsWith(folder)),
			[],
		);
	}
});

type Step = {readonly does: 'write' | 'rotate' | 'truncate' | 'vanish'; readonly lines: number; readonly chop: number};

test('no line is lost or given twice, however the file is chopped, rotated and truncated', async t => {
	const steps = fc.array(
		fc.record<Step>({
			does: fc.constantFrom('write', 'write', 'write', 'rotate', 'truncate', 'vanish'),
			lines: fc.integer({min: 0, max: 20}),
			chop: fc.integer({min: 1, max: 50}),
		}),
		{minLength: 1, maxLength: 8},
	);
	const folder = await temporaryFolder(t);
	let run = 0;
	await fc.assert(
		fc.asyncProperty(steps, async script => {
			run += 1;
			const inside = path.join(folder, String(run));
			await mkdir(inside);
			const file = path.join(inside, 'error.log');
			const followed = following(t, file);
			const written: string[] = [];
			let rotations = 0;
			let writer = await open(file, 'a');
			const write = async (text: string, chop: number) => {
				for (let from = 0; from < text.length; from += chop) await writer.write(text.slice(from, from + chop));
			};
			for (const {does, lines, chop} of script) {
				const batch = Array.from({length: lines}, (_, index) => `run ${run} line ${written.length + index}`);
				written.push(...batch);
				const text = batch.map(line => `${line}\n`).join('');
				const half = Math.floor(text.length / 2);
				await write(text.slice(0, half), chop);
				if (does === 'rotate' || does === 'vanish') {
					// The first look must have opened the file before it goes away, as a service does that runs for days.
					await seen(followed);
					rotations += 1;
					await rename(file, `${file}.${rotations}`);
				}
				await write(text.slice(half), chop);
				if (does === 'rotate') {
					await writer.close();
					writer = await open(file, 'a');
				}
				if (does === 'vanish') {
					await seen(followed);
					await rm(`${file}.${rotations}`);
					await writer.close();
					writer = await open(file, 'a');
				}
				if (does === 'truncate') {
					// What nobody has read yet is lost to everybody when a file is truncated.
					await until(() => followed.lines.length === written.length, 'all was read before the truncation');
					await truncate(file, 0);
				}
			}
			await until(() => followed.lines.length >= written.length, `all ${written.length} lines came`);
			await seen(followed);
			await followed.follower.stop();
			await writer.close();
			t.deepEqual([...followed.lines].sort(), [...written].sort());
		}),
		{numRuns: 25},
	);
});
