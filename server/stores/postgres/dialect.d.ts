/** Knex publishes its dialects without types; this is the part of PostgreSQL's that is extended here. */
declare module 'knex/lib/dialects/postgres/index.js' {
	import type {Knex} from 'knex';

	class PostgresDialect extends Knex.Client {
		acquireConnection(): Promise<unknown>;
		_query(connection: unknown, query: {sql?: string}): Promise<{response?: {command?: string}}>;
	}
	export = PostgresDialect;
}
