/** Comes in: by a link that works once, or by the word of a proxy. */
import type {Instant} from '../../gate/facts.ts';
import {AppError} from '../app-error.ts';
import type {Role} from '../caller.ts';
import {hashOf, newSecret} from '../secret.ts';
import type {Person} from '../stores/people.ts';
import {plus} from './choose-look.ts';
import {type Deps, type Writing, writing} from './deps.ts';
import {addPerson} from './invite-person.ts';
import {personName} from './person-name.ts';

export const linkIsVoid = 'This sign-in link was used before, is older than a day, or was replaced by another one.';

const refuse = (): never => {
	throw new AppError('not-found', linkIsVoid);
};

/** Whoever holds the link of the first start is the admin under the name that they choose; once there is an admin it is void. */
async function firstAdmin(deps: Deps, stores: Writing, written: string): Promise<Person> {
	const name = personName(written, 'The first admin');
	if ((await stores.people.admins({disabledToo: true})) > 0) return refuse();
	const known = await stores.people.named(name);
	if (!known) return addPerson(stores, deps, {name, role: 'admin'});
	if (known.disabledAt !== null) return refuse();
	await stores.people.setRole(known.id, 'admin');
	return {...known, role: 'admin'};
}

/** Uses a link up and begins a session. `before` is the session that the browser had, which ends. */
export function signIn(
	deps: Deps,
	{secret, name, sessionMs, before}: {secret: string; name: string; sessionMs: number; before: string | null},
): Promise<{readonly session: string; readonly person: Person}> {
	return writing(deps, async stores => {
		const hash = hashOf(secret);
		const link = await stores.links.usable(hash, stores.at);
		if (!link) return refuse();
		const person = link.person === null ? await firstAdmin(deps, stores, name) : await stores.people.get(link.person);
		if (!person || person.disabledAt !== null || !(await stores.links.use(hash, stores.at))) return refuse();
		const session = newSecret();
		if (before !== null) await stores.sessions.drop(before);
		await stores.sessions.dropExpired(stores.at);
		await stores.sessions.add({hash: hashOf(session), person: person.id, at: stores.at, expiresAt: plus(stores.at, sessionMs)});
		await stores.people.setSeen(person.id, stores.at);
		stores.say({
			...{kind: 'access_changed', source: 'human', actor: {kind: 'person', name: person.name}},
			text: `${person.name} signed in by a one-time link, as ${person.role}`,
			data: {person: person.name, role: person.role},
		});
		return {session, person};
	});
}

/** The person whom a proxy names; who was not known is from now on. */
export function meetPerson(deps: Deps, written: string, role: Role): Promise<Person> {
	const name = personName(written);
	return writing(deps, async stores => {
		const known = await stores.people.named(name);
		if (known) return known;
		const person = await addPerson(stores, deps, {name, role});
		stores.say({
			...{kind: 'access_changed', source: 'human', actor: {kind: 'system', name: 'signalbox'}},
			text: `${name} came by the sign-in of the proxy for the first time, as ${role}`,
			data: {person: name, role},
		});
		return person;
	});
}

/** Notes that somebody was here, and that their session goes on. */
export function noteSeen(
	deps: Deps,
	seen: {readonly person: string; readonly session: string | null; readonly expiresAt: Instant} | {readonly token: string},
): Promise<void> {
	return writing(deps, async stores => {
		if ('token' in seen) return stores.tokens.setSeen(seen.token, stores.at);
		if (seen.session !== null) await stores.sessions.extend(seen.session, stores.at, seen.expiresAt);
		await stores.people.setSeen(seen.person, stores.at);
	});
}
