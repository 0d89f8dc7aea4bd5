/** Action items proposed by rules from what happened. A person makes them agreed: with an owner, a date and an end condition. */
import {exclusiveLine} from './exclusive-line.ts';
import {exposureOf} from './exposure.ts';
import {findingsOf, outcomeBefore, type SeenFinding, stops, wasPassed} from './findings.ts';
import {type Moments, movedSignals} from './moments.ts';
import {sayCount, sayTime} from './say.ts';
import type {IncidentStory} from './story.ts';

export type ActionKind = 'prevent' | 'detect' | 'mitigate' | 'fix' | 'process' | 'document';

export type ProposedAction = {
	readonly text: string;
	readonly kind: ActionKind;
	readonly from: 'rule';
	readonly status: 'proposed';
	/** What happened that the rule answers. */
	readonly because: string;
	/** Seqs of events; empty where findings or readings show it. */
	readonly evidence: readonly number[];
	/** Lines to paste: a policy line, a footer, a command. */
	readonly paste: string | null;
};

type Maker = (story: IncidentStory, moments: Moments) => readonly ProposedAction[];

const proposed = (action: Omit<ProposedAction, 'from' | 'status' | 'evidence' | 'paste'> & Partial<ProposedAction>): ProposedAction => ({
	evidence: [],
	paste: null,
	...action,
	from: 'rule',
	status: 'proposed',
});

/** Text that a finding carries for machines, where it carries it. */
function dataText({finding}: SeenFinding, key: string): string | null {
	const value = finding.data?.[key];
	return typeof value === 'string' && value !== '' ? value : null;
}

/** A person was first: some check could have been. */
const humanFirst: Maker = (story, {detected, impact_start: start}) => {
	if (detected?.by !== 'person') return [];
	const exposure = exposureOf(story);
	const moved = movedSignals(story, exposure)[0];
	const what = moved === undefined ? 'what people saw first' : moved.signal.name;
	const when = start === null || start.at >= detected.at ? '' : `, while ${what} had been over its limit since ${sayTime(start.at)}`;
	return [
		proposed({
			text: `Add a check or an alert on ${what}, so that a machine notices first`,
			kind: 'detect',
			because: `A person noticed first, at ${sayTime(detected.at)}${when}.`,
			evidence: detected.evidence,
		}),
	];
};

/** A signal that could not be read: prove that it is alive before it is trusted. */
const blindSignal: Maker = story =>
	findingsOf(story)
		.filter(({finding}) => outcomeBefore(finding) === 'unknown')
		.map(({stage, finding}) =>
			proposed({
				text: `Make the evidence of ${finding.rule} provable at ${stage}: a liveness check on its source`,
				kind: 'detect',
				because: `${finding.rule} could not tell at ${stage}: ${finding.because}`,
				paste: finding.remedy,
			}),
		);

/** Order: declare the edge where the next deploy reads it. */
const order: Maker = story =>
	findingsOf(story)
		.filter(({finding}) => finding.rule === 'patch-order' && stops(outcomeBefore(finding)))
		// A rule of the policy said so: there is nothing left to declare.
		.filter(({finding}) => finding.data?.['edge'] !== 'exclusive' && finding.data?.['edge'] !== 'drain')
		.map(seen =>
			proposed({
				text: 'Declare the order in the policy, or as a footer of the change that must come second, so that it does not rest on memory',
				kind: 'prevent',
				because: seen.finding.because,
				paste: dataText(seen, 'policyLine') ?? exclusiveLine(story) ?? dataText(seen, 'footer'),
			}),
		);

const twoRollbacks: Maker = ({rollbacks}) =>
	rollbacks.length < 2
		? []
		: [
				proposed({
					text: 'Verify the target of a rollback by commit on every checkout before it counts as done: signalbox rollback --run',
					kind: 'mitigate',
					because: `The rollback took ${sayCount(rollbacks.length)} attempts; ${sayCount(rollbacks.filter(({verified}) => verified === true).length)} had a verified target.`,
				}),
			];

/** A hold that was passed: the rule or the way around it needs a look, whichever was wrong. */
const overrides: Maker = story =>
	findingsOf(story)
		.filter(seen => wasPassed(story, seen))
		.map(({stage, finding}) => {
			const override = story.overrides.find(
				({rule, stage: where}) => (rule === null || rule === finding.rule) && (where === null || where === stage),
			);
			return proposed({
				text: `Review why ${finding.rule} was passed at ${stage}: was the rule wrong, or its message, or the way around it too short?`,
				kind: 'process',
				because: `${finding.rule} said ${outcomeBefore(finding)} at ${stage}, and the deploy went on.`,
				evidence: override?.seq === null || override === undefined ? [] : [override.seq],
			});
		});

const forcedLooks: Maker = ({overrides: used}) =>
	used
		.filter(({how}) => how === 'force')
		.map(({stage, at, seq}) =>
			proposed({
				text: `Review why the gate was told to pass ${stage ?? 'the deploy'} without looking`,
				kind: 'process',
				because: `At ${sayTime(at)} the check was forced.`,
				evidence: seq === null ? [] : [seq],
			}),
		);

/** Why a debt of a rollback is an action item. */
export const owedBecause = 'Owed since the rollback: what was done on the hosts is not in review yet.';

const debts: Maker = ({debts: owed}) => owed.filter(({done}) => !done).map(({text}) => proposed({text, kind: 'fix', because: owedBecause}));

/** Kinds of footer that the gate saw and could not follow. */
const unreadKinds: ReadonlySet<string> = new Set(['near-miss', 'odd', 'unresolved', 'ambiguous']);

/** A line that a person reads as a dependency and no parser does. */
const nearMisses: Maker = story =>
	findingsOf(story)
		.filter(({finding}) => finding.rule === 'patch-order' && unreadKinds.has(String(finding.data?.['kind'])))
		.map(({finding}) =>
			proposed({
				text: 'Mend the footer so that the gate can read it',
				kind: 'prevent',
				because: finding.because,
				paste: finding.remedy,
			}),
		);

const makers: readonly Maker[] = [debts, order, overrides, forcedLooks, humanFirst, blindSignal, twoRollbacks, nearMisses];

/** The same advice at two stages is one item. */
export function proposedActions(story: IncidentStory, moments: Moments): readonly ProposedAction[] {
	const seen = new Set<string>();
	return makers
		.flatMap(make => make(story, moments))
		.filter(({text, because}) => {
			const key = JSON.stringify([text, because]);
			return seen.has(key) ? false : seen.add(key) !== undefined;
		});
}
