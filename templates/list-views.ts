/** View-models of the lists: deploys, incidents, signals, what is landed, and the order planner. */
import type {OrderGraphView} from './order-view.ts';
import type {SafeHtml} from './safe-html.ts';
import type {FindingView, Pill, Shell, TimeView, Tone} from './views.ts';

export type Sentence = {readonly tone: Tone | 'plain'; readonly text: string};

/** One field of a filter, with what was typed, right or wrong. */
export type FilterField = {
	readonly name: string;
	readonly label: string;
	readonly value: string;
	/** Null: any text may be typed. */
	readonly options: readonly {readonly value: string; readonly text: string; readonly selected: boolean}[] | null;
	readonly hint: string;
	/** Why what was typed cannot be used; null: it can. */
	readonly problem: string | null;
	readonly wide: boolean;
};

export type FilterView = {
	readonly action: string;
	readonly label: string;
	readonly fields: readonly FilterField[];
	/** Above the list: each names its field. */
	readonly problems: readonly string[];
	/** Set while anything is filtered. */
	readonly clear: string | null;
};

export type PagerView = {
	readonly shown: string;
	readonly links: readonly {readonly href: string; readonly text: string; readonly rel: 'prev' | 'next' | 'start'}[];
};

/** What stands in the place of rows: nothing matches, or nothing is there yet and a command brings the first. */
export type NoRowsView = {readonly text: string; readonly command: string | null; readonly clear: string | null};

export type ListPageOf<Row> = {
	readonly shell: Shell;
	readonly sentence: Sentence;
	/** Null while there is nothing to filter. */
	readonly filter: FilterView | null;
	readonly rows: readonly Row[];
	readonly none: NoRowsView | null;
	readonly pager: PagerView | null;
};

export type DeployRowView = {
	readonly href: string;
	readonly name: string;
	readonly note: string | null;
	readonly service: string;
	readonly pill: Pill;
	readonly opened: TimeView;
	readonly long: string;
	readonly sentence: string;
	readonly line: string;
	readonly incident: {readonly href: string; readonly text: string} | null;
};
export type DeploysPage = ListPageOf<DeployRowView>;

export type IncidentRowView = {
	readonly href: string;
	readonly id: string;
	readonly title: string;
	readonly service: string;
	readonly pill: Pill;
	readonly opened: TimeView;
	readonly long: string;
	readonly about: string | null;
	readonly owed: string;
};
export type IncidentsPage = ListPageOf<IncidentRowView>;

export type ArmView = {readonly arm: string; readonly value: string; readonly rate: string | null};

export type SignalView = {
	readonly id: string;
	readonly service: string;
	readonly name: string;
	readonly pill: Pill;
	readonly why: string;
	readonly required: string;
	readonly source: string;
	readonly newest: TimeView | null;
	readonly lag: string;
	readonly bucket: string;
	readonly arms: readonly ArmView[];
	readonly failure: {readonly time: TimeView | null; readonly text: string} | null;
	readonly spark: SafeHtml;
	readonly sparkText: string;
	readonly sparkNote: string;
	readonly proofs: readonly {readonly pill: Pill; readonly text: string; readonly remedy: string | null}[];
	readonly open: boolean;
};

export type SignalsPage = {
	readonly shell: Shell;
	readonly sentence: Sentence;
	readonly none: NoRowsView | null;
	readonly signals: readonly SignalView[];
	readonly pager: PagerView | null;
};

export type CommitView = {
	readonly short: string;
	readonly full: string;
	readonly branch: string | null;
	readonly since: TimeView;
	readonly deploy: {readonly href: string; readonly text: string} | null;
};

export type LandedMoveView = {
	readonly time: TimeView;
	readonly repository: string;
	readonly branch: string | null;
	readonly from: string | null;
	readonly short: string;
	readonly full: string;
	readonly isLive: boolean;
	readonly deploy: {readonly href: string; readonly text: string} | null;
};

export type ChangePlaceView = {
	readonly pill: Pill;
	readonly service: string;
	readonly group: string;
	readonly since: TimeView;
	readonly until: string;
	readonly deploy: {readonly href: string; readonly text: string} | null;
};

export type LandedPage = {
	readonly shell: Shell;
	readonly sentence: Sentence;
	readonly filter: FilterView;
	readonly none: NoRowsView | null;
	readonly groups: readonly {
		readonly name: string;
		readonly href: string;
		readonly current: boolean;
		readonly text: string;
		readonly version: string | null;
	}[];
	/** A row is a repository. `cells` stand in the order of the groups; one that stands for all of them spans them. */
	readonly rows: readonly {
		readonly repository: string;
		readonly pill: Pill;
		readonly cells: readonly {readonly group: string; readonly span: number; readonly commits: readonly CommitView[]}[];
	}[];
	readonly pager: PagerView | null;
	/** The moves of one group, newest first. */
	readonly history: {readonly heading: string; readonly moves: readonly LandedMoveView[]; readonly more: string | null} | null;
	/** What one group runs: its version, and what deploys brought on top. */
	readonly runs: {
		readonly version: string | null;
		readonly parts: readonly string[];
		readonly heading: string;
		readonly picks: readonly {
			readonly short: string;
			readonly full: string;
			readonly href: string | null;
			readonly repository: string;
			readonly branch: string | null;
			readonly subject: string;
			readonly since: TimeView;
			readonly deploy: {readonly href: string; readonly text: string} | null;
		}[];
		readonly more: string | null;
	} | null;
	/** Of a change that was asked for: how it stands on each group. */
	readonly standings: readonly {
		readonly pill: Pill;
		readonly service: string;
		readonly group: string;
		readonly said: string;
		readonly deploy: {readonly href: string; readonly text: string} | null;
		/** What stands in the place of a deploy. */
		readonly unseen: string;
	}[];
	readonly changes: readonly {
		readonly short: string;
		readonly full: string;
		readonly repository: string;
		readonly branch: string | null;
		readonly subject: string;
		/** Why it is here, where it is not the one that was named: `The same patch`. */
		readonly same: string | null;
		readonly places: readonly ChangePlaceView[];
		readonly deploys: readonly {readonly href: string; readonly text: string}[];
	}[];
};

export type PrerequisiteView = {
	readonly id: string;
	readonly name: string;
	readonly group: string | null;
	readonly text: string;
	readonly pill: Pill;
	/** Who said so, when and why, and why nobody knows, each a sentence. */
	readonly said: readonly string[];
	readonly probed: boolean;
	/** Null: nobody ticks it. */
	readonly form: {
		readonly action: string;
		readonly key: string;
		readonly name: string;
		readonly group: string;
		readonly reason: {readonly value: string; readonly problem: string | null};
	} | null;
};

/** Things outside git that changes need. */
export type PrerequisitesPage = {
	readonly shell: Shell;
	readonly sentence: Sentence;
	/** Set while none is configured: the page teaches. */
	readonly example: string | null;
	readonly services: readonly {
		readonly name: string;
		readonly id: string;
		readonly rows: readonly PrerequisiteView[];
		readonly command: string;
	}[];
};

export type PlannerPage = {
	readonly shell: Shell;
	readonly sentence: Sentence;
	readonly services: readonly {readonly value: string; readonly text: string; readonly selected: boolean}[];
	readonly repository: string;
	readonly text: string;
	readonly problems: readonly string[];
	/** Lines that could not be read. */
	readonly unread: readonly string[];
	/** The groups of the service that is chosen. */
	readonly groups: readonly {readonly value: string; readonly text: string; readonly checked: boolean}[];
	/** The service whose groups these are: where another is chosen, all of its groups count. */
	readonly groupsOf: string;
	readonly plan: {
		readonly heading: string;
		/** Over the reasons. */
		readonly why: string;
		/** The steps are many: they stand in two columns where there is room. */
		readonly many: boolean;
		/** `3 changes, 2 dependencies found`; and for which groups, where not for all. */
		readonly found: string;
		readonly steps: readonly {
			readonly number: number;
			readonly name: string;
			readonly full: string;
			readonly subject: string;
			readonly moved: string | null;
			readonly added: string | null;
			readonly needs: readonly string[];
		}[];
		/** What to add, each with its command. */
		readonly picks: readonly {readonly text: string; readonly command: string | null}[];
		/** To paste at a checkout: the order that works; null where none does. */
		readonly command: string | null;
		readonly graph: OrderGraphView | null;
		readonly rings: readonly string[];
		readonly findings: readonly FindingView[];
		/** What lets it pass all the same, and what is recorded; null where nothing stands in the way. */
		readonly override: {readonly who: string; readonly command: string; readonly recorded: string} | null;
		readonly footers: readonly FindingView[];
		/** Findings that had no room; null: none. */
		readonly more: string | null;
	} | null;
};
