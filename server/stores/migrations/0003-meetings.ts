/** The post-mortem form: meetings, what was typed in their fields, and action items. What was typed is appended, and never changed. */
import type {Knex} from 'knex';

const longId = 64;
const name = 255;

async function meetings(knex: Knex): Promise<void> {
	await knex.schema.createTable('meetings', table => {
		table.string('id', longId).primary();
		table.string('incident', longId).notNullable().unique();
		table.string('question_set', longId).notNullable();
		table.string('opened_at', 24).notNullable();
		table.text('opened_by').notNullable();
	});
	await knex.schema.createTable('meeting_updates', table => {
		table.string('meeting', longId).notNullable();
		table.integer('seq').notNullable();
		table.string('op_id', name).notNullable();
		table.string('field', longId).notNullable();
		table.integer('base_version').notNullable();
		// Null where the field did not change by it: the text was there already, or somebody else had changed it.
		table.integer('version');
		// `accepted`, `same` or `conflict`.
		table.string('outcome', 20).notNullable();
		table.text('text').notNullable();
		// What the data said at that time.
		table.text('generated');
		table.text('author').notNullable();
		table.string('at', 24).notNullable();
		table.primary(['meeting', 'seq']);
		table.unique(['meeting', 'field', 'op_id']);
		table.unique(['meeting', 'field', 'version']);
	});
}

async function actionItems(knex: Knex): Promise<void> {
	await knex.schema.createTable('action_items', table => {
		table.string('id', longId).primary();
		table.string('incident', longId).notNullable();
		table.integer('position').notNullable();
		table.string('parent', longId);
		// What people write of it, as the newest accepted update has it.
		table.text('contents').notNullable();
		table.string('status', 20).notNullable();
		table.string('due', 10);
		table.string('origin', 20).notNullable();
		table.text('proposal');
		table.integer('version').notNullable();
		table.text('tracker');
		table.string('changed_at', 24).notNullable();
		table.text('changed_by').notNullable();
		table.unique(['incident', 'position']);
		table.index(['status', 'due']);
	});
	await knex.schema.createTable('action_item_updates', table => {
		table.string('item', longId).notNullable();
		table.integer('seq').notNullable();
		table.string('op_id', name).notNullable();
		table.integer('base_version').notNullable();
		table.integer('version');
		table.string('outcome', 20).notNullable();
		table.text('contents').notNullable();
		table.text('author').notNullable();
		table.string('at', 24).notNullable();
		table.primary(['item', 'seq']);
		table.unique(['item', 'op_id']);
		table.unique(['item', 'version']);
	});
	// What was added by one form: posted twice, it is added once.
	await knex.schema.createTable('action_item_additions', table => {
		table.string('incident', longId).notNullable();
		table.string('op_id', name).notNullable();
		table.text('items').notNullable();
		table.text('typed').notNullable();
		table.text('author').notNullable();
		table.string('at', 24).notNullable();
		table.primary(['incident', 'op_id']);
	});
}

export async function up(knex: Knex): Promise<void> {
	await meetings(knex);
	await actionItems(knex);
}

/** What people typed is never deleted, so there is no way back but a backup. */
export async function down(): Promise<void> {
	throw new Error('Signalbox does not take a database back: restore the backup made before the upgrade.');
}
