/** The version that each group runs, as a client last told it. */
import type {Knex} from 'knex';
import type {Instant} from '../../gate/facts.ts';

type Row = {service: string; group_name: string; version: string; since: string};

export type GroupVersion = {readonly group: string; readonly version: string; readonly since: Instant};

export const landedVersionStore = (sql: Knex) => ({
	async of(service: string): Promise<GroupVersion[]> {
		const rows = await sql<Row>('group_versions').where({service}).orderBy('group_name');
		return rows.map(({group_name, version, since}) => ({group: group_name, version, since}));
	},
	async set(service: string, group: string, version: string, since: Instant): Promise<void> {
		await sql('group_versions').insert({service, group_name: group, version, since}).onConflict(['service', 'group_name']).merge();
	},
});
