/**
 * Summary, detection and the seeds of "went well, went poorly, got lucky": sentences made from facts only.
 * A clause whose fact is unknown is left out; nothing stands in for it.
 */
import {exposureOf} from './exposure.ts';
import {findingsOf, outcomeBefore, stops, wasPassed} from './findings.ts';
import type {Impact, SignalImpact} from './impact.ts';
import type {Moment, Moments} from './moments.ts';
import {msBetween, sayCount, sayDateTime, sayDuration, sayFully, sayList, sayTime} from './say.ts';
import type {IncidentStory} from './story.ts';

const between = (from: Moment | null, to: Moment | null): string | null =>
	from === null || to === null || to.at < from.at ? null : sayDuration(msBetween(from.at, to.at));

/** The last stage that the deploy reached, in words. */
function reached(story: IncidentStory): string | null {
	const out = story.stages.filter(({reach, askedAt}) => reach !== 'nothing' && askedAt !== null).at(-1);
	if (out === undefined) return null;
	return out.groups.length === 0 || out.groups.join() === out.name ? out.name : `${out.name} (${sayList(out.groups)})`;
}

function deployClause(story: IncidentStory, {change_live: live}: Moments): string | null {
	const {deploy, changes} = story;
	if (deploy === null) return null;
	const where = reached(story);
	const what = `Deploy ${deploy.id} (attempt ${deploy.attempt}) of ${sayCount(changes.length)} ${changes.length === 1 ? 'change' : 'changes'} to ${story.service}`;
	if (live === null) return `${what} was opened at ${sayDateTime(deploy.openedAt)}.`;
	return `${what} went live at ${sayDateTime(live.at)}${where === null ? '' : ` and reached ${where}`}.`;
}

const movedMost = (impact: Impact): SignalImpact | null =>
	impact.signals.flatMap(signal => (signal.measured && signal.moved ? [signal] : [])).toSorted((a, b) => b.excess - a.excess)[0] ?? null;

function passedClause(story: IncidentStory): string | null {
	const passed = findingsOf(story).filter(seen => wasPassed(story, seen))[0];
	if (passed === undefined) return null;
	return `${passed.finding.rule} had said ${outcomeBefore(passed.finding)} at ${passed.stage} (${sayTime(passed.at)}), and was passed.`;
}

function signalClause(impact: Impact, {change_live: live, impact_start: start}: Moments): string | null {
	const moved = movedMost(impact);
	if (moved === null || start === null) return null;
	const later = between(live, start);
	const when = later === null ? `from ${sayTime(start.at)}` : later === '0 s' ? 'at once' : `${later} later`;
	return `The signal ${moved.signal} rose ${when}: ${sayCount(moved.observed)} counted where the baseline explains ${sayCount(moved.expected)}.`;
}

function decisionClause({decided, rollback_start: back, rollback_done: done}: Moments): string | null {
	const said =
		decided === null ? null : `${decided.by === 'machine' ? 'The gate said roll back' : 'It was decided'} at ${sayTime(decided.at)}`;
	const began = back === null ? null : `the rollback began at ${sayTime(back.at)}`;
	const ended = done === null ? null : `was done at ${sayTime(done.at)}${done.confidence === 'low' ? ' (target not verified)' : ''}`;
	const rollback = began === null ? null : ended === null ? began : `${began} and ${ended}`;
	const parts = [said, rollback].filter(part => part !== null);
	const sentence = parts.join('; ');
	return sentence === '' ? null : `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}

/** The sentences of the summary, each only where its facts are known. */
export function summaryOf(story: IncidentStory, moments: Moments, impact: Impact): readonly string[] {
	const normal = moments.signals_normal;
	const lasted = impact.durationMs === null ? '' : ` The impact lasted ${sayDuration(impact.durationMs)}.`;
	return [
		deployClause(story, moments),
		passedClause(story),
		signalClause(impact, moments),
		decisionClause(moments),
		normal === null ? null : `The signals were normal at ${sayTime(normal.at)}.${lasted}`,
	].filter(sentence => sentence !== null);
}

/** First signal, first notice, delays of each, and which checks moved or were blind. */
export function detectionOf(story: IncidentStory, moments: Moments): readonly string[] {
	const {impact_start: start, signal_first: signal, detected} = moments;
	const since = (moment: Moment | null) => {
		const delay = between(start, moment);
		return delay === null ? '' : `, ${delay} after the impact began`;
	};
	const blind = findingsOf(story).filter(({finding}) => outcomeBefore(finding) === 'unknown');
	return [
		signal === null ? null : `A signal first showed it at ${sayTime(signal.at)}${since(signal)} (${signal.note}).`,
		detected === null
			? null
			: `It was first noticed by ${detected.by === 'machine' ? 'a machine' : 'a person'} at ${sayTime(detected.at)}${since(detected)} (${detected.note}).`,
		...blind.slice(0, 5).map(({stage, finding}) => `${finding.rule} was blind at ${stage}: ${sayFully(finding.because)}`),
	].filter(sentence => sentence !== null);
}

export type Lessons = {readonly well: readonly string[]; readonly poorly: readonly string[]; readonly lucky: readonly string[]};

/** Only facts, as seeds for people. Luck is never seen by a machine, except where a fault met few hosts by chance of order. */
export function lessonsOf(story: IncidentStory, moments: Moments): Lessons {
	const {impact_start: start, detected, decided, rollback_start: back, rollback_done: done} = moments;
	const noticed = between(start, detected);
	const took = between(back, done);
	const onCanariesOnly = exposureOf(story)?.everywhereAt === null;
	const stopped = findingsOf(story).filter(seen => stops(outcomeBefore(seen.finding)));
	const passed = stopped.filter(seen => wasPassed(story, seen));
	const waited = between(detected, back);
	const known = (items: readonly (string | null)[]): readonly string[] => items.filter(item => item !== null);
	return {
		well: known([
			noticed !== null && detected?.by === 'machine' ? `A machine noticed ${noticed} after the impact began.` : null,
			decided?.by === 'machine' && onCanariesOnly ? 'The deploy was stopped at the canaries; the other hosts never had the change.' : null,
			took !== null && done?.confidence === 'high' && story.rollbacks.length === 1
				? `The rollback took one attempt and ${took}, and its target was verified.`
				: null,
		]),
		poorly: known([
			...passed.map(({stage, finding}) => `${finding.rule} said ${outcomeBefore(finding)} at ${stage}, and the deploy went on.`),
			detected?.by === 'person' && noticed !== null ? `A person noticed before any check did, ${noticed} after the impact began.` : null,
			story.rollbacks.length > 1 ? `The rollback took ${sayCount(story.rollbacks.length)} attempts.` : null,
			done !== null && done.confidence === 'low' ? 'The target of the rollback was not verified.' : null,
			waited !== null && detected !== null && back !== null && msBetween(detected.at, back.at) > 120_000
				? `${waited} passed between noticing and the start of the rollback.`
				: null,
		]),
		lucky: [],
	};
}
