/**
 * Runs a command with one PostgreSQL for all its tests: `node dist/test/helpers/with-postgres.js ava.mjs ARGUMENT…`. The server ends with the
 * command, however that ends, and the command's exit code is this one's. Without arguments for the command, it runs a second time for the
 * tests of actions and routes, with the services of those tests on PostgreSQL.
 */
import {spawn} from 'node:child_process';
import {prepareTemplate, startPostgres} from './postgres-server.ts';

const onBothEngines = ['dist/test/server/actions/**/*.js', 'dist/test/server/door/**/*.js', 'dist/test/server/routes/**/*.js'];

const server = await startPostgres();
let stopped = false;

function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
	const child = spawn(process.execPath, args, {stdio: 'inherit', env: {...process.env, SIGNALBOX_TEST_POSTGRES: server.url, ...env}});
	const passOn = (signal: NodeJS.Signals): void => {
		stopped = true;
		child.kill(signal);
	};
	const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
	for (const signal of signals) process.on(signal, passOn);
	return new Promise(done =>
		child.on('close', code => {
			for (const signal of signals) process.off(signal, passOn);
			done(code ?? 1);
		}),
	);
}

const [command = '', ...rest] = process.argv.slice(2);
let code = 1;
try {
	await prepareTemplate(server.url);
	code = await run([command, ...rest], {});
	if (rest.length === 0 && code === 0 && !stopped) code = await run([command, ...onBothEngines], {SIGNALBOX_TEST_ENGINE: 'postgres'});
} finally {
	await server.remove();
}
// Left to end by itself, the process would end with 0: the package that starts PostgreSQL says so when nothing is left to do.
process.exit(code);
