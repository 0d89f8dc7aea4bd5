/** The order that works, for a batch that nobody deploys yet: nothing is recorded. */
import {setImmediate} from 'node:timers/promises';
import {evaluate} from '../../gate/evaluate.ts';
import type {Change, Holding, LandedChange, Note, Target} from '../../gate/facts.ts';
import type {OrderExplained} from '../../gate/order/explained.ts';
import {explainOrder as explain, orderLimitsOf} from '../../gate/rules/patch-order.ts';
import type {Verdict} from '../../gate/verdict.ts';
import {AppError} from '../app-error.ts';
import type {Beside} from '../client/contract.ts';
import {gatherFacts} from '../facts.ts';
import {withReviews} from '../reviews/with-reviews.ts';
import type {Deps} from './deps.ts';
import {nameGroups, nameService} from './name-service.ts';

export type OrderQuestion = {
	readonly service: string;
	readonly batch: {
		readonly changes: readonly Change[];
		readonly targets: readonly Target[];
		readonly atomic?: boolean;
		readonly perFile?: boolean;
	};
	/** Changes that are known beside the batch: merged, and not live everywhere. */
	readonly known: readonly Change[];
	readonly landedChanges: readonly (LandedChange & {readonly group: string})[];
	readonly holdings: readonly Holding[];
	readonly beside: Beside;
	readonly notes: readonly Note[];
	/** The groups that are judged; absent: all of the service. */
	readonly groups?: readonly string[];
};

export type OrderAnswer = {
	readonly explained: OrderExplained;
	/** What patch-order alone says of the order as given. */
	readonly verdict: Verdict;
	/** Change id -> repository, short commit and subject, for people. */
	readonly subjects: Readonly<Record<string, string>>;
};

/** A batch is judged at once, while nobody else is answered: these many take about a second where each waits for three others. */
export const orderChangesMax = 2000;

export async function explainOrder(deps: Deps, asked: OrderQuestion): Promise<OrderAnswer> {
	if (asked.batch.changes.length > orderChangesMax)
		throw new AppError(
			'too-large',
			`The batch has ${asked.batch.changes.length} changes; an order is explained for at most ${orderChangesMax}. Name those that are to go out.`,
		);
	const whole = nameService(deps.config, asked.service);
	const service = {...whole, groups: nameGroups(whole, asked.groups ?? [])};
	const request = await withReviews(deps, service, asked);
	const [stage] = service.stages;
	const batch = {...request.batch, atomic: request.batch.atomic ?? service.atomic, rollback: 'no' as const};
	const facts = await gatherFacts(deps, {...request, service, stage: stage ?? {name: 'before', groups: []}, batch, look: null});
	const only = service.policy.rules
		.filter(({rule}) => rule.name === 'patch-order')
		.map(settled => ({...settled, stages: 'every' as const}));
	const verdict = evaluate({...service.policy, rules: only}, facts);
	// Judging a large batch takes a second, and explaining it another: whoever waits meanwhile is answered in between.
	await setImmediate();
	// Whoever asks has read what they sent; what is kept back of the rest, a review system may have told this service alone.
	const sent = new Set<Change>([...asked.batch.changes, ...asked.known]);
	const told = new Map([...facts.batch.changes, ...facts.known].map(change => [change.id, change]));
	const all = [...batch.changes, ...request.known].map(change => (sent.has(change) ? change : (told.get(change.id) ?? change)));
	return {
		explained: explain(facts, orderLimitsOf(only[0]?.limits ?? {})),
		verdict,
		subjects: Object.fromEntries(
			all.map(change => [change.id, `${change.repository} ${(change.sha ?? '').slice(0, 7)} ${change.subject ?? ''}`.trim().slice(0, 200)]),
		),
	};
}
