/** Knex publishes its dialects without types; this is the part of them that is extended here. */
declare module 'knex/lib/dialects/postgres/index.js' {
	import type {Knex} from 'knex';

	class PostgresDialect extends Knex.Client {
		acquireConnection(): Promise<unknown>;
		_query(connection: unknown, query: {sql?: string; bindings?: readonly unknown[]}): Promise<{response?: {command?: string}}>;
	}
	export = PostgresDialect;
}

declare module 'knex/lib/dialects/sqlite3/index.js' {
	import type {Knex} from 'knex';

	class SqliteDialect extends Knex.Client {
		_query(connection: unknown, query: {sql?: string; bindings?: readonly unknown[]}): Promise<unknown>;
	}
	export = SqliteDialect;
}
