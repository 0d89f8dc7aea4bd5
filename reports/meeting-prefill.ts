/**
 * What the data has to say beside each field of the form: a text to begin with, where it can make one, and the evidence.
 * A text to begin with is not an answer until somebody saves it, and never replaces one.
 */
import type {Draft} from './draft.ts';
import type {MomentKey} from './moments.ts';
import {plainText} from './plain-text.ts';
import {sayDateTime, sayList, sayTime} from './say.ts';
import type {IncidentStory} from './story.ts';
import type {TimelineRow} from './timeline.ts';

export type Prefill = {
	readonly text: string;
	/** Where it is from: `15:13:31 the gate said roll back at canaries (canary-errors)`. */
	readonly from: string;
};

export type Evidence = {readonly title: string; readonly lines: readonly string[]};

const bullets = (lines: readonly string[]): string => lines.map(line => `- ${line}`).join('\n');

/** The moments of a draft that are known, as what a text rests on. */
function restsOn(draft: Draft, keys: readonly MomentKey[]): string {
	const known = draft.moments.content.filter(({key}) => keys.includes(key)).flatMap(({moment}) => (moment === null ? [] : [moment]));
	const said = [...new Set(known.map(({at, note}) => `${sayTime(at)} ${note}`))];
	return said.length === 0 ? 'events and readings' : said.join('; ');
}

/** Tasks that the commits of the deploy name. */
function tasksOf(story: IncidentStory): readonly string[] {
	const texts = story.changes.map(({subject, message}) => `${subject ?? ''} ${message ?? ''}`);
	return [...new Set(texts.flatMap(text => text.match(/\bT\d{3,7}\b/g) ?? []))];
}

/** The texts to begin with, by field. A field without one is not in it. */
export function prefillsOf(story: IncidentStory, draft: Draft): ReadonlyMap<string, Prefill> {
	const tasks = tasksOf(story);
	const {hypotheses} = draft.trigger.content;
	const first = hypotheses[0];
	const all: readonly (readonly [string, string, string])[] = [
		['title', story.incident.title, 'the incident, as it was opened'],
		['related_tasks', bullets(tasks), 'the messages of the changes'],
		['summary', bullets(draft.summary.content), restsOn(draft, ['change_live', 'decided', 'signals_normal'])],
		['discovered', bullets(draft.detection.content), restsOn(draft, ['signal_first', 'detected'])],
		[
			'introduced',
			bullets(hypotheses.map(({statement, confidence}) => `${statement} (hypothesis, ${confidence} confidence)`)),
			first?.evidence[0]?.text ?? 'rules',
		],
	];
	return new Map(all.filter(([, text]) => text !== '').map(([field, text, from]) => [field, {text, from}]));
}

const extractMax = 8;
const extractLengthMax = 200;

/** The rows of the timeline that tell of noticing and deciding, until the signals were normal. */
function timelineExtract(draft: Draft): readonly string[] {
	const telling = new Set([
		'signal',
		'alert',
		'detection',
		'diagnosis',
		'decision',
		'gate_failed',
		'gate_overridden',
		'incident_opened',
		'rollback_started',
	]);
	const said = ({at, approximate, text}: TimelineRow): string =>
		`${approximate ? at.slice(11, 16) : sayTime(at)} ${plainText(text, extractLengthMax)}`;
	const live = draft.moments.content.find(({key}) => key === 'change_live')?.moment?.at ?? '';
	return draft.timeline.content
		.filter(({at}) => at >= live)
		.filter(row => row.type === 'event' && !row.redacted && (telling.has(row.kind) || (row.by === 'person' && row.importance !== 'noise')))
		.slice(0, extractMax)
		.map(said);
}

const momentLines = (draft: Draft, keys: readonly MomentKey[]): readonly string[] =>
	draft.moments.content
		.filter(({key}) => keys.includes(key))
		.map(({label, moment}) => `${label}: ${moment === null ? 'not known' : `${sayTime(moment.at)}, ${moment.note}`}`);

/** Who acted, as people to ask: not who is to blame. */
function peopleInTimeline(story: IncidentStory): readonly string[] {
	const named = story.events.filter(({actor, source, redacted}) => !redacted && actor.kind === 'person' && source !== 'meeting');
	const names = [...new Set(named.map(({actor}) => actor.name))];
	return names.length === 0 ? [] : [`Acted or spoke: ${sayList(names.slice(0, 20))}`];
}

function gateLines(draft: Draft, parts: readonly string[]): readonly string[] {
	return draft.gate.content.rows.filter(({part}) => parts.includes(part)).map(({sentence}) => sentence);
}

/** Stages where nothing showed: what `Why not in Beta?` is about. */
const quietStages = (story: IncidentStory): readonly string[] =>
	story.stages.flatMap(({name, verdicts}) => {
		const last = verdicts.at(-1);
		return last === undefined || last.verdict !== 'go' ? [] : [`${name}: go at ${sayTime(last.at)}`];
	});

/** The evidence beside each field, by field. Only what there is; a block without lines is left out. */
export function evidenceOf(story: IncidentStory, draft: Draft): ReadonlyMap<string, readonly Evidence[]> {
	const {impact, lessons, trigger, gate} = draft;
	const blocks: readonly (readonly [string, string, readonly string[]])[] = [
		['attendees', 'In the timeline', peopleInTimeline(story)],
		['date', 'The incident', [`Opened ${sayDateTime(story.incident.openedAt)} UTC`]],
		['summary', 'Impact', [impact.content.duration, ...impact.content.signals.map(({sentence}) => sentence), impact.content.share]],
		['summary', 'Moments', momentLines(draft, ['change_live', 'impact_start', 'decided', 'rollback_done', 'signals_normal'])],
		['discovered', 'Timeline', timelineExtract(draft)],
		['discovered', 'Moments', momentLines(draft, ['signal_first', 'detected', 'decided'])],
		[
			'introduced',
			'Trigger, as hypotheses',
			trigger.content.hypotheses.flatMap(({evidence}, index) => (index === 0 ? evidence.map(({text}) => text) : [])),
		],
		['introduced', 'No candidate', trigger.content.none === null ? [] : [trigger.content.none]],
		['introduced', 'Not blamed, but overlapping', trigger.content.confounders],
		['introduced.beta', 'Stages that passed', quietStages(story)],
		[
			'learned.avoided',
			'What the gate saw',
			[gate.content.sentence, ...gateLines(draft, ['would-have']).filter(line => line !== gate.content.sentence)],
		],
		['learned.avoided', 'Went poorly', lessons.content.poorly],
		['learned.detect', 'What the gate could not see', gateLines(draft, ['could-not', 'near-miss'])],
		['learned.changes', 'Went well', lessons.content.well],
		['learned.changes', 'Proposed', draft.actions.content.map(({text}) => text)],
	];
	const found = new Map<string, Evidence[]>();
	for (const [field, title, lines] of blocks) if (lines.length > 0) found.set(field, [...(found.get(field) ?? []), {title, lines}]);
	return found;
}
