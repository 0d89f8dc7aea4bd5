/** Rows of a statement that is written out: the SQLite driver answers with a list, PostgreSQL's with an object that holds one. */
import type {Knex} from 'knex';

/** What this process and the engines agree on: marks are `?`, and what the statement returns comes back as rows. */
export async function rowsOf<Row>(sql: Knex, text: string, bindings: readonly Knex.RawBinding[] = []): Promise<Row[]> {
	const answer: unknown = await sql.raw(text, [...bindings]);
	if (Array.isArray(answer)) return answer as Row[];
	const rows = typeof answer === 'object' && answer !== null && 'rows' in answer ? answer.rows : [];
	return Array.isArray(rows) ? (rows as Row[]) : [];
}
