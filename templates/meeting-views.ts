/** View-models of the post-mortem form, and of what people said wherever it is shown. As in views.ts: finished words, no optional keys. */
import type {SafeHtml} from './safe-html.ts';
import type {Pill, Shell, TimeView} from './views.ts';

/** What people said to one question of the post-mortem form. */
export type SaidView = {readonly label: string; readonly html: SafeHtml};

/** One action item as a report and the form show it. */
export type ItemRowView = {
	readonly id: string;
	/** `item item-1`: how deep it stands. */
	readonly classes: string;
	readonly pill: Pill;
	readonly task: string | null;
	/** `greg/JR, by 2017-12-21`; null where nothing of it is known. */
	readonly who: string | null;
	readonly text: string;
	/** Its kind, its end condition, why it is not done: what there is of them. */
	readonly notes: readonly string[];
	/** What is to be pasted for it, such as the message of a revert; null: nothing, or it is done. */
	readonly paste: string | null;
	/** `Not agreed yet: it lacks an owner and a due date.` */
	readonly lacks: string | null;
	readonly tracker: {readonly href: string; readonly text: string} | null;
};

/** What a form of the meeting carries beside what is typed. */
export type FormView = {
	readonly action: string;
	/** The version that was shown. */
	readonly baseVersion: number;
	/** Makes the same form sent twice one change. */
	readonly opId: string;
};

export type FieldFormView = FormView & {
	readonly label: string;
	readonly isLine: boolean;
	readonly rows: number;
	readonly lengthMax: number;
	readonly value: string;
	/** What the data said when the form was made; null: nothing. */
	readonly generated: string | null;
	readonly button: string;
};

export type DifferenceView = readonly {readonly kind: 'same' | 'gone' | 'new'; readonly mark: string; readonly text: string}[];

export type MeetingFieldView = {
	readonly anchor: string;
	/** Null where the topic's own title asks it. */
	readonly heading: string | null;
	readonly label: string;
	readonly help: string;
	readonly classes: string;
	readonly pill: Pill;
	/** The saved answer; null where there is none. */
	readonly said: SafeHtml | null;
	/** `Saved 2017-12-07 17:03:09 by Adam W, version 3`. */
	readonly saved: string | null;
	readonly history: {readonly href: string; readonly text: string} | null;
	/** Where a text to begin with is from. */
	readonly from: string | null;
	/** How what the data says differs from what it said when the answer was saved. */
	readonly difference: DifferenceView | null;
	readonly hints: readonly {readonly found: string; readonly hint: string}[];
	/** What just came of a save. */
	readonly notice: string | null;
	readonly evidence: readonly {readonly title: string; readonly lines: readonly string[]}[];
	/**
	 * The box stands behind this line, whatever the field says: `Change the answer`. A live page keeps what is typed in it, so it must not
	 * move when somebody else saves.
	 */
	readonly fold: string;
	readonly isOpen: boolean;
	readonly form: FieldFormView;
};

export type ChoiceView = readonly {readonly value: string; readonly text: string; readonly selected: boolean}[];

export type ItemFormView = FormView & {
	readonly task: string;
	readonly owner: string;
	readonly text: string;
	readonly due: string;
	readonly doneWhen: string;
	readonly reason: string;
	readonly kinds: ChoiceView;
	readonly statuses: ChoiceView;
	readonly id: string;
	readonly button: string;
};

export type MeetingItemView = {
	readonly row: ItemRowView;
	readonly anchor: string;
	readonly saved: string;
	readonly hints: readonly string[];
	readonly because: string | null;
	readonly paste: string | null;
	readonly notice: string | null;
	readonly isOpen: boolean;
	readonly form: ItemFormView;
	/** The button that makes it an issue; null where there is nowhere to, or it is one. */
	readonly issue: {readonly action: string; readonly opId: string; readonly button: string} | null;
	/** How it stands with the issue that was asked for; null once there is one. */
	readonly issueStanding: string | null;
};

export type MeetingPage = {
	readonly shell: Shell;
	/** What others save shows while one looks; see server/live.ts. */
	readonly topic: string;
	readonly incident: {readonly id: string; readonly href: string; readonly title: string; readonly pill: Pill};
	readonly heading: string;
	readonly sentence: string;
	readonly topics: readonly {
		readonly key: string;
		readonly title: string;
		/** `2 of 5 answered`. */
		readonly standing: string;
		readonly fields: readonly MeetingFieldView[];
	}[];
	readonly items: readonly MeetingItemView[];
	readonly itemsNotice: string | null;
	/** The list as minutes write it, to copy; null where it is empty. */
	readonly asLines: string | null;
	readonly proposals: readonly {
		readonly action: string;
		readonly opId: string;
		readonly text: string;
		readonly because: string;
		readonly kind: string;
		readonly paste: string | null;
	}[];
	readonly add: FormView & {readonly value: string; readonly lengthMax: number};
	readonly links: {readonly report: string};
};

/** A form that came back: somebody else was first, or it cannot be stored as it is. What was typed stands in it. */
export type MeetingAgainPage = {
	readonly shell: Shell;
	readonly incident: {readonly id: string; readonly href: string};
	readonly label: string;
	readonly sentence: string;
	readonly doThis: string;
	/** What stands there now, and what was typed. */
	readonly sides: readonly {readonly title: string; readonly who: string; readonly lines: DifferenceView}[];
	readonly field: FieldFormView | null;
	readonly item: ItemFormView | null;
	readonly add: MeetingPage['add'] | null;
};

export type MeetingHistoryPage = {
	readonly shell: Shell;
	readonly incident: {readonly id: string; readonly href: string};
	readonly back: string;
	readonly label: string;
	readonly sentence: string;
	readonly updates: readonly {
		readonly pill: Pill;
		readonly title: string;
		readonly who: string;
		readonly time: TimeView;
		readonly base: string;
		readonly text: string;
	}[];
};
