/** Changes as they were read, each stored once by repository and commit (or by what else names it). */
import type {Knex} from 'knex';
import type {Change} from '../../gate/facts.ts';
import {isKeptBack, publicChange} from '../../gate/passage/kept-back.ts';
import {sha256} from '../canonical.ts';
import {changeNameStore, namesBy} from './change-names.ts';

type Row = {
	key: string;
	repository: string;
	branch: string | null;
	sha: string | null;
	change_id: string | null;
	patch_id: string | null;
	body: string;
};

const keyOf = (change: Change): string =>
	sha256([change.repository, change.sha ?? change.changeId ?? change.id, change.branch ?? ''].join('\n')).slice(0, 40);
const toldInRow = (row: Row): Change => JSON.parse(row.body) as Change;
/** What leaves the store says nothing of a security patch's words; only `toldBatchOf` does. */
const fromRow = (row: Row): Change => publicChange(toldInRow(row));

export const changeStore = (sql: Knex) => {
	const batchRows = async (deploy: string): Promise<Row[]> =>
		sql<Row>('deploy_changes')
			.join('changes', 'changes.key', 'deploy_changes.change_key')
			.where('deploy_changes.deploy', deploy)
			.orderBy('position')
			.select('changes.*');
	/** What turns out to be a security patch is one from then on, also where it was stored before anybody knew. */
	const learnKeptBack = async (rows: readonly Row[]): Promise<void> => {
		for (const {key, body} of rows) {
			const stored = await sql<Row>('changes').where({key}).first();
			// One that is known as such keeps the words that it was stored with: what others hold of it is without them.
			if (stored && !isKeptBack(toldInRow(stored))) await sql('changes').where({key}).update({body});
		}
	};
	return {
		/** Stores what is new and returns the key of each, in order. */
		async ensure(changes: readonly Change[]): Promise<string[]> {
			const rows = changes.map(change => ({
				key: keyOf(change),
				repository: change.repository,
				branch: change.branch ?? null,
				sha: change.sha ?? null,
				change_id: change.changeId ?? null,
				patch_id: change.patchId ?? null,
				body: JSON.stringify(change),
			}));
			const isNew = new Set<string>();
			for (let index = 0; index < rows.length; index += 80) {
				const added: {key: string}[] = await sql('changes')
					.insert(rows.slice(index, index + 80))
					.onConflict('key')
					.ignore()
					.returning('key');
				for (const {key} of added) isNew.add(key);
			}
			const named = rows.flatMap(({key}, index) => (isNew.delete(key) ? namesBy(key, changes[index] ?? {}) : []));
			if (named.length > 0) await changeNameStore(sql).keep(named);
			await learnKeptBack(rows.filter((_row, index) => changes.slice(index, index + 1).some(isKeptBack)));
			return rows.map(row => row.key);
		},
		/** Which of these commits and Change-Ids are of security patches that were stored: with all names of each, without its words. */
		async keptBackAmong({shas, changeIds}: {readonly shas: readonly string[]; readonly changeIds: readonly string[]}): Promise<Change[]> {
			const found: Change[] = [];
			for (const [column, names] of [
				['sha', shas],
				['change_id', changeIds],
			] as const)
				for (let index = 0; index < names.length; index += 400)
					found.push(...(await sql<Row>('changes').whereIn(column, names.slice(index, index + 400))).map(toldInRow).filter(isKeptBack));
			return found;
		},
		/** Replaces the batch of a deploy: what it brings, in order. A new deploy has none to replace. */
		async setBatch(deploy: string, keys: readonly string[], isNew = false): Promise<void> {
			if (!isNew) await sql('deploy_changes').where({deploy}).delete();
			const rows = keys.map((change_key, position) => ({deploy, position, change_key}));
			for (let index = 0; index < rows.length; index += 200) await sql('deploy_changes').insert(rows.slice(index, index + 200));
		},
		/** The batch of a deploy, in order; the words of security patches are kept back. */
		async batchOf(deploy: string): Promise<Change[]> {
			return (await batchRows(deploy)).map(fromRow);
		},
		/** The batch of a deploy with the words of security patches, for those who deploy alone. */
		async toldBatchOf(deploy: string): Promise<Change[]> {
			return (await batchRows(deploy)).map(toldInRow);
		},
		async batchKeys(deploy: string): Promise<string[]> {
			return (await sql<{deploy: string; position: number; change_key: string}>('deploy_changes').where({deploy}).orderBy('position')).map(
				row => row.change_key,
			);
		},
	};
};
