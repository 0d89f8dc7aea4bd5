/** What the gate saw and what it could not see: the gate did, would have, could not, each with its reason. */
import type {Instant} from '../gate/facts.ts';
import {findingsOf, outcomeBefore, overrideOf, type SeenFinding, stops, wasPassed} from './findings.ts';
import type {Moments} from './moments.ts';
import {sayFully, sayTime} from './say.ts';
import type {DeployStory} from './story.ts';

export type GateRow = {
	/** `did`: it stopped. `would-have`: it would have stopped, had it not been passed. `could-not`: it could not know. `near-miss`: it warned or had not decided. */
	readonly part: 'did' | 'would-have' | 'could-not' | 'near-miss';
	readonly stage: string;
	readonly at: Instant | null;
	readonly rule: string | null;
	readonly sentence: string;
};

export type GateSaw = {
	readonly rows: readonly GateRow[];
	/** One sentence over all: the gate did, would have, or could not, because. */
	readonly sentence: string;
};

function rowOf(story: DeployStory, seen: SeenFinding): GateRow | null {
	const {stage, at, finding} = seen;
	const base = {stage, at, rule: finding.rule};
	const from = outcomeBefore(finding);
	const because = sayFully(finding.because);
	const where = `${finding.rule} at ${stage} (${sayTime(at)})`;
	if (stops(from)) {
		const override = overrideOf(story, seen);
		const how = override === undefined ? (finding.softened?.why ?? 'the tool went on') : `an override (${override.how}) let it pass`;
		return wasPassed(story, seen)
			? {...base, part: 'would-have', sentence: `The gate would have stopped it: ${where}: ${because} Passed: ${how}.`}
			: {...base, part: 'did', sentence: `The gate did say ${from === 'rollback' ? 'roll back' : 'hold'}: ${where}: ${because}`};
	}
	if (from === 'unknown') return {...base, part: 'could-not', sentence: `The gate could not tell: ${where}, because ${because}`};
	if (finding.undecided === true) return {...base, part: 'near-miss', sentence: `Undecided: ${where}: ${because}`};
	if (finding.outcome === 'warn') return {...base, part: 'near-miss', sentence: `Warned: ${where}: ${because}`};
	return null;
}

/** Stages whose code went out without anybody asking, and signals that moved though no verdict said roll back. */
function unseen(story: DeployStory, moments: Moments): readonly GateRow[] {
	if (story.deploy === null) {
		return [
			{
				part: 'could-not',
				stage: '',
				at: null,
				rule: null,
				sentence: 'The gate could not judge, because no deploy belongs to this incident.',
			},
		];
	}
	const asked = story.stages.filter(({verdicts}) => verdicts.length > 0);
	const forced = story.overrides
		.filter(({how}) => how === 'force')
		.map(
			({stage, at}): GateRow => ({
				part: 'could-not',
				stage: stage ?? '',
				at,
				rule: null,
				sentence: `The gate could not look at ${stage ?? 'this deploy'} (${sayTime(at)}), because it was told to pass without looking.`,
			}),
		);
	if (asked.length === 0 && forced.length === 0) {
		return [
			{part: 'could-not', stage: '', at: null, rule: null, sentence: 'The gate could not judge, because no stage of the deploy asked it.'},
		];
	}
	const said = story.stages.some(({verdicts}) => verdicts.some(({verdict}) => verdict === 'rollback'));
	const missed: GateRow[] =
		moments.impact_start !== null && !said
			? [
					{
						part: 'could-not',
						stage: '',
						at: moments.impact_start.at,
						rule: null,
						sentence: `A signal went over its limit at ${sayTime(moments.impact_start.at)}, and no verdict said roll back.`,
					},
				]
			: [];
	return [...forced, ...missed];
}

const partOrder: readonly GateRow['part'][] = ['did', 'would-have', 'could-not', 'near-miss'];

/** What the gate saw of a story, by part, oldest first within each. */
export function gateSaw(story: DeployStory, moments: Moments): GateSaw {
	const rows = [...findingsOf(story).map(seen => rowOf(story, seen)), ...unseen(story, moments)]
		.filter(row => row !== null)
		.toSorted((a, b) => partOrder.indexOf(a.part) - partOrder.indexOf(b.part));
	const head = rows.find(({part}) => part !== 'near-miss');
	return {rows, sentence: head?.sentence ?? 'Every check that was asked for passed; the gate saw nothing to stop.'};
}
