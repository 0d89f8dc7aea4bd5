/** `signalbox order` on two checkouts of ten thousand commits each: the first run reads their history, the next ones only what came since. */
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdirSync, rmSync} from 'node:fs';
import path from 'node:path';
import {compare, median} from './measure.ts';
import {cleanEnvironment, runNode, startServe, top} from './service.ts';
import {atMost, digits, type Line} from './table.ts';

const commits = 10_000;
const foldersOfFiles = 50;
const newCount = 10;
const limitMs = 1000;

const changeId = (repository: string, index: number): string => `I${createHash('sha1').update(`${repository} ${index}`).digest('hex')}`;

function messageOf(repository: string, index: number): string {
	const other = repository === 'code' ? 'config' : 'code';
	// What is new leans on what is live, on what is only merged, and on the other repository.
	const depends =
		index >= commits - newCount ? [`Depends-On: ${changeId(other, index - newCount)}`, `Depends-On: ${changeId(other, 17)}`] : [];
	const body = 'What it does and why, in a few lines, as people write them:\nthe old way left a job in the queue when the page was moved.';
	return [
		`Change ${index} of ${repository}`,
		'',
		body,
		'',
		`Bug: T${200_000 + index}`,
		...depends,
		`Change-Id: ${changeId(repository, index)}`,
		'',
	].join('\n');
}

/** A checkout made in one go: each commit changes one of 500 files, and all but the newest ones are live. */
function makeCheckout(folder: string, repository: string, env: NodeJS.ProcessEnv): string {
	const checkout = path.join(folder, repository);
	mkdirSync(checkout);
	const git = (args: readonly string[], input?: string) =>
		execFileSync('git', args, {cwd: checkout, env, ...(input === undefined ? {} : {input}), maxBuffer: 1 << 28});
	git(['init', '--quiet', '--initial-branch=main']);
	git(['config', 'gc.auto', '0']);
	const parts: string[] = [];
	for (let index = 0; index < commits; index++) {
		const message = messageOf(repository, index);
		const text = `change ${index}\n${`a line of ${repository}\n`.repeat(10)}`;
		const file = `part-${index % foldersOfFiles}/file-${index % 500}.php`;
		parts.push(
			`commit refs/heads/main\ncommitter Riley <riley@example.org> ${1_600_000_000 + index * 600} +0000\n`,
			`data ${Buffer.byteLength(message)}\n${message}\nM 100644 inline ${file}\ndata ${Buffer.byteLength(text)}\n${text}\n`,
			index === commits - newCount - 1 ? 'reset refs/tags/live\nfrom refs/heads/main\n\n' : '',
		);
	}
	git(['fast-import', '--quiet', '--force'], parts.join(''));
	git(['reset', '--quiet', '--hard']);
	return checkout;
}

export async function benchOrderCommand(folder: string, quick: boolean): Promise<Line[]> {
	const env = cleanEnvironment(folder);
	const checkouts = ['code', 'config'].map(name => ({name, path: makeCheckout(folder, name, env)}));
	const service = await startServe(folder, [
		'services:',
		'  app:',
		'    changes:',
		'      from: git',
		'      checkouts:',
		...checkouts.map(({name, path: at}) => `        - {path: ${at}, repository: ${name}, landed: refs/tags/live}`),
	]);
	const order = async () =>
		runNode([path.join(top, 'server/signalbox.mjs'), 'order', '--config', service.config, '--service', 'app'], folder, env);
	const nothing = async () => runNode(['-e', '0'], folder, env);
	const lines: Line[] = [];
	try {
		const first: number[] = [];
		for (let round = 0; round < (quick ? 2 : 5); round++) {
			rmSync(path.join(folder, 'spool'), {recursive: true, force: true});
			first.push(await order());
		}
		const name = `order, 2 checkouts of ${commits} commits`;
		lines.push({name: `${name}, first run`, value: `${digits(median(first))} ms`, baseline: '-', ratio: null, aim: null});
		const {ratio, spread, ...ms} = await compare({ours: order, baseline: nothing, pairs: quick ? 5 : 20, warmUps: 1});
		const baseline = `node -e 0: ${digits(ms.baseline)} ms`;
		lines.push({name: `${name}, later`, value: `${digits(ms.ours)} ms`, baseline, ratio, spread, aim: atMost(limitMs, ms.ours, ' ms')});
	} finally {
		await service.stop();
	}
	return lines;
}
