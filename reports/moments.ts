/**
 * Moments: the named times of an incident, each with its evidence, who set it and how sure. Time to detect, decide and roll back follow from them.
 * A moment that nothing shows stays unset, and becomes a question; a person's word wins over a rule's.
 */
import type {Instant} from '../gate/facts.ts';
import type {EventKind, TimelineEvent} from './events.ts';
import {changeLive, exposureOf} from './exposure.ts';
import {signalsNormal} from './normal.ts';
import {type Exposure, firstOver, referenceOf} from './reference.ts';
import {addMs} from './say.ts';
import type {IncidentStory, SignalReadings} from './story.ts';

export const momentKeys = [
	'change_live',
	'impact_start',
	'signal_first',
	'detected',
	'decided',
	'rollback_start',
	'rollback_done',
	'signals_normal',
	'impact_end',
] as const;

export type MomentKey = (typeof momentKeys)[number];

export type Moment = {
	readonly at: Instant;
	/** Seqs of the events that show it; empty where stored readings do. */
	readonly evidence: readonly number[];
	readonly setBy: 'rule' | 'human';
	readonly confidence: 'high' | 'medium' | 'low';
	/** How it is known, one clause. */
	readonly note: string;
	/** Who noticed or decided, where that is what the moment is about. */
	readonly by: 'machine' | 'person' | null;
};

export type Moments = {readonly [Key in MomentKey]: Moment | null};

/** A signal that went over its limit, and when. */
export type MovedSignal = {readonly signal: SignalReadings; readonly at: Instant};

const fromPeople = (event: TimelineEvent): boolean => event.source === 'human' || event.source === 'meeting' || event.source === 'chat';

const whoOf = (event: TimelineEvent): 'machine' | 'person' => (event.actor.kind === 'system' ? 'machine' : 'person');

const ruled = (at: Instant, note: string, more: Partial<Moment> = {}): Moment => ({
	at,
	evidence: [],
	setBy: 'rule',
	confidence: 'high',
	note,
	by: null,
	...more,
});

const oldest = (events: readonly TimelineEvent[]): TimelineEvent | null =>
	events.toSorted((a, b) => (a.happenedAt < b.happenedAt ? -1 : a.happenedAt > b.happenedAt ? 1 : a.seq - b.seq))[0] ?? null;

/** What a person said a moment is: an event that names it in `data.moment`, or whose kind is that moment. The newest word counts. */
function saidByPeople(story: IncidentStory, key: MomentKey, kind?: EventKind): Moment | null {
	const said = story.events
		.filter(event => !event.redacted && fromPeople(event) && (event.data['moment'] === key || event.kind === kind))
		.toSorted((a, b) => a.seq - b.seq)
		.at(-1);
	if (said === undefined) return null;
	const confidence = said.precision === 'ms' || said.precision === 's' ? 'high' : said.precision === 'min' ? 'medium' : 'low';
	return {at: said.happenedAt, evidence: [said.seq], setBy: 'human', confidence, note: 'set by a person', by: whoOf(said)};
}

/** Signals over their limit after the change was live, earliest first. */
export function movedSignals(story: IncidentStory, exposure: Exposure | null): readonly MovedSignal[] {
	if (exposure === null) return [];
	return story.readings
		.flatMap(signal => {
			const reference = referenceOf(signal, exposure);
			const at = 'missing' in reference ? null : firstOver(signal, reference, exposure);
			return at === null ? [] : [{signal, at}];
		})
		.toSorted((a, b) => (a.at < b.at ? -1 : 1));
}

/** The first time anything could have been seen: the end of the first bucket over its limit, or an earlier signal or alert. */
function signalFirst(story: IncidentStory, first: MovedSignal | undefined): Moment | null {
	const event = oldest(story.events.filter(({kind}) => kind === 'signal' || kind === 'alert'));
	const readable = first === undefined ? null : addMs(first.at, first.signal.bucketMs);
	if (event !== null && (readable === null || event.happenedAt < readable)) {
		return ruled(event.happenedAt, `first ${event.kind} event`, {evidence: [event.seq]});
	}
	return readable === null || first === undefined
		? null
		: ruled(readable, `end of the first bucket of ${first.signal.name} over its limit`);
}

/** Roll back, said by the gate: the earliest, with the events that recorded it. */
function gateSaidRollback(story: IncidentStory): Moment | null {
	const verdicts = story.stages.flatMap(({verdicts}) => verdicts).filter(({verdict}) => verdict === 'rollback');
	const first = verdicts.toSorted((a, b) => (a.at < b.at ? -1 : 1))[0];
	if (first === undefined) return null;
	const evidence = story.events.filter(({kind, happenedAt}) => kind === 'gate_failed' && happenedAt === first.at).map(({seq}) => seq);
	const cause = first.findings.find(({outcome}) => outcome === 'rollback')?.rule ?? 'no rule named';
	return ruled(first.at, `the gate said roll back at ${first.stage} (${cause})`, {evidence, by: 'machine'});
}

function detected(story: IncidentStory): Moment | null {
	const event = oldest(story.events.filter(({kind, redacted}) => !redacted && (kind === 'alert' || kind === 'detection')));
	const gate = gateSaidRollback(story);
	if (event === null || (gate !== null && gate.at <= event.happenedAt)) return gate;
	const by = event.kind === 'alert' ? 'machine' : whoOf(event);
	return ruled(event.happenedAt, event.kind === 'alert' ? 'first alert' : 'first detection on the timeline', {evidence: [event.seq], by});
}

function rollbackStart(story: IncidentStory): Moment | null {
	const event = oldest(story.events.filter(({kind}) => kind === 'rollback_started'));
	const attempt = story.rollbacks.map(({at}) => at).toSorted()[0] ?? null;
	if (event !== null && (attempt === null || event.happenedAt <= attempt)) {
		return ruled(event.happenedAt, 'first attempt', {evidence: [event.seq], by: whoOf(event)});
	}
	return attempt === null ? null : ruled(attempt, 'first attempt', {evidence: event === null ? [] : [event.seq]});
}

/** "Finished" is not success: the last attempt that did not fail, and how sure it is by whether its target was seen. */
function rollbackDone(story: IncidentStory): Moment | null {
	const done = story.rollbacks.filter(({outcome, finishedAt}) => outcome === 'done' && finishedAt !== null).at(-1);
	if (done === undefined || done.finishedAt === null || done.verified === false) return null;
	const finishedAt = done.finishedAt;
	const evidence = story.events
		.filter(({kind, happenedAt}) => kind === 'rollback_finished' && happenedAt === finishedAt)
		.map(({seq}) => seq);
	return done.verified === true
		? ruled(finishedAt, 'every checkout was seen at the target commit', {evidence})
		: ruled(finishedAt, 'said to be finished; the target was not verified', {evidence, confidence: 'low'});
}

/** The first bucket over its limit; where the change went live within it, the impact began no earlier than the change. */
function impactStart({signal, at}: MovedSignal, liveAt: Instant | null): Moment {
	const isWithin = liveAt !== null && at < liveAt && liveAt < addMs(at, signal.bucketMs);
	return isWithin
		? ruled(liveAt, `the change went live within the first bucket of ${signal.name} over its limit`)
		: ruled(at, `first bucket of ${signal.name} over its limit`);
}

/** All moments of a story. */
export function momentsOf(story: IncidentStory): Moments {
	const exposure = exposureOf(story);
	const live = changeLive(story);
	const moved = movedSignals(story, exposure);
	const first = moved[0];
	const start = saidByPeople(story, 'impact_start', 'impact_start') ?? (first === undefined ? null : impactStart(first, live?.at ?? null));
	const rollback = saidByPeople(story, 'rollback_start') ?? rollbackStart(story);
	const since =
		story.rollbacks
			.map(({at}) => at)
			.toSorted()
			.at(-1) ??
		rollback?.at ??
		start?.at;
	const normal =
		exposure === null || since === undefined || moved.length === 0
			? null
			: signalsNormal(
					moved.map(({signal}) => signal),
					start !== null && start.at > since ? start.at : since,
					exposure,
				);
	const back = normal?.normal === true ? ruled(normal.at, 'first of six quiet buckets in a row') : null;
	return {
		change_live:
			saidByPeople(story, 'change_live') ??
			(live === null ? null : ruled(live.at, 'first trace of the code on a host', {evidence: live.seqs})),
		impact_start: start,
		signal_first: saidByPeople(story, 'signal_first') ?? signalFirst(story, first),
		detected: saidByPeople(story, 'detected') ?? detected(story),
		decided: saidByPeople(story, 'decided', 'decision') ?? gateSaidRollback(story),
		rollback_start: rollback,
		rollback_done: saidByPeople(story, 'rollback_done') ?? rollbackDone(story),
		signals_normal: saidByPeople(story, 'signals_normal') ?? back,
		impact_end:
			saidByPeople(story, 'impact_end', 'impact_end') ??
			(back === null ? null : {...back, confidence: 'medium', note: 'by the signals; caches, data and jobs were not measured'}),
	};
}
