/** Parts that several pages show, with their words finished: pills, lines, findings, timelines, charts. */
import type {Instant} from '../gate/facts.ts';
import type {Finding, Outcome, VerdictWord} from '../gate/verdict.ts';
import {type ChartMark, chartSvg} from '../reports/chart.ts';
import {lineDiagramSvg, lineDiagramText, type Station, type StationSignal} from '../reports/line-diagram.ts';
import {plainText} from '../reports/plain-text.ts';
import {sayCount, sayDate, sayTime} from '../reports/say.ts';
import type {DeployStory} from '../reports/story.ts';
import type {TimelineRow} from '../reports/timeline.ts';
import {safeHtml} from './safe-html.ts';
import type {ChartView, FindingView, LineView, Pill, TimelineRowView, TimelineView, TimeView} from './views.ts';
import {bytes, within} from './within.ts';

export const timeView = (at: Instant): TimeView => ({iso: at, text: sayTime(at)});

const outcomePills: Readonly<Record<Outcome, Pill>> = {
	pass: {tone: 'good', letter: 'P', word: 'Pass'},
	warn: {tone: 'watch', letter: 'W', word: 'Warning'},
	unknown: {tone: 'unknown', letter: '?', word: 'Unknown'},
	hold: {tone: 'bad', letter: 'H', word: 'Hold'},
	rollback: {tone: 'bad', letter: 'R', word: 'Roll back'},
};

export const signalPills: Readonly<Record<StationSignal, Pill>> = {
	go: {tone: 'good', letter: 'G', word: 'Go'},
	watch: {tone: 'watch', letter: 'W', word: 'Watch'},
	hold: {tone: 'bad', letter: 'H', word: 'Hold'},
	rollback: {tone: 'bad', letter: 'R', word: 'Roll back'},
	blind: {tone: 'unknown', letter: '?', word: 'Blind'},
	none: {tone: 'unknown', letter: '–', word: 'Not asked'},
};

export const verdictPill = (word: VerdictWord, undecided: boolean): Pill => signalPills[word === 'go' && undecided ? 'watch' : word];

export const lineView = (stations: readonly Station[]): LineView => ({
	across: safeHtml(lineDiagramSvg(stations, 'across')),
	down: safeHtml(lineDiagramSvg(stations, 'down')),
	small: safeHtml(lineDiagramSvg(stations, 'small')),
	text: plainText(lineDiagramText(stations)),
});

export const findingView = ({rule, outcome, because, evidence, remedy, softened}: Finding): FindingView => ({
	rule: plainText(rule),
	pill: outcomePills[outcome],
	because: plainText(because),
	evidence: evidence.map(({label, text}) => ({label: plainText(label), text: plainText(text)})),
	remedy: remedy === null ? null : plainText(remedy),
	softened: softened === undefined ? null : plainText(`${outcomePills[softened.from].word}, softened to a warning: ${softened.why}`),
});

function rowView(row: TimelineRow, dateBefore: string | null): TimelineRowView {
	const date = sayDate(row.at);
	// Where a person speaks, "human" as the source would say it twice.
	const source = row.source === 'human' ? '' : row.source.replaceAll('_', ' ');
	const who = [source, row.by === 'machine' ? '' : row.actor].filter(word => word !== '').join(', ');
	return {
		date: date === dateBefore ? null : date,
		time: {iso: row.at, text: row.approximate ? row.at.slice(11, 16) : sayTime(row.at)},
		until: row.until === null || sayTime(row.until) === sayTime(row.at) ? null : sayTime(row.until),
		classes: ['row', `row-${row.importance}`, `row-${row.by}`, row.type === 'gap' ? 'row-gap' : '', row.redacted ? 'row-redacted' : '']
			.filter(name => name !== '')
			.join(' '),
		who: plainText(row.type === 'gap' ? '' : who),
		by: row.type === 'gap' ? 'gap' : row.by,
		text: plainText(row.text),
		repeats: row.repeats > 1 ? `${row.repeats} times` : null,
	};
}

/** Rows that a page shows at once; a longer timeline says how much it leaves out. */
const rowsMax = 500;
/** A page is under 100 KB with everything else that stands on it; the reports as files have more room. */
const rowBytesMax = 48_000;
const noiseBytesMax = 8000;
/** What a row takes beside its words. */
const rowMarkupBytes = 210;

/** The timeline with its routine rows set apart, and as many of both as a page has room for. */
export function timelineView(rows: readonly TimelineRow[], bytesMax = rowBytesMax): TimelineView {
	const views = (shown: readonly TimelineRow[], most: number): readonly TimelineRowView[] => {
		const all = shown.slice(0, rowsMax).map((row, index) => rowView(row, index === 0 ? null : sayDate(shown[index - 1]?.at ?? row.at)));
		return within(all, most, ({text, who}) => rowMarkupBytes + bytes(text) + bytes(who));
	};
	const noise = rows.filter(({importance}) => importance === 'noise');
	const telling = rows.filter(({importance}) => importance !== 'noise');
	const shown = views(telling, bytesMax);
	const left = telling.length - shown.length;
	return {
		rows: shown,
		noise: views(noise, noiseBytesMax),
		noiseCount: `${noise.length} routine ${noise.length === 1 ? 'row' : 'rows'}`,
		more: left === 0 ? null : `${sayCount(left)} more ${left === 1 ? 'row is' : 'rows are'} in the JSON report.`,
	};
}

const chartBeforeMs = 3 * 60_000;
const chartsMax = 6;

/** Marks of a deploy's stages, for its charts. */
export const stageMarks = (story: DeployStory): readonly ChartMark[] => [
	...story.stages.flatMap(({name, askedAt}): ChartMark[] => (askedAt === null ? [] : [{at: askedAt, label: name, kind: 'stage'}])),
	...story.rollbacks.map(({at}): ChartMark => ({at, label: 'roll back', kind: 'stage'})),
];

/** The charts of a story, each for a wide page and for a phone. Signals without any bucket are left out; the signals' own proof tells of them. */
export function chartViews(
	story: DeployStory,
	marks: readonly ChartMark[],
	impact: {readonly from: Instant; readonly to: Instant | null} | null = null,
): readonly ChartView[] {
	const first = marks.map(({at}) => at).toSorted()[0];
	const window = first === undefined ? {} : {from: new Date(Date.parse(first) - chartBeforeMs).toISOString()};
	return story.readings
		.filter(({buckets}) => buckets.length > 0)
		.slice(0, chartsMax)
		.map(signal => {
			const title = `${signal.name} on canaries and baseline`;
			return {
				name: plainText(signal.name),
				wide: safeHtml(chartSvg(signal, {title, marks, impact, width: 1120, ...window})),
				narrow: safeHtml(chartSvg(signal, {title, marks, impact, width: 400, ...window})),
			};
		});
}
