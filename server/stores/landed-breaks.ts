/** Landed changes whose needs are not live any more: from when until when. A row is written once for each time that it is so. */
import type {Knex} from 'knex';
import type {Instant} from '../../gate/facts.ts';

type Row = {
	id: number;
	service: string;
	group_name: string;
	break_key: string;
	because: string;
	remedy: string;
	since: string;
	until: string | null;
};

export type LandedBreak = {
	readonly id: number;
	readonly service: string;
	readonly group: string;
	readonly key: string;
	readonly because: string;
	readonly remedy: string;
	readonly since: Instant;
};

const openMax = 1000;

export const landedBreakStore = (sql: Knex) => ({
	/** Those that are so now, oldest first. */
	async open(service?: string): Promise<LandedBreak[]> {
		const query = sql<Row>('landed_breaks').whereNull('until').orderBy('id').limit(openMax);
		if (service !== undefined) query.where({service});
		return (await query).map(({id, service: name, group_name, break_key, because, remedy, since}) => ({
			...{id, service: name, group: group_name, key: break_key, because, remedy, since},
		}));
	},
	async add({service, group, key, because, remedy, since}: Omit<LandedBreak, 'id'>): Promise<void> {
		await sql('landed_breaks').insert({service, group_name: group, break_key: key, because, remedy, since});
	},
	async end(ids: readonly number[], at: Instant): Promise<void> {
		for (let index = 0; index < ids.length; index += 200)
			await sql('landed_breaks')
				.whereIn('id', ids.slice(index, index + 200))
				.update({until: at});
	},
});
