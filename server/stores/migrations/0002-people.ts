/** Who may come in. Secrets are kept as their sha256 alone. */
import type {Knex} from 'knex';

const longId = 64;
const name = 255;
const time = 24;

export async function up(knex: Knex): Promise<void> {
	await knex.schema.createTable('people', table => {
		table.string('id', longId).primary();
		table.string('name', name).notNullable();
		// The name as it is compared: no two people differ by a capital letter alone.
		table.string('name_key', name).notNullable().unique();
		table.string('role', 20).notNullable();
		table.string('made_at', time).notNullable();
		table.string('seen_at', time);
		table.string('disabled_at', time);
	});
	await knex.schema.createTable('sign_in_links', table => {
		table.string('hash', longId).primary();
		// Null: whoever uses it first becomes the first admin.
		table.string('person', longId);
		table.string('made_at', time).notNullable();
		table.string('expires_at', time).notNullable();
		table.string('used_at', time);
		table.index(['person']);
	});
	await knex.schema.createTable('sessions', table => {
		table.string('hash', longId).primary();
		table.string('person', longId).notNullable();
		table.string('made_at', time).notNullable();
		table.string('seen_at', time).notNullable();
		table.string('expires_at', time).notNullable();
		table.index(['person']);
		table.index(['expires_at']);
	});
	await knex.schema.createTable('tokens', table => {
		table.string('id', longId).primary();
		table.string('name', name).notNullable();
		table.string('hash', longId).notNullable().unique();
		table.string('role', 20).notNullable();
		// A JSON list; null: all services.
		table.text('services');
		table.string('made_at', time).notNullable();
		table.string('made_by', name).notNullable();
		table.string('expires_at', time);
		table.string('revoked_at', time);
		table.string('seen_at', time);
	});
}

/** As before: the way back is a backup. */
export async function down(): Promise<void> {
	throw new Error('Signalbox does not take a database back: restore the backup made before the upgrade.');
}
