/** Changes what somebody may do, or shuts them out. Either ends all their sessions and links. */
import type {Actor} from '../../reports/events.ts';
import {AppError} from '../app-error.ts';
import type {Role} from '../caller.ts';
import type {Person} from '../stores/people.ts';
import {type Deps, type Writing, writing} from './deps.ts';
import {asked, madeBefore} from './once.ts';

export type PersonChange = {readonly role: Role} | {readonly disabled: boolean};
export type ChangeRequest = {
	readonly change: PersonChange;
	readonly actor: Actor;
	/** For the timeline: `at the command line`. */
	readonly where: string;
	/** Whether nobody may be left who could let others in: only who has rights on the data can mend that. */
	readonly evenLastAdmin: boolean;
	/** Of whoever may ask again without knowing the answer. */
	readonly idempotencyKey?: string;
};

async function keepAnAdmin(stores: Writing, person: Person, {change, evenLastAdmin}: ChangeRequest): Promise<void> {
	const isLess = 'role' in change ? change.role !== 'admin' : change.disabled;
	if (evenLastAdmin || !isLess || person.role !== 'admin' || person.disabledAt !== null) return;
	if ((await stores.people.admins({disabledToo: false})) > 1) return;
	throw new AppError('conflict', `${person.name} is the last admin: nobody could let people in any more. Make somebody else admin first.`);
}

async function apply(stores: Writing, person: Person, change: PersonChange): Promise<string | null> {
	if ('role' in change) {
		if (change.role === person.role) return null;
		await stores.people.setRole(person.id, change.role);
		return `${person.name} is ${change.role} now (was ${person.role})`;
	}
	if (change.disabled === (person.disabledAt !== null)) return null;
	await stores.people.setDisabled(person.id, change.disabled ? stores.at : null);
	return change.disabled ? `${person.name} (${person.role}) was shut out` : `${person.name} may come in again, as ${person.role}`;
}

/** `who` finds the person: by id, or by name. Answers the person as they are now. */
export function changePerson(deps: Deps, who: {readonly id: string} | {readonly name: string}, request: ChangeRequest): Promise<Person> {
	const {idempotencyKey = deps.newId(), change, actor, where} = request;
	const question = {who, change, actor};
	return writing(deps, async stores => {
		const person = 'id' in who ? await stores.people.get(who.id) : await stores.people.named(who.name);
		if (!person) throw new AppError('not-found', `There is no person ${('id' in who ? who.id : who.name).slice(0, 100)}.`);
		if ((await madeBefore(stores, idempotencyKey, 'person', question)) !== null) return person;
		await keepAnAdmin(stores, person, request);
		const said = await apply(stores, person, change);
		if (said !== null) {
			await stores.sessions.dropOf(person.id);
			await stores.links.dropOf(person.id);
			stores.say({
				...{kind: 'access_changed', source: 'human', actor, idempotencyKey},
				text: `${said}, ${where}`,
				data: {person: person.name, ...change, ...asked('person', question)},
			});
		}
		return (await stores.people.get(person.id)) ?? person;
	});
}
