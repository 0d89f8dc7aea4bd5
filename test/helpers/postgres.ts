/**
 * PostgreSQL for tests. `npm test` starts one server for all files and says where in SIGNALBOX_TEST_POSTGRES; a file that runs alone starts
 * its own. Each test has a database of its own, copied from one whose tables are made, and gone when the test ends.
 */
import test, {type ExecutionContext} from 'ava';
import {databaseUrl, postgresHand, prepareTemplate, startPostgres, templateName} from './postgres-server.ts';

let own: Promise<string> | null = null;
let stopOwn = async (): Promise<void> => undefined;
test.after.always('the PostgreSQL of this file is stopped', () => stopOwn());

async function startOwn(): Promise<string> {
	const server = await startPostgres();
	stopOwn = server.remove;
	await prepareTemplate(server.url);
	return server.url;
}

/** The server of this test run. */
function testServer(): Promise<string> {
	const given = process.env['SIGNALBOX_TEST_POSTGRES'];
	if (given) return Promise.resolve(given);
	own ??= startOwn();
	return own;
}

let made = 0;

/** The address of a database of this test's own; `empty` has no tables yet. */
export async function postgresUnderTest(t: ExecutionContext, {empty = false} = {}): Promise<string> {
	const server = await testServer();
	made += 1;
	const name = `test_${process.pid}_${made}`;
	await postgresHand(server, `create database ${name} template ${empty ? 'template0' : `${templateName} strategy file_copy`}`);
	t.teardown(() => postgresHand(server, `drop database if exists ${name} with (force)`));
	return databaseUrl(server, name);
}
