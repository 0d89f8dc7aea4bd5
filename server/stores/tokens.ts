/** Tokens of programs; each is known by its id and the sha256 of its secret. */
import type {Knex} from 'knex';
import type {Instant} from '../../gate/facts.ts';
import type {Role} from '../caller.ts';
import {roleFrom} from './people.ts';

export type Token = {
	readonly id: string;
	readonly name: string;
	readonly role: Role;
	/** Services that it may write about; null: all. */
	readonly services: readonly string[] | null;
	readonly madeAt: Instant;
	readonly madeBy: string;
	readonly expiresAt: Instant | null;
	readonly revokedAt: Instant | null;
	readonly seenAt: Instant | null;
};

type Row = {
	id: string;
	name: string;
	hash: string;
	role: string;
	services: string | null;
	made_at: string;
	made_by: string;
	expires_at: string | null;
	revoked_at: string | null;
	seen_at: string | null;
};

const fromRow = (row: Row): Token => ({
	...{id: row.id, name: row.name, role: roleFrom(row.role), madeAt: row.made_at, madeBy: row.made_by},
	...{expiresAt: row.expires_at, revokedAt: row.revoked_at, seenAt: row.seen_at},
	services: row.services === null ? null : (JSON.parse(row.services) as string[]),
});

export const tokenStore = (sql: Knex) => ({
	async add(token: Omit<Token, 'revokedAt' | 'seenAt'> & {readonly hash: string}): Promise<void> {
		const {id, name, hash, role, services, madeAt, madeBy, expiresAt} = token;
		const row: Row = {
			...{id, name, hash, role, services: services === null ? null : JSON.stringify(services)},
			...{made_at: madeAt, made_by: madeBy, expires_at: expiresAt, revoked_at: null, seen_at: null},
		};
		await sql('tokens').insert(row);
	},
	/** The token of this id and secret, where it still opens the door. */
	async find(id: string, hash: string, now: Instant): Promise<Token | null> {
		const [row] = await sql<Row>('tokens').where({id, hash}).whereNull('revoked_at').limit(1);
		return row === undefined || (row.expires_at !== null && row.expires_at <= now) ? null : fromRow(row);
	},
	async get(id: string): Promise<Token | null> {
		const [row] = await sql<Row>('tokens').where({id}).limit(1);
		return row === undefined ? null : fromRow(row);
	},
	/** Newest first. */
	async list(): Promise<Token[]> {
		return (await sql<Row>('tokens').orderBy('made_at', 'desc').orderBy('id')).map(fromRow);
	},
	/** Whether a token of this name is in force. */
	async isNamed(name: string, now: Instant): Promise<boolean> {
		const rows = await sql<Row>('tokens').where({name}).whereNull('revoked_at');
		return rows.some(row => row.expires_at === null || row.expires_at > now);
	},
	async revoke(id: string, at: Instant): Promise<void> {
		await sql('tokens').where({id}).update({revoked_at: at});
	},
	async setSeen(id: string, at: Instant): Promise<void> {
		await sql('tokens').where({id}).update({seen_at: at});
	},
});
