/**
 * What the lists need: indexes in the order in which they are read, a text to search in beside each incident and deploy, and a way from
 * a commit to where it is live. The searched text is lower case already, since the engines agree on no case but that of the code.
 */
import type {Knex} from 'knex';
import {searchText} from '../search-text.ts';

type Row = Readonly<Record<string, string | null>> & {readonly id: string};

const perRound = 500;

/** Writes the searched text of the rows that are there, a few at a time and by their id, so that a large table needs no large memory. */
async function fill(knex: Knex, table: string, columns: readonly string[]): Promise<void> {
	let after = '';
	for (;;) {
		const rows: Row[] = await knex(table)
			.select('id', ...columns)
			.where('id', '>', after)
			.orderBy('id')
			.limit(perRound);
		if (rows.length === 0) return;
		for (const row of rows)
			await knex(table)
				.where({id: row.id})
				.update({search: searchText([row.id, ...columns.map(column => row[column] ?? null)])});
		after = rows.at(-1)?.id ?? after;
	}
}

export async function up(knex: Knex): Promise<void> {
	await knex.schema.alterTable('incidents', table => {
		table.text('search').notNullable().defaultTo('');
		// One sentence of what is known of it: its cause as it was opened, later what its report says.
		table.text('about').notNullable().defaultTo('');
		table.index(['opened_at', 'id']);
		table.index(['service', 'opened_at', 'id']);
		table.index(['status', 'opened_at', 'id']);
	});
	await knex.schema.alterTable('deploys', table => {
		table.text('search').notNullable().defaultTo('');
	});
	await knex.schema.alterTable('attempts', table => {
		table.index(['opened_at', 'deploy', 'attempt']);
		table.index(['service', 'opened_at', 'deploy', 'attempt']);
	});
	await knex.schema.alterTable('events', table => {
		table.index(['happened_at', 'seq']);
	});
	await knex.schema.alterTable('changes', table => {
		table.index(['sha']);
	});
	await knex.schema.alterTable('landed_changes', table => {
		table.index(['change_key']);
	});
	await knex.schema.alterTable('landed_heads', table => {
		table.index(['sha']);
	});
	await fill(knex, 'incidents', ['service', 'deploy', 'title']);
	await fill(knex, 'deploys', ['service', 'targets']);
}

/** Nothing is taken back: see the first step. */
export async function down(): Promise<void> {
	throw new Error('Signalbox does not take a database back: restore the backup made before the upgrade.');
}
