/**
 * Trigger: hypotheses with their evidence, ranked, proposed and never a verdict. The nearest deploy is often innocent:
 * being near is evidence of nothing, so a deploy that was live after the impact began, or with nothing else against it, is no candidate.
 */
import {exposureOf} from './exposure.ts';
import {findingsOf, outcomeBefore, type SeenFinding, stops, wasPassed} from './findings.ts';
import {type Moments, movedSignals} from './moments.ts';
import {namesSomebody, peopleOf} from './names.ts';
import {armsOf, isOver, referenceOf} from './reference.ts';
import {msBetween, sayDuration, sayFully, sayList, sayTime, shortSha} from './say.ts';
import type {IncidentStory} from './story.ts';

export type TriggerEvidence = {readonly what: 'time-order' | 'stage-order' | 'cleared' | 'finding' | 'verdict'; readonly text: string};

export type Hypothesis = {
	readonly kind: 'deploy' | 'patch_order';
	readonly statement: string;
	readonly status: 'proposed';
	readonly confidence: 'high' | 'medium' | 'low';
	/** Deploy id. */
	readonly ref: string;
	readonly evidence: readonly TriggerEvidence[];
};

export type Trigger = {
	readonly hypotheses: readonly Hypothesis[];
	/** Why there is no candidate; null where there is one. */
	readonly none: string | null;
	/** Overlapping deploys, said to be confounders. */
	readonly confounders: readonly string[];
};

const namedChangesMax = 5;

/** `WikimediaEvents c0fd944 ("Move Schema:Search")`; a subject that names a person is left out. */
function sayChanges(story: IncidentStory): string {
	const people = peopleOf(story);
	const said = story.changes.map(({repository, sha, id, subject}) => {
		const name = `${repository} ${sha === undefined ? id : shortSha(sha)}`;
		return subject === undefined || namesSomebody(subject, people) ? name : `${name} ("${subject}")`;
	});
	if (said.length === 0) return 'no named change';
	return said.length > namedChangesMax
		? `${said.slice(0, namedChangesMax).join(', ')} and ${said.length - namedChangesMax} more`
		: sayList(said);
}

/** Canaries over their limit while the baseline hosts of the same time were not. */
function stageOrder(story: IncidentStory): TriggerEvidence | null {
	const exposure = exposureOf(story);
	if (exposure === null) return null;
	for (const {signal, at} of movedSignals(story, exposure)) {
		const reference = referenceOf(signal, exposure);
		const beside = exposure.everywhereAt === null || Date.parse(at) + signal.bucketMs <= Date.parse(exposure.everywhereAt);
		if ('missing' in reference || !beside) continue;
		const others = signal.buckets
			.filter(bucket => bucket.at <= at && Date.parse(bucket.at) + signal.bucketMs > Date.parse(exposure.liveAt))
			.map(armsOf);
		if (others.every(arms => 'missing' in arms || !isOver(reference, arms.baseline))) {
			return {
				what: 'stage-order',
				text: `${signal.name} rose on the canaries, which had the change, and not on the baseline hosts of the same time`,
			};
		}
	}
	return null;
}

/** `false`: the impact began before the change was live, which clears the deploy. */
function timeOrder({change_live: live, impact_start: start}: Moments, story: IncidentStory): TriggerEvidence | false | null {
	const exposure = exposureOf(story);
	if (live === null || start === null || exposure === null) return null;
	if (start.at < exposure.liveAt && msBetween(start.at, exposure.liveAt) > (story.readings[0]?.bucketMs ?? 0)) return false;
	const later = msBetween(live.at, start.at);
	const text =
		later >= 0
			? `the impact began ${sayDuration(later)} after the first trace of the change on a host`
			: 'the impact began while the change was being brought out';
	return {what: 'time-order', text: `${text} (${sayTime(live.at)}, then ${sayTime(start.at)})`};
}

function cleared({rollback_start: back, signals_normal: normal}: Moments): TriggerEvidence | null {
	if (back === null || normal === null || normal.at < back.at) return null;
	return {what: 'cleared', text: `the signals were normal ${sayDuration(msBetween(back.at, normal.at))} after the rollback began`};
}

const orderFindings = (story: IncidentStory): readonly SeenFinding[] =>
	findingsOf(story).filter(({finding}) => finding.rule === 'patch-order' && stops(outcomeBefore(finding)));

/** A finding's own words, unless they name a person: then the verdict has them, and the cause does not. */
const quoted = ({finding}: SeenFinding, people: readonly string[]): string =>
	namesSomebody(finding.because, people) ? '.' : `: ${sayFully(finding.because)}`;

function orderEvidence(story: IncidentStory): readonly TriggerEvidence[] {
	const people = peopleOf(story);
	return orderFindings(story).map(seen => ({
		what: 'finding',
		text: `patch-order said ${outcomeBefore(seen.finding)} at ${seen.stage}${quoted(seen, people)}${wasPassed(story, seen) ? ' It was passed by an override.' : ''}`,
	}));
}

function verdictEvidence(story: IncidentStory): readonly TriggerEvidence[] {
	const people = peopleOf(story);
	return findingsOf(story)
		.filter(({finding}) => finding.outcome === 'rollback')
		.slice(0, 3)
		.map(seen => ({what: 'verdict', text: `${seen.finding.rule} said roll back at ${seen.stage}${quoted(seen, people)}`}));
}

function confidenceOf(evidence: readonly TriggerEvidence[]): Hypothesis['confidence'] {
	const kinds = new Set(evidence.map(({what}) => what)).size;
	return kinds >= 4 ? 'high' : kinds >= 2 ? 'medium' : 'low';
}

/** Ranked hypotheses of a story, or why there is no candidate. */
export function triggerOf(story: IncidentStory, moments: Moments): Trigger {
	const confounders = story.confounders.map(
		({service, deploy, at, what}) =>
			`${service} deploy ${deploy} at ${sayTime(at)} (${what}) overlapped: a confounder, not blamed for being near`,
	);
	const {deploy} = story;
	if (deploy === null) return {hypotheses: [], none: 'No candidate: no deploy belongs to this incident.', confounders};
	const time = timeOrder(moments, story);
	if (time === false) {
		return {hypotheses: [], none: `No candidate: the impact began before deploy ${deploy.id} was live on any host.`, confounders};
	}
	const shared = [time, stageOrder(story), cleared(moments), ...verdictEvidence(story)].filter(evidence => evidence !== null);
	const order = orderEvidence(story);
	const telling = shared.filter(({what}) => what !== 'time-order');
	if (telling.length === 0 && order.length === 0) {
		return {hypotheses: [], none: 'No candidate: nothing but nearness in time points at the deploy.', confounders};
	}
	const deployEvidence: Hypothesis = {
		kind: 'deploy',
		statement: `Deploy ${deploy.id} (attempt ${deploy.attempt}) of ${story.service}: ${sayChanges(story)}.`,
		status: 'proposed',
		confidence: confidenceOf(shared),
		ref: deploy.id,
		evidence: shared,
	};
	const orderEvidenceAll = [...order, ...shared];
	const orderHypothesis: Hypothesis = {
		kind: 'patch_order',
		statement: `The order in which the changes of deploy ${deploy.id} went out, rather than the changes themselves.`,
		status: 'proposed',
		confidence: confidenceOf(orderEvidenceAll),
		ref: deploy.id,
		evidence: orderEvidenceAll,
	};
	return {
		hypotheses: order.length > 0 ? [orderHypothesis, ...(telling.length > 0 ? [deployEvidence] : [])] : [deployEvidence],
		none: null,
		confounders,
	};
}
