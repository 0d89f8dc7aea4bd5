/** Overrides ahead of the hook: `signalbox allow`. */
import type {Knex} from 'knex';
import type {Instant, Override} from '../../gate/facts.ts';

type Row = {id: string; service: string; rule: string | null; by: string; reason: string; since: string; until: string};

export const overrideStore = (sql: Knex) => ({
	async add(row: {
		id: string;
		service: string;
		rule: string | null;
		by: string;
		reason: string;
		since: Instant;
		until: Instant;
	}): Promise<void> {
		await sql('overrides').insert(row);
	},
	async inForce(service: string, now: Instant): Promise<Override[]> {
		const rows = await sql<Row>('overrides')
			.where({service})
			.andWhere('since', '<=', now)
			.andWhere('until', '>', now)
			.orderBy('since')
			.orderBy('id');
		return rows.map(({rule, by, reason, until}) => ({...(rule === null ? {} : {rule}), by, reason, until}));
	},
});
