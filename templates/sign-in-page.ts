/** How to come in: the button of a link that works, why one does not, and the ways to get one. */
import type {Instant} from '../gate/facts.ts';
import {plainText} from '../reports/plain-text.ts';
import {sayDateTime} from '../reports/say.ts';
import type {SignInPage} from './people-views.ts';

export type SignInInput = {
	readonly now: Instant;
	/** The link that was opened: whom it lets in, null for the first admin, who says their name. */
	readonly link: {
		readonly action: string;
		readonly person: {readonly name: string; readonly role: string} | null;
		readonly typed: string;
	} | null;
	readonly problem: string | null;
	/** Which ways there are. */
	readonly links: boolean;
	readonly proxy: boolean;
	/** Where the person wanted to go. */
	readonly to: string;
	/** Who is signed in already. */
	readonly person: string | null;
};

function waysOf({links, proxy}: SignInInput): SignInPage['ways'] {
	return [
		...(proxy ? [{text: 'Through the proxy in front of Signalbox, which knows who you are.', command: null}] : []),
		...(links
			? [
					{
						text: 'By a one-time link: an admin makes one on the page People, or on the machine of the service with',
						command: "signalbox user invite 'Your Name' --role editor",
					},
				]
			: []),
		{text: 'Programs show a token:', command: 'signalbox token create NAME --role deployer'},
	];
}

export function signInPage(input: SignInInput): SignInPage {
	const {now, link, problem, links, to, person} = input;
	const shell = {title: 'Sign in', refresh: false, madeAt: sayDateTime(now), at: 'sign-in'} as const;
	const about = {shell, problem: problem === null ? null : plainText(problem), onward: null};
	if (link !== null) {
		const known = link.person === null ? null : {name: plainText(link.person.name), role: link.person.role};
		return {
			...about,
			heading: known === null ? 'You are the first admin here.' : `Sign in as ${known.name}, ${known.role}.`,
			lead: [
				...(known === null ? ['Say who you are: the name stands beside everything that you do.'] : []),
				'The link works once. This browser then stays signed in until you sign out, or do not come for a long time.',
			],
			link: {
				action: link.action,
				button: known === null ? 'Sign in' : `Sign in as ${known.name}`,
				asksName: known === null,
				name: link.typed,
			},
			paste: null,
			ways: [],
		};
	}
	const isIn = person !== null && problem === null;
	return {
		...about,
		heading: isIn
			? `You are signed in as ${plainText(person)}.`
			: problem === null
				? 'Sign in to go on.'
				: 'This link does not let you in.',
		lead: isIn || problem !== null ? [] : ['What you asked for is for people who are known here. After the sign-in you come back to it.'],
		link: null,
		paste: links ? {to} : null,
		ways: waysOf(input),
		onward: isIn ? {href: to, text: 'Go on'} : null,
	};
}
