/**
 * Remembers the newest head of the chain that this process saw. A database that is behind it, or whose chain differs there, is not the one
 * that acknowledged those events: an older backup was put in its place.
 */
import type {Knex} from 'knex';
import type {ChainHead} from './database.ts';

/** What was acknowledged and is not there: the newest of it, and from where on, where that is known. */
export type Lost = {readonly head: ChainHead; readonly from: number | null};

export type HeadMemory = {
	/** This process wrote up to there. */
	wrote(head: ChainHead): void;
	/** The database says that it goes up to there. */
	read(head: ChainHead): void;
	/** What a database with this head has lost of what was seen; null: nothing. `sql` is asked only where there is doubt. */
	lost(sql: Knex, found: ChainHead): Promise<Lost | null>;
	/** The connection broke, and what answers next may be another database. */
	doubt(): void;
};

export function headMemory(): HeadMemory {
	let newest: ChainHead | null = null;
	let isDoubted = false;
	return {
		wrote(head) {
			newest = {...head};
			isDoubted = false;
		},
		read(head) {
			if (!isDoubted && head.seq >= (newest?.seq ?? 0)) newest = {...head};
		},
		async lost(sql, found) {
			if (newest === null) return null;
			if (found.seq < newest.seq) return {head: newest, from: found.seq + 1};
			if (found.seq === newest.seq) return found.hash === newest.hash ? null : {head: newest, from: null};
			if (!isDoubted || newest.seq === 0) return null;
			const row = await sql<{seq: number; hash: string}>('events').where({seq: newest.seq}).first('hash');
			return row?.hash === newest.hash ? null : {head: newest, from: null};
		},
		doubt() {
			isDoubted = true;
		},
	};
}
