/** Who may come in, with which role; and the tokens of programs. */
import type {Instant} from '../gate/facts.ts';
import {plainText} from '../reports/plain-text.ts';
import {sayDate, sayDateTime} from '../reports/say.ts';
import type {PeoplePage} from './people-views.ts';

/** What each role may do, from the least to the most. */
export const roleMeanings: readonly {readonly name: string; readonly means: string}[] = [
	{name: 'viewer', means: 'reads everything'},
	{name: 'editor', means: 'also writes: meetings, reports, events, what an incident is'},
	{name: 'deployer', means: 'also asks the gate, allows, takes back'},
	{name: 'admin', means: 'also lets people and programs in, and redacts'},
];

export type PeopleInput = {
	readonly now: Instant;
	/** Whose page it is. */
	readonly you: string;
	readonly made: PeoplePage['made'];
	readonly people: readonly {
		readonly id: string;
		readonly name: string;
		readonly role: string;
		readonly seenAt: Instant | null;
		readonly disabledAt: Instant | null;
	}[];
	readonly tokens: readonly {
		readonly id: string;
		readonly name: string;
		readonly role: string;
		readonly services: readonly string[] | null;
		readonly madeAt: Instant;
		readonly madeBy: string;
		readonly expiresAt: Instant | null;
		readonly revokedAt: Instant | null;
		readonly seenAt: Instant | null;
	}[];
	readonly services: readonly string[];
	readonly links: boolean;
};

const minutes = (at: Instant): string => sayDateTime(at).slice(0, 16);

function endOf({expiresAt, revokedAt}: PeopleInput['tokens'][number], now: Instant): string {
	if (revokedAt !== null) return `revoked ${minutes(revokedAt)}`;
	if (expiresAt === null) return 'until revoked';
	return expiresAt <= now ? `ended ${minutes(expiresAt)}` : `until ${minutes(expiresAt)}`;
}

export const peoplePage = ({now, you, made, people, tokens, services, links}: PeopleInput): PeoplePage => ({
	shell: {title: 'People', refresh: false, madeAt: sayDateTime(now), at: 'people'},
	heading: 'Who may come in',
	made,
	people: people.map(({id, name, role, seenAt, disabledAt}) => ({
		...{id, name: plainText(name), role, isYou: name === you, shutOut: disabledAt !== null},
		roles: roleMeanings.map(each => ({name: each.name, selected: each.name === role})),
		seen: disabledAt !== null ? `shut out ${minutes(disabledAt)}` : seenAt === null ? 'never' : minutes(seenAt),
	})),
	roles: roleMeanings.map(role => ({...role, selected: role.name === 'editor'})),
	tokens: tokens.map(token => ({
		...{id: token.id, name: plainText(token.name), role: token.role},
		about: token.services === null ? 'every service' : plainText(token.services.join(', ')),
		made: `${sayDate(token.madeAt)} by ${plainText(token.madeBy)}`,
		seen: token.seenAt === null ? 'never' : minutes(token.seenAt),
		ends: endOf(token, now),
		isOver: token.revokedAt !== null || (token.expiresAt !== null && token.expiresAt <= now),
	})),
	services: services.map(name => plainText(name)),
	links,
});
