/** What was seen of the contents of the versions that groups run, or would go back to: asked again when a group moves. */
import type {Knex} from 'knex';

const name = 255;

export async function up(knex: Knex): Promise<void> {
	await knex.schema.createTable('group_contents', table => {
		table.string('service', name).notNullable();
		table.string('group_name', name).notNullable();
		table.string('version', name).notNullable();
		// `change` or `path`.
		table.string('kind', 20).notNullable();
		// Of the repository and of what names it there.
		table.string('content_key', 64).notNullable();
		// A landed change's identity, or the repository and the path, as JSON.
		table.text('body').notNullable();
		table.integer('present').notNullable();
		table.string('at', 24).notNullable();
		table.primary(['service', 'group_name', 'version', 'content_key']);
	});
}

/** What was seen is part of the record, so there is no way back but a backup. */
export async function down(): Promise<void> {
	throw new Error('Signalbox does not take a database back: restore the backup made before the upgrade.');
}
