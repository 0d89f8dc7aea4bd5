/** Notices that are to be told, were told, or could not be: written with the event that causes them, sent later. */
import type {Knex} from 'knex';

export async function up(knex: Knex): Promise<void> {
	await knex.schema.createTable('notices', table => {
		table.increments('position');
		// What whoever gets it tells a second delivery by.
		table.string('id', 64).notNullable().unique();
		table.string('target', 255).notNullable();
		table.string('about', 40).notNullable();
		// The idempotency key of the event that caused it: one event, one notice a target.
		table.string('event', 255).notNullable();
		// Notices of one transaction go out as one message.
		table.string('made_in', 64).notNullable();
		table.string('thread', 128);
		table.string('service', 255);
		table.string('incident', 64);
		table.string('deploy', 64);
		// Null once its event was redacted.
		table.text('words');
		table.string('made_at', 24).notNullable();
		// From when on the days are counted after which it is given up.
		table.string('since', 24).notNullable();
		table.string('due_at', 24).notNullable();
		table.string('state', 20).notNullable();
		// The notice by whose id it was first sent, with those folded into the same message.
		table.string('message', 64);
		table.integer('attempts').notNullable();
		table.string('tried_at', 24);
		table.string('ended_at', 24);
		table.text('reason');
		// Recipients who have it, while others do not yet.
		table.text('delivered').notNullable();
		table.string('lease_until', 24);
		table.string('lease_by', 64);
		table.unique(['target', 'event']);
		table.index(['state', 'target', 'position']);
		table.index(['message']);
		table.index(['event']);
	});
}

/** Notices are part of the record, so there is no way back but a backup. */
export async function down(): Promise<void> {
	throw new Error('Signalbox does not take a database back: restore the backup made before the upgrade.');
}
