/**
 * What each change names: `Depends-On`, `Needed-By` and what it reverts, one row a name, so that "who names this change" is one question
 * to an index. A name may be shortened by whoever wrote it, so a change is asked for under every length that its own names may be cut to.
 */
import type {Knex} from 'knex';
import type {Change} from '../../gate/facts.ts';
import {readFooters} from '../../gate/order/footers.ts';
import {type Reference, referenceText} from '../../gate/order/reference.ts';

export type NameKind = 'depends-on' | 'needed-by' | 'reverts';
export type NameRow = {readonly change_key: string; readonly kind: NameKind; readonly reference: string};

const referenceMax = 120;
const shortestSha = 7;
/** `I` and eight digits, as the grammar of footers has it. */
const shortestChangeId = 9;
const namesMax = 300;

const kinds: Readonly<Record<string, NameKind>> = {'Depends-On': 'depends-on', 'Needed-By': 'needed-by'};

/** A name in its one spelling, as the rows have it. */
const spelled = (reference: Reference): string => referenceText(reference).slice(0, referenceMax);

/** What a change names, each name once. */
export function namesBy(key: string, {message}: Pick<Change, 'message'>): NameRow[] {
	if (message === undefined) return [];
	const {entries, reverts} = readFooters(message);
	const rows = [
		...entries.flatMap(({header, status, reference}) => {
			const kind = kinds[header];
			return kind === undefined || status !== 'read' || reference === undefined ? [] : [{kind, reference: spelled(reference)}];
		}),
		...reverts.map(reference => ({kind: 'reverts' as const, reference: spelled(reference)})),
	];
	return [...new Map(rows.map(row => [`${row.kind} ${row.reference}`, {change_key: key, ...row}])).values()].slice(0, namesMax);
}

const cuts = (name: string, shortest: number): string[] =>
	Array.from({length: Math.max(0, name.length - shortest + 1)}, (_, index) => name.slice(0, shortest + index));

/** Every way in which a message may name this change by its commit or Change-Id; and its id, where that is a number or a pull request. */
export function waysToName({id, sha, changeId}: Pick<Change, 'id' | 'sha' | 'changeId'>): string[] {
	return [
		...new Set([
			...(sha === undefined ? [] : cuts(sha.toLowerCase(), shortestSha)),
			...(changeId === undefined ? [] : cuts(`I${changeId.slice(1).toLowerCase()}`, shortestChangeId)),
			id.slice(0, referenceMax),
		]),
	];
}

const rowsAtOnce = 100;
const namesAtOnce = 400;

export const changeNameStore = (sql: Knex) => ({
	/** Keeps what changes name; what is kept already stays as it is. */
	async keep(rows: readonly NameRow[]): Promise<void> {
		for (let index = 0; index < rows.length; index += rowsAtOnce)
			await sql('change_names')
				.insert(rows.slice(index, index + rowsAtOnce))
				.onConflict(['change_key', 'kind', 'reference'])
				.ignore();
	},
	/** Keys of the changes that name one of these by a name of that kind. */
	async naming(kind: NameKind, names: readonly string[], atMost: number): Promise<string[]> {
		const keys = new Set<string>();
		for (let index = 0; index < names.length && keys.size < atMost; index += namesAtOnce) {
			const rows = await sql<NameRow>('change_names')
				.where({kind})
				.whereIn('reference', names.slice(index, index + namesAtOnce))
				.orderBy('change_key')
				.limit(atMost)
				.select('change_key');
			for (const {change_key} of rows) keys.add(change_key);
		}
		return [...keys].slice(0, atMost);
	},
});
