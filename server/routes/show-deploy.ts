/** Sends the page of one deploy: as it is, or with a form that came back. */
import type {Response} from 'express';
import {heldOrder, heldVerdict} from '../../reports/held-order.ts';
import type {OrderToDraw} from '../../reports/order-scope.ts';
import type {DeployStory} from '../../reports/story.ts';
import {deployAct, type PostedAct} from '../../templates/act-forms.ts';
import {deployPage} from '../../templates/deploy-page.ts';
import {type Deps, reading} from '../actions/deps.ts';
import {AppError} from '../app-error.ts';
import {callerOf, mayReadKeptBack} from '../caller.ts';
import type {DeployAttempt} from '../stores/deploys.ts';
import {readDeployStory} from '../story.ts';
import {sendPage} from './send-page.ts';

export type Shown = {
	/** Which attempt; null: the newest. */
	readonly attempt: number | null;
	/** Without reloading, so that somebody may type. */
	readonly still: boolean;
	readonly posted: PostedAct | null;
	readonly status: number;
};

/** The attempt of that number, or the newest; a 404 where there is none. */
export async function knownAttempt(deps: Deps, id: string, number: number | null): Promise<DeployAttempt> {
	const attempts = await reading(deps).deploys.attemptsOf(id);
	const newest = attempts.at(-1);
	if (!newest) throw new AppError('not-found', `There is no deploy ${id.slice(0, 100)}.`);
	const found = number === null ? newest : attempts.find(({attempt}) => attempt === number);
	if (!found) throw new AppError('not-found', `${id.slice(0, 100)} has no such attempt; it has ${attempts.length}.`);
	return found;
}

/** The order that stood in the way, as it was judged last; null: none did. */
async function orderOf(deps: Deps, attempt: DeployAttempt, {stages}: DeployStory): Promise<OrderToDraw | null> {
	const held = heldVerdict(stages);
	if (held === null) return null;
	const facts = await reading(deps).verdicts.factsAt(attempt, held);
	return facts === null ? null : heldOrder(facts, held.findings);
}

export async function showDeploy(
	deps: Deps,
	response: Response,
	id: string,
	{attempt: number, still, posted, status}: Shown,
): Promise<void> {
	const attempt = await knownAttempt(deps, id, number);
	const known = attempt.incident === null ? null : await reading(deps).incidents.get(attempt.incident);
	const incident = known === null ? null : {id: known.id, title: known.title};
	const story = await readDeployStory(deps, attempt);
	// Whoever deploys must see what they deploy; anybody else reads of a security patch only that it is one.
	const changes = mayReadKeptBack(callerOf(response), attempt.service)
		? await reading(deps).changes.toldBatchOf(attempt.deploy)
		: story.changes;
	const page = deployPage({...story, changes}, {now: deps.clock.now(), incident, order: await orderOf(deps, attempt, story), still});
	const rules = deps.config.services.get(attempt.service)?.policy.rules.map(({rule}) => rule.name) ?? [];
	const key = deps.newId();
	const act = attempt.closedAt === null ? deployAct({deploy: attempt.deploy, key, rules, reloads: page.shell.refresh, posted}) : null;
	sendPage(response, 'pages/deploy.hbs', {...page, act}, status);
}
