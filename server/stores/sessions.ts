/** One-time links and the sessions that they become; each is known by the sha256 of its secret. */
import type {Knex} from 'knex';
import type {Instant} from '../../gate/facts.ts';
import {type Person, type PersonRow, personFrom} from './people.ts';

export type Session = {readonly hash: string; readonly person: Person; readonly seenAt: Instant; readonly expiresAt: Instant};
export type SignInLink = {
	readonly hash: string;
	readonly person: string | null;
	readonly expiresAt: Instant;
	readonly usedAt: Instant | null;
};

type LinkRow = {hash: string; person: string | null; expires_at: string; used_at: string | null};
type JoinedRow = PersonRow & {session_seen_at: string; expires_at: string};

export const sessionStore = (sql: Knex) => ({
	async add({hash, person, at, expiresAt}: {hash: string; person: string; at: Instant; expiresAt: Instant}): Promise<void> {
		await sql('sessions').insert({hash, person, made_at: at, seen_at: at, expires_at: expiresAt});
	},
	/** The session as it is now, with the person as they are now; one that is over, or whose person is shut out, is none. */
	async find(hash: string, now: Instant): Promise<Session | null> {
		const rows: JoinedRow[] = await sql('sessions')
			.join('people', 'people.id', 'sessions.person')
			.where('sessions.hash', hash)
			.andWhere('sessions.expires_at', '>', now)
			.whereNull('people.disabled_at')
			.select('people.*', 'sessions.expires_at', {session_seen_at: 'sessions.seen_at'})
			.limit(1);
		const [row] = rows;
		return row === undefined ? null : {hash, person: personFrom(row), seenAt: row.session_seen_at, expiresAt: row.expires_at};
	},
	async extend(hash: string, at: Instant, expiresAt: Instant): Promise<void> {
		await sql('sessions').where({hash}).update({seen_at: at, expires_at: expiresAt});
	},
	async drop(hash: string): Promise<void> {
		await sql('sessions').where({hash}).delete();
	},
	async dropOf(person: string): Promise<void> {
		await sql('sessions').where({person}).delete();
	},
	async dropExpired(now: Instant): Promise<void> {
		await sql('sessions').where('expires_at', '<=', now).delete();
	},
});

export const linkStore = (sql: Knex) => ({
	async add({hash, person, at, expiresAt}: {hash: string; person: string | null; at: Instant; expiresAt: Instant}): Promise<void> {
		await sql('sign_in_links').insert({hash, person, made_at: at, expires_at: expiresAt, used_at: null});
	},
	/** The link, where it can still be used. */
	async usable(hash: string, now: Instant): Promise<SignInLink | null> {
		const [row] = await sql<LinkRow>('sign_in_links').where({hash}).whereNull('used_at').andWhere('expires_at', '>', now).limit(1);
		return row === undefined ? null : {hash, person: row.person, expiresAt: row.expires_at, usedAt: row.used_at};
	},
	/** Whether this was its one use. */
	async use(hash: string, at: Instant): Promise<boolean> {
		return (await sql('sign_in_links').where({hash}).whereNull('used_at').andWhere('expires_at', '>', at).update({used_at: at})) === 1;
	},
	async dropOf(person: string): Promise<void> {
		await sql('sign_in_links').where({person}).delete();
	},
	async dropExpired(now: Instant): Promise<void> {
		await sql('sign_in_links').where('expires_at', '<=', now).delete();
	},
});
