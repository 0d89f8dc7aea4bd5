/** When the new code was where, from what the stages and the landed history of a story say. */
import type {Instant} from '../gate/facts.ts';
import type {Exposure} from './reference.ts';
import type {DeployStory, StageStory} from './story.ts';

const earliest = (times: readonly (Instant | null | undefined)[]): Instant | null =>
	times.filter(at => at !== null && at !== undefined).toSorted()[0] ?? null;

/** The first moment at which something shows the code on a host of production: a landed row or event, or a stage that is asked about after its code is out. */
export function changeLive({stages, landed, events, deploy}: DeployStory): {readonly at: Instant; readonly seqs: readonly number[]} | null {
	if (deploy === null) return null;
	const ended = deploy.closedAt;
	const mine = (at: Instant) => at >= deploy.openedAt && (ended === null || at <= ended);
	const landing = events.filter(
		event => event.kind === 'landed' && event.deploy === deploy.id && mine(event.happenedAt) && event.data['rollback'] !== true,
	);
	const at = earliest([
		...stages.filter(({reach}) => reach !== 'nothing').map(({askedAt}) => askedAt),
		...landed.filter(row => row.deploy === deploy.id && mine(row.since)).map(({since}) => since),
		...landing.map(({happenedAt}) => happenedAt),
	]);
	if (at === null) return null;
	return {
		at,
		seqs: events.filter(event => event.happenedAt === at && ['landed', 'stage_started'].includes(event.kind)).map(({seq}) => seq),
	};
}

/** The stage before the first one that satisfies a test, and that stage. */
function pairAt(
	stages: readonly StageStory[],
	test: (stage: StageStory) => boolean,
): readonly [StageStory | undefined, StageStory | undefined] {
	const index = stages.findIndex(test);
	return index < 0 ? [undefined, undefined] : [stages[index - 1], stages[index]];
}

/**
 * Harm is counted from the moment the tool went on past the stage before: the code spreads between that answer and the next question.
 * Null where nothing shows that the code was live at all.
 */
export function exposureOf(story: DeployStory): Exposure | null {
	const live = changeLive(story);
	if (live === null) return null;
	const [beforeFirst] = pairAt(story.stages, ({reach}) => reach !== 'nothing');
	const liveAt = earliest([beforeFirst?.passedAt, live.at]) ?? live.at;
	const [beforeAll, all] = pairAt(story.stages, ({reach}) => reach === 'everywhere');
	const everywhereAt = all === undefined ? null : earliest([beforeAll?.passedAt, all.askedAt]);
	return {liveAt, everywhereAt: everywhereAt !== null && everywhereAt < liveAt ? liveAt : everywhereAt};
}
