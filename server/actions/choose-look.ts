/** Whether a question needs a look of its own: many hosts that ask at once share one. */
import type {Instant} from '../../gate/facts.ts';
import {sameQuestionMs} from '../../gate/lifecycle.ts';
import type {CheckRequest} from '../schemas/check.ts';
import type {DeployAttempt, LookRow} from '../stores/deploys.ts';
import type {Deps, Writing} from './deps.ts';

/**
 * A look whose owner does not renew it for this long is taken over. Well below the 25 s that a hook waits: when the service is killed and
 * started again in the middle, the hooks that ask again still get a look of their own.
 */
export const leaseMs = 10_000;

export const plus = (instant: Instant, ms: number): Instant => new Date(Date.parse(instant) + ms).toISOString();

/**
 * `first`: opened the attempt, so there is no look at it yet. `new`: has not asked about this stage of this attempt before. `again`: has, and wants to know anew. `resent`: the same question was sent
 * a second time, since its answer did not arrive.
 */
export type Caller = 'first' | 'new' | 'again' | 'resent';

/** The look that answers this question: one that is going on, one whose verdict stands, or a new one that is now this caller's. */
export async function chooseLook(
	deps: Deps,
	stores: Writing,
	{stage, mode}: CheckRequest,
	attempt: DeployAttempt,
	caller: Caller,
): Promise<{kind: 'own' | 'join' | 'known'; row: LookRow}> {
	const newest = caller === 'first' ? null : await stores.deploys.newestLook(attempt, stage);
	// Who passes by force does not wait for anybody's look.
	const mayJoin = mode !== 'force' || caller === 'resent';
	if (mayJoin && newest && newest.verdict_id === null && newest.lease_until > stores.at) return {kind: 'join', row: newest};
	if (newest?.verdict_id) {
		const verdictAt = attempt.stages.find(known => known.stage === stage)?.verdictAt ?? null;
		const isFresh = verdictAt !== null && Date.parse(stores.at) - Date.parse(verdictAt) < sameQuestionMs;
		if (caller === 'resent' || (mode === 'check' && caller === 'new' && isFresh)) return {kind: 'known', row: newest};
	}
	const row: LookRow = {
		...{deploy: attempt.deploy, attempt: attempt.attempt, stage, number: (newest?.number ?? 0) + 1},
		...{owner: deps.processId, started_at: stores.at, lease_until: plus(stores.at, leaseMs), verdict_id: null},
	};
	await stores.deploys.startLook(row);
	return {kind: 'own', row};
}
