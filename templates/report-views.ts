/** View-models of the reports that are files: wikitext, and HTML that needs nothing else. */
import type {Draft} from '../reports/draft.ts';
import type {SafeHtml} from './safe-html.ts';
import type {IncidentPage, ReportView} from './views.ts';

/** What the wikitext report prints: the sections of the wiki's template in their order, with what is still to be answered in each. */
export type WikitextView = {
	readonly draft: Draft;
	readonly page: ReportView['page'];
	readonly moments: ReportView['moments'];
	readonly metadata: Draft['metadata'];
	readonly impact: IncidentPage['impact']['lines'];
	readonly days: readonly {
		readonly date: string;
		readonly rows: readonly {
			readonly time: string;
			/** `OUTAGE BEGINS` or `OUTAGE ENDS`. */
			readonly outage: string | null;
			readonly text: string;
			readonly who: string | null;
		}[];
	}[];
	readonly lessons: IncidentPage['lessons'];
	/** What people said, by section: lines with the stars of their depth; a paragraph has none, and a gap before it. */
	readonly said: Readonly<
		Record<
			keyof IncidentPage['said'],
			readonly {readonly label: string; readonly lines: readonly {readonly gap: boolean; readonly stars: string; readonly text: string}[]}[]
		>
	>;
	readonly items: readonly {readonly stars: string; readonly text: string; readonly facts: string; readonly tracker: string | null}[];
	readonly asked: Readonly<
		Record<'summary' | 'timeline' | 'detection' | 'conclusions', readonly {readonly text: string; readonly help: string}[]>
	>;
	readonly scorecard: {
		readonly version: string;
		readonly rows: readonly {
			readonly number: number;
			readonly area: string;
			/** How many rows the area's cell spans; null where the row before has it. */
			readonly span: number | null;
			readonly question: string;
			readonly answer: string;
			readonly notes: string;
		}[];
		readonly total: string;
		readonly unanswered: string;
	};
};

/** What the HTML report prints: one file that needs nothing else. */
export type HtmlReportView = {
	readonly page: IncidentPage;
	/** What the file allows itself: its own style, by hash. */
	readonly policy: string;
	readonly style: SafeHtml;
	readonly madeFrom: string;
	readonly charts: {readonly shown: readonly {readonly name: string; readonly svg: SafeHtml}[]; readonly left: string | null};
	readonly timeline: {
		readonly rows: readonly {
			readonly date: string | null;
			readonly iso: string;
			readonly time: string;
			readonly classes: string;
			readonly who: string;
			readonly text: string;
		}[];
		readonly left: string | null;
	};
	readonly scorecard: WikitextView['scorecard'];
};
