import {changePerson, type PersonChange} from '../actions/change-person.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {invitePerson} from '../actions/invite-person.ts';
import {linkText} from '../actions/link-text.ts';
import {AppError} from '../app-error.ts';
import {type Role, roles} from '../caller.ts';
import {sessionsOf} from '../config/sign-in.ts';
import {type Command, type Io, need, parseCommand, personOf, printJson} from './command.ts';
import {onDatabase} from './on-database.ts';

const options = {role: {type: 'string'}} as const;
const where = 'at the command line';
const verbs = ['list', 'invite', 'role', 'disable', 'enable'] as const;

type Asked = {readonly deps: Deps; readonly io: Io; readonly name: string; readonly role: string | undefined; readonly json: boolean};

/** The role that was written; throws AppError `invalid` for none of them. */
export function roleNamed(text: string): Role {
	const role = roles.find(each => each === text);
	if (role === undefined) throw new AppError('invalid', `There is no role ${JSON.stringify(text)}; the roles are ${roles.join(', ')}.`);
	return role;
}

async function list({deps, io, json}: Asked): Promise<void> {
	const people = await reading(deps).people.list();
	if (json) return printJson(io, {people});
	if (people.length === 0) io.out("Nobody yet. `signalbox user invite 'Your Name' --role admin` makes the first sign-in link.\n");
	for (const {name, role, seenAt, disabledAt} of people) {
		const seen = seenAt === null ? 'never seen' : `seen ${seenAt.slice(0, 16)}Z`;
		io.out(`${role.padEnd(9)} ${name}, ${disabledAt === null ? seen : `shut out ${disabledAt.slice(0, 16)}Z`}\n`);
	}
}

async function invite({deps, io, name, role, json}: Asked): Promise<void> {
	if (!sessionsOf(deps.config).links)
		throw new AppError('conflict', 'No link would be taken: `links: false` stands in «sign_in». The proxy lets people in.');
	const asked = {name, role: role === undefined ? null : roleNamed(role), actor: personOf(io.env), where};
	const {person, secret, expiresAt} = await invitePerson(deps, asked);
	const link = linkText(deps, secret);
	if (json) return printJson(io, {person, link, expiresAt});
	io.out(`${person.name}, ${person.role}, signs in here, once, until ${expiresAt.slice(0, 16)}Z:\n${link}\n`);
}

async function change({deps, io, name, json}: Asked, wanted: PersonChange): Promise<void> {
	const person = await changePerson(deps, {name}, {change: wanted, actor: personOf(io.env), where, evenLastAdmin: true});
	if (json) return printJson(io, {person});
	const isOut = person.disabledAt !== null;
	io.out(
		`${person.name} is ${isOut ? 'shut out' : person.role}${'role' in wanted || isOut ? '; whoever was signed in by that name is signed out' : ''}.\n`,
	);
}

async function run(args: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseCommand(args, options);
	const [verb = 'list', name = '', ...more] = positionals;
	const known = verbs.find(each => each === verb);
	if (known === undefined) throw new AppError('invalid', `\`signalbox user\` knows ${verbs.join(', ')}, not ${JSON.stringify(verb)}.`);
	if (known !== 'list') need(name, 'A name', `signalbox user ${known} 'Riley Deployer'`);
	if (more.length > 0) throw new AppError('invalid', `Put the name in quotes: signalbox user ${known} '${[name, ...more].join(' ')}'.`);
	await onDatabase(values, io, deps => {
		const asked = {deps, io, name, role: values.role, json: values.json === true};
		if (known === 'list') return list(asked);
		if (known === 'invite') return invite(asked);
		if (known === 'role') return change(asked, {role: roleNamed(need(values.role, '--role', '--role editor'))});
		return change(asked, {disabled: known === 'disable'});
	});
	return 0;
}

export const command: Command = {
	summary: 'let people in, with a role and a link that works once',
	help: `Usage: signalbox user list | invite NAME [--role ROLE] | role NAME --role ROLE | disable NAME | enable NAME

It works on the database itself: whoever may write there decides. Roles, each with what those before it may:
  viewer     reads everything
  editor     writes meetings, reports, events, what an incident is
  deployer   asks the gate, allows, takes back
  admin      lets people and programs in, and redacts

invite makes a link that works once, within 24 h; asked again for somebody known, a new one. A new role, or disable,
ends every session of that person at once. Each of these is written in the timeline.

Example: signalbox user invite 'Riley Deployer' --role deployer`,
	run,
};
