/** Knex publishes its dialects without types; this is the part of them that is extended here. */
declare module 'knex/lib/dialects/postgres/index.js' {
	import type {Knex} from 'knex';

	type Statement = string | {sql?: string; bindings?: readonly unknown[]};
	class PostgresDialect extends Knex.Client {
		acquireConnection(): Promise<unknown>;
		query(connection: unknown, query: Statement): Promise<unknown>;
		_query(connection: unknown, query: {sql?: string}): Promise<{response?: {command?: string}}>;
	}
	export = PostgresDialect;
}

declare module 'knex/lib/dialects/sqlite3/index.js' {
	import type {Knex} from 'knex';

	type Statement = string | {sql?: string; bindings?: readonly unknown[]};
	class SqliteDialect extends Knex.Client {
		query(connection: unknown, query: Statement): Promise<unknown>;
	}
	export = SqliteDialect;
}
