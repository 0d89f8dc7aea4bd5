/** Up to where each signal's readings are folded to one a minute. */
import type {Knex} from 'knex';

const name = 255;

export async function up(knex: Knex): Promise<void> {
	await knex.schema.createTable('folded_readings', table => {
		table.string('service', name).notNullable();
		table.string('signal', name).notNullable();
		// Everything before it is folded, but for what an incident needs.
		table.string('until', 24).notNullable();
		table.primary(['service', 'signal']);
	});
}

/** What was folded stays so. */
export async function down(): Promise<void> {
	throw new Error('Signalbox does not take a database back: restore the backup made before the upgrade.');
}
