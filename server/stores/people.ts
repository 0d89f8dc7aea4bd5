/** People who may sign in, with their roles. */
import type {Knex} from 'knex';
import type {Instant} from '../../gate/facts.ts';
import {type Role, roles} from '../caller.ts';

export type Person = {
	readonly id: string;
	readonly name: string;
	readonly role: Role;
	readonly madeAt: Instant;
	readonly seenAt: Instant | null;
	readonly disabledAt: Instant | null;
};

export type PersonRow = {
	id: string;
	name: string;
	name_key: string;
	role: string;
	made_at: string;
	seen_at: string | null;
	disabled_at: string | null;
};

/** No two people may differ by a capital letter, or by another way to write the same letter. */
export const nameKey = (name: string): string => name.normalize('NFKC').toLowerCase();

/** A role that this version does not know may do the least. */
export const roleFrom = (text: string): Role => roles.find(role => role === text) ?? 'viewer';

export const personFrom = (row: PersonRow): Person => ({
	...{id: row.id, name: row.name, role: roleFrom(row.role), madeAt: row.made_at, seenAt: row.seen_at, disabledAt: row.disabled_at},
});

const one = (rows: readonly PersonRow[]): Person | null => {
	const [row] = rows;
	return row === undefined ? null : personFrom(row);
};

export const peopleStore = (sql: Knex) => ({
	async add({id, name, role, madeAt}: Pick<Person, 'id' | 'name' | 'role' | 'madeAt'>): Promise<void> {
		await sql('people').insert({id, name, name_key: nameKey(name), role, made_at: madeAt, seen_at: null, disabled_at: null});
	},
	async get(id: string): Promise<Person | null> {
		return one(await sql<PersonRow>('people').where({id}).limit(1));
	},
	async named(name: string): Promise<Person | null> {
		return one(
			await sql<PersonRow>('people')
				.where({name_key: nameKey(name)})
				.limit(1),
		);
	},
	/** By name. */
	async list(): Promise<Person[]> {
		return (await sql<PersonRow>('people').orderBy('name_key')).map(personFrom);
	},
	/** Admins who may sign in, or ever could. */
	async admins({disabledToo}: {readonly disabledToo: boolean}): Promise<number> {
		const rows = await sql<PersonRow>('people').where({role: 'admin'});
		return rows.filter(row => disabledToo || row.disabled_at === null).length;
	},
	async setRole(id: string, role: Role): Promise<void> {
		await sql('people').where({id}).update({role});
	},
	async setDisabled(id: string, at: Instant | null): Promise<void> {
		await sql('people').where({id}).update({disabled_at: at});
	},
	async setSeen(id: string, at: Instant): Promise<void> {
		await sql('people').where({id}).update({seen_at: at});
	},
});
