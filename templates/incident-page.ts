/** One incident: how it stands, how to take it back, the moments to scale, the chart, the draft beside its timeline, the questions in plain view. */
import type {Instant} from '../gate/facts.ts';
import type {ChartMark} from '../reports/chart.ts';
import {type Draft, type DraftMoment, type DraftSource, draftOf, plainStory} from '../reports/draft.ts';
import type {GateRow} from '../reports/gate-saw.ts';
import {stationsOf} from '../reports/line-diagram.ts';
import {momentStripSvg} from '../reports/moment-strip.ts';
import {momentsOf} from '../reports/moments.ts';
import {plainText} from '../reports/plain-text.ts';
import {msBetween, sayCount, sayDateTime, sayDuration, sayList} from '../reports/say.ts';
import type {IncidentStory} from '../reports/story.ts';
import {incidentPill} from './board-page.ts';
import {chartViews, lineView, stageMarks, timelineView, timeView} from './parts.ts';
import {safeHtml} from './safe-html.ts';
import {itemRows, meetingLink, saidViews} from './said.ts';
import type {IncidentPage, Pill} from './views.ts';

/** What to run to take it back, as the rollback plan says; null: nothing is known to be live. */
export type RollbackCommands = {
	readonly warnings: readonly string[];
	readonly commands: readonly string[];
	readonly sideEffects: readonly string[];
};

const gateParts: Readonly<Record<GateRow['part'], {readonly part: string; readonly pill: Pill}>> = {
	did: {part: 'did', pill: {tone: 'good', letter: '✓', word: 'Did'}},
	'would-have': {part: 'would-have', pill: {tone: 'bad', letter: 'H', word: 'Would have'}},
	'could-not': {part: 'could-not', pill: {tone: 'unknown', letter: '?', word: 'Could not'}},
	'near-miss': {part: 'near-miss', pill: {tone: 'watch', letter: 'W', word: 'Near miss'}},
};

const sourceWords: Readonly<Record<DraftSource, string>> = {
	events: 'events',
	readings: 'readings',
	verdicts: 'verdicts',
	rules: 'rules',
	people: 'people',
};

const sourceOf = (from: readonly DraftSource[]): string => `from ${sayList(from.map(source => sourceWords[source]))}`;

const help = {
	well: 'What kept the impact small, and should be kept?',
	poorly: 'What made it longer or larger than it had to be?',
	lucky: 'What could easily have been worse, and was not by chance?',
};

/** The parts of a draft that the page and the Markdown report say in the same words. */
export function draftWords(draft: Draft): Pick<IncidentPage, 'gate' | 'lessons' | 'sources' | 'trigger' | 'impact'> {
	const {well, poorly, lucky} = draft.lessons.content;
	const {hypotheses, none, confounders} = draft.trigger.content;
	const {signals, duration, share} = draft.impact.content;
	const measured = signals.map(signal => ({text: signal.sentence, method: signal.measured ? signal.method : null}));
	const noSignal = signals.length === 0 ? [{text: 'Failed requests: not measured; no signal was read.', method: null}] : [];
	return {
		gate: draft.gate.content.rows.map(({part, sentence}) => ({...gateParts[part], text: sentence})),
		lessons: [
			{title: 'Went well', facts: well, help: help.well},
			{title: 'Went poorly', facts: poorly, help: help.poorly},
			{title: 'Got lucky', facts: lucky, help: help.lucky},
		],
		sources: {
			summary: sourceOf(draft.summary.from),
			impact: sourceOf(draft.impact.from),
			timeline: sourceOf(draft.timeline.from),
			detection: sourceOf(draft.detection.from),
			trigger: sourceOf(draft.trigger.from),
			gate: sourceOf(draft.gate.from),
			lessons: sourceOf(draft.lessons.from),
			actions: sourceOf(draft.actions.from),
			questions: sourceOf(draft.questions.from),
		},
		trigger: {
			none,
			hypotheses: hypotheses.map(({statement, confidence, evidence}) => ({
				statement,
				confidence,
				evidence: evidence.map(({text}) => text),
			})),
			confounders,
		},
		impact: {lines: [{text: duration, method: null}, ...measured, ...noSignal, {text: share, method: null}]},
	};
}

/** How long it has lasted, or lasted, and what is known of why: the sentence that could be read aloud. */
function sentenceOf(draft: Draft, now: Instant): IncidentPage['sentence'] {
	const {tone, word} = incidentPill(draft.status);
	const window = draft.impact.content.window;
	const worst = draft.impact.content.signals
		.flatMap(signal => (signal.measured && signal.moved ? [signal] : []))
		.toSorted((a, b) => b.excess - a.excess)[0];
	const counted =
		worst === undefined
			? ''
			: ` Signal ${worst.signal}: ${sayCount(worst.observed)} counted where the baseline explains ${sayCount(worst.expected)}.`;
	const long =
		window === null
			? ''
			: window.to === null
				? ` for ${sayDuration(msBetween(window.from, now))}`
				: `; it lasted ${sayDuration(msBetween(window.from, window.to))}`;
	return {tone, text: `${word}${long}.${counted}`};
}

function momentViews(moments: readonly DraftMoment[]): IncidentPage['moments'] {
	const start = moments.find(({key}) => key === 'impact_start')?.moment ?? null;
	return moments.map(({key, label, moment}) => ({
		label,
		time: moment === null ? null : timeView(moment.at),
		note: moment === null ? 'not known' : `${moment.note}${moment.confidence === 'high' ? '' : ` (${moment.confidence} confidence)`}`,
		later:
			moment === null || start === null || key === 'impact_start'
				? null
				: `${moment.at >= start.at ? '+' : '-'}${sayDuration(msBetween(start.at, moment.at))}`,
	}));
}

/** Marks for the chart: stages, and the moments that the line itself does not show. */
const marksOf = (story: IncidentStory): readonly ChartMark[] => {
	const {impact_end: end} = momentsOf(story);
	const normal: ChartMark[] = end === null ? [] : [{at: end.at, label: 'impact over', kind: 'moment'}];
	return [...stageMarks(story), ...normal];
};

function rollbackView(story: IncidentStory, rollback: RollbackCommands | null): IncidentPage['rollback'] {
	if (rollback === null || rollback.commands.length === 0) return null;
	const done = story.rollbacks.some(({outcome, verified}) => outcome === 'done' && verified !== false);
	return {
		open: !done,
		title: done ? 'It was taken back. The commands, should it be needed again' : 'To take it back, run',
		warnings: rollback.warnings.map(text => plainText(text)),
		commands: rollback.commands.map(command => plainText(command)).join('\n'),
		sideEffects: rollback.sideEffects.map(text => plainText(text)),
	};
}

/** The page of an incident. */
export function incidentPage(
	hostile: IncidentStory,
	{now, rollback}: {readonly now: Instant; readonly rollback: RollbackCommands | null},
): IncidentPage {
	const story = plainStory(hostile);
	const draft = draftOf(story);
	const strip = momentStripSvg(momentsOf(story));
	const {deploy} = story;
	const path = `/incidents/${encodeURIComponent(hostile.incident.id)}`;
	return {
		shell: {title: `${draft.id}: ${draft.title}`, refresh: false, madeAt: sayDateTime(now), at: 'incident'},
		topic: `incident/${encodeURIComponent(hostile.incident.id)}`,
		id: draft.id,
		heading: draft.title,
		pill: incidentPill(draft.status),
		sentence: sentenceOf(draft, now),
		rollback: rollbackView(story, rollback),
		line: story.stages.length === 0 || deploy === null ? null : lineView(stationsOf(story)),
		act: null,
		strip: strip === null ? null : safeHtml(strip),
		moments: momentViews(draft.moments.content),
		charts: chartViews(story, marksOf(story), draft.impact.content.window),
		deploy: deploy === null ? null : {href: `/deploys/${encodeURIComponent(deploy.id)}`, text: `${story.service} ${deploy.id}`},
		metadata: draft.metadata,
		summary: draft.summary.content,
		detection: draft.detection.content,
		...draftWords(draft),
		said: saidViews(draft),
		meeting: meetingLink(draft),
		items: itemRows(draft),
		actions: draft.actions.content.map(({text, kind, because, paste}) => ({text, kind, because, paste})),
		questions: draft.questions.content.map(({text, help: hint}) => ({text, help: hint})),
		timeline: timelineView(draft.timeline.content),
		links: {markdown: `${path}.md`, wikitext: `${path}.wiki`, html: `${path}.html`, json: `${path}.json`},
		head: draft.head === null ? null : `event ${draft.head.seq}, ${draft.head.hash}`,
	};
}
