/** View-models of the pages by which people come in. */
import type {Shell} from './views.ts';

export type SignInPage = {
	readonly shell: Shell;
	readonly heading: string;
	readonly lead: readonly string[];
	/** Why the link that was opened does not work. */
	readonly problem: string | null;
	/** A link that works: the button that uses it. */
	readonly link: {readonly action: string; readonly button: string; readonly asksName: boolean; readonly name: string} | null;
	/** Where a link can be pasted, and where it leads on to. */
	readonly paste: {readonly to: string} | null;
	readonly ways: readonly {readonly text: string; readonly command: string | null}[];
	readonly onward: {readonly href: string; readonly text: string} | null;
};

/** What somebody typed into a form that could not be taken. */
export type SendAgainPage = {
	readonly shell: Shell;
	readonly heading: string;
	readonly lead: readonly string[];
	readonly action: string;
	readonly fields: readonly {
		readonly id: string;
		readonly name: string;
		readonly label: string;
		readonly value: string;
		readonly shape: {readonly empty: boolean; readonly short: boolean; readonly long: boolean};
		readonly rows: number;
	}[];
	readonly canSend: boolean;
};

export type PeoplePage = {
	readonly shell: Shell;
	readonly heading: string;
	/** Shown this once: a link or a token that was just made. */
	readonly made: {readonly title: string; readonly secret: string; readonly note: string} | null;
	readonly people: readonly {
		readonly id: string;
		readonly name: string;
		readonly role: string;
		readonly roles: readonly {readonly name: string; readonly selected: boolean}[];
		readonly seen: string;
		readonly shutOut: boolean;
		readonly isYou: boolean;
	}[];
	readonly roles: readonly {readonly name: string; readonly means: string; readonly selected: boolean}[];
	readonly tokens: readonly {
		readonly id: string;
		readonly name: string;
		readonly role: string;
		readonly about: string;
		readonly made: string;
		readonly seen: string;
		readonly ends: string;
		readonly isOver: boolean;
	}[];
	readonly services: readonly string[];
	readonly links: boolean;
};
