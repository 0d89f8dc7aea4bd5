/** Lets somebody sign in: a person with a role, and a link that works once. */
import type {Instant} from '../../gate/facts.ts';
import type {Actor} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import type {Role} from '../caller.ts';
import {hashOf, newSecret} from '../secret.ts';
import type {Person} from '../stores/people.ts';
import {plus} from './choose-look.ts';
import {type Deps, reading, type Writing, writing} from './deps.ts';
import {asked, keyTaken, madeBefore} from './once.ts';
import {personName} from './person-name.ts';

const linkMs = 24 * 60 * 60 * 1000;

export type Invitation = {readonly person: Person; readonly secret: string; readonly expiresAt: Instant};
/** `where` says where it was asked, for the timeline: `at the command line`. */
export type InvitationRequest = {readonly name: string; readonly role: Role | null; readonly actor: Actor; readonly where: string};

/** The key of the event of a write, and what it carries so that the same question is known again. */
type Once = {readonly idempotencyKey: string; readonly data: Readonly<Record<string, unknown>>};

/** Adds somebody nobody knew; the name must be free, and checked by `personName`. */
export async function addPerson(stores: Writing, deps: Deps, {name, role}: {name: string; role: Role}): Promise<Person> {
	const person = {id: deps.newId(), name, role, madeAt: stores.at, seenAt: null, disabledAt: null};
	await stores.people.add(person);
	return person;
}

async function makeLink(stores: Writing, person: string | null): Promise<{secret: string; expiresAt: Instant}> {
	const secret = newSecret();
	const expiresAt = plus(stores.at, linkMs);
	await stores.links.dropExpired(stores.at);
	await stores.links.add({hash: hashOf(secret), person, at: stores.at, expiresAt});
	return {secret, expiresAt};
}

async function invite(
	stores: Writing,
	deps: Deps,
	{name: written, role, actor, where}: InvitationRequest,
	more: Once,
): Promise<Invitation> {
	const name = personName(written);
	const known = await stores.people.named(name);
	if (known && known.disabledAt !== null)
		throw new AppError('conflict', `${known.name} is shut out. Let them in again first (signalbox user enable).`);
	if (known && role !== null && role !== known.role)
		throw new AppError(
			'conflict',
			`${known.name} is ${known.role} already. Change the role by itself (signalbox user role), or leave it out.`,
		);
	if (!known && role === null) throw new AppError('invalid', `Nobody is called ${name} yet: say which role they get.`);
	const person = known ?? (await addPerson(stores, deps, {name, role: role ?? 'viewer'}));
	await stores.links.dropOf(person.id);
	const link = await makeLink(stores, person.id);
	stores.say({
		...{kind: 'access_changed', source: 'human', actor, idempotencyKey: more.idempotencyKey},
		text: `${known ? 'A new sign-in link was made for' : 'Invited'} ${person.name} as ${person.role} ${where}`,
		data: {person: person.name, role: person.role, expiresAt: link.expiresAt, ...more.data},
	});
	return {person, ...link};
}

/**
 * A link for somebody new with this role, or for somebody known, whose role stays as it is. Links made for them before are void.
 */
export const invitePerson = (deps: Deps, request: InvitationRequest): Promise<Invitation> =>
	writing(deps, stores => invite(stores, deps, request, {idempotencyKey: deps.newId(), data: {}}));

/** The same once under its key. Asked again it makes no other link, and the secret, which is kept nowhere, is null. */
export function invitePersonOnce(
	deps: Deps,
	{idempotencyKey, ...request}: InvitationRequest & {readonly idempotencyKey: string},
): Promise<Omit<Invitation, 'secret'> & {readonly secret: string | null}> {
	return writing(deps, async stores => {
		const before = await madeBefore(stores, idempotencyKey, 'invitation', request);
		if (before === null) return invite(stores, deps, request, {idempotencyKey, data: asked('invitation', request)});
		const person = await stores.people.named(String(before.data['person']));
		if (person === null) throw keyTaken();
		return {person, secret: null, expiresAt: String(before.data['expiresAt'])};
	});
}

/** A link for whoever becomes the first admin, where there was never one; null otherwise. */
export async function firstLink(deps: Deps): Promise<{secret: string; expiresAt: Instant} | null> {
	if ((await reading(deps).people.admins({disabledToo: true})) > 0) return null;
	return writing(deps, async stores => {
		const link = await makeLink(stores, null);
		stores.say({
			...{kind: 'access_changed', source: 'human', actor: {kind: 'system', name: 'signalbox'}},
			text: 'A sign-in link for the first admin was written to the log of the service',
		});
		return link;
	});
}
