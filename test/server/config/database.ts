import {chmodSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {rules} from '../../../gate/rules/all.ts';
import {AppError} from '../../../server/app-error.ts';
import {databasePlace} from '../../../server/config/database.ts';
import {loadConfig} from '../../../server/config/load.ts';
import {temporaryFolder} from '../../helpers/service.ts';

const url = 'postgres://robin:secret@db.example.org/signalbox';

/** The place that a configuration of these lines and this environment names. */
function placeOf(t: ExecutionContext, yaml: string, env: Record<string, string> = {}, files: Record<string, string> = {}) {
	const folder = temporaryFolder(t);
	for (const [name, text] of Object.entries({'signalbox.yaml': yaml, ...files})) writeFileSync(path.join(folder, name), text);
	return {folder, place: () => databasePlace(loadConfig({env, cwd: folder, rules}))};
}

test('without a word the database is a SQLite file in the data folder', t => {
	const {folder, place} = placeOf(t, 'data: mine\n');
	t.deepEqual(place(), {engine: 'sqlite', folder: path.join(folder, 'mine')});
	t.deepEqual(placeOf(t, '', {DATABASE_URL: ''}).place().engine, 'sqlite');
});

test('DATABASE_URL says PostgreSQL, and is honoured over the file that the configuration names', t => {
	t.deepEqual(placeOf(t, '', {DATABASE_URL: url}).place(), {engine: 'postgres', url});
	const files = {'url.txt': 'postgres://other/db\n'};
	t.deepEqual(placeOf(t, 'database: {url_file: url.txt}\n', {}, files).place(), {engine: 'postgres', url: 'postgres://other/db'});
	t.deepEqual(placeOf(t, 'database: {url_file: url.txt}\n', {DATABASE_URL: url}, files).place(), {engine: 'postgres', url});
});

test('an address that is none is named by where it stands, and never shown', t => {
	const refusal = (place: () => unknown): string => t.throws(place, {instanceOf: AppError})?.message ?? '';
	const wrong = refusal(placeOf(t, '', {DATABASE_URL: 'mysql://robin:secret@db/x'}).place);
	t.regex(wrong, /^DATABASE_URL is no address of PostgreSQL: it must begin with postgres:\/\//);
	t.notRegex(wrong, /secret/);
	t.regex(
		refusal(placeOf(t, 'database: {url_file: url.txt}\n', {}, {'url.txt': 'robin:secret'}).place),
		/^What stands in .*url\.txt is no address/,
	);
	t.regex(refusal(placeOf(t, 'database: {url_file: none.txt}\n').place), /none\.txt cannot be read: there is no such file/);
	t.regex(refusal(placeOf(t, `database: {url: "${url}"}\n`).place), /there is no key «url»/);
});

test('whoever only asks a service need not be able to read the secret', t => {
	const folder = temporaryFolder(t);
	writeFileSync(path.join(folder, 'signalbox.yaml'), 'url: http://localhost:8420\ndatabase: {url_file: url.txt}\n');
	writeFileSync(path.join(folder, 'url.txt'), url);
	chmodSync(path.join(folder, 'url.txt'), 0);
	t.is(loadConfig({env: {}, cwd: folder, rules}).databaseUrlFile, path.join(folder, 'url.txt'));
});
