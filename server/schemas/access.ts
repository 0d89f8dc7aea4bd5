/** Who may come in, for programs: what they send, and what they are answered. No answer but the first one of a write holds a secret. */
import {z} from 'zod';
import type {Role} from '../caller.ts';
import {roles} from '../caller.ts';
import type {Token} from '../stores/tokens.ts';
import {actor as sentActor} from './check.ts';
import {key} from './idempotency.ts';
import {answering, instant} from './parts.ts';

const role = z.enum(roles);
const text = z.string();
const sentName = z.string().max(500);
const servicesMax = 100;

/** What every write here takes beside what it is about. */
const write = {
	actor: sentActor
		.nullable()
		.default(null)
		.describe('For whom a program acts; its own name stands beside that. A person is always themselves.'),
	idempotencyKey: key,
};

export const invitationSchema = z.strictObject({
	name: sentName.describe('1 to 100 characters; known already, they get a new link, and links made before are void.'),
	role: role.describe('Not above the role of whoever invites.'),
	...write,
});
export const linkSchema = z.strictObject(write);
export const roleSchema = z.strictObject({role: role.describe('Not above the role of whoever gives it.'), ...write});
export const stateSchema = z.strictObject({
	state: z.enum(['active', 'disabled']).describe('Disabled: signed out everywhere at once, and not let in again.'),
	...write,
});
export const newTokenSchema = z.strictObject({
	name: sentName.describe('Whose it is: letters, digits, dots, _ and -, 50 at most. No two in force have the same.'),
	role: role.describe('Not above the role of whoever makes it.'),
	// Nothing in a list must never come to mean everything.
	services: z
		.array(z.string().max(255))
		.min(1, 'must name a service, or be null for all of them')
		.max(servicesMax)
		.nullable()
		.default(null)
		.describe('It may write about these alone; null: about all.'),
	forMs: z.int().nullable().default(null).describe('How long it lasts, from a minute to ten years; null: until it is revoked.'),
	...write,
});
export const revocationSchema = z.strictObject(write);

export type PersonTold = {
	readonly id: string;
	readonly name: string;
	readonly role: Role;
	readonly state: 'active' | 'disabled';
	readonly madeAt: string;
	readonly seenAt: string | null;
	readonly disabledAt: string | null;
};
export const personAnswer = answering<PersonTold>()(
	z.strictObject({
		id: text,
		name: text,
		role,
		state: z.enum(['active', 'disabled']),
		madeAt: instant,
		seenAt: instant.nullable().describe('To about ten minutes; null: never signed in.'),
		disabledAt: instant.nullable(),
	}),
);
export const peopleAnswer = z.strictObject({people: z.array(personAnswer).describe('By name.')});
export const invitationAnswer = z.strictObject({
	person: personAnswer,
	link: text.nullable().describe('Works once. Null: this key was answered before; the link was told then, and is kept nowhere.'),
	expiresAt: instant.describe('When the link ends by itself.'),
});

export type TokenTold = Token & {readonly state: 'in_force' | 'ended' | 'revoked'};
export const tokenAnswer = answering<TokenTold>()(
	z.strictObject({
		id: text.regex(/^[0-9a-f]{10}$/),
		name: text,
		role,
		state: z.enum(['in_force', 'ended', 'revoked']),
		services: z.array(text).nullable().describe('It may write about these alone; null: about all.'),
		madeAt: instant,
		madeBy: text,
		expiresAt: instant.nullable(),
		revokedAt: instant.nullable(),
		seenAt: instant.nullable().describe('To about ten minutes; null: never shown.'),
	}),
);
export const tokensAnswer = z.strictObject({tokens: z.array(tokenAnswer).describe('Newest first, those that ended too.')});
export const newTokenAnswer = z.strictObject({
	token: tokenAnswer,
	text: text.nullable().describe('What is shown as the bearer. Null: this key was answered before; it was told then, and is kept nowhere.'),
});
