/** Changes as they were read, each stored once by repository and commit (or by what else names it). */
import type {Knex} from 'knex';
import type {Change} from '../../gate/facts.ts';
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
const fromRow = (row: Row): Change => JSON.parse(row.body) as Change;

export const changeStore = (sql: Knex) => ({
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
		return rows.map(row => row.key);
	},
	/** Replaces the batch of a deploy: what it brings, in order. A new deploy has none to replace. */
	async setBatch(deploy: string, keys: readonly string[], isNew = false): Promise<void> {
		if (!isNew) await sql('deploy_changes').where({deploy}).delete();
		const rows = keys.map((change_key, position) => ({deploy, position, change_key}));
		for (let index = 0; index < rows.length; index += 200) await sql('deploy_changes').insert(rows.slice(index, index + 200));
	},
	/** The batch of a deploy, in order. */
	async batchOf(deploy: string): Promise<Change[]> {
		const rows = await sql<Row>('deploy_changes')
			.join('changes', 'changes.key', 'deploy_changes.change_key')
			.where('deploy_changes.deploy', deploy)
			.orderBy('position')
			.select('changes.*');
		return (rows as Row[]).map(fromRow);
	},
	async batchKeys(deploy: string): Promise<string[]> {
		return (await sql<{deploy: string; position: number; change_key: string}>('deploy_changes').where({deploy}).orderBy('position')).map(
			row => row.change_key,
		);
	},
});
