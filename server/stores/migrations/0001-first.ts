/** The first tables. Times are ISO text, data is JSON text: equal in SQLite and PostgreSQL. Nothing here is particular to one engine. */
import type {Knex} from 'knex';

const longId = 64;
const name = 255;

async function timeline(knex: Knex): Promise<void> {
	await knex.schema.createTable('chain_head', table => {
		table.integer('id').primary();
		table.bigInteger('seq').notNullable();
		table.string('hash', longId).notNullable();
		// Counted up by each writing transaction's first statement, which takes the write lock by it.
		table.bigInteger('writes').notNullable();
	});
	await knex.schema.createTable('events', table => {
		table.bigInteger('seq').primary();
		table.string('kind', 40).notNullable();
		table.string('happened_at', 24).notNullable();
		table.string('recorded_at', 24).notNullable();
		table.string('service', name);
		table.string('deploy', longId);
		table.integer('attempt');
		table.string('incident', longId);
		table.string('idempotency_key', name).notNullable().unique();
		// Null once redacted; its sha256 stays, so the chain still verifies.
		table.text('payload');
		table.string('payload_sha256', longId).notNullable();
		table.string('hash', longId).notNullable();
		table.index(['deploy', 'attempt']);
		table.index(['incident']);
		table.index(['service', 'happened_at']);
	});
}

async function deploys(knex: Knex): Promise<void> {
	await knex.schema.createTable('counters', table => {
		table.string('name', name).primary();
		table.integer('value').notNullable();
	});
	await knex.schema.createTable('deploys', table => {
		table.string('id', longId).primary();
		table.string('service', name).notNullable();
		table.string('fingerprint', longId).notNullable();
		table.text('targets').notNullable();
		table.string('created_at', 24).notNullable();
		table.unique(['service', 'fingerprint']);
	});
	await knex.schema.createTable('attempts', table => {
		table.string('deploy', longId).notNullable();
		table.integer('attempt').notNullable();
		table.string('service', name).notNullable();
		table.string('state', 20).notNullable();
		table.string('outcome', 20);
		table.string('rollback', 20).notNullable();
		table.string('opened_at', 24).notNullable();
		table.string('active_at', 24).notNullable();
		table.string('closed_at', 24);
		table.string('incident', longId);
		table.string('watch', 20);
		// What a rollback takes back.
		table.string('takes_back', longId);
		table.text('actor').notNullable();
		table.primary(['deploy', 'attempt']);
		table.index(['service', 'state']);
		table.index(['service', 'opened_at']);
	});
	await knex.schema.createTable('stages', table => {
		table.string('deploy', longId).notNullable();
		table.integer('attempt').notNullable();
		table.string('stage', name).notNullable();
		table.string('asked_at', 24).notNullable();
		table.string('verdict', 20);
		table.string('verdict_at', 24);
		table.primary(['deploy', 'attempt', 'stage']);
	});
	await knex.schema.createTable('calls', table => {
		table.string('deploy', longId).notNullable();
		table.integer('attempt').notNullable();
		table.string('stage', name).notNullable();
		table.string('host', name).notNullable();
		table.string('machine', longId).notNullable();
		table.string('first_at', 24).notNullable();
		table.string('last_at', 24).notNullable();
		table.primary(['deploy', 'attempt', 'stage', 'host', 'machine']);
	});
	await knex.schema.createTable('looks', table => {
		table.string('deploy', longId).notNullable();
		table.integer('attempt').notNullable();
		table.string('stage', name).notNullable();
		table.integer('number').notNullable();
		table.string('owner', longId).notNullable();
		table.string('started_at', 24).notNullable();
		table.string('lease_until', 24).notNullable();
		table.string('verdict_id', longId);
		table.primary(['deploy', 'attempt', 'stage', 'number']);
	});
}

async function changesAndLanded(knex: Knex): Promise<void> {
	await knex.schema.createTable('changes', table => {
		table.string('key', longId).primary();
		table.string('repository', name).notNullable();
		table.string('branch', name);
		table.string('sha', longId);
		table.string('change_id', longId);
		table.string('patch_id', longId);
		table.text('body').notNullable();
		table.index(['repository', 'sha']);
		table.index(['change_id']);
		table.index(['patch_id']);
	});
	await knex.schema.createTable('deploy_changes', table => {
		table.string('deploy', longId).notNullable();
		table.integer('position').notNullable();
		table.string('change_key', longId).notNullable();
		table.primary(['deploy', 'position']);
		table.index(['change_key']);
	});
	// Which commit a group was at, from when until when; open rows are what is live now.
	await knex.schema.createTable('landed_heads', table => {
		table.increments('id');
		table.string('service', name).notNullable();
		table.string('group_name', name).notNullable();
		table.string('repository', name).notNullable();
		table.string('branch', name).notNullable();
		table.string('sha', longId).notNullable();
		table.string('since', 24).notNullable();
		table.string('until', 24);
		table.string('deploy', longId);
		table.integer('attempt');
		table.index(['service', 'group_name', 'until']);
	});
	await knex.schema.createTable('landed_changes', table => {
		table.increments('id');
		table.string('service', name).notNullable();
		table.string('group_name', name).notNullable();
		table.string('change_key', longId).notNullable();
		table.string('since', 24).notNullable();
		table.string('deploy', longId);
		table.integer('attempt');
		table.string('gone_at', 24);
		table.string('reverted_by', longId);
		table.index(['service', 'group_name', 'change_key']);
		table.index(['deploy', 'attempt']);
	});
}

async function judgements(knex: Knex): Promise<void> {
	await knex.schema.createTable('verdicts', table => {
		table.string('id', longId).primary();
		table.string('deploy', longId).notNullable();
		table.integer('attempt').notNullable();
		table.string('stage', name).notNullable();
		table.string('at', 24).notNullable();
		table.string('verdict', 20).notNullable();
		table.text('body').notNullable();
		// The facts without their buckets, which are the readings named beside them; the hash is over the whole facts.
		table.text('facts').notNullable();
		table.string('facts_sha256', longId).notNullable();
		table.text('readings').notNullable();
		table.index(['deploy', 'attempt']);
		table.index(['at']);
	});
	await knex.schema.createTable('readings', table => {
		table.string('service', name).notNullable();
		table.string('signal', name).notNullable();
		table.string('bucket_at', 24).notNullable();
		table.integer('bucket_ms').notNullable();
		table.text('canary').notNullable();
		table.text('baseline').notNullable();
		table.integer('revision').notNullable();
		table.string('recorded_at', 24).notNullable();
		table.primary(['service', 'signal', 'bucket_at']);
	});
	await knex.schema.createTable('overrides', table => {
		table.string('id', longId).primary();
		table.string('service', name).notNullable();
		table.string('rule', name);
		table.string('by', name).notNullable();
		table.text('reason').notNullable();
		table.string('since', 24).notNullable();
		table.string('until', 24).notNullable();
		table.index(['service', 'until']);
	});
}

async function incidents(knex: Knex): Promise<void> {
	await knex.schema.createTable('incidents', table => {
		table.string('id', longId).primary();
		table.string('service', name).notNullable();
		table.string('deploy', longId);
		table.integer('attempt');
		table.string('title', name).notNullable();
		table.string('status', 20).notNullable();
		table.string('opened_by', 20).notNullable();
		table.string('opened_at', 24).notNullable();
		// Signals normal again; from then on the incident is mitigated and holds nothing.
		table.string('normal_at', 24);
		table.unique(['deploy', 'attempt']);
		table.index(['service', 'status']);
	});
	await knex.schema.createTable('rollbacks', table => {
		table.increments('id');
		table.string('incident', longId).notNullable();
		table.string('at', 24).notNullable();
		table.text('by').notNullable();
		table.text('from_targets').notNullable();
		table.text('to_targets').notNullable();
		// Null until somebody looked: `yes` where every checkout is at its target, `no` where one is not.
		table.string('verified', 10);
		table.text('detail').notNullable();
		table.index(['incident']);
	});
	await knex.schema.createTable('reports', table => {
		table.string('incident', longId).notNullable();
		table.integer('version').notNullable();
		table.string('template', name).notNullable();
		table.string('made_at', 24).notNullable();
		table.string('sha256', longId).notNullable();
		table.text('body').notNullable();
		table.primary(['incident', 'version']);
	});
}

export async function up(knex: Knex): Promise<void> {
	await timeline(knex);
	await deploys(knex);
	await changesAndLanded(knex);
	await judgements(knex);
	await incidents(knex);
	await knex('chain_head').insert({id: 1, seq: 0, hash: '0'.repeat(64), writes: 0});
}

/** Events are never deleted, so there is no way back but a backup. */
export async function down(): Promise<void> {
	throw new Error('Signalbox does not take a database back: restore the backup made before the upgrade.');
}
