/** Things outside git, as people ticked them: how each stands now. Each tick is an event beside that. */
import type {Knex} from 'knex';
import type {Instant} from '../../gate/facts.ts';
import type {Actor} from '../../reports/events.ts';

type Row = {service: string; name: string; group_name: string; state: 'met' | 'unmet'; actor: string; reason: string; at: string};

export type Tick = {
	readonly name: string;
	/** Null: of all groups. */
	readonly group: string | null;
	readonly met: boolean;
	readonly actor: Actor;
	readonly reason: string;
	readonly at: Instant;
};

const fromRow = ({name, group_name, state, actor, reason, at}: Row): Tick => ({
	...{name, group: group_name === '' ? null : group_name, met: state === 'met', actor: JSON.parse(actor) as Actor, reason, at},
});

export const prerequisiteStore = (sql: Knex) => ({
	async of(service: string): Promise<Tick[]> {
		return (await sql<Row>('prerequisite_ticks').where({service}).orderBy('name').orderBy('group_name')).map(fromRow);
	},
	async set(service: string, {name, group, met, actor, reason, at}: Tick): Promise<void> {
		const row = {service, name, group_name: group ?? '', state: met ? 'met' : 'unmet', actor: JSON.stringify(actor), reason, at};
		await sql('prerequisite_ticks').insert(row).onConflict(['service', 'name', 'group_name']).merge();
	},
});
