/** What starts PostgreSQL for all tests must not change how they end. */
import {spawn} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {temporaryFolder} from './helpers/service.ts';

const runner = path.join(process.cwd(), 'dist/test/helpers/with-postgres.js');

test('a command that fails fails with its own exit code, after it had a PostgreSQL', async t => {
	const command = path.join(temporaryFolder(t), 'command.mjs');
	writeFileSync(command, 'console.log(process.env.SIGNALBOX_TEST_POSTGRES, process.argv[2]);\nprocess.exitCode = 3;\n');
	const child = spawn(process.execPath, [runner, command, 'an argument'], {stdio: ['ignore', 'pipe', 'inherit']});
	let said = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		said += text;
	});
	const code = await new Promise(resolve => child.on('close', resolve));
	t.regex(said, /^postgres:\/\/signalbox:\S+@127\.0\.0\.1:\d+\/postgres an argument\n$/);
	t.is(code, 3);
});
