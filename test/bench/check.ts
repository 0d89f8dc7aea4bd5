/** What a hook waits for: the whole process of `signalbox-check.cjs`, cold, through the service, against a node that does nothing. */
import {execFileSync} from 'node:child_process';
import {createHash, randomBytes, randomUUID} from 'node:crypto';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {compare, timed} from './measure.ts';
import {cleanEnvironment, runNode, startServe, top} from './service.ts';
import {atMost, digits, type Line} from './table.ts';

const changeCount = 20;
const changeId = (index: number): string => `I${createHash('sha1').update(`change ${index}`).digest('hex')}`;

const messageOf = (index: number): string =>
	[
		`Change ${index} of the batch`,
		'',
		'What it does and why, in a few lines, as people write them: the old way',
		'left a job in the queue when the page was moved meanwhile.',
		'',
		`Bug: T${200_000 + index}`,
		...(index === 0 ? [] : [`Depends-On: ${changeId(index - 1)}`]),
		`Change-Id: ${changeId(index)}`,
		'',
	].join('\n');

/** A checkout of 20 new commits over what is live, among 200 files. `renew` makes it another deploy: its newest commit gets a new id. */
function makeCheckout(folder: string, env: NodeJS.ProcessEnv): {readonly path: string; renew(round: number): void} {
	const checkout = path.join(folder, 'app');
	mkdirSync(path.join(checkout, 'includes'), {recursive: true});
	const git = (...args: string[]) =>
		execFileSync('git', ['-c', 'user.name=Riley', '-c', 'user.email=riley@example.org', ...args], {cwd: checkout, env});
	const write = (index: number, text: string) => writeFileSync(path.join(checkout, 'includes', `file-${index}.php`), text);
	git('init', '--quiet', '--initial-branch=live');
	git('config', 'gc.auto', '0');
	for (let index = 0; index < 200; index++) write(index, `<?php\n${`// line of file ${index}\n`.repeat(50)}`);
	git('add', '.');
	git('commit', '--quiet', '-m', 'Everything that is live');
	git('tag', 'live');
	for (let index = 0; index < changeCount; index++) {
		write(index * 3, `<?php\n// changed by ${index}\n${`// line of file ${index * 3}\n`.repeat(49)}`);
		git('commit', '--quiet', '--all', '-m', messageOf(index));
	}
	return {path: checkout, renew: round => git('commit', '--quiet', '--amend', '--no-edit', `--date=${1_700_000_000 + round} +0000`)};
}

function writeChangesFile(file: string): void {
	const changes = Array.from({length: changeCount}, (_, index) => {
		const sha = randomBytes(20).toString('hex');
		const paths = [{path: `includes/file-${index * 3}.php`, kind: 'modified', blob: randomBytes(20).toString('hex')}];
		const times = {committedAt: '2026-11-02T10:00:00.000Z', author: 'Riley'};
		const ids = {id: sha.slice(0, 10), repository: 'app', branch: 'live', sha, changeId: changeId(index)};
		return {...ids, subject: `Change ${index} of the batch`, message: messageOf(index), paths, ...times};
	});
	writeFileSync(file, JSON.stringify({changes}));
}

/** The two questions of a check, asked of a warm service by a process that runs already: the service's own part. */
async function askService(url: string, changesFile: string): Promise<number> {
	writeChangesFile(changesFile);
	const {changes} = JSON.parse(readFileSync(changesFile, 'utf8')) as {changes: {sha: string}[]};
	const asked = {service: 'from-file', stage: 'before', host: 'deploy1', askedAt: new Date().toISOString(), deadlineMs: 20_000};
	const targets = [{repository: 'app', branch: 'live', sha: changes.at(-1)?.sha}];
	const body = JSON.stringify({...asked, idempotencyKey: randomUUID(), batch: {targets, changes}});
	return timed(async () => {
		await (await fetch(`${url}/api/v1/services/from-file/landed`)).text();
		const answer = await fetch(`${url}/api/v1/checks`, {method: 'POST', body, headers: {'content-type': 'application/json'}});
		const text = await answer.text();
		if (!text.includes('"verdict":"go"')) throw new Error(`the service answers ${answer.status}: ${text}`);
	});
}

export async function benchCheck(folder: string, quick: boolean): Promise<Line[]> {
	const env = cleanEnvironment(folder);
	const checkout = makeCheckout(folder, env);
	const changesFile = path.join(folder, 'changes.json');
	const service = await startServe(folder, [
		'services:',
		'  from-git:',
		'    changes:',
		'      from: git',
		`      checkouts: [{path: ${checkout.path}, repository: app, landed: refs/tags/live}]`,
		'  from-file:',
		`    changes: {from: file, file: ${changesFile}}`,
	]);
	const bundle = path.join(top, 'dist/signalbox-check.cjs');
	const check = (name: string) => runNode([bundle, '--config', service.config, '--service', name, '--stage', 'before'], folder, env);
	const nothing = async () => runNode(['-e', '0'], folder, env);
	const sides = [
		{
			name: `check, ${changeCount} changes from git`,
			aimed: true,
			ours: async (round: number) => {
				checkout.renew(round);
				return check('from-git');
			},
		},
		{
			name: `check, ${changeCount} changes from a JSON file`,
			aimed: true,
			ours: async () => {
				writeChangesFile(changesFile);
				return check('from-file');
			},
		},
		{name: 'of it, the answers of the service', aimed: false, ours: () => askService(service.url, changesFile)},
		// What is left of the two above without a service, a configuration and changes: node and the bundle's own start.
		{name: 'of it, node and the bundle (check --help)', aimed: false, ours: async () => runNode([bundle, '--help'], folder, env)},
	];
	const lines: Line[] = [];
	try {
		for (const {name, aimed, ours} of sides) {
			const {ratio, spread, ...ms} = await compare({ours, baseline: nothing, pairs: quick ? 5 : 20, warmUps: quick ? 1 : 3});
			const value = `${digits(ms.ours)} ms`;
			lines.push({name, value, baseline: `node -e 0: ${digits(ms.baseline)} ms`, ratio, spread, aim: aimed ? atMost(2, ratio) : null});
		}
	} finally {
		await service.stop();
	}
	return lines;
}
