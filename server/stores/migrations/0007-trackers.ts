/** Action items in trackers of tasks, and pull requests as they were read. */
import type {Knex} from 'knex';

export async function up(knex: Knex): Promise<void> {
	await knex.schema.createTable('trackers', table => {
		// The action item.
		table.string('item', 64).primary();
		table.string('system', 20).notNullable();
		// `wanted`, `linked`, `lost` or `failed`.
		table.string('state', 20).notNullable();
		table.string('repository', 255).notNullable();
		table.integer('number');
		table.text('labels').notNullable();
		table.text('asked_by').notNullable();
		table.string('asked_at', 24).notNullable();
		table.string('since', 24).notNullable();
		table.string('due_at', 24).notNullable();
		table.integer('attempts').notNullable();
		table.text('reason');
		// How the issue stood when it was last read, by its ETag.
		table.string('etag', 255);
		table.string('issue_state', 20);
		table.string('lease_until', 24);
		table.string('lease_by', 64);
		table.index(['due_at']);
	});
	await knex.schema.createTable('pull_requests', table => {
		// Where it was asked: another API may have the same names.
		table.string('api', 255).notNullable();
		table.string('repository', 255).notNullable();
		table.integer('number').notNullable();
		table.string('state', 20).notNullable();
		table.text('body').notNullable();
		table.string('read_at', 24).notNullable();
		table.primary(['api', 'repository', 'number']);
	});
}

/** What was linked is part of the record, so there is no way back but a backup. */
export async function down(): Promise<void> {
	throw new Error('Signalbox does not take a database back: restore the backup made before the upgrade.');
}
