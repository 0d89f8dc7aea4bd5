/**
 * Writing transactions, the same on both engines: the first statement of each counts up `chain_head.writes`.
 *
 * On SQLite that takes the write lock of the file. Knex begins deferred, and a transaction that reads first and writes later loses to
 * another writer with SQLITE_BUSY; one whose first statement writes waits its turn instead. On PostgreSQL it locks the one row, so
 * the next writer, in whichever process, waits until this one has committed; and each statement after it sees all that was committed before
 * (READ COMMITTED takes a new snapshot for each). So writers follow one another on both engines, and whoever reads in a transaction and
 * then writes by what was read may rely on it.
 */
import type {Knex} from 'knex';
import type {NewEvent} from '../../reports/events.ts';
import type {Clock} from '../clock.ts';
import type {ChainHead, Transaction} from './database.ts';
import type {HeadMemory, Lost} from './head-memory.ts';
import {rowsOf} from './rows.ts';
import {appendEvents} from './timeline.ts';

const countUp = 'update chain_head set writes = writes + 1 where id = 1 returning seq, hash';

/** Only what is common is said: who looks at the timeline later shall know that something is missing, and what. */
function lossOf({head, from}: Lost, found: ChainHead, at: string): NewEvent {
	const which =
		from === null
			? `Event ${head.seq}, and maybe others before it, was acknowledged and is not in this database, whose chain differs there`
			: from === head.seq
				? `Event ${head.seq}, which was acknowledged, is not in this database: it ended at event ${found.seq}`
				: `Events ${from} to ${head.seq}, which were acknowledged, are not in this database: it ended at event ${found.seq}`;
	return {
		...{kind: 'note', source: 'rule', actor: {kind: 'system', name: 'signalbox'}, happenedAt: at, precision: 'ms'},
		text: `${which}. An older backup seems to have been put in its place. Look for what is missing in another backup, or record it again.`,
		data: {lostFrom: from, lostTo: head.seq, lostHead: head.hash, foundHead: found.hash},
		...{service: null, deploy: null, attempt: null, incident: null},
		// Each process that saw the lost head says so; one of them is enough.
		idempotencyKey: `lost-${head.seq}-${head.hash}-${found.hash}`.slice(0, 200),
	};
}

export type WriterOptions = {
	readonly write: Knex;
	readonly clock: Clock;
	readonly memory: HeadMemory;
	readonly log: (text: string) => void;
	/** Said at the end of a transaction that made the timeline longer, for other processes to hear. */
	readonly announce: string | null;
	readonly explain: (error: unknown) => unknown;
	readonly onCommit: () => void;
};

export type Transact = <T>(work: (transaction: Transaction) => Promise<T>) => Promise<T>;

export function writer({write, clock, memory, log, announce, explain, onCommit}: WriterOptions): Transact {
	return async work => {
		const transaction = async (sql: Knex.Transaction) => {
			const [first] = await rowsOf<{seq: number | string; hash: string}>(sql, countUp);
			if (!first) throw new Error('chain_head has no row');
			const found: ChainHead = {seq: Number(first.seq), hash: first.hash};
			const head = {...found};
			const lost = await memory.lost(sql, found);
			const loss = lost === null ? null : lossOf(lost, found, clock.now());
			if (loss !== null) await appendEvents({sql, head}, [loss], clock.now());
			const result = await work({sql, head});
			if (announce !== null && head.seq !== found.seq) await sql.raw(announce);
			return {result, head, loss};
		};
		try {
			const {result, head, loss} = await write.transaction(transaction);
			memory.wrote(head);
			if (loss !== null) log(`LOST EVENTS: ${loss.text}`);
			onCommit();
			return result;
		} catch (error) {
			throw explain(error);
		}
	};
}
