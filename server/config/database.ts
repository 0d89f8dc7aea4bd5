/** Which database the service uses. Read when it is opened: whoever only asks a service need not be able to read the secret. */
import type {Config, DatabasePlace} from '../config.ts';
import {parsePostgresUrl} from '../stores/postgres/address.ts';
import {readSecret} from './secret.ts';

/**
 * DATABASE_URL, else what stands in the file of `database: url_file`, else the SQLite file in the data folder. Throws AppError `invalid`
 * where an address is none, or its file cannot be read.
 */
export function databasePlace({databaseUrl, databaseUrlFile, dataDir}: Config): DatabasePlace {
	if (databaseUrl !== null) return {engine: 'postgres', url: parsePostgresUrl(databaseUrl, 'DATABASE_URL')};
	if (databaseUrlFile === null) return {engine: 'sqlite', folder: dataDir};
	const text = readSecret(databaseUrlFile, databaseUrlFile);
	return {engine: 'postgres', url: parsePostgresUrl(text, `What stands in ${databaseUrlFile}`)};
}
