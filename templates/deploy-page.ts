/** One deploy: the verdict's sentence, the remedy, the line, then the evidence. */
import type {Instant} from '../gate/facts.ts';
import {stationsOf} from '../reports/line-diagram.ts';
import type {OrderToDraw} from '../reports/order-scope.ts';
import {plainText} from '../reports/plain-text.ts';
import {sayDateTime, sayList, shortSha} from '../reports/say.ts';
import type {DeployStory, StageStory} from '../reports/story.ts';
import {timelineOf} from '../reports/timeline.ts';
import {outcomeWords} from './board-page.ts';
import {orderGraphView} from './order-view.ts';
import {chartViews, findingView, lineView, signalPills, stageMarks, timelineView, timeView, verdictPill} from './parts.ts';
import type {DeployPage} from './views.ts';

const changesMax = 200;

/** The stage that was asked about last, with its answer. */
const lastAsked = (stages: readonly StageStory[]) => stages.findLast(({verdicts}) => verdicts.length > 0);

function sentenceOf(story: DeployStory): {readonly sentence: DeployPage['sentence']; readonly remedy: string | null} {
	const stage = lastAsked(story.stages);
	const verdict = stage?.verdicts.at(-1);
	if (stage === undefined || verdict === undefined)
		return {sentence: {tone: 'unknown', text: 'No stage of this deploy has asked yet.'}, remedy: null};
	const {tone, word} = verdictPill(verdict.verdict, verdict.undecided);
	const worst = verdict.findings[0];
	const back = story.deploy?.outcome === 'rolled_back';
	const because = worst === undefined || worst.outcome === 'pass' ? `every check at ${stage.name} passed.` : worst.because;
	return {
		sentence: {tone, text: plainText(`${back ? 'Taken back' : word}: ${because}`)},
		remedy: back || worst === undefined || worst.remedy === null || worst.outcome === 'pass' ? null : plainText(worst.remedy),
	};
}

/** A link to each attempt, oldest first; none where it is the only one. */
function attemptLinks({deploy, otherAttempts}: DeployStory): DeployPage['attempts'] {
	if (deploy === null || otherAttempts.length === 0) return [];
	const newest = Math.max(deploy.attempt, ...otherAttempts.map(({attempt}) => attempt));
	return [deploy, ...otherAttempts]
		.toSorted((a, b) => a.attempt - b.attempt)
		.map(({id, attempt, outcome, openedAt}) => ({
			href: `/deploys/${encodeURIComponent(id)}${attempt === newest ? '' : `?attempt=${attempt}`}`,
			text: plainText(`${attempt}: ${outcomeWords[outcome]}, opened ${sayDateTime(openedAt)}`),
			current: attempt === deploy.attempt,
		}));
}

/** The page of a deploy's attempt. `incident` is the one it led to. */
export function deployPage(
	story: DeployStory,
	{
		now,
		incident,
		order,
		still = false,
	}: {
		readonly now: Instant;
		readonly incident: {readonly id: string; readonly title: string} | null;
		/** The order that patch-order did not let through as it was; null: it did, or there was none. */
		readonly order: OrderToDraw | null;
		/** It stays as it is while somebody types. */
		readonly still?: boolean;
	},
): DeployPage {
	const {deploy} = story;
	const name = deploy === null ? 'Deploy' : `${deploy.id}${deploy.attempt > 1 ? `, attempt ${deploy.attempt}` : ''}`;
	const targets = deploy === null ? [] : deploy.targets.map(({repository, sha}) => `${repository} ${shortSha(sha)}`);
	return {
		shell: {
			title: plainText(`${story.service} ${name}`),
			refresh: deploy?.outcome === 'open' && !still,
			madeAt: sayDateTime(now),
			at: 'deploy',
		},
		topic: `deploy/${encodeURIComponent(deploy?.id ?? '')}`,
		heading: plainText(`${story.service}: ${name}`),
		...sentenceOf(story),
		incident:
			incident === null
				? null
				: {href: `/incidents/${encodeURIComponent(incident.id)}`, text: plainText(`${incident.id}: ${incident.title}`)},
		line: lineView(stationsOf(story)),
		order: order === null ? null : orderGraphView(order),
		act: null,
		attempts: attemptLinks(story),
		facts: [
			{label: 'Outcome', text: deploy === null ? 'not known' : outcomeWords[deploy.outcome]},
			{label: 'Opened (UTC)', text: deploy === null ? 'not known' : sayDateTime(deploy.openedAt)},
			{label: 'Closed (UTC)', text: deploy === null || deploy.closedAt === null ? 'still open' : sayDateTime(deploy.closedAt)},
			{label: 'Groups', text: deploy === null || deploy.groups.length === 0 ? 'none named' : plainText(sayList(deploy.groups))},
			{label: 'Targets', text: targets.length === 0 ? 'none named' : plainText(sayList(targets))},
		],
		changes: story.changes.slice(0, changesMax).map(({sha, id, repository, subject}) => ({
			short: plainText(sha === undefined ? id : shortSha(sha)),
			full: plainText(sha ?? id),
			repository: plainText(repository),
			subject: plainText(subject ?? ''),
		})),
		stages: story.stages.map(({name: stage, verdicts}) => {
			const last = verdicts.at(-1);
			const all = last?.findings ?? [];
			const passed = all.filter(({outcome}) => outcome === 'pass').map(findingView);
			return {
				name: plainText(stage),
				pill: last === undefined ? signalPills.none : verdictPill(last.verdict, last.undecided),
				time: last === undefined ? null : timeView(last.at),
				findings: all.filter(({outcome}) => outcome !== 'pass').map(findingView),
				passed,
				passedCount: `${passed.length} ${passed.length === 1 ? 'check' : 'checks'} passed`,
			};
		}),
		overrides: story.overrides.map(({rule, stage, at, by, reason, how}) => ({
			time: timeView(at),
			text: plainText(
				`${rule ?? 'Every rule'} ${how === 'force' ? 'forced' : 'allowed'}${stage === null ? '' : ` at ${stage}`} by ${by}: ${reason}`,
			),
		})),
		charts: chartViews(story, stageMarks(story)),
		timeline: timelineView(timelineOf(story, null)),
	};
}
