/** Looks through a copy of the database, before it is trusted as a backup or put in the place of another. */
import {AppError} from '../app-error.ts';
import type {Clock} from '../clock.ts';
import {explainFailure} from './connection.ts';
import {openDatabase} from './database.ts';
import {rowsOf} from './rows.ts';
import {verifyChain} from './timeline.ts';

const brokenShown = 3;

/**
 * Checks every page of the file and the whole chain; throws AppError for what is damaged, of a newer version, or no database. It brings
 * the tables up to date, so it wants a copy and not somebody's original.
 */
export async function verifyCopy(folder: string, fileName: string, clock: Clock): Promise<{events: number; head: string}> {
	const database = await openDatabase(folder, clock, {fileName});
	try {
		const found = await rowsOf<{integrity_check: string}>(database.read, `pragma integrity_check(${brokenShown})`);
		const broken = found.map(row => row.integrity_check).filter(text => text !== 'ok');
		if (broken.length > 0) throw new AppError('conflict', `${database.name}: the file is damaged.`, broken);
		const report = await verifyChain(database.read);
		if (!report.intact) throw new AppError('conflict', `${database.name}: the chain is broken at event ${report.seq}: ${report.problem}.`);
		return report;
	} catch (error) {
		throw explainFailure(error, database.name);
	} finally {
		await database.close();
	}
}
