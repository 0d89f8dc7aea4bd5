/** Takes a database file out of everybody's hands, so that another file can be put in its place. */
import {AppError} from '../app-error.ts';
import {connect, explainFailure, messageOf} from './connection.ts';

const busyTimeoutMs = 500;
/** A file in this state cannot be locked, and is the very one that a restore is to replace. */
const isBeyondLocking = (error: unknown): boolean => /SQLITE_NOTADB|SQLITE_CORRUPT/.test(messageOf(error));

export type Taken = {
	/** False where the file is so damaged that nobody can tell whether it is in use. */
	readonly isSure: boolean;
	release(): Promise<void>;
};

/** Fails while another process has the file open; until `release`, nobody else can read or write it. */
export async function takeAlone(file: string): Promise<Taken> {
	const sql = connect(file, {connectionsMax: 1, busyTimeoutMs, staysOpen: true, pragmas: []});
	try {
		// Whoever has a database in WAL mode open, even idle, keeps others from leaving that mode.
		await sql.raw('pragma wal_checkpoint(truncate)');
		const [{journal_mode: mode}] = await sql.raw('pragma journal_mode = delete');
		if (mode !== 'delete') throw new Error(`SQLITE_BUSY: the journal mode stays ${mode}`);
		await sql.raw('begin exclusive');
	} catch (error) {
		await sql.destroy();
		if (isBeyondLocking(error)) return {isSure: false, release: async () => undefined};
		if (/SQLITE_BUSY|SQLITE_LOCKED/.test(messageOf(error)))
			throw new AppError('conflict', `${file} is in use: stop the service and every command that works on it first.`);
		throw explainFailure(error, file);
	}
	return {isSure: true, release: () => sql.destroy()};
}
