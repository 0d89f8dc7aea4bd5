/** The examples of docs/api.md, run as they stand there. */
import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {call} from '../helpers/cli.ts';
import {serviceUnderTest, temporaryFolder} from '../helpers/service.ts';

const run = promisify(execFile);
const manual = readFileSync(path.join(process.cwd(), 'docs/api.md'), 'utf8');
const examples = [...manual.matchAll(/^```sh\n(.*?)^```/gms)].map(([, code = '']) => code);

/** Each curl of a block by itself; a backslash at the end of a line, or an open quote, goes on. */
const commandsOf = (code: string): string[] => code.split(/^(?=curl )/m).filter(text => text.trim() !== '');

test('every example of the manual does what it says', async t => {
	const {url, folder, ask, post, stores} = await serviceUnderTest(t);
	await ask('before');
	await ask('canaries');
	await post('/api/v1/rollbacks', {service: 'app', reason: 'x', actor: {kind: 'person', name: 'Robin'}, idempotencyKey: 'to have one'});
	const [incident] = await stores().incidents.list(1);
	const made = await call(['token', 'create', 'manual', '--role', 'deployer', '--config', path.join(folder, 'signalbox.yaml')], folder);
	t.is(made.code, 0, made.stderr);
	const env = {PATH: process.env['PATH'], SIGNALBOX: url, TOKEN: made.stdout.trim().split('\n').at(-1), INCIDENT: incident?.id};
	const cwd = temporaryFolder(t);
	t.true(examples.length >= 6);
	const answers: string[] = [];
	for (const command of examples.flatMap(commandsOf)) {
		const {stdout} = await run('bash', ['-euo', 'pipefail', '-c', command], {cwd, env, timeout: 30_000});
		for (const line of stdout
			.trim()
			.split('\n')
			.filter(text => text !== ''))
			t.notThrows(() => JSON.parse(line), command);
		answers.push(stdout);
	}
	t.is((JSON.parse(readFileSync(path.join(cwd, 'openapi.json'), 'utf8')) as {openapi: string}).openapi, '3.1.0');
	t.regex(readFileSync(path.join(cwd, 'report.wiki'), 'utf8'), /^\{\{irdoc\|status=draft\}\}/);
	t.true(
		answers.some(text => /"until":"/.test(text)),
		'the override',
	);
	t.true(
		answers.some(text => /"stored":1,"duplicates":0,"conflicts":\[\]/.test(text)),
		'the event',
	);
	t.true(
		answers.some(text => /\{"result":\{"verdict":/.test(text)),
		'the check',
	);
});

test('the error of the manual is the one that is answered', async t => {
	const {url} = await serviceUnderTest(t);
	const shown = /```json\n(.*?)```/s.exec(manual)?.[1] ?? '';
	const answer = await fetch(`${url}/api/v1/overrides`, {
		method: 'POST',
		headers: {'content-type': 'application/json'},
		body: JSON.stringify({service: 'app', actor: {kind: 'person', name: 'Sam'}, idempotencyKey: 'a key of its own'}),
	});
	t.deepEqual(await answer.json(), JSON.parse(shown));
});
