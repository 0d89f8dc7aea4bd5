/** View-models of notices: what is sent, and the page of what was and was not. */
import type {Pill, Shell, TimeView, Tone} from './views.ts';

/** What is sent to a webhook, escaped for it already. */
export type NoticeView = {
	readonly sentences: readonly string[];
	readonly unnamed: string | null;
	readonly remedy: string | null;
	readonly link: string | null;
};

export type NoticeMailView = NoticeView & {readonly id: string; readonly target: string; readonly head: string};

/** The text of an issue, in Markdown. */
export type IssueView = {
	readonly text: string;
	readonly owner: string | null;
	readonly due: string | null;
	readonly doneWhen: string | null;
	readonly item: string;
	readonly incident: string;
	readonly link: string | null;
	readonly marker: string;
};

export type NoticesPage = {
	readonly shell: Shell;
	readonly sentence: {readonly tone: Tone; readonly text: string};
	/** Set where no target is configured: the page teaches instead. */
	readonly empty: {readonly example: string} | null;
	readonly targets: readonly {
		readonly name: string;
		readonly pill: Pill;
		readonly where: string;
		readonly about: string;
		readonly standing: string;
		readonly reason: string | null;
	}[];
	readonly notices: readonly {
		readonly id: string;
		readonly pill: Pill;
		readonly target: string;
		readonly time: TimeView;
		readonly date: string;
		readonly text: string;
		readonly href: string | null;
		readonly standing: string;
		readonly reason: string | null;
		readonly again: string | null;
		readonly giveUp: string | null;
	}[];
	readonly filters: readonly {readonly href: string; readonly text: string; readonly current: boolean}[];
	readonly older: string | null;
};
