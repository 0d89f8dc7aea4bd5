/** View-models of the forms on the pages of a deploy and an incident. */

export type ActOption = {readonly value: string; readonly text: string; readonly selected: boolean};

/** One field with what was typed, and what is wrong with it; null: nothing is. */
export type ActField = {readonly value: string; readonly problem: string | null};

/** A form: where it goes, and the key by which it is stored once. `problem` is of the whole form. */
export type ActForm = {readonly action: string; readonly key: string; readonly open: boolean; readonly problem: string | null};

/** On the page of a deploy that is open. While that page reloads there is a link in the place of the forms: nothing typed is lost to a reload. */
export type DeployAct = {
	readonly link: string | null;
	readonly allow: ActForm & {readonly rules: readonly ActOption[]; readonly reason: ActField};
	readonly close: ActForm & {readonly text: ActField};
};

export type IncidentAct = {
	readonly status: ActForm & {readonly statuses: readonly ActOption[]; readonly reason: ActField};
	readonly record: ActForm & {readonly kinds: readonly ActOption[]; readonly at: ActField; readonly hint: string; readonly text: ActField};
};
