/**
 * The report as one HTML file that needs nothing else: its style and its drawings are within, it runs no script and asks nobody. It can be kept
 * beside a ticket, mailed, opened from a disk, printed. Same state, same bytes: its clock is the newest event.
 */
import {createHash} from 'node:crypto';
import {draftOf, plainStory} from '../reports/draft.ts';
import {sayCount, sayDateTime} from '../reports/say.ts';
import type {IncidentStory} from '../reports/story.ts';
import type {TimelineRow} from '../reports/timeline.ts';
import {incidentPage} from './incident-page.ts';
import {timelineView} from './parts.ts';
import {render, reportStyle} from './render.ts';
import type {HtmlReportView} from './report-views.ts';
import {scorecardView} from './report-wikitext.ts';
import {safeHtml} from './safe-html.ts';
import type {ChartView, TimelineRowView} from './views.ts';
import {bytes, within} from './within.ts';

/** A mail may carry it, and a viewer opens it at once: 200 KB in all, of which drawings and rows may take these at most. */
const chartBytesMax = 80_000;
const rowBytesMax = 70_000;
/** What a row takes beside its words. */
const rowMarkupBytes = 180;

function chartsWithin(charts: readonly ChartView[]): HtmlReportView['charts'] {
	const shown = within(charts, chartBytesMax, ({wide}) => bytes(wide.html));
	const left = charts.length - shown.length;
	return {
		shown: shown.map(({name, wide}) => ({name, svg: wide})),
		left: left === 0 ? null : `${sayCount(left)} more ${left === 1 ? 'chart is' : 'charts are'} on the page of the incident.`,
	};
}

const classesOf = (classes: string): string => ['key', 'gap'].filter(name => classes.split(' ').includes(`row-${name}`)).join(' ');

function timelineWithin(rows: readonly TimelineRow[]): HtmlReportView['timeline'] {
	const telling = rows.filter(({importance}) => importance !== 'noise');
	const views: readonly TimelineRowView[] = timelineView(telling, Number.POSITIVE_INFINITY).rows;
	const shown = within(views, rowBytesMax, ({text, who}) => rowMarkupBytes + bytes(text) + bytes(who));
	const left = telling.length - shown.length;
	return {
		rows: shown.map(({date, time, until, classes, who, text, repeats}) => ({
			date,
			iso: time.iso,
			time: `${time.text}${until === null ? '' : ` to ${until}`}`,
			classes: classesOf(classes),
			who,
			text: repeats === null ? text : `${text} (${repeats})`,
		})),
		left: left === 0 ? null : `${sayCount(left)} more rows are in the JSON report.`,
	};
}

/** What the file may do, also said by the service that sends it: show itself, and nothing else. */
export const reportPolicy = (): string =>
	`default-src 'none'; style-src 'sha256-${createHash('sha256').update(reportStyle()).digest('base64')}'; base-uri 'none'; form-action 'none'`;

export function htmlReportView(hostile: IncidentStory): HtmlReportView {
	const story = plainStory(hostile);
	const draft = draftOf(story);
	const page = incidentPage(story, {now: story.asOf, rollback: null});
	return {
		page,
		policy: reportPolicy(),
		style: safeHtml(reportStyle()),
		madeFrom: `Made from what is recorded up to ${sayDateTime(draft.asOf)}.`,
		charts: chartsWithin(page.charts),
		timeline: timelineWithin(draft.timeline.content),
		scorecard: scorecardView(draft),
	};
}

export const reportHtml = (story: IncidentStory): string => render('reports/incident.html.hbs', htmlReportView(story));
