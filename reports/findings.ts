/** The findings of a story, each with the stage and time of its verdict, and what the reports ask of them. */
import type {Instant} from '../gate/facts.ts';
import type {Finding, Outcome} from '../gate/verdict.ts';
import type {DeployStory, StageStory} from './story.ts';

export type SeenFinding = {readonly stage: string; readonly at: Instant; readonly reach: StageStory['reach']; readonly finding: Finding};

/** The findings of each stage's last verdict, and of any verdict that said more than the last one. Oldest first. */
export function findingsOf(story: DeployStory): readonly SeenFinding[] {
	const seen = new Map<string, SeenFinding>();
	for (const stage of story.stages) {
		for (const verdict of stage.verdicts) {
			for (const finding of verdict.findings) {
				const key = JSON.stringify([stage.name, finding.rule, outcomeBefore(finding), finding.because]);
				if (!seen.has(key)) seen.set(key, {stage: stage.name, at: verdict.at, reach: stage.reach, finding});
			}
		}
	}
	return [...seen.values()].toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** What the rule itself said, before a precondition, an override or a rollback softened it. */
export const outcomeBefore = (finding: Finding): Outcome => finding.softened?.from ?? finding.outcome;

export const stops = (outcome: Outcome): boolean => outcome === 'hold' || outcome === 'rollback';

/** Whether something that would have stopped the deploy was passed: softened by an override, or gone over by the tool. */
export function wasPassed(story: DeployStory, {stage, finding}: SeenFinding): boolean {
	if (!stops(outcomeBefore(finding))) return false;
	if (finding.softened !== undefined && !stops(finding.outcome)) return true;
	const passedAt = story.stages.find(({name}) => name === stage)?.passedAt ?? null;
	return passedAt !== null && finding.outcome === 'hold';
}

/** An override that covers a finding of a stage. */
export const overrideOf = (story: DeployStory, {stage, finding}: SeenFinding) =>
	story.overrides.find(
		override => (override.rule === null || override.rule === finding.rule) && (override.stage === null || override.stage === stage),
	);
