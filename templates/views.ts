/**
 * View-models: file name to what the file may print. Words are finished here and before, so that a template decides nothing.
 * No key is optional: what may be absent is null, since templates are strict and a missing name is an error.
 */
import type {Draft} from '../reports/draft.ts';
import type {DeployAct, IncidentAct} from './act-views.ts';
import type {DeploysPage, IncidentsPage, LandedPage, PlannerPage, PrerequisitesPage, SignalsPage} from './list-views.ts';
import type {ItemRowView, MeetingAgainPage, MeetingHistoryPage, MeetingPage, SaidView} from './meeting-views.ts';
import type {IssueView, NoticeMailView, NoticesPage, NoticeView} from './notice-views.ts';
import type {OrderGraphView} from './order-view.ts';
import type {PeoplePage, SendAgainPage, SignInPage} from './people-views.ts';
import type {HtmlReportView, WikitextView} from './report-views.ts';
import type {SafeHtml} from './safe-html.ts';

/** The four meanings of colour, each with a word beside it. */
export type Tone = 'good' | 'watch' | 'bad' | 'unknown';

export type Shell = {
	readonly title: string;
	/** Something moves by itself, so what is shown grows old: asked anew every ten seconds, by script or, without it, by reloading. */
	readonly refresh: boolean;
	/** When the page was made: `2015-10-26 15:19:05`. */
	readonly madeAt: string;
	readonly at:
		| 'board'
		| 'deploys'
		| 'deploy'
		| 'incidents'
		| 'incident'
		| 'meeting'
		| 'signals'
		| 'landed'
		| 'order'
		| 'notices'
		| 'problem'
		| 'sign-in'
		| 'people'
		| 'send-again';
};

/** What is around every page, whatever it shows: see chrome.ts. In a template it is `@root.chrome`. */
export type Chrome = {
	readonly nav: readonly {readonly href: string; readonly text: string; readonly current: boolean}[];
	readonly person: {readonly name: string; readonly role: string; readonly isPerson: boolean} | null;
	readonly csrf: string | null;
	readonly canSignIn: boolean;
	readonly canSignOut: boolean;
	/** What a page of the nav listens to while it is open; null: it does not move. A page about one thing says its own. */
	readonly topic: string | null;
	readonly may: {readonly edit: boolean; readonly deploy: boolean; readonly administer: boolean};
};

export type Pill = {readonly tone: Tone; readonly letter: string; readonly word: string};

/** A time as people read it, and as machines do. */
export type TimeView = {readonly iso: string; readonly text: string};

/** The line of a deploy: across a wide page, down a phone, small in a list, and as text. */
export type LineView = {readonly across: SafeHtml; readonly down: SafeHtml; readonly small: SafeHtml; readonly text: string};

export type EvidenceView = {readonly label: string; readonly text: string};

export type FindingView = {
	readonly rule: string;
	readonly pill: Pill;
	readonly because: string;
	readonly evidence: readonly EvidenceView[];
	readonly remedy: string | null;
	readonly softened: string | null;
};

export type TimelineRowView = {
	/** Set where the date changes. */
	readonly date: string | null;
	readonly time: TimeView;
	readonly until: string | null;
	readonly classes: string;
	/** `gate`, `deployer`, `chat, Riley Deployer`. */
	readonly who: string;
	/** `machine` or `person`: said, not only drawn. */
	readonly by: string;
	readonly text: string;
	readonly repeats: string | null;
};

export type TimelineView = {
	readonly rows: readonly TimelineRowView[];
	readonly noise: readonly TimelineRowView[];
	readonly noiseCount: string;
	/** How many rows the page leaves out. */
	readonly more: string | null;
};

export type BoardDeployView = {
	readonly href: string;
	readonly name: string;
	readonly service: string;
	readonly since: string;
	readonly pill: Pill;
	readonly sentence: string;
	readonly remedy: string | null;
	readonly line: LineView;
};

export type BoardPage = {
	readonly shell: Shell;
	/** Set when no service is configured: the page teaches instead. */
	readonly empty: {readonly config: string; readonly example: string; readonly replay: string | null} | null;
	readonly sentence: {readonly tone: Tone; readonly text: string};
	readonly incidents: readonly {
		readonly href: string;
		readonly id: string;
		readonly title: string;
		readonly pill: Pill;
		readonly service: string;
		readonly since: string;
	}[];
	/** What is live without what it needs. */
	readonly broken: readonly {
		readonly href: string;
		readonly text: string;
		readonly remedy: string;
		readonly service: string;
		readonly since: string;
	}[];
	readonly going: readonly BoardDeployView[];
	readonly recent: readonly BoardDeployView[];
	readonly signals: readonly {
		readonly service: string;
		readonly name: string;
		readonly pill: Pill;
		readonly why: string;
		readonly newest: TimeView | null;
		readonly lag: string;
	}[];
	readonly owed: readonly {readonly text: string; readonly href: string | null; readonly since: string}[];
};

export type DeployPage = {
	readonly shell: Shell;
	/** What its live connection listens to, since it is about one thing: see server/live.ts. */
	readonly topic: string;
	readonly heading: string;
	readonly sentence: {readonly tone: Tone; readonly text: string};
	readonly remedy: string | null;
	readonly incident: {readonly href: string; readonly text: string} | null;
	readonly line: LineView;
	/** What patch-order did not let through as it was, drawn; null: nothing. */
	readonly order: OrderGraphView | null;
	/** What a deployer may do; null: it is closed. */
	readonly act: DeployAct | null;
	/** All attempts, where there is more than one. */
	readonly attempts: readonly {readonly href: string; readonly text: string; readonly current: boolean}[];
	readonly facts: readonly EvidenceView[];
	readonly changes: readonly {readonly short: string; readonly full: string; readonly repository: string; readonly subject: string}[];
	readonly stages: readonly {
		readonly name: string;
		readonly pill: Pill;
		readonly time: TimeView | null;
		/** Worst first. */
		readonly findings: readonly FindingView[];
		/** What had nothing to say is folded. */
		readonly passed: readonly FindingView[];
		readonly passedCount: string;
	}[];
	readonly overrides: readonly {readonly time: TimeView; readonly text: string}[];
	readonly charts: readonly ChartView[];
	readonly timeline: TimelineView;
};

export type ChartView = {readonly name: string; readonly wide: SafeHtml; readonly narrow: SafeHtml};

export type MomentView = {readonly label: string; readonly time: TimeView | null; readonly note: string; readonly later: string | null};

export type IncidentPage = {
	readonly shell: Shell;
	readonly topic: string;
	readonly id: string;
	readonly heading: string;
	readonly pill: Pill;
	readonly sentence: {readonly tone: Tone; readonly text: string};
	/** What to run to take it back, first on the page while it is still to do. */
	readonly rollback: {
		readonly open: boolean;
		readonly title: string;
		/** What to read before a command is run. */
		readonly warnings: readonly string[];
		readonly commands: string;
		readonly sideEffects: readonly string[];
	} | null;
	readonly line: LineView | null;
	/** What an editor may do; null where the page is a file. */
	readonly act: IncidentAct | null;
	readonly strip: SafeHtml | null;
	readonly moments: readonly MomentView[];
	readonly charts: readonly ChartView[];
	readonly deploy: {readonly href: string; readonly text: string} | null;
	readonly metadata: readonly EvidenceView[];
	readonly summary: readonly string[];
	readonly impact: {readonly lines: readonly {readonly text: string; readonly method: string | null}[]};
	readonly detection: readonly string[];
	readonly trigger: {
		readonly none: string | null;
		readonly hypotheses: readonly {readonly statement: string; readonly confidence: string; readonly evidence: readonly string[]}[];
		readonly confounders: readonly string[];
	};
	readonly gate: readonly {readonly part: string; readonly pill: Pill; readonly text: string}[];
	readonly lessons: readonly {readonly title: string; readonly facts: readonly string[]; readonly help: string}[];
	/** What people said in the post-mortem form, by section: it stands before what was generated. */
	readonly said: Readonly<Record<'summary' | 'impact' | 'timeline' | 'detection' | 'trigger' | 'lessons', readonly SaidView[]>>;
	/** The form, and how much of it is answered. */
	readonly meeting: {readonly href: string; readonly text: string; readonly standing: string};
	/** The action items that people made or took over. */
	readonly items: readonly ItemRowView[];
	readonly actions: readonly {readonly text: string; readonly kind: string; readonly because: string; readonly paste: string | null}[];
	readonly questions: readonly {readonly text: string; readonly help: string}[];
	readonly timeline: TimelineView;
	/** `from events and readings`, by key of the draft's section. */
	readonly sources: Readonly<
		Record<'summary' | 'impact' | 'timeline' | 'detection' | 'trigger' | 'gate' | 'lessons' | 'actions' | 'questions', string>
	>;
	readonly links: {readonly markdown: string; readonly wikitext: string; readonly html: string; readonly json: string};
	readonly head: string | null;
};

export type ProblemPage = {
	readonly shell: Shell;
	readonly status: number;
	readonly what: string;
	readonly problems: readonly string[];
	readonly doThis: string;
};

/** What the Markdown report prints: the draft's words in the order of the page. */
export type ReportView = {
	readonly draft: Draft;
	readonly page: Pick<IncidentPage, 'gate' | 'lessons' | 'sources' | 'trigger' | 'impact'>;
	readonly moments: readonly {readonly label: string; readonly at: string; readonly note: string}[];
	readonly timeline: readonly {readonly time: string; readonly who: string; readonly text: string}[];
	/** What people said, by section, as Markdown that was escaped already. */
	readonly said: Readonly<Record<keyof IncidentPage['said'], readonly {readonly label: string; readonly markdown: string}[]>>;
	/** Action items as list items, escaped already, each with its own indentation. */
	readonly items: readonly string[];
	readonly empty: {readonly summary: boolean; readonly detection: boolean; readonly actions: boolean; readonly confounders: boolean};
};

export type Views = {
	'pages/notices.hbs': NoticesPage;
	'notices/slack.txt.hbs': NoticeView;
	'notices/mail.txt.hbs': NoticeMailView;
	'notices/issue.md.hbs': IssueView;
	'pages/board.hbs': BoardPage;
	'pages/deploys.hbs': DeploysPage;
	'pages/deploy.hbs': DeployPage;
	'pages/incidents.hbs': IncidentsPage;
	'pages/incident.hbs': IncidentPage;
	'pages/meeting.hbs': MeetingPage;
	'pages/meeting-again.hbs': MeetingAgainPage;
	'pages/meeting-history.hbs': MeetingHistoryPage;
	'pages/signals.hbs': SignalsPage;
	'pages/landed.hbs': LandedPage;
	'pages/planner.hbs': PlannerPage;
	'pages/prerequisites.hbs': PrerequisitesPage;
	'pages/problem.hbs': ProblemPage;
	'pages/sign-in.hbs': SignInPage;
	'pages/send-again.hbs': SendAgainPage;
	'pages/people.hbs': PeoplePage;
	'reports/incident.md.hbs': ReportView;
	'reports/incident.wiki.hbs': WikitextView;
	'reports/incident.html.hbs': HtmlReportView;
};

/** The views that are pages; the others are reports. */
export type PageName = Extract<keyof Views, `pages/${string}`>;
