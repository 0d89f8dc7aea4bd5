/** What people ticked of the things outside git, and the version that each group runs. */
import type {Knex} from 'knex';

const name = 255;

export async function up(knex: Knex): Promise<void> {
	// As it stands now; each tick is an event of the timeline beside that.
	await knex.schema.createTable('prerequisite_ticks', table => {
		table.string('service', name).notNullable();
		table.string('name', name).notNullable();
		// Empty: of all groups.
		table.string('group_name', name).notNullable();
		// `met` or `unmet`.
		table.string('state', 20).notNullable();
		table.text('actor').notNullable();
		table.text('reason').notNullable();
		table.string('at', 24).notNullable();
		table.primary(['service', 'name', 'group_name']);
	});
	await knex.schema.createTable('group_versions', table => {
		table.string('service', name).notNullable();
		table.string('group_name', name).notNullable();
		table.string('version', name).notNullable();
		table.string('since', 24).notNullable();
		table.primary(['service', 'group_name']);
	});
}

/** What somebody ticked is part of the record, so there is no way back but a backup. */
export async function down(): Promise<void> {
	throw new Error('Signalbox does not take a database back: restore the backup made before the upgrade.');
}
