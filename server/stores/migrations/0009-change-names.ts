/** Which changes each change names, so that what stands on one is found by an index; and the landed changes that no longer stand. */
import type {Knex} from 'knex';
import type {Change} from '../../../gate/facts.ts';
import {type NameRow, namesBy} from '../change-names.ts';

const name = 255;
const perRound = 200;
const rowsAtOnce = 100;

/** Reads the messages of the changes that are there, a few at a time and by their key: a large table needs no large memory. */
async function fill(knex: Knex): Promise<void> {
	let after = '';
	for (;;) {
		const rows: {key: string; body: string}[] = await knex('changes')
			.select('key', 'body')
			.where('key', '>', after)
			.orderBy('key')
			.limit(perRound);
		if (rows.length === 0) return;
		const names: NameRow[] = rows.flatMap(({key, body}) => namesBy(key, JSON.parse(body) as Change));
		for (let index = 0; index < names.length; index += rowsAtOnce)
			await knex('change_names').insert(names.slice(index, index + rowsAtOnce));
		after = rows.at(-1)?.key ?? after;
	}
}

export async function up(knex: Knex): Promise<void> {
	await knex.schema.createTable('change_names', table => {
		table.string('change_key', 64).notNullable();
		// `depends-on`, `needed-by` or `reverts`.
		table.string('kind', 20).notNullable();
		// A commit or Change-Id, whole or shortened, or the number of a change, as its message gives it.
		table.string('reference', 120).notNullable();
		table.primary(['change_key', 'kind', 'reference']);
		table.index(['kind', 'reference']);
	});
	// A landed change whose needs are not live any more: from when until when, said once.
	await knex.schema.createTable('landed_breaks', table => {
		table.increments('id');
		table.string('service', name).notNullable();
		table.string('group_name', name).notNullable();
		// Of the change and what it needs.
		table.string('break_key', 64).notNullable();
		table.text('because').notNullable();
		table.text('remedy').notNullable();
		table.string('since', 24).notNullable();
		table.string('until', 24);
		table.index(['service', 'until']);
	});
	await knex.schema.alterTable('landed_changes', table => {
		table.index(['reverted_by']);
	});
	await fill(knex);
}

/** Nothing is taken back: see the first step. */
export async function down(): Promise<void> {
	throw new Error('Signalbox does not take a database back: restore the backup made before the upgrade.');
}
